/*
 * phase.c - whose turn it is in a sync/rwlock.h: queues for those who wait.
 *
 * The word has a bit for a writer inside, a bit that says that somebody waits, and the
 * number of readers inside.  Without waiters each operation is one compare-exchange.
 * The bit for waiters is set and cleared under the guard and is set exactly while a queue
 * is not empty; while it is, everybody goes through the guard, so nobody passes those
 * who wait, and under the guard the word is nobody else's.
 *
 * The lock is handed over: who leaves takes out of the queues who enters next, counts
 * them inside, lets the guard go, and wakes them.
 *   - A writer leaves: all waiting readers enter, or else the first writer.
 *   - The last reader leaves: the first writer enters, or else all readers.
 *   - The last waiting writer gives up while readers are inside: all waiting readers
 *     enter, as they waited for nobody else.
 * Readers that come while a writer waits queue.  Hence the bounds: a reader in the queue
 * sees at most one writer enter, since that one, leaving, takes the reader along; and
 * between two writers there is at most one phase of readers, as none can join it once a
 * writer waits.
 *
 * Orders.  Entering by the word is an acquire of it and leaving a release; readers' are
 * read-modify-writes, so that an entering writer acquires from all who left.  Whoever
 * sets the bit for waiters acquires from all who left by the word before; all who come
 * or leave after it, while the bit is set, are ordered by the guard; and every change
 * under the guard after which somebody may enter by the word is a release, of all that
 * the guard has ordered before.  Those who are let in come after who let them in, by the
 * token of their parker.
 *
 * A waiter whose deadline passes takes itself out under the guard, unless it has been let
 * in: then it is inside, and waits for the token that is on its way, as the thread that
 * brings it still touches the parker.
 *
 * Who leaves touches the lock no more once another can enter: it releases the guard while
 * those it let in still sleep, or leaves by the word alone.
 */
#include "phase.h"

#include <stddef.h>

#include "sync/park.h"
#include "sync/wait.h"

/* Turns of looking for the token before sleeping: a handover between running threads. */
#ifdef SYNC_CALLS
enum { SPINS = 0 };   /* each turn would be a step of the explorer's */
#else
enum { SPINS = 100 };
#endif

struct sync_rwlock_waiter {
    struct sync_rwlock_waiter *next, *previous;
    struct sync_parker parker;
    bool is_inside;        /* guarded */
};

/* ---- the queues: under the guard ---- */

static void enqueue(struct sync_rwlock_queue *queue, struct sync_rwlock_waiter *waiter) {
    waiter->next = NULL;
    waiter->previous = queue->last;
    if (queue->last != NULL) {
        queue->last->next = waiter;
    } else {
        queue->first = waiter;
    }
    queue->last = waiter;
    queue->count++;
}

static void take_out(struct sync_rwlock_queue *queue, struct sync_rwlock_waiter *waiter) {
    if (waiter->previous != NULL) {
        waiter->previous->next = waiter->next;
    } else {
        queue->first = waiter->next;
    }
    if (waiter->next != NULL) {
        waiter->next->previous = waiter->previous;
    } else {
        queue->last = waiter->previous;
    }
    queue->count--;
}

/* All readers that wait, as a list of those to wake. */
static struct sync_rwlock_waiter *admit_readers(struct sync_rwlock *lock) {
    struct sync_rwlock_waiter *admitted = lock->readers.first;
    for (struct sync_rwlock_waiter *at = admitted; at != NULL; at = at->next) {
        at->is_inside = true;
    }
    lock->readers = (struct sync_rwlock_queue){ NULL, NULL, 0 };
    return admitted;
}

/* The writer that waits longest, likewise. */
static struct sync_rwlock_waiter *admit_writer(struct sync_rwlock *lock) {
    struct sync_rwlock_waiter *admitted = lock->writers.first;
    take_out(&lock->writers, admitted);
    admitted->is_inside = true;
    admitted->next = NULL;
    return admitted;
}

static uint32_t waited_for(const struct sync_rwlock *lock) {
    return lock->readers.count + lock->writers.count > 0 ? PHASE_WAITED_FOR : 0;
}

/*
 * Nobody is inside but `staying` readers: let in who is next, readers first or the writer
 * first.  Release: who enters later by the word alone sees what those before it did.
 */
static struct sync_rwlock_waiter *hand_over(struct sync_rwlock *lock, uint32_t staying,
                                            bool is_readers_turn) {
    struct sync_rwlock_waiter *admitted = NULL;
    uint32_t inside = staying * PHASE_READER;
    if (lock->readers.count > 0 && (is_readers_turn || lock->writers.count == 0)) {
        inside += lock->readers.count * PHASE_READER;
        admitted = admit_readers(lock);
    } else if (lock->writers.count > 0 && staying == 0) {
        inside = PHASE_WRITER;
        admitted = admit_writer(lock);
    }
    sync_u32_store(&lock->state, inside | waited_for(lock), SYNC_RELEASE);
    return admitted;
}

