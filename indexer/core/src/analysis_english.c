/*
 * analysis_english.c - English words that are not searched for, or not stemmed.
 *
 * The list of stop words is the usual 33 articles, pronouns, prepositions and auxiliaries of
 * English search, with the "s" and "t" that an apostrophe leaves behind ("wing's",
 * "don't").
 */
#include <string.h>

#include "analysis_impl.h"
#include "base/attr.h"

/*
 * The rules take words of one or two letters for endings: "ls" and "ps" would lose
 * their "s" and be found at every "l" and "p".  Porter's own program spares them too.
 */
enum { UNSTEMMED_BYTES_MAX = 2 };

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

bool analysis_is_too_short_to_stem(uint32_t count) {
    return count <= UNSTEMMED_BYTES_MAX;
}
