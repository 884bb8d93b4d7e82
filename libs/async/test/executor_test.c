/* executor_test.c - tasks on workers: every task is polled to its end, and no more often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "async/co.h"
#include "async/executor.h"
#include "base/attr.h"
#include "sync/clock.h"
#include "sync/fault.h"
#include "sync/lock.h"
#include "sync/memory.h"
#include "sync/thread.h"
#include "unit.h"

static const uint32_t worker_counts[] = WORKER_COUNTS;

static const struct async_kind unit_kind = UNIT_KIND;

enum { UNITS = 10000 };
static struct unit units[UNITS];

static void spawn_units(struct async_executor *executor, uint32_t count) {
    memset(units, 0, sizeof(units));
    for (uint32_t i = 0; i < count; i++) {
        async_future_init(&units[i].future, &unit_kind);
        assert_int_equal(STATUS_OK, async_spawn(executor, &units[i].task, &units[i].future));
    }
}

static void every_task_is_polled_once_at_any_number_of_workers(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        spawn_units(executor, UNITS);
        async_executor_run(executor);
        for (int i = 0; i < UNITS; i++) {
            assert_int_equal(1, units[i].polled);
            assert_true(async_task_is_done(&units[i].task));
        }
        assert_int_equal(UNITS, polls_of(executor));
        assert_int_equal(0, async_executor_live(executor));
        async_executor_destroy(executor);
    }
}

static void exec_returns_when_empty(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        async_executor_run(executor);
        spawn_units(executor, 1);
        async_executor_run(executor);
        async_executor_run(executor);
        assert_int_equal(1, polls_of(executor));
        async_executor_destroy(executor);
    }
}

/* ---- order without workers ---- */

static uint32_t order_seen[16];
static uint32_t order_count;

struct numbered {
    struct async_task task;
    struct async_future future;
    uint32_t number;
    uint32_t yields;
};

static enum async_poll numbered_poll(struct async_future *future, struct async_context *context) {
    struct numbered *numbered = CONTAINER_OF(future, struct numbered, future);
    CO_BEGIN(future);
    order_seen[order_count++] = numbered->number;
    while (numbered->yields > 0) {
        numbered->yields--;
        CO_YIELD(future, context);
        order_seen[order_count++] = numbered->number;
    }
    CO_END(future);
}

static const struct async_kind numbered_kind = { .name = "numbered", .poll = numbered_poll };

static void without_workers_tasks_run_in_the_order_of_spawns_and_wakes(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct numbered tasks[4];
    order_count = 0;
    for (uint32_t i = 0; i < 4; i++) {
        tasks[i] = (struct numbered){ .number = i, .yields = i };
        async_future_init(&tasks[i].future, &numbered_kind);
        assert_int_equal(STATUS_OK, async_spawn(executor, &tasks[i].task, &tasks[i].future));
    }
    assert_int_equal(0, order_count);
    async_executor_run(executor);
    static const uint32_t expected[] = { 0, 1, 2, 3, 1, 2, 3, 2, 3, 3 };
    assert_int_equal(COUNT_OF(expected), order_count);
    assert_memory_equal(expected, order_seen, sizeof(expected));
    async_executor_destroy(executor);
}

/* ---- waiting ---- */

/* A gate: tasks wait until it opens. */
enum { WAITERS = 10000 };
static struct gate {
    struct sync_lock lock;
    bool is_open;
    struct sync_waker wakers[WAITERS];
    uint32_t count;
} gate;

struct visitor {
    struct async_task task;
    struct async_future future;
    uint32_t polled;
};
static struct visitor visitors[WAITERS];

static enum async_poll visitor_poll(struct async_future *future, struct async_context *context) {
    struct visitor *visitor = CONTAINER_OF(future, struct visitor, future);
    visitor->polled++;
    sync_lock_acquire(&gate.lock);
    bool is_open = gate.is_open;
    if (!is_open) {
        gate.wakers[gate.count++] = context->waker;
    }
    sync_lock_release(&gate.lock);
    return is_open ? async_finish(future, STATUS_OK) : ASYNC_PENDING;
}

static const struct async_kind visitor_kind = { .name = "visitor", .poll = visitor_poll };

static void gate_close(void) {
    memset(&gate, 0, sizeof(gate));
    memset(visitors, 0, sizeof(visitors));
}

static void gate_open(void) {
    sync_lock_acquire(&gate.lock);
    gate.is_open = true;
    for (uint32_t i = 0; i < gate.count; i++) {
        sync_waker_wake(&gate.wakers[i]);
    }
    sync_lock_release(&gate.lock);
}

