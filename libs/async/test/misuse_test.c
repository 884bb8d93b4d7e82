/* misuse_test.c - polls that panic are contained; broken callers are stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../sync/test/dies.h"
#include "async/co.h"
#include "async/executor.h"
#include "async/scope.h"
#include "async/timer.h"
#include "base/attr.h"
#include "sync/memory.h"
#include "sync/panic.h"
#include "unit.h"

static const uint32_t worker_counts[] = WORKER_COUNTS;

/* ---- panics ---- */

struct bomb {
    struct async_task task;
    struct async_future future;
    struct async_sleep sleep;
    struct sync_cancel *token;
    uint32_t code;         /* 0: waits for the token instead */
    uint32_t dropped, released;
};

static enum async_poll bomb_poll(struct async_future *future, struct async_context *context) {
    struct bomb *bomb = CONTAINER_OF(future, struct bomb, future);
    CO_BEGIN(future);
    CO_YIELD(future, context);
    if (bomb->code != 0) {
        sync_panic(bomb->code, "boom", 5);
    }
    async_sleep_init(&bomb->sleep, SYNC_NO_DEADLINE, bomb->token);
    CO_AWAIT_OK(future, context, &bomb->sleep.future);
    CO_END(future);
}

static void bomb_drop(struct async_future *future) {
    CONTAINER_OF(future, struct bomb, future)->dropped++;
}

static void bomb_release(struct async_future *future) {
    CONTAINER_OF(future, struct bomb, future)->released++;
}

static const struct async_kind bomb_kind = { .name = "bomb", .poll = bomb_poll,
                                             .drop = bomb_drop, .release = bomb_release };

static void a_poll_that_panics_fails_its_task_and_nobody_else(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        uint64_t before = sync_memory_live();
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct bomb bombs[4];
        struct sync_panic panic = { .code = 0 };
        struct async_scope scope;
        struct async_scope_options options = { .executor = executor, .max_children = 4,
                                               .out_panic = &panic };
        assert_int_equal(STATUS_OK, async_scope_open(&scope, &options));
        for (uint32_t i = 0; i < 4; i++) {
            bombs[i] = (struct bomb){ .code = i == 2 ? 77 : 0,
                                      .token = async_scope_token(&scope) };
            async_future_init(&bombs[i].future, &bomb_kind);
            enum status status =
                async_scope_spawn(&scope, &bombs[i].task, &bombs[i].future, i);
            assert_true(status == STATUS_OK || status == STATUS_CANCELLED);
        }
        assert_int_equal(STATUS_POISONED, async_scope_join(&scope, SYNC_NO_DEADLINE));
        assert_int_equal(1, async_scope_failure_count(&scope));
        assert_int_equal(77, panic.code);
        assert_string_equal("boom", (const char *)panic.bytes);
        assert_int_equal(1, bombs[2].dropped);
        assert_int_equal(0, bombs[0].dropped);
        async_scope_close(&scope);
        assert_int_equal(1, bombs[2].released);
        async_executor_destroy(executor);
        assert_int_equal(before, sync_memory_live());
    }
}

static void of_many_panics_the_first_by_order_is_kept(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct bomb bombs[20];
        struct sync_panic panic = { .code = 0 };
        struct async_scope scope;
        struct async_scope_options options = { .executor = executor, .max_children = 20,
                                               .keeps_going = true, .out_panic = &panic };
        assert_int_equal(STATUS_OK, async_scope_open(&scope, &options));
        for (uint32_t i = 0; i < 20; i++) {
            bombs[i] = (struct bomb){ .code = i + 1 };
            async_future_init(&bombs[i].future, &bomb_kind);
            assert_int_equal(STATUS_OK, async_scope_spawn(&scope, &bombs[i].task,
                                                          &bombs[i].future, 10 - i / 2));
        }
        assert_int_equal(STATUS_POISONED, async_scope_join(&scope, SYNC_NO_DEADLINE));
        assert_int_equal(20, async_scope_failure_count(&scope));
        assert_int_equal(19, panic.code);   /* order 1: the children 18 and 19 */
        async_scope_close(&scope);
        async_executor_destroy(executor);
    }
}

/* ---- broken callers ---- */

static enum async_poll unfinished_poll(struct async_future *future,
                                       struct async_context *context) {
    (void)future;
    (void)context;
    return ASYNC_READY;   /* without async_finish() */
}

static const struct async_kind unfinished_kind = { .name = "unfinished",
                                                   .poll = unfinished_poll };

static void complete_unfinished(void) {
    struct async_future future;
    async_future_init(&future, &unfinished_kind);
    (void)!async_executor_complete(executor_of(0), &future);
}

static struct async_scope the_scope;

static enum async_poll joining_poll(struct async_future *future, struct async_context *context) {
    (void)context;
    return async_finish(future, async_scope_join(&the_scope, SYNC_NO_DEADLINE));
}

static const struct async_kind joining_kind = { .name = "joining", .poll = joining_poll };

static void open_the_scope(void) {
    struct async_scope_options options = { .executor = executor_of(0), .max_children = 1 };
    assert_int_equal(STATUS_OK, async_scope_open(&the_scope, &options));
}

static void join_inside_a_task(void) {
    struct async_future future;
    open_the_scope();
    async_future_init(&future, &joining_kind);
    (void)!async_executor_complete(the_scope.executor, &future);
}

static void close_before_the_join(void) {
    open_the_scope();
    async_scope_close(&the_scope);
}

static void spawn_after_the_join(void) {
    struct async_task task;
    struct async_future future;
    open_the_scope();
    (void)!async_scope_join(&the_scope, SYNC_NO_DEADLINE);
    async_future_init(&future, &joining_kind);
    (void)!async_scope_spawn(&the_scope, &task, &future, 0);
}

static void release_too_often(void) {
    struct async_task task;
    struct async_future future;
    async_future_init(&future, &joining_kind);
    (void)!async_spawn(executor_of(0), &task, &future);
    async_task_release(&task);
}

static void add_a_timer_twice(void) {
    struct async_wheel wheel;
    struct async_timer timer = { .place = 0 };
    async_wheel_init(&wheel, 0);
    async_wheel_add(&wheel, &timer, 5);
    async_wheel_add(&wheel, &timer, 6);
}

static void broken_callers_are_stopped(void **state) {
    (void)state;
    assert_true(dies_saying(complete_unfinished, "async_is_finished(future)"));
    assert_true(dies_saying(join_inside_a_task, "worker_self"));
    assert_true(dies_saying(close_before_the_join, "is_over"));
    assert_true(dies_saying(spawn_after_the_join, "is_over"));
    assert_true(dies_saying(release_too_often, "TASK_DONE"));
    assert_true(dies_saying(add_a_timer_twice, "PLACE_NONE"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_that_panics_fails_its_task_and_nobody_else),
        cmocka_unit_test(of_many_panics_the_first_by_order_is_kept),
        cmocka_unit_test(broken_callers_are_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
