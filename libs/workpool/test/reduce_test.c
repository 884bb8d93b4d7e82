/*
 * reduce_test.c - folds, sorts and merges in canonical order.
 *
 * The oracles are plain loops and an insertion sort; sums of doubles are compared
 * as bits, since their order is what is promised.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sync/random.h"
#include "workpool/reduce.h"

enum { VALUES = 100003, GRAIN = 1000, SLOTS = VALUES / GRAIN + 1, ENTRIES = 300, RUNS = 7 };

static double values[VALUES];
static double slots[SLOTS];

static enum status sum_segment(const struct workpool_chunk *chunk) {
    double sum = 0;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        sum += values[i];
    }
    slots[chunk->number] = sum;
    return chunk->context != NULL && chunk->number == 40 ? STATUS_BAD_DATA : STATUS_OK;
}
static const struct workpool_kind sum_kind = { .name = "test.sum", .body = sum_segment };
static const struct workpool_kind *const kinds[] = { &sum_kind };
static const struct workpool_kind_set kind_set = { kinds, 1 };
static const struct workpool_kind_set *const kind_sets[] = { &kind_set };

static void add(void *accumulator, const void *slot, uint32_t number) {
    double *sum = accumulator;
    assert_ptr_equal(&slots[number], slot);
    *sum += *(const double *)slot;
}

static void fill_values(void) {
    struct sync_sequence sequence = { 5 };
    for (int i = 0; i < VALUES; i++) {
        values[i] = (double)(int64_t)sync_sequence_next(&sequence) /
                    (double)(1 + sync_sequence_below(&sequence, 100000));
    }
}

static double plain_sum(void) {
    double total = 0;
    for (int begin = 0; begin < VALUES; begin += GRAIN) {
        double sum = 0;
        for (int i = begin; i < begin + GRAIN && i < VALUES; i++) {
            sum += values[i];
        }
        total += sum;
    }
    return total;
}

static void a_sum_of_doubles_has_one_bit_pattern(void **state) {
    (void)state;
    fill_values();
    double want = plain_sum();
    for (uint32_t workers = 0; workers <= 16; workers++) {
        struct workpool_options options = { .name = "sum", .workers = workers,
                                            .kind_sets = kind_sets, .kind_set_count = 1 };
        struct workpool *pool = NULL;
        if (workers > 0) {
            assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        }
        for (int round = 0; round < 5; round++) {
            double sum = 0;
            struct workpool_map map = { .job = { .kind = &sum_kind, .count = VALUES,
                                                 .grain = GRAIN },
                                        .slots = slots, .slot_bytes = sizeof(double),
                                        .fold = add, .accumulator = &sum };
            memset(slots, 0, sizeof(slots));
            assert_int_equal(STATUS_OK, workpool_map_run(pool, &map, NULL));
            assert_memory_equal(&want, &sum, sizeof(sum));
        }
        workpool_destroy(pool);
    }
}

static void nothing_is_folded_when_a_segment_failed(void **state) {
    (void)state;
    double sum = 0;
    uint32_t failed;
    struct workpool_map map = { .job = { .kind = &sum_kind, .count = VALUES, .grain = GRAIN,
                                         .context = &sum },
                                .slots = slots, .slot_bytes = sizeof(double), .fold = add,
                                .accumulator = &sum };
    assert_int_equal(STATUS_BAD_DATA, workpool_map_run(NULL, &map, &failed));
    assert_int_equal(40, failed);
    assert_true(sum == 0);
}

static void insert_sorted(struct workpool_entry *entries, size_t count) {
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0 && entries[k].key < entries[k - 1].key; k--) {
            struct workpool_entry kept = entries[k];
            entries[k] = entries[k - 1];
            entries[k - 1] = kept;
        }
    }
}

static void entries_are_sorted_by_key_then_index(void **state) {
    (void)state;
    struct sync_sequence sequence = { 11 };
    for (size_t count = 0; count <= ENTRIES; count += 1 + count / 4) {
        struct workpool_entry have[ENTRIES];
        struct workpool_entry want[ENTRIES] = { { 0, 0 } };
        for (size_t i = 0; i < count; i++) {
            want[i] = (struct workpool_entry){ sync_sequence_below(&sequence, 1 + count / 3), i };
        }
        memcpy(have, want, sizeof(want));
        insert_sorted(want, count);
        workpool_entries_sort(have, count);
        assert_memory_equal(want, have, count * sizeof(have[0]));
    }
}

struct posting {
    uint32_t key;
    uint32_t value;
};

static int compare_postings(const void *a, const void *b) {
    uint32_t x = ((const struct posting *)a)->key;
    uint32_t y = ((const struct posting *)b)->key;
    return (x > y) - (x < y);
}

struct merged {
    struct posting items[ENTRIES];
    uint32_t runs[ENTRIES];
    size_t count;
    size_t stop_at;
};

static enum status keep(void *context, const void *item, uint32_t run) {
    struct merged *merged = context;
    merged->runs[merged->count] = run;
    memcpy(&merged->items[merged->count++], item, sizeof(struct posting));
    return merged->count == merged->stop_at ? STATUS_IO : STATUS_OK;
}

/* Runs with many equal keys; values number the postings run by run. */
static size_t make_runs(struct posting *postings, struct workpool_sorted *runs) {
    struct sync_sequence sequence = { 3 };
    size_t total = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        size_t count = run == 2 ? 0 : 5 + sync_sequence_below(&sequence, 30);
        uint32_t key = 0;
        runs[run] = (struct workpool_sorted){ &postings[total], count };
        for (size_t i = 0; i < count; i++, total++) {
            key += (uint32_t)sync_sequence_below(&sequence, 3);
            postings[total] = (struct posting){ key, (uint32_t)total };
        }
    }
    return total;
}

