/*
 * batch_test.c - what a full queue does, and that it does so at any worker count.
 *
 * A model (batch_model.h), single-threaded and without bodies, plays the same script
 * of submit and reduce calls; decisions, order of folds and outputs must be its.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "batch_model.h"
#include "sync/clock.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/random.h"
#include "workpool/batch.h"

enum { STEPS = 600 };
static const uint32_t worker_counts[] = { 1, 2, 3, 4, 8 };

/* ---- kinds ---- */

struct number {
    uint32_t value;
    uint32_t dawdle;
};

static void dawdle(uint32_t steps) {
    for (volatile uint32_t step = 0; step < steps; step++) {
    }
}

/* Triples a number; refuses multiples of eleven. */
static enum status triple(const struct workpool_chunk *chunk) {
    struct workpool_item *item = chunk->context;
    const struct number *number = item->input;
    assert_int_equal(sizeof(*number), item->input_bytes);
    assert_int_equal(item->ticket, chunk->begin);
    dawdle(number->dawdle);
    if (number->value % 11 == 0) {
        return diag_fail(chunk->diag, STATUS_BAD_DATA, number->value, "multiple of eleven");
    }
    uint32_t tripled = 3 * number->value;
    memcpy(item->output, &tripled, sizeof(tripled));
    item->output_bytes = sizeof(tripled);
    return STATUS_OK;
}

static enum status give_seed(const struct workpool_chunk *chunk) {
    struct workpool_item *item = chunk->context;
    memcpy(item->output, &item->seed, sizeof(item->seed));
    item->output_bytes = sizeof(item->seed);
    return item->input_bytes == 0 ? STATUS_OK : STATUS_BAD_DATA;
}

static enum status take_memory(const struct workpool_chunk *chunk) {
    return arena_take(chunk->arena, 4000, 16) != NULL && arena_take(chunk->arena, 100, 1) == NULL
               ? STATUS_OK : STATUS_NO_MEMORY;
}

static const struct workpool_kind triple_kind = {
    .name = "test.triple", .body = triple, .can_coalesce = true,
    .input_bytes = sizeof(struct number), .output_bytes = sizeof(uint32_t) };
static const struct workpool_kind single_kind = {
    .name = "test.single", .body = triple,
    .input_bytes = sizeof(struct number), .output_bytes = sizeof(uint32_t) };
static const struct workpool_kind seed_kind = { .name = "test.seed", .body = give_seed,
                                                .output_bytes = sizeof(uint64_t) };
static const struct workpool_kind memory_kind = { .name = "test.memory", .body = take_memory,
                                                  .memory_bytes = 4096 };
static const struct workpool_kind *const kinds[] = { &triple_kind, &single_kind, &seed_kind,
                                                     &memory_kind };
static const struct workpool_kind_set kind_set = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const kind_sets[] = { &kind_set };

static void trace_fold(void *accumulator, const struct workpool_result *result) {
    uint32_t value = 0;
    memcpy(&value, result->output, result->output_bytes);
    if (result->status != STATUS_OK) {
        assert_string_equal("multiple of eleven", result->diag->reason);
        value = (uint32_t)result->diag->offset;
    }
    say(accumulator, "fold %lu key %lu", result->ticket, result->key, 0);
    say(accumulator, " status %lu value %lu\n", result->status, value, 0);
}

/* ---- one script for both ---- */

struct step {
    bool is_reduce;
    uint64_t argument;     /* how many, or the key */
    struct number number;
    bool can_coalesce;
};

static void make_script(struct step script[STEPS]) {
    struct sync_sequence sequence = { 99 };
    for (int i = 0; i < STEPS; i++) {
        script[i].is_reduce = sync_sequence_below(&sequence, 4) == 0;
        script[i].argument = sync_sequence_below(&sequence, script[i].is_reduce ? 9 : 4);
        script[i].number.value = (uint32_t)sync_sequence_below(&sequence, 1000);
        script[i].number.dawdle = (uint32_t)sync_sequence_below(&sequence, 3000);
        script[i].can_coalesce = sync_sequence_below(&sequence, 3) != 0;
    }
}

