/*
 * async/timer.h - a hierarchical timer wheel, and futures that wait for a time.
 *
 * The wheel has 4 levels of 64 slots over ticks of one millisecond; what lies beyond
 * 64^4 ticks waits in a list of its own.  A timer lies in the level of the highest
 * digit in which its tick differs from the wheel's, so each level is later than the
 * one below, the next slot is one bit scan, and a timer moves down at most 4 times.
 * Ticks only sort: deadlines are kept exactly, and timers expire in the order of
 * (deadline, number), where the number counts registrations.
 *
 * Units:    nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  a wheel has one user at a time; the wheel of an executor has a lock, under
 *           which wakers are called
 * Memory:   none is taken; timers lie in their owner's memory until expired or cancelled
 * Errors:   none
 * Source:   Varghese and Lauck (1987); the choice of levels is Tokio's
 * Depends:  base, sync, async/task.h, async/watch.h
 */
#ifndef ASYNC_TIMER_H
#define ASYNC_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "async/task.h"
#include "async/watch.h"
#include "sync/cancel.h"
#include "sync/waker.h"

enum {
    ASYNC_WHEEL_LEVELS = 4,
    ASYNC_WHEEL_SLOTS = 64,
    ASYNC_WHEEL_TICK_NS = 1000000
};

struct async_timer {
    struct async_timer *next, *previous;   /* private */
    uint64_t deadline_ns;
    uint64_t number;                       /* of its registration */
    uint32_t place;                        /* private: where it lies; 0 is nowhere */
    struct sync_waker waker;               /* called by the executor when it expires */
};

struct async_wheel {
    struct async_timer *slots[ASYNC_WHEEL_LEVELS][ASYNC_WHEEL_SLOTS];
    uint64_t occupied[ASYNC_WHEEL_LEVELS];   /* a bit a slot */
    uint64_t earliest_ns[ASYNC_WHEEL_LEVELS][ASYNC_WHEEL_SLOTS];   /* of a slot; 0: not known */
    struct async_timer *far;                 /* beyond the levels */
    struct async_timer *due, *due_last;      /* tick reached; in order of expiry */
    uint64_t tick;                           /* the wheel's time */
    uint64_t numbers;                        /* registrations so far */
    uint64_t count;                          /* timers in it */
    uint64_t next_ns;                        /* cached earliest deadline, if known */
    bool is_next_known;
};

void async_wheel_init(struct async_wheel *wheel, uint64_t now_ns);

/*
 * Put a timer in; one with a zeroed place.  O(1), but for one of the running tick, which
 * goes to its place in that tick's list from the end.
 */
void async_wheel_add(struct async_wheel *wheel, struct async_timer *timer, uint64_t deadline_ns);

/* Take it out; false when it is not in.  O(1). */
bool async_wheel_cancel(struct async_wheel *wheel, struct async_timer *timer);

/* Take out the first whose deadline is at most `now_ns`, which never goes back; or NULL. */
struct async_timer *async_wheel_expire(struct async_wheel *wheel, uint64_t now_ns);

/* The earliest deadline, exactly; SYNC_NO_DEADLINE when there is none. */
uint64_t async_wheel_next_ns(struct async_wheel *wheel);

/*
 * A future that is ready once the deadline has passed: STATUS_OK; or when the token,
 * which may be NULL, is fired before: STATUS_CANCELLED.  Both at once is STATUS_OK.
 */
struct async_sleep {
    struct async_future future;
    uint64_t deadline_ns;
    struct async_executor *executor;   /* whose wheel the timer is in */
    struct async_timer timer;
    struct async_watch watch;
};

void async_sleep_init(struct async_sleep *sleep, uint64_t deadline_ns, struct sync_cancel *token);

#endif
