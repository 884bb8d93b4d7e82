/*
 * executor_explore_test.c - workers that sleep, wake, steal and stop, in every order.
 *
 * What a poll writes is plain memory that the next poll, or whoever waits for the end,
 * reads: a missing edge is a race.  A lost wake-up leaves somebody asleep for ever, which
 * the explorer reports.
 */
#include <string.h>

#include "async/co.h"
#include "async/executor.h"
#include "async/timer.h"
#include "base/attr.h"
#include "explore/explore.h"
#include "sync/clock.h"
#include "sync/lock.h"
#include "sync/thread.h"

enum { TASKS = 4, MS = 1000000 };

/* A task that is ready once its flag is up; the flag is plain, under the lock. */
struct guest {
    struct async_task task;
    struct async_future future;
    struct sync_lock lock;
    bool is_up, has_waker;
    struct sync_waker waker;
    uint32_t polls;          /* plain: by whoever polls */
    uint32_t released;
};

static struct {
    struct async_executor *executor;
    struct guest guests[TASKS];
    struct async_sleep sleeps[TASKS];
    struct async_task tasks[TASKS];
    uint64_t woken[TASKS];   /* the order in which sleepers woke */
    uint32_t woken_count;
    struct sync_u32 ran;
    uint32_t wanted;         /* long polls that have to run at once; 0 means 2 */
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static void open(uint32_t workers) {
    struct async_executor_options options = { .workers = workers, .tasks_max = 8,
                                              .queue_max = s.wanted > 2 ? TASKS : 2,
                                              .spins = 1 };
    EXPLORE_CHECK(async_executor_create(&options, &s.executor) == STATUS_OK);
}

static enum async_poll guest_poll(struct async_future *future, struct async_context *context) {
    struct guest *guest = CONTAINER_OF(future, struct guest, future);
    guest->polls++;
    sync_lock_acquire(&guest->lock);
    bool is_up = guest->is_up;
    guest->has_waker = !is_up;
    guest->waker = context->waker;
    sync_lock_release(&guest->lock);
    return is_up ? async_finish(future, STATUS_OK) : ASYNC_PENDING;
}

static void guest_release(struct async_future *future) {
    CONTAINER_OF(future, struct guest, future)->released++;
}

static const struct async_kind guest_kind = { .name = "guest", .poll = guest_poll,
                                              .release = guest_release };

static void spawn_guest(uint32_t i) {
    async_future_init(&s.guests[i].future, &guest_kind);
    EXPLORE_CHECK(async_spawn(s.executor, &s.guests[i].task, &s.guests[i].future) == STATUS_OK);
}

static void let_in(void *argument) {
    struct guest *guest = argument;
    sync_lock_acquire(&guest->lock);
    guest->is_up = true;
    if (guest->has_waker) {
        guest->has_waker = false;
        sync_waker_wake(&guest->waker);
    }
    sync_lock_release(&guest->lock);
}

static void start(struct sync_thread *thread, sync_thread_body body, void *argument) {
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(sync_thread_start(thread, &options, body, argument) == STATUS_OK);
}

/* ---- wakes ---- */

static void a_wake_reaches_a_task_wherever_it_is(void) {
    open(1);
    spawn_guest(0);
    let_in(&s.guests[0]);
    async_executor_run(s.executor);
    EXPLORE_CHECK(s.guests[0].polls <= 2 && s.guests[0].released == 1);
    async_executor_destroy(s.executor);
}

static void two_workers_lose_no_wake(void) {
    open(2);
    spawn_guest(0);
    spawn_guest(1);
    let_in(&s.guests[1]);
    let_in(&s.guests[0]);
    async_executor_destroy(s.executor);
    EXPLORE_CHECK(s.guests[0].released == 1 && s.guests[1].released == 1);
}

static void wake_twice_and_release(void *task) {
    async_task_wake(task);
    async_task_wake(task);
    async_task_release(task);
}

static void wakes_race_with_the_end_and_the_last_reference_ends_it(void) {
    struct sync_thread thread;
    open(1);
    s.guests[0].is_up = true;
    spawn_guest(1);   /* keeps the executor alive while the first is retained */
    s.guests[0].future.kind = &guest_kind;
    spawn_guest(0);
    async_task_retain(&s.guests[1].task);
    start(&thread, wake_twice_and_release, &s.guests[1].task);
    let_in(&s.guests[1]);
    async_executor_run(s.executor);
    EXPLORE_CHECK(s.guests[0].released == 1 && s.guests[1].released == 1);
    EXPLORE_CHECK(s.guests[1].polls <= 4);
    sync_thread_join(&thread);
    async_executor_destroy(s.executor);
}

/* ---- without workers: the caller sleeps until a thread wakes a task ---- */

static void without_workers_the_caller_misses_no_wake(void) {
    struct sync_thread thread;
    open(0);
    spawn_guest(0);
    start(&thread, let_in, &s.guests[0]);
    async_executor_run(s.executor);
    EXPLORE_CHECK(s.guests[0].released == 1 && s.guests[0].polls <= 2);
    sync_thread_join(&thread);
    async_executor_destroy(s.executor);
}

static void release_task(void *task) {
    async_task_release(task);
}

static void without_workers_the_caller_sees_the_last_reference_go(void) {
    struct sync_thread thread;
    open(0);
    s.guests[0].is_up = true;
    spawn_guest(0);
    async_task_retain(&s.guests[0].task);
    start(&thread, release_task, &s.guests[0].task);
    async_executor_run(s.executor);
    EXPLORE_CHECK(s.guests[0].released == 1);
    async_executor_destroy(s.executor);
    sync_thread_join(&thread);
}

/* ---- stealing and shutting down ---- */

static enum async_poll leaf_poll(struct async_future *future, struct async_context *context) {
    (void)context;
    CONTAINER_OF(future, struct guest, future)->polls++;
    sync_u32_add(&s.ran, 1, SYNC_RELAXED);
    return async_finish(future, STATUS_OK);
}

static const struct async_kind leaf_kind = { .name = "leaf", .poll = leaf_poll };

/* Spawns the others from a worker: more than its deque holds. */
static enum async_poll root_poll(struct async_future *future, struct async_context *context) {
    for (uint32_t i = 1; i < TASKS; i++) {
        async_future_init(&s.guests[i].future, &leaf_kind);
        enum status status = async_spawn(context->executor, &s.guests[i].task,
                                         &s.guests[i].future);
        EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CLOSED);
    }
    return async_finish(future, STATUS_OK);
}