static void play_model(const struct step *script, enum workpool_full on_full,
                       struct trace *trace) {
    struct model model = { .on_full = on_full, .trace = trace };
    for (int i = 0; i < STEPS; i++) {
        if (script[i].is_reduce) {
            model_reduce(&model, script[i].argument);
        } else {
            model_submit(&model, script[i].argument, script[i].can_coalesce,
                         script[i].number.value);
        }
    }
    model_reduce(&model, DEPTH);
}

/* The pool's audit, in the model's words and in the same trace. */
static void trace_line(void *context, const char *line) {
    unsigned long ticket;
    char kind[40];
    char decision[20];
    if (sscanf(line, "WP-AUDIT submit ticket=%lu kind=%39s decision=%19s", &ticket, kind,
               decision) == 3) {
        struct trace *trace = context;
        bool has_ticket = strcmp(decision, "reject") != 0;
        trace->count += (size_t)snprintf(trace->text + trace->count, TRACE_BYTES - trace->count,
                                         has_ticket ? "%s %lu\n" : "%s\n", decision, ticket);
    }
}

static struct workpool *open_pool(uint32_t workers, enum workpool_full on_full,
                                  struct trace *trace) {
    struct workpool_options options = {
        .name = "batch", .workers = workers, .queue_depth = DEPTH, .on_full = on_full,
        .kind_sets = kind_sets, .kind_set_count = 1,
        .audit = trace != NULL ? trace_line : NULL, .audit_context = trace };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    return pool;
}

static void ignore_result(void *accumulator, const struct workpool_result *result) {
    (void)result;
    if (accumulator != NULL) {
        ++*(uint32_t *)accumulator;
    }
}

static struct workpool_batch *open_batch(struct workpool *pool, workpool_fold fold,
                                         void *accumulator) {
    struct workpool_batch_options options = { .pool = pool, .fold = fold,
                                              .accumulator = accumulator };
    struct workpool_batch *batch;
    assert_int_equal(STATUS_OK, workpool_batch_create(&options, &batch));
    return batch;
}

static void play_pool(const struct step *script, struct workpool *pool, struct trace *trace) {
    struct workpool_batch *batch = open_batch(pool, trace_fold, trace);
    uint64_t ticket;
    for (int i = 0; i < STEPS; i++) {
        if (script[i].is_reduce) {
            assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, script[i].argument));
            continue;
        }
        struct number number = script[i].number;
        enum status status = workpool_batch_submit(batch, &(struct workpool_submission){
            .kind = script[i].can_coalesce ? &triple_kind : &single_kind,
            .key = script[i].argument, .input = &number, .input_bytes = sizeof(number) },
            &ticket);
        assert_true(status == STATUS_OK || status == STATUS_BUSY);
        number.value = 12345;   /* inputs are copied */
        assert_true(workpool_batch_open(batch) <= DEPTH);
    }
    assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, UINT64_MAX));
    assert_int_equal(0, workpool_batch_open(batch));
    workpool_batch_destroy(batch);
}

static void compare_with_model(enum workpool_full on_full) {
    static struct step script[STEPS];
    static struct trace want;
    static struct trace have;
    make_script(script);
    want.count = 0;
    play_model(script, on_full, &want);
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        for (int round = 0; round < 4; round++) {
            have.count = 0;
            struct workpool *pool = open_pool(worker_counts[w], on_full, &have);
            play_pool(script, pool, &have);
            assert_string_equal(want.text, have.text);
            workpool_destroy(pool);
        }
    }
}

static void decisions_are_the_same_at_any_worker_count_when_rejecting(void **state) {
    (void)state;
    compare_with_model(WORKPOOL_FULL_REJECT);
}

static void decisions_are_the_same_at_any_worker_count_when_coalescing(void **state) {
    (void)state;
    compare_with_model(WORKPOOL_FULL_COALESCE);
}

static void decisions_are_the_same_at_any_worker_count_when_running_inline(void **state) {
    (void)state;
    compare_with_model(WORKPOOL_FULL_INLINE);
}

/* ---- single promises ---- */

