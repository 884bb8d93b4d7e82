/*
 * search.c - index four poems' first lines and ask for some of them.
 *
 *     search [WORKERS]
 *
 * The index is a folder, search-example.index, made afresh below the current one.  Its
 * digest is printed: it names the contents, and is the same at any number of workers.
 *
 * uses: base sync workpool html indexer
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "indexer/index.h"
#include "indexer/search.h"

static const char folder[] = "search-example.index";

static const struct { const char *id, *text; } poems[] = {
    { "blake", "Tyger Tyger, burning bright, in the forests of the night" },
    { "frost", "Two roads diverged in a yellow wood, and sorry I could not travel both" },
    { "keats", "Much have I travelled in the realms of gold" },
    { "wordsworth", "I wandered lonely as a cloud that floats on high o'er vales and hills" },
};

static enum status build(struct workpool *pool, struct diag *diag) {
    struct index_options options = { .pool = pool, .language = INDEX_LANGUAGE_ENGLISH };
    struct index_writer *writer;
    enum status status = index_build_begin(folder, &options, &writer, diag);
    for (size_t i = 0; i < COUNT_OF(poems) && status == STATUS_OK; i++) {
        struct index_input input = {
            .id = (const uint8_t *)poems[i].id, .id_bytes = strlen(poems[i].id),
            .text = (const uint8_t *)poems[i].text, .text_bytes = strlen(poems[i].text),
        };
        status = index_writer_put(writer, &input, diag);
        if (status != STATUS_OK) {
            index_writer_abort(writer);
        }
    }
    return status == STATUS_OK ? index_writer_commit(writer, diag) : status;
}

static enum status ask(struct search *search, const char *query, struct diag *diag) {
    struct search_request request = {
        .query = query, .query_bytes = strlen(query), .snippet_bytes = SEARCH_SNIPPET_DEFAULT,
        .mark_begin = "[", .mark_end = "]",
    };
    struct search_results *results;
    enum status status = search_run(search, &request, &results, diag);
    if (status == STATUS_OK) {
        printf("%s\n", query);
        for (uint32_t i = 0; i < results->hit_count; i++) {
            printf("    %-12s %s\n", results->hits[i].id, results->hits[i].snippet);
        }
        search_results_destroy(results);
    }
    return status;
}

static enum status ask_all(const struct index *index, struct diag *diag) {
    uint8_t digest[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    struct search *search;
    enum status status = index_content_digest(index, digest, diag);
    if (status != STATUS_OK) {
        return status;
    }
    digest_text(digest, text);
    printf("contents %s\n", text);
    status = search_create(index, &search);
    static const char *const queries[] = { "travel", "\"the night\" OR cloud*", "wood NOT gold" };
    for (size_t i = 0; i < COUNT_OF(queries) && status == STATUS_OK; i++) {
        status = ask(search, queries[i], diag);
    }
    search_destroy(search);
    return status;
}

int main(int argc, char **argv) {
    const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    struct workpool_options options = {
        .name = "search", .workers = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2,
        .kind_sets = sets, .kind_set_count = COUNT_OF(sets),
    };
    struct workpool *pool = NULL;
    struct index *index = NULL;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    enum status status = workpool_create(&options, &pool, &diag);
    if (status == STATUS_OK) {
        status = build(pool, &diag);
    }
    workpool_destroy(pool);
    if (status == STATUS_OK) {
        status = index_open(folder, &index, &diag);
    }
    if (status == STATUS_OK) {
        status = ask_all(index, &diag);
    }
    index_close(index);
    if (status != STATUS_OK) {
        fprintf(stderr, "search: %s\n", diag.reason != NULL ? diag.reason : status_name(status));
        return 1;
    }
    return 0;
}
