/*
 * workpool_test.c - each promise of workpool.h, and the smallest program that
 * would notice it broken.
 *
 * Expected values come from plain loops in this file, never from a second run of
 * the pool.  Every case runs at 1, 2, 3, 4 and 8 workers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sync/clock.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/thread.h"
#include "workpool/workpool.h"

enum { SQUARES_MAX = 20000, DAWDLE_STEPS = 200000 };
static const uint32_t worker_counts[] = { 1, 2, 3, 4, 8, 16 };

struct squares {
    uint64_t out[SQUARES_MAX];
    uint32_t called[SQUARES_MAX];   /* calls of the body, by chunk number */
    uint64_t fail_from;             /* chunks that begin here or later fail */
};

static void dawdle(void) {
    for (volatile uint32_t step = 0; step < DAWDLE_STEPS; step++) {
    }
}

static enum status square(const struct workpool_chunk *chunk) {
    struct squares *squares = chunk->context;
    squares->called[chunk->number]++;
    if (chunk->begin == squares->fail_from) {
        dawdle();   /* lets later chunks fail first */
        return STATUS_BAD_DATA;
    }
    if (chunk->begin > squares->fail_from) {
        return STATUS_IO;
    }
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        squares->out[i] = i * i;
    }
    return STATUS_OK;
}

static const struct workpool_kind square_kind = { .name = "test.square", .body = square };

struct sum {
    struct workpool *pool;
    uint64_t sums[64];
    uint64_t inner[64][10];
};

static enum status sum_inner(const struct workpool_chunk *chunk) {
    uint64_t *inner = chunk->context;
    inner[chunk->number] = chunk->begin + 1;
    return STATUS_OK;
}
static const struct workpool_kind inner_kind = { .name = "test.inner", .body = sum_inner,
                                                 .memory_bytes = 64 };

static enum status sum_outer(const struct workpool_chunk *chunk) {
    struct sum *sum = chunk->context;
    uint64_t *inner = sum->inner[chunk->number];
    enum status status = workpool_run(sum->pool, &(struct workpool_job){
        .kind = &inner_kind, .count = 10, .grain = 1, .context = inner }, NULL);
    for (int i = 0; i < 10; i++) {
        sum->sums[chunk->number] += inner[i];
    }
    return status;
}
static const struct workpool_kind outer_kind = { .name = "test.outer", .body = sum_outer };

static enum status fill_arena(const struct workpool_chunk *chunk) {
    uint64_t *taken = chunk->context;
    while (arena_take(chunk->arena, 100, 1) != NULL) {
        taken[chunk->number]++;
    }
    return taken[chunk->number] == 10 ? STATUS_OK : STATUS_NO_MEMORY;
}
static const struct workpool_kind arena_kind = { .name = "test.arena", .body = fill_arena,
                                                 .memory_bytes = 1024 };

static const struct workpool_kind *const kinds[] = { &square_kind, &inner_kind, &outer_kind,
                                                     &arena_kind };
static const struct workpool_kind_set test_kinds = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const kind_sets[] = { &test_kinds };

static struct workpool_options options_of(uint32_t workers) {
    return (struct workpool_options){ .name = "test", .workers = workers, .kind_sets = kind_sets,
                                      .kind_set_count = 1 };
}

static struct workpool *open_pool(uint32_t workers) {
    struct workpool_options options = options_of(workers);
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    assert_int_equal(workers, workpool_workers(pool));
    return pool;
}

static void expect_squares(struct workpool *pool, uint64_t count, uint64_t grain) {
    static struct squares squares;
    squares = (struct squares){ .fail_from = UINT64_MAX };
    uint32_t failed = 7;
    struct workpool_job job = { .kind = &square_kind, .count = count, .grain = grain,
                                .context = &squares };
    assert_int_equal(STATUS_OK, workpool_run(pool, &job, &failed));
    assert_int_equal(UINT32_MAX, failed);
    for (uint64_t i = 0; i < SQUARES_MAX; i++) {
        assert_true(squares.out[i] == (i < count ? i * i : 0));
        uint64_t chunks = count / grain + (count % grain != 0);
        assert_int_equal(i < chunks, squares.called[i]);
    }
}

static void every_chunk_runs_once_at_any_worker_count(void **state) {
    (void)state;
    static const uint64_t rows[][2] = { { 0, 1 }, { 1, 1 }, { 1, 9 }, { 2, 1 }, { 10, 3 },
                                        { 9, 3 }, { 5000, 1 }, { 20000, 1 }, { 20000, 7 },
                                        { 20000, UINT64_MAX } };
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w]);
        for (size_t row = 0; row < COUNT_OF(rows); row++) {
            expect_squares(pool, rows[row][0], rows[row][1]);
        }
        workpool_destroy(pool);
    }
    expect_squares(NULL, 10, 3);
}

static void the_lowest_failing_chunk_is_reported_and_all_run(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w]);
        static struct squares squares;
        squares = (struct squares){ .fail_from = 30 };
        enum status statuses[20];
        struct diag diags[20];
        struct workpool_job job = { .kind = &square_kind, .count = 100, .grain = 5,
                                    .context = &squares, .out_statuses = statuses,
                                    .out_diags = diags };
        uint32_t failed;
        assert_int_equal(STATUS_BAD_DATA, workpool_run(pool, &job, &failed));
        assert_int_equal(6, failed);
        for (uint32_t i = 0; i < 20; i++) {
            enum status want = i < 6 ? STATUS_OK : i == 6 ? STATUS_BAD_DATA : STATUS_IO;
            assert_int_equal(1, squares.called[i]);
            assert_int_equal(want, statuses[i]);
            assert_int_equal(want, diags[i].status);
        }
        struct workpool_counters counters;
        workpool_counters_read(pool, &counters);
        assert_int_equal(1, counters.runs);
        assert_int_equal(20, counters.chunks);
        assert_int_equal(14, counters.failures);
        workpool_destroy(pool);
    }
}

static void a_run_inside_a_body_runs_in_place(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct sum sum = { .pool = open_pool(worker_counts[w]) };
        struct workpool_job job = { .kind = &outer_kind, .count = 64, .grain = 1,
                                    .context = &sum };
        assert_int_equal(STATUS_OK, workpool_run(sum.pool, &job, NULL));
        for (int i = 0; i < 64; i++) {
            assert_int_equal(55, sum.sums[i]);
        }
        struct workpool_counters counters;
        workpool_counters_read(sum.pool, &counters);
        assert_int_equal(65, counters.runs);
        assert_int_equal(64 + 640, counters.chunks);
        workpool_destroy(sum.pool);
    }
}

static void a_job_meets_its_memory_cap_at_the_same_request(void **state) {
    (void)state;
    for (size_t w = 0; w <= COUNT_OF(worker_counts); w++) {
        struct workpool *pool = w > 0 ? open_pool(worker_counts[w - 1]) : NULL;
        uint64_t taken[32] = { 0 };
        struct workpool_job job = { .kind = &arena_kind, .count = 32, .grain = 1,
                                    .context = taken };
        assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
        struct workpool_counters counters = { .arena_peak_bytes = 1000 };
        if (pool != NULL) {
            workpool_counters_read(pool, &counters);
        }
        assert_int_equal(1000, counters.arena_peak_bytes);
        workpool_destroy(pool);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunk_runs_once_at_any_worker_count),
        cmocka_unit_test(the_lowest_failing_chunk_is_reported_and_all_run),
        cmocka_unit_test(a_run_inside_a_body_runs_in_place),
        cmocka_unit_test(a_job_meets_its_memory_cap_at_the_same_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