static enum status submit(struct workpool_batch *batch, const struct workpool_kind *kind,
                          uint64_t key, const void *input, size_t input_bytes) {
    uint64_t ticket;
    return workpool_batch_submit(batch, &(struct workpool_submission){
        .kind = kind, .key = key, .input = input, .input_bytes = input_bytes }, &ticket);
}

static void a_full_queue_says_busy_until_a_ticket_is_folded(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w], WORKPOOL_FULL_REJECT, NULL);
        uint32_t folded = 0;
        struct workpool_batch *batch = open_batch(pool, ignore_result, &folded);
        for (int i = 0; i < DEPTH; i++) {
            assert_int_equal(STATUS_OK, submit(batch, &seed_kind, 0, NULL, 0));
        }
        sync_sleep_ns(3000000);   /* long enough for helpers to have done everything */
        assert_int_equal(STATUS_BUSY, submit(batch, &seed_kind, 0, NULL, 0));
        assert_int_equal(0, folded);
        assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, 1));
        assert_int_equal(STATUS_OK, submit(batch, &seed_kind, 0, NULL, 0));
        assert_int_equal(STATUS_BUSY, submit(batch, &seed_kind, 0, NULL, 0));
        assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, 100));
        assert_int_equal(DEPTH + 1, folded);
        struct workpool_counters counters;
        workpool_counters_read(pool, &counters);
        assert_int_equal(DEPTH + 1, counters.jobs_submitted);
        assert_int_equal(2, counters.jobs_rejected);
        assert_int_equal(DEPTH + 1, counters.chunks);
        workpool_batch_destroy(batch);
        workpool_destroy(pool);
    }
}

static void a_flood_takes_no_more_memory_than_the_queue(void **state) {
    (void)state;
    struct workpool *pool = open_pool(2, WORKPOOL_FULL_REJECT, NULL);
    struct workpool_batch *batch = open_batch(pool, ignore_result, NULL);
    uint64_t live = sync_memory_live();
    int accepted = 0;
    for (int i = 0; i < 1000000; i++) {
        accepted += submit(batch, &seed_kind, 0, NULL, 0) == STATUS_OK;
    }
    assert_int_equal(DEPTH, accepted);
    assert_int_equal(live, sync_memory_live());
    /* Another batch of the same pool goes on. */
    uint32_t folded = 0;
    struct workpool_batch *other = open_batch(pool, ignore_result, &folded);
    assert_int_equal(STATUS_OK, submit(other, &seed_kind, 0, NULL, 0));
    assert_int_equal(STATUS_OK, workpool_batch_reduce(other, 1));
    assert_int_equal(1, folded);
    workpool_batch_destroy(other);
    workpool_batch_destroy(batch);
    workpool_destroy(pool);
}

static void unknown_kinds_and_large_inputs_are_refused_before_any_work(void **state) {
    (void)state;
    static const struct workpool_kind stranger = { .name = "test.stranger", .body = give_seed };
    static struct trace trace;
    trace.count = 0;
    struct workpool *pool = open_pool(2, WORKPOOL_FULL_INLINE, &trace);
    struct workpool_batch *batch = open_batch(pool, ignore_result, NULL);
    uint8_t big[sizeof(struct number) + 1] = { 0 };
    assert_int_equal(STATUS_UNSUPPORTED, submit(batch, &stranger, 0, NULL, 0));
    assert_int_equal(STATUS_LIMIT, submit(batch, &triple_kind, 0, big, sizeof(big)));
    assert_int_equal(0, workpool_batch_open(batch));
    assert_string_equal("refuse 0\nrefuse 0\n", trace.text);
    workpool_batch_destroy(batch);
    workpool_destroy(pool);
}

static void a_batch_job_has_its_arena_and_no_more(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w], WORKPOOL_FULL_INLINE, NULL);
        struct workpool_batch *batch = open_batch(pool, ignore_result, NULL);
        for (int i = 0; i < 3 * DEPTH; i++) {
            assert_int_equal(STATUS_OK, submit(batch, &memory_kind, 0, NULL, 0));
        }
        assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, UINT64_MAX));
        struct workpool_counters counters;
        workpool_counters_read(pool, &counters);
        assert_int_equal(0, counters.failures);
        assert_int_equal(3 * DEPTH, counters.chunks);
        assert_int_equal(4000, counters.arena_peak_bytes);
        workpool_batch_destroy(batch);
        workpool_destroy(pool);
    }
}