static uint32_t gate_count(void) {
    sync_lock_acquire(&gate.lock);
    uint32_t count = gate.count;
    sync_lock_release(&gate.lock);
    return count;
}

static void ten_thousand_tasks_wait_in_no_memory_but_their_own(void **state) {
    (void)state;
    for (size_t row = 1; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        uint64_t before = sync_memory_live();
        gate_close();
        for (int i = 0; i < WAITERS; i++) {
            async_future_init(&visitors[i].future, &visitor_kind);
            assert_int_equal(STATUS_OK,
                             async_spawn(executor, &visitors[i].task, &visitors[i].future));
        }
        while (gate_count() < WAITERS) {
            sync_thread_yield();
        }
        /* Deques may have grown; a task is its struct. */
        assert_true(sync_memory_live() - before <= 8 * worker_counts[row]);
        gate_open();
        async_executor_run(executor);
        for (int i = 0; i < WAITERS; i++) {
            assert_int_equal(2, visitors[i].polled);
        }
        assert_int_equal(2 * WAITERS, polls_of(executor));
        async_executor_destroy(executor);
    }
}

static void pending_tasks_are_polled_after_a_wake_and_not_before(void **state) {
    (void)state;
    for (size_t row = 1; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        gate_close();
        for (int i = 0; i < 100; i++) {
            async_future_init(&visitors[i].future, &visitor_kind);
            assert_int_equal(STATUS_OK,
                             async_spawn(executor, &visitors[i].task, &visitors[i].future));
        }
        while (gate_count() < 100) {
            sync_thread_yield();
        }
        uint64_t cpu = sync_process_cpu_ns();
        sync_sleep_ns(30 * MS);
        cpu = sync_process_cpu_ns() - cpu;
        assert_int_equal(100, polls_of(executor));
        assert_true(cpu < 15 * MS);   /* no idle burn: workers sleep */
        gate_open();
        async_executor_run(executor);
        assert_int_equal(200, polls_of(executor));
        async_executor_destroy(executor);
    }
}

/* ---- fairness ---- */

struct greedy {
    struct async_task task;
    struct async_future future;
    struct unit child;
    uint32_t left, polled;
};

static enum async_poll greedy_poll(struct async_future *future, struct async_context *context) {
    struct greedy *greedy = CONTAINER_OF(future, struct greedy, future);
    CO_BEGIN(future);
    while (greedy->left > 0) {
        greedy->left--;
        async_future_init(&greedy->child.future, &unit_kind);
        CO_AWAIT(future, context, &greedy->child.future);
    }
    CO_END(future);
}

static enum async_poll counted_greedy_poll(struct async_future *future,
                                           struct async_context *context) {
    CONTAINER_OF(future, struct greedy, future)->polled++;
    return greedy_poll(future, context);
}

static const struct async_kind greedy_kind = { .name = "greedy", .poll = counted_greedy_poll };

static void coop_budget_yields(void **state) {
    (void)state;
    struct async_executor *executor = NULL;
    struct async_executor_options options = { .workers = 0, .budget = 10 };
    assert_int_equal(STATUS_OK, async_executor_create(&options, &executor));
    struct greedy greedy = { .left = 105 };
    struct numbered other = { .number = 1, .yields = 5 };
    async_future_init(&greedy.future, &greedy_kind);
    async_future_init(&other.future, &numbered_kind);
    order_count = 0;
    assert_int_equal(STATUS_OK, async_spawn(executor, &greedy.task, &greedy.future));
    assert_int_equal(STATUS_OK, async_spawn(executor, &other.task, &other.future));
    async_executor_run(executor);
    assert_int_equal(105, greedy.child.polled);
    assert_int_equal(11, greedy.polled);   /* ten awaits a poll */
    assert_int_equal(11 + 6, polls_of(executor));
    async_executor_destroy(executor);
}

/* Two tasks that wake each other for ever must not starve a third. */
struct pair {
    struct async_task task;
    struct async_future future;
    struct pair *other;
};
static struct sync_u32 pair_stop;

static enum async_poll pair_poll(struct async_future *future, struct async_context *context) {
    struct pair *pair = CONTAINER_OF(future, struct pair, future);
    (void)context;
    bool is_last = sync_u32_load(&pair_stop, SYNC_SEQ_CST) != 0;
    async_task_wake(&pair->other->task);
    return is_last ? async_finish(future, STATUS_OK) : ASYNC_PENDING;
}

static const struct async_kind pair_kind = { .name = "pair", .poll = pair_poll };

static enum async_poll stopper_poll(struct async_future *future, struct async_context *context) {
    (void)context;
    sync_u32_store(&pair_stop, 1, SYNC_SEQ_CST);
    return async_finish(future, STATUS_OK);
}