static const struct async_kind root_kind = { .name = "root", .poll = root_poll };

static void spawn_root(void) {
    async_future_init(&s.guests[0].future, &root_kind);
    EXPLORE_CHECK(async_spawn(s.executor, &s.guests[0].task, &s.guests[0].future) == STATUS_OK);
}

static void thieves_take_each_task_once(void) {
    open(2);
    spawn_root();
    async_executor_run(s.executor);
    EXPLORE_CHECK(sync_u32_load(&s.ran, SYNC_RELAXED) == TASKS - 1);
    for (uint32_t i = 1; i < TASKS; i++) {
        EXPLORE_CHECK(s.guests[i].polls == 1);
    }
    async_executor_destroy(s.executor);
}

static void shutdown_while_stealing_drains(void) {
    open(2);
    spawn_root();
    async_executor_destroy(s.executor);
    uint32_t polled = 0;
    for (uint32_t i = 1; i < TASKS; i++) {
        EXPLORE_CHECK(s.guests[i].polls <= 1);
        polled += s.guests[i].polls;
    }
    EXPLORE_CHECK(polled == sync_u32_load(&s.ran, SYNC_RELAXED));
}

static void spawn_late(void *unused) {
    (void)unused;
    async_future_init(&s.guests[3].future, &leaf_kind);
    enum status status = async_spawn(s.executor, &s.guests[3].task, &s.guests[3].future);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CLOSED);
    s.guests[2].is_up = status == STATUS_OK;
}

