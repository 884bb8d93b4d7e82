/*
 * async_bench.c - libs/async beside oneTBB's task_group, and its wheel beside a heap.
 *
 * A task adds 1 to a word of its own and ends.  One task spawns a million of them, one at
 * a time, and waits for all; both sides have two threads and nothing else to do.  Rounds
 * alternate; wall time, since the two are to run side by side, and CPU time beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "async/co.h"
#include "async/executor.h"
#include "async/scope.h"
#include "async/timer.h"
#include "async_peers.h"
#include "base/assert.h"
#include "base/attr.h"
#include "measure.h"
#include "sync/clock.h"
#include "sync/memory.h"
#include "sync/random.h"
#include "sync/thread.h"

enum { TASKS = 1000000, WORKERS = 2, ROUNDS = 15 };

static uint64_t results[TASKS];

static struct async_executor *executor_of(uint32_t workers) {
    struct async_executor *executor = NULL;
    struct async_executor_options options = { .workers = workers, .tasks_max = 2 * TASKS };
    ASSERT(async_executor_create(&options, &executor) == STATUS_OK);
    return executor;
}

/* ---- spawn and join ---- */

struct unit {
    struct async_task task;
    struct async_future future;
    uint64_t *result;
};

static struct unit *units;

static enum async_poll unit_poll(struct async_future *future, struct async_context *context) {
    (void)context;
    (*CONTAINER_OF(future, struct unit, future)->result)++;
    return async_finish(future, STATUS_OK);
}

static const struct async_kind unit_kind = { .name = "unit", .poll = unit_poll };

struct parent {
    struct async_future future;
    struct async_scope scope;
    struct async_join join;
};

static void spawn_all(struct async_scope *scope) {
    for (uint32_t i = 0; i < TASKS; i++) {
        struct unit *unit = &units[i];
        async_future_init(&unit->future, &unit_kind);
        unit->result = &results[i];
        ASSERT(async_scope_spawn(scope, &unit->task, &unit->future, i) == STATUS_OK);
    }
}

static enum async_poll parent_poll(struct async_future *future, struct async_context *context) {
    struct parent *parent = CONTAINER_OF(future, struct parent, future);
    CO_BEGIN(future);
    struct async_scope_options options = { .executor = context->executor,
                                           .max_children = TASKS };
    ASSERT(async_scope_open(&parent->scope, &options) == STATUS_OK);
    spawn_all(&parent->scope);
    async_join_init(&parent->join, &parent->scope);
    CO_AWAIT_OK(future, context, &parent->join.future);
    async_scope_close(&parent->scope);
    CO_END(future);
}

static const struct async_kind parent_kind = { .name = "parent", .poll = parent_poll };

static void run_ours(void *executor) {
    struct parent parent;
    async_future_init(&parent.future, &parent_kind);
    ASSERT(async_executor_complete(executor, &parent.future) == STATUS_OK);
}

static void run_tbb(void *unused) {
    (void)unused;
    async_tbb_spawn_and_join(TASKS, results);
}

static void spawn_and_join(void) {
    struct async_executor *executor = executor_of(WORKERS);
    struct measure_body bodies[2] = { { .run = run_ours, .context = executor },
                                      { .run = run_tbb } };
    async_tbb_start(WORKERS);
    units = sync_alloc(TASKS * sizeof(*units));
    ASSERT(units != NULL);
    measure(bodies, 2, ROUNDS, MEASURE_WALL, 0);
    measure_row("async: spawn + join 1e6, 2 workers", 1e3 * TASKS / bodies[0].median_ns,
                1e3 * TASKS / bodies[1].median_ns, "M/s", true, 1.0);
    measure(bodies, 2, ROUNDS, MEASURE_PROCESS_CPU, 0);
    measure_row("async: the same, CPU of a task", bodies[0].median_ns / TASKS,
                bodies[1].median_ns / TASKS, "ns", false, 1.0);
    for (int i = 0; i < TASKS; i++) {
        ASSERT(results[i] == 4 * ROUNDS + 4);
    }
    async_executor_destroy(executor);
    executor = executor_of(1);
    bodies[0].context = executor;
    measure(bodies, 1, ROUNDS, MEASURE_WALL, 0);
    measure_row("async: the same, 1 worker", 1e3 * TASKS / bodies[0].median_ns, 0, "M/s", true,
                0);
    async_executor_destroy(executor);
    sync_free(units);
}

/* ---- yields ---- */

enum { YIELDERS = 64, YIELDS = 20000 };

struct yielder {
    struct async_task task;
    struct async_future future;
    uint32_t left;
};

static enum async_poll yielder_poll(struct async_future *future, struct async_context *context) {
    struct yielder *yielder = CONTAINER_OF(future, struct yielder, future);
    CO_BEGIN(future);
    while (yielder->left > 0) {
        yielder->left--;
        CO_YIELD(future, context);
    }
    CO_END(future);
}

static const struct async_kind yielder_kind = { .name = "yielder", .poll = yielder_poll };

static void run_yields(void *executor) {
    static struct yielder yielders[YIELDERS];
    for (int i = 0; i < YIELDERS; i++) {
        yielders[i].left = YIELDS;
        async_future_init(&yielders[i].future, &yielder_kind);
        ASSERT(async_spawn(executor, &yielders[i].task, &yielders[i].future) == STATUS_OK);
    }
    async_executor_run(executor);
}

