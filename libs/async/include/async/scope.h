/*
 * async/scope.h - children that never outlive the scope that began them.
 *
 *     struct async_scope scope;
 *     status = async_scope_open(&scope, &options);
 *     status = async_scope_spawn(&scope, &child->task, &child->future, order);
 *     status = async_scope_join(&scope, SYNC_NO_DEADLINE);   or await a struct async_join
 *     async_scope_close(&scope);
 *
 * Cancellation flows down: the scope has a token below its parent's, and children give it
 * to whatever they wait for.  Failure flows up: the first child to fail fires the token,
 * unless the scope keeps going, and the join gives the status of the failed child whose
 * order is the lowest; all of them can be read until close, sorted.  A child that ends
 * with STATUS_CANCELLED after the token was fired has not failed, it obeyed.
 * A child whose poll panics has failed with STATUS_POISONED: its future was dropped.
 * A child that refuses to stop is waited for; a join with a deadline tells who it is.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  spawn, cancel and defer from any thread while the scope is open, the children
 *           included; open, join and close by one owner
 * Memory:   the scope, the cleanups and the children are the caller's; open takes a token.
 *           A child's struct is free again when its kind's release has run, at the latest
 *           when the join returns; that of a failed child when the scope is closed
 * Errors:   STATUS_LIMIT (max_children alive; from 1024 on, up to 32 more for each other
 *           worker count that are over), STATUS_CANCELLED (the token is fired),
 *           STATUS_CLOSED and STATUS_LIMIT of the executor, STATUS_NO_MEMORY
 * Source:   Kotlin's coroutineScope and supervisorScope; Smith's nurseries (2018)
 * Depends:  base, sync, async/executor.h, async/task.h
 */
#ifndef ASYNC_SCOPE_H
#define ASYNC_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "async/executor.h"
#include "async/task.h"
#include "async/watch.h"
#include "sync/cancel.h"
#include "sync/lock.h"
#include "sync/panic.h"
#include "sync/waker.h"

struct async_scope_options {
    struct async_executor *executor;
    struct sync_cancel *parent;     /* token above the scope's; NULL for none */
    uint32_t max_children;          /* alive at a time, at least 1 */
    bool keeps_going;               /* a failure does not cancel the other children */
    struct sync_panic *out_panic;   /* NULL, or where to put the panic of the first child, by
                                       order, whose poll panicked: for the owner to rethrow */
};

/* Something to be done when the scope has ended.  In the caller's memory until then. */
struct async_cleanup {
    void (*run)(void *argument);
    void *argument;
    struct async_cleanup *older;    /* private */
};

struct async_scope {                /* private */
    struct async_executor *executor;
    struct sync_cancel *token;
    struct async_task *newest;      /* children that are alive */
    struct async_task *failed;      /* linked by `older`; sorted by the join */
    struct async_cleanup *cleanups;
    struct sync_waker waiter;       /* called when the last child is over */
    struct sync_lock lock;          /* of rank SYNC_RANK_SCOPE; guards all of it */
    uint32_t max_children;
    uint32_t live;
    uint32_t spawned;
    uint32_t failed_count;
    struct sync_panic *out_panic;   /* of the child that is the first so far */
    uint64_t panic_order;
    uint32_t panic_number;
    bool has_panicked;
    bool keeps_going;
    bool has_waiter;
    bool has_obeyed;                /* a child ended because the token was fired */
    bool is_over;                   /* joined: nothing more is spawned */
};

MUST_CHECK enum status async_scope_open(struct async_scope *scope,
                                        const struct async_scope_options *options);

/* The scope's token, for what its children wait for; lasts until close. */
struct sync_cancel *async_scope_token(const struct async_scope *scope);

/*
 * Begin a child.  `order` decides whose failure counts first; equal ones count by spawn.
 * On any error nothing has begun and the structs are the caller's.  O(1).
 */
MUST_CHECK enum status async_scope_spawn(struct async_scope *scope, struct async_task *task,
                                         struct async_future *future, uint64_t order);

/* Ask all children, and theirs, to stop. */
void async_scope_cancel(struct async_scope *scope);

/* Have cleanup->run(argument) called once, after the last child: the latest first.  O(1). */
void async_scope_defer(struct async_scope *scope, struct async_cleanup *cleanup,
                       void (*run)(void *argument), void *argument);

/*
 * Wait for all children, then run the cleanups, on a thread that is not a worker.  With no
 * workers, poll the executor's tasks meanwhile.  STATUS_TIMED_OUT: children are left, the
 * scope is as it was.  Else the status of the first failure by order; or STATUS_CANCELLED
 * when none failed and a child stopped because the token was fired; or STATUS_OK.
 */
MUST_CHECK enum status async_scope_join(struct async_scope *scope, uint64_t deadline_ns);

/*
 * The same as a future, for tasks; its status is what the join would return.  To drop it
 * is to wait no more: the scope stays open, and has to be joined by another.
 */
struct async_join {
    struct async_future future;
    struct async_scope *scope;
};
void async_join_init(struct async_join *join, struct async_scope *scope);

/* One that is not over yet. */
struct async_running {
    const char *name;    /* of its kind */
    uint64_t order;
    uint32_t number;     /* of its spawn in the scope, from 0 */
};

/*
 * Write the lowest `room` of those not over, by order, to out_running; returns how many
 * there are.  O(children * room).
 */
uint32_t async_scope_running(struct async_scope *scope, struct async_running *out_running,
                             uint32_t room);

/*
 * The failed children in order, after the join: `async_scope_failure(scope, NULL)` is the
 * first, `async_scope_failure(scope, task)` the one after it; NULL when there is none.
 * Its status and payload are in task->future.
 */
struct async_task *async_scope_failure(const struct async_scope *scope,
                                       const struct async_task *after);
uint32_t async_scope_failure_count(const struct async_scope *scope);

/* Give the failed children and the token back.  After the join. */
void async_scope_close(struct async_scope *scope);

#endif