/* Either the spawn is refused or the shutdown waits for its task. */
static void a_spawn_races_with_shutdown(void) {
    struct sync_thread thread;
    open(1);
    start(&thread, spawn_late, NULL);
    EXPLORE_CHECK(async_executor_shutdown(s.executor, SYNC_NO_DEADLINE) == STATUS_OK);
    uint32_t ran = s.guests[3].polls;
    sync_thread_join(&thread);
    EXPLORE_CHECK(ran == (s.guests[2].is_up ? 1 : 0));
    async_executor_destroy(s.executor);
}

/* ---- timers ---- */

static enum async_poll sleeper_poll(struct async_future *future, struct async_context *context) {
    struct async_sleep *sleep = CONTAINER_OF(future->awaiting, struct async_sleep, future);
    if (async_poll(&sleep->future, context) == ASYNC_PENDING) {
        return ASYNC_PENDING;
    }
    EXPLORE_CHECK(sync_clock_ns() >= sleep->deadline_ns);
    s.woken[s.woken_count++] = sleep->deadline_ns;   /* plain: one worker */
    return async_finish(future, STATUS_OK);
}

static const struct async_kind sleeper_kind = { .name = "sleeper", .poll = sleeper_poll };

static void spawn_sleeper(uint32_t i, uint64_t delay_ns) {
    async_sleep_init(&s.sleeps[i], delay_ns, NULL);
    async_future_init(&s.guests[i].future, &sleeper_kind);
    s.guests[i].future.awaiting = &s.sleeps[i].future;
    EXPLORE_CHECK(async_spawn(s.executor, &s.tasks[i], &s.guests[i].future) == STATUS_OK);
}

static void sleepers_wake_in_the_order_of_their_deadlines(void) {
    uint64_t now_ns = sync_clock_ns();
    open(0);
    spawn_sleeper(0, now_ns + 70 * MS);
    spawn_sleeper(1, now_ns + 5 * MS + 1);
    spawn_sleeper(2, now_ns + 5 * MS);
    async_executor_run(s.executor);
    EXPLORE_CHECK(s.woken_count == 3);
    async_executor_destroy(s.executor);
    EXPLORE_CHECK(s.woken[0] <= s.woken[1] && s.woken[1] <= s.woken[2]);
}

/* Nobody else can run, so the clock goes where it is awaited, and not beyond. */
static void deadline_fires_at_virtual_time(void) {
    uint64_t deadline_ns = sync_clock_ns() + 3600 * UINT64_C(1000000000) + 1;
    open(0);
    spawn_sleeper(0, deadline_ns);
    async_executor_run(s.executor);
    EXPLORE_CHECK(sync_clock_ns() == deadline_ns && s.woken_count == 1);
    async_executor_destroy(s.executor);
}

static void a_nearer_deadline_wakes_the_timekeeper(void) {
    uint64_t now_ns = sync_clock_ns();
    open(1);
    spawn_sleeper(0, now_ns + 1000 * (uint64_t)MS);
    spawn_sleeper(1, now_ns + MS);
    async_executor_run(s.executor);
    EXPLORE_CHECK(s.woken_count == 2);
    async_executor_destroy(s.executor);
}

/* A task in the way of one worker: the other keeps the time. */
static void somebody_keeps_the_time_while_another_works(void) {
    uint64_t now_ns = sync_clock_ns();
    open(2);
    spawn_sleeper(0, now_ns + MS);
    spawn_guest(1);
    let_in(&s.guests[1]);
    async_executor_run(s.executor);
    EXPLORE_CHECK(s.woken_count == 1 && s.guests[1].released == 1);
    async_executor_destroy(s.executor);
}

