/*
 * pool_explore_test.c - regions, tasks and batches under a scheduler that tries everything.
 *
 * Each case lets the explorer choose the number of workers, with one worker as the plain
 * choice.  So the first execution is the serial one, and every other, at any number of
 * workers and in any schedule, has to give its bytes.
 */
#include <string.h>

#include "base/attr.h"
#include "explore/explore.h"
#include "sync/mutex.h"
#include "workpool/batch.h"
#include "workpool/parallel.h"
#include "workpool/workpool.h"

enum { WORKERS_MOST = 3, ITEMS = 4 };

/* ---- kinds ---- */

static enum status square(const struct workpool_chunk *chunk) {
    uint32_t *values = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        values[i] *= values[i];
    }
    return STATUS_OK;
}

/* Refuses every index from 1 on: the lowest failing chunk is chunk 1, whoever comes first. */
static enum status refuse_later(const struct workpool_chunk *chunk) {
    uint32_t *values = chunk->context;
    values[chunk->begin] += 10;
    return chunk->begin == 0 ? STATUS_OK
                             : diag_fail(chunk->diag, STATUS_BAD_DATA, chunk->begin, "later");
}

static enum status count_task(const struct workpool_chunk *chunk) {
    uint32_t *value = chunk->context;
    *value = 100 + chunk->number;
    return chunk->number == 2 ? STATUS_IO : STATUS_OK;
}

/* A body may use the pool: its run is in place. */
static enum status nest(const struct workpool_chunk *chunk);

static enum status triple(const struct workpool_chunk *chunk) {
    struct workpool_item *item = chunk->context;
    uint32_t value;
    memcpy(&value, item->input, sizeof(value));
    value *= 3;
    memcpy(item->output, &value, sizeof(value));
    item->output_bytes = sizeof(value);
    return value == 9 ? STATUS_BAD_DATA : STATUS_OK;
}

static const struct workpool_kind square_kind = { .name = "test.square", .body = square };
static const struct workpool_kind refuse_kind = { .name = "test.refuse", .body = refuse_later };
static const struct workpool_kind count_kind = { .name = "test.count", .body = count_task };
static const struct workpool_kind nest_kind = { .name = "test.nest", .body = nest };
static const struct workpool_kind triple_kind = {
    .name = "test.triple", .body = triple, .can_coalesce = true,
    .input_bytes = sizeof(uint32_t), .output_bytes = sizeof(uint32_t) };
static const struct workpool_kind *const kinds[] = { &square_kind, &refuse_kind, &count_kind,
                                                     &nest_kind, &triple_kind };
static const struct workpool_kind_set kind_set = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const kind_sets[] = { &kind_set };

/* ---- helpers ---- */