static void keep_seed(void *accumulator, const struct workpool_result *result) {
    uint64_t *seeds = accumulator;
    memcpy(&seeds[result->ticket], result->output, sizeof(uint64_t));
}

static void seeds_depend_on_ticket_kind_and_key_alone(void **state) {
    (void)state;
    uint64_t first[DEPTH] = { 0 };
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w], WORKPOOL_FULL_REJECT, NULL);
        uint64_t seeds[DEPTH] = { 0 };
        struct workpool_batch *batch = open_batch(pool, keep_seed, seeds);
        for (uint64_t i = 0; i < DEPTH; i++) {
            assert_int_equal(STATUS_OK, submit(batch, &seed_kind, i / 2, NULL, 0));
        }
        assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, DEPTH));
        memcpy(first, w == 0 ? seeds : first, sizeof(first));
        assert_memory_equal(first, seeds, sizeof(first));
        for (int i = 1; i < DEPTH; i++) {
            assert_true(seeds[i] != seeds[i - 1]);
        }
        workpool_batch_destroy(batch);
        workpool_destroy(pool);
    }
}

static void a_cancelled_batch_folds_no_more_and_the_pool_goes_on(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool *pool = open_pool(worker_counts[w], WORKPOOL_FULL_REJECT, NULL);
        struct workpool_cancel cancel = { .requested = { 0 } };
        uint32_t folded = 0;
        struct workpool_batch_options options = { .pool = pool, .fold = ignore_result,
                                                  .accumulator = &folded, .cancel = &cancel };
        struct workpool_batch *batch;
        assert_int_equal(STATUS_OK, workpool_batch_create(&options, &batch));
        assert_int_equal(STATUS_OK, submit(batch, &seed_kind, 0, NULL, 0));
        assert_int_equal(STATUS_OK, submit(batch, &seed_kind, 1, NULL, 0));
        assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, 1));
        workpool_cancel_request(&cancel);
        assert_int_equal(STATUS_CANCELLED, workpool_batch_reduce(batch, 1));
        assert_int_equal(STATUS_CANCELLED, submit(batch, &seed_kind, 0, NULL, 0));
        assert_int_equal(1, folded);
        workpool_batch_destroy(batch);
        batch = open_batch(pool, ignore_result, &folded);
        assert_int_equal(STATUS_OK, submit(batch, &seed_kind, 0, NULL, 0));
        assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, 1));
        assert_int_equal(2, folded);
        workpool_batch_destroy(batch);
        workpool_destroy(pool);
    }
}

/* A body that stays until it is let go. */
static struct sync_u32 gate;
static struct sync_u32 inside;

static enum status wait_at_gate(const struct workpool_chunk *chunk) {
    (void)chunk;
    sync_u32_add(&inside, 1, SYNC_SEQ_CST);
    while (sync_u32_load(&gate, SYNC_ACQUIRE) == 0) {
        sync_sleep_ns(100000);
    }
    return STATUS_OK;
}
static const struct workpool_kind gate_kind = { .name = "test.gate", .body = wait_at_gate };
static const struct workpool_kind *const gate_kinds[] = { &gate_kind, &seed_kind };
static const struct workpool_kind_set gate_set = { gate_kinds, COUNT_OF(gate_kinds) };
static const struct workpool_kind_set *const gate_sets[] = { &gate_set };

/* A batch whose only job a helper is running, with the deadline still to come, or NULL. */
static struct workpool_batch *open_stuck_batch(struct workpool *pool, uint64_t patience_ns,
                                               uint32_t *folded) {
    struct workpool_batch_options options = { .pool = pool, .fold = ignore_result,
                                              .accumulator = folded,
                                              .deadline_ns = sync_clock_ns() + patience_ns };
    struct workpool_batch *batch;
    assert_int_equal(STATUS_OK, workpool_batch_create(&options, &batch));
    enum status status = submit(batch, &gate_kind, 0, NULL, 0);
    while (status == STATUS_OK && sync_u32_load(&inside, SYNC_ACQUIRE) == 0) {
        sync_sleep_ns(100000);
        status = sync_clock_ns() < options.deadline_ns ? STATUS_OK : STATUS_TIMED_OUT;
    }
    if (status != STATUS_OK) {
        sync_sleep_ns(50000000);   /* past the deadline, a body that has begun soon says so */
    }
    if (sync_u32_load(&inside, SYNC_ACQUIRE) == 0) {
        workpool_batch_destroy(batch);   /* a busy machine: no helper came in time */
        return NULL;
    }
    return batch;
}

