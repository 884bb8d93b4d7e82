/*
 * sync/guard.h - a mutex that is given back at the end of the block it was taken in.
 *
 *     SYNC_GUARD struct sync_guard guard = sync_guard_take(&account->mutex);
 *     if (account->cents < cents) {
 *         return STATUS_LIMIT;   // given back here, as at every other end of the block
 *     }
 *
 * A panic does not come by the end of the block, and gives the mutex back itself.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  a guard belongs to the thread that made it
 * Memory:   the caller's; the mutex outlives the guard
 * Errors:   as sync_mutex_lock(); a guard may be given twice, and gives once
 * Source:   the `cleanup` attribute of gcc and clang
 * Depends:  base, sync/mutex.h
 */
#ifndef SYNC_GUARD_H
#define SYNC_GUARD_H

#include <stddef.h>

#include "base/attr.h"
#include "sync/mutex.h"

struct sync_guard { struct sync_mutex *mutex; };   /* NULL when it was given back */

/* Before a variable: sync_guard_give() it when its block ends. */
#define SYNC_GUARD __attribute__((cleanup(sync_guard_give), unused))

/* Take the mutex, as sync_mutex_lock() does. */
MUST_CHECK SYNC_NOT_ANALYSED static inline struct sync_guard
sync_guard_take(struct sync_mutex *mutex) {
    sync_mutex_lock(mutex);
    return (struct sync_guard){ mutex };
}

/* Give it back, here already or at the end of the block. */
SYNC_NOT_ANALYSED static inline void sync_guard_give(struct sync_guard *guard) {
    if (guard->mutex != NULL) {
        sync_mutex_unlock(guard->mutex);
        guard->mutex = NULL;
    }
}

#endif
