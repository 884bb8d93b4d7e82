/*
 * scope.c - async/scope.h.
 *
 * The lock guards everything.  A child is in the list from its spawn until it is over; a
 * failed one then moves to the other list, kept by a reference, until close.
 *
 * The one who takes the last child out calls the waiter with the lock held and touches
 * the scope no more after giving it back: the owner takes the lock before it believes
 * that the scope is empty.
 */
#include "async/scope.h"

#include "base/assert.h"
#include "runtime.h"

enum { GATHER_MAX = 32, GATHER_FROM = 1024 };   /* children over at once; of max_children */

enum status async_scope_open(struct async_scope *scope,
                             const struct async_scope_options *options) {
    ASSERT(options->executor != NULL && options->max_children >= 1);
    *scope = (struct async_scope){ .executor = options->executor,
                                   .max_children = options->max_children,
                                   .out_panic = options->out_panic,
                                   .keeps_going = options->keeps_going };
    return sync_cancel_create(options->parent, &scope->token);
}

struct sync_cancel *async_scope_token(const struct async_scope *scope) {
    return scope->token;
}

void async_scope_cancel(struct async_scope *scope) {
    sync_cancel_fire(scope->token);
}

void async_scope_defer(struct async_scope *scope, struct async_cleanup *cleanup,
                       void (*run)(void *argument), void *argument) {
    cleanup->run = run;
    cleanup->argument = argument;
    sync_lock_acquire(&scope->lock);
    ASSERT(!scope->is_over);
    cleanup->older = scope->cleanups;
    scope->cleanups = cleanup;
    sync_lock_release(&scope->lock);
}

/* ---- children ---- */

/* With the lock held. */
static void link_child(struct async_scope *scope, struct async_task *task) {
    task->newer = NULL;
    task->older = scope->newest;
    if (task->older != NULL) {
        task->older->newer = task;
    }
    scope->newest = task;
    task->number = scope->spawned++;
    scope->live++;
}

static void unlink_child(struct async_scope *scope, struct async_task *task) {
    if (task->newer != NULL) {
        task->newer->older = task->older;
    } else {
        scope->newest = task->older;
    }
    if (task->older != NULL) {
        task->older->newer = task->newer;
    }
}

static enum status admit(struct async_scope *scope, struct async_task *task) {
    enum status status = STATUS_OK;
    sync_lock_acquire(&scope->lock);
    ASSERT(!scope->is_over);
    if (scope->live == scope->max_children) {
        status = STATUS_LIMIT;
    } else {
        link_child(scope, task);
    }
    sync_lock_release(&scope->lock);
    return status;
}

enum status async_scope_spawn(struct async_scope *scope, struct async_task *task,
                              struct async_future *future, uint64_t order) {
    if (sync_cancel_is_fired(scope->token)) {
        return STATUS_CANCELLED;
    }
    enum status status = live_begin(scope->executor);
    if (status != STATUS_OK) {
        return status;
    }
    task_init(task, scope->executor, future);
    task->scope = scope;
    task->order = order;
    status = admit(scope, task);
    struct worker *worker = status != STATUS_OK ? worker_self(scope->executor) : NULL;
    if (worker != NULL && worker->ended != NULL && worker->ended_scope == scope) {
        scope_flush(worker);   /* some of those that count are over */
        status = admit(scope, task);
    }
    if (status != STATUS_OK) {
        live_end(scope->executor, 1);
        return status;
    }
    task_begin(task);
    return STATUS_OK;
}

void scope_child_panicked(struct async_scope *scope, const struct async_task *task,
                          const struct sync_panic *panic) {
    sync_lock_acquire(&scope->lock);
    bool is_first = !scope->has_panicked || task->order < scope->panic_order ||
                    (task->order == scope->panic_order && task->number < scope->panic_number);
    if (is_first && scope->out_panic != NULL) {
        *scope->out_panic = *panic;
    }
    if (is_first) {
        scope->has_panicked = true;
        scope->panic_order = task->order;
        scope->panic_number = task->number;
    }
    sync_lock_release(&scope->lock);
}

bool scope_child_done(struct async_scope *scope, const struct async_task *task) {
    enum status status = task->future->status;
    bool obeyed = status == STATUS_CANCELLED && sync_cancel_is_fired(scope->token);
    bool has_failed = status != STATUS_OK && !obeyed;
    if (has_failed && !scope->keeps_going) {
        sync_cancel_fire(scope->token);
    }
    return has_failed;
}

/* With the lock held. */
static bool has_failed(const struct async_task *task) {
    return (sync_u32_load(&task->state, SYNC_RELAXED) & TASK_FAILED) != 0;
}