static void a_batch_past_its_deadline_is_left_behind_and_the_pool_goes_on(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    sync_u32_store(&gate, 0, SYNC_SEQ_CST);
    sync_u32_store(&inside, 0, SYNC_SEQ_CST);
    struct workpool_options pool_options = { .name = "gate", .workers = 2, .queue_depth = DEPTH,
                                             .kind_sets = gate_sets, .kind_set_count = 1 };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&pool_options, &pool, NULL));
    uint32_t folded = 0;
    struct workpool_batch *batch = NULL;
    for (uint64_t patience_ns = 20000000; batch == NULL; patience_ns *= 2) {
        batch = open_stuck_batch(pool, patience_ns, &folded);
    }
    assert_int_equal(STATUS_TIMED_OUT, workpool_batch_reduce(batch, 1));
    assert_int_equal(STATUS_TIMED_OUT, workpool_batch_reduce(batch, 1));
    assert_int_equal(STATUS_TIMED_OUT, submit(batch, &seed_kind, 0, NULL, 0));
    workpool_batch_destroy(batch);   /* its body still runs */
    batch = open_batch(pool, ignore_result, &folded);
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(STATUS_OK, submit(batch, &seed_kind, 0, NULL, 0));
    }
    assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, DEPTH));
    assert_int_equal(DEPTH, folded);
    workpool_batch_destroy(batch);
    sync_u32_store(&gate, 1, SYNC_RELEASE);
    workpool_destroy(pool);
    assert_int_equal(live, sync_memory_live());
}

static void a_job_that_is_replaced_while_it_runs_gives_the_newest_result(void **state) {
    (void)state;
    for (int round = 0; round < 200; round++) {
        static struct trace trace;
        trace.count = 0;
        struct workpool *pool = open_pool(3, WORKPOOL_FULL_COALESCE, NULL);
        struct workpool_batch *batch = open_batch(pool, trace_fold, &trace);
        for (uint32_t i = 0; i < DEPTH; i++) {
            struct number number = { .value = i + 1, .dawdle = 20000 };
            assert_int_equal(STATUS_OK, submit(batch, &triple_kind, i, &number, sizeof(number)));
        }
        for (uint32_t i = 0; i < 3 * DEPTH; i++) {
            dawdle((uint32_t)round * 100);   /* before, while and after the first run */
            struct number number = { .value = 100 + i, .dawdle = 50 };
            assert_int_equal(STATUS_OK,
                             submit(batch, &triple_kind, i % DEPTH, &number, sizeof(number)));
        }
        assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, DEPTH));
        static struct trace want;
        want.count = 0;
        for (uint32_t i = 0; i < DEPTH; i++) {
            uint32_t last = 100 + 2 * DEPTH + i;
            bool is_bad = last % 11 == 0;
            say(&want, "fold %lu key %lu", i, i, 0);
            say(&want, " status %lu value %lu\n", is_bad ? STATUS_BAD_DATA : STATUS_OK,
                is_bad ? last : 3 * last, 0);
        }
        assert_string_equal(want.text, trace.text);
        workpool_batch_destroy(batch);
        workpool_destroy(pool);
    }
}

static void an_abandoned_batch_leaves_nothing_behind(void **state) {
    (void)state;
    for (int round = 0; round < 100; round++) {
        uint64_t live = sync_memory_live();
        struct workpool *pool = open_pool(1 + (uint32_t)round % 4, WORKPOOL_FULL_REJECT, NULL);
        struct workpool_batch *batch = open_batch(pool, ignore_result, NULL);
        for (uint32_t i = 0; i < DEPTH; i++) {
            struct number number = { .value = 1, .dawdle = 3000 };
            assert_int_equal(STATUS_OK, submit(batch, &triple_kind, i, &number, sizeof(number)));
        }
        workpool_batch_destroy(batch);
        workpool_batch_destroy(NULL);
        workpool_destroy(pool);
        assert_int_equal(live, sync_memory_live());
    }
}

