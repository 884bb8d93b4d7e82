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
#include "sync/mutex.h"
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

static void a_run_on_a_pool_allocates_nothing(void **state) {
    (void)state;
    struct workpool *pool = open_pool(4);
    uint64_t taken[32] = { 0 };
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, true);
    struct workpool_job job = { .kind = &arena_kind, .count = 32, .grain = 1, .context = taken };
    assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
    assert_false(sync_fault_disarm(SYNC_FAULT_MEMORY));
    workpool_destroy(pool);
}

static void a_run_without_a_pool_has_the_same_limit_of_memory(void **state) {
    (void)state;
    static const size_t rows[][2] = { { WORKPOOL_JOB_MEMORY_MAX, STATUS_OK },
                                      { WORKPOOL_JOB_MEMORY_MAX + (size_t)1, STATUS_LIMIT },
                                      { (1ull << 32) + 64, STATUS_LIMIT },
                                      { SIZE_MAX, STATUS_LIMIT } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static struct squares squares;
        squares = (struct squares){ .fail_from = UINT64_MAX };
        struct workpool_kind greedy = { .name = "test.greedy", .body = square,
                                        .memory_bytes = rows[i][0] };
        struct workpool_job job = { .kind = &greedy, .count = 1, .grain = 1,
                                    .context = &squares };
        uint32_t failed = 7;
        assert_int_equal(rows[i][1], workpool_run(NULL, &job, &failed));
        assert_int_equal(UINT32_MAX, failed);
        assert_int_equal(rows[i][1] == STATUS_OK, squares.called[0]);
    }
}

static void a_run_in_place_without_memory_runs_nothing(void **state) {
    (void)state;
    uint64_t taken[4] = { 0 };
    struct workpool_job job = { .kind = &arena_kind, .count = 4, .grain = 1, .context = taken };
    uint32_t failed = 7;
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, false);
    assert_int_equal(STATUS_NO_MEMORY, workpool_run(NULL, &job, &failed));
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    assert_int_equal(UINT32_MAX, failed);
    assert_int_equal(0, taken[0]);
}

/* ---- threads ---- */

static int threads_of_process(void) {
    char line[128];
    int count = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        sscanf(line, "Threads: %d", &count);
    }
    fclose(file);
    return count;
}

static void threads_are_started_once_and_never_more(void **state) {
    (void)state;
    int before = threads_of_process();
    for (int i = 0; i < 50; i++) {   /* threads that were joined leave the count a little later */
        sync_sleep_ns(1000000);
        int now = threads_of_process();
        before = now < before ? now : before;
    }
    struct workpool *pool = open_pool(8);
    assert_int_equal(before + 7, threads_of_process());
    for (int i = 0; i < 500; i++) {
        expect_squares(pool, 64, 1);
        assert_int_equal(before + 7, threads_of_process());
    }
    workpool_destroy(pool);
}

static void the_caller_may_run_where_it_could_before(void **state) {
    (void)state;
    int before[SYNC_CPUS_MAX];
    int after[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(before);
    struct workpool *pool = open_pool(2);
    for (int i = 0; i < 20; i++) {
        expect_squares(pool, 100, 1);
        sync_sleep_ns(200000);   /* the helper sleeps, and is placed when woken */
    }
    assert_int_equal(count, sync_cpus_allowed(after));
    assert_memory_equal(before, after, count * sizeof(int));
    workpool_destroy(pool);
}

struct caller {
    struct workpool *pool;
    struct squares squares;
    struct sync_thread thread;
    enum status status;
};

static void call_often(void *argument) {
    struct caller *caller = argument;
    for (int i = 0; i < 200; i++) {
        struct workpool_job job = { .kind = &square_kind, .count = 50, .grain = 1,
                                    .context = &caller->squares };
        enum status status = workpool_run(caller->pool, &job, NULL);
        caller->status = caller->status != STATUS_OK ? caller->status : status;
    }
}

static void callers_on_several_threads_take_turns(void **state) {
    (void)state;
    static struct caller callers[4];
    struct workpool *pool = open_pool(3);
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    for (int i = 0; i < 4; i++) {
        callers[i] = (struct caller){ .pool = pool, .squares.fail_from = UINT64_MAX };
        assert_int_equal(STATUS_OK, sync_thread_start(&callers[i].thread, &options, call_often,
                                                      &callers[i]));
    }
    for (int i = 0; i < 4; i++) {
        sync_thread_join(&callers[i].thread);
        assert_int_equal(STATUS_OK, callers[i].status);
        for (uint32_t k = 0; k < 50; k++) {
            assert_int_equal(200, callers[i].squares.called[k]);
        }
    }
    workpool_destroy(pool);
}

static enum status stay_a_while(const struct workpool_chunk *chunk) {
    struct sync_u32 *words = chunk->context;   /* now inside, most ever inside */
    uint32_t inside = sync_u32_add(&words[0], 1, SYNC_SEQ_CST) + 1;
    uint32_t most = sync_u32_load(&words[1], SYNC_SEQ_CST);
    while (most < inside &&
           !sync_u32_compare_exchange(&words[1], &most, inside, SYNC_SEQ_CST)) {
    }
    sync_sleep_ns(300000);
    sync_u32_sub(&words[0], 1, SYNC_SEQ_CST);
    return STATUS_OK;
}
static const struct workpool_kind stay_kind = { .name = "test.stay", .body = stay_a_while };
static const struct workpool_kind *const stay_list[] = { &stay_kind };
static const struct workpool_kind_set stay_set = { stay_list, 1 };
static const struct workpool_kind_set *const stay_sets[] = { &stay_set };

static void chunks_run_at_the_same_time_on_no_more_workers_than_asked(void **state) {
    (void)state;
    static const uint32_t rows[][3] = { { 0, 40, 4 }, { 1, 5, 1 }, { 2, 40, 2 }, { 3, 40, 3 },
                                        { 99, 40, 4 }, { 0, 3, 3 } };
    struct workpool_options options = { .name = "stay", .workers = 4, .kind_sets = stay_sets,
                                        .kind_set_count = 1 };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sync_u32 words[2] = { { 0 }, { 0 } };
        struct workpool_job job = { .kind = &stay_kind, .count = rows[i][1], .grain = 1,
                                    .context = words, .workers_max = rows[i][0] };
        uint32_t most = 0;
        for (int tries = 0; tries < 500 && (most < 2 || tries < 2); tries++) {   /* busy? again */
            assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
            most = sync_u32_load(&words[1], SYNC_SEQ_CST);
            tries = rows[i][2] == 1 ? 500 : tries;
        }
        assert_true(most <= rows[i][2]);
        assert_true(most >= 2 || rows[i][2] < 2);
    }
    workpool_destroy(pool);
}

