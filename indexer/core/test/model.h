/*
 * model.h - for the index's tests: folders, made-up documents, and an inverted
 * index by brute force.
 *
 * The model shares no code with the index: it finds words itself (made-up
 * documents are lower-case ASCII words and spaces, which every analysis without
 * language must leave as they are) and keeps plain sorted arrays.
 */
#ifndef INDEXER_TEST_MODEL_H
#define INDEXER_TEST_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../src/snapshot.h"
#include "indexer/index.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "sync/random.h"

struct model_document {
    char id[32];
    char *text;
};

struct model_posting {
    const char *term;
    uint32_t term_bytes;
    uint32_t document;
    uint32_t position;
};

/* Documents in id order, and every word of them by term, document, position. */
struct model {
    struct model_document *documents;
    size_t document_count;
    struct model_posting *postings;
    size_t posting_count;
};

static inline int model_by_id(const void *a, const void *b) {
    return strcmp(((const struct model_document *)a)->id, ((const struct model_document *)b)->id);
}

static inline int model_by_term(const void *a, const void *b) {
    const struct model_posting *x = a;
    const struct model_posting *y = b;
    uint32_t common = x->term_bytes < y->term_bytes ? x->term_bytes : y->term_bytes;
    int order = memcmp(x->term, y->term, common);
    if (order != 0) {
        return order;
    }
    if (x->term_bytes != y->term_bytes) {
        return x->term_bytes < y->term_bytes ? -1 : 1;
    }
    if (x->document != y->document) {
        return x->document < y->document ? -1 : 1;
    }
    return x->position < y->position ? -1 : x->position > y->position;
}

static inline void model_words(struct model *model, uint32_t number, size_t *room) {
    uint32_t position = 0;
    for (const char *p = model->documents[number].text; *p != '\0';) {
        size_t bytes = strcspn(p, " ");
        if (bytes > 0) {
            if (model->posting_count == *room) {
                *room = *room * 2 + 1024;
                model->postings = realloc(model->postings, *room * sizeof(*model->postings));
                assert_non_null(model->postings);
            }
            model->postings[model->posting_count++] =
                (struct model_posting){ p, (uint32_t)bytes, number, position++ };
        }
        p += bytes + (p[bytes] == ' ');
    }
}

/* Sort the documents and invert them. */
static inline void model_invert(struct model *model) {
    size_t room = 0;
    qsort(model->documents, model->document_count, sizeof(*model->documents), model_by_id);
    model->postings = NULL;
    model->posting_count = 0;
    for (uint32_t i = 0; i < model->document_count; i++) {
        model_words(model, i, &room);
    }
    if (model->posting_count > 0) {
        qsort(model->postings, model->posting_count, sizeof(*model->postings), model_by_term);
    }
}

static inline void model_free(struct model *model) {
    for (size_t i = 0; i < model->document_count; i++) {
        free(model->documents[i].text);
    }
    free(model->documents);
    free(model->postings);
    *model = (struct model){ 0 };
}

/*
 * A text of `words` words, Zipf-like: word k of the vocabulary about as often as
 * 1 / k.  Terms differ in length and share prefixes.
 */
static inline char *model_text(struct sync_sequence *sequence, size_t words, uint64_t vocabulary) {
    char *text = malloc(words * 24 + 1);
    char *p = text;
    assert_non_null(text);
    *p = '\0';
    for (size_t i = 0; i < words; i++) {
        uint64_t span = 1 + sync_sequence_below(sequence, vocabulary);
        uint64_t rank = sync_sequence_below(sequence, span);
        p += snprintf(p, 25, "%s%c%c%llu", i > 0 ? " " : "", (char)('a' + rank % 7),
                     (char)('a' + rank % 11), (unsigned long long)(rank * 2654435761u % 4294967291u
                                                                   >> (rank % 3 * 8)));
    }
    return text;
}

/* `count` documents of up to `words` words; ids are not in order of arrival. */
static inline struct model model_make(uint64_t seed, size_t count, size_t words,
                                      uint64_t vocabulary) {
    struct model model = { .documents = calloc(count + 1, sizeof(*model.documents)),
                           .document_count = count };
    struct sync_sequence sequence = { seed };
    assert_non_null(model.documents);
    for (size_t i = 0; i < count; i++) {
        snprintf(model.documents[i].id, sizeof(model.documents[i].id), "doc/%llu-%zu",
                (unsigned long long)sync_sequence_below(&sequence, 1000), i);
        model.documents[i].text =
            model_text(&sequence, sync_sequence_below(&sequence, words + 1), vocabulary);
    }
    return model;
}

static inline struct index_input model_input(const struct model_document *document) {
    return (struct index_input){
        .id = (const uint8_t *)document->id,
        .id_bytes = strlen(document->id),
        .title = (const uint8_t *)"title of ",
        .title_bytes = 9,
        .text = (const uint8_t *)document->text,
        .text_bytes = strlen(document->text),
    };
}

static inline void model_put(struct index_writer *writer, const struct model_document *document) {
    struct index_input input = model_input(document);
    assert_int_equal(STATUS_OK, index_writer_put(writer, &input, NULL));
}

/* ---- folders ---- */

/* The path of the log in an index, or "" when it has none. */
static inline void model_find_log(const char *folder, char path[512]) {
    struct sync_listing listing;
    path[0] = '\0';
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 100, &listing, NULL));
    for (size_t i = 0; i < listing.count; i++) {
        if (strstr(listing.entries[i].name, ".log") != NULL) {
            snprintf(path, 512, "%s/%s", folder, listing.entries[i].name);
        }
    }
    sync_listing_free(&listing);
}

