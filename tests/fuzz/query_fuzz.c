/*
 * query_fuzz.c - any bytes are a query: an answer, the same pruned or exhaustive, or a
 * refusal with a place inside the query.
 *
 * The first byte chooses the language and what is asked for beside the hits.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "indexer/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

enum { LANGUAGES = 2, DOCUMENTS = 300 };

static struct index *indexes[LANGUAGES];

static void put_documents(struct index_writer *writer) {
    static const char *const words[] = { "a", "ab", "abc", "fox", "foxes", "run", "running", "the",
                                         "caf\xc3\xa9", "x1", "state", "of", "art", "\xe6\x9d\xb1",
                                         "\xe4\xba\xac", "b" };
    uint32_t state = 1;
    for (uint32_t d = 0; d < DOCUMENTS; d++) {
        char text[512] = "";
        char id[16];
        size_t at = 0;
        uint32_t length = state >> 16 & 31;
        for (uint32_t w = 0; w < length; w++) {
            state = state * 1103515245u + 12345u;
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s ", words[state >> 20 & 15]);
        }
        state = state * 1103515245u + 12345u;
        snprintf(id, sizeof(id), "%u", d);
        struct index_input input = { .id = (const uint8_t *)id, .id_bytes = strlen(id),
                                     .text = (const uint8_t *)text, .text_bytes = at };
        ASSERT(index_writer_put(writer, &input, NULL) == STATUS_OK);
    }
}

static void open_index(enum index_language language) {
    char path[] = "/tmp/weft-query-fuzz-XXXXXX";
    char command[64];
    struct index_options options = { .memory_bytes = INDEX_MEMORY_MIN, .language = language };
    struct index_writer *writer;
    ASSERT(mkdtemp(path) != NULL);
    ASSERT(index_build_begin(path, &options, &writer, NULL) == STATUS_OK);
    put_documents(writer);
    ASSERT(index_writer_commit(writer, NULL) == STATUS_OK);
    ASSERT(index_open(path, &indexes[language], NULL) == STATUS_OK);
    snprintf(command, sizeof(command), "rm -rf '%s'", path);   /* what is open stays readable */
    ASSERT(system(command) == 0);
}

static void compare(struct search *search, struct search_request request,
                    const struct search_results *pruned) {
    struct search_results *all;
    request.is_exhaustive = true;
    ASSERT(search_run(search, &request, &all, NULL) == STATUS_OK);
    ASSERT(pruned->hit_count == all->hit_count);
    for (uint32_t i = 0; i < all->hit_count; i++) {
        ASSERT(pruned->hits[i].score == all->hits[i].score);
        ASSERT(strcmp(pruned->hits[i].id, all->hits[i].id) == 0);
        uint64_t sum = 0;
        for (uint32_t p = 0; p < pruned->hits[i].part_count; p++) {
            sum += pruned->hits[i].parts[p].score;
        }
        ASSERT(!request.wants_explanations || sum == pruned->hits[i].score);
    }
    search_results_destroy(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (count == 0 || count > 2048) {
        return 0;
    }
    uint8_t choice = bytes[0];
    enum index_language language = choice & 1 ? INDEX_LANGUAGE_ENGLISH : INDEX_LANGUAGE_NONE;
    if (indexes[language] == NULL) {   /* once, whatever the first input is */
        open_index(INDEX_LANGUAGE_NONE);
        open_index(INDEX_LANGUAGE_ENGLISH);
    }
    struct search_request request = {
        .query = (const char *)bytes + 1, .query_bytes = count - 1, .top = 1 + (choice >> 4),
        .needs_all_words = (choice & 2) != 0, .wants_explanations = (choice & 4) != 0,
        .snippet_bytes = choice & 8 ? 40 : 0, .mark_begin = "[", .mark_end = "]" };
    struct search *search;
    struct search_results *results;
    struct diag diag = { .status = STATUS_OK };
    ASSERT(search_create(indexes[language], &search) == STATUS_OK);
    enum status status = search_run(search, &request, &results, &diag);
    if (status != STATUS_OK) {
        ASSERT(status == STATUS_BAD_DATA || status == STATUS_LIMIT);
        ASSERT(diag.reason != NULL && diag.offset < count);
    } else {
        compare(search, request, results);
        search_results_destroy(results);
    }
    search_destroy(search);
    return 0;
}
