/*
 * segment_test.c - what a reader finds in a segment: terms, prefixes, blocks,
 * windows, impacts; and that damage is found and does no harm.
 *
 * Lists are compared with model.h's brute force; seeks with a scan of the model.
 */
#include "../src/bests.h"
#include "model.h"

/* A built index held open, with its model. */
struct fixture {
    struct model model;
    struct index *index;
    const struct segment *segment;
    char *folder;
};

static void fixture_start(struct fixture *fixture, uint64_t seed, size_t documents, size_t words,
                          uint64_t vocabulary) {
    struct index_options options = { 0 };
    fixture->model = model_make(seed, documents, words, vocabulary);
    fixture->folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&fixture->model, fixture->folder, &options, NULL));
    assert_int_equal(STATUS_OK, index_open(fixture->folder, &fixture->index, NULL));
    fixture->segment = &index_part_at(fixture->index, 0)->segment;
    model_invert(&fixture->model);
}

static void fixture_end(struct fixture *fixture) {
    index_close(fixture->index);
    model_remove(fixture->folder);
    model_free(&fixture->model);
}

static void finds_each_term_and_no_other(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 41, 400, 60, 4000);
    const struct model *model = &fixture.model;
    for (size_t at = 0; at < model->posting_count; at = model_run(model, at, false)) {
        struct segment_term where;
        uint8_t term[SEGMENT_TERM_BYTES_MAX + 1];
        uint32_t bytes = model->postings[at].term_bytes;
        memcpy(term, model->postings[at].term, bytes);
        assert_int_equal(STATUS_OK, segment_find(fixture.segment, term, bytes, &where, NULL));
        term[bytes] = '!';   /* never in a word */
        assert_int_equal(STATUS_NOT_FOUND,
                         segment_find(fixture.segment, term, bytes + 1, &where, NULL));
        term[bytes - 1]--;
        if (at == 0) {
            assert_int_equal(STATUS_NOT_FOUND,
                             segment_find(fixture.segment, term, bytes, &where, NULL));
        }
    }
    struct segment_term where;
    assert_int_equal(STATUS_NOT_FOUND,
                     segment_find(fixture.segment, (const uint8_t *)"zzz", 3, &where, NULL));
    fixture_end(&fixture);
}

static void walks_the_terms_of_a_prefix_in_order(void **state) {
    (void)state;
    static const char *const prefixes[] = { "", "a", "aa", "ab1", "c", "gk", "zz", "b!" };
    struct fixture fixture;
    fixture_start(&fixture, 42, 300, 60, 4000);
    const struct model *model = &fixture.model;
    for (size_t r = 0; r < sizeof(prefixes) / sizeof(prefixes[0]); r++) {
        struct segment_terms terms;
        size_t bytes = strlen(prefixes[r]);
        segment_terms_seek(&terms, fixture.segment, (const uint8_t *)prefixes[r], bytes);
        for (size_t at = 0; at < model->posting_count; at = model_run(model, at, false)) {
            if (model->postings[at].term_bytes < bytes ||
                memcmp(model->postings[at].term, prefixes[r], bytes) != 0) {
                continue;
            }
            assert_true(segment_terms_next(&terms));
            assert_int_equal(model->postings[at].term_bytes, terms.term_bytes);
            assert_memory_equal(model->postings[at].term, terms.term, terms.term_bytes);
        }
        if (segment_terms_next(&terms)) {
            assert_true(terms.term_bytes < bytes || memcmp(terms.term, prefixes[r], bytes) != 0);
        }
    }
    fixture_end(&fixture);
}

/* The model's first document of the list >= target. */
static uint32_t scan(const struct model *model, size_t from, size_t to, uint32_t target) {
    while (from < to && model->postings[from].document < target) {
        from++;
    }
    return from < to ? model->postings[from].document : SEGMENT_NO_DOCUMENT;
}

