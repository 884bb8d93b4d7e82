/* mutex.c - sync/mutex.h: a lock word that knows its holder. */
#include "sync/mutex.h"

#include <stdatomic.h>

#include "base/assert.h"
#include "self.h"
#include "sync/clock.h"
#include "sync/wait.h"

/* Of a finished mutex: no rank, so that who looks at it can tell. */
enum { RANK_FINISHED = 0xdead };

/*
 * Owner and poison are atomic only for those who look without holding the mutex; the
 * lock orders them for all others.  They are no steps of the explorer.
 */
static uint64_t owner_of(const struct sync_mutex *mutex) {
    return atomic_load_explicit(&mutex->owner, memory_order_relaxed);
}

static void owner_set(struct sync_mutex *mutex, uint64_t id) {
    atomic_store_explicit(&mutex->owner, id, memory_order_relaxed);
}

static bool is_poisoned(const struct sync_mutex *mutex) {
    return atomic_load_explicit(&mutex->is_poisoned, memory_order_relaxed) != 0;
}

static _Noreturn void misused(const struct sync_mutex *mutex, const char *what) {
    bool is_finished = (int)mutex->rank == RANK_FINISHED;
    misuse("mutex", is_finished ? SYNC_RANK_NONE : mutex->rank,
           is_finished ? "is used after it was finished" : what);
}

/* What a panic does with a mutex of the thread, which is off its list already. */
static void abandon(void *lock) {
    struct sync_mutex *mutex = lock;
    atomic_store_explicit(&mutex->is_poisoned, 1, memory_order_relaxed);
    owner_set(mutex, 0);
    sync_lock_release(&mutex->lock);
}

static const char *name_of(const void *lock) {
    return ((const struct sync_mutex *)lock)->name;
}

static const struct held_kind kind = { .name = "mutex", .abandon = abandon, .name_of = name_of };

void sync_mutex_init(struct sync_mutex *mutex, enum sync_rank rank) {
    *mutex = (struct sync_mutex){ .rank = rank };
}

void sync_mutex_name(struct sync_mutex *mutex, const char *name) {
    mutex->name = name;
}

/* On threads the word stays taken, so that nobody gets past it unseen. */
void sync_mutex_finish(struct sync_mutex *mutex) {
    if (owner_of(mutex) != 0 || (!SYNC_LOCK_IS_CALL && !sync_lock_try(&mutex->lock))) {
        misused(mutex, "is finished while it is locked");
    }
    mutex->rank = (enum sync_rank)RANK_FINISHED;
    held_forget(mutex);
}

static void check_usable(const struct sync_mutex *mutex, struct self *self) {
    if (UNLIKELY((int)mutex->rank == RANK_FINISHED || owner_of(mutex) == self_id(self))) {
        misused(mutex, "is asked for by the thread that holds it");
    }
}

/* Waits, and counts the waiting once the mutex is held. */
static enum status acquire_counted(struct sync_mutex *mutex, uint64_t deadline_ns) {
    uint64_t start_ns = sync_clock_ns();
    uint32_t waiters = atomic_fetch_add_explicit(&mutex->waiters, 1, memory_order_relaxed) + 1;
    enum status status = sync_lock_acquire_until(&mutex->lock, deadline_ns);
    atomic_fetch_sub_explicit(&mutex->waiters, 1, memory_order_relaxed);
    if (status == STATUS_OK) {
        struct sync_lock_stats *stats = &mutex->stats;
        uint64_t wait_ns = sync_clock_ns() - start_ns;
        stats->contentions++;
        stats->longest_wait_ns = wait_ns > stats->longest_wait_ns ? wait_ns
                                                                  : stats->longest_wait_ns;
        stats->most_waiters = waiters > stats->most_waiters ? waiters : stats->most_waiters;
    }
    return status;
}

static NO_INLINE enum status acquire_contended(struct sync_mutex *mutex, struct self *self,
                                               uint64_t deadline_ns) {
    check_usable(mutex, self);
    return STATS_ARE_KEPT ? acquire_counted(mutex, deadline_ns)
                          : sync_lock_acquire_until(&mutex->lock, deadline_ns);
}

