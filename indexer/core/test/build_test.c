/*
 * build_test.c - a build holds what its documents hold, whatever the way to it.
 *
 * Contents are compared with model.h's brute force; bytes of builds with each
 * other.  The smallest memory limit makes several waves and tens of runs of 5 MB.
 */
#include "model.h"

static const uint32_t worker_counts[] = { 1, 2, 3, 4, 8 };
static const size_t memory_limits[] = { (size_t)1, (size_t)16 << 20, (size_t)1 << 30 };

static struct workpool *make_pool(uint32_t workers) {
    static const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    struct workpool_options options = {
        .name = "test", .workers = workers, .kind_sets = sets, .kind_set_count = 1 };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    return pool;
}

static void shuffle(struct model *model, uint64_t seed) {
    struct sync_sequence sequence = { seed };
    for (size_t i = model->document_count; i > 1; i--) {
        size_t other = sync_sequence_below(&sequence, i);
        struct model_document held = model->documents[i - 1];
        model->documents[i - 1] = model->documents[other];
        model->documents[other] = held;
    }
}

static void compare_build(struct model *model, const struct index_options *options) {
    char *folder = model_folder();
    struct index *index;
    assert_int_equal(STATUS_OK, model_build(model, folder, options, NULL));
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    model_invert(model);
    if (model->document_count > 0) {
        assert_int_equal(1, index_part_count(index));
        model_compare(model, &index_part_at(index, 0)->segment);
    } else {
        assert_int_equal(0, index_part_count(index));
    }
    index_close(index);
    model_check(folder);
    model_remove(folder);
    model_free(model);
}

static void holds_every_word_of_every_document(void **state) {
    (void)state;
    static const struct { size_t documents, words; uint64_t vocabulary; } rows[] = {
        { 0, 0, 1 }, { 1, 0, 1 }, { 1, 1, 1 }, { 3, 5, 2 },
        { 127, 10, 3 }, { 128, 10, 3 }, { 129, 10, 3 }, { 16, 3, 8 }, { 17, 3, 8 },
        { 1000, 40, 200 }, { 3000, 100, 20000 }, { 40, 3000, 5 },
    };
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        struct model model = model_make(r, rows[r].documents, rows[r].words, rows[r].vocabulary);
        struct index_options options = { .omits_text = r % 2 != 0 };
        compare_build(&model, &options);
    }
}

static void holds_documents_that_came_in_no_order_through_many_runs(void **state) {
    (void)state;
    struct model model = model_make(77, 6000, 200, 30000);
    shuffle(&model, 5);
    struct index_options options = { .memory_bytes = 1 };
    compare_build(&model, &options);
}

static void gives_the_same_bytes_at_any_number_of_workers_and_memory(void **state) {
    (void)state;
    struct model model = model_make(11, 5000, 200, 50000);
    char *folder = model_folder();
    char first[DIGEST_TEXT_BYTES] = "";
    for (size_t w = 0; w < sizeof(worker_counts) / sizeof(worker_counts[0]); w++) {
        struct workpool *pool = make_pool(worker_counts[w]);
        for (size_t m = 0; m < sizeof(memory_limits) / sizeof(memory_limits[0]); m++) {
            char now[DIGEST_TEXT_BYTES];
            struct index_options options = { .memory_bytes = memory_limits[m], .pool = pool };
            model_empty(folder);
            assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
            model_digest(folder, now);
            assert_true(first[0] == '\0' || strcmp(first, now) == 0);
            memcpy(first, now, sizeof(now));
            shuffle(&model, w * 10 + m);
        }
        workpool_destroy(pool);
    }
    model_check(folder);
    model_remove(folder);
    model_free(&model);
}

static void keeps_the_last_of_documents_with_one_id(void **state) {
    (void)state;
    struct model model = model_make(3, 500, 400, 3000);
    struct sync_sequence sequence = { 9 };
    char *folder = model_folder();
    struct index_options options = { .memory_bytes = 1 };
    struct index_writer *writer;
    struct index *index;
    assert_int_equal(STATUS_OK, index_build_begin(folder, &options, &writer, NULL));
    for (int round = 0; round < 20; round++) {   /* all but the last round to be replaced */
        for (size_t i = 0; i < model.document_count; i++) {
            struct model_document stale = model.documents[i];
            stale.text = model_text(&sequence, 200, 5000);
            model_put(writer, &stale);   /* in the last round in the same batch too */
            if (round == 19) {
                model_put(writer, &model.documents[i]);
            }
            free(stale.text);
        }
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    model_invert(&model);
    model_compare(&model, &index_part_at(index, 0)->segment);
    index_close(index);
    model_check(folder);
    model_remove(folder);
    model_free(&model);
}

static void takes_a_document_larger_than_the_memory_limit(void **state) {
    (void)state;
    struct model model = model_make(4, 3, 10, 10);
    struct sync_sequence sequence = { 4 };
    free(model.documents[1].text);
    model.documents[1].text = model_text(&sequence, 900000, 100);
    struct index_options options = { .memory_bytes = 1 };
    compare_build(&model, &options);
}

static void refuses_ids_and_titles_out_of_bounds_and_goes_on(void **state) {
    (void)state;
    static const uint8_t bytes[INDEX_ID_BYTES_MAX + 1] = { 'x' };
    char *folder = model_folder();
    struct index_options options = { 0 };
    struct index_writer *writer;
    struct index_statistics statistics;
    struct index *index;
    assert_int_equal(STATUS_OK, index_build_begin(folder, &options, &writer, NULL));
    struct index_input input = { .id = bytes, .id_bytes = 0, .text = bytes };
    assert_int_equal(STATUS_LIMIT, index_writer_put(writer, &input, NULL));
    input.id_bytes = INDEX_ID_BYTES_MAX + 1;
    assert_int_equal(STATUS_LIMIT, index_writer_put(writer, &input, NULL));
    input.id_bytes = INDEX_ID_BYTES_MAX;
    input.title = bytes;
    input.title_bytes = INDEX_TITLE_BYTES_MAX + 1;
    assert_int_equal(STATUS_LIMIT, index_writer_put(writer, &input, NULL));
    input.title_bytes = INDEX_TITLE_BYTES_MAX;
    assert_int_equal(STATUS_OK, index_writer_put(writer, &input, NULL));
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    index_statistics_read(index, &statistics);
    assert_int_equal(1, statistics.document_count);
    index_close(index);
    model_check(folder);
    model_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_every_word_of_every_document),
        cmocka_unit_test(holds_documents_that_came_in_no_order_through_many_runs),
        cmocka_unit_test(gives_the_same_bytes_at_any_number_of_workers_and_memory),
        cmocka_unit_test(keeps_the_last_of_documents_with_one_id),
        cmocka_unit_test(takes_a_document_larger_than_the_memory_limit),
        cmocka_unit_test(refuses_ids_and_titles_out_of_bounds_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
