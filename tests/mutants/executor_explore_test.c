/* executor_explore_test.c - the word of a task, and workers that sleep, where mutants show. */
#include <string.h>

#include "team.h"
#include "async/executor.h"
#include "async/task.h"
#include "sync/atomic.h"
#include "sync/clock.h"
#include "sync/wait.h"

enum { TASKS = 2 };

struct job {
    struct async_task task;
    struct async_future future;
    uint32_t polls;            /* written by each poll, whatever thread it is on */
    uint32_t result;           /* written by the last */
};

static struct {
    struct async_executor *executor;
    struct job jobs[TASKS];
    struct sync_u32 polled;    /* says when, and orders nothing */
    uint32_t told;             /* written before the wake */
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static struct job *job_of(struct async_future *future) {
    return (struct job *)(void *)((char *)future - offsetof(struct job, future));
}

/* Waits for a wake, then reads what was written before it. */
static enum async_poll poll_told(struct async_future *future, struct async_context *context) {
    (void)context;
    struct job *job = job_of(future);
    if (job->polls++ == 0) {
        sync_u32_store(&s.polled, 1, SYNC_RELAXED);
        sync_wake(&s.polled, 1);
        return ASYNC_PENDING;
    }
    EXPLORE_CHECK(s.told == 1 && job->polls == 2);
    job->result = 7;
    return async_finish(future, STATUS_OK);
}

static const struct async_kind told_kind = { .name = "told", .poll = poll_told };

static enum async_poll poll_once(struct async_future *future, struct async_context *context) {
    (void)context;
    job_of(future)->result = 7;
    return async_finish(future, STATUS_OK);
}

static const struct async_kind once_kind = { .name = "once", .poll = poll_once };

/* Blocks its worker until the other task ran: there has to be another worker for that. */
static enum async_poll poll_meet(struct async_future *future, struct async_context *context) {
    (void)context;
    uint32_t met = sync_u32_add(&s.polled, 1, SYNC_SEQ_CST) + 1;
    while (met < TASKS) {
        EXPLORE_CHECK(sync_wait(&s.polled, met, SYNC_NO_DEADLINE) == STATUS_OK);
        met = sync_u32_load(&s.polled, SYNC_SEQ_CST);
    }
    sync_wake(&s.polled, UINT32_MAX);
    return async_finish(future, STATUS_OK);
}

static const struct async_kind meet_kind = { .name = "meet", .poll = poll_meet };

static void open(uint32_t workers) {
    struct async_executor_options options = { .workers = workers, .tasks_max = 4,
                                              .queue_max = 4, .spins = 1 };
    EXPLORE_CHECK(async_executor_create(&options, &s.executor) == STATUS_OK);
}

static void spawn(uint32_t number, const struct async_kind *kind) {
    struct job *job = &s.jobs[number];
    async_future_init(&job->future, kind);
    EXPLORE_CHECK(async_spawn(s.executor, &job->task, &job->future) == STATUS_OK);
}

static void a_spawned_task_is_polled(void) {
    open(1);
    spawn(0, &once_kind);
    async_executor_destroy(s.executor);
    EXPLORE_CHECK(s.jobs[0].result == 7);
}

static void two_spawned_tasks_are_polled(void) {
    open(2);
    spawn(0, &once_kind);
    spawn(1, &once_kind);
    async_executor_destroy(s.executor);
    EXPLORE_CHECK(s.jobs[0].result == 7 && s.jobs[1].result == 7);
}

static void two_tasks_meet_on_two_workers(void) {
    open(2);
    for (int i = 0; i < 4; i++) {
        sync_sleep_ns(1000000);   /* the workers fall asleep */
    }
    spawn(0, &meet_kind);
    spawn(1, &meet_kind);
    async_executor_destroy(s.executor);
}

static void wake_when_polled(void) {
    while (sync_u32_load(&s.polled, SYNC_RELAXED) == 0) {
        (void)!sync_wait(&s.polled, 0, SYNC_NO_DEADLINE);
    }
    s.told = 1;
    async_task_wake(&s.jobs[0].task);
}

static void what_came_before_a_wake_is_seen(void) {
    open(1);
    spawn(0, &told_kind);
    wake_when_polled();
    async_executor_destroy(s.executor);
    EXPLORE_CHECK(s.jobs[0].result == 7);
}

static void polls_on_two_workers_see_each_other(void) {
    open(2);
    spawn(0, &told_kind);
    wake_when_polled();
    async_executor_destroy(s.executor);
    EXPLORE_CHECK(s.jobs[0].result == 7);
}

/* The owner, who keeps a reference, sees what the last poll wrote. */
static void who_finds_it_done_sees_the_result(void) {
    open(1);
    spawn(0, &told_kind);
    while (sync_u32_load(&s.polled, SYNC_RELAXED) == 0) {
        (void)!sync_wait(&s.polled, 0, SYNC_NO_DEADLINE);
    }
    async_task_retain(&s.jobs[0].task);
    s.told = 1;
    async_task_wake(&s.jobs[0].task);
    if (async_task_is_done(&s.jobs[0].task)) {
        EXPLORE_CHECK(s.jobs[0].result == 7);
    }
    async_task_release(&s.jobs[0].task);
    async_executor_destroy(s.executor);
}

static void who_sees_no_task_live_sees_what_they_did(void) {
    open(1);
    spawn(0, &once_kind);
    EXPLORE_CHECK(async_executor_shutdown(s.executor, SYNC_NO_DEADLINE) == STATUS_OK);
    EXPLORE_CHECK(s.jobs[0].result == 7);
    async_executor_destroy(s.executor);
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(a_spawned_task_is_polled),
    CASE(two_spawned_tasks_are_polled),
    CASE(two_tasks_meet_on_two_workers),
    CASE(what_came_before_a_wake_is_seen),
    CASE(polls_on_two_workers_see_each_other),
    CASE(who_finds_it_done_sees_the_result),
    CASE(who_sees_no_task_live_sees_what_they_did),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