static const struct async_kind stopper_kind = { .name = "stopper", .poll = stopper_poll };

struct opener {
    struct async_task task;
    struct async_future future;
    struct pair pairs[2];
    struct unit last;
};

/* Spawns from a worker, so that all three lie in its deque, the stopper as the oldest. */
static enum async_poll opener_poll(struct async_future *future, struct async_context *context) {
    struct opener *opener = CONTAINER_OF(future, struct opener, future);
    async_future_init(&opener->last.future, &stopper_kind);
    assert_int_equal(STATUS_OK, async_spawn(context->executor, &opener->last.task,
                                            &opener->last.future));
    for (int i = 0; i < 2; i++) {
        opener->pairs[i] = (struct pair){ .other = &opener->pairs[1 - i] };
        async_future_init(&opener->pairs[i].future, &pair_kind);
        assert_int_equal(STATUS_OK, async_spawn(context->executor, &opener->pairs[i].task,
                                                &opener->pairs[i].future));
    }
    return async_finish(future, STATUS_OK);
}

static const struct async_kind opener_kind = { .name = "opener", .poll = opener_poll };

static void tasks_that_wake_each_other_starve_nobody(void **state) {
    (void)state;
    for (uint32_t workers = 0; workers <= 2; workers++) {
        struct async_executor *executor = executor_of(workers);
        struct opener opener;
        sync_u32_store(&pair_stop, 0, SYNC_SEQ_CST);
        async_future_init(&opener.future, &opener_kind);
        assert_int_equal(STATUS_OK, async_spawn(executor, &opener.task, &opener.future));
        async_executor_run(executor);
        assert_true(polls_of(executor) < 1000 || workers > 1);
        async_executor_destroy(executor);
    }
}

/* ---- trees of tasks: spawning from tasks, stealing, overflow of the deque ---- */

struct node {
    struct async_task task;
    struct async_future future;
    uint32_t index;
};

enum { NODES = 1 << 15 };
static struct node nodes[NODES];
static struct sync_u32 node_polls;

static const struct async_kind node_kind;

static void node_spawn(struct async_executor *executor, uint32_t index) {
    nodes[index].index = index;
    async_future_init(&nodes[index].future, &node_kind);
    assert_int_equal(STATUS_OK, async_spawn(executor, &nodes[index].task, &nodes[index].future));
}

/* A heap's shape: node i has the children 2i and 2i + 1. */
static enum async_poll node_poll(struct async_future *future, struct async_context *context) {
    uint32_t index = CONTAINER_OF(future, struct node, future)->index;
    sync_u32_add(&node_polls, 1, SYNC_RELAXED);
    if (2 * index < NODES) {
        node_spawn(context->executor, 2 * index);
        node_spawn(context->executor, 2 * index + 1);
    }
    return async_finish(future, STATUS_OK);
}

static const struct async_kind node_kind = { .name = "node", .poll = node_poll };

static void tasks_spawn_tasks_and_thieves_share_them(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        for (uint32_t queue_max = 2; queue_max <= 4096; queue_max *= 2048) {
            struct async_executor *executor = NULL;
            struct async_executor_options options = { .workers = worker_counts[row],
                                                      .queue_max = queue_max };
            assert_int_equal(STATUS_OK, async_executor_create(&options, &executor));
            sync_u32_store(&node_polls, 0, SYNC_RELAXED);
            node_spawn(executor, 1);
            async_executor_run(executor);
            assert_int_equal(NODES - 1, sync_u32_load(&node_polls, SYNC_RELAXED));
            async_executor_destroy(executor);
        }
    }
}

static void steal_shutdown_drains(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        spawn_units(executor, UNITS);
        assert_int_equal(STATUS_OK, async_executor_shutdown(executor, SYNC_NO_DEADLINE));
        for (int i = 0; i < UNITS; i++) {
            assert_int_equal(1, units[i].polled);
        }
        struct unit late = { .polled = 0 };
        async_future_init(&late.future, &unit_kind);
        assert_int_equal(STATUS_CLOSED, async_spawn(executor, &late.task, &late.future));
        assert_int_equal(0, async_executor_live(executor));
        async_executor_destroy(executor);
    }
}