static void yields(uint32_t workers, const char *name) {
    struct async_executor *executor = executor_of(workers);
    struct measure_body body = { .run = run_yields, .context = executor };
    measure(&body, 1, ROUNDS, MEASURE_WALL, 0);
    measure_row(name, 1e3 * YIELDERS * YIELDS / body.median_ns, 0, "M/s", true, 0);
    async_executor_destroy(executor);
}

/* ---- a wake from outside ---- */

enum { WAKES = 2000 };

struct echo {
    struct async_task task;
    struct async_future future;
    struct sync_u32 asked, answered;
};

static enum async_poll echo_poll(struct async_future *future, struct async_context *context) {
    struct echo *echo = CONTAINER_OF(future, struct echo, future);
    (void)context;
    uint32_t asked = sync_u32_load(&echo->asked, SYNC_ACQUIRE);
    sync_u32_store(&echo->answered, asked, SYNC_RELEASE);
    return asked == UINT32_MAX ? async_finish(future, STATUS_OK) : ASYNC_PENDING;
}

static const struct async_kind echo_kind = { .name = "echo", .poll = echo_poll };

static void ask(struct echo *echo, uint32_t question) {
    sync_u32_store(&echo->asked, question, SYNC_RELEASE);
    async_task_wake(&echo->task);
    while (sync_u32_load(&echo->answered, SYNC_ACQUIRE) != question) {
        sync_spin_hint();
    }
}

/* Median nanoseconds from wake to answer; before each the worker rests for `rest_ns`. */
static double wake_ns(uint64_t rest_ns) {
    static double times[WAKES];
    struct async_executor *executor = executor_of(1);
    struct echo echo = { .asked = { 0 } };
    async_future_init(&echo.future, &echo_kind);
    ASSERT(async_spawn(executor, &echo.task, &echo.future) == STATUS_OK);
    for (uint32_t i = 0; i < WAKES; i++) {
        if (rest_ns > 0) {
            sync_sleep_ns(rest_ns);
        }
        uint64_t start = sync_clock_ns();
        ask(&echo, i + 1);
        times[i] = (double)(sync_clock_ns() - start);
    }
    ask(&echo, UINT32_MAX);
    async_executor_destroy(executor);
    return measure_median(times, WAKES);
}

/* ---- timers ---- */

enum { TIMERS = 100000 };

static uint64_t deadlines[TIMERS];
static uint64_t order_ours, order_theirs;

static void set_all(struct async_wheel *wheel, struct async_timer *timers) {
    async_wheel_init(wheel, 0);
    for (int i = 0; i < TIMERS; i++) {
        timers[i].place = 0;
        async_wheel_add(wheel, &timers[i], deadlines[i]);
    }
}

static void run_expiries(void *timers) {
    struct async_wheel wheel;
    set_all(&wheel, timers);
    order_ours = 0;
    for (uint64_t at = 1; at <= TIMERS; at++) {
        struct async_timer *timer = async_wheel_expire(&wheel, async_wheel_next_ns(&wheel));
        ASSERT(timer != NULL);
        order_ours += at * timer->number;
    }
}

static void run_cancels(void *timers) {
    struct async_wheel wheel;
    set_all(&wheel, timers);
    for (int i = 0; i < TIMERS; i++) {
        ASSERT(async_wheel_cancel(&wheel, (struct async_timer *)timers + i));
    }
}

static void run_heap(void *unused) {
    (void)unused;
    order_theirs = async_heap_expire(deadlines, TIMERS);
}

static void run_tree(void *unused) {
    (void)unused;
    ASSERT(async_tree_cancel(deadlines, TIMERS) == TIMERS);
}

/* Deadlines within a minute, at random. */
static void timers(void) {
    static struct async_timer all[TIMERS];
    struct sync_sequence random = { .state = 1 };
    for (int i = 0; i < TIMERS; i++) {
        deadlines[i] = sync_sequence_below(&random, 60000000000);
    }
    struct measure_body bodies[4] = { { .run = run_expiries, .context = all },
                                      { .run = run_heap },
                                      { .run = run_cancels, .context = all },
                                      { .run = run_tree } };
    measure(bodies, 4, ROUNDS, MEASURE_THREAD_CPU, 0);
    ASSERT(order_ours == order_theirs);
    measure_row("async: timers set and expired, beside a heap", 1e3 * TIMERS / bodies[0].median_ns,
                1e3 * TIMERS / bodies[1].median_ns, "M/s", true, 0);
    measure_row("async: timers set and cancelled, beside a tree",
                1e3 * TIMERS / bodies[2].median_ns, 1e3 * TIMERS / bodies[3].median_ns, "M/s",
                true, 0);
}

int main(void) {
    spawn_and_join();
    yields(1, "async: yields, 64 tasks, 1 worker");
    yields(2, "async: yields, 64 tasks, 2 workers");
    measure_row("async: wake to poll, worker awake", wake_ns(0), 0, "ns", false, 0);
    measure_row("async: wake to poll, worker asleep", wake_ns(300000), 0, "ns", false, 0);
    timers();
    return 0;
}
