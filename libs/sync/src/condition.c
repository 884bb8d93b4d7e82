/*
 * condition.c - sync/condition.h: a count of signals that waiters sleep on.
 *
 * Why no signal is lost.  A waiter W looks at what it waits for, counts itself and reads
 * the sequence, all under the mutex.  A signaller S changes what is waited for under the
 * mutex, too.  Either S had it first: W saw the change and does not wait.  Or W did: all
 * that W did under the mutex happens before S's signal, so S finds W among the waiters,
 * and S's addition comes later in the order of the sequence than what W read.  The kernel
 * then refuses to let W sleep, or W sleeps before S wakes.  Hence relaxed accesses are
 * enough; the mutex orders all that is looked at.
 *
 * Why one wake-up is enough for one signal: the wake goes to a sleeper.  Those counted
 * but not yet asleep find another sequence and do not sleep; those counted whose deadline
 * has passed no longer sleep, and take no wake.  A sleeper that came after the addition
 * can take the wake of one that came before only when S gave the mutex back before it
 * signalled; sync/condition.h says when that matters.
 *
 * The sequence wraps: a waiter would miss signals if exactly a multiple of 2^32 came
 * between its reading and its falling asleep.
 */
#include "sync/condition.h"

#include <stdatomic.h>

#include "self.h"
#include "sync/mutex.h"
#include "sync/wait.h"

void sync_condition_init(struct sync_condition *condition) {
    *condition = (struct sync_condition){ .mutex = NULL };
}

static _Noreturn void misused(const char *what) {
    misuse("condition", SYNC_RANK_NONE, what);
}

/* What a finished condition points to: no mutex is there. */
static struct sync_mutex finished;

void sync_condition_finish(struct sync_condition *condition) {
    if (sync_u32_load(&condition->waiters, SYNC_RELAXED) != 0) {
        misused("is finished while it is waited for");
    }
    atomic_store_explicit(&condition->mutex, &finished, memory_order_relaxed);
}

/* With the mutex held, so that counting needs no read-modify-write. */
static void count_waiter(struct sync_condition *condition, struct sync_mutex *mutex) {
    uint32_t waiters = sync_u32_load(&condition->waiters, SYNC_RELAXED);
    struct sync_mutex *other = atomic_load_explicit(&condition->mutex, memory_order_relaxed);
    if (other == &finished || (waiters > 0 && other != mutex)) {
        misused(other == &finished ? "is waited for after it was finished"
                                   : "is waited for under two mutexes");
    }
    atomic_store_explicit(&condition->mutex, mutex, memory_order_relaxed);
    sync_u32_store(&condition->waiters, waiters + 1, SYNC_RELAXED);
}

SYNC_NOT_ANALYSED
enum status sync_condition_wait(struct sync_condition *condition, struct sync_mutex *mutex,
                                uint64_t deadline_ns) {
    if (!sync_mutex_is_mine(mutex)) {
        misused("is waited for without its mutex");
    }
    count_waiter(condition, mutex);
    uint32_t sequence = sync_u32_load(&condition->sequence, SYNC_RELAXED);
    sync_mutex_unlock(mutex);
    enum status status = sync_wait(&condition->sequence, sequence, deadline_ns);
    enum status locked = sync_mutex_lock_until(mutex, SYNC_NO_DEADLINE);
    uint32_t waiters = sync_u32_load(&condition->waiters, SYNC_RELAXED);
    sync_u32_store(&condition->waiters, waiters - 1, SYNC_RELAXED);
    return locked != STATUS_OK ? locked : status;
}

static void wake(struct sync_condition *condition, uint32_t count) {
    if (sync_u32_load(&condition->waiters, SYNC_RELAXED) != 0) {
        sync_u32_add(&condition->sequence, 1, SYNC_RELAXED);
        sync_wake(&condition->sequence, count);
    }
}

void sync_condition_signal(struct sync_condition *condition) {
    wake(condition, 1);
}

void sync_condition_broadcast(struct sync_condition *condition) {
    wake(condition, UINT32_MAX);
}
