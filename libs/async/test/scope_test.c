/* scope_test.c - children never outlive their scope; cancellation down, failure up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "async/cancel_after.h"
#include "async/co.h"
#include "async/executor.h"
#include "async/scope.h"
#include "async/timer.h"
#include "base/attr.h"
#include "sync/clock.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/random.h"
#include "sync/thread.h"
#include "unit.h"

static const uint32_t worker_counts[] = WORKER_COUNTS;

static void open_scope(struct async_scope *scope, struct async_executor *executor,
                       struct sync_cancel *parent, bool keeps_going) {
    assert_int_equal(STATUS_OK, async_scope_open(scope, &(struct async_scope_options){
                                                            .executor = executor,
                                                            .parent = parent,
                                                            .max_children = 1 << 20,
                                                            .keeps_going = keeps_going }));
}

/* A child that yields, sleeps when it has a deadline, and ends with a status. */
struct child {
    struct async_task task;
    struct async_future future;
    struct async_sleep sleep;
    struct sync_cancel *token;
    uint64_t deadline_ns;
    uint32_t yields;
    enum status status;
    struct sync_u32 *ended;
    struct sync_u32 *released;
};

static enum async_poll child_poll(struct async_future *future, struct async_context *context) {
    struct child *child = CONTAINER_OF(future, struct child, future);
    CO_BEGIN(future);
    while (child->yields > 0) {
        child->yields--;
        CO_YIELD(future, context);
    }
    if (child->deadline_ns != 0) {
        async_sleep_init(&child->sleep, child->deadline_ns, child->token);
        CO_AWAIT(future, context, &child->sleep.future);
        if (child->sleep.future.status != STATUS_OK && child->ended != NULL) {
            sync_u32_add(child->ended, 1, SYNC_RELAXED);
        }
        CO_TRY(future, &child->sleep.future);
    }
    if (child->ended != NULL) {
        sync_u32_add(child->ended, 1, SYNC_RELAXED);
    }
    CO_RETURN(future, child->status);
    CO_END(future);
}

static void child_release(struct async_future *future) {
    struct child *child = CONTAINER_OF(future, struct child, future);
    if (child->released != NULL) {
        sync_u32_add(child->released, 1, SYNC_RELAXED);
    }
}

static const struct async_kind child_kind = { .name = "child", .poll = child_poll,
                                              .release = child_release };

enum { CHILDREN = 2000 };
static struct child children[CHILDREN];

static void child_init(struct child *child) {
    memset(child, 0, sizeof(*child));
    async_future_init(&child->future, &child_kind);
}

static void spawn(struct async_scope *scope, struct child *child, uint64_t order) {
    assert_int_equal(STATUS_OK,
                     async_scope_spawn(scope, &child->task, &child->future, order));
}

static void scope_joins_all(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct async_scope scope;
        struct sync_u32 ended = { 0 };
        struct sync_u32 released = { 0 };
        open_scope(&scope, executor, NULL, false);
        for (uint32_t i = 0; i < CHILDREN; i++) {
            child_init(&children[i]);
            children[i].yields = i % 4;
            children[i].ended = &ended;
            children[i].released = &released;
            spawn(&scope, &children[i], i);
        }
        assert_int_equal(STATUS_OK, async_scope_join(&scope, SYNC_NO_DEADLINE));
        assert_int_equal(CHILDREN, sync_u32_load(&ended, SYNC_RELAXED));
        assert_int_equal(CHILDREN, sync_u32_load(&released, SYNC_RELAXED));
        assert_int_equal(0, async_scope_failure_count(&scope));
        assert_int_equal(STATUS_OK, async_scope_join(&scope, SYNC_NO_DEADLINE));   /* again */
        async_scope_close(&scope);
        async_executor_destroy(executor);
    }
}

static void an_empty_scope_ends_at_once(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(1);
    struct async_scope scope;
    open_scope(&scope, executor, NULL, false);
    assert_int_equal(STATUS_OK, async_scope_join(&scope, 0));
    async_scope_close(&scope);
    async_executor_destroy(executor);
}

/* ---- failure up ---- */