/* With the lock held: out of the list of children; true when it is to be released. */
static bool take_out(struct async_scope *scope, struct async_task *task) {
    unlink_child(scope, task);
    if (has_failed(task)) {
        task->older = scope->failed;
        scope->failed = task;
        scope->failed_count++;
        return false;
    }
    scope->has_obeyed |= task->future->status == STATUS_CANCELLED;
    return task->future->kind->release != NULL;
}

/* `children`, linked by `next`, are over. */
static void take_all_out(struct async_scope *scope, struct async_task *children,
                         uint32_t count) {
    struct async_task *to_release = NULL;
    sync_lock_acquire(&scope->lock);
    for (struct async_task *task = children; task != NULL;) {
        struct async_task *next = task->next;
        if (take_out(scope, task)) {
            task->next = to_release;
            to_release = task;
        }
        task = next;
    }
    if (to_release != NULL) {
        sync_lock_release(&scope->lock);
        while (to_release != NULL) {
            struct async_task *task = to_release;
            to_release = task->next;
            task->future->kind->release(task->future);
        }
        sync_lock_acquire(&scope->lock);
    }
    scope->live -= count;
    if (scope->live == 0 && scope->has_waiter) {
        scope->has_waiter = false;
        sync_waker_wake(&scope->waiter);
    }
    sync_lock_release(&scope->lock);
}

void scope_flush(struct worker *worker) {
    struct async_task *ended = worker->ended;
    if (ended != NULL) {
        uint32_t count = worker->ended_count;
        struct async_scope *scope = worker->ended_scope;
        worker->ended = NULL;   /* first: a release may end other tasks */
        worker->ended_count = 0;
        take_all_out(scope, ended, count);
        live_end(worker->executor, count);
    }
}

/*
 * In a scope for many, a worker lets children gather that are over, and takes the lock
 * once for all.  It does so at the latest before it polls a task of another scope, looks
 * for work elsewhere or sleeps; so only children of the same scope can delay a join, which
 * waits for them anyway.
 */
void scope_child_over(struct async_scope *scope, struct async_task *task) {
    struct worker *worker = worker_self(scope->executor);
    if (worker == NULL || worker->executor->is_inline || scope->max_children < GATHER_FROM) {
        struct async_executor *executor = scope->executor;
        task->next = NULL;
        take_all_out(scope, task, 1);
        live_end(executor, 1);
        return;
    }
    if (worker->ended_scope != scope) {
        scope_flush(worker);
    }
    worker->ended_scope = scope;
    task->next = worker->ended;
    worker->ended = task;
    worker->ended_count++;
    if (worker->ended_count == GATHER_MAX) {
        scope_flush(worker);
    }
}

/* ---- the end ---- */

static bool is_before(const struct async_task *a, const struct async_task *b) {
    return a->order != b->order ? a->order < b->order : a->number < b->number;
}

static struct async_task *merge(struct async_task *a, struct async_task *b) {
    struct async_task *first = NULL;
    struct async_task **end = &first;
    while (a != NULL && b != NULL) {
        struct async_task **least = is_before(b, a) ? &b : &a;
        *end = *least;
        *least = (*least)->older;
        end = &(*end)->older;
    }
    *end = a != NULL ? a : b;
    return first;
}

/* By order, then by spawn. */
static struct async_task *sort(struct async_task *list) {
    struct async_task *runs[32] = { NULL };   /* runs[i] has 2^i of them */
    while (list != NULL) {
        struct async_task *run = list;
        list = list->older;
        run->older = NULL;
        int i = 0;
        for (; runs[i] != NULL; i++) {
            run = merge(runs[i], run);
            runs[i] = NULL;
        }
        runs[i] = run;
    }
    struct async_task *sorted = NULL;
    for (int i = 0; i < 32; i++) {
        sorted = runs[i] != NULL ? merge(runs[i], sorted) : sorted;
    }
    return sorted;
}

static void clean_up(struct async_scope *scope) {
    while (scope->cleanups != NULL) {
        struct async_cleanup *cleanup = scope->cleanups;
        scope->cleanups = cleanup->older;
        cleanup->run(cleanup->argument);   /* may end its memory */
    }
}

/* No child is left: the first time, sort the failures and clean up.  Gives the result. */
static enum status conclude(struct async_scope *scope) {
    sync_lock_acquire(&scope->lock);
    ASSERT(scope->live == 0);
    bool is_first = !scope->is_over;
    scope->is_over = true;
    sync_lock_release(&scope->lock);
    if (is_first) {
        scope->failed = sort(scope->failed);
        clean_up(scope);
    }
    if (scope->failed != NULL) {
        return scope->failed->future->status;
    }
    return scope->has_obeyed ? STATUS_CANCELLED : STATUS_OK;
}

