/*
 * shape_test.c - what a pool may be, what it refuses to be, and what its audit says.
 *
 * Every row of a table is one shape; refusals name a reason and leave nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "workpool/workpool.h"

static const uint32_t worker_counts[] = { 1, 2, 3, 4, 8, 16 };

static enum status nothing(const struct workpool_chunk *chunk) {
    (void)chunk;
    return STATUS_OK;
}

static const struct workpool_kind plain_kind = { .name = "test.plain", .body = nothing };
static const struct workpool_kind arena_kind = { .name = "test.arena", .body = nothing,
                                                 .memory_bytes = 1024 };

/* Runs the plain kind from inside a body. */
static enum status run_inside(const struct workpool_chunk *chunk) {
    struct workpool **pool = chunk->context;
    return workpool_run(*pool, &(struct workpool_job){ .kind = &plain_kind, .count = 10,
                                                       .grain = 1 }, NULL);
}
static const struct workpool_kind nested_kind = { .name = "test.nested", .body = run_inside };

static const struct workpool_kind *const kinds[] = { &plain_kind, &arena_kind, &nested_kind };
static const struct workpool_kind_set test_kinds = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const kind_sets[] = { &test_kinds };

static struct workpool_options options_of(uint32_t workers) {
    return (struct workpool_options){ .name = "test", .workers = workers, .kind_sets = kind_sets,
                                      .kind_set_count = 1 };
}

static void shapes_out_of_bounds_are_refused_with_a_reason(void **state) {
    (void)state;
    static const struct workpool_kind greedy = { .name = "test.greedy", .body = nothing,
                                                 .memory_bytes = (1 << 20) + 1 };
    static const struct workpool_kind spaced = { .name = "test greedy", .body = nothing };
    static const struct workpool_kind *const greedy_list[] = { &greedy };
    static const struct workpool_kind *const spaced_list[] = { &spaced };
    static const struct workpool_kind *many_list[WORKPOOL_KINDS_MAX + 1];
    for (size_t i = 0; i < COUNT_OF(many_list); i++) {
        many_list[i] = &plain_kind;
    }
    static const struct workpool_kind_set greedy_set = { greedy_list, 1 };
    static const struct workpool_kind_set spaced_set = { spaced_list, 1 };
    static const struct workpool_kind_set many_set = { many_list, COUNT_OF(many_list) };
    static const struct workpool_kind_set *const sets[] = { &greedy_set, &spaced_set, &many_set };
    struct workpool_options rows[9];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rows[i] = options_of(2);
    }
    rows[0].workers = WORKPOOL_WORKERS_MAX + 1;
    rows[1].queue_depth = WORKPOOL_QUEUE_DEPTH_MAX + 1;
    rows[2].job_memory_bytes = WORKPOOL_JOB_MEMORY_MAX + 1;
    rows[3].on_full = (enum workpool_full)9;
    rows[4].name = "";
    rows[5].name = "a name of more than thirty-two bytes";
    rows[6].kind_sets = &sets[0];   /* asks for more than the 1 MiB a job has by default */
    rows[7].kind_sets = &sets[1];
    rows[8].kind_sets = &sets[2];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct diag diag = { .reason = NULL };
        struct workpool *pool = (struct workpool *)&rows[i];
        assert_int_equal(STATUS_LIMIT, workpool_create(&rows[i], &pool, &diag));
        assert_null(pool);
        assert_int_equal(STATUS_LIMIT, diag.status);
        assert_non_null(diag.reason);
    }
}

static void no_workers_means_sequential_and_sixteen_is_allowed(void **state) {
    (void)state;
    static const uint32_t rows[][2] = { { 0, 1 }, { 1, 1 }, { 16, 16 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct workpool_options options = options_of(rows[i][0]);
        struct workpool *pool;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        assert_int_equal(rows[i][1], workpool_workers(pool));
        workpool_destroy(pool);
    }
    assert_int_equal(1, workpool_workers(NULL));
    workpool_destroy(NULL);
}

static void a_create_that_fails_anywhere_leaves_nothing_behind(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            uint64_t live = sync_memory_live();
            struct workpool_options options = options_of(worker_counts[w]);
            struct workpool *pool;
            struct diag diag = { .reason = NULL };
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = workpool_create(&options, &pool, &diag);
            was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
            assert_int_equal(was_met, pool == NULL);
            assert_int_equal(was_met, diag.reason != NULL);
            workpool_destroy(pool);
            assert_int_equal(live, sync_memory_live());
            assert_true(nth < 100);
        }
    }
}