static void all_failures_are_known_sorted_by_order_at_any_number_of_workers(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct async_scope scope;
        struct sync_u32 released = { 0 };
        open_scope(&scope, executor, NULL, true);
        for (uint32_t i = 0; i < 1000; i++) {
            child_init(&children[i]);
            children[i].yields = i % 3;
            children[i].status = i % 10 == 3 ? STATUS_BAD_DATA : i % 10 == 7 ? STATUS_IO
                                                                             : STATUS_OK;
            children[i].released = &released;
            spawn(&scope, &children[i], (999 - i) / 2);
        }
        assert_int_equal(STATUS_IO, async_scope_join(&scope, SYNC_NO_DEADLINE));   /* i = 997 */
        assert_int_equal(200, async_scope_failure_count(&scope));
        assert_int_equal(800, sync_u32_load(&released, SYNC_RELAXED));
        struct async_task *task = NULL;
        uint32_t count = 0;
        uint64_t order = 0;
        while ((task = async_scope_failure(&scope, task)) != NULL) {
            const struct child *child = CONTAINER_OF(task, struct child, task);
            assert_true(task->order >= order && child->status != STATUS_OK);
            assert_int_equal(child->status, task->future->status);
            order = task->order;
            count++;
        }
        assert_int_equal(200, count);
        async_scope_close(&scope);
        assert_int_equal(1000, sync_u32_load(&released, SYNC_RELAXED));
        async_executor_destroy(executor);
    }
}

static void equal_orders_count_by_spawn(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct async_scope scope;
    open_scope(&scope, executor, NULL, true);
    for (uint32_t i = 0; i < 3; i++) {
        child_init(&children[i]);
        children[i].yields = 3 - i;   /* the last ends first */
        children[i].status = STATUS_BAD_DATA + i;
        spawn(&scope, &children[i], 5);
    }
    assert_int_equal(STATUS_BAD_DATA, async_scope_join(&scope, SYNC_NO_DEADLINE));
    async_scope_close(&scope);
    async_executor_destroy(executor);
}

static void the_first_failure_cancels_the_others(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct async_scope scope;
        struct sync_u32 ended = { 0 };
        open_scope(&scope, executor, NULL, false);
        for (uint32_t i = 0; i < 100; i++) {
            child_init(&children[i]);
            children[i].deadline_ns = SYNC_NO_DEADLINE;
            children[i].token = async_scope_token(&scope);
            children[i].ended = &ended;
            spawn(&scope, &children[i], i);
        }
        child_init(&children[100]);
        children[100].yields = 5;
        children[100].status = STATUS_BAD_DATA;
        spawn(&scope, &children[100], 100);
        assert_int_equal(STATUS_BAD_DATA, async_scope_join(&scope, SYNC_NO_DEADLINE));
        assert_int_equal(100, sync_u32_load(&ended, SYNC_RELAXED));
        assert_int_equal(1, async_scope_failure_count(&scope));   /* who obeys has not failed */
        struct child late;
        child_init(&late);
        assert_int_equal(STATUS_CANCELLED,
                         async_scope_spawn(&scope, &late.task, &late.future, 0));
        async_scope_close(&scope);
        async_executor_destroy(executor);
    }
}

/* ---- cancellation down ---- */

static void cancelling_the_parent_ends_the_children_and_not_the_reverse(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct sync_cancel *parent = NULL;
        assert_int_equal(STATUS_OK, sync_cancel_create(NULL, &parent));
        for (int round = 0; round < 2; round++) {
            struct async_scope scope;
            open_scope(&scope, executor, parent, false);
            for (uint32_t i = 0; i < 10; i++) {
                child_init(&children[i]);
                children[i].deadline_ns = SYNC_NO_DEADLINE;
                children[i].token = async_scope_token(&scope);
                spawn(&scope, &children[i], i);
            }
            if (round == 0) {
                async_scope_cancel(&scope);
            } else {
                sync_cancel_fire(parent);
            }
            assert_int_equal(STATUS_CANCELLED, async_scope_join(&scope, SYNC_NO_DEADLINE));
            assert_int_equal(round == 1, sync_cancel_is_fired(parent));
            async_scope_close(&scope);
        }
        sync_cancel_release(parent);
        async_executor_destroy(executor);
    }
}

