/*
 * parallel_test.c - run_parallel against a loop and a stable sort.
 *
 * The five contract tests of seed 003 come first, under names that say them:
 * ordering independent of completion, sequential equivalence, errors deterministic,
 * zero and negative workers, empty input.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/attr.h"
#include "base/hash.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/random.h"
#include "workpool/parallel.h"

enum { TASKS = 60, TEXT_BYTES = 8000 };
static const int64_t worker_counts[] = { INT64_MIN, -1, 0, 1, 2, 3, 4, 8, 1000 };

/* A key of two fields, as a tuple. */
struct key {
    int shard;
    char phase;
};

struct shard {
    uint32_t value;      /* what the task works on */
    uint32_t skew;       /* how long it dawdles, to finish out of order */
    uint64_t result;
    uint32_t calls;
};

static enum status work_on_shard(const struct workpool_chunk *chunk) {
    struct shard *shard = chunk->context;
    shard->calls++;
    for (volatile uint32_t step = 0; step < shard->skew; step++) {
    }
    if (shard->value % 13 == 12) {
        return diag_fail(chunk->diag, STATUS_BAD_DATA, shard->value, "shard is broken");
    }
    if (shard->value % 17 == 16) {
        return STATUS_IO;   /* without a word of its own */
    }
    shard->result = hash_64(&shard->value, sizeof(shard->value), 1);
    return STATUS_OK;
}

static enum status use_memory(const struct workpool_chunk *chunk) {
    return arena_take(chunk->arena, 1000, 1) != NULL && arena_take(chunk->arena, 100, 1) == NULL
               ? STATUS_OK : STATUS_NO_MEMORY;
}

static const struct workpool_kind shard_kind = { .name = "test.shard", .body = work_on_shard };
static const struct workpool_kind memory_kind = { .name = "test.memory", .body = use_memory,
                                                  .memory_bytes = 1024 };
static enum status use_less(const struct workpool_chunk *chunk) {
    return arena_take(chunk->arena, 250, 1) != NULL && arena_take(chunk->arena, 10, 1) == NULL
               ? STATUS_OK : STATUS_NO_MEMORY;
}
static const struct workpool_kind small_kind = { .name = "test.small", .body = use_less,
                                                 .memory_bytes = 256 };
static const struct workpool_kind *const kinds[] = { &shard_kind, &memory_kind, &small_kind };
static const struct workpool_kind_set kind_set = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const kind_sets[] = { &kind_set };

static int order_keys(const void *a, const void *b) {
    const struct key *x = a;
    const struct key *y = b;
    return x->shard != y->shard ? (x->shard > y->shard) - (x->shard < y->shard)
                                : (x->phase > y->phase) - (x->phase < y->phase);
}

struct merged {
    char text[TEXT_BYTES];
    uint32_t calls;
};

static void append(char *text, int shard, char phase, uint64_t result) {
    size_t count = strlen(text);
    snprintf(text + count, TEXT_BYTES - count, "%d%c %016llx\n", shard, phase,
             (unsigned long long)result);
}

static enum status merge_text(const struct workpool_task *const *sorted, uint64_t count,
                              void *out) {
    struct merged *merged = out;
    merged->calls++;
    merged->text[0] = '\0';
    for (uint64_t i = 0; i < count; i++) {
        const struct key *key = sorted[i]->key;
        const struct shard *shard = sorted[i]->context;
        append(merged->text, key->shard, key->phase, shard->result);
    }
    return STATUS_OK;
}

static uint64_t digest_text_of(const void *out) {
    const struct merged *merged = out;
    return hash_64(merged->text, strlen(merged->text), 0);
}

struct work {
    struct key keys[TASKS];
    struct shard shards[TASKS];
    struct workpool_task tasks[TASKS];
};

