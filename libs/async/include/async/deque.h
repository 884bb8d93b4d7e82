/*
 * async/deque.h - a work-stealing deque of pointers.
 *
 * One thread, the owner, pushes and pops at the bottom, newest first; any thread takes
 * from the top, oldest first.  Only the last item costs the owner a compare-exchange.
 * It grows by doubling up to a bound; what it grew out of is kept until finish, since
 * a thief may still look there, and is never more than what is in use.
 *
 * Units:    items
 * Shapes:   capacities are powers of two
 * Threads:  push and pop by the owner; steal and count by any; init and finish alone
 * Memory:   8 bytes an item of capacity, twice that after growing; from sync_alloc()
 * Errors:   STATUS_NO_MEMORY from init; a push that cannot is false, nothing changed
 * Source:   Chase and Lev (2005) in the C11 form of Le, Pop, Cohen and Zappa Nardelli
 *           (2013), with the repair of its growth that CDSChecker (2013) showed needed
 * Depends:  base, sync
 */
#ifndef ASYNC_DEQUE_H
#define ASYNC_DEQUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"

enum { ASYNC_DEQUE_CAPACITY_MAX = 1 << 22 };

struct async_deque {
    struct sync_u64 bottom;      /* one past the newest; written by the owner */
    struct sync_pointer ring;    /* struct deque_ring; written by the owner */
    uint64_t top_seen;           /* the owner's: top was at least this */
    uint64_t capacity_max;
    char apart[CACHE_LINE_BYTES - 4 * sizeof(uint64_t)];
    struct sync_u64 top;         /* the oldest; moved by whoever takes it */
};

enum async_steal {
    ASYNC_STEAL_EMPTY,   /* there was nothing */
    ASYNC_STEAL_LOST,    /* somebody else took it first: worth another try */
    ASYNC_STEAL_TAKEN
};

/* Capacities are powers of two, 2 to ASYNC_DEQUE_CAPACITY_MAX. */
MUST_CHECK enum status async_deque_init(struct async_deque *deque, uint64_t capacity,
                                        uint64_t capacity_max);
void async_deque_finish(struct async_deque *deque);

/* O(1), amortised.  False: full at its bound, or no memory to grow. */
MUST_CHECK bool async_deque_push(struct async_deque *deque, void *item);

/* The newest, or NULL when there is none.  O(1). */
MUST_CHECK void *async_deque_pop(struct async_deque *deque);

/* The oldest.  O(1). */
MUST_CHECK enum async_steal async_deque_steal(struct async_deque *deque, void **out_item);

/* How many there are, about: exact when nobody changes it. */
uint64_t async_deque_count(const struct async_deque *deque);

#endif
