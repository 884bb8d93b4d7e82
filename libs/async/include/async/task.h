/*
 * async/task.h - computations that stop where they would have to wait.
 *
 * A future is a struct with a poll function.  Polling does what can be done now; a
 * future that must wait leaves the waker of its context with whatever it waits for
 * and says ASYNC_PENDING.  It is polled again after that waker was called, and not
 * before.  What it gives lies in its own struct: a status, and any payload beside it.
 *
 * A task is a future that an executor polls.  All memory of a task is its struct and
 * its future's: no stack is kept, so ten thousand waiting tasks are ten thousand
 * structs.  async/co.h writes poll functions as sequential text; nothing here needs it.
 *
 * The life of a task is one word: two bits, the end, and a count of references.
 *
 *     spawn                         wake
 *       |          +------------ IDLE <-----------+
 *       v          v                              | pending
 *     ACTIVE, in a queue  --taken--> ACTIVE, being polled --ready--> DONE
 *       ^                              | wake
 *       |      pending                 v
 *       +--------------------- ACTIVE and WOKEN
 *
 * Only the change from IDLE to ACTIVE, and the end of a poll that was woken, put a task
 * into a queue, so it is in at most one and is polled by at most one thread.  A wake while
 * it runs is not lost: it leaves WOKEN behind, and the task is queued again when its poll
 * ends.  A wake after DONE changes nothing.
 *
 * Units:    a budget is a number of awaits that were ready at once
 * Shapes:   none
 * Threads:  a future belongs to who polls it; tasks move between the executor's
 *           threads, one at a time, and each poll sees what the one before it wrote.
 *           async_task_wake(), retain and release from any thread
 * Memory:   the caller's; a task's struct and its future are the executor's from spawn
 *           until the last reference is gone, which is when the kind's release runs
 * Errors:   a future's status; STATUS_CANCELLED when it was dropped
 * Source:   Rust's futures and Tokio's task states
 * Depends:  base, sync
 */
#ifndef ASYNC_TASK_H
#define ASYNC_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"
#include "sync/waker.h"

struct async_executor;   /* async/executor.h */
struct async_scope;      /* async/scope.h */
struct async_future;

enum async_poll { ASYNC_PENDING, ASYNC_READY };

/* What a poll function is given, for the time of the call. */
struct async_context {
    struct sync_waker waker;            /* wakes the task; copied freely */
    struct async_executor *executor;    /* that polls it */
    uint32_t budget;                    /* left; see async_poll() */
};

/* What futures of one kind have in common: a constant of whoever defines them. */
struct async_kind {
    const char *name;   /* for hooks and reports */
    /*
     * Go on.  Returns ASYNC_READY through async_finish(), or ASYNC_PENDING after it has
     * seen to it that the context's waker will be called.  A future that is ready, or was
     * dropped, has its waker nowhere any more, and none is being called.
     */
    enum async_poll (*poll)(struct async_future *future, struct async_context *context);
    /* Give back what init and polls took; runs instead of finishing.  NULL: nothing. */
    void (*drop)(struct async_future *future);
    /* A task with this future is over and nobody refers to it: may free both.  NULL: nothing. */
    void (*release)(struct async_future *future);
};

#define ASYNC_FINISHED UINT32_MAX

struct async_future {
    const struct async_kind *kind;
    struct async_future *awaiting;   /* what it waits for: dropped with it; NULL for none */
    uint32_t resume;                 /* where to go on: 0 at first, ASYNC_FINISHED at last */
    enum status status;              /* what came of it, once finished */
};

static inline void async_future_init(struct async_future *future, const struct async_kind *kind) {
    future->kind = kind;
    future->awaiting = NULL;
    future->resume = 0;
    future->status = STATUS_OK;
}

static inline bool async_is_finished(const struct async_future *future) {
    return future->resume == ASYNC_FINISHED;
}

/* Ends a future, in its own poll function: `return async_finish(future, STATUS_OK);` */
static inline enum async_poll async_finish(struct async_future *future, enum status status) {
    future->awaiting = NULL;
    future->resume = ASYNC_FINISHED;
    future->status = status;
    return ASYNC_READY;
}

/*
 * Poll a future; a finished one is ready.  Each await that is ready takes one from the
 * budget.  With none left the task is woken and pending: others get their turn, however
 * much there would be to do at once.
 */
static inline enum async_poll async_poll(struct async_future *future,
                                         struct async_context *context) {
    if (async_is_finished(future)) {
        return ASYNC_READY;
    }
    if (UNLIKELY(context->budget == 0)) {
        sync_waker_wake(&context->waker);
        return ASYNC_PENDING;
    }
    if (future->kind->poll(future, context) == ASYNC_PENDING) {
        return ASYNC_PENDING;
    }
    ASSERT(async_is_finished(future));
    context->budget -= context->budget > 0;
    return ASYNC_READY;
}

/*
 * Give a future up, wherever it is: what it awaits is dropped first, then what it holds.
 * Its status is STATUS_CANCELLED.  Nothing when it is finished.  Once this returns it is
 * not polled, and its waker is not called by what it waited for.
 */
void async_drop(struct async_future *future);

/* 64 bytes; written by the executor and its scope. */
struct async_task {
    struct sync_u32 state;             /* bits and references, see src/task.c */
    uint32_t number;                   /* of this child in its scope, by spawn */
    struct async_future *future;
    struct async_executor *executor;
    struct async_task *next;           /* in a queue */
    struct async_scope *scope;         /* or NULL */
    struct async_task *older, *newer;  /* siblings */
    uint64_t order;                    /* among siblings: whose failure counts first */
};

/* Let the task be polled once more: nothing when it is done, or about to be polled.  O(1). */
void async_task_wake(struct async_task *task);

/* The same as a waker.  Whoever keeps it beyond the future's life keeps a reference too. */
struct sync_waker async_task_waker(struct async_task *task);

/* Keep the task's memory, whatever becomes of it; for its owner, or in its poll.  O(1). */
void async_task_retain(struct async_task *task);
void async_task_release(struct async_task *task);

/* Whether its future is finished: what that wrote is seen after true. */
bool async_task_is_done(const struct async_task *task);

#endif
