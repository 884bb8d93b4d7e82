/* pool_explore_test.c - the pool's regions and batches, where mutants of them show. */
#include <string.h>

#include "explore/explore.h"
#include "base/attr.h"
#include "sync/clock.h"
#include "workpool/batch.h"
#include "workpool/workpool.h"

enum { ITEMS = 3, LONG_WAITS = 140 };

static uint32_t values[ITEMS];   /* written by the caller, by whoever has the chunk, read again */

static enum status triple(const struct workpool_chunk *chunk) {
    uint32_t *all = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        all[i] *= 3;
    }
    return STATUS_OK;
}

/* So long that the caller, who has nothing left to do, goes to sleep. */
static enum status triple_late(const struct workpool_chunk *chunk) {
    for (int i = 0; i < LONG_WAITS && chunk->begin > 0; i++) {
        sync_sleep_ns(1000000);
    }
    return triple(chunk);
}

static enum status triple_item(const struct workpool_chunk *chunk) {
    struct workpool_item *item = chunk->context;
    uint32_t value;
    memcpy(&value, item->input, sizeof(value));
    value *= 3;
    memcpy(item->output, &value, sizeof(value));
    item->output_bytes = sizeof(value);
    return STATUS_OK;
}

static const struct workpool_kind triple_kind = { .name = "triple", .body = triple };
static const struct workpool_kind late_kind = { .name = "late", .body = triple_late };
static const struct workpool_kind item_kind = {
    .name = "item", .body = triple_item,
    .input_bytes = sizeof(uint32_t), .output_bytes = sizeof(uint32_t) };
static const struct workpool_kind *const kinds[] = { &triple_kind, &late_kind, &item_kind };
static const struct workpool_kind_set kind_set = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const kind_sets[] = { &kind_set };

static struct workpool *open_pool(uint32_t workers) {
    const struct workpool_options options = {
        .name = "explored", .workers = workers, .queue_depth = 2, .job_memory_bytes = 4096,
        .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool = NULL;
    EXPLORE_CHECK(workpool_create(&options, &pool, NULL) == STATUS_OK);
    return pool;
}

static void run(struct workpool *pool, const struct workpool_kind *kind, uint64_t count) {
    const struct workpool_job job = { .kind = kind, .count = count, .grain = 1,
                                      .context = values };
    for (uint32_t i = 0; i < count; i++) {
        values[i] = i + 1;
    }
    EXPLORE_CHECK(workpool_run(pool, &job, NULL) == STATUS_OK);
    for (uint32_t i = 0; i < count; i++) {
        EXPLORE_CHECK(values[i] == 3 * (i + 1));
    }
}

static void one_region(void) {
    struct workpool *pool = open_pool(2);
    run(pool, &triple_kind, ITEMS);
    workpool_destroy(pool);
}

static void two_regions(void) {
    struct workpool *pool = open_pool(2);
    run(pool, &triple_kind, 2);
    run(pool, &triple_kind, ITEMS);
    workpool_destroy(pool);
}

static void a_region_that_takes_long(void) {
    struct workpool *pool = open_pool(2);
    run(pool, &late_kind, 2);
    workpool_destroy(pool);
}

static void nothing_is_run(void) {
    workpool_destroy(open_pool(3));
}

static void fold(void *accumulator, const struct workpool_result *result) {
    uint32_t value = 0;
    (void)accumulator;
    memcpy(&value, result->output, sizeof(value));
    EXPLORE_CHECK(result->status == STATUS_OK && value == 15);
}

/* One job that is waited for, and one that may run when the batch is destroyed. */
static void one_batch(void) {
    struct workpool *pool = open_pool(2);
    const struct workpool_batch_options options = { .pool = pool, .fold = fold };
    struct workpool_batch *batch = NULL;
    uint32_t value = 5;
    uint64_t ticket;
    const struct workpool_submission submission = { .kind = &item_kind, .input = &value,
                                                    .input_bytes = sizeof(value) };
    EXPLORE_CHECK(workpool_batch_create(&options, &batch) == STATUS_OK);
    EXPLORE_CHECK(workpool_batch_submit(batch, &submission, &ticket) == STATUS_OK);
    EXPLORE_CHECK(workpool_batch_reduce(batch, 1) == STATUS_OK);
    EXPLORE_CHECK(workpool_batch_submit(batch, &submission, &ticket) == STATUS_OK);
    workpool_batch_destroy(batch);
    workpool_destroy(pool);
}

#define CASE(NAME) { .name = #NAME, .body = NAME }
static const struct explore_case cases[] = {
    CASE(one_region),
    CASE(two_regions),
    CASE(a_region_that_takes_long),
    CASE(nothing_is_run),
    CASE(one_batch),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
