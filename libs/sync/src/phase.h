/*
 * phase.h - the word of a sync/rwlock.h: who is inside, and whether somebody waits.
 *
 * Here is what one compare-exchange does where nobody waits; phase.c has the queues.
 */
#ifndef SYNC_PHASE_H
#define SYNC_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "sync/rwlock.h"

enum { PHASE_WRITER = 1, PHASE_WAITED_FOR = 2, PHASE_READER = 4 };   /* times the readers */

/* Acquire: pairs with the release of all who left.  False: somebody waits, or is inside. */
MUST_CHECK static inline bool phase_try_enter(struct sync_rwlock *lock, bool is_writer) {
    uint32_t state = 0;
    if (is_writer) {
        return sync_u32_compare_exchange(&lock->state, &state, PHASE_WRITER, SYNC_ACQUIRE);
    }
    state = sync_u32_load(&lock->state, SYNC_RELAXED);
    while ((state & (PHASE_WRITER | PHASE_WAITED_FOR)) == 0) {
        if (sync_u32_compare_exchange_weak(&lock->state, &state, state + PHASE_READER,
                                           SYNC_ACQUIRE, SYNC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* Release: pairs with the acquire of who enters.  False: somebody waits. */
MUST_CHECK static inline bool phase_try_leave_read(struct sync_rwlock *lock) {
    uint32_t state = sync_u32_load(&lock->state, SYNC_RELAXED);
    while ((state & PHASE_WAITED_FOR) == 0) {
        if (sync_u32_compare_exchange_weak(&lock->state, &state, state - PHASE_READER,
                                           SYNC_RELEASE, SYNC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* From the whole to `staying` shares, 0 or 1; release likewise.  False: somebody waits. */
MUST_CHECK static inline bool phase_try_leave_write(struct sync_rwlock *lock,
                                                    uint32_t staying) {
    uint32_t writer = PHASE_WRITER;
    return sync_u32_compare_exchange(&lock->state, &writer, staying * PHASE_READER,
                                     SYNC_RELEASE);
}

/* Enter, at once or in turn: STATUS_OK, or STATUS_TIMED_OUT. */
MUST_CHECK enum status phase_enter(struct sync_rwlock *lock, bool is_writer,
                                   uint64_t deadline_ns);

/* Leave, and let in whose turn it is, if somebody waits. */
void phase_leave_read(struct sync_rwlock *lock);
void phase_leave_write(struct sync_rwlock *lock, uint32_t staying);

#endif
