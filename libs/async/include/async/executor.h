/*
 * async/executor.h - threads that poll tasks.
 *
 * Each worker has a deque of its own; what is spawned or woken on it goes there, newest
 * first, and idle workers steal the oldest.  What comes from outside, yields or does not
 * fit goes through one shared queue in order of arrival.  So that nothing starves, a
 * worker takes from the shared queue, and its own oldest, every so many polls whatever
 * else it has.  A worker that finds nothing looks round a bounded number of times, then
 * sleeps until there is work or the next timer's deadline: an idle executor uses no CPU.
 * A pending task is in no queue and costs nothing until it is woken.
 *
 * A poll that panics (sync/panic.h) ends its task: the future is dropped, its status is
 * STATUS_POISONED, and the worker goes on.  Polls must not block; they run on threads of
 * which there are few.
 *
 * With workers = 0 there are no threads: whoever calls async_executor_run(), or joins a
 * scope, polls everything, in the order of spawns and wakes.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  spawn and wake from any thread, tasks included; create, shutdown and destroy
 *           from outside.  With workers = 0, one thread at a time in run or join
 * Memory:   taken at create, and as deques grow up to queue_max; a task is its own
 *           struct.  The shared queue is a list through the tasks, at most tasks_max
 * Errors:   STATUS_NO_MEMORY, STATUS_LIMIT (tasks_max live tasks), STATUS_CLOSED (shut
 *           down), STATUS_TIMED_OUT
 * Source:   Chase-Lev deques; the count of searchers is Go's and Tokio's
 * Depends:  base, sync, async/task.h
 */
#ifndef ASYNC_EXECUTOR_H
#define ASYNC_EXECUTOR_H

#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "async/task.h"
#include "sync/panic.h"
#include "sync/wait.h"

enum {
    ASYNC_WORKERS_MAX = 32,
    ASYNC_TASKS_DEFAULT = 1 << 20,
    ASYNC_TASKS_MAX = 1 << 28,
    ASYNC_QUEUE_DEFAULT = 1 << 20,     /* items of a deque; it begins with 256 and grows */
    ASYNC_BUDGET_DEFAULT = 128,
    ASYNC_SPINS_DEFAULT = 100
};

/* Called on the thread that does it; NULL members are left out. */
struct async_hooks {
    void *context;
    void (*on_spawn)(void *context, const struct async_task *task);
    void (*on_poll)(void *context, const struct async_task *task, uint32_t worker);
    void (*on_done)(void *context, const struct async_task *task, uint32_t worker);
    void (*on_panic)(void *context, const struct async_task *task,
                     const struct sync_panic *panic);
    void (*on_steal)(void *context, uint32_t thief, uint32_t victim);
    void (*on_park)(void *context, uint32_t worker);
    void (*on_unpark)(void *context, uint32_t worker);
};

struct async_executor_options {
    uint32_t workers;       /* threads, at most ASYNC_WORKERS_MAX; 0: none */
    uint32_t tasks_max;     /* live tasks; 0: ASYNC_TASKS_DEFAULT */
    uint32_t queue_max;     /* items of a deque, rounded up to a power of two; 0: the default */
    uint32_t budget;        /* of a poll, see async_poll(); 0: ASYNC_BUDGET_DEFAULT */
    uint32_t spins;         /* looks round before sleep; 0: ASYNC_SPINS_DEFAULT */
    uint64_t seed;          /* of the order in which victims are tried */
    struct async_hooks hooks;
};

/* Threads are started here and nowhere else. */
MUST_CHECK enum status async_executor_create(const struct async_executor_options *options,
                                             struct async_executor **out_executor);

/* Shuts down and waits for every task, then ends the threads.  NULL is ignored. */
void async_executor_destroy(struct async_executor *executor);

/*
 * Have `future` polled until it is finished.  `task` is filled in here; both stay where
 * they are until the kind's release runs.  STATUS_LIMIT: tasks_max tasks are live, or up
 * to 64 fewer for each worker that holds places; STATUS_CLOSED: shut down.  O(1).
 */
MUST_CHECK enum status async_spawn(struct async_executor *executor, struct async_task *task,
                                   struct async_future *future);

/* Returns when no task is live; polls them itself when there are no workers. */
void async_executor_run(struct async_executor *executor);

/*
 * Poll `future` as a task and return when it is finished, with its status; STATUS_LIMIT
 * and STATUS_CLOSED as async_spawn().  Not from inside a task.
 */
MUST_CHECK enum status async_executor_complete(struct async_executor *executor,
                                               struct async_future *future);

/*
 * Refuse new tasks; those there are, queued, running or waiting, go on to their end.
 * STATUS_TIMED_OUT: some are left at the deadline; nothing is abandoned, and it may be
 * called again.
 */
MUST_CHECK enum status async_executor_shutdown(struct async_executor *executor,
                                               uint64_t deadline_ns);

/* Tasks spawned and not yet over; what workers hold in reserve counts, up to 64 each. */
uint32_t async_executor_live(const struct async_executor *executor);

/* What was done so far. */
struct async_counts {
    uint64_t polls;
    uint64_t steals;
    uint64_t parks;    /* a worker went to sleep */
};
void async_executor_counts(const struct async_executor *executor, struct async_counts *out_counts);

#endif
