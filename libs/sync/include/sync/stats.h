/*
 * sync/stats.h - how much a mutex was fought for, and whether locks are taken in an order.
 *
 * Check and sanitizer builds count and watch; release builds do not, and pay nothing.
 * Nor does the explorer, which finds the deadlocks themselves.
 *
 * The watch notes, whenever a thread that holds one lock asks for another, that the one
 * came before the other.  When these orders close a circle, threads can come to wait for
 * each other, and the watch says so, although they did not this time.  What is only tried
 * is not waited for.  Locks of one rank are one to it, and mutexes of one name are; each
 * other lock is one of its own.
 *
 * Units:    nanoseconds
 * Shapes:   at most SYNC_ORDER_LOCKS_MAX locks and SYNC_ORDER_PAIRS_MAX orders of two
 * Threads:  counts are read by the holder, or when nobody uses the mutex; one watch at a
 *           time is begun and ended while no other thread takes locks
 * Memory:   the counts lie in the mutex, the orders in a fixed table; names are static
 * Errors:   false from builds that do not count or watch
 * Source:   the lock validator of Linux, lockdep
 * Depends:  base
 */
#ifndef SYNC_STATS_H
#define SYNC_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct sync_mutex;

struct sync_lock_stats {
    uint64_t acquisitions;
    uint64_t contentions;       /* acquisitions that found the mutex held */
    uint64_t longest_wait_ns;   /* of those */
    uint32_t most_waiters;      /* at one time */
};

/* What happened to the mutex since its init. */
MUST_CHECK bool sync_mutex_stats(const struct sync_mutex *mutex,
                                 struct sync_lock_stats *out_stats);

enum { SYNC_ORDER_LOCKS_MAX = 256, SYNC_ORDER_PAIRS_MAX = 1024, SYNC_ORDER_STEPS_MAX = 8 };

/* A lock as reports name it. */
struct sync_order_lock {
    const char *name;       /* of its rank, else its own, else its kind's: "mutex" */
    uint32_t number;        /* tells locks of one name apart; 0 when the name means one */
};

/* Thread `thread` held the one and asked for the other. */
struct sync_order_step {
    struct sync_order_lock held, wanted;
    uint64_t thread;
};

/*
 * A circle: each step's `wanted` is the next one's `held`, and the last one's the first
 * one's.  The first step is the one that closed it.
 */
struct sync_order_cycle {
    uint32_t count;         /* of steps; the first SYNC_ORDER_STEPS_MAX of them are here */
    struct sync_order_step steps[SYNC_ORDER_STEPS_MAX];
};

/*
 * Called by the thread that closed the circle, before it waits; may take locks, which are
 * then not watched.  Each circle is told once.
 */
typedef void (*sync_order_sink)(void *context, const struct sync_order_cycle *cycle);

/* Watch from now on, having forgotten what was seen before; with NULL no longer. */
bool sync_order_watch(sync_order_sink sink, void *context);

/* Have all orders been noted since the watch began?  Else a table was full. */
bool sync_order_is_complete(void);

#endif