/* ---- polls that take long: others have to help ---- */

/* Does not return before the other one, or the sleeper, ran: or as many as are wanted. */
static enum async_poll slow_poll(struct async_future *future, struct async_context *context) {
    (void)context;
    uint32_t wanted = s.wanted != 0 ? s.wanted : 2;
    uint32_t ran = sync_u32_add(&s.ran, 1, SYNC_RELAXED) + 1;
    while (ran < wanted) {
        EXPLORE_CHECK(sync_wait(&s.ran, ran, SYNC_NO_DEADLINE) == STATUS_OK);
        ran = sync_u32_load(&s.ran, SYNC_RELAXED);
    }
    sync_wake(&s.ran, UINT32_MAX);
    return async_finish(future, STATUS_OK);
}

static const struct async_kind slow_kind = { .name = "slow", .poll = slow_poll };

static void spawn_slow(uint32_t i) {
    async_future_init(&s.guests[i].future, &slow_kind);
    EXPLORE_CHECK(async_spawn(s.executor, &s.guests[i].task, &s.guests[i].future) == STATUS_OK);
}

static void a_task_from_outside_does_not_wait_for_a_long_poll(void) {
    open(2);
    spawn_slow(0);
    spawn_slow(1);
    async_executor_destroy(s.executor);
}

/* Spawns the others, and does not return before they run. */
static enum async_poll parent_poll(struct async_future *future, struct async_context *context) {
    (void)context;
    for (uint32_t i = 1; i == 1 || i < s.wanted; i++) {
        spawn_slow(i);
    }
    return slow_poll(future, context);
}

static const struct async_kind parent_kind = { .name = "parent", .poll = parent_poll };

static void a_child_does_not_wait_for_its_parents_long_poll(void) {
    open(2);
    async_future_init(&s.guests[0].future, &parent_kind);
    EXPLORE_CHECK(async_spawn(s.executor, &s.guests[0].task, &s.guests[0].future) == STATUS_OK);
    async_executor_run(s.executor);
    async_executor_destroy(s.executor);
}

/* Awaits the sleep, then does what a slow one does. */
static enum async_poll alarm_poll(struct async_future *future, struct async_context *context) {
    struct async_sleep *sleep = &s.sleeps[0];
    return async_poll(&sleep->future, context) == ASYNC_PENDING ? ASYNC_PENDING
                                                                : slow_poll(future, context);
}

static const struct async_kind alarm_kind = { .name = "alarm", .poll = alarm_poll };

/* Whichever worker the long poll takes, the timekeeper even, the other looks at the clock. */
static void a_timer_does_not_wait_for_a_long_poll(void) {
    open(2);
    async_sleep_init(&s.sleeps[0], sync_clock_ns() + MS, NULL);
    async_future_init(&s.guests[0].future, &alarm_kind);
    EXPLORE_CHECK(async_spawn(s.executor, &s.tasks[0], &s.guests[0].future) == STATUS_OK);
    spawn_slow(1);
    async_executor_destroy(s.executor);
}

/* ---- what is seen ---- */

static enum async_poll told_poll(struct async_future *future, struct async_context *context) {
    struct guest *guest = CONTAINER_OF(future, struct guest, future);
    (void)context;
    if (guest->polls++ == 0) {
        sync_u32_store(&s.ran, 1, SYNC_RELAXED);   /* orders nothing */
        sync_wake(&s.ran, 1);
        return ASYNC_PENDING;
    }
    EXPLORE_CHECK(s.guests[1].polls == 1);
    return async_finish(future, STATUS_OK);
}

static void told_release(struct async_future *future) {
    struct guest *guest = CONTAINER_OF(future, struct guest, future);
    guest->released += guest->polls == 2 && s.guests[2].polls == 1;
}

static const struct async_kind told_kind = { .name = "told", .poll = told_poll,
                                             .release = told_release };

