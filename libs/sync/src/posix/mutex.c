/* mutex.c - sync/mutex.h on POSIX threads, with rank checks in check builds. */
#include "sync/mutex.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/assert.h"
#include "sync/wait.h"

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(((struct sync_mutex *)0)->opaque), "fits");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(struct sync_condition), "fits");

enum { NS_PER_S = 1000000000 };

static pthread_mutex_t *lock_of(struct sync_mutex *mutex) {
    return (pthread_mutex_t *)(void *)mutex->opaque;
}

static pthread_cond_t *condition_of(struct sync_condition *condition) {
    return (pthread_cond_t *)(void *)condition->opaque;
}

enum { HELD_MAX = 16 };
static _Thread_local struct { enum sync_rank ranks[HELD_MAX]; unsigned count; } held;

/* Before the lock is waited for: a broken order is reported, not met as a deadlock. */
static void check_rank(enum sync_rank rank) {
    ASSERT_SLOW(held.count < HELD_MAX);
    ASSERT_SLOW(held.count == 0 || held.ranks[held.count - 1] < rank);
    (void)rank;
}

static void rank_taken(enum sync_rank rank) {
    if (ASSERT_IS_SLOW) {
        held.ranks[held.count++] = rank;
    }
}

static void rank_given(enum sync_rank rank) {
    if (!ASSERT_IS_SLOW) {
        return;
    }
    unsigned at = held.count;
    while (at > 0 && held.ranks[at - 1] != rank) {
        at--;
    }
    ASSERT(at > 0);
    for (; at < held.count; at++) {
        held.ranks[at - 1] = held.ranks[at];
    }
    held.count--;
}

void sync_mutex_init(struct sync_mutex *mutex, enum sync_rank rank) {
    int failed = pthread_mutex_init(lock_of(mutex), NULL);
    ASSERT(failed == 0);   /* a default mutex takes no resources on Linux */
    mutex->rank = rank;
}

void sync_mutex_finish(struct sync_mutex *mutex) {
    int failed = pthread_mutex_destroy(lock_of(mutex));
    ASSERT(failed == 0);
}

void sync_mutex_lock(struct sync_mutex *mutex) {
    check_rank(mutex->rank);
    int failed = pthread_mutex_lock(lock_of(mutex));
    ASSERT(failed == 0);
    rank_taken(mutex->rank);
}

bool sync_mutex_try_lock(struct sync_mutex *mutex) {
    check_rank(mutex->rank);
    int failed = pthread_mutex_trylock(lock_of(mutex));
    ASSERT(failed == 0 || failed == EBUSY);
    if (failed == 0) {
        rank_taken(mutex->rank);
    }
    return failed == 0;
}

void sync_mutex_unlock(struct sync_mutex *mutex) {
    rank_given(mutex->rank);
    int failed = pthread_mutex_unlock(lock_of(mutex));
    ASSERT(failed == 0);
}

void sync_condition_init(struct sync_condition *condition) {
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);
    failed |= pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failed |= pthread_cond_init(condition_of(condition), &attributes);
    pthread_condattr_destroy(&attributes);
    ASSERT(failed == 0);
}

void sync_condition_finish(struct sync_condition *condition) {
    int failed = pthread_cond_destroy(condition_of(condition));
    ASSERT(failed == 0);
}

enum status sync_condition_wait(struct sync_condition *condition, struct sync_mutex *mutex,
                                uint64_t deadline_ns) {
    if (deadline_ns == SYNC_NO_DEADLINE) {
        int failed = pthread_cond_wait(condition_of(condition), lock_of(mutex));
        ASSERT(failed == 0);
        return STATUS_OK;
    }
    struct timespec deadline = { .tv_sec = (time_t)(deadline_ns / NS_PER_S),
                                 .tv_nsec = (long)(deadline_ns % NS_PER_S) };
    int failed = pthread_cond_timedwait(condition_of(condition), lock_of(mutex), &deadline);
    ASSERT(failed == 0 || failed == ETIMEDOUT);
    return failed == 0 ? STATUS_OK : STATUS_TIMED_OUT;
}

void sync_condition_signal(struct sync_condition *condition) {
    pthread_cond_signal(condition_of(condition));
}

void sync_condition_broadcast(struct sync_condition *condition) {
    pthread_cond_broadcast(condition_of(condition));
}