static struct workpool *open_pool(uint32_t workers, enum workpool_full on_full) {
    const struct workpool_options options = {
        .name = "explored", .workers = workers, .queue_depth = 2, .job_memory_bytes = 4096,
        .on_full = on_full, .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool = NULL;
    EXPLORE_CHECK(workpool_create(&options, &pool, NULL) == STATUS_OK);
    return pool;
}

static struct workpool *open_any_pool(void) {
    return open_pool(1 + explore_choose(WORKERS_MOST), WORKPOOL_FULL_REJECT);
}

static void say(uint64_t value) {
    explore_output(&value, sizeof(value));
}

static void run(struct workpool *pool, const struct workpool_kind *kind, uint32_t *values,
                uint64_t count) {
    const struct workpool_job job = { .kind = kind, .count = count, .grain = 1,
                                      .context = values };
    uint32_t failed;
    say(workpool_run(pool, &job, &failed));
    say(failed);
    explore_output(values, count * sizeof(*values));
}

static struct workpool *nested_pool;   /* a body has no other way to its pool */

static enum status nest(const struct workpool_chunk *chunk) {
    const struct workpool_job inner = { .kind = &square_kind, .count = 2, .grain = 1,
                                        .context = (uint32_t *)chunk->context + 2 * chunk->begin };
    return workpool_run(nested_pool, &inner, NULL);
}

/* ---- cases ---- */

static void one_region(void) {
    uint32_t values[ITEMS] = { 3, 5, 7, 9 };
    struct workpool *pool = open_any_pool();
    run(pool, &square_kind, values, ITEMS);
    workpool_destroy(pool);
}

/* A helper that comes late to the first region must not touch the second as if it were it. */
static void regions_in_a_row(void) {
    uint32_t first[2] = { 3, 5 };
    uint32_t second[3] = { 2, 4, 6 };
    struct workpool *pool = open_any_pool();
    run(pool, &square_kind, first, 2);
    run(pool, &refuse_kind, second, 3);
    run(pool, &square_kind, first, 2);
    workpool_destroy(pool);
}

/* rayon's issue 592: a nested run may not take other work and wait for itself. */
static void nested_under_a_lock(void) {
    struct sync_mutex mutex;
    uint32_t values[ITEMS] = { 2, 3, 4, 5 };
    sync_mutex_init(&mutex, SYNC_RANK_APPLICATION);
    nested_pool = open_any_pool();
    sync_mutex_lock(&mutex);
    run(nested_pool, &nest_kind, values, ITEMS / 2);
    sync_mutex_unlock(&mutex);
    explore_output(values, sizeof(values));
    workpool_destroy(nested_pool);
    nested_pool = NULL;
    sync_mutex_finish(&mutex);
}

static void cancelled_region(void) {
    uint32_t values[ITEMS] = { 3, 5, 7, 9 };
    enum status statuses[ITEMS];
    struct workpool_cancel cancel = { 0 };
    struct workpool *pool = open_any_pool();
    workpool_cancel_request(&cancel);
    const struct workpool_job job = { .kind = &square_kind, .count = ITEMS, .grain = 1,
                                      .context = values, .cancel = &cancel,
                                      .out_statuses = statuses };
    say(workpool_run(pool, &job, NULL));
    explore_output(statuses, sizeof(statuses));
    explore_output(values, sizeof(values));
    workpool_destroy(pool);
}

static int by_letter(const void *a, const void *b) {
    return *(const char *)a - *(const char *)b;
}

static enum status append(const struct workpool_task *const *sorted, uint64_t count, void *out) {
    uint32_t *sums = out;
    for (uint64_t i = 0; i < count; i++) {
        sums[i] = *(uint32_t *)sorted[i]->context;
    }
    return STATUS_OK;
}

static void run_tasks(uint64_t count) {
    uint32_t results[ITEMS] = { 0 };
    uint32_t merged[ITEMS] = { 0 };
    const struct workpool_task tasks[ITEMS] = { { "d", &count_kind, &results[0] },
                                                { "b", &count_kind, &results[1] },
                                                { "a", &count_kind, &results[2] },
                                                { "b", &count_kind, &results[3] } };
    struct workpool *pool = open_any_pool();
    const struct workpool_parallel parallel = { .pool = pool, .max_workers = WORKERS_MOST,
                                                .tasks = tasks, .count = count,
                                                .order = by_letter, .merge = append,
                                                .out = merged };
    struct workpool_errors errors;
    say(workpool_run_parallel(&parallel, &errors));
    explore_output(merged, sizeof(merged));
    for (uint64_t i = 0; i < errors.count; i++) {
        say(errors.errors[i].index);
        say(errors.errors[i].status);
    }
    workpool_errors_free(&errors);
    workpool_destroy(pool);
}

static void tasks_merged_by_key(void) {
    run_tasks(2);
}

static void all_errors_of_tasks(void) {
    run_tasks(ITEMS);
}

static void fold(void *accumulator, const struct workpool_result *result) {
    uint32_t value = 0;
    (void)accumulator;
    memcpy(&value, result->output, result->output_bytes);
    say(result->ticket);
    say(result->key);
    say(result->status);
    say(value);
}

static void submit(struct workpool_batch *batch, uint64_t key, uint32_t value) {
    const struct workpool_submission submission = { .kind = &triple_kind, .key = key,
                                                    .input = &value,
                                                    .input_bytes = sizeof(value) };
    uint64_t ticket = UINT64_MAX;
    say(workpool_batch_submit(batch, &submission, &ticket));
    say(ticket);
}

/* Five jobs for two credits, and a fold in between: what is refused is the same always. */
static void batch(enum workpool_full on_full) {
    struct workpool *pool = open_pool(1 + explore_choose(WORKERS_MOST), on_full);
    const struct workpool_batch_options options = { .pool = pool, .fold = fold };
    struct workpool_batch *batch = NULL;
    EXPLORE_CHECK(workpool_batch_create(&options, &batch) == STATUS_OK);
    submit(batch, 1, 5);
    submit(batch, 2, 3);
    submit(batch, 2, 4);
    say(workpool_batch_reduce(batch, 1));
    submit(batch, 3, 6);
    submit(batch, 1, 7);
    say(workpool_batch_reduce(batch, 2));
    workpool_batch_destroy(batch);   /* one ticket may be open, and running */
    workpool_destroy(pool);
}

static void batch_that_rejects(void) {
    batch(WORKPOOL_FULL_REJECT);
}

static void batch_that_coalesces(void) {
    batch(WORKPOOL_FULL_COALESCE);
}

static void batch_that_runs_inline(void) {
    batch(WORKPOOL_FULL_INLINE);
}

/* Every allocation of a pool, a region, a batch may fail: a status, and nothing is left. */
static void memory_runs_out(void) {
    const struct workpool_options options = {
        .name = "explored", .workers = 2, .job_memory_bytes = 4096,
        .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool = NULL;
    if (workpool_create(&options, &pool, NULL) != STATUS_OK) {
        EXPLORE_CHECK(pool == NULL);
        return;
    }
    const struct workpool_batch_options batch_options = { .pool = pool, .fold = fold };
    struct workpool_batch *batch = NULL;
    if (workpool_batch_create(&batch_options, &batch) == STATUS_OK) {
        uint64_t ticket;
        uint32_t value = 2;
        const struct workpool_submission submission = { .kind = &triple_kind, .input = &value,
                                                        .input_bytes = sizeof(value) };
        EXPLORE_CHECK(workpool_batch_submit(batch, &submission, &ticket) == STATUS_OK);
        workpool_batch_destroy(batch);
    }
    workpool_destroy(pool);
}

/* The plans: random for breadth, PCT for depth, bounded where the case is small. */
static const struct explore_case cases[] = {
    { .name = "one_region", .body = one_region },
    { .name = "one_region_pct", .body = one_region, .plan = { .strategy = EXPLORE_PCT } },
    { .name = "one_region_bounded", .body = one_region,
      .plan = { .strategy = EXPLORE_BOUNDED, .preemptions = 1, .runs = 50000 } },
    { .name = "regions_in_a_row", .body = regions_in_a_row },
    { .name = "regions_in_a_row_pct", .body = regions_in_a_row,
      .plan = { .strategy = EXPLORE_PCT, .depth = 4 } },
    { .name = "nested_under_a_lock", .body = nested_under_a_lock },
    { .name = "nested_under_a_lock_bounded", .body = nested_under_a_lock,
      .plan = { .strategy = EXPLORE_BOUNDED, .preemptions = 2, .runs = 50000 } },
    { .name = "cancelled_region", .body = cancelled_region },
    { .name = "tasks_merged_by_key", .body = tasks_merged_by_key },
    { .name = "all_errors_of_tasks", .body = all_errors_of_tasks },
    { .name = "batch_that_rejects", .body = batch_that_rejects },
    { .name = "batch_that_coalesces", .body = batch_that_coalesces },
    { .name = "batch_that_runs_inline", .body = batch_that_runs_inline },
    { .name = "batch_that_rejects_pct", .body = batch_that_rejects,
      .plan = { .strategy = EXPLORE_PCT } },
    { .name = "memory_runs_out", .body = memory_runs_out, .plan = { .allocation_failures = 1 } },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