static void a_batch_that_cannot_be_had_leaves_nothing_behind(void **state) {
    (void)state;
    struct workpool *pool = open_pool(2, WORKPOOL_FULL_REJECT, NULL);
    struct workpool_batch_options options = { .pool = pool, .fold = ignore_result };
    bool was_met = true;
    for (uint64_t nth = 1; was_met; nth++) {
        uint64_t live = sync_memory_live();
        struct workpool_batch *batch;
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = workpool_batch_create(&options, &batch);
        was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
        assert_int_equal(was_met, batch == NULL);
        workpool_batch_destroy(batch);
        assert_int_equal(live, sync_memory_live());
    }
    workpool_destroy(pool);
}

/* ---- a batch inside a body ---- */

struct nest {
    struct workpool *pool;
    uint32_t folded[40];
};

static enum status run_batch_inside(const struct workpool_chunk *chunk) {
    struct nest *nest = chunk->context;
    struct workpool_batch *batch = open_batch(nest->pool, ignore_result,
                                              &nest->folded[chunk->number]);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(STATUS_OK, submit(batch, &seed_kind, 0, NULL, 0));
    }
    assert_int_equal(STATUS_OK, workpool_batch_reduce(batch, UINT64_MAX));
    workpool_batch_destroy(batch);
    return STATUS_OK;
}
static const struct workpool_kind nest_kind = { .name = "test.nest", .body = run_batch_inside };
static const struct workpool_kind *const nest_kinds[] = { &nest_kind, &seed_kind };
static const struct workpool_kind_set nest_set = { nest_kinds, COUNT_OF(nest_kinds) };
static const struct workpool_kind_set *const nest_sets[] = { &nest_set };

static void a_submit_inside_a_body_runs_in_place(void **state) {
    (void)state;
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct workpool_options options = { .name = "nest", .workers = worker_counts[w],
                                            .queue_depth = DEPTH, .kind_sets = nest_sets,
                                            .kind_set_count = 1,
                                            .on_full = WORKPOOL_FULL_INLINE };
        struct nest nest = { .pool = NULL };
        assert_int_equal(STATUS_OK, workpool_create(&options, &nest.pool, NULL));
        struct workpool_job job = { .kind = &nest_kind, .count = 40, .grain = 1,
                                    .context = &nest };
        assert_int_equal(STATUS_OK, workpool_run(nest.pool, &job, NULL));
        for (int i = 0; i < 40; i++) {
            assert_int_equal(20, nest.folded[i]);
        }
        workpool_destroy(nest.pool);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_are_the_same_at_any_worker_count_when_rejecting),
        cmocka_unit_test(decisions_are_the_same_at_any_worker_count_when_coalescing),
        cmocka_unit_test(decisions_are_the_same_at_any_worker_count_when_running_inline),
        cmocka_unit_test(a_full_queue_says_busy_until_a_ticket_is_folded),
        cmocka_unit_test(a_flood_takes_no_more_memory_than_the_queue),
        cmocka_unit_test(unknown_kinds_and_large_inputs_are_refused_before_any_work),
        cmocka_unit_test(a_batch_job_has_its_arena_and_no_more),
        cmocka_unit_test(seeds_depend_on_ticket_kind_and_key_alone),
        cmocka_unit_test(a_cancelled_batch_folds_no_more_and_the_pool_goes_on),
        cmocka_unit_test(a_batch_past_its_deadline_is_left_behind_and_the_pool_goes_on),
        cmocka_unit_test(a_job_that_is_replaced_while_it_runs_gives_the_newest_result),
        cmocka_unit_test(an_abandoned_batch_leaves_nothing_behind),
        cmocka_unit_test(a_batch_that_cannot_be_had_leaves_nothing_behind),
        cmocka_unit_test(a_submit_inside_a_body_runs_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