static void a_merge_is_stable_over_runs(void **state) {
    (void)state;
    struct posting postings[ENTRIES];
    struct workpool_sorted runs[RUNS];
    size_t total = make_runs(postings, runs);
    struct workpool_entry want[ENTRIES];
    for (size_t i = 0; i < total; i++) {
        want[i] = (struct workpool_entry){ postings[i].key, i };
    }
    insert_sorted(want, total);
    uint8_t memory[512];
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    struct merged merged = { .count = 0 };
    struct workpool_merge merge = { .runs = runs, .run_count = RUNS,
                                    .item_bytes = sizeof(struct posting),
                                    .compare = compare_postings, .emit = keep,
                                    .context = &merged };
    assert_int_equal(STATUS_OK, workpool_merge_run(&merge, &arena));
    assert_int_equal(total, merged.count);
    for (size_t i = 0; i < total; i++) {
        assert_int_equal(want[i].index, merged.items[i].value);
        const struct workpool_sorted *run = &runs[merged.runs[i]];
        const struct posting *first = run->items;
        assert_true(merged.items[i].value >= first->value &&
                    merged.items[i].value < first->value + run->count);
    }
    assert_int_equal(0, arena.used_bytes);
}

static void a_merge_stops_at_a_status_and_at_a_small_arena(void **state) {
    (void)state;
    struct posting postings[ENTRIES];
    struct workpool_sorted runs[RUNS];
    make_runs(postings, runs);
    uint8_t memory[512];
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    struct merged merged = { .stop_at = 10 };
    struct workpool_merge merge = { .runs = runs, .run_count = RUNS,
                                    .item_bytes = sizeof(struct posting),
                                    .compare = compare_postings, .emit = keep,
                                    .context = &merged };
    assert_int_equal(STATUS_IO, workpool_merge_run(&merge, &arena));
    assert_int_equal(10, merged.count);
    arena_init(&arena, memory, 64);
    assert_int_equal(STATUS_NO_MEMORY, workpool_merge_run(&merge, &arena));
    assert_int_equal(10, merged.count);
    merge.run_count = 0;
    assert_int_equal(STATUS_OK, workpool_merge_run(&merge, &arena));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_of_doubles_has_one_bit_pattern),
        cmocka_unit_test(nothing_is_folded_when_a_segment_failed),
        cmocka_unit_test(entries_are_sorted_by_key_then_index),
        cmocka_unit_test(a_merge_is_stable_over_runs),
        cmocka_unit_test(a_merge_stops_at_a_status_and_at_a_small_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