static inline enum status acquire(struct sync_mutex *mutex, struct self *self,
                                  uint64_t deadline_ns) {
    if (SYNC_LOCK_IS_CALL) {
        check_usable(mutex, self);   /* a try before it would be one more step */
        if (deadline_ns == SYNC_NO_DEADLINE) {
            sync_lock_acquire(&mutex->lock);
            return STATUS_OK;
        }
        return sync_lock_acquire_until(&mutex->lock, deadline_ns);
    }
    return LIKELY(sync_lock_try(&mutex->lock)) ? STATUS_OK
                                               : acquire_contended(mutex, self, deadline_ns);
}

static inline void taken(struct sync_mutex *mutex, struct self *self) {
    owner_set(mutex, self_id(self));
    held_push(self, mutex, &kind, mutex->rank);
    if (STATS_ARE_KEPT) {
        mutex->stats.acquisitions++;
    }
}

static NO_INLINE _Noreturn void refuse_poison(const struct sync_mutex *mutex) {
    misuse("mutex", mutex->rank, "is poisoned: a thread panicked while it held it");
}

static inline void check_order(struct self *self, const struct sync_mutex *mutex) {
    held_check(self, "mutex", mutex->rank);
    held_watch(self, mutex, &kind, mutex->rank);
}

SYNC_NOT_ANALYSED void sync_mutex_lock(struct sync_mutex *mutex) {
    struct self *self = self_get();
    check_order(self, mutex);
    (void)!acquire(mutex, self, SYNC_NO_DEADLINE);
    taken(mutex, self);
    if (UNLIKELY(is_poisoned(mutex))) {
        refuse_poison(mutex);
    }
}

SYNC_NOT_ANALYSED bool sync_mutex_try_lock(struct sync_mutex *mutex) {
    struct self *self = self_get();
    held_check(self, "mutex", mutex->rank);
    if (!sync_lock_try(&mutex->lock)) {
        check_usable(mutex, self);
        return false;
    }
    taken(mutex, self);
    if (UNLIKELY(is_poisoned(mutex))) {
        refuse_poison(mutex);
    }
    return true;
}

enum status sync_mutex_lock_until(struct sync_mutex *mutex, uint64_t deadline_ns) {
    struct self *self = self_get();
    check_order(self, mutex);
    enum status status = acquire(mutex, self, deadline_ns);
    if (status == STATUS_OK) {
        taken(mutex, self);
        status = UNLIKELY(is_poisoned(mutex)) ? STATUS_POISONED : STATUS_OK;
    }
    return status;
}

SYNC_NOT_ANALYSED void sync_mutex_unlock(struct sync_mutex *mutex) {
    struct self *self = self_get();
    if (UNLIKELY(owner_of(mutex) != self->id || !held_pop(self, mutex))) {
        misused(mutex, owner_of(mutex) == 0 ? "is unlocked while nobody holds it"
                                            : "is unlocked by a thread that does not hold it");
    }
    owner_set(mutex, 0);
    sync_lock_release(&mutex->lock);
}

bool sync_mutex_stats(const struct sync_mutex *mutex, struct sync_lock_stats *out_stats) {
    *out_stats = mutex->stats;
    return STATS_ARE_KEPT;
}

bool sync_mutex_is_poisoned(const struct sync_mutex *mutex) {
    return is_poisoned(mutex);
}

void sync_mutex_clear_poison(struct sync_mutex *mutex) {
    if (!sync_mutex_is_mine(mutex)) {
        misused(mutex, "is cleared of poison by a thread that does not hold it");
    }
    atomic_store_explicit(&mutex->is_poisoned, 0, memory_order_relaxed);
}

uint64_t sync_mutex_owner(const struct sync_mutex *mutex) {
    return owner_of(mutex);
}

bool sync_mutex_is_mine(const struct sync_mutex *mutex) {
    return owner_of(mutex) == self_id(self_get());
}
