/* task_test.c - futures by hand and by macros, wakers, and the life of a task. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "async/co.h"
#include "async/executor.h"
#include "base/attr.h"
#include "sync/clock.h"
#include "sync/thread.h"
#include "unit.h"

static const struct async_kind unit_kind = UNIT_KIND;

/* ---- wakers ---- */

struct patient {
    struct async_task task;
    struct async_future future;
    struct sync_u32 polled;
    struct sync_u32 is_enough;
    bool wakes_itself;
};

static enum async_poll patient_poll(struct async_future *future, struct async_context *context) {
    struct patient *patient = CONTAINER_OF(future, struct patient, future);
    sync_u32_add(&patient->polled, 1, SYNC_SEQ_CST);
    if (patient->wakes_itself) {
        patient->wakes_itself = false;
        sync_waker_wake(&context->waker);   /* wake before park: while it runs */
        sync_waker_wake(&context->waker);
    }
    return sync_u32_load(&patient->is_enough, SYNC_SEQ_CST) != 0 ? async_finish(future, STATUS_OK)
                                                                 : ASYNC_PENDING;
}

static const struct async_kind patient_kind = { .name = "patient", .poll = patient_poll };

static void patient_init(struct patient *patient) {
    *patient = (struct patient){ .wakes_itself = false };
    async_future_init(&patient->future, &patient_kind);
}

static void await_polls(struct patient *patient, uint32_t count) {
    while (sync_u32_load(&patient->polled, SYNC_SEQ_CST) < count) {
        sync_thread_yield();
    }
}

static void a_wake_while_the_task_runs_polls_it_once_more(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(2);
    struct patient patient;
    patient_init(&patient);
    patient.wakes_itself = true;
    assert_int_equal(STATUS_OK, async_spawn(executor, &patient.task, &patient.future));
    await_polls(&patient, 2);
    sync_sleep_ns(2 * MS);
    assert_int_equal(2, sync_u32_load(&patient.polled, SYNC_SEQ_CST));   /* two wakes are one */
    sync_u32_store(&patient.is_enough, 1, SYNC_SEQ_CST);
    async_task_wake(&patient.task);
    async_executor_run(executor);
    assert_int_equal(3, sync_u32_load(&patient.polled, SYNC_SEQ_CST));
    async_executor_destroy(executor);
}

static void waker_wakes_once(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct patient patient;
    patient_init(&patient);
    struct unit last = { .polled = 0 };
    async_future_init(&last.future, &unit_kind);
    assert_int_equal(STATUS_OK, async_spawn(executor, &patient.task, &patient.future));
    assert_int_equal(STATUS_TIMED_OUT,
                     async_executor_shutdown(executor, sync_clock_ns()));   /* polls it */
    assert_int_equal(1, polls_of(executor));
    async_task_wake(&patient.task);
    async_task_wake(&patient.task);
    async_task_wake(&patient.task);
    assert_int_equal(STATUS_CLOSED, async_spawn(executor, &last.task, &last.future));
    assert_int_equal(STATUS_TIMED_OUT, async_executor_shutdown(executor, sync_clock_ns()));
    assert_int_equal(2, polls_of(executor));
    sync_u32_store(&patient.is_enough, 1, SYNC_SEQ_CST);
    async_task_wake(&patient.task);
    async_executor_destroy(executor);
}

static uint32_t released;

static void count_release(struct async_future *future) {
    (void)future;
    released++;
}

static const struct async_kind kept_kind = { .name = "kept", .poll = unit_poll,
                                             .release = count_release };

static void a_wake_after_the_end_changes_nothing(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct unit unit = { .polled = 0 };
    async_future_init(&unit.future, &kept_kind);
    released = 0;
    assert_int_equal(STATUS_OK, async_spawn(executor, &unit.task, &unit.future));
    async_task_retain(&unit.task);
    assert_int_equal(STATUS_TIMED_OUT, async_executor_shutdown(executor, sync_clock_ns()));
    assert_true(async_task_is_done(&unit.task));
    assert_int_equal(0, released);
    async_task_wake(&unit.task);
    assert_int_equal(STATUS_TIMED_OUT, async_executor_shutdown(executor, sync_clock_ns()));
    assert_int_equal(1, unit.polled);
    async_task_release(&unit.task);
    assert_int_equal(1, released);
    assert_int_equal(STATUS_OK, async_executor_shutdown(executor, sync_clock_ns()));
    async_executor_destroy(executor);
}

/* Threads wake a task that may be over, each with a reference. */
enum { WAKERS = 3 };

static void wake_often(void *argument) {
    struct patient *patient = argument;
    for (int i = 0; i < 20000; i++) {
        async_task_wake(&patient->task);
    }
    async_task_release(&patient->task);
}

