/*
 * change_test.c - add, delete, compact: after any history the index holds the
 * documents that are left, and compacted it is the file a fresh build makes.
 *
 * Histories are random with a fixed seed; the model is a plain table of what is
 * alive.  Deletions and additions are small (log) or large (segments) by turns.
 */
#include "model.h"

enum { NAMES = 400, STEPS = 14 };

/* What is alive, by number of name. */
struct world {
    char *texts[NAMES];          /* NULL: not there */
};

static void world_free(struct world *world) {
    for (size_t i = 0; i < NAMES; i++) {
        free(world->texts[i]);
    }
}

static struct model_document name_of(size_t number, char *text) {
    struct model_document document = { .text = text };
    snprintf(document.id, sizeof(document.id), "%c%zu", (char)('a' + number % 5), number);
    return document;
}

/* The live documents as a model that owns nothing but its tables. */
static struct model survivors(const struct world *world) {
    struct model model = { .documents = calloc(NAMES, sizeof(*model.documents)) };
    assert_non_null(model.documents);
    for (size_t i = 0; i < NAMES; i++) {
        if (world->texts[i] != NULL) {
            model.documents[model.document_count++] = name_of(i, world->texts[i]);
        }
    }
    model_invert(&model);
    return model;
}

static void survivors_free(struct model *model) {
    free(model->documents);
    free(model->postings);
}

/* One writer's worth of changes. */
static void change(struct world *world, const char *folder, struct sync_sequence *sequence,
                   size_t words) {
    struct index_options options = { .memory_bytes = 1 };
    struct index_writer *writer;
    size_t count = sync_sequence_below(sequence, 40);
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &writer, NULL));
    for (size_t i = 0; i < count; i++) {
        size_t number = sync_sequence_below(sequence, NAMES);
        free(world->texts[number]);
        world->texts[number] = NULL;
        if (sync_sequence_below(sequence, 3) == 0) {
            struct model_document document = name_of(number, NULL);
            assert_int_equal(STATUS_OK,
                             index_writer_delete(writer, (const uint8_t *)document.id,
                                                 strlen(document.id), NULL));
        } else {
            world->texts[number] = model_text(sequence, words, 3000);
            struct model_document document = name_of(number, world->texts[number]);
            model_put(writer, &document);
        }
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
}

/* Live documents by a walk over all parts; their number and length agree with the model. */
static void expect_alive(const struct world *world, const char *folder) {
    static struct segment_document document;
    struct index *index;
    struct index_statistics statistics;
    struct model model = survivors(world);
    size_t alive = 0;
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    index_statistics_read(index, &statistics);
    assert_int_equal(model.document_count, statistics.document_count);
    assert_int_equal(model.posting_count, statistics.token_count);
    for (uint32_t p = 0; p < index_part_count(index); p++) {
        const struct index_part *part = index_part_at(index, p);
        for (uint32_t i = 0; i < part->segment.document_count; i++) {
            if (index_part_is_deleted(part, i)) {
                continue;
            }
            assert_int_equal(STATUS_OK, segment_document(&part->segment, i, &document, NULL));
            document.id[document.id_bytes] = '\0';
            size_t number = (size_t)strtoul((const char *)document.id + 1, NULL, 10);
            assert_non_null(world->texts[number]);
            assert_int_equal(strlen(world->texts[number]), document.text_bytes);
            assert_memory_equal(world->texts[number], document.text, document.text_bytes);
            alive++;
        }
    }
    assert_int_equal(model.document_count, alive);
    index_close(index);
    survivors_free(&model);
}

static void content_of(const char *folder, uint8_t digest[DIGEST_BYTES]) {
    struct index *index;
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    assert_int_equal(STATUS_OK, index_content_digest(index, digest, NULL));
    index_close(index);
}

/* Build what is alive from nothing elsewhere; contents are equal, and files once compacted. */
static void expect_canonical(const struct world *world, const char *folder) {
    struct model model = survivors(world);
    char *other = model_folder();
    struct index_options options = { 0 };
    uint8_t contents[2][DIGEST_BYTES];
    char files[2][DIGEST_TEXT_BYTES];
    assert_int_equal(STATUS_OK, model_build(&model, other, &options, NULL));
    content_of(folder, contents[0]);
    content_of(other, contents[1]);
    assert_memory_equal(contents[0], contents[1], DIGEST_BYTES);
    assert_int_equal(STATUS_OK, index_compact(folder, &options, NULL));
    model_digest(folder, files[0]);
    model_digest(other, files[1]);
    assert_string_equal(files[0], files[1]);
    model_remove(other);
    survivors_free(&model);
}

