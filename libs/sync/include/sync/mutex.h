/*
 * sync/mutex.h - mutual exclusion; waiting for a condition under it is sync/condition.h.
 *
 * A mutex is a lock word (sync/lock.h) that also knows who holds it, its place in
 * the order of locks, and whether what it guards can be trusted: a thread that
 * panics (sync/panic.h) while it holds the mutex gives it back poisoned.
 *
 * Poison is for whoever can repair: sync_mutex_lock_until() tells of it, with the
 * mutex held, and sync_mutex_clear_poison() declares the data sound again.
 * sync_mutex_lock() and sync_mutex_try_lock() are for code that cannot: they stop
 * the program when the mutex is poisoned, as its data may be half changed.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any; not recursive; the thread that locked unlocks
 * Memory:   the caller's; init and finish own nothing outside the object, which
 *           must not move between them.  A thread that unlocks touches it no more,
 *           so that the next holder may free it.  A zeroed mutex has no rank
 * Errors:   STATUS_TIMED_OUT not taken; STATUS_POISONED taken.  Misuse stops every
 *           build with a message that names the rank: locking what one holds,
 *           unlocking what one does not, finishing what is locked, using what is
 *           finished.  A broken order of ranks stops check builds
 * Source:   Rust's std::sync::Mutex for poison; docs/adr/0071 for the word
 * Depends:  base, sync/annotate.h, sync/condition.h, sync/lock.h, sync/rank.h, sync/stats.h
 */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/annotate.h"
#include "sync/condition.h"
#include "sync/lock.h"
#include "sync/rank.h"
#include "sync/stats.h"

struct SYNC_IS_LOCK sync_mutex {
    struct sync_lock lock;
    enum sync_rank rank;
    _Atomic uint64_t owner;         /* sync_thread_self_id() of the holder; 0: nobody */
    _Atomic uint32_t is_poisoned;
    _Atomic uint32_t waiters;       /* from here on: in check builds, for sync/stats.h */
    const char *name;
    struct sync_lock_stats stats;   /* the holder's */
};

/* Make it a free mutex of that rank.  O(1). */
void sync_mutex_init(struct sync_mutex *mutex, enum sync_rank rank);

/* Give it a name, static text, for sync/stats.h, before others see it.  O(1). */
void sync_mutex_name(struct sync_mutex *mutex, const char *name);

/* Make it one that may not be used any more; nobody holds it.  O(1). */
void sync_mutex_finish(struct sync_mutex *mutex);

/* Wait for the mutex and take it.  O(1) but for the waiting, as all that follows. */
void sync_mutex_lock(struct sync_mutex *mutex) SYNC_TAKES(*mutex);

/* Take the mutex if nobody holds it now. */
MUST_CHECK bool sync_mutex_try_lock(struct sync_mutex *mutex) SYNC_TRIES(*mutex);

/*
 * Take the mutex, waiting at most until the deadline; one that is free is taken even
 * when the deadline has passed.  STATUS_OK and STATUS_POISONED: it is held;
 * STATUS_TIMED_OUT: it is not.
 */
MUST_CHECK enum status sync_mutex_lock_until(struct sync_mutex *mutex, uint64_t deadline_ns);

/* Give it back, and wake one of those that wait. */
void sync_mutex_unlock(struct sync_mutex *mutex) SYNC_GIVES(*mutex);

/* Is it poisoned?  May be asked without holding it, and is then soon stale. */
bool sync_mutex_is_poisoned(const struct sync_mutex *mutex);

/* By its holder, who has made the data whole again. */
void sync_mutex_clear_poison(struct sync_mutex *mutex) SYNC_REQUIRES(*mutex);

/* The id of the thread that holds it, 0 for none: for debuggers, soon stale. */
uint64_t sync_mutex_owner(const struct sync_mutex *mutex);

/* Does the calling thread hold it?  For ASSERT_SLOW() where a function needs it held. */
bool sync_mutex_is_mine(const struct sync_mutex *mutex);

#endif
