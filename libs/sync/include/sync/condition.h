/*
 * sync/condition.h - wait under a mutex until somebody says that things have changed.
 *
 * The rule: what is waited for is changed by holders of the mutex, and whoever changed
 * it signals afterwards, before it unlocks or after.  Then no signal comes between a
 * waiter's look and its sleep.  Wake-ups may be for nothing: wait in a loop.
 *
 * What a signal does: it wakes one of the threads that wait when it is given.  Given
 * after unlocking it may instead wake one that began to wait since, and so has seen the
 * change; that is as good where all wait for the same thing.  Where they do not, signal
 * with the mutex held, and broadcast.  A signal that nobody waits for costs one load,
 * and is not remembered.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any; all that wait at a time hold the same mutex
 * Memory:   the caller's; a zeroed condition is a valid one
 * Errors:   of waiting: STATUS_OK woken, or for nothing; STATUS_TIMED_OUT the deadline
 *           passed; STATUS_POISONED a holder of the mutex panicked meanwhile, or before.
 *           The mutex is held on every return.  Finishing a condition that is waited
 *           for, and waiting under two mutexes, stop every build
 * Source:   the sequence counts of Rust's std::sync::Condvar on futexes
 * Depends:  base, sync/atomic.h
 */
#ifndef SYNC_CONDITION_H
#define SYNC_CONDITION_H

#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"

struct sync_mutex;

struct sync_condition {
    struct sync_u32 sequence;            /* of signals; waiters sleep on it */
    struct sync_u32 waiters;             /* changed by holders of the mutex only */
    _Atomic(struct sync_mutex *) mutex;  /* of those that wait; kept to find misuse */
};

void sync_condition_init(struct sync_condition *condition);

/* Nobody waits. */
void sync_condition_finish(struct sync_condition *condition);

/* Unlock, sleep until signalled or until the deadline, lock again.  O(1) but for that. */
MUST_CHECK enum status sync_condition_wait(struct sync_condition *condition,
                                           struct sync_mutex *mutex, uint64_t deadline_ns);

/* Wake one waiter, or all: each then waits for the mutex. */
void sync_condition_signal(struct sync_condition *condition);
void sync_condition_broadcast(struct sync_condition *condition);

#endif