static void start(struct world *world, const char *folder) {
    struct model model = { 0 };
    struct index_options options = { 0 };
    *world = (struct world){ .texts = { NULL } };
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
}

static void any_history_compacts_to_a_fresh_build(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct sync_sequence sequence = { seed };
        struct world world;
        char *folder = model_folder();
        start(&world, folder);
        for (int step = 0; step < STEPS; step++) {
            /* Long texts pass the log's limit within a step or two. */
            change(&world, folder, &sequence, seed % 2 == 0 ? 30 : 2500);
            expect_alive(&world, folder);
            if (step % 5 == 4) {
                model_check(folder);
            }
            if (sync_sequence_below(&sequence, 8) == 0) {
                expect_canonical(&world, folder);
            }
        }
        expect_canonical(&world, folder);
        expect_alive(&world, folder);
        model_check(folder);
        model_remove(folder);
        world_free(&world);
    }
}

static void adding_one_document_writes_little(void **state) {
    (void)state;
    struct model model = model_make(21, 300, 100, 1000);
    struct index_options options = { 0 };
    struct index_writer *writer;
    struct index *index;
    struct index_statistics before, after;
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    index_statistics_read(index, &before);
    index_close(index);
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &writer, NULL));
    model_put(writer, &(struct model_document){ .id = "new", .text = (char *)"one two" });
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    index_statistics_read(index, &after);
    index_close(index);
    assert_int_equal(before.document_count + 1, after.document_count);
    assert_in_range(after.total_bytes - before.total_bytes, 1, 100);
    assert_int_equal(before.segment_count, after.segment_count);
    model_remove(folder);
    model_free(&model);
}

static void aborted_changes_leave_every_byte(void **state) {
    (void)state;
    struct model model = model_make(22, 50, 100, 1000);
    struct index_options options = { 0 };
    struct index_writer *writer;
    char before[DIGEST_TEXT_BYTES], after[DIGEST_TEXT_BYTES];
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    model_digest(folder, before);
    for (int is_build = 0; is_build < 2; is_build++) {
        assert_int_equal(STATUS_OK,
                         is_build ? index_build_begin(folder, &options, &writer, NULL)
                                  : index_change_begin(folder, &options, &writer, NULL));
        model_put(writer, &model.documents[0]);
        index_writer_abort(writer);
        model_digest(folder, after);
        assert_string_equal(before, after);
    }
    model_remove(folder);
    model_free(&model);
}

static void a_second_writer_is_told_that_the_index_is_busy(void **state) {
    (void)state;
    struct model model = model_make(23, 5, 10, 10);
    struct index_options options = { 0 };
    struct index_writer *first, *second;
    struct diag diag = { STATUS_OK, 0, NULL };
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &first, NULL));
    assert_int_equal(STATUS_BUSY, index_change_begin(folder, &options, &second, &diag));
    assert_string_equal("another writer has the index", diag.reason);
    assert_int_equal(STATUS_BUSY, index_build_begin(folder, &options, &second, NULL));
    assert_int_equal(STATUS_BUSY, index_compact(folder, &options, NULL));
    index_writer_abort(first);
    assert_int_equal(STATUS_OK, index_compact(folder, &options, NULL));
    model_remove(folder);
    model_free(&model);
}

static void never_touches_a_folder_that_is_not_an_index(void **state) {
    (void)state;
    struct index_options options = { 0 };
    struct index_writer *writer;
    struct index *index;
    char *folder = model_folder();
    char path[300];
    struct sync_listing listing;
    snprintf(path, sizeof(path), "%s/letter.txt", folder);
    assert_int_equal(STATUS_OK, sync_file_replace(path, "dear", 4, NULL));
    assert_int_equal(STATUS_EXISTS, index_build_begin(folder, &options, &writer, NULL));
    assert_int_equal(STATUS_NOT_FOUND, index_change_begin(folder, &options, &writer, NULL));
    assert_int_equal(STATUS_NOT_FOUND, index_compact(folder, &options, NULL));
    assert_int_equal(STATUS_NOT_FOUND, index_open(folder, &index, NULL));
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 10, &listing, NULL));
    assert_int_equal(1, listing.count);
    sync_listing_free(&listing);
    model_remove(folder);
}

