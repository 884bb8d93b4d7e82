/*
 * lock.c - sync/lock.h: one step to take a lock, one to give it back; or, when the plan asks
 * for it, the word and its sleepers as they are on threads.
 */
#include "sync/lock.h"

#include "explore/body.h"

void sync_lock_acquire(struct sync_lock *lock) {
    if (UNLIKELY(explore_locks_are_real)) {
        (void)!sync_lock_word_acquire(lock, UINT64_MAX);
        return;
    }
    explore_lock_take(lock);
}

bool sync_lock_try(struct sync_lock *lock) {
    return explore_locks_are_real ? sync_lock_word_try(lock) : explore_lock_try(lock);
}

enum status sync_lock_acquire_until(struct sync_lock *lock, uint64_t deadline_ns) {
    if (explore_locks_are_real) {
        return sync_lock_word_acquire(lock, deadline_ns);
    }
    return explore_lock_acquire(lock, deadline_ns) ? STATUS_OK : STATUS_TIMED_OUT;
}

void sync_lock_release(struct sync_lock *lock) {
    if (UNLIKELY(explore_locks_are_real)) {
        sync_lock_word_release(lock);
        return;
    }
    explore_lock_release(lock);
}
