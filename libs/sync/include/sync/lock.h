/*
 * sync/lock.h - mutual exclusion in four bytes.
 *
 * The word that sync/mutex.h is built on, for structures that have many locks or
 * must be small: it knows no owner, no rank and no poison, and a thread that takes
 * it twice waits for ever.  Zero is a free lock.
 *
 * On threads it is an atomic word on which waiters sleep; see docs/adr/0071.  It
 * spins a little before it sleeps, wakes one sleeper at a time, and is not fair: who
 * comes while it is free takes it.  Under the explorer taking and giving it are one
 * step each.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any; not recursive; the thread that took it gives it back
 * Memory:   the caller's; a zeroed lock is free; nothing is to be released.  A thread
 *           that gives the lock back touches its memory no more, so that the next
 *           holder may free it
 * Errors:   STATUS_TIMED_OUT when the deadline passed first
 * Source:   the three-state lock of Drepper's "Futexes Are Tricky" (2011)
 * Depends:  base, sync/atomic.h
 */
#ifndef SYNC_LOCK_H
#define SYNC_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"

struct sync_lock { struct sync_u32 word; };

enum { SYNC_LOCK_FREE = 0, SYNC_LOCK_HELD = 1, SYNC_LOCK_SLEPT_ON = 2 };

/* The parts of the algorithm that wait and wake: for the functions below only. */
MUST_CHECK enum status sync_lock_word_wait(struct sync_lock *lock, uint64_t deadline_ns);
void sync_lock_word_wake(struct sync_lock *lock);

/* Acquire: sees what holders did before they gave the lock back (release). */
MUST_CHECK static inline bool sync_lock_word_try(struct sync_lock *lock) {
    uint32_t free = SYNC_LOCK_FREE;
    return sync_u32_compare_exchange(&lock->word, &free, SYNC_LOCK_HELD, SYNC_ACQUIRE);
}

MUST_CHECK static inline enum status sync_lock_word_acquire(struct sync_lock *lock,
                                                            uint64_t deadline_ns) {
    return LIKELY(sync_lock_word_try(lock)) ? STATUS_OK : sync_lock_word_wait(lock, deadline_ns);
}

static inline void sync_lock_word_release(struct sync_lock *lock) {
    if (UNLIKELY(sync_u32_exchange(&lock->word, SYNC_LOCK_FREE, SYNC_RELEASE) ==
                 SYNC_LOCK_SLEPT_ON)) {
        sync_lock_word_wake(lock);
    }
}

#ifdef SYNC_CALLS

enum { SYNC_LOCK_IS_CALL = 1 };

/* Wait until the lock is free, and take it. */
void sync_lock_acquire(struct sync_lock *lock);

/* Take the lock if it is free now. */
MUST_CHECK bool sync_lock_try(struct sync_lock *lock);

/* Like acquire, until the deadline; a lock that is free is taken even when it has passed. */
MUST_CHECK enum status sync_lock_acquire_until(struct sync_lock *lock, uint64_t deadline_ns);

/* Give the lock back, and wake one of those that sleep for it. */
void sync_lock_release(struct sync_lock *lock);

#else

enum { SYNC_LOCK_IS_CALL = 0 };

static inline void sync_lock_acquire(struct sync_lock *lock) {
    (void)!sync_lock_word_acquire(lock, UINT64_MAX);
}

MUST_CHECK static inline bool sync_lock_try(struct sync_lock *lock) {
    return sync_lock_word_try(lock);
}

MUST_CHECK static inline enum status sync_lock_acquire_until(struct sync_lock *lock,
                                                             uint64_t deadline_ns) {
    return sync_lock_word_acquire(lock, deadline_ns);
}

static inline void sync_lock_release(struct sync_lock *lock) {
    sync_lock_word_release(lock);
}

#endif

#endif