static void tells_which_file_makes_a_folder_another_ones(void **state) {
    (void)state;
    static const struct { const char *name, *bytes; bool is_foreign; } cases[] = {
        { "manifest", "precious", true },
        { "manifest", "WEFTIDX\nwhatever", false },
        { "manifest", "", false },
        { "lock", "mine", true },
        { "lock", "", false },
        { "weft-tmp-mine", "mine", true },
        { "weft-tmp-segment", "ours", false },
        { ".weft-tmp-segment.12.0.part", "ours", false },
        { ".weft-tmp-segment.x.0.part", "mine", true },
        { ".manifest.1.part", "mine", true },
        { "0123456789abcdef0123456789abcdef.seg", "ours", false },
        { "0123456789abcdef0123456789abcdef.seg.old", "mine", true },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char file[INDEX_FILE_NAME_BYTES], path[300];
        char *folder = model_folder();
        snprintf(path, sizeof(path), "%s/%s", folder, cases[i].name);
        assert_int_equal(STATUS_OK, sync_file_replace(path, cases[i].bytes,
                                                      strlen(cases[i].bytes), NULL));
        assert_int_equal(cases[i].is_foreign, index_find_foreign(folder, file));
        assert_string_equal(cases[i].is_foreign ? cases[i].name : "", file);
        model_remove(folder);
    }
}

static void stops_when_asked_and_leaves_the_index(void **state) {
    (void)state;
    struct model model = model_make(25, 50, 100, 1000);
    struct sync_u32 wish = { 0 };
    struct index_options options = { .memory_bytes = INDEX_MEMORY_MIN, .cancel = &wish };
    struct index_writer *writer;
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    sync_u32_store(&wish, 1, SYNC_RELAXED);
    assert_int_equal(STATUS_OK, index_build_begin(folder, &options, &writer, NULL));
    assert_int_equal(STATUS_CANCELLED, index_writer_commit(writer, NULL));
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &writer, NULL));
    assert_int_equal(STATUS_CANCELLED, index_writer_commit(writer, NULL));
    model_check(folder);
    model_remove(folder);
    model_free(&model);
}

static void a_build_that_is_given_up_leaves_no_folder(void **state) {
    (void)state;
    struct index_options options = { 0 };
    struct index_writer *writer;
    char *folder = model_folder();
    char path[300];
    snprintf(path, sizeof(path), "%s/new", folder);
    assert_int_equal(STATUS_OK, index_build_begin(path, &options, &writer, NULL));
    index_writer_abort(writer);
    assert_int_equal(-1, access(path, F_OK));
    model_remove(folder);
}

static void an_open_snapshot_outlives_later_changes(void **state) {
    (void)state;
    static struct segment_document document;
    struct model model = model_make(24, 200, 100, 1000);
    struct index_options options = { 0 };
    struct index *index;
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    struct model empty = { 0 };
    assert_int_equal(STATUS_OK, model_build(&empty, folder, &options, NULL));
    model_invert(&model);
    model_compare(&model, &index_part_at(index, 0)->segment);
    assert_int_equal(STATUS_OK,
                     segment_document(&index_part_at(index, 0)->segment, 7, &document, NULL));
    index_close(index);
    model_remove(folder);
    model_free(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_compacts_to_a_fresh_build),
        cmocka_unit_test(adding_one_document_writes_little),
        cmocka_unit_test(aborted_changes_leave_every_byte),
        cmocka_unit_test(a_second_writer_is_told_that_the_index_is_busy),
        cmocka_unit_test(never_touches_a_folder_that_is_not_an_index),
        cmocka_unit_test(tells_which_file_makes_a_folder_another_ones),
        cmocka_unit_test(stops_when_asked_and_leaves_the_index),
        cmocka_unit_test(a_build_that_is_given_up_leaves_no_folder),
        cmocka_unit_test(an_open_snapshot_outlives_later_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
