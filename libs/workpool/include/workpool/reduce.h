/*
 * workpool/reduce.h - putting partial results together in an order that does not
 * depend on who finished first.
 *
 * Three canonical orders: by index (one slot a chunk, folded from the first to the
 * last), by key then index (a sort whose order is total, so every sort gives the
 * same result), and by key over sorted runs (a merge; equal keys come from the
 * lower-numbered run first).
 *
 * Units:    counts of items
 * Shapes:   slots are `slot_bytes` apart
 * Threads:  pure functions of their arguments; folds run on the calling thread
 * Memory:   in place, or in the caller's arena
 * Errors:   STATUS_NO_MEMORY when the arena is too small
 * Source:   seed 000, rule 3
 * Depends:  base
 *
 * Parallel: partition = segments of `grain` items; reduction = slots in index order;
 *           caps = one slot a segment, the caller's; proof =
 *           libs/workpool/test/reduce_test.c a_sum_of_doubles_has_one_bit_pattern
 */
#ifndef WORKPOOL_REDUCE_H
#define WORKPOOL_REDUCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/status.h"
#include "workpool/workpool.h"

/* Adds the result of one segment to the whole. */
typedef void (*workpool_slot_fold)(void *accumulator, const void *slot, uint32_t number);

/* A map over segments and its fold. */
struct workpool_map {
    struct workpool_job job;     /* its body writes slots[chunk->number] */
    const void *slots;           /* one a segment */
    size_t slot_bytes;
    workpool_slot_fold fold;
    void *accumulator;
};

/* Run the job and, when no segment failed, fold its slots by number.  Like workpool_run(). */
MUST_CHECK enum status workpool_map_run(struct workpool *pool, const struct workpool_map *map,
                                        uint32_t *out_failed);

struct workpool_entry {
    uint64_t key;
    uint64_t index;   /* where it was submitted; no two entries have both equal */
};

/* Sort by key, then by index, in place. */
void workpool_entries_sort(struct workpool_entry *entries, size_t count);

/* Items in ascending order of the merge's `compare`. */
struct workpool_sorted {
    const void *items;
    size_t count;
};

struct workpool_merge {
    const struct workpool_sorted *runs;
    uint32_t run_count;
    size_t item_bytes;
    int (*compare)(const void *a, const void *b);
    enum status (*emit)(void *context, const void *item, uint32_t run);
    void *context;
};

/*
 * Hand every item of the runs to `emit` in ascending order; among equal items the
 * lower run comes first, and within a run the earlier item.  Stops at the first
 * status that is not STATUS_OK and returns it.  Takes 24 bytes a run from `scratch`.
 */
MUST_CHECK enum status workpool_merge_run(const struct workpool_merge *merge,
                                          struct arena *scratch);

#endif