static void a_child_that_refuses_to_stop_is_waited_for_and_named(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct async_scope scope;
        open_scope(&scope, executor, NULL, false);
        struct sync_cancel *hidden = NULL;
        assert_int_equal(STATUS_OK, sync_cancel_create(NULL, &hidden));
        for (uint32_t i = 0; i < 6; i++) {
            child_init(&children[i]);
            children[i].deadline_ns = SYNC_NO_DEADLINE;
            children[i].token = i % 2 == 0 ? async_scope_token(&scope) : hidden;
            spawn(&scope, &children[i], 10 - i);
        }
        async_scope_cancel(&scope);
        struct async_running running[2];
        do {   /* until those that obey have got their turn */
            assert_int_equal(STATUS_TIMED_OUT,
                             async_scope_join(&scope, sync_clock_ns() + 2 * MS));
        } while (async_scope_running(&scope, running, 2) > 3);
        assert_int_equal(5, running[0].order);
        assert_int_equal(7, running[1].order);
        assert_string_equal("child", running[0].name);
        assert_int_equal(3, async_scope_running(&scope, NULL, 0));
        sync_cancel_fire(hidden);
        assert_int_equal(STATUS_CANCELLED, async_scope_join(&scope, SYNC_NO_DEADLINE));
        async_scope_close(&scope);
        sync_cancel_release(hidden);
        async_executor_destroy(executor);
    }
}

/* ---- cleanups ---- */

static uint32_t cleaned[4];
static uint32_t cleaned_count;

static void clean(void *argument) {
    cleaned[cleaned_count++] = *(uint32_t *)argument;
}

static void cleanups_run_once_after_the_children_the_latest_first(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct async_scope scope;
        struct async_cleanup cleanups[4];
        static uint32_t numbers[4] = { 0, 1, 2, 3 };
        struct sync_u32 ended = { 0 };
        open_scope(&scope, executor, NULL, false);
        cleaned_count = 0;
        for (int i = 0; i < 4; i++) {
            async_scope_defer(&scope, &cleanups[i], clean, &numbers[i]);
        }
        child_init(&children[0]);
        children[0].yields = 10;
        children[0].ended = &ended;
        children[0].status = STATUS_IO;
        spawn(&scope, &children[0], 0);
        assert_int_equal(STATUS_IO, async_scope_join(&scope, SYNC_NO_DEADLINE));
        assert_int_equal(STATUS_IO, async_scope_join(&scope, SYNC_NO_DEADLINE));
        assert_int_equal(4, cleaned_count);
        for (uint32_t i = 0; i < 4; i++) {
            assert_int_equal(3 - i, cleaned[i]);
        }
        async_scope_close(&scope);
        assert_int_equal(4, cleaned_count);
        async_executor_destroy(executor);
    }
}

/* ---- bounds, and scopes in scopes ---- */

static void max_children_bounds_those_alive(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct async_scope scope;
    assert_int_equal(STATUS_OK,
                     async_scope_open(&scope, &(struct async_scope_options){
                                                  .executor = executor, .max_children = 2 }));
    for (int i = 0; i < 3; i++) {
        child_init(&children[i]);
    }
    spawn(&scope, &children[0], 0);
    spawn(&scope, &children[1], 1);
    assert_int_equal(STATUS_LIMIT,
                     async_scope_spawn(&scope, &children[2].task, &children[2].future, 2));
    async_executor_run(executor);
    spawn(&scope, &children[2], 2);
    assert_int_equal(STATUS_OK, async_scope_join(&scope, SYNC_NO_DEADLINE));
    async_scope_close(&scope);
    async_executor_destroy(executor);
}

/* A child that opens a scope of its own, to a depth. */
struct nested {
    struct async_task task;
    struct async_future future;
    struct async_scope scope;
    struct async_join join;
    struct nested *below;      /* two of them, or NULL */
    struct sync_cancel *token;
    enum status opened;
    struct child leaf;
    bool is_blocked;
};

static const struct async_kind nested_kind;