/* Whether no child is left; else the waker will be called when that is so. */
static bool wait_for_end(struct async_scope *scope, const struct sync_waker *waker) {
    sync_lock_acquire(&scope->lock);
    bool is_empty = scope->live == 0;
    scope->has_waiter = !is_empty;
    scope->waiter = *waker;
    sync_lock_release(&scope->lock);
    return is_empty;
}

/* The waker is not called any more. */
static void wait_no_more(struct async_scope *scope) {
    sync_lock_acquire(&scope->lock);
    scope->has_waiter = false;
    sync_lock_release(&scope->lock);
}

static void nudge(void *executor) {
    idle_nudge(executor);
}

static bool is_empty(void *argument) {
    struct async_scope *scope = argument;
    struct sync_waker waker = { .wake = nudge, .self = scope->executor };
    return wait_for_end(scope, &waker);
}

enum status async_scope_join(struct async_scope *scope, uint64_t deadline_ns) {
    ASSERT(worker_self(scope->executor) == NULL);
    struct sync_parker parker = { .token = { 0 } };
    struct sync_waker waker = sync_parker_waker(&parker);
    enum status status = STATUS_OK;
    if (scope->executor->is_inline) {
        status = worker_drive(scope->executor, is_empty, scope, deadline_ns);
    } else {
        while (status == STATUS_OK && !wait_for_end(scope, &waker)) {
            status = sync_parker_park(&parker, deadline_ns);
        }
    }
    if (status == STATUS_OK) {
        return conclude(scope);
    }
    wait_no_more(scope);
    return status;
}

static enum async_poll join_poll(struct async_future *future, struct async_context *context) {
    struct async_join *join = CONTAINER_OF(future, struct async_join, future);
    if (!wait_for_end(join->scope, &context->waker)) {
        return ASYNC_PENDING;
    }
    return async_finish(future, conclude(join->scope));
}

static void join_drop(struct async_future *future) {
    wait_no_more(CONTAINER_OF(future, struct async_join, future)->scope);
}

static const struct async_kind join_kind = { .name = "join", .poll = join_poll,
                                             .drop = join_drop };

void async_join_init(struct async_join *join, struct async_scope *scope) {
    async_future_init(&join->future, &join_kind);
    join->scope = scope;
}

void async_scope_close(struct async_scope *scope) {
    ASSERT(scope->is_over);
    while (scope->failed != NULL) {
        struct async_task *task = scope->failed;
        scope->failed = task->older;
        if (task->future->kind->release != NULL) {
            task->future->kind->release(task->future);
        }
    }
    sync_cancel_release(scope->token);
    scope->token = NULL;
}

/* ---- reports ---- */

struct async_task *async_scope_failure(const struct async_scope *scope,
                                       const struct async_task *after) {
    ASSERT(scope->is_over);
    return after != NULL ? after->older : scope->failed;
}

uint32_t async_scope_failure_count(const struct async_scope *scope) {
    ASSERT(scope->is_over);
    return scope->failed_count;
}

/* Put it where it belongs among the lowest `count` so far, of at most `room`. */
static uint32_t note_running(struct async_running *running, uint32_t count, uint32_t room,
                             const struct async_task *task) {
    uint32_t at = count < room ? count : room;
    while (at > 0 && (running[at - 1].order > task->order ||
                      (running[at - 1].order == task->order &&
                       running[at - 1].number > task->number))) {
        if (at < room) {
            running[at] = running[at - 1];
        }
        at--;
    }
    if (at < room) {
        running[at] = (struct async_running){ .name = task->future->kind->name,
                                              .order = task->order, .number = task->number };
    }
    return count + 1;
}

uint32_t async_scope_running(struct async_scope *scope, struct async_running *out_running,
                             uint32_t room) {
    uint32_t count = 0;
    sync_lock_acquire(&scope->lock);
    for (const struct async_task *task = scope->newest; task != NULL; task = task->older) {
        if (!async_task_is_done(task)) {
            count = note_running(out_running, count, room, task);
        }
    }
    sync_lock_release(&scope->lock);
    return count;
}

enum status async_executor_complete(struct async_executor *executor,
                                    struct async_future *future) {
    struct async_scope scope;
    struct async_task task;
    enum status status = async_scope_open(
        &scope, &(struct async_scope_options){ .executor = executor, .max_children = 1 });
    if (status != STATUS_OK) {
        return status;
    }
    enum status begun = async_scope_spawn(&scope, &task, future, 0);
    status = async_scope_join(&scope, SYNC_NO_DEADLINE);
    async_scope_close(&scope);
    return begun != STATUS_OK ? begun : status;
}
