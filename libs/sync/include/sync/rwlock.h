/*
 * sync/rwlock.h - one writer or many readers, in phases that take turns.
 *
 * Phase-fair: while a writer waits, readers that come queue behind it; when a writer
 * leaves, all readers that wait enter at once, before the next writer; when the last of
 * them leaves, the writer that waits longest enters.  So once queued, a reader is passed
 * by one writer at most, and a writer by the writers before it, with one phase of
 * readers before each.  Nobody enters past somebody who waits.
 *
 * The price is that a lock that is waited for is handed over, not left to whoever runs:
 * where waits are frequent and sections short, a sync_mutex moves more.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any; not recursive, not even for readers; who locked unlocks
 * Memory:   the caller's; must not move between init and finish.  A thread that unlocks
 *           touches it no more once another may enter, so that the next writer may free it
 * Errors:   STATUS_TIMED_OUT not taken; STATUS_POISONED taken, and a writer panicked
 *           earlier (readers who panic change nothing and do not poison).  Misuse stops
 *           every build with a message that names the rank: unlocking what one does not
 *           hold, waiting for what one holds, finishing what is held or waited for, using
 *           what is finished.  A broken order of ranks stops check builds
 * Source:   Brandenburg and Anderson, "Spin-Based Reader-Writer Synchronization for
 *           Multiprocessor Real-Time Systems" (2010), for the phases
 * Depends:  base, sync/atomic.h, sync/lock.h, sync/rank.h
 */
#ifndef SYNC_RWLOCK_H
#define SYNC_RWLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"
#include "sync/lock.h"
#include "sync/rank.h"

struct sync_rwlock_waiter;

/* Those of one kind that wait, the longest first. */
struct sync_rwlock_queue {
    struct sync_rwlock_waiter *first, *last;
    uint32_t count;
};

struct sync_rwlock {
    struct sync_u32 state;              /* who is inside, and whether somebody waits */
    struct sync_lock guard;             /* of the queues */
    struct sync_rwlock_queue readers, writers;
    enum sync_rank rank;
    _Atomic uint32_t is_poisoned;
    _Atomic uint64_t writer;            /* sync_thread_self_id() of who holds it; 0: nobody */
};

/* Make it a free lock of that rank.  O(1). */
void sync_rwlock_init(struct sync_rwlock *lock, enum sync_rank rank);

/* Make it one that may not be used any more; nobody holds it or waits.  O(1). */
void sync_rwlock_finish(struct sync_rwlock *lock);

/*
 * Wait for a share, or for the whole, and take it; a poisoned lock stops the program.
 * O(1) but for the waiting, as all that follows; unlocking costs one step for each
 * thread that it lets enter.
 */
void sync_rwlock_read(struct sync_rwlock *lock);
void sync_rwlock_write(struct sync_rwlock *lock);

/* Take it if that is possible now and nobody waits; a poisoned lock stops the program. */
MUST_CHECK bool sync_rwlock_try_read(struct sync_rwlock *lock);
MUST_CHECK bool sync_rwlock_try_write(struct sync_rwlock *lock);

/*
 * Take it, waiting at most until the deadline; what can be had at once is taken even
 * when the deadline has passed.  STATUS_OK and STATUS_POISONED: it is held;
 * STATUS_TIMED_OUT: it is not, and nobody is kept waiting for it.
 */
MUST_CHECK enum status sync_rwlock_read_until(struct sync_rwlock *lock, uint64_t deadline_ns);
MUST_CHECK enum status sync_rwlock_write_until(struct sync_rwlock *lock, uint64_t deadline_ns);

/* Give back a share, or the whole. */
void sync_rwlock_read_unlock(struct sync_rwlock *lock);
void sync_rwlock_write_unlock(struct sync_rwlock *lock);

/*
 * From the whole to a share, with no writer between.  Readers that wait enter, too.
 * There is no way up: two who tried would wait for each other.
 */
void sync_rwlock_downgrade(struct sync_rwlock *lock);

/* Is it poisoned?  May be asked without holding it, and is then soon stale. */
bool sync_rwlock_is_poisoned(const struct sync_rwlock *lock);

/* By the writer who has made the data whole again. */
void sync_rwlock_clear_poison(struct sync_rwlock *lock);

/* The id of the writer, 0 for none: for debuggers, soon stale. */
uint64_t sync_rwlock_writer(const struct sync_rwlock *lock);

/* Does the calling thread hold the whole, or anything?  For ASSERT_SLOW(). */
bool sync_rwlock_is_writer(const struct sync_rwlock *lock);
bool sync_rwlock_is_mine(const struct sync_rwlock *lock);

#endif
