/* cancel_after_test.c - value, then token, then deadline; and few polls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "async/cancel_after.h"
#include "async/co.h"
#include "async/executor.h"
#include "base/attr.h"
#include "sync/clock.h"
#include "sync/lock.h"
#include "sync/thread.h"
#include "sync/wait.h"

#define MS UINT64_C(1000000)

/* Ready when a thread says so; counts its polls and drops. */
struct promise {
    struct async_future future;
    struct sync_lock lock;
    bool is_kept, has_waker;
    struct sync_waker waker;
    enum status status;
    uint32_t polled, dropped;
};

static enum async_poll promise_poll(struct async_future *future, struct async_context *context) {
    struct promise *promise = CONTAINER_OF(future, struct promise, future);
    sync_lock_acquire(&promise->lock);
    promise->polled++;
    bool is_kept = promise->is_kept;
    promise->has_waker = !is_kept;
    promise->waker = context->waker;
    sync_lock_release(&promise->lock);
    return is_kept ? async_finish(future, promise->status) : ASYNC_PENDING;
}

static void promise_drop(struct async_future *future) {
    struct promise *promise = CONTAINER_OF(future, struct promise, future);
    sync_lock_acquire(&promise->lock);
    promise->has_waker = false;
    promise->dropped++;
    sync_lock_release(&promise->lock);
}

static const struct async_kind promise_kind = { .name = "promise", .poll = promise_poll,
                                                .drop = promise_drop };

static void promise_init(struct promise *promise) {
    memset(promise, 0, sizeof(*promise));
    async_future_init(&promise->future, &promise_kind);
}

static void promise_keep(struct promise *promise) {
    sync_lock_acquire(&promise->lock);
    promise->is_kept = true;
    if (promise->has_waker) {
        promise->has_waker = false;
        sync_waker_wake(&promise->waker);
    }
    sync_lock_release(&promise->lock);
}

struct fixture {
    struct async_executor *executor;
    struct sync_cancel *token;
    struct promise promise;
    struct async_cancel_after after;
};

static void begin(struct fixture *fixture, uint64_t deadline_ns) {
    struct async_executor_options options = { .workers = 0 };
    assert_int_equal(STATUS_OK, async_executor_create(&options, &fixture->executor));
    assert_int_equal(STATUS_OK, sync_cancel_create(NULL, &fixture->token));
    promise_init(&fixture->promise);
    async_cancel_after_init(&fixture->after, &fixture->promise.future, deadline_ns,
                            fixture->token);
}

static void end(struct fixture *fixture) {
    sync_cancel_release(fixture->token);
    async_executor_destroy(fixture->executor);
}

static void cancel_after_value(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture, SYNC_NO_DEADLINE);
    fixture.promise.status = STATUS_BAD_DATA;   /* the inner result, whatever it is */
    promise_keep(&fixture.promise);
    assert_int_equal(STATUS_BAD_DATA,
                     async_executor_complete(fixture.executor, &fixture.after.future));
    assert_int_equal(1, fixture.promise.polled);
    assert_int_equal(0, fixture.promise.dropped);
    end(&fixture);
}

static void cancel_after_deadline(void **state) {
    (void)state;
    struct fixture fixture;
    uint64_t deadline_ns = sync_clock_ns() + 3 * MS;
    begin(&fixture, deadline_ns);
    assert_int_equal(STATUS_TIMED_OUT,
                     async_executor_complete(fixture.executor, &fixture.after.future));
    assert_true(sync_clock_ns() >= deadline_ns);
    assert_true(fixture.promise.polled <= 2);   /* at first, and at the deadline */
    assert_int_equal(1, fixture.promise.dropped);
    end(&fixture);
}

static void fire_soon(void *token) {
    sync_sleep_ns(2 * MS);
    sync_cancel_fire(token);
}

static void cancel_after_token(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture, sync_clock_ns() + 10000 * MS);
    struct sync_thread thread;
    struct sync_thread_options options = { .name = "firing", .cpu = SYNC_CPU_ANY };
    assert_int_equal(STATUS_OK,
                     sync_thread_start(&thread, &options, fire_soon, fixture.token));
    assert_int_equal(STATUS_CANCELLED,
                     async_executor_complete(fixture.executor, &fixture.after.future));
    sync_thread_join(&thread);
    assert_true(fixture.promise.polled <= 2);
    assert_int_equal(1, fixture.promise.dropped);
    end(&fixture);
}