static void make_work(struct work *work, bool has_failures) {
    struct sync_sequence sequence = { 21 };
    for (int i = 0; i < TASKS; i++) {
        uint32_t value = (uint32_t)sync_sequence_below(&sequence, 100000);
        while (!has_failures && (value % 13 == 12 || value % 17 == 16)) {
            value++;
        }
        work->keys[i] = (struct key){ (int)sync_sequence_below(&sequence, 9) - 4,
                                      (char)('a' + sync_sequence_below(&sequence, 3)) };
        work->shards[i] = (struct shard){ .value = value, .skew = i % 7 == 0 ? 60000 : 10 };
        work->tasks[i] = (struct workpool_task){ .key = &work->keys[i], .kind = &shard_kind,
                                                 .context = &work->shards[i] };
    }
}

/* Insertion sort of indices: stable, and not the pool's. */
static void stable_order(const struct work *work, int order[TASKS]) {
    for (int i = 0; i < TASKS; i++) {
        int at = i;
        for (; at > 0 && order_keys(&work->keys[i], &work->keys[order[at - 1]]) < 0; at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

static struct workpool *open_pool(uint32_t workers) {
    struct workpool_options options = { .name = "parallel", .workers = workers,
                                        .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    return pool;
}

static struct workpool_parallel parallel_of(struct workpool *pool, int64_t max_workers,
                                            const struct work *work, struct merged *merged) {
    return (struct workpool_parallel){ .pool = pool, .max_workers = max_workers,
                                       .tasks = work->tasks, .count = TASKS,
                                       .order = order_keys, .merge = merge_text, .out = merged };
}

static void expect_loop_and_sort(struct workpool *pool, int64_t max_workers) {
    static struct work work;
    static struct merged merged;
    make_work(&work, false);
    char want[TEXT_BYTES] = "";
    int order[TASKS];
    stable_order(&work, order);
    for (int i = 0; i < TASKS; i++) {
        const struct shard *shard = &work.shards[order[i]];
        append(want, work.keys[order[i]].shard, work.keys[order[i]].phase,
               hash_64(&shard->value, sizeof(shard->value), 1));
    }
    merged.calls = 0;
    struct workpool_errors errors;
    struct workpool_parallel parallel = parallel_of(pool, max_workers, &work, &merged);
    assert_int_equal(STATUS_OK, workpool_run_parallel(&parallel, &errors));
    assert_int_equal(0, errors.count);
    assert_string_equal(want, merged.text);
    assert_int_equal(1, merged.calls);
    for (int i = 0; i < TASKS; i++) {
        assert_int_equal(1, work.shards[i].calls);
    }
}

static void ordering_does_not_depend_on_completion(void **state) {
    (void)state;
    struct workpool *pool = open_pool(8);
    for (int round = 0; round < 50; round++) {
        expect_loop_and_sort(pool, 8);   /* every seventh task is slow */
    }
    workpool_destroy(pool);
}

static void results_are_those_of_a_loop_and_a_stable_sort(void **state) {
    (void)state;
    for (size_t p = 1; p <= 16; p *= 2) {
        struct workpool *pool = open_pool((uint32_t)p);
        for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
            expect_loop_and_sort(pool, worker_counts[w]);
            expect_loop_and_sort(NULL, worker_counts[w]);
        }
        workpool_destroy(pool);
    }
}

static void describe(const struct workpool_errors *errors, char text[TEXT_BYTES]) {
    text[0] = '\0';
    for (uint64_t i = 0; i < errors->count; i++) {
        const struct workpool_error *error = &errors->errors[i];
        const struct key *key = error->task->key;
        size_t count = strlen(text);
        snprintf(text + count, TEXT_BYTES - count, "%d%c #%d %s %lld: %s\n", key->shard,
                 key->phase, (int)error->index, status_name(error->status),
                 (long long)error->offset, error->message);
    }
}

static void every_failure_is_listed_in_order_on_every_path(void **state) {
    (void)state;
    static struct work work;
    make_work(&work, true);
    char want[TEXT_BYTES] = "";
    int order[TASKS];
    int failures = 0;
    enum status first = STATUS_OK;
    stable_order(&work, order);
    for (int i = 0; i < TASKS; i++) {
        uint32_t value = work.shards[order[i]].value;
        bool is_broken = value % 13 == 12;
        if (is_broken || value % 17 == 16) {
            size_t count = strlen(want);
            enum status status = is_broken ? STATUS_BAD_DATA : STATUS_IO;
            first = failures++ == 0 ? status : first;
            snprintf(want + count, TEXT_BYTES - count, "%d%c #%d %s %lld: %s\n",
                     work.keys[order[i]].shard, work.keys[order[i]].phase, order[i],
                     is_broken ? "bad data" : "input/output error",
                     is_broken ? (long long)value : -1LL,
                     is_broken ? "shard is broken" : "input/output error");
        }
    }
    assert_true(failures > 4);
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(4);
        struct merged merged = { .calls = 0 };
        struct workpool_errors errors;
        struct workpool_parallel parallel = parallel_of(pool, worker_counts[w], &work, &merged);
        make_work(&work, true);
        assert_int_equal(first, workpool_run_parallel(&parallel, &errors));
        char have[TEXT_BYTES];
        describe(&errors, have);
        assert_string_equal(want, have);
        assert_int_equal(0, merged.calls);   /* no partial merge */
        for (int i = 0; i < TASKS; i++) {
            assert_int_equal(1, work.shards[i].calls);
        }
        workpool_errors_free(&errors);
        workpool_destroy(pool);
    }
}

static void zero_and_negative_workers_run_on_the_calling_thread(void **state) {
    (void)state;
    struct workpool *pool = open_pool(4);
    for (int64_t workers = -2; workers <= 1; workers++) {
        expect_loop_and_sort(pool, workers);
    }
    expect_loop_and_sort(pool, INT64_MIN);
    struct workpool_counters counters;
    workpool_counters_read(pool, &counters);
    assert_int_equal(0, counters.helped);
    workpool_destroy(pool);
}

static void empty_input_is_merged_exactly_once(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct merged merged = { .text = "before" };
        struct workpool_errors errors;
        struct workpool_parallel parallel = { .max_workers = worker_counts[w],
                                              .order = order_keys, .merge = merge_text,
                                              .out = &merged };
        assert_int_equal(STATUS_OK, workpool_run_parallel(&parallel, &errors));
        assert_int_equal(1, merged.calls);
        assert_string_equal("", merged.text);
    }
}

/* ---- misuse and limits ---- */

static void tasks_without_a_known_kind_are_named_and_none_runs(void **state) {
    (void)state;
    static const struct workpool_kind stranger = { .name = "test.stranger",
                                                   .body = work_on_shard };
    static struct work work;
    make_work(&work, false);
    work.tasks[7].kind = NULL;
    work.tasks[50].kind = &stranger;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(2);
        struct merged merged = { .calls = 0 };
        struct workpool_errors errors;
        struct workpool_parallel parallel = parallel_of(pool, worker_counts[w], &work, &merged);
        assert_int_equal(STATUS_UNSUPPORTED, workpool_run_parallel(&parallel, &errors));
        assert_int_equal(2, errors.count);
        uint64_t low = errors.errors[0].index < errors.errors[1].index ? 0 : 1;
        assert_int_equal(7, errors.errors[low].index);
        assert_string_equal("task has no kind", errors.errors[low].message);
        assert_int_equal(50, errors.errors[1 - low].index);
        assert_string_equal("task of a kind the pool does not know",
                            errors.errors[1 - low].message);
        assert_int_equal(0, merged.calls);
        assert_int_equal(0, work.shards[0].calls);
        workpool_errors_free(&errors);
        workpool_destroy(pool);
    }
}