static void the_number_of_live_tasks_is_bounded(void **state) {
    (void)state;
    struct async_executor *executor = NULL;
    struct async_executor_options options = { .workers = 0, .tasks_max = 100 };
    assert_int_equal(STATUS_OK, async_executor_create(&options, &executor));
    spawn_units(executor, 100);
    struct unit extra = { .polled = 0 };
    async_future_init(&extra.future, &unit_kind);
    assert_int_equal(STATUS_LIMIT, async_spawn(executor, &extra.task, &extra.future));
    async_executor_run(executor);
    assert_int_equal(STATUS_OK, async_spawn(executor, &extra.task, &extra.future));
    async_executor_run(executor);
    assert_int_equal(1, extra.polled);
    async_executor_destroy(executor);
    options.workers = ASYNC_WORKERS_MAX + 1;
    assert_int_equal(STATUS_LIMIT, async_executor_create(&options, &executor));
    assert_null(executor);
}

/* ---- hooks ---- */

static struct { struct sync_u32 spawns, polls, ends, steals, parks, unparks; } seen;

static void see_spawn(void *context, const struct async_task *task) {
    (void)task;
    assert_ptr_equal(&seen, context);
    sync_u32_add(&seen.spawns, 1, SYNC_RELAXED);
}

static void see_poll(void *context, const struct async_task *task, uint32_t worker) {
    (void)context;
    (void)worker;
    assert_non_null(task->future->kind->name);
    sync_u32_add(&seen.polls, 1, SYNC_RELAXED);
}

static void see_done(void *context, const struct async_task *task, uint32_t worker) {
    (void)context;
    (void)worker;
    assert_true(async_is_finished(task->future));
    sync_u32_add(&seen.ends, 1, SYNC_RELAXED);
}

static void see_steal(void *context, uint32_t thief, uint32_t victim) {
    (void)context;
    assert_true(thief != victim && thief < 2 && victim < 2);
    sync_u32_add(&seen.steals, 1, SYNC_RELAXED);
}

static void see_park(void *context, uint32_t worker) {
    (void)context;
    (void)worker;
    sync_u32_add(&seen.parks, 1, SYNC_RELAXED);
}

static void see_unpark(void *context, uint32_t worker) {
    (void)context;
    (void)worker;
    sync_u32_add(&seen.unparks, 1, SYNC_RELAXED);
}

static void hooks_see_what_happens(void **state) {
    (void)state;
    struct async_executor *executor = NULL;
    struct async_executor_options options = {
        .workers = 2,
        .hooks = { .context = &seen, .on_spawn = see_spawn, .on_poll = see_poll,
                   .on_done = see_done, .on_steal = see_steal, .on_park = see_park,
                   .on_unpark = see_unpark }
    };
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(STATUS_OK, async_executor_create(&options, &executor));
    node_spawn(executor, 1);
    async_executor_run(executor);
    struct async_counts counts;
    async_executor_counts(executor, &counts);
    async_executor_destroy(executor);
    assert_int_equal(NODES - 1, sync_u32_load(&seen.spawns, SYNC_RELAXED));
    assert_int_equal(NODES - 1, sync_u32_load(&seen.polls, SYNC_RELAXED));
    assert_int_equal(NODES - 1, counts.polls);
    assert_int_equal(NODES - 1, sync_u32_load(&seen.ends, SYNC_RELAXED));
    assert_int_equal(counts.steals, sync_u32_load(&seen.steals, SYNC_RELAXED));
    assert_int_equal(sync_u32_load(&seen.parks, SYNC_RELAXED),
                     sync_u32_load(&seen.unparks, SYNC_RELAXED));
}

static void every_allocation_that_fails_is_a_status(void **state) {
    (void)state;
    uint64_t before = sync_memory_live();
    for (uint32_t workers = 0; workers <= 2; workers++) {
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            struct async_executor *executor = NULL;
            struct async_executor_options options = { .workers = workers };
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = async_executor_create(&options, &executor);
            was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
            async_executor_destroy(executor);
            assert_int_equal(before, sync_memory_live());
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_is_polled_once_at_any_number_of_workers),
        cmocka_unit_test(exec_returns_when_empty),
        cmocka_unit_test(without_workers_tasks_run_in_the_order_of_spawns_and_wakes),
        cmocka_unit_test(ten_thousand_tasks_wait_in_no_memory_but_their_own),
        cmocka_unit_test(pending_tasks_are_polled_after_a_wake_and_not_before),
        cmocka_unit_test(coop_budget_yields),
        cmocka_unit_test(tasks_that_wake_each_other_starve_nobody),
        cmocka_unit_test(tasks_spawn_tasks_and_thieves_share_them),
        cmocka_unit_test(steal_shutdown_drains),
        cmocka_unit_test(the_number_of_live_tasks_is_bounded),
        cmocka_unit_test(hooks_see_what_happens),
        cmocka_unit_test(every_allocation_that_fails_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
