/*
 * rwlock.c - sync/rwlock.h: what a lock knows of its holders.  Who enters when is in
 * phase.h and phase.c.
 */
#include "sync/rwlock.h"

#include <stdatomic.h>

#include "phase.h"
#include "self.h"
#include "sync/wait.h"

/* Of a finished lock: no rank, so that who looks at it can tell. */
enum { RANK_FINISHED = 0xdead };

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
    phase_leave_read(lock);
}

static void abandon_write(void *argument) {
    struct sync_rwlock *lock = argument;
    atomic_store_explicit(&lock->is_poisoned, 1, memory_order_relaxed);
    writer_set(lock, 0);
    phase_leave_write(lock, 0);
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
    held_watch(self, lock, &kind_write, lock->rank);
    enum status status = STATUS_OK;
    if (UNLIKELY(!phase_try_enter(lock, is_writer))) {
        check_usable(lock, self);
        status = phase_enter(lock, is_writer, deadline_ns);
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
    if (!phase_try_enter(lock, true)) {
        misused(lock, "is finished while it is locked");
    }
    lock->rank = (enum sync_rank)RANK_FINISHED;
    held_forget(lock);
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
    if (!phase_try_enter(lock, is_writer)) {
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
    phase_leave_read(lock);
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
    phase_leave_write(lock, 0);
}

void sync_rwlock_downgrade(struct sync_rwlock *lock) {
    struct self *self = self_get();
    pop_write(lock, self);
    held_push(self, lock, &kind_read, lock->rank);
    phase_leave_write(lock, 1);
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