static enum status sleep_in_odd_chunks(const struct workpool_chunk *chunk) {
    uint32_t *slots = chunk->context;
    slots[chunk->number]++;
    if (chunk->number % 2 == 1) {
        sync_sleep_ns(1500000);   /* long enough to make the pool wary */
    }
    return STATUS_OK;
}
static const struct workpool_kind sleep_kind = { .name = "test.sleep",
                                                 .body = sleep_in_odd_chunks };
static const struct workpool_kind *const sleep_list[] = { &sleep_kind };
static const struct workpool_kind_set sleep_set = { sleep_list, 1 };
static const struct workpool_kind_set *const sleep_sets[] = { &sleep_set };

static void long_waits_for_helpers_change_nothing(void **state) {
    (void)state;
    struct workpool_options options = { .name = "sleep", .workers = 4, .kind_sets = sleep_sets,
                                        .kind_set_count = 1 };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    uint32_t slots[6] = { 0 };
    for (uint32_t round = 1; round <= 40; round++) {
        struct workpool_job job = { .kind = &sleep_kind, .count = 6, .grain = 1,
                                    .context = slots };
        assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
        for (int i = 0; i < 6; i++) {
            assert_int_equal(round, slots[i]);
        }
    }
    workpool_destroy(pool);
}

/* ---- stopping ---- */

struct stopper {
    struct workpool_cancel cancel;
    uint32_t stop_at;
    struct sync_u32 ran;
};

static enum status stop_later(const struct workpool_chunk *chunk) {
    struct stopper *stopper = chunk->context;
    sync_u32_add(&stopper->ran, 1, SYNC_RELAXED);
    if (chunk->number == stopper->stop_at) {
        workpool_cancel_request(&stopper->cancel);
    }
    return STATUS_OK;
}
static const struct workpool_kind stop_kind = { .name = "test.stop", .body = stop_later };
static const struct workpool_kind *const stop_list[] = { &stop_kind };
static const struct workpool_kind_set stop_set = { stop_list, 1 };
static const struct workpool_kind_set *const stop_sets[] = { &stop_set };

static void a_cancelled_job_begins_no_more_chunks(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool_options options = { .name = "stop", .workers = worker_counts[w],
                                            .kind_sets = stop_sets, .kind_set_count = 1 };
        struct workpool *pool;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        struct stopper stopper = { .stop_at = 20 };
        enum status statuses[1000];
        struct workpool_job job = { .kind = &stop_kind, .count = 1000, .grain = 1,
                                    .context = &stopper, .cancel = &stopper.cancel,
                                    .out_statuses = statuses };
        uint32_t failed;
        assert_int_equal(STATUS_CANCELLED, workpool_run(pool, &job, &failed));
        uint32_t ran = 0;
        for (uint32_t i = 0; i < 1000; i++) {
            assert_true(statuses[i] == STATUS_OK || statuses[i] == STATUS_CANCELLED);
            assert_true(statuses[i] == STATUS_OK || i >= failed);
            ran += statuses[i] == STATUS_OK;
        }
        assert_int_equal(STATUS_OK, statuses[20]);
        assert_int_equal(ran, sync_u32_load(&stopper.ran, SYNC_RELAXED));
        assert_true(worker_counts[w] > 1 || failed == 21);
        assert_int_equal(STATUS_CANCELLED, workpool_run(pool, &job, &failed));
        assert_int_equal(0, failed);
        workpool_destroy(pool);
    }
}