static void cancel_after_tie(void **state) {
    (void)state;
    for (int ties = 0; ties < 8; ties++) {
        bool has_value = (ties & 1) != 0;
        bool is_fired = (ties & 2) != 0;
        bool is_late = (ties & 4) != 0;
        struct fixture fixture;
        begin(&fixture, is_late ? sync_clock_ns() : sync_clock_ns() + 2 * MS);
        if (has_value) {
            promise_keep(&fixture.promise);
        }
        if (is_fired) {
            sync_cancel_fire(fixture.token);
        }
        enum status expected = has_value ? STATUS_OK
                             : is_fired  ? STATUS_CANCELLED : STATUS_TIMED_OUT;
        assert_int_equal(expected,
                         async_executor_complete(fixture.executor, &fixture.after.future));
        assert_int_equal(!has_value, fixture.promise.dropped);
        end(&fixture);
    }
}

static void keep_soon(void *promise) {
    sync_sleep_ns(2 * MS);
    promise_keep(promise);
}

static void it_sleeps_between_and_polls_only_when_woken(void **state) {
    (void)state;
    for (uint32_t workers = 0; workers <= 2; workers++) {
        struct fixture fixture;
        begin(&fixture, sync_clock_ns() + 10000 * MS);
        struct sync_thread thread;
        struct sync_thread_options options = { .name = "keeping", .cpu = SYNC_CPU_ANY };
        assert_int_equal(STATUS_OK, sync_thread_start(&thread, &options, keep_soon,
                                                      &fixture.promise));
        assert_int_equal(STATUS_OK,
                         async_executor_complete(fixture.executor, &fixture.after.future));
        sync_thread_join(&thread);
        assert_true(fixture.promise.polled <= 2);
        struct async_counts counts;
        async_executor_counts(fixture.executor, &counts);
        assert_true(counts.polls <= 2);
        end(&fixture);
    }
}

/* ---- the drop is before the return ---- */

struct owner {
    struct async_future future;
    struct fixture *fixture;
    uint32_t dropped_when_ready;
};

static enum async_poll owner_poll(struct async_future *future, struct async_context *context) {
    struct owner *owner = CONTAINER_OF(future, struct owner, future);
    CO_BEGIN(future);
    CO_AWAIT(future, context, &owner->fixture->after.future);
    owner->dropped_when_ready = owner->fixture->promise.dropped;
    CO_RETURN(future, owner->fixture->after.future.status);
    CO_END(future);
}

static const struct async_kind owner_kind = { .name = "owner", .poll = owner_poll };

static void the_inner_future_is_dropped_before_it_returns(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture, sync_clock_ns() + MS);
    struct owner owner = { .fixture = &fixture };
    async_future_init(&owner.future, &owner_kind);
    assert_int_equal(STATUS_TIMED_OUT, async_executor_complete(fixture.executor, &owner.future));
    assert_int_equal(1, owner.dropped_when_ready);
    promise_keep(&fixture.promise);   /* too late: nobody's waker is there */
    end(&fixture);
}

static void dropping_it_drops_the_inner_future_and_the_timer(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture, SYNC_NO_DEADLINE);
    struct async_cancel_after outer;
    async_cancel_after_init(&outer, &fixture.after.future, sync_clock_ns() + MS, NULL);
    assert_int_equal(STATUS_TIMED_OUT, async_executor_complete(fixture.executor, &outer.future));
    assert_int_equal(STATUS_CANCELLED, fixture.after.future.status);
    assert_int_equal(1, fixture.promise.dropped);
    end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancel_after_value),
        cmocka_unit_test(cancel_after_deadline),
        cmocka_unit_test(cancel_after_token),
        cmocka_unit_test(cancel_after_tie),
        cmocka_unit_test(it_sleeps_between_and_polls_only_when_woken),
        cmocka_unit_test(the_inner_future_is_dropped_before_it_returns),
        cmocka_unit_test(dropping_it_drops_the_inner_future_and_the_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
