/*
 * crash_test.c - power lost, disk full, memory gone, at every point there is.
 *
 * The work is done in a child that dies before its n-th file operation, or in
 * this process with the n-th file operation or allocation failing, for n = 1, 2,
 * 3 ... until nothing is met any more.  Each time the index must be the old one
 * or the new one, sound, and open to the next writer.
 */
#include <sys/wait.h>

#include "model.h"
#include "sync/fault.h"

enum work { WORK_BUILD, WORK_ADD_SMALL, WORK_ADD_LARGE, WORK_COMPACT, WORKS };

struct scene {
    struct model old;
    struct model added;
    char *folder;
    uint8_t before[DIGEST_BYTES];   /* contents */
    uint8_t after[DIGEST_BYTES];
};

static void content_of(const char *folder, uint8_t digest[DIGEST_BYTES]) {
    struct index *index;
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    assert_int_equal(STATUS_OK, index_content_digest(index, digest, NULL));
    index_close(index);
}

static enum status add_documents(const struct scene *scene, size_t count, struct diag *diag) {
    struct index_options options = { .memory_bytes = 1 };
    struct index_writer *writer;
    enum status status = index_change_begin(scene->folder, &options, &writer, diag);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct index_input input = model_input(&scene->added.documents[i]);
        status = index_writer_put(writer, &input, diag);
        if (status != STATUS_OK) {
            index_writer_abort(writer);
        }
    }
    return status == STATUS_OK ? index_writer_commit(writer, diag) : status;
}

static enum status do_work(const struct scene *scene, enum work work, struct diag *diag) {
    struct index_options options = { .memory_bytes = 1 };
    switch (work) {
    case WORK_BUILD: return model_build(&scene->added, scene->folder, &options, diag);
    case WORK_ADD_SMALL: return add_documents(scene, 3, diag);
    case WORK_ADD_LARGE: return add_documents(scene, scene->added.document_count, diag);
    default: return index_compact(scene->folder, &options, diag);
    }
}

/* The old index: a segment with something deleted, and a log. */
static void set_up(struct scene *scene) {
    struct index_options options = { .memory_bytes = 1 };
    struct index_writer *writer;
    model_empty(scene->folder);
    assert_int_equal(STATUS_OK, model_build(&scene->old, scene->folder, &options, NULL));
    assert_int_equal(STATUS_OK, index_change_begin(scene->folder, &options, &writer, NULL));
    const char *id = scene->old.documents[1].id;
    assert_int_equal(STATUS_OK, index_writer_delete(writer, (const uint8_t *)id, strlen(id), NULL));
    struct model_document logged = { .id = "logged", .text = (char *)"only in the log" };
    model_put(writer, &logged);
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
}

static void scene_start(struct scene *scene, enum work work, size_t added_words) {
    struct diag diag = { STATUS_OK, 0, NULL };
    scene->old = model_make(31, 20, 60, 200);
    scene->added = model_make(32, 12, added_words, 400);
    scene->folder = model_folder();
    set_up(scene);
    content_of(scene->folder, scene->before);
    assert_int_equal(STATUS_OK, do_work(scene, work, &diag));
    content_of(scene->folder, scene->after);
    model_check(scene->folder);
}

static void scene_end(struct scene *scene) {
    model_free(&scene->old);
    model_free(&scene->added);
    model_remove(scene->folder);
}

/* Old or new, and nothing in the way of the next writer. */
static void expect_old_or_new(const struct scene *scene, enum work work, bool must_be_old,
                              bool must_be_new) {
    uint8_t now[DIGEST_BYTES];
    content_of(scene->folder, now);
    bool is_old = memcmp(now, scene->before, DIGEST_BYTES) == 0;
    bool is_new = memcmp(now, scene->after, DIGEST_BYTES) == 0;
    assert_true(is_old || is_new);
    assert_true(!must_be_old || is_old);
    assert_true(!must_be_new || is_new);
    model_check(scene->folder);
    assert_int_equal(STATUS_OK, do_work(scene, work, NULL));
    content_of(scene->folder, now);
    assert_memory_equal(scene->after, now, DIGEST_BYTES);
    model_check(scene->folder);
}

/* Run in a child that dies at file operation `nth`; whether it got that far. */
static bool dies_at(const struct scene *scene, enum work work, uint64_t nth) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sync_fault_arm(SYNC_FAULT_CRASH, nth, false);
        enum status status = do_work(scene, work, NULL);
        _exit(status == STATUS_OK ? 0 : 1);
    }
    int how = 0;
    assert_int_equal(child, waitpid(child, &how, 0));
    assert_true(WIFEXITED(how));
    assert_true(WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == SYNC_CRASH_EXIT);
    return WEXITSTATUS(how) == SYNC_CRASH_EXIT;
}