static void each_task_has_the_arena_of_its_kind(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(3);
        static struct work work;
        make_work(&work, false);
        for (int i = 0; i < TASKS; i += 2) {
            work.tasks[i].kind = i % 4 == 0 ? &memory_kind : &small_kind;
        }
        struct merged merged = { .calls = 0 };
        struct workpool_errors errors;
        struct workpool_parallel parallel = parallel_of(pool, worker_counts[w], &work, &merged);
        assert_int_equal(STATUS_OK, workpool_run_parallel(&parallel, &errors));
        workpool_destroy(pool);
    }
}

static void a_failing_allocation_is_a_status_and_no_task_ran(void **state) {
    (void)state;
    for (int has_failures = 0; has_failures < 2; has_failures++) {
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            static struct work work;
            make_work(&work, has_failures != 0);
            work.tasks[0].kind = &memory_kind;
            uint64_t live = sync_memory_live();
            struct merged merged = { .calls = 0 };
            struct workpool_errors errors;
            struct workpool_parallel parallel = parallel_of(NULL, 1, &work, &merged);
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = workpool_run_parallel(&parallel, &errors);
            was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(was_met, status == STATUS_NO_MEMORY);
            assert_true(!was_met || (errors.count == 0 && merged.calls == 0));
            for (int i = 0; was_met && i < TASKS; i++) {
                assert_int_equal(0, work.shards[i].calls);
            }
            workpool_errors_free(&errors);
            assert_int_equal(live, sync_memory_live());
        }
    }
}