static void wakes_from_many_threads_race_with_the_end_harmlessly(void **state) {
    (void)state;
    for (uint32_t workers = 1; workers <= 2; workers++) {
        struct async_executor *executor = executor_of(workers);
        struct patient patient;
        patient_init(&patient);
        struct sync_thread threads[WAKERS];
        assert_int_equal(STATUS_OK, async_spawn(executor, &patient.task, &patient.future));
        for (int i = 0; i < WAKERS; i++) {
            struct sync_thread_options options = { .name = "waker", .cpu = SYNC_CPU_ANY };
            async_task_retain(&patient.task);
            assert_int_equal(STATUS_OK,
                             sync_thread_start(&threads[i], &options, wake_often, &patient));
        }
        /* All wakes of the threads may come before the first poll, and count as one. */
        while (sync_u32_load(&patient.polled, SYNC_SEQ_CST) < 2) {
            async_task_wake(&patient.task);
            sync_thread_yield();
        }
        sync_u32_store(&patient.is_enough, 1, SYNC_SEQ_CST);
        async_task_wake(&patient.task);
        async_executor_run(executor);
        for (int i = 0; i < WAKERS; i++) {
            sync_thread_join(&threads[i]);
        }
        async_executor_destroy(executor);
    }
}

/* ---- values, errors and drops through awaits ---- */

struct answer {
    struct async_future future;
    uint32_t value;
    uint32_t yields;
    enum status status;
    uint32_t *dropped;   /* counts up; its value then is kept */
    uint32_t dropped_as;
};

static enum async_poll answer_poll(struct async_future *future, struct async_context *context) {
    struct answer *answer = CONTAINER_OF(future, struct answer, future);
    CO_BEGIN(future);
    while (answer->yields > 0) {
        answer->yields--;
        CO_YIELD(future, context);
    }
    if (answer->status != STATUS_OK) {
        CO_RETURN(future, answer->status);
    }
    answer->value = 42;
    CO_END(future);
}

static void answer_drop(struct async_future *future) {
    struct answer *answer = CONTAINER_OF(future, struct answer, future);
    answer->dropped_as = ++*answer->dropped;
}

static const struct async_kind answer_kind = { .name = "answer", .poll = answer_poll,
                                               .drop = answer_drop };

static uint32_t drops;

static void answer_init(struct answer *answer, uint32_t yields, enum status status) {
    *answer = (struct answer){ .yields = yields, .status = status, .dropped = &drops };
    async_future_init(&answer->future, &answer_kind);
}

struct asker {
    struct answer own;   /* is a future too, for what it counts when dropped */
    struct answer first, second;
    uint32_t sum;
};

static enum async_poll asker_poll(struct async_future *future, struct async_context *context) {
    struct asker *asker = CONTAINER_OF(future, struct asker, own.future);
    CO_BEGIN(future);
    CO_AWAIT_OK(future, context, &asker->first.future);
    asker->sum += asker->first.value;
    CO_AWAIT_OK(future, context, &asker->second.future);
    asker->sum += asker->second.value;
    CO_END(future);
}

static const struct async_kind asker_kind = { .name = "asker", .poll = asker_poll,
                                              .drop = answer_drop };

static void asker_init(struct asker *asker) {
    *asker = (struct asker){ .sum = 0 };
    answer_init(&asker->own, 0, STATUS_OK);
    asker->own.future.kind = &asker_kind;
    answer_init(&asker->first, 2, STATUS_OK);
    answer_init(&asker->second, 1, STATUS_OK);
}

static void values_and_errors_travel_through_awaits(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct asker asker;
    asker_init(&asker);
    assert_int_equal(STATUS_OK, async_executor_complete(executor, &asker.own.future));
    assert_int_equal(84, asker.sum);
    asker_init(&asker);
    asker.second.status = STATUS_BAD_DATA;
    assert_int_equal(STATUS_BAD_DATA, async_executor_complete(executor, &asker.own.future));
    assert_int_equal(42, asker.sum);
    assert_int_equal(STATUS_BAD_DATA, asker.own.future.status);
    async_executor_destroy(executor);
}

static void ignore_wake(void *self) {
    (void)self;
}

static void a_drop_goes_innermost_first_and_once(void **state) {
    (void)state;
    struct asker asker;
    struct async_context context = { .waker = { .wake = ignore_wake }, .budget = 10 };
    asker_init(&asker);
    drops = 0;
    assert_int_equal(ASYNC_PENDING, async_poll(&asker.own.future, &context));
    async_drop(&asker.own.future);
    assert_int_equal(1, asker.first.dropped_as);
    assert_int_equal(2, asker.own.dropped_as);
    assert_int_equal(0, asker.second.dropped_as);   /* never awaited: its owner's to drop */
    assert_int_equal(STATUS_CANCELLED, asker.own.future.status);
    assert_int_equal(STATUS_CANCELLED, asker.first.future.status);
    async_drop(&asker.own.future);
    assert_int_equal(2, drops);
    asker_init(&asker);
    drops = 0;
    while (async_poll(&asker.own.future, &context) == ASYNC_PENDING) {
    }
    async_drop(&asker.own.future);
    assert_int_equal(0, drops);   /* finished */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wake_while_the_task_runs_polls_it_once_more),
        cmocka_unit_test(waker_wakes_once),
        cmocka_unit_test(a_wake_after_the_end_changes_nothing),
        cmocka_unit_test(wakes_from_many_threads_race_with_the_end_harmlessly),
        cmocka_unit_test(values_and_errors_travel_through_awaits),
        cmocka_unit_test(a_drop_goes_innermost_first_and_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
