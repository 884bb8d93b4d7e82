/*
 * unit.h - what the tests of tasks share: an executor, its polls, the smallest task.
 *
 * To be included after cmocka.h.
 */
#ifndef ASYNC_TEST_UNIT_H
#define ASYNC_TEST_UNIT_H

#include "async/executor.h"
#include "async/task.h"
#include "base/attr.h"

#define MS UINT64_C(1000000)
#define WORKER_COUNTS { 0, 1, 2, 3, 4, 8 }

static inline struct async_executor *executor_of(uint32_t workers) {
    struct async_executor *executor = NULL;
    struct async_executor_options options = { .workers = workers, .seed = 5 };
    assert_int_equal(STATUS_OK, async_executor_create(&options, &executor));
    return executor;
}

static inline uint64_t polls_of(const struct async_executor *executor) {
    struct async_counts counts;
    async_executor_counts(executor, &counts);
    return counts.polls;
}

/* A task that is ready at once, by hand. */
struct unit {
    struct async_task task;
    struct async_future future;
    uint32_t polled;
};

static inline enum async_poll unit_poll(struct async_future *future,
                                        struct async_context *context) {
    (void)context;
    CONTAINER_OF(future, struct unit, future)->polled++;
    return async_finish(future, STATUS_OK);
}

#define UNIT_KIND { .name = "unit", .poll = unit_poll }

#endif
