/*
 * sync/mutex.h - mutual exclusion, and waiting for a condition under it.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any; not recursive; the thread that locked unlocks
 * Memory:   the caller's; init and finish own nothing outside the object, which
 *           must not move between them
 * Errors:   none from lock and unlock; misuse and broken rank order assert in
 *           check builds
 * Source:   POSIX threads in the posix body
 * Depends:  base, sync/rank.h
 */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/rank.h"

struct sync_mutex {
    uint64_t opaque[6];      /* the body's lock */
    enum sync_rank rank;
};

struct sync_condition {
    uint64_t opaque[8];      /* the body's condition variable */
};

void sync_mutex_init(struct sync_mutex *mutex, enum sync_rank rank);
void sync_mutex_finish(struct sync_mutex *mutex);
void sync_mutex_lock(struct sync_mutex *mutex);
MUST_CHECK bool sync_mutex_try_lock(struct sync_mutex *mutex);
void sync_mutex_unlock(struct sync_mutex *mutex);

void sync_condition_init(struct sync_condition *condition);
void sync_condition_finish(struct sync_condition *condition);

/*
 * Unlock, sleep until signalled, lock again.  Wake-ups may be spurious: wait in
 * a loop over the condition itself.  STATUS_TIMED_OUT when the deadline passed;
 * the mutex is held again on every return.
 */
MUST_CHECK enum status sync_condition_wait(struct sync_condition *condition,
                                           struct sync_mutex *mutex, uint64_t deadline_ns);

/* Wake one waiter, or all. */
void sync_condition_signal(struct sync_condition *condition);
void sync_condition_broadcast(struct sync_condition *condition);

#endif
