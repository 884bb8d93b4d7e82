/*
 * async/cancel_after.h - a future that is given up at a deadline or by a token.
 *
 * Each poll looks in this order: is the inner future ready (its status is the result), is
 * the token fired (STATUS_CANCELLED), has the deadline passed (STATUS_TIMED_OUT).  So a
 * value that is there at the very deadline is not lost.  In the last two cases the inner
 * future is dropped before this one is ready.  Between, it sleeps until one of the three
 * happens: the inner future is polled once at first and once for each of its wakes.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  one task's
 * Memory:   the caller's; the inner future is borrowed until this one is finished
 * Errors:   the inner future's, STATUS_CANCELLED, STATUS_TIMED_OUT
 * Source:   seed 002, which looked at the deadline before the value
 * Depends:  base, sync, async/task.h, async/timer.h, async/watch.h
 */
#ifndef ASYNC_CANCEL_AFTER_H
#define ASYNC_CANCEL_AFTER_H

#include <stdint.h>

#include "async/task.h"
#include "async/timer.h"
#include "async/watch.h"
#include "sync/cancel.h"

struct async_cancel_after {
    struct async_future future;
    struct async_future *inner;
    uint64_t deadline_ns;
    struct async_executor *executor;   /* whose wheel the timer is in */
    struct async_timer timer;
    struct async_watch watch;
};

/* `token` may be NULL, and the deadline SYNC_NO_DEADLINE. */
void async_cancel_after_init(struct async_cancel_after *after, struct async_future *inner,
                             uint64_t deadline_ns, struct sync_cancel *token);

#endif