/* The poll sees what was written before the wake, the release what before each release. */
static void what_was_written_before_a_wake_is_seen(void) {
    open(2);
    async_future_init(&s.guests[0].future, &told_kind);
    EXPLORE_CHECK(async_spawn(s.executor, &s.guests[0].task, &s.guests[0].future) == STATUS_OK);
    while (sync_u32_load(&s.ran, SYNC_RELAXED) == 0) {
        (void)!sync_wait(&s.ran, 0, SYNC_NO_DEADLINE);
    }
    async_task_retain(&s.guests[0].task);
    s.guests[1].polls = 1;
    async_task_wake(&s.guests[0].task);
    if (async_task_is_done(&s.guests[0].task)) {
        EXPLORE_CHECK(s.guests[0].polls == 2);
    }
    s.guests[2].polls = 1;
    async_task_release(&s.guests[0].task);
    async_executor_destroy(s.executor);
    EXPLORE_CHECK(s.guests[0].released == 1);
}

/* ---- memory ---- */

static void every_allocation_may_fail(void) {
    struct async_executor_options options = { .workers = 1, .tasks_max = 8, .spins = 1 };
    enum status status = async_executor_create(&options, &s.executor);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_NO_MEMORY);
    if (status == STATUS_OK) {
        spawn_root();
        async_executor_destroy(s.executor);
    }
}

/* A thief takes some more than it polls: what it carries off is told to those asleep. */
static void what_a_thief_takes_away_does_not_wait_for_it(void) {
    s.wanted = TASKS;
    open(TASKS);
    async_future_init(&s.guests[0].future, &parent_kind);
    EXPLORE_CHECK(async_spawn(s.executor, &s.guests[0].task, &s.guests[0].future) == STATUS_OK);
    async_executor_run(s.executor);
    async_executor_destroy(s.executor);
}

#define CASE(NAME, RUNS) { .name = #NAME, .body = NAME, .reset = forget, \
                           .plan = { .strategy = EXPLORE_RANDOM, .runs = RUNS } }
#define DEEP(NAME, RUNS) { .name = #NAME, .body = NAME, .reset = forget, \
                           .plan = { .strategy = EXPLORE_PCT, .depth = 3, .runs = RUNS } }
#define PROVED(NAME) { .name = #NAME, .body = NAME, .reset = forget, \
                       .plan = { .strategy = EXPLORE_DPOR } }
static const struct explore_case cases[] = {
    CASE(a_wake_reaches_a_task_wherever_it_is, 20000),
    DEEP(two_workers_lose_no_wake, 20000),
    CASE(wakes_race_with_the_end_and_the_last_reference_ends_it, 10000),
    PROVED(without_workers_the_caller_misses_no_wake),
    PROVED(without_workers_the_caller_sees_the_last_reference_go),
    DEEP(thieves_take_each_task_once, 20000),
    DEEP(shutdown_while_stealing_drains, 20000),
    CASE(a_spawn_races_with_shutdown, 20000),
    PROVED(sleepers_wake_in_the_order_of_their_deadlines),
    PROVED(deadline_fires_at_virtual_time),
    CASE(a_nearer_deadline_wakes_the_timekeeper, 10000),
    DEEP(somebody_keeps_the_time_while_another_works, 10000),
    CASE(a_task_from_outside_does_not_wait_for_a_long_poll, 20000),
    DEEP(a_child_does_not_wait_for_its_parents_long_poll, 20000),
    DEEP(what_a_thief_takes_away_does_not_wait_for_it, 20000),
    DEEP(a_timer_does_not_wait_for_a_long_poll, 30000),
    CASE(what_was_written_before_a_wake_is_seen, 10000),
    { .name = "every_allocation_may_fail", .body = every_allocation_may_fail, .reset = forget,
      .plan = { .strategy = EXPLORE_RANDOM, .runs = 3000, .allocation_failures = 1 } },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
