/* reduce.c - folds by index, sorts by key, merges of sorted runs. */
#include "workpool/reduce.h"

#include "base/assert.h"
#include "order.h"

enum status workpool_map_run(struct workpool *pool, const struct workpool_map *map,
                             uint32_t *out_failed) {
    ASSERT(map->fold != NULL && (map->slots != NULL || map->job.count == 0));
    enum status status = workpool_run(pool, &map->job, out_failed);
    if (status != STATUS_OK) {
        return status;
    }
    const uint8_t *slot = map->slots;
    uint64_t count = map->job.count / map->job.grain + (map->job.count % map->job.grain != 0);
    for (uint32_t number = 0; number < count; number++, slot += map->slot_bytes) {
        map->fold(map->accumulator, slot, number);
    }
    return STATUS_OK;
}

static bool entry_is_before(const void *items, size_t a, size_t b) {
    const struct workpool_entry *x = (const struct workpool_entry *)items + a;
    const struct workpool_entry *y = (const struct workpool_entry *)items + b;
    return x->key < y->key || (x->key == y->key && x->index < y->index);
}

static void swap_entries(void *items, size_t a, size_t b) {
    struct workpool_entry *entries = items;
    struct workpool_entry kept = entries[a];
    entries[a] = entries[b];
    entries[b] = kept;
}

void workpool_entries_sort(struct workpool_entry *entries, size_t count) {
    static const struct order by_key = { entry_is_before, swap_entries };
    order_sort(&by_key, entries, count);
}

/* The next item of a run that has one. */
struct head {
    const uint8_t *item;
    const uint8_t *end;
    uint32_t run;
};

struct heads {
    const struct workpool_merge *merge;
    struct head heads[];
};

/* The heap has its last item on top, so "before" here is "comes later in the merge". */
static bool head_is_later(const void *items, size_t a, size_t b) {
    const struct heads *heads = items;
    const struct head *x = &heads->heads[a];
    const struct head *y = &heads->heads[b];
    int order = heads->merge->compare(x->item, y->item);
    return order > 0 || (order == 0 && x->run > y->run);
}

static void swap_heads(void *items, size_t a, size_t b) {
    struct heads *heads = items;
    struct head kept = heads->heads[a];
    heads->heads[a] = heads->heads[b];
    heads->heads[b] = kept;
}

static const struct order by_head = { head_is_later, swap_heads };

static size_t gather_heads(const struct workpool_merge *merge, struct heads *heads) {
    size_t count = 0;
    heads->merge = merge;
    for (uint32_t run = 0; run < merge->run_count; run++) {
        const struct workpool_sorted *sorted = &merge->runs[run];
        if (sorted->count > 0) {
            const uint8_t *item = sorted->items;
            heads->heads[count++] = (struct head){
                .item = item, .end = item + sorted->count * merge->item_bytes, .run = run };
        }
    }
    return count;
}

/* Go on to the next item of the first run, or forget the run; how many runs are left. */
static size_t step(struct heads *heads, size_t count) {
    struct head *first = &heads->heads[0];
    const uint8_t *next = first->item + heads->merge->item_bytes;
    if (next < first->end) {
        ASSERT_SLOW(heads->merge->compare(first->item, next) <= 0);   /* the run is sorted */
        first->item = next;
    } else {
        swap_heads(heads, 0, --count);
    }
    order_sift(&by_head, heads, 0, count);
    return count;
}

enum status workpool_merge_run(const struct workpool_merge *merge, struct arena *scratch) {
    ASSERT(merge->item_bytes > 0);
    size_t mark = arena_mark(scratch);
    size_t bytes = sizeof(struct heads) + merge->run_count * sizeof(struct head);
    struct heads *heads = arena_take(scratch, bytes, ARENA_ALIGN_DEFAULT);
    if (heads == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t count = gather_heads(merge, heads);
    for (size_t at = count / 2; at > 0; at--) {
        order_sift(&by_head, heads, at - 1, count);
    }
    enum status status = STATUS_OK;
    while (count > 0 && status == STATUS_OK) {
        status = merge->emit(merge->context, heads->heads[0].item, heads->heads[0].run);
        count = step(heads, count);
    }
    arena_release(scratch, mark);
    return status;
}