static void sweep_crashes(enum work work, size_t words, uint64_t least) {
    struct scene scene;
    uint64_t nth = 1;
    scene_start(&scene, work, words);
    for (bool died = true; died; nth++) {
        set_up(&scene);
        died = dies_at(&scene, work, nth);
        expect_old_or_new(&scene, work, false, !died);
    }
    assert_true(nth > least);
    scene_end(&scene);
}

static void a_crash_during_build_leaves_the_old_index_or_the_new(void **state) {
    (void)state;
    sweep_crashes(WORK_BUILD, 60, 6);
}

static void a_crash_while_appending_leaves_the_old_index_or_the_new(void **state) {
    (void)state;
    sweep_crashes(WORK_ADD_SMALL, 60, 2);
}

static void a_crash_during_a_large_change_leaves_the_old_index_or_the_new(void **state) {
    (void)state;
    sweep_crashes(WORK_ADD_LARGE, 20000, 10);
}

static void a_crash_during_compact_leaves_the_old_index_or_the_new(void **state) {
    (void)state;
    sweep_crashes(WORK_COMPACT, 60, 6);
}

/* A failing disk: for one operation, or from one operation on. */
static void sweep_disk(enum work work, size_t words, bool for_ever) {
    struct scene scene;
    scene_start(&scene, work, words);
    for (uint64_t nth = 1;; nth++) {
        struct diag diag = { STATUS_OK, 0, NULL };
        uint64_t live = sync_memory_live();
        set_up(&scene);
        sync_fault_arm(SYNC_FAULT_FILE, nth, for_ever);
        enum status status = do_work(&scene, work, &diag);
        bool was_met = sync_fault_disarm(SYNC_FAULT_FILE);
        assert_int_equal(live, sync_memory_live());
        assert_true(status == STATUS_OK || diag.reason != NULL);
        expect_old_or_new(&scene, work, false, status == STATUS_OK);
        if (!was_met) {
            assert_int_equal(STATUS_OK, status);
            break;
        }
    }
    scene_end(&scene);
}

static void a_full_disk_leaves_the_old_index_or_the_new(void **state) {
    (void)state;
    for (int work = 0; work < WORKS; work++) {
        sweep_disk((enum work)work, work == WORK_ADD_LARGE ? 20000 : 60, false);
        sweep_disk((enum work)work, work == WORK_ADD_LARGE ? 20000 : 60, true);
    }
}

static void sweep_memory(enum work work, size_t words) {
    struct scene scene;
    scene_start(&scene, work, words);
    for (uint64_t nth = 1;; nth++) {
        struct diag diag = { STATUS_OK, 0, NULL };
        uint64_t live = sync_memory_live();
        set_up(&scene);
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = do_work(&scene, work, &diag);
        bool was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(live, sync_memory_live());
        assert_true(status == STATUS_OK || (status == STATUS_NO_MEMORY && diag.reason != NULL));
        if (!was_met) {
            assert_int_equal(STATUS_OK, status);
            break;
        }
        if (nth % 7 == 0) {
            expect_old_or_new(&scene, work, false, status == STATUS_OK);
        }
    }
    scene_end(&scene);
}

static void an_allocation_that_fails_is_a_status_and_loses_nothing(void **state) {
    (void)state;
    for (int work = 0; work < WORKS; work++) {
        sweep_memory((enum work)work, work == WORK_ADD_LARGE ? 20000 : 40);
    }
}

static void opening_survives_every_failing_allocation(void **state) {
    (void)state;
    struct scene scene;
    scene_start(&scene, WORK_ADD_SMALL, 40);
    for (uint64_t nth = 1;; nth++) {
        struct index *index;
        uint64_t live = sync_memory_live();
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = index_open(scene.folder, &index, NULL);
        bool was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        if (status == STATUS_OK) {
            index_close(index);
        } else {
            assert_int_equal(STATUS_NO_MEMORY, status);
            assert_null(index);
        }
        assert_int_equal(live, sync_memory_live());
        if (!was_met) {
            assert_int_equal(STATUS_OK, status);
            break;
        }
    }
    scene_end(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_during_build_leaves_the_old_index_or_the_new),
        cmocka_unit_test(a_crash_while_appending_leaves_the_old_index_or_the_new),
        cmocka_unit_test(a_crash_during_a_large_change_leaves_the_old_index_or_the_new),
        cmocka_unit_test(a_crash_during_compact_leaves_the_old_index_or_the_new),
        cmocka_unit_test(a_full_disk_leaves_the_old_index_or_the_new),
        cmocka_unit_test(an_allocation_that_fails_is_a_status_and_loses_nothing),
        cmocka_unit_test(opening_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