/* After the guard is released: nothing but the waiters is touched, each for the last time. */
static void wake(struct sync_rwlock_waiter *admitted) {
    while (admitted != NULL) {
        struct sync_rwlock_waiter *next = admitted->next;
        sync_unpark(&admitted->parker);
        admitted = next;
    }
}

/*
 * With the guard held: enter, or leave the mark that somebody waits; then the word is the
 * guard's.  True: entered.
 */
static bool enter_or_mark(struct sync_rwlock *lock, bool is_writer) {
    uint32_t state = sync_u32_load(&lock->state, SYNC_RELAXED);
    while ((state & PHASE_WAITED_FOR) == 0) {
        bool is_free = is_writer ? state == 0 : (state & PHASE_WRITER) == 0;
        uint32_t share = is_writer ? PHASE_WRITER : PHASE_READER;
        uint32_t next = is_free ? state + share : state | PHASE_WAITED_FOR;
        if (sync_u32_compare_exchange_weak(&lock->state, &state, next, SYNC_ACQUIRE,
                                           SYNC_RELAXED)) {
            return is_free;
        }
    }
    return false;
}

/* The deadline has passed: true if the lock had been handed over before. */
static bool give_up(struct sync_rwlock *lock, struct sync_rwlock_waiter *waiter,
                    bool is_writer) {
    struct sync_rwlock_waiter *admitted = NULL;
    sync_lock_acquire(&lock->guard);
    bool is_inside = waiter->is_inside;
    if (!is_inside) {
        take_out(is_writer ? &lock->writers : &lock->readers, waiter);
        uint32_t inside = sync_u32_load(&lock->state, SYNC_RELAXED) & ~(uint32_t)PHASE_WAITED_FOR;
        if (lock->writers.count == 0 && inside != PHASE_WRITER) {
            inside += lock->readers.count * PHASE_READER;
            admitted = admit_readers(lock);
        }
        sync_u32_store(&lock->state, inside | waited_for(lock), SYNC_RELEASE);
    }
    sync_lock_release(&lock->guard);
    wake(admitted);
    return is_inside;
}

/* Turns of looking first: a handover between threads that both run needs no sleep. */
static enum status await_token(struct sync_rwlock_waiter *waiter, uint64_t deadline_ns) {
    for (int i = 0; i < SPINS && sync_u32_load(&waiter->parker.token, SYNC_RELAXED) == 0; i++) {
        sync_spin_hint();
    }
    return sync_parker_park(&waiter->parker, deadline_ns);
}

enum status phase_enter(struct sync_rwlock *lock, bool is_writer, uint64_t deadline_ns) {
    struct sync_rwlock_waiter waiter = { .is_inside = false };
    sync_lock_acquire(&lock->guard);
    bool is_inside = enter_or_mark(lock, is_writer);
    if (!is_inside) {
        enqueue(is_writer ? &lock->writers : &lock->readers, &waiter);
    }
    sync_lock_release(&lock->guard);
    if (is_inside || await_token(&waiter, deadline_ns) == STATUS_OK) {
        return STATUS_OK;
    }
    if (give_up(lock, &waiter, is_writer)) {
        return sync_parker_park(&waiter.parker, SYNC_NO_DEADLINE);
    }
    return STATUS_TIMED_OUT;
}

/* ---- leaving ---- */

/* Take the guard if somebody waits; false, without it, when nobody does any more. */
static bool guard_if_waited_for(struct sync_rwlock *lock) {
    sync_lock_acquire(&lock->guard);
    if ((sync_u32_load(&lock->state, SYNC_RELAXED) & PHASE_WAITED_FOR) != 0) {
        return true;
    }
    sync_lock_release(&lock->guard);
    return false;
}

void phase_leave_read(struct sync_rwlock *lock) {
    while (!phase_try_leave_read(lock)) {
        if (!guard_if_waited_for(lock)) {
            continue;
        }
        struct sync_rwlock_waiter *admitted = NULL;
        uint32_t before = sync_u32_sub(&lock->state, PHASE_READER, SYNC_RELAXED);
        if (before == (PHASE_READER | PHASE_WAITED_FOR)) {
            admitted = hand_over(lock, 0, false);
        }
        sync_lock_release(&lock->guard);
        wake(admitted);
        return;
    }
}

void phase_leave_write(struct sync_rwlock *lock, uint32_t staying) {
    while (!phase_try_leave_write(lock, staying)) {
        if (!guard_if_waited_for(lock)) {
            continue;
        }
        struct sync_rwlock_waiter *admitted = hand_over(lock, staying, true);
        sync_lock_release(&lock->guard);
        wake(admitted);
        return;
    }
}
