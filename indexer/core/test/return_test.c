/*
 * return_test.c - an index that comes back to a manifest it has had before.
 *
 * A log belongs to a manifest by the manifest's bytes.  When a build, a change or a
 * compaction ends in the same bytes again, what was logged behind them then must not
 * count now: at once, after a crash at any file operation, and with any log that a
 * crash has left behind.
 */
#include <sys/wait.h>

#include "model.h"
#include "sync/fault.h"

enum { LARGE_BYTES = 1048544 };   /* fits a log, but not with one record more */

struct scene {
    struct model documents;          /* what is there in the end */
    char *folder;
    char *large_text;
    char fresh[DIGEST_TEXT_BYTES];   /* files of a build of them */
    uint8_t after[DIGEST_BYTES];     /* contents */
};

/* How the index is brought to the state that the work begins with, and the work. */
struct story {
    void (*set_up)(const struct scene *scene);
    enum status (*work)(const struct scene *scene);
    bool may_log;                    /* done twice it leaves a record of the second time */
};

static const struct index_options options = { .memory_bytes = 1 };

static void content_of(const char *folder, uint8_t digest[DIGEST_BYTES]) {
    struct index *index;
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    assert_int_equal(STATUS_OK, index_content_digest(index, digest, NULL));
    index_close(index);
}

static enum status build(const struct scene *scene) {
    return model_build(&scene->documents, scene->folder, &options, NULL);
}

static enum status compact(const struct scene *scene) {
    return index_compact(scene->folder, &options, NULL);
}

static void add(const struct scene *scene, const char *text) {
    struct index_writer *writer;
    struct model_document extra = { .id = "extra", .text = (char *)(uintptr_t)text };
    assert_int_equal(STATUS_OK, index_change_begin(scene->folder, &options, &writer, NULL));
    model_put(writer, &extra);
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
}

static enum status delete_extra(const struct scene *scene) {
    struct index_writer *writer;
    enum status status = index_change_begin(scene->folder, &options, &writer, NULL);
    if (status == STATUS_OK) {
        status = index_writer_delete(writer, (const uint8_t *)"extra", 5, NULL);
        if (status != STATUS_OK) {
            index_writer_abort(writer);
        }
    }
    return status == STATUS_OK ? index_writer_commit(writer, NULL) : status;
}

/* ---- stories ---- */

static void a_large_document_in_the_log(const struct scene *scene) {
    assert_int_equal(STATUS_OK, build(scene));
    add(scene, scene->large_text);
}

static void a_document_in_the_log(const struct scene *scene) {
    assert_int_equal(STATUS_OK, build(scene));
    add(scene, "only in the log");
}

static void a_document_that_came_and_went(const struct scene *scene) {
    a_document_in_the_log(scene);
    assert_int_equal(STATUS_OK, delete_extra(scene));
}

/* As a crash leaves it between the new manifest and the removal of the old log. */
static void a_log_left_over(const struct scene *scene) {
    char path[512];
    struct sync_bytes log;
    a_document_in_the_log(scene);
    model_find_log(scene->folder, path);
    assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &log, NULL));
    assert_int_equal(STATUS_OK, compact(scene));
    assert_int_equal(STATUS_OK, sync_file_replace(path, log.bytes, log.count, NULL));
    sync_free(log.bytes);
}

static enum status delete_and_compact(const struct scene *scene) {
    enum status status = delete_extra(scene);
    return status == STATUS_OK ? compact(scene) : status;
}

static const struct story stories[] = {
    { a_large_document_in_the_log, delete_extra, true },
    { a_document_in_the_log, build, false },
    { a_document_that_came_and_went, compact, false },
    { a_document_that_came_and_went, build, false },
    { a_log_left_over, build, false },
    { a_log_left_over, delete_and_compact, false },
    { a_document_in_the_log, delete_and_compact, false },
};

enum { STORIES = sizeof(stories) / sizeof(stories[0]) };

/* ---- */

static void scene_start(struct scene *scene) {
    scene->documents = model_make(71, 20, 60, 200);
    scene->folder = model_folder();
    scene->large_text = malloc(LARGE_BYTES + 1);
    assert_non_null(scene->large_text);
    for (size_t i = 0; i < LARGE_BYTES; i++) {
        scene->large_text[i] = i % 8 == 7 ? ' ' : 'a';
    }
    scene->large_text[LARGE_BYTES] = '\0';
    assert_int_equal(STATUS_OK, build(scene));
    content_of(scene->folder, scene->after);
    model_digest(scene->folder, scene->fresh);
}

static void scene_end(struct scene *scene) {
    free(scene->large_text);
    model_free(&scene->documents);
    model_remove(scene->folder);
}