/* The audit's lines and what the counters say, in one text. */
struct account {
    char text[600];
};

static void keep_line(void *context, const char *line) {
    struct account *account = context;
    size_t count = strlen(account->text);
    snprintf(account->text + count, sizeof(account->text) - count, "%s\n", line);
}

static void run_for_account(int64_t max_workers, bool has_failures, struct account *account) {
    static struct work work;
    make_work(&work, has_failures);
    work.tasks[0].kind = &memory_kind;
    account->text[0] = '\0';
    struct workpool_options options = { .name = "account", .workers = 4, .kind_sets = kind_sets,
                                        .kind_set_count = 1, .audit = keep_line,
                                        .audit_context = account };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    struct merged merged = { .calls = 0 };
    struct workpool_errors errors;
    struct workpool_parallel parallel = parallel_of(pool, max_workers, &work, &merged);
    assert_int_equal(has_failures, workpool_run_parallel(&parallel, &errors) != STATUS_OK);
    struct workpool_counters c;
    workpool_counters_read(pool, &c);
    char line[160];
    snprintf(line, sizeof(line), "runs %d chunks %d failures %d arena %d jobs %d", (int)c.runs,
             (int)c.chunks, (int)c.failures - (int)errors.count, (int)c.arena_peak_bytes,
             (int)(c.jobs_submitted + c.jobs_rejected + c.jobs_coalesced + c.jobs_inline));
    keep_line(account, line);
    workpool_errors_free(&errors);
    workpool_destroy(pool);
}

static void audit_and_counters_are_the_same_at_any_number_of_workers(void **state) {
    (void)state;
    for (int has_failures = 0; has_failures < 2; has_failures++) {
        for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
            struct account account;
            run_for_account(worker_counts[w], has_failures != 0, &account);
            assert_string_equal(
                "WP-AUDIT create name=account workers=4 depth=8 mem=1048576\n"
                "WP-AUDIT submit ticket=0 kind=workpool.task decision=run\n"
                "runs 1 chunks 60 failures 0 arena 1000 jobs 0\n", account.text);
        }
    }
}