static void a_passed_deadline_begins_no_chunk(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w]);
        static struct squares squares;
        squares = (struct squares){ .fail_from = UINT64_MAX };
        enum status statuses[10];
        struct workpool_job job = { .kind = &square_kind, .count = 10, .grain = 1,
                                    .context = &squares, .deadline_ns = 1,
                                    .out_statuses = statuses };
        uint32_t failed;
        assert_int_equal(STATUS_TIMED_OUT, workpool_run(pool, &job, &failed));
        assert_int_equal(0, failed);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(STATUS_TIMED_OUT, statuses[i]);
            assert_int_equal(0, squares.called[i]);
        }
        job.deadline_ns = sync_clock_ns() + UINT64_C(60000000000);
        assert_int_equal(STATUS_OK, workpool_run(pool, &job, &failed));
        workpool_destroy(pool);
    }
}

static void small_regions_in_quick_succession_lose_nothing(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w]);
        static struct squares squares;
        squares = (struct squares){ .fail_from = UINT64_MAX };
        for (uint32_t i = 1; i <= 3000; i++) {
            struct workpool_job job = { .kind = &square_kind, .count = 1 + i % 5, .grain = 1,
                                        .context = &squares };
            assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
            assert_int_equal(i, squares.called[0]);
        }
        uint64_t sum = 0;
        for (int i = 0; i < 5; i++) {
            sum += squares.called[i];
        }
        assert_int_equal(3000 * 3, sum);
        workpool_destroy(pool);
    }
}

/* ---- a cache shared by bodies, under a lock of the last rank ---- */

enum { CACHED = 64 };

struct cache {
    struct sync_mutex mutex;
    bool is_filled[CACHED];      /* under `mutex`, as are the others */
    uint64_t values[CACHED];
    uint32_t misses;
    uint64_t out[4096];
};

static enum status look_up(const struct workpool_chunk *chunk) {
    struct cache *cache = chunk->context;
    uint32_t key = (chunk->number * 37) % CACHED;
    sync_mutex_lock(&cache->mutex);
    if (!cache->is_filled[key]) {
        cache->is_filled[key] = true;
        cache->values[key] = (uint64_t)key * key + 1;
        cache->misses++;
    }
    cache->out[chunk->number] = cache->values[key];
    sync_mutex_unlock(&cache->mutex);
    return STATUS_OK;
}
static const struct workpool_kind cache_kind = { .name = "test.cache", .body = look_up };
static const struct workpool_kind *const cache_list[] = { &cache_kind };
static const struct workpool_kind_set cache_set = { cache_list, 1 };
static const struct workpool_kind_set *const cache_sets[] = { &cache_set };

static void a_cache_under_a_lock_gives_the_same_answers_and_misses(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool_options options = { .name = "cache", .workers = worker_counts[w],
                                            .kind_sets = cache_sets, .kind_set_count = 1 };
        struct workpool *pool;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        for (int round = 0; round < 5; round++) {
            static struct cache cache;
            cache = (struct cache){ .misses = 0 };
            sync_mutex_init(&cache.mutex, SYNC_RANK_LEAF);
            struct workpool_job job = { .kind = &cache_kind, .count = 4096, .grain = 1,
                                        .context = &cache };
            assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
            assert_int_equal(CACHED, cache.misses);
            for (uint32_t i = 0; i < 4096; i++) {
                uint64_t key = i * 37 % CACHED;
                assert_true(cache.out[i] == key * key + 1);
            }
            sync_mutex_finish(&cache.mutex);
        }
        workpool_destroy(pool);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunk_runs_once_at_any_worker_count),
        cmocka_unit_test(the_lowest_failing_chunk_is_reported_and_all_run),
        cmocka_unit_test(a_run_inside_a_body_runs_in_place),
        cmocka_unit_test(a_job_meets_its_memory_cap_at_the_same_request),
        cmocka_unit_test(a_run_on_a_pool_allocates_nothing),
        cmocka_unit_test(a_run_without_a_pool_has_the_same_limit_of_memory),
        cmocka_unit_test(a_run_in_place_without_memory_runs_nothing),
        cmocka_unit_test(threads_are_started_once_and_never_more),
        cmocka_unit_test(the_caller_may_run_where_it_could_before),
        cmocka_unit_test(callers_on_several_threads_take_turns),
        cmocka_unit_test(chunks_run_at_the_same_time_on_no_more_workers_than_asked),
        cmocka_unit_test(long_waits_for_helpers_change_nothing),
        cmocka_unit_test(a_cancelled_job_begins_no_more_chunks),
        cmocka_unit_test(a_passed_deadline_begins_no_chunk),
        cmocka_unit_test(a_cache_under_a_lock_gives_the_same_answers_and_misses),
        cmocka_unit_test(small_regions_in_quick_succession_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
