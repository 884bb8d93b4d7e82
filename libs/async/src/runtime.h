/* runtime.h - what the files of the executor share. */
#ifndef ASYNC_RUNTIME_H
#define ASYNC_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "async/deque.h"
#include "async/executor.h"
#include "async/scope.h"
#include "async/task.h"
#include "async/timer.h"
#include "sync/atomic.h"
#include "sync/lock.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/park.h"
#include "sync/random.h"
#include "sync/thread.h"

/* The word of a task: what task.c says, and references. */
enum {
    TASK_ACTIVE = 1,      /* is in a queue, or is being polled */
    TASK_WOKEN = 2,       /* and was woken since */
    TASK_DONE = 4,
    TASK_FAILED = 8,      /* and its scope was told */
    TASK_REFERENCE = 16
};

/* Tasks in order of arrival, linked by `next`. */
struct queue {
    struct sync_lock lock;       /* of rank SYNC_RANK_EXECUTOR */
    struct async_task *first, *last;
    struct sync_u32 count;       /* written under the lock, looked at without */
};

struct worker {
    struct async_deque deque;
    struct async_executor *executor;
    uint32_t index;
    uint32_t tick;               /* polls, for what is done every so many */
    uint32_t credits;            /* places for tasks, taken from the executor's */
    bool is_searching;           /* is counted in executor->rest */
    bool is_keeper;              /* is the one who sleeps until the next timer */
    struct async_task *polling;  /* now; else NULL */
    struct async_scope *ended_scope;   /* of the children in `ended` */
    struct async_task *ended;    /* children that are over and not yet out of their scope */
    uint32_t ended_count;
    struct sync_sequence victims;
    struct sync_u64 polls, steals, parks;   /* written by the worker alone */
    struct sync_thread thread;
    _Alignas(CACHE_LINE_BYTES) struct sync_u32 signal;   /* what it sleeps on */
};

struct timers {
    struct sync_mutex lock;
    struct async_wheel wheel;
    struct sync_u64 next_ns;     /* written under the lock; at most the earliest deadline */
};

/* Somebody outside who waits until no task is live. */
struct waiter {
    struct sync_parker parker;
    struct waiter *next;
};

struct async_executor {
    struct async_hooks hooks;
    uint32_t worker_count;       /* at least 1 */
    uint32_t thread_count;       /* started */
    uint32_t tasks_max;
    uint32_t budget;
    uint32_t spins;
    bool is_inline;              /* no threads: worker 0 is whoever runs */
    struct worker *workers;

    /* Low half: `idle`, a bit a worker that sleeps or will.  High half: how many search. */
    _Alignas(CACHE_LINE_BYTES) struct sync_u64 rest;
    struct sync_u32 keeper;      /* worker + 1 that sleeps until the next timer; 0: nobody */
    struct sync_u32 is_stopping;
    struct sync_u32 nudge;       /* without threads: look at what you wait for */

    _Alignas(CACHE_LINE_BYTES) struct queue shared;

    _Alignas(CACHE_LINE_BYTES) struct sync_u32 credits;   /* places left */
    struct sync_u32 is_closed;
    struct sync_lock waiters_lock;
    struct waiter *waiters;

    struct timers timers;
};

/* ---- worker.c ---- */

/* The worker that the calling thread is, of that executor; or NULL. */
struct worker *worker_self(const struct async_executor *executor);

void worker_main(void *worker);

/* Worker 0 of an executor without threads: polls until is_over(argument), or the deadline. */
enum status worker_drive(struct async_executor *executor, bool (*is_over)(void *argument),
                         void *argument, uint64_t deadline_ns);

/* ---- schedule.c ---- */

/* Put an active task into a queue, and see that somebody looks. */
void schedule_task(struct async_executor *executor, struct async_task *task);

/* The same at the end: after all that could run now. */
void schedule_last(struct async_executor *executor, struct async_task *task);

/* Take the first of the shared queue, and a fair share of the rest into the worker's deque. */
struct async_task *schedule_take(struct worker *worker);

/* Whether any queue has a task. */
bool schedule_has_work(struct async_executor *executor);

/* ---- idle.c ---- */

/* After work was published: wake a worker, unless one looks for work or none sleeps. */
void idle_notify(struct async_executor *executor);

/* After the next deadline came nearer: wake whoever sleeps too long. */
void idle_tell_keeper(struct async_executor *executor);

/* Count as searching, and no more, with work in hand. */
void idle_search(struct worker *worker);
void idle_found(struct worker *worker);

/* Give up the role of timekeeper, before a poll. */
void idle_keep_no_more(struct worker *worker);

/* Sleep until woken or a deadline.  Returns at once when there is something to do. */
void idle_park(struct worker *worker, uint64_t deadline_ns);

/* Wake every worker that sleeps, after is_stopping was set. */
void idle_wake_all(struct async_executor *executor);

/* What worker_drive() waits for may have come: it looks again before it sleeps. */
void idle_nudge(struct async_executor *executor);

/* ---- task.c ---- */

/* Fill a task in, active, with one reference. */
void task_init(struct async_task *task, struct async_executor *executor,
               struct async_future *future);

/* Queue it for the first time. */
void task_begin(struct async_task *task);

/* Poll a task that was taken from a queue. */
void task_run(struct worker *worker, struct async_task *task);

/* The poll that the worker was in has panicked: the task is over, as failed. */
void task_panicked(struct worker *worker, const struct sync_panic *panic);

/* ---- live.c ---- */

/* A place for one more task; STATUS_LIMIT, STATUS_CLOSED. */
enum status live_begin(struct async_executor *executor);

/* Tasks are over: their places are free. */
void live_end(struct async_executor *executor, uint32_t count);

/* Give back the places that the worker holds in reserve. */
void live_flush(struct worker *worker);

/* Wait until no task is live: STATUS_OK, or STATUS_TIMED_OUT. */
enum status live_wait(struct async_executor *executor, uint64_t deadline_ns);

/* ---- timers.c ---- */

/* `timer` with its waker and deadline set; zeroed place. */
void timers_add(struct async_executor *executor, struct async_timer *timer,
                uint64_t deadline_ns);
/* Afterwards its waker is neither called nor being called. */
void timers_cancel(struct async_executor *executor, struct async_timer *timer);

/* Add it, or give it this waker when it is in. */
void timers_wait(struct async_executor *executor, struct async_timer *timer,
                 uint64_t deadline_ns, const struct sync_waker *waker);

/* Expire what is due. */
void timers_fire(struct async_executor *executor);

/* ---- scope.c ---- */

/* A child's poll has panicked. */
void scope_child_panicked(struct async_scope *scope, const struct async_task *task,
                          const struct sync_panic *panic);

/* A child's future is finished.  True: it failed. */
bool scope_child_done(struct async_scope *scope, const struct async_task *task);

/* A child is over: sooner or later take it from the scope, release it, end the join. */
void scope_child_over(struct async_scope *scope, struct async_task *task);

/* Do so now with all that the worker has left over. */
void scope_flush(struct worker *worker);

#endif
