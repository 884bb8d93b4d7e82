/*
 * rwlock.c - sync/rwlock.h: a word for those inside, queues for those who wait.
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
 * Orders.  Entering is an acquire of the word and leaving a release; while readers are
 * inside, every change of it is a read-modify-write, so that an entering writer acquires
 * from all who left.  Who hands over has acquired from all of them itself, and those it
 * lets in are ordered after it by the token of their parker.
 *
 * A waiter whose deadline passes takes itself out under the guard, unless it has been let
 * in: then it is inside, and waits for the token that is on its way, as the thread that
 * brings it still touches the parker.
 *
 * Who leaves touches the lock no more once another can enter: it releases the guard while
 * those it let in still sleep, or leaves by the word alone.
 */
#include "sync/rwlock.h"

#include <stdatomic.h>
#include <stddef.h>

#include "self.h"
#include "sync/park.h"
#include "sync/wait.h"

enum { WRITER = 1, WAITED_FOR = 2, READER = 4 };   /* READER times the readers inside */

/* Turns of looking for the token before sleeping: a handover between running threads. */
#ifdef SYNC_CALLS
enum { SPINS = 0 };   /* each turn would be a step of the explorer's */
#else
enum { SPINS = 100 };
#endif

/* Of a finished lock: no rank, so that who looks at it can tell. */
enum { RANK_FINISHED = 0xdead };

struct sync_rwlock_waiter {
    struct sync_rwlock_waiter *next, *previous;
    struct sync_parker parker;
    bool is_inside;        /* guarded */
};

/* ---- misuse ---- */

static _Noreturn void misused(const struct sync_rwlock *lock, const char *what) {
    bool is_finished = (int)lock->rank == RANK_FINISHED;
    misuse("rwlock", is_finished ? SYNC_RANK_NONE : lock->rank,
           is_finished ? "is used after it was finished" : what);
}

static bool is_held_by(const struct sync_rwlock *lock, const struct self *self) {
    for (uint32_t i = 0; i < self->held_count; i++) {
        if (self->held[i].lock == lock) {
            return true;
        }
    }
    return false;
}

static void check_usable(const struct sync_rwlock *lock, const struct self *self) {
    if (UNLIKELY((int)lock->rank == RANK_FINISHED || is_held_by(lock, self))) {
        misused(lock, "is asked for by a thread that holds it");
    }
}

static void check_before(const struct sync_rwlock *lock, const struct self *self) {
    if (ASSERT_IS_SLOW) {
        check_usable(lock, self);   /* before the ranks, as it says more */
        held_check(self, "rwlock", lock->rank);
    }
}

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
    return lock->readers.count + lock->writers.count > 0 ? WAITED_FOR : 0;
}

/*
 * Nobody is inside but `staying` readers: let in who is next, readers first or the writer
 * first.  Release: who enters later by the word alone sees what those before it did.
 */
