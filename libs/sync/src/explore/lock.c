/* lock.c - sync/lock.h: one step to take a lock, one to give it back. */
#include "sync/lock.h"

#include "explore/body.h"

void sync_lock_acquire(struct sync_lock *lock) {
    (void)explore_lock_acquire(lock, EXPLORE_NO_DEADLINE);
}

bool sync_lock_try(struct sync_lock *lock) {
    return explore_lock_try(lock);
}

enum status sync_lock_acquire_until(struct sync_lock *lock, uint64_t deadline_ns) {
    return explore_lock_acquire(lock, deadline_ns) ? STATUS_OK : STATUS_TIMED_OUT;
}

void sync_lock_release(struct sync_lock *lock) {
    explore_lock_release(lock);
}