/* Seek by random steps; the window and its impacts bound what is found. */
static void walk_list(const struct fixture *fixture, size_t from, size_t to,
                      struct sync_sequence *sequence, uint64_t stride) {
    const struct segment *segment = fixture->segment;
    const struct model_posting *first = &fixture->model.postings[from];
    struct segment_cursor cursor;
    struct segment_term where;
    uint32_t target = 0;
    assert_int_equal(STATUS_OK, segment_find(segment, (const uint8_t *)first->term,
                                             first->term_bytes, &where, NULL));
    assert_int_equal(STATUS_OK, segment_cursor_open(&cursor, segment, &where, NULL));
    for (;;) {
        struct segment_impact impacts[SEGMENT_IMPACTS_MAX];
        uint32_t last = segment_cursor_window(&cursor, target);
        uint32_t count = last != SEGMENT_NO_DOCUMENT ? segment_cursor_impacts(&cursor, impacts) : 0;
        uint32_t document = segment_cursor_seek(&cursor, target);
        assert_int_equal(scan(&fixture->model, from, to, target), document);
        if (document == SEGMENT_NO_DOCUMENT) {
            assert_int_equal(SEGMENT_NO_DOCUMENT, last);
            break;
        }
        assert_in_range(last, document, segment->document_count - 1);
        bool is_covered = false;
        for (uint32_t i = 0; i < count; i++) {
            is_covered = is_covered || (impacts[i].frequency >= segment_cursor_frequency(&cursor) &&
                                        impacts[i].norm <= segment->norms[document]);
        }
        assert_true(is_covered);
        target = document + 1 + (uint32_t)sync_sequence_below(sequence, stride);
    }
}

static void seeks_like_a_scan_and_bounds_what_it_finds(void **state) {
    (void)state;
    struct fixture fixture;
    struct sync_sequence sequence = { 43 };
    fixture_start(&fixture, 43, 4000, 40, 300);
    const struct model *model = &fixture.model;
    for (size_t at = 0; at < model->posting_count;) {
        size_t to = model_run(model, at, false);
        walk_list(&fixture, at, to, &sequence, 2);
        walk_list(&fixture, at, to, &sequence, 400);
        at = to;
    }
    fixture_end(&fixture);
}

static void gives_positions_twice_and_in_pieces(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 44, 10, 4000, 4);
    struct segment_terms terms;
    segment_terms_seek(&terms, fixture.segment, NULL, 0);
    while (segment_terms_next(&terms)) {
        struct segment_cursor cursor;
        assert_int_equal(STATUS_OK,
                         segment_cursor_open(&cursor, fixture.segment, &terms.where, NULL));
        for (; cursor.document != SEGMENT_NO_DOCUMENT; segment_cursor_next(&cursor)) {
            static uint32_t once[8000], twice[8000], gaps[8000];
            uint32_t count = segment_cursor_positions(&cursor, once, 8000);
            assert_int_equal(segment_cursor_frequency(&cursor), count);
            assert_int_equal(count, segment_cursor_positions(&cursor, twice, 8000));
            assert_memory_equal(once, twice, count * sizeof(once[0]));
            assert_int_equal(count < 5 ? count : 5, segment_cursor_positions(&cursor, twice, 5));
            for (uint32_t from = 0; from < count;) {
                from += segment_cursor_gaps(&cursor, from, gaps + from, 7);
            }
            for (uint32_t i = 0; i < count; i++) {
                assert_int_equal(once[i], gaps[i] + (i > 0 ? once[i - 1] + 1 : 0));
            }
        }
    }
    fixture_end(&fixture);
}

static void finds_documents_by_id_and_by_number(void **state) {
    (void)state;
    static struct segment_document document;
    struct fixture fixture;
    fixture_start(&fixture, 45, 333, 5, 10);
    for (uint32_t i = 0; i < fixture.segment->document_count; i++) {
        const char *id = fixture.model.documents[i].id;
        uint8_t other[40];
        uint32_t found;
        memcpy(other, id, strlen(id));
        other[strlen(id)] = '#';
        assert_int_equal(STATUS_OK, segment_document_find(fixture.segment, (const uint8_t *)id,
                                                          strlen(id), &found, NULL));
        assert_int_equal(i, found);
        assert_int_equal(STATUS_NOT_FOUND, segment_document_find(fixture.segment, other,
                                                                 strlen(id) + 1, &found, NULL));
        assert_int_equal(STATUS_OK, segment_document(fixture.segment, i, &document, NULL));
        assert_int_equal(9, document.title_bytes);
        assert_memory_equal("title of ", document.title, 9);
    }
    assert_int_equal(STATUS_NOT_FOUND,
                     segment_document(fixture.segment, fixture.segment->document_count,
                                      &document, NULL));
    fixture_end(&fixture);
}