static struct sync_rwlock_waiter *hand_over(struct sync_rwlock *lock, uint32_t staying,
                                            bool is_readers_turn) {
    struct sync_rwlock_waiter *admitted = NULL;
    uint32_t inside = staying * READER;
    if (lock->readers.count > 0 && (is_readers_turn || lock->writers.count == 0)) {
        inside += lock->readers.count * READER;
        admitted = admit_readers(lock);
    } else if (lock->writers.count > 0 && staying == 0) {
        inside = WRITER;
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

/* ---- entering ---- */

static bool enter_read(struct sync_rwlock *lock) {
    uint32_t state = sync_u32_load(&lock->state, SYNC_RELAXED);
    while ((state & (WRITER | WAITED_FOR)) == 0) {
        if (sync_u32_compare_exchange_weak(&lock->state, &state, state + READER, SYNC_ACQUIRE,
                                           SYNC_RELAXED)) {
            return true;
        }
    }
    return false;
}

static bool enter_write(struct sync_rwlock *lock) {
    uint32_t state = 0;
    return sync_u32_compare_exchange(&lock->state, &state, WRITER, SYNC_ACQUIRE);
}

/*
 * With the guard held: enter, or leave the mark that somebody waits; then the word is the
 * guard's.  True: entered.
 */
static bool enter_or_mark(struct sync_rwlock *lock, bool is_writer) {
    uint32_t state = sync_u32_load(&lock->state, SYNC_RELAXED);
    while ((state & WAITED_FOR) == 0) {
        bool is_free = is_writer ? state == 0 : (state & WRITER) == 0;
        uint32_t next = !is_free ? state | WAITED_FOR : state + (is_writer ? WRITER : READER);
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
        uint32_t inside = sync_u32_load(&lock->state, SYNC_RELAXED) & ~(uint32_t)WAITED_FOR;
        if (lock->writers.count == 0 && inside != WRITER) {
            inside += lock->readers.count * READER;
            admitted = admit_readers(lock);
        }
        sync_u32_exchange(&lock->state, inside | waited_for(lock), SYNC_ACQ_REL);
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

static NO_INLINE enum status enter_slowly(struct sync_rwlock *lock, bool is_writer,
                                          uint64_t deadline_ns) {
    check_usable(lock, self_get());
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

/* With the guard held if somebody waits, without it if nobody does: true if it is held. */
static bool guard_if_waited_for(struct sync_rwlock *lock) {
    sync_lock_acquire(&lock->guard);
    if ((sync_u32_load(&lock->state, SYNC_RELAXED) & WAITED_FOR) != 0) {
        return true;
    }
    sync_lock_release(&lock->guard);
    return false;
}

static void leave_read(struct sync_rwlock *lock) {
    do {
        uint32_t state = sync_u32_load(&lock->state, SYNC_RELAXED);
        while ((state & WAITED_FOR) == 0) {
            if (sync_u32_compare_exchange_weak(&lock->state, &state, state - READER,
                                               SYNC_RELEASE, SYNC_RELAXED)) {
                return;
            }
        }
    } while (!guard_if_waited_for(lock));
    struct sync_rwlock_waiter *admitted = NULL;
    if (sync_u32_sub(&lock->state, READER, SYNC_ACQ_REL) == (READER | WAITED_FOR)) {
        admitted = hand_over(lock, 0, false);
    }
    sync_lock_release(&lock->guard);
    wake(admitted);
}

/* From the whole to `staying` shares, 0 or 1. */
static void leave_write(struct sync_rwlock *lock, uint32_t staying) {
    do {
        uint32_t writer = WRITER;
        if (sync_u32_compare_exchange(&lock->state, &writer, staying * READER, SYNC_RELEASE)) {
            return;
        }
    } while (!guard_if_waited_for(lock));
    struct sync_rwlock_waiter *admitted = hand_over(lock, staying, true);
    sync_lock_release(&lock->guard);
    wake(admitted);
}

/* ---- what a lock knows of its holders ---- */

/* Writer and poison are atomic for those who look from outside; they are no steps. */
static uint64_t writer_of(const struct sync_rwlock *lock) {
    return atomic_load_explicit(&lock->writer, memory_order_relaxed);
}

static void writer_set(struct sync_rwlock *lock, uint64_t id) {
    atomic_store_explicit(&lock->writer, id, memory_order_relaxed);
}

static bool is_poisoned(const struct sync_rwlock *lock) {
    return atomic_load_explicit(&lock->is_poisoned, memory_order_relaxed) != 0;
}

/* What a panic does with what its thread holds, which is off its list already. */
static void abandon_read(void *lock) {
    leave_read(lock);
}

static void abandon_write(void *argument) {
    struct sync_rwlock *lock = argument;
    atomic_store_explicit(&lock->is_poisoned, 1, memory_order_relaxed);
    writer_set(lock, 0);
    leave_write(lock, 0);
}

static const struct held_kind kind_read = { .name = "rwlock", .abandon = abandon_read };
static const struct held_kind kind_write = { .name = "rwlock", .abandon = abandon_write };

static enum status taken(struct sync_rwlock *lock, struct self *self, bool is_writer) {
    if (is_writer) {
        writer_set(lock, self_id(self));
    }
    held_push(self, lock, is_writer ? &kind_write : &kind_read, lock->rank);
    return UNLIKELY(is_poisoned(lock)) ? STATUS_POISONED : STATUS_OK;
}

static inline enum status acquire(struct sync_rwlock *lock, bool is_writer,
                                  uint64_t deadline_ns) {
    struct self *self = self_get();
    check_before(lock, self);
    enum status status = STATUS_OK;
    if (UNLIKELY(is_writer ? !enter_write(lock) : !enter_read(lock))) {
        status = enter_slowly(lock, is_writer, deadline_ns);
    }
    return status == STATUS_OK ? taken(lock, self, is_writer) : status;
}

static void refuse_poison(const struct sync_rwlock *lock, enum status status) {
    if (UNLIKELY(status == STATUS_POISONED)) {
        misused(lock, "is poisoned: a thread panicked while it wrote");
    }
}

/* ---- the interface ---- */

void sync_rwlock_init(struct sync_rwlock *lock, enum sync_rank rank) {
    *lock = (struct sync_rwlock){ .rank = rank };
}

/* The word stays taken, so that nobody gets past it unseen. */
void sync_rwlock_finish(struct sync_rwlock *lock) {
    if (!enter_write(lock)) {
        misused(lock, "is finished while it is locked");
    }
    lock->rank = (enum sync_rank)RANK_FINISHED;
}

enum status sync_rwlock_read_until(struct sync_rwlock *lock, uint64_t deadline_ns) {
    return acquire(lock, false, deadline_ns);
}

enum status sync_rwlock_write_until(struct sync_rwlock *lock, uint64_t deadline_ns) {
    return acquire(lock, true, deadline_ns);
}

void sync_rwlock_read(struct sync_rwlock *lock) {
    refuse_poison(lock, acquire(lock, false, SYNC_NO_DEADLINE));
}

void sync_rwlock_write(struct sync_rwlock *lock) {
    refuse_poison(lock, acquire(lock, true, SYNC_NO_DEADLINE));
}

static bool try_acquire(struct sync_rwlock *lock, bool is_writer) {
    struct self *self = self_get();
    check_before(lock, self);
    if (is_writer ? !enter_write(lock) : !enter_read(lock)) {
        check_usable(lock, self);
        return false;
    }
    refuse_poison(lock, taken(lock, self, is_writer));
    return true;
}

bool sync_rwlock_try_read(struct sync_rwlock *lock) {
    return try_acquire(lock, false);
}

bool sync_rwlock_try_write(struct sync_rwlock *lock) {
    return try_acquire(lock, true);
}

void sync_rwlock_read_unlock(struct sync_rwlock *lock) {
    struct self *self = self_get();
    if (UNLIKELY(writer_of(lock) == self_id(self) || !held_pop(self, lock))) {
        misused(lock, writer_of(lock) == self_id(self)
                          ? "is unlocked as a reader by its writer"
                          : "is unlocked by a thread that does not hold it");
    }
    leave_read(lock);
}

static void pop_write(struct sync_rwlock *lock, struct self *self) {
    if (UNLIKELY(writer_of(lock) != self_id(self) || !held_pop(self, lock))) {
        misused(lock, is_held_by(lock, self) ? "is unlocked as a writer by a reader"
                                             : "is unlocked by a thread that does not hold it");
    }
    writer_set(lock, 0);
}

void sync_rwlock_write_unlock(struct sync_rwlock *lock) {
    pop_write(lock, self_get());
    leave_write(lock, 0);
}

void sync_rwlock_downgrade(struct sync_rwlock *lock) {
    struct self *self = self_get();
    pop_write(lock, self);
    held_push(self, lock, &kind_read, lock->rank);
    leave_write(lock, 1);
}

bool sync_rwlock_is_poisoned(const struct sync_rwlock *lock) {
    return is_poisoned(lock);
}

void sync_rwlock_clear_poison(struct sync_rwlock *lock) {
    if (!sync_rwlock_is_writer(lock)) {
        misused(lock, "is cleared of poison by a thread that does not write");
    }
    atomic_store_explicit(&lock->is_poisoned, 0, memory_order_relaxed);
}

uint64_t sync_rwlock_writer(const struct sync_rwlock *lock) {
    return writer_of(lock);
}

bool sync_rwlock_is_writer(const struct sync_rwlock *lock) {
    return writer_of(lock) == self_id(self_get());
}

bool sync_rwlock_is_mine(const struct sync_rwlock *lock) {
    return is_held_by(lock, self_get());
}
