/*
 * order_test.c - what is written is made sure of before anything rests on it.
 *
 * No crash of a process shows the order in which a disk gets things, so the file
 * operations of each kind of commit are recorded and judged by the rules: bytes
 * are synced before their file gets its name, names before the manifest that counts
 * on them, and the last step is a sync.
 */
#include "model.h"
#include "sync/fault.h"

enum { STEPS = 400 };

struct record {
    struct sync_step steps[STEPS];
    size_t count;
};

static const struct index_options options = { .memory_bytes = 1 };
static struct record record;

static void record_begin(void) {
    record.count = 0;
    sync_record_begin(record.steps, STEPS);
}

static void record_end(void) {
    record.count = sync_record_end();
    assert_in_range(record.count, 1, STEPS);
}

static bool ends_with(const char *name, const char *ending) {
    size_t bytes = strlen(name);
    return bytes >= strlen(ending) && strcmp(name + bytes - strlen(ending), ending) == 0;
}

/* The first step of that kind from `from` on whose name, a rename's new one, ends so. */
static size_t find(size_t from, enum sync_step_kind kind, const char *ending) {
    for (size_t i = from; i < record.count; i++) {
        const struct sync_step *step = &record.steps[i];
        const char *name = kind == SYNC_STEP_RENAME ? step->to : step->name;
        if (step->kind == kind && ends_with(name, ending)) {
            return i;
        }
    }
    return record.count;
}

/* What bears that name before step `before` has been synced since its last write. */
static void expect_synced(const char *name, size_t before) {
    bool is_synced = false;
    for (size_t i = 0; i < before; i++) {
        const struct sync_step *step = &record.steps[i];
        if (step->kind == SYNC_STEP_RENAME && strcmp(step->to, name) == 0) {
            expect_synced(step->name, i);
            is_synced = true;
        } else if (strcmp(step->name, name) == 0) {
            is_synced = step->kind == SYNC_STEP_SYNC;
        }
    }
    assert_true(is_synced);
}

/* Every rename is of synced bytes; segments' names are sure before the manifest. */
static void expect_renames_in_order(void) {
    size_t manifest = find(0, SYNC_STEP_RENAME, "manifest");
    assert_true(manifest < record.count);
    for (size_t i = 0; i < record.count; i++) {
        if (record.steps[i].kind == SYNC_STEP_RENAME) {
            expect_synced(record.steps[i].name, i);
        }
    }
    size_t segment = find(0, SYNC_STEP_RENAME, ".seg");
    assert_true(segment < manifest);
    assert_true(find(segment, SYNC_STEP_FOLDER_SYNC, "") < manifest);
    assert_true(find(manifest, SYNC_STEP_FOLDER_SYNC, "") < record.count);
}

static void change(const char *folder, const struct model *model, size_t count) {
    struct index_writer *writer;
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &writer, NULL));
    for (size_t i = 0; i < count; i++) {
        model_put(writer, &model->documents[i]);
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
}

static void a_segment_is_sure_before_the_manifest_that_names_it(void **state) {
    (void)state;
    struct model model = model_make(81, 12, 60, 200);
    struct model large = model_make(82, 12, 20000, 400);
    struct model small = model_make(86, 3, 60, 200);
    char *folder = model_folder();
    record_begin();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    record_end();
    expect_renames_in_order();
    record_begin();
    change(folder, &large, large.document_count);
    record_end();
    expect_renames_in_order();
    change(folder, &small, 3);
    record_begin();
    assert_int_equal(STATUS_OK, index_compact(folder, &options, NULL));
    record_end();
    expect_renames_in_order();
    model_remove(folder);
    model_free(&model);
    model_free(&large);
    model_free(&small);
}

static void what_is_appended_to_the_log_is_synced_last(void **state) {
    (void)state;
    struct model model = model_make(83, 12, 60, 200);
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    for (int is_second = 0; is_second < 2; is_second++) {
        record_begin();
        change(folder, &model, 3);
        record_end();
        size_t written = find(0, SYNC_STEP_WRITE, ".log");
        assert_true(written < record.count);
        expect_synced(record.steps[written].name, record.count);
        /* The first time its name is new, too. */
        size_t named = find(written, SYNC_STEP_FOLDER_SYNC, "");
        assert_int_equal(is_second, named == record.count);
    }
    model_remove(folder);
    model_free(&model);
}

/* A log that a crash left under the name that the next manifest gives to its own. */
static void an_old_log_is_gone_for_good_before_its_manifest_returns(void **state) {
    (void)state;
    struct model model = model_make(84, 12, 60, 200);
    char *folder = model_folder();
    char path[512], name[SYNC_STEP_NAME_BYTES] = "";
    struct sync_bytes log;
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    record_begin();
    struct model_document extra = { .id = "extra", .text = model.documents[0].text };
    change(folder, &(struct model){ .documents = &extra }, 1);
    record_end();
    memcpy(name, record.steps[find(0, SYNC_STEP_WRITE, ".log")].name, sizeof(name));
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &log, NULL));
    assert_int_equal(STATUS_OK, index_compact(folder, &options, NULL));
    assert_int_equal(STATUS_OK, sync_file_replace(path, log.bytes, log.count, NULL));
    sync_free(log.bytes);
    record_begin();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    record_end();
    expect_renames_in_order();
    size_t removed = find(0, SYNC_STEP_REMOVE, name);
    size_t manifest = find(0, SYNC_STEP_RENAME, "manifest");
    assert_true(find(removed, SYNC_STEP_FOLDER_SYNC, "") < manifest);
    model_remove(folder);
    model_free(&model);
}

static void taking_the_log_from_a_manifest_that_stays_is_synced(void **state) {
    (void)state;
    struct model model = model_make(85, 12, 60, 200);
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    change(folder, &model, 3);
    record_begin();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    record_end();
    size_t removed = find(0, SYNC_STEP_REMOVE, ".log");
    assert_true(removed < record.count);
    assert_true(find(removed, SYNC_STEP_FOLDER_SYNC, "") < record.count);
    assert_int_equal(record.count, find(0, SYNC_STEP_RENAME, "manifest"));
    model_remove(folder);
    model_free(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_is_sure_before_the_manifest_that_names_it),
        cmocka_unit_test(what_is_appended_to_the_log_is_synced_last),
        cmocka_unit_test(an_old_log_is_gone_for_good_before_its_manifest_returns),
        cmocka_unit_test(taking_the_log_from_a_manifest_that_stays_is_synced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