static void codes_lengths_in_order_and_within_a_sixteenth(void **state) {
    (void)state;
    uint8_t before = 0;
    for (uint32_t length = 0; length < 500000; length++) {
        uint8_t norm = segment_norm(length);
        uint32_t least = segment_norm_length(norm);
        assert_true(norm >= before);
        assert_true(least <= length && (length < 32 ? least == length
                                                    : length - least <= length / 16));
        before = norm;
    }
    assert_int_equal(255, segment_norm(UINT32_MAX));
    for (uint32_t code = 0; code < 256; code++) {
        assert_int_equal(code, segment_norm(segment_norm_length((uint8_t)code)));
    }
}

static void bounds_every_pair_of_a_front_too_long_to_keep(void **state) {
    (void)state;
    for (uint32_t pairs = 1; pairs <= 60; pairs++) {
        struct segment_bests bests;
        struct segment_impact front[SEGMENT_IMPACTS_MAX];
        bests_clear(&bests);
        for (uint32_t i = 1; i <= pairs; i++) {
            bests_add(&bests, 3 * i, (uint8_t)(4 * i));
            bests_add(&bests, 2 * i, (uint8_t)(4 * i + 1));   /* beaten by the one before */
        }
        uint32_t count = bests_front(&bests, front);
        assert_int_equal(pairs < SEGMENT_IMPACTS_MAX ? pairs : SEGMENT_IMPACTS_MAX, count);
        for (uint32_t i = 1; i <= pairs; i++) {
            bool is_covered = false;
            for (uint32_t k = 0; k < count; k++) {
                is_covered = is_covered || (front[k].frequency >= 3 * i && front[k].norm <= 4 * i);
            }
            assert_true(is_covered);
        }
    }
}

/* Read everything a query could reach; nothing is expected but that it ends. */
static void read_all(const struct segment *segment) {
    static struct segment_document document;
    static uint32_t positions[4096];
    struct segment_impact impacts[SEGMENT_IMPACTS_MAX];
    struct segment_terms terms;
    struct segment_cursor cursor;
    segment_terms_seek(&terms, segment, NULL, 0);
    while (segment_terms_next(&terms)) {
        if (segment_cursor_open(&cursor, segment, &terms.where, NULL) != STATUS_OK) {
            continue;
        }
        (void)segment_cursor_list_impacts(&cursor, impacts);
        for (uint32_t steps = 0; cursor.document != SEGMENT_NO_DOCUMENT; steps++) {
            assert_true(cursor.document < segment->document_count);
            assert_true(steps <= segment->document_count);
            (void)segment_cursor_window(&cursor, cursor.document);
            (void)segment_cursor_impacts(&cursor, impacts);
            (void)segment_cursor_positions(&cursor, positions, 4096);
            segment_cursor_next(&cursor);
        }
    }
    for (uint32_t i = 0; i < segment->document_count; i++) {
        (void)!segment_document(segment, i, &document, NULL);
    }
}

static void any_flipped_bit_is_found_and_does_no_harm(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 46, 140, 3, 4);
    size_t count = (size_t)fixture.segment->byte_count;
    uint8_t *bytes = malloc(count);
    assert_non_null(bytes);
    memcpy(bytes, fixture.segment->bytes, count);
    for (size_t at = 0; at < count; at++) {
        struct segment segment;
        struct diag diag = { STATUS_OK, 0, NULL };
        bytes[at] ^= (uint8_t)(1u << at % 8);
        if (segment_open(bytes, count, &segment, &diag) == STATUS_OK) {
            read_all(&segment);
            assert_int_equal(STATUS_BAD_DATA, segment_check(&segment, &diag));
        }
        assert_non_null(diag.reason);
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    free(bytes);
    fixture_end(&fixture);
}

static void any_shorter_file_is_refused(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 47, 20, 12, 6);
    for (size_t count = 0; count < fixture.segment->byte_count; count++) {
        struct segment segment;
        struct diag diag;
        assert_int_equal(STATUS_BAD_DATA,
                         segment_open(fixture.segment->bytes, count, &segment, &diag));
    }
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_term_and_no_other),
        cmocka_unit_test(walks_the_terms_of_a_prefix_in_order),
        cmocka_unit_test(seeks_like_a_scan_and_bounds_what_it_finds),
        cmocka_unit_test(gives_positions_twice_and_in_pieces),
        cmocka_unit_test(finds_documents_by_id_and_by_number),
        cmocka_unit_test(codes_lengths_in_order_and_within_a_sixteenth),
        cmocka_unit_test(bounds_every_pair_of_a_front_too_long_to_keep),
        cmocka_unit_test(any_flipped_bit_is_found_and_does_no_harm),
        cmocka_unit_test(any_shorter_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
