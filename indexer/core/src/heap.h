/*
 * heap.h - the least of a set of numbered things, for merging.
 *
 * Inlined with its order as a constant argument, so that a comparison is no call.
 *
 * Units:    items are indices of the caller's things
 * Shapes:   items[0] is the least
 * Threads:  none
 * Memory:   the caller's array
 * Errors:   none
 * Source:   Williams 1964
 * Depends:  base
 */
#ifndef INDEXER_HEAP_H
#define INDEXER_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/* Whether thing `a` comes before thing `b`; a total order. */
typedef bool (*heap_order)(const void *things, uint32_t a, uint32_t b);

/* Restore the heap after items[0] changed. */
static ALWAYS_INLINE void heap_sift(uint32_t *items, uint32_t count, const void *things,
                                    heap_order is_before) {
    uint32_t at = 0;
    uint32_t held = items[0];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && is_before(things, items[child + 1], items[child])) {
            child++;
        }
        if (!is_before(things, items[child], held)) {
            break;
        }
        items[at] = items[child];
        at = child;
    }
    items[at] = held;
}

static ALWAYS_INLINE void heap_push(uint32_t *items, uint32_t *count, uint32_t item,
                                    const void *things, heap_order is_before) {
    uint32_t at = (*count)++;
    while (at > 0 && is_before(things, item, items[(at - 1) / 2])) {
        items[at] = items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    items[at] = item;
}

static ALWAYS_INLINE uint32_t heap_pop(uint32_t *items, uint32_t *count, const void *things,
                                       heap_order is_before) {
    uint32_t least = items[0];
    items[0] = items[--*count];
    if (*count > 0) {
        heap_sift(items, *count, things, is_before);
    }
    return least;
}

#endif
