/*
 * corpus.h - generated documents and a folder to index them in, for tests.
 *
 * Words follow Zipf's law roughly, so that lists of all lengths meet.
 */
#ifndef INDEXER_TEST_CORPUS_H
#define INDEXER_TEST_CORPUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "indexer/index.h"
#include "sync/file.h"

enum { CORPUS_WORDS_MAX = 2000, CORPUS_VOCABULARY = 400 };

struct chance { uint64_t state; };

static inline uint32_t chance_next(struct chance *chance) {
    chance->state = chance->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(chance->state >> 33);
}

static inline uint32_t chance_below(struct chance *chance, uint32_t limit) {
    return chance_next(chance) % limit;
}

/* Word `number` of the vocabulary: 2 to 4 letters, many with the same beginning. */
static inline void corpus_word(uint32_t number, char out[8]) {
    static const char letters[] = "abcdefgh";
    uint32_t n = number;
    int at = 0;
    do {
        out[at++] = letters[n % 8];
        n /= 8;
    } while (n > 0);
    out[at++] = (char)('m' + number % 5);
    out[at] = '\0';
}

struct document {
    char id[24];
    uint16_t words[CORPUS_WORDS_MAX];
    uint32_t word_count;
    bool is_deleted;
};

struct corpus {
    struct document *documents;
    uint32_t count;
};

static inline uint32_t corpus_random_word(struct chance *chance) {
    /* A product of two uniform numbers leans to the small ones. */
    uint32_t a = chance_below(chance, CORPUS_VOCABULARY);
    uint32_t b = chance_below(chance, CORPUS_VOCABULARY);
    return a * b / CORPUS_VOCABULARY * (chance_below(chance, 3) == 0 ? 1 : a) / CORPUS_VOCABULARY;
}

/*
 * `vocabulary` words, few for many ties.  Lengths lean to one side or the other by
 * the region that the id lies in, so that blocks of postings differ in their bounds.
 */
static inline struct corpus corpus_make(struct chance *chance, uint32_t count,
                                        uint32_t words_max, uint32_t vocabulary) {
    struct corpus corpus = { calloc(count, sizeof(struct document)), count };
    assert_non_null(corpus.documents);
    for (uint32_t d = 0; d < count; d++) {
        struct document *document = &corpus.documents[d];
        uint32_t place = (uint32_t)((uint64_t)d * 7919507u % 10000019u);
        uint32_t region = place / 500000u * 5 % 8;
        snprintf(document->id, sizeof(document->id), "d%08u", place);
        document->word_count = words_max * region / 8
                               + chance_below(chance, words_max * (8 - region) / 8 + 1);
        for (uint32_t w = 0; w < document->word_count; w++) {
            document->words[w] = (uint16_t)(corpus_random_word(chance) % vocabulary);
        }
    }
    return corpus;
}

static inline void corpus_put(struct index_writer *writer, const struct document *document) {
    static char text[CORPUS_WORDS_MAX * 8];
    size_t bytes = 0;
    for (uint32_t w = 0; w < document->word_count; w++) {
        char word[8];
        corpus_word(document->words[w], word);
        size_t count = strlen(word);
        memcpy(text + bytes, word, count);
        bytes += count;
        text[bytes++] = w % 11 == 10 ? '\n' : ' ';
    }
    struct diag diag = { .status = STATUS_OK };
    struct index_input input = { .id = (const uint8_t *)document->id,
                                 .id_bytes = strlen(document->id),
                                 .text = (const uint8_t *)text, .text_bytes = bytes };
    assert_int_equal(STATUS_OK, index_writer_put(writer, &input, &diag));
}

/* ---- folders ---- */

static inline void corpus_folder(char out_path[64]) {
    snprintf(out_path, 64, "/tmp/weft-test-XXXXXX");
    assert_non_null(mkdtemp(out_path));
}

static inline void corpus_folder_remove(const char *path) {
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    assert_int_equal(0, system(command));
}

static inline struct index_options corpus_options(void) {
    return (struct index_options){ .memory_bytes = INDEX_MEMORY_MIN,
                                   .language = INDEX_LANGUAGE_NONE };
}

/* Documents [from, to) in one commit; the first one builds. */
static inline void corpus_commit(const struct corpus *corpus, const char *path, uint32_t from,
                                 uint32_t to) {
    struct index_options options = corpus_options();
    struct index_writer *writer;
    struct diag diag = { .status = STATUS_OK };
    assert_int_equal(STATUS_OK, from == 0 ? index_build_begin(path, &options, &writer, &diag)
                                          : index_change_begin(path, &options, &writer, &diag));
    for (uint32_t d = from; d < to; d++) {
        corpus_put(writer, &corpus->documents[d]);
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, &diag));
}

/* Delete every document that the corpus says is. */
static inline void corpus_delete(const struct corpus *corpus, const char *path) {
    struct index_options options = corpus_options();
    struct index_writer *writer;
    struct diag diag = { .status = STATUS_OK };
    assert_int_equal(STATUS_OK, index_change_begin(path, &options, &writer, &diag));
    for (uint32_t d = 0; d < corpus->count; d++) {
        const struct document *document = &corpus->documents[d];
        if (document->is_deleted) {
            assert_int_equal(STATUS_OK,
                             index_writer_delete(writer, (const uint8_t *)document->id,
                                                 strlen(document->id), &diag));
        }
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, &diag));
}

#endif
