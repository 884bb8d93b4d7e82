/*
 * live.c - how many tasks there are: a bound, and the moment when there are none.
 *
 * Places are credits.  A worker takes them from the executor in batches and keeps what
 * its finished tasks give back, so that spawning and ending touch no shared word most of
 * the time.  It gives all of them back before it looks for work elsewhere, so once all
 * workers are idle the executor's credits are exact, and all there means no task lives.
 */
#include "base/assert.h"
#include "runtime.h"

enum { BATCH = 64 };

/* Take up to `wanted` credits from the executor; 0 when there are none. */
static uint32_t take(struct async_executor *executor, uint32_t wanted) {
    uint32_t credits = sync_u32_load(&executor->credits, SYNC_RELAXED);
    uint32_t taken = 0;
    do {
        taken = credits < wanted ? credits : wanted;
        if (taken == 0) {
            return 0;
        }
        /* Sequentially consistent: see is_closed in live_begin(). */
    } while (!sync_u32_compare_exchange(&executor->credits, &credits, credits - taken,
                                        SYNC_SEQ_CST));
    return taken;
}

/*
 * With the lock of the waiters held, and no task left: let them go on.
 */
static void tell_waiters(struct async_executor *executor) {
    for (struct waiter *waiter = executor->waiters; waiter != NULL; waiter = waiter->next) {
        sync_unpark(&waiter->parker);
    }
    if (executor->is_inline) {
        idle_nudge(executor);
    }
}

/*
 * True when these were the last.  Release: all changes of the credits are read-modify-
 * writes, so who waits and reads them full, acquire, sees what every task did.
 */
static bool give(struct async_executor *executor, uint32_t credits) {
    uint32_t before = sync_u32_add(&executor->credits, credits, SYNC_RELEASE);
    ASSERT(executor->tasks_max - before >= credits);
    return before + credits == executor->tasks_max;
}

/* By a worker, which destroy waits for. */
static void give_inside(struct async_executor *executor, uint32_t credits) {
    if (give(executor, credits)) {
        sync_lock_acquire(&executor->waiters_lock);
        tell_waiters(executor);
        sync_lock_release(&executor->waiters_lock);
    }
}

/*
 * By any other thread, which destroy cannot join: it takes the lock before it frees the
 * executor, so the credit is given with the lock held.
 */
static void give_outside(struct async_executor *executor, uint32_t credits) {
    sync_lock_acquire(&executor->waiters_lock);
    if (give(executor, credits)) {
        tell_waiters(executor);
    }
    sync_lock_release(&executor->waiters_lock);
}

/*
 * The credit is taken before is_closed is looked at, and shutdown closes before it looks
 * at the credits, all sequentially consistent: either the spawn sees the closing or the
 * shutdown sees the task.  A worker that spends its own credits is polling a task that
 * the shutdown waits for anyway.
 */
enum status live_begin(struct async_executor *executor) {
    struct worker *worker = worker_self(executor);
    if (worker == NULL || executor->is_inline) {
        if (take(executor, 1) == 0) {
            return STATUS_LIMIT;
        }
    } else {
        if (worker->credits == 0) {
            worker->credits = take(executor, BATCH);
        }
        if (worker->credits == 0) {
            return STATUS_LIMIT;
        }
        worker->credits--;
    }
    if (sync_u32_load(&executor->is_closed, SYNC_SEQ_CST) != 0) {
        live_end(executor, 1);
        return STATUS_CLOSED;
    }
    return STATUS_OK;
}

void live_end(struct async_executor *executor, uint32_t count) {
    struct worker *worker = worker_self(executor);
    if (worker == NULL || executor->is_inline) {
        give_outside(executor, count);
        return;
    }
    worker->credits += count;
    if (worker->credits >= 2 * BATCH) {
        worker->credits -= BATCH;
        give_inside(executor, BATCH);
    }
}

void live_flush(struct worker *worker) {
    uint32_t credits = worker->credits;
    if (credits > 0) {
        worker->credits = 0;
        give_inside(worker->executor, credits);
    }
}

static bool is_empty(const struct async_executor *executor) {
    return sync_u32_load(&executor->credits, SYNC_SEQ_CST) == executor->tasks_max;
}

static bool is_empty_now(void *executor) {
    return is_empty(executor);
}

static void enter(struct async_executor *executor, struct waiter *waiter) {
    sync_lock_acquire(&executor->waiters_lock);
    waiter->next = executor->waiters;
    executor->waiters = waiter;
    sync_lock_release(&executor->waiters_lock);
}

/* Takes the lock, so nobody outside is still giving a credit when it returns. */
static void leave(struct async_executor *executor, struct waiter *waiter) {
    sync_lock_acquire(&executor->waiters_lock);
    struct waiter **at = &executor->waiters;
    while (*at != waiter) {
        at = &(*at)->next;
    }
    *at = waiter->next;
    sync_lock_release(&executor->waiters_lock);
}

enum status live_wait(struct async_executor *executor, uint64_t deadline_ns) {
    enum status status = STATUS_OK;
    struct waiter waiter = { .next = NULL };
    enter(executor, &waiter);
    if (executor->is_inline) {
        status = worker_drive(executor, is_empty_now, executor, deadline_ns);
    }
    while (status == STATUS_OK && !is_empty(executor)) {
        status = sync_parker_park(&waiter.parker, deadline_ns);
    }
    leave(executor, &waiter);
    return is_empty(executor) ? STATUS_OK : status;
}