/* 2^32 + 64 bytes were once cut to 64, and bodies wrote behind them. */
static void a_task_that_wants_too_much_memory_is_refused_without_a_pool(void **state) {
    (void)state;
    static const size_t rows[] = { WORKPOOL_JOB_MEMORY_MAX + (size_t)1, (1ull << 32) + 64,
                                   SIZE_MAX };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct workpool_kind greedy = { .name = "test.greedy", .body = work_on_shard,
                                        .memory_bytes = rows[i] };
        static struct work work;
        make_work(&work, false);
        work.tasks[9].kind = &greedy;
        struct merged merged = { .calls = 0 };
        struct workpool_errors errors;
        struct workpool_parallel parallel = parallel_of(NULL, 1, &work, &merged);
        assert_int_equal(STATUS_LIMIT, workpool_run_parallel(&parallel, &errors));
        assert_int_equal(1, errors.count);
        assert_int_equal(9, errors.errors[0].index);
        assert_int_equal(STATUS_LIMIT, errors.errors[0].status);
        assert_string_equal("task needs more memory than a job may have",
                            errors.errors[0].message);
        assert_true(merged.calls == 0 && work.shards[0].calls == 0);
        workpool_errors_free(&errors);
    }
}

static enum status refuse_merge(const struct workpool_task *const *sorted, uint64_t count,
                                void *out) {
    (void)sorted;
    (void)out;
    return count == TASKS ? STATUS_LIMIT : STATUS_OK;
}

static void what_the_merge_returns_is_returned(void **state) {
    (void)state;
    static struct work work;
    make_work(&work, false);
    struct workpool_errors errors;
    struct workpool_parallel parallel = parallel_of(NULL, 1, &work, NULL);
    parallel.merge = refuse_merge;
    assert_int_equal(STATUS_LIMIT, workpool_run_parallel(&parallel, &errors));
    assert_int_equal(0, errors.count);
}

/* ---- a merge or an order that is none stops a check build ---- */

static enum status merge_with_state(const struct workpool_task *const *sorted, uint64_t count,
                                    void *out) {
    static char passing = 'a';
    struct merged *merged = out;
    (void)sorted;
    (void)count;
    merged->text[0] = passing++;
    merged->text[1] = '\0';
    return STATUS_OK;
}

static int order_by_nothing(const void *a, const void *b) {
    return a == b ? 0 : -1;   /* both come before each other */
}

static int signal_of(const struct workpool_parallel *parallel) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        close(2);
        struct workpool_errors errors;
        _exit((int)workpool_run_parallel(parallel, &errors));
    }
    int result = 0;
    waitpid(child, &result, 0);
    return WIFSIGNALED(result) ? WTERMSIG(result) : WEXITSTATUS(result);
}

static void an_impure_merge_or_order_stops_a_check_build(void **state) {
    (void)state;
    static struct work work;
    static struct merged merged;
    make_work(&work, false);
    struct workpool_parallel parallel = parallel_of(NULL, 1, &work, &merged);
    parallel.digest = digest_text_of;
    assert_int_equal(STATUS_OK, signal_of(&parallel));
    parallel.merge = merge_with_state;
    assert_int_equal(ASSERT_IS_SLOW ? SIGABRT : STATUS_OK, signal_of(&parallel));
    parallel.merge = merge_text;
    parallel.order = order_by_nothing;
    assert_int_equal(ASSERT_IS_SLOW ? SIGABRT : STATUS_OK, signal_of(&parallel));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordering_does_not_depend_on_completion),
        cmocka_unit_test(results_are_those_of_a_loop_and_a_stable_sort),
        cmocka_unit_test(every_failure_is_listed_in_order_on_every_path),
        cmocka_unit_test(zero_and_negative_workers_run_on_the_calling_thread),
        cmocka_unit_test(empty_input_is_merged_exactly_once),
        cmocka_unit_test(tasks_without_a_known_kind_are_named_and_none_runs),
        cmocka_unit_test(each_task_has_the_arena_of_its_kind),
        cmocka_unit_test(a_failing_allocation_is_a_status_and_no_task_ran),
        cmocka_unit_test(audit_and_counters_are_the_same_at_any_number_of_workers),
        cmocka_unit_test(a_task_that_wants_too_much_memory_is_refused_without_a_pool),
        cmocka_unit_test(what_the_merge_returns_is_returned),
        cmocka_unit_test(an_impure_merge_or_order_stops_a_check_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