static void a_kind_that_is_not_registered_is_refused(void **state) {
    (void)state;
    static const struct workpool_kind stranger = { .name = "test.stranger", .body = nothing };
    struct workpool_job job = { .kind = &stranger, .count = 1, .grain = 1 };
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool_options options = options_of(worker_counts[w]);
        struct workpool *pool;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        uint32_t failed = 7;
        assert_int_equal(STATUS_UNSUPPORTED, workpool_run(pool, &job, &failed));
        assert_int_equal(UINT32_MAX, failed);
        struct workpool_counters counters;
        workpool_counters_read(pool, &counters);
        assert_int_equal(0, counters.chunks);
        workpool_destroy(pool);
    }
}

static void too_many_chunks_are_refused(void **state) {
    (void)state;
    struct workpool_job job = { .kind = &plain_kind, .grain = 3,
                                .count = 3 * (uint64_t)WORKPOOL_CHUNKS_MAX + 1 };
    assert_int_equal(STATUS_LIMIT, workpool_run(NULL, &job, NULL));
    job.count = UINT64_MAX;
    assert_int_equal(STATUS_LIMIT, workpool_run(NULL, &job, NULL));
}

struct lines {
    char text[2000];
};

static void keep_line(void *context, const char *line) {
    struct lines *lines = context;
    strncat(lines->text, line, sizeof(lines->text) - strlen(lines->text) - 1);
    strncat(lines->text, "\n", sizeof(lines->text) - strlen(lines->text) - 1);
}

static void the_queue_is_twice_the_workers_unless_set(void **state) {
    (void)state;
    static const uint32_t rows[][3] = { { 0, 0, 2 }, { 1, 0, 2 }, { 4, 0, 8 }, { 16, 0, 32 },
                                        { 2, 1, 1 }, { 2, 1024, 1024 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct lines lines = { "" };
        struct workpool_options options = options_of(rows[i][0]);
        options.queue_depth = rows[i][1];
        options.audit = keep_line;
        options.audit_context = &lines;
        struct workpool *pool;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        char want[40];
        snprintf(want, sizeof(want), " depth=%u ", rows[i][2]);
        assert_non_null(strstr(lines.text, want));
        workpool_destroy(pool);
    }
}

static void the_audit_says_what_was_submitted_and_nothing_of_time(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct lines lines = { "" };
        struct workpool_options options = options_of(worker_counts[w]);
        options.audit = keep_line;
        options.audit_context = &lines;
        options.queue_depth = 5;
        struct workpool *pool;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        struct workpool_job job = { .kind = &plain_kind, .count = 100, .grain = 7,
                                    .context = &pool };
        assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
        job.kind = &nested_kind;
        assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
        workpool_destroy(pool);
        char want[300];
        snprintf(want, sizeof(want),
                 "WP-AUDIT create name=test workers=%u depth=5 mem=1048576\n"
                 "WP-AUDIT submit ticket=0 kind=test.plain decision=run\n"
                 "WP-AUDIT submit ticket=1 kind=test.nested decision=run\n",
                 worker_counts[w]);
        assert_string_equal(want, lines.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_out_of_bounds_are_refused_with_a_reason),
        cmocka_unit_test(no_workers_means_sequential_and_sixteen_is_allowed),
        cmocka_unit_test(a_create_that_fails_anywhere_leaves_nothing_behind),
        cmocka_unit_test(a_kind_that_is_not_registered_is_refused),
        cmocka_unit_test(too_many_chunks_are_refused),
        cmocka_unit_test(the_queue_is_twice_the_workers_unless_set),
        cmocka_unit_test(the_audit_says_what_was_submitted_and_nothing_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