static void nested_begin(struct nested *nested, struct async_context *context) {
    nested->opened = async_scope_open(
        &nested->scope, &(struct async_scope_options){ .executor = context->executor,
                                                       .parent = nested->token,
                                                       .max_children = 3 });
    if (nested->opened != STATUS_OK) {
        return;
    }
    child_init(&nested->leaf);
    nested->leaf.yields = 2;
    nested->leaf.deadline_ns = nested->is_blocked ? SYNC_NO_DEADLINE : 0;
    nested->leaf.token = async_scope_token(&nested->scope);
    enum status status =
        async_scope_spawn(&nested->scope, &nested->leaf.task, &nested->leaf.future, 0);
    for (int i = 0; nested->below != NULL && i < 2 && status == STATUS_OK; i++) {
        nested->below[i].token = async_scope_token(&nested->scope);
        async_future_init(&nested->below[i].future, &nested_kind);
        status = async_scope_spawn(&nested->scope, &nested->below[i].task,
                                   &nested->below[i].future, (uint64_t)i + 1);
    }
    assert_true(status == STATUS_OK || status == STATUS_CANCELLED);
    async_join_init(&nested->join, &nested->scope);
}

static enum async_poll nested_poll(struct async_future *future, struct async_context *context) {
    struct nested *nested = CONTAINER_OF(future, struct nested, future);
    CO_BEGIN(future);
    nested_begin(nested, context);
    if (nested->opened != STATUS_OK) {
        CO_RETURN(future, nested->opened);
    }
    CO_AWAIT(future, context, &nested->join.future);
    async_scope_close(&nested->scope);
    CO_RETURN(future, nested->join.future.status);
    CO_END(future);
}

static const struct async_kind nested_kind = { .name = "nested", .poll = nested_poll };

enum { DEPTH = 6, NESTED = (1 << DEPTH) - 1 };
static struct nested tree[NESTED + 1];

/* A heap's shape again; returns the root. */
static struct nested *plant(struct sync_cancel *token, uint32_t blocked) {
    memset(tree, 0, sizeof(tree));
    for (uint32_t i = 1; i <= NESTED; i++) {
        tree[i].below = 2 * i <= NESTED ? &tree[2 * i] : NULL;
    }
    tree[1].token = token;
    tree[blocked].is_blocked = blocked != 0;
    async_future_init(&tree[1].future, &nested_kind);
    return &tree[1];
}

static void scopes_nest_and_failure_and_cancellation_cross_them(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        uint64_t before = sync_memory_live();
        assert_int_equal(STATUS_OK,
                         async_executor_complete(executor, &plant(NULL, 0)->future));
        struct sync_cancel *token = NULL;
        assert_int_equal(STATUS_OK, sync_cancel_create(NULL, &token));
        struct async_scope scope;
        open_scope(&scope, executor, token, false);
        struct nested *root = plant(async_scope_token(&scope), NESTED - 3);
        assert_int_equal(STATUS_OK, async_scope_spawn(&scope, &root->task, &root->future, 0));
        assert_int_equal(STATUS_TIMED_OUT, async_scope_join(&scope, sync_clock_ns() + 5 * MS));
        sync_cancel_fire(token);
        assert_int_equal(STATUS_CANCELLED, async_scope_join(&scope, SYNC_NO_DEADLINE));
        async_scope_close(&scope);
        sync_cancel_release(token);
        assert_true(sync_memory_live() <= before + 8 * (worker_counts[row] + 1));
        async_executor_destroy(executor);
    }
}

static void every_allocation_that_fails_ends_the_tree_with_a_status(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    uint64_t before = sync_memory_live();
    bool was_met = true;
    for (uint64_t nth = 1; was_met; nth++) {
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = async_executor_complete(executor, &plant(NULL, 0)->future);
        was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
        assert_int_equal(before, sync_memory_live());
    }
    async_executor_destroy(executor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_joins_all),
        cmocka_unit_test(an_empty_scope_ends_at_once),
        cmocka_unit_test(all_failures_are_known_sorted_by_order_at_any_number_of_workers),
        cmocka_unit_test(equal_orders_count_by_spawn),
        cmocka_unit_test(the_first_failure_cancels_the_others),
        cmocka_unit_test(cancelling_the_parent_ends_the_children_and_not_the_reverse),
        cmocka_unit_test(a_child_that_refuses_to_stop_is_waited_for_and_named),
        cmocka_unit_test(cleanups_run_once_after_the_children_the_latest_first),
        cmocka_unit_test(max_children_bounds_those_alive),
        cmocka_unit_test(scopes_nest_and_failure_and_cancellation_cross_them),
        cmocka_unit_test(every_allocation_that_fails_ends_the_tree_with_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
