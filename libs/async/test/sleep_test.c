/* sleep_test.c - tasks that wait for a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "async/co.h"
#include "async/executor.h"
#include "async/timer.h"
#include "base/attr.h"
#include "sync/clock.h"
#include "unit.h"

static const uint32_t worker_counts[] = WORKER_COUNTS;

struct sleeper {
    struct async_task task;
    struct async_sleep sleep;
    struct async_future future;
    uint64_t deadline_ns, woke_ns;
    struct sync_cancel *token;
    uint32_t polled;
};

static enum async_poll sleeper_poll(struct async_future *future, struct async_context *context) {
    struct sleeper *sleeper = CONTAINER_OF(future, struct sleeper, future);
    sleeper->polled++;
    CO_BEGIN(future);
    async_sleep_init(&sleeper->sleep, sleeper->deadline_ns, sleeper->token);
    CO_AWAIT_OK(future, context, &sleeper->sleep.future);
    sleeper->woke_ns = sync_clock_ns();
    CO_END(future);
}

static const struct async_kind sleeper_kind = { .name = "sleeper", .poll = sleeper_poll };

static void sleepers_wake_at_their_deadline_with_two_polls_each(void **state) {
    (void)state;
    enum { SLEEPERS = 50 };
    static struct sleeper sleepers[SLEEPERS];
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        uint64_t start_ns = sync_clock_ns();
        memset(sleepers, 0, sizeof(sleepers));
        for (uint32_t i = 0; i < SLEEPERS; i++) {
            sleepers[i].deadline_ns = start_ns + 2 * MS + (i * 7 % SLEEPERS) * MS / 5;
            async_future_init(&sleepers[i].future, &sleeper_kind);
            assert_int_equal(STATUS_OK,
                             async_spawn(executor, &sleepers[i].task, &sleepers[i].future));
        }
        async_executor_run(executor);
        for (uint32_t i = 0; i < SLEEPERS; i++) {
            assert_true(sleepers[i].woke_ns >= sleepers[i].deadline_ns);
            assert_true(sleepers[i].polled <= 2);
        }
        async_executor_destroy(executor);
    }
}

static void a_token_ends_a_sleep(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct sync_cancel *token = NULL;
        assert_int_equal(STATUS_OK, sync_cancel_create(NULL, &token));
        struct sleeper sleeper = { .deadline_ns = SYNC_NO_DEADLINE, .token = token };
        async_future_init(&sleeper.future, &sleeper_kind);
        assert_int_equal(STATUS_OK, async_spawn(executor, &sleeper.task, &sleeper.future));
        if (worker_counts[row] > 0) {
            sync_sleep_ns(2 * MS);
        }
        sync_cancel_fire(token);
        async_executor_run(executor);
        assert_int_equal(STATUS_CANCELLED, sleeper.future.status);
        sync_cancel_release(token);
        async_executor_destroy(executor);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sleepers_wake_at_their_deadline_with_two_polls_each),
        cmocka_unit_test(a_token_ends_a_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