static void set_up(const struct scene *scene, const struct story *story,
                   uint8_t before[DIGEST_BYTES]) {
    model_empty(scene->folder);
    story->set_up(scene);
    content_of(scene->folder, before);
}

static void expect_new(const struct scene *scene) {
    uint8_t now[DIGEST_BYTES];
    char files[DIGEST_TEXT_BYTES];
    content_of(scene->folder, now);
    assert_memory_equal(scene->after, now, DIGEST_BYTES);
    model_digest(scene->folder, files);
    assert_string_equal(scene->fresh, files);
    model_check(scene->folder);
}

static void what_was_logged_before_does_not_come_back(void **state) {
    (void)state;
    struct scene scene;
    scene_start(&scene);
    for (size_t i = 0; i < STORIES; i++) {
        uint8_t before[DIGEST_BYTES];
        set_up(&scene, &stories[i], before);
        assert_int_equal(STATUS_OK, stories[i].work(&scene));
        expect_new(&scene);
        assert_int_equal(STATUS_OK, compact(&scene));
        expect_new(&scene);
    }
    scene_end(&scene);
}

/* Run in a child that dies at file operation `nth`; whether it got that far. */
static bool dies_at(const struct scene *scene, enum status (*work)(const struct scene *scene),
                    uint64_t nth) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sync_fault_arm(SYNC_FAULT_CRASH, nth, false);
        _exit(work(scene) == STATUS_OK ? 0 : 1);
    }
    int how = 0;
    assert_int_equal(child, waitpid(child, &how, 0));
    assert_true(WIFEXITED(how));
    assert_true(WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == SYNC_CRASH_EXIT);
    return WEXITSTATUS(how) == SYNC_CRASH_EXIT;
}

/* Two steps may each have come to pass, as long as they come in order. */
static void expect_old_or_new(const struct scene *scene, const uint8_t before[DIGEST_BYTES]) {
    uint8_t now[DIGEST_BYTES];
    content_of(scene->folder, now);
    assert_true(memcmp(now, before, DIGEST_BYTES) == 0 ||
                memcmp(now, scene->after, DIGEST_BYTES) == 0);
    model_check(scene->folder);
}

static void do_again(const struct scene *scene, const struct story *story) {
    assert_int_equal(STATUS_OK, story->work(scene));
    if (story->may_log) {
        assert_int_equal(STATUS_OK, compact(scene));
    }
    expect_new(scene);
}

static void not_after_a_crash_at_any_point_either(void **state) {
    (void)state;
    struct scene scene;
    scene_start(&scene);
    for (size_t i = 0; i < STORIES; i++) {
        const struct story *story = &stories[i];
        bool died = true;
        for (uint64_t nth = 1; died; nth++) {
            uint8_t before[DIGEST_BYTES];
            set_up(&scene, story, before);
            died = dies_at(&scene, story->work, nth);
            expect_old_or_new(&scene, before);
            do_again(&scene, story);
        }
    }
    scene_end(&scene);
}

static void not_when_a_file_operation_fails_either(void **state) {
    (void)state;
    struct scene scene;
    scene_start(&scene);
    for (size_t i = 0; i < 2 * STORIES; i++) {
        const struct story *story = &stories[i / 2];
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            uint8_t before[DIGEST_BYTES];
            set_up(&scene, story, before);
            sync_fault_arm(SYNC_FAULT_FILE, nth, i % 2 != 0);
            enum status status = story->work(&scene);
            was_met = sync_fault_disarm(SYNC_FAULT_FILE);
            expect_old_or_new(&scene, before);
            assert_int_equal(STATUS_OK, was_met ? STATUS_OK : status);
            do_again(&scene, story);
        }
    }
    scene_end(&scene);
}

/* Whatever a crash leaves of a compaction, the next build is a fresh one. */
static void a_build_after_a_crashed_compaction_is_a_fresh_one(void **state) {
    (void)state;
    struct scene scene;
    scene_start(&scene);
    bool died = true;
    for (uint64_t nth = 1; died; nth++) {
        uint8_t before[DIGEST_BYTES];
        set_up(&scene, &stories[1], before);
        died = dies_at(&scene, compact, nth);
        assert_int_equal(STATUS_OK, build(&scene));
        expect_new(&scene);
    }
    scene_end(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_logged_before_does_not_come_back),
        cmocka_unit_test(not_after_a_crash_at_any_point_either),
        cmocka_unit_test(not_when_a_file_operation_fails_either),
        cmocka_unit_test(a_build_after_a_crashed_compaction_is_a_fresh_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
