/*
 * analysis_english.c - words too common in English to search for.
 *
 * The list is the usual 33 articles, pronouns, prepositions and auxiliaries of
 * English search, with the "s" and "t" that an apostrophe leaves behind ("wing's",
 * "don't").
 */
#include <string.h>

#include "analysis_impl.h"
#include "base/attr.h"

/* In ascending byte order. */
static const char *const stop_words[] = {
    "a",    "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",   "in",
    "into", "is",    "it",   "no",    "not",   "of",   "on",   "or",  "s",   "such", "t",    "that",
    "the",  "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with",
};

static int compare(const uint8_t *word, uint32_t count, const char *stop) {
    size_t stop_count = strlen(stop);
    int order = memcmp(word, stop, count < stop_count ? count : stop_count);
    return order != 0 ? order : count < stop_count ? -1 : count > stop_count;
}

bool analysis_is_stop_word(const uint8_t *word, uint32_t count) {
    size_t low = 0;
    size_t high = COUNT_OF(stop_words);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare(word, count, stop_words[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}