static inline char *model_folder(void) {
    /* Thousands of syncs: in memory where there is such a place. */
    const char *base = getenv("TMPDIR");
    base = base != NULL ? base : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char *folder = malloc(256);
    assert_non_null(folder);
    snprintf(folder, 256, "%s/weft-index-XXXXXX", base);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static inline void model_empty(const char *folder) {
    struct sync_listing listing;
    char path[512];
    if (sync_folder_list(folder, 10000, &listing, NULL) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < listing.count; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, listing.entries[i].name);
        assert_int_equal(0, unlink(path));
    }
    sync_listing_free(&listing);
}

/* Remove it with the files in it. */
static inline void model_remove(char *folder) {
    model_empty(folder);
    rmdir(folder);
    free(folder);
}

/* A digest over names and bytes of everything in the folder but the lock. */
static inline void model_digest(const char *folder, char out_text[DIGEST_TEXT_BYTES]) {
    struct sync_listing listing;
    struct digest_state state;
    uint8_t digest[DIGEST_BYTES];
    char path[512];
    digest_init(&state);
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 10000, &listing, NULL));
    for (size_t i = 0; i < listing.count; i++) {
        struct sync_bytes file;
        if (strcmp(listing.entries[i].name, "lock") == 0) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, listing.entries[i].name);
        assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 30, &file, NULL));
        digest_update(&state, listing.entries[i].name, strlen(listing.entries[i].name) + 1);
        digest_update(&state, file.bytes, file.count);
        sync_free(file.bytes);
    }
    sync_listing_free(&listing);
    digest_finish(&state, digest);
    digest_text(digest, out_text);
}

/* Build from the model's documents in their present order. */
static inline enum status model_build(const struct model *model, const char *folder,
                                      const struct index_options *options, struct diag *diag) {
    struct index_writer *writer;
    enum status status = index_build_begin(folder, options, &writer, diag);
    for (size_t i = 0; i < model->document_count && status == STATUS_OK; i++) {
        struct index_input input = model_input(&model->documents[i]);
        status = index_writer_put(writer, &input, diag);
        if (status != STATUS_OK) {
            index_writer_abort(writer);
        }
    }
    return status == STATUS_OK ? index_writer_commit(writer, diag) : status;
}

static inline void model_check(const char *folder) {
    char file[INDEX_FILE_NAME_BYTES];
    struct diag diag = { STATUS_OK, 0, NULL };
    enum status status = index_check(folder, file, &diag);
    if (status != STATUS_OK) {
        print_error("%s: %s: offset %llu: %s\n", folder, file, (unsigned long long)diag.offset,
                    diag.reason);
    }
    assert_int_equal(STATUS_OK, status);
}

/* ---- the comparison ---- */

/* The next document of the list of postings[from]; the end of its run of postings. */
static inline size_t model_run(const struct model *model, size_t from, bool by_document) {
    const struct model_posting *first = &model->postings[from];
    size_t to = from + 1;
    while (to < model->posting_count) {
        const struct model_posting *now = &model->postings[to];
        if (now->term_bytes != first->term_bytes ||
            memcmp(now->term, first->term, now->term_bytes) != 0 ||
            (by_document && now->document != first->document)) {
            break;
        }
        to++;
    }
    return to;
}

/* postings[from .. to) are one term's; the cursor gives just these. */
static inline void model_compare_list(const struct model *model, size_t from, size_t to,
                                      const struct segment *segment,
                                      const struct segment_term *where) {
    struct segment_cursor cursor;
    uint32_t documents = 0;
    static uint32_t positions[1 << 20];
    assert_int_equal(STATUS_OK, segment_cursor_open(&cursor, segment, where, NULL));
    for (size_t at = from; at < to; documents++) {
        size_t end = model_run(model, at, true);
        assert_int_equal(model->postings[at].document, cursor.document);
        assert_int_equal(end - at, segment_cursor_frequency(&cursor));
        assert_int_equal(end - at, segment_cursor_positions(&cursor, positions, 1 << 20));
        for (size_t i = at; i < end; i++) {
            assert_int_equal(model->postings[i].position, positions[i - at]);
        }
        segment_cursor_next(&cursor);
        at = end;
    }
    assert_int_equal(SEGMENT_NO_DOCUMENT, cursor.document);
    assert_int_equal(STATUS_OK, cursor.status);
    assert_int_equal(documents, where->document_count);
}

/* The segment holds the model's documents, and of each word exactly its places. */
static inline void model_compare(const struct model *model, const struct segment *segment) {
    static struct segment_document document;
    struct segment_terms terms;
    size_t at = 0;
    assert_int_equal(model->document_count, segment->document_count);
    assert_int_equal(model->posting_count, segment->position_count);
    for (uint32_t i = 0; i < model->document_count; i++) {
        const struct model_document *wanted = &model->documents[i];
        assert_int_equal(STATUS_OK, segment_document(segment, i, &document, NULL));
        assert_int_equal(strlen(wanted->id), document.id_bytes);
        assert_memory_equal(wanted->id, document.id, document.id_bytes);
        if (segment->has_text) {
            assert_int_equal(strlen(wanted->text), document.text_bytes);
            assert_memory_equal(wanted->text, document.text, document.text_bytes);
        }
    }
    segment_terms_seek(&terms, segment, NULL, 0);
    while (segment_terms_next(&terms)) {
        assert_true(at < model->posting_count);
        size_t to = model_run(model, at, false);
        assert_int_equal(model->postings[at].term_bytes, terms.term_bytes);
        assert_memory_equal(model->postings[at].term, terms.term, terms.term_bytes);
        model_compare_list(model, at, to, segment, &terms.where);
        at = to;
    }
    assert_int_equal(STATUS_OK, terms.status);
    assert_int_equal(model->posting_count, at);
}

#endif
