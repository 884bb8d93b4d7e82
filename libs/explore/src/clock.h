/*
 * clock.h - vector clocks: what a thread, a store or a lock knows of every thread.
 *
 * A clock has a lane for each thread, in blocks of four.  Only e->blocks blocks of any
 * clock are in use; core_widen() zeroes the next one everywhere when a fifth thread
 * comes.  A thread's own lane is its epoch: it grows whenever the thread publishes its
 * clock, so an access made at epoch k is known to whoever has k or more in that lane.
 *
 * `seen` is as `known`, but also holds what SC fences order without making it happen
 * before; it is kept only once an execution has made an SC fence.
 */
#ifndef EXPLORE_CLOCK_H
#define EXPLORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

enum { CLOCK_LANES = 4, CLOCK_BLOCKS = 16, CLOCK_UNSET = INT32_MAX };

/* Epochs; lanes compare as signed numbers, which every vector unit can. */
typedef int32_t clock_block __attribute__((vector_size(16), aligned(16)));

struct clock {
    clock_block known[CLOCK_BLOCKS];
    clock_block seen[CLOCK_BLOCKS];
    uint64_t fence_step;     /* the last SC fence that is known, as a step; 0: none */
};

static ALWAYS_INLINE int32_t clock_lane(const clock_block *blocks, uint32_t thread) {
    return ((const int32_t *)blocks)[thread];
}

static ALWAYS_INLINE void clock_lane_set(clock_block *blocks, uint32_t thread, int32_t epoch) {
    ((int32_t *)blocks)[thread] = epoch;
}

static ALWAYS_INLINE void clock_blocks_join(clock_block *to, const clock_block *from,
                                            uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        clock_block is_more = to[i] > from[i];
        to[i] = (to[i] & is_more) | (from[i] & ~is_more);
    }
}

static ALWAYS_INLINE void clock_blocks_copy(clock_block *to, const clock_block *from,
                                            uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
}

static ALWAYS_INLINE void clock_blocks_fill(clock_block *to, int32_t epoch, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        to[i] = (clock_block){ epoch, epoch, epoch, epoch };
    }
}

/* Whether a comparison held in some lane. */
static ALWAYS_INLINE bool clock_block_any(const clock_block *mask) {
    typedef int64_t words __attribute__((vector_size(16)));
    words w = (words)*mask;
    return (w[0] | w[1]) != 0;
}

/* Whether some lane of `epochs` is at most that of `clock`. */
static ALWAYS_INLINE bool clock_knows_any(const clock_block *clock, const clock_block *epochs,
                                          uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        clock_block is_known = epochs[i] <= clock[i];
        if (clock_block_any(&is_known)) {
            return true;
        }
    }
    return false;
}

/* Whether every lane of `epochs` is at most that of `clock`. */
static ALWAYS_INLINE bool clock_knows_all(const clock_block *clock, const clock_block *epochs,
                                          uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        clock_block is_unknown = epochs[i] > clock[i];
        if (clock_block_any(&is_unknown)) {
            return false;
        }
    }
    return true;
}

#endif
