/* lock.c - the calls of sync/lock.h as the algorithm itself, and the self of a thread. */
#include "sync/lock.h"

#include "self.h"

void sync_lock_acquire(struct sync_lock *lock) {
    (void)!sync_lock_word_acquire(lock, UINT64_MAX);
}

bool sync_lock_try(struct sync_lock *lock) {
    return sync_lock_word_try(lock);
}

enum status sync_lock_acquire_until(struct sync_lock *lock, uint64_t deadline_ns) {
    return sync_lock_word_acquire(lock, deadline_ns);
}

void sync_lock_release(struct sync_lock *lock) {
    sync_lock_word_release(lock);
}

struct self *self_get(void) {
    return &self_of_thread;
}
