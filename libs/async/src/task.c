/*
 * task.c - the word of a task, and what a poll does to it.
 *
 * ACTIVE: the task is in a queue, or being polled, or about to go from the one to the
 * other; only one thread has that in hand.  WOKEN: it was woken since its poll began, or
 * since it was queued.  Whoever sets ACTIVE queues the task, and the poller takes ACTIVE
 * off only when WOKEN is not there.
 *
 * Every change of the word is a read-modify-write, so each continues the release sequences
 * of those before it.  The orders:
 *
 *  [1] wake: release, so that what the waker wrote before is seen by the poll that the
 *      wake leads to, also when the task was active already and the waker queues nothing;
 *      acquire, so that the waker may write the queue link after the previous poller's
 *      last look at it, and hands on through the queue what that poll wrote.
 *  [2] run: relaxed.  What came before is seen through the queue that the task was taken
 *      from.  A wake that came since it was put there left WOKEN, which is taken off,
 *      acquire, the partner of [1]; one that the load does not see yet, [3] sees.
 *  [3] pending: release, the partner of [1]'s acquire.  When WOKEN is there the task stays
 *      active and is queued again, and [2] of the next poll takes it off.
 *  [4] done, and release of a reference: release, so that whoever gives the last
 *      reference back, acquire, ends a task that nobody uses any more; and so that whoever
 *      finds it done, acquire, sees its result.
 *
 * References are in the same word, so that the end of the last poll is one step and not
 * two, between which the task could be freed.  A task that is ready in its first poll is
 * changed once.
 */
#include "async/task.h"

#include "runtime.h"

enum { REFERENCES_MAX = UINT32_MAX / 2 };

void task_init(struct async_task *task, struct async_executor *executor,
               struct async_future *future) {
    task->number = 0;
    task->future = future;
    task->executor = executor;
    task->next = NULL;
    task->scope = NULL;
    task->older = NULL;
    task->newer = NULL;
    task->order = 0;
    /* Relaxed: published by the queue it is put into. */
    sync_u32_store(&task->state, TASK_ACTIVE + TASK_REFERENCE, SYNC_RELAXED);
}

void async_task_wake(struct async_task *task) {
    uint32_t state = sync_u32_load(&task->state, SYNC_RELAXED);
    uint32_t wanted = 0;
    do {
        wanted = state | ((state & TASK_ACTIVE) != 0 ? TASK_WOKEN : TASK_ACTIVE);
        if ((state & TASK_DONE) != 0) {
            return;
        }
        /* Also when it changes nothing: the poll to come must see what we wrote. */
    } while (!sync_u32_compare_exchange(&task->state, &state, wanted, SYNC_ACQ_REL));   /* [1] */
    if ((state & TASK_ACTIVE) == 0) {
        schedule_task(task->executor, task);   /* it is not over before it is polled */
    }
}

static void wake(void *task) {
    async_task_wake(task);
}

struct sync_waker async_task_waker(struct async_task *task) {
    return (struct sync_waker){ .wake = wake, .self = task };
}

void task_begin(struct async_task *task) {
    const struct async_hooks *hooks = &task->executor->hooks;
    if (UNLIKELY(hooks->on_spawn != NULL)) {
        hooks->on_spawn(hooks->context, task);
    }
    schedule_task(task->executor, task);
}

/* The last reference is gone, and `state` was the last word. */
static void end(struct async_task *task, uint32_t state) {
    struct async_executor *executor = task->executor;
    ASSERT((state & TASK_DONE) != 0);   /* the executor's own goes when it is done */
    if (task->scope != NULL) {
        scope_child_over(task->scope, task);
        return;
    }
    if (task->future->kind->release != NULL) {
        task->future->kind->release(task->future);
    }
    live_end(executor, 1);
}

void async_task_retain(struct async_task *task) {
    uint32_t before = sync_u32_add(&task->state, TASK_REFERENCE, SYNC_RELAXED);
    ASSERT(before >= TASK_REFERENCE && before < REFERENCES_MAX);
}

void async_task_release(struct async_task *task) {
    uint32_t before = sync_u32_sub(&task->state, TASK_REFERENCE, SYNC_ACQ_REL);   /* [4] */
    ASSERT(before >= TASK_REFERENCE);
    if (before / TASK_REFERENCE == 1) {
        end(task, before);
    }
}

bool async_task_is_done(const struct async_task *task) {
    return (sync_u32_load(&task->state, SYNC_ACQUIRE) & TASK_DONE) != 0;   /* [4] */
}

static void done(struct worker *worker, struct async_task *task) {
    const struct async_hooks *hooks = &worker->executor->hooks;
    if (UNLIKELY(hooks->on_done != NULL)) {
        hooks->on_done(hooks->context, task, worker->index);
    }
    uint32_t ending = TASK_DONE;
    if (task->scope != NULL && scope_child_done(task->scope, task)) {
        ending |= TASK_FAILED;
    }
    /* ACTIVE stays, which nobody minds. */
    uint32_t before = sync_u32_add(&task->state, ending - TASK_REFERENCE, SYNC_ACQ_REL);   /* [4] */
    if (before / TASK_REFERENCE == 1) {
        end(task, before + ending);
    }
}

/* Take ACTIVE off, unless it was woken since [2]; true: it was. */
static bool was_woken(struct async_task *task) {
    uint32_t state = sync_u32_load(&task->state, SYNC_RELAXED);
    while ((state & TASK_WOKEN) == 0) {
        if (sync_u32_compare_exchange(&task->state, &state, state & ~(uint32_t)TASK_ACTIVE,
                                      SYNC_RELEASE)) {   /* [3] */
            return false;
        }
    }
    return true;
}

void task_run(struct worker *worker, struct async_task *task) {
    const struct async_hooks *hooks = &worker->executor->hooks;
    uint32_t state = sync_u32_load(&task->state, SYNC_RELAXED);   /* [2] */
    if ((state & TASK_WOKEN) != 0) {
        state = sync_u32_and(&task->state, ~(uint32_t)TASK_WOKEN, SYNC_ACQUIRE);   /* [2] */
    }
    ASSERT((state & (TASK_ACTIVE | TASK_DONE)) == TASK_ACTIVE);
    if (UNLIKELY(hooks->on_poll != NULL)) {
        hooks->on_poll(hooks->context, task, worker->index);
    }
    struct async_context context = { .waker = { .wake = wake, .self = task },
                                     .executor = worker->executor,
                                     .budget = worker->executor->budget };
    worker->polling = task;
    enum async_poll poll = async_poll(task->future, &context);
    worker->polling = NULL;
    if (poll == ASYNC_READY) {
        done(worker, task);
    } else if (was_woken(task)) {
        schedule_last(worker->executor, task);
    }
}

void task_panicked(struct worker *worker, const struct sync_panic *panic) {
    const struct async_hooks *hooks = &worker->executor->hooks;
    struct async_task *task = worker->polling;
    if (task == NULL) {
        sync_panic_rethrow(panic);   /* not of a poll: of a hook, a waker, a release */
    }
    worker->polling = NULL;
    async_drop(task->future);
    task->future->status = STATUS_POISONED;
    if (hooks->on_panic != NULL) {
        hooks->on_panic(hooks->context, task, panic);
    }
    if (task->scope != NULL) {
        scope_child_panicked(task->scope, task, panic);
    }
    done(worker, task);
}
