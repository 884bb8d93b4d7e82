/*
 * scope_explore_test.c - joins, cancellation, cleanups and ties, in every order.
 *
 * Children write plain words of the scope's owner, who reads them after the join: a join
 * that comes too early is a race, one that never comes a deadlock.
 */
#include <string.h>

#include "async/cancel_after.h"
#include "async/channel.h"
#include "async/co.h"
#include "async/executor.h"
#include "async/scope.h"
#include "async/timer.h"
#include "base/attr.h"
#include "explore/explore.h"
#include "sync/clock.h"
#include "sync/lock.h"
#include "sync/panic.h"
#include "sync/thread.h"

enum { CHILDREN = 3, MS = 1000000 };

struct child {
    struct async_task task;
    struct async_future future;
    struct async_sleep sleep;
    struct sync_cancel *token;
    bool waits;              /* until the token is fired */
    enum status status;
    uint32_t ended;          /* plain */
    uint32_t released;       /* plain */
};

/* Kept by a thread, polled by a task. */
struct promise {
    struct async_future future;
    struct sync_lock lock;
    bool is_kept, has_waker;
    struct sync_waker waker;
    uint32_t polls, drops;
};

static struct {
    struct async_executor *executor;
    struct async_scope scope;
    struct sync_panic panic;
    struct child children[CHILDREN];
    struct promise promise;
    struct async_cancel_after after;
    struct sync_cancel *token;
    struct channel *channel;
    struct async_cleanup cleanups[2];
    uint32_t cleaned[2];
    uint32_t cleaned_count;
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static void open_for(uint32_t workers, uint32_t max_children, bool keeps_going) {
    struct async_executor_options options = { .workers = workers, .tasks_max = 8,
                                              .queue_max = 2, .spins = 1 };
    EXPLORE_CHECK(async_executor_create(&options, &s.executor) == STATUS_OK);
    struct async_scope_options scope = { .executor = s.executor, .max_children = max_children,
                                         .keeps_going = keeps_going, .out_panic = &s.panic };
    EXPLORE_CHECK(async_scope_open(&s.scope, &scope) == STATUS_OK);
}

static void open(uint32_t workers, bool keeps_going) {
    open_for(workers, CHILDREN, keeps_going);
}

static void close_all(void) {
    async_scope_close(&s.scope);
    async_executor_destroy(s.executor);
}

static enum async_poll child_poll(struct async_future *future, struct async_context *context) {
    struct child *child = CONTAINER_OF(future, struct child, future);
    CO_BEGIN(future);
    if (child->waits) {
        async_sleep_init(&child->sleep, SYNC_NO_DEADLINE, child->token);
        CO_AWAIT(future, context, &child->sleep.future);
        child->status = child->sleep.future.status;
    }
    child->ended++;
    if (child->status == STATUS_POISONED) {
        sync_panic(7, NULL, 0);
    }
    CO_RETURN(future, child->status);
    CO_END(future);
}

static void child_release(struct async_future *future) {
    CONTAINER_OF(future, struct child, future)->released++;
}

static const struct async_kind child_kind = { .name = "child", .poll = child_poll,
                                              .release = child_release };

static void spawn(uint32_t i, bool waits, enum status status) {
    struct child *child = &s.children[i];
    child->token = async_scope_token(&s.scope);
    child->waits = waits;
    child->status = status;
    async_future_init(&child->future, &child_kind);
    enum status begun = async_scope_spawn(&s.scope, &child->task, &child->future, 9 - i);
    EXPLORE_CHECK(begun == STATUS_OK || begun == STATUS_CANCELLED);
    if (begun != STATUS_OK) {   /* else both are the child's now */
        child->ended++;
        child->released++;
    }
}

static void check_children(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        EXPLORE_CHECK(s.children[i].ended == 1);
    }
}

static void start(struct sync_thread *thread, sync_thread_body body, void *argument) {
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(sync_thread_start(thread, &options, body, argument) == STATUS_OK);
}

/* ---- joins ---- */

static void a_join_sees_what_all_children_did(void) {
    open(2, false);
    spawn(0, false, STATUS_OK);
    spawn(1, false, STATUS_OK);
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == STATUS_OK);
    check_children(2);
    EXPLORE_CHECK(s.children[0].released == 1 && s.children[1].released == 1);
    close_all();
}

/* In a scope for many, a worker takes children out several at a time. */
static void a_join_sees_what_gathered(void) {
    open_for(2, 2000, true);
    spawn(0, false, STATUS_OK);
    spawn(1, false, STATUS_IO);
    spawn(2, false, STATUS_OK);
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == STATUS_IO);
    check_children(3);
    EXPLORE_CHECK(s.children[0].released == 1 && s.children[1].released == 0);
    EXPLORE_CHECK(s.children[2].released == 1);
    close_all();
    EXPLORE_CHECK(s.children[1].released == 1);
}

static void release_task(void *task) {
    async_task_release(task);
}

/* One child's last reference is given back by a thread, the other's by a worker. */
static void a_join_waits_for_references(void) {
    struct sync_thread thread;
    open_for(1, 2000, false);
    spawn(0, true, STATUS_OK);
    spawn(1, false, STATUS_OK);
    async_task_retain(&s.children[0].task);   /* it waits for the token, so it is there */
    async_scope_cancel(&s.scope);
    start(&thread, release_task, &s.children[0].task);
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == STATUS_CANCELLED);
    EXPLORE_CHECK(s.children[0].released == 1 && s.children[1].released == 1);
    sync_thread_join(&thread);
    close_all();
}

static void a_panic_is_kept_and_ends_those_who_wait(void) {
    open(2, false);
    spawn(0, true, STATUS_OK);
    spawn(1, false, STATUS_POISONED);
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == STATUS_POISONED);
    EXPLORE_CHECK(s.panic.code == 7);
    check_children(2);
    close_all();
}

static void a_join_with_a_deadline_may_be_asked_again(void) {
    open(1, false);
    spawn(0, false, STATUS_OK);
    enum status status = async_scope_join(&s.scope, sync_clock_ns() + MS);
    if (status == STATUS_TIMED_OUT) {
        struct async_running running = { .order = 9 };
        EXPLORE_CHECK(async_scope_running(&s.scope, &running, 1) <= 1 && running.order == 9);
        status = async_scope_join(&s.scope, SYNC_NO_DEADLINE);
    }
    EXPLORE_CHECK(status == STATUS_OK);
    check_children(1);
    close_all();
}

static void failures_are_the_same_set_in_every_order(void) {
    open(2, true);
    spawn(0, false, STATUS_BAD_DATA);
    spawn(1, false, STATUS_OK);
    spawn(2, false, STATUS_IO);
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == STATUS_IO);   /* order 7 */
    EXPLORE_CHECK(async_scope_failure_count(&s.scope) == 2);
    struct async_task *first = async_scope_failure(&s.scope, NULL);
    EXPLORE_CHECK(first == &s.children[2].task);
    EXPLORE_CHECK(async_scope_failure(&s.scope, first) == &s.children[0].task);
    close_all();
    for (uint32_t i = 0; i < CHILDREN; i++) {
        EXPLORE_CHECK(s.children[i].released == 1);
    }
}

/* ---- cancellation ---- */

static void a_failure_ends_those_who_wait(void) {
    open(2, false);
    spawn(0, true, STATUS_OK);
    spawn(1, false, STATUS_BAD_DATA);
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == STATUS_BAD_DATA);
    EXPLORE_CHECK(async_scope_failure_count(&s.scope) == 1);
    check_children(2);
    close_all();
}

static void fire(void *token) {
    sync_cancel_fire(token);
}

static void a_token_fired_elsewhere_ends_all(void) {
    struct sync_thread thread;
    open(1, false);
    start(&thread, fire, async_scope_token(&s.scope));
    spawn(0, true, STATUS_OK);
    spawn(1, true, STATUS_OK);
    enum status status = async_scope_join(&s.scope, SYNC_NO_DEADLINE);
    EXPLORE_CHECK(status == STATUS_CANCELLED || status == STATUS_OK);
    check_children(2);
    sync_thread_join(&thread);
    close_all();
}

static void clean(void *number) {
    s.cleaned[s.cleaned_count++] = *(uint32_t *)number;
}

static void cleanups_come_once_after_the_children(void) {
    static uint32_t numbers[2] = { 1, 2 };
    struct sync_thread thread;
    open(1, false);
    async_scope_defer(&s.scope, &s.cleanups[0], clean, &numbers[0]);
    async_scope_defer(&s.scope, &s.cleanups[1], clean, &numbers[1]);
    spawn(0, true, STATUS_OK);
    start(&thread, fire, async_scope_token(&s.scope));
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == STATUS_CANCELLED);
    EXPLORE_CHECK(s.cleaned_count == 2 && s.cleaned[0] == 2 && s.cleaned[1] == 1);
    sync_thread_join(&thread);
    close_all();
}

/* ---- cancel_after ---- */

static enum async_poll promise_poll(struct async_future *future, struct async_context *context) {
    struct promise *promise = CONTAINER_OF(future, struct promise, future);
    promise->polls++;
    sync_lock_acquire(&promise->lock);
    bool is_kept = promise->is_kept;
    promise->has_waker = !is_kept;
    promise->waker = context->waker;
    sync_lock_release(&promise->lock);
    return is_kept ? async_finish(future, STATUS_OK) : ASYNC_PENDING;
}

static void promise_drop(struct async_future *future) {
    struct promise *promise = CONTAINER_OF(future, struct promise, future);
    promise->drops++;
    sync_lock_acquire(&promise->lock);
    promise->has_waker = false;
    sync_lock_release(&promise->lock);
}

static const struct async_kind promise_kind = { .name = "promise", .poll = promise_poll,
                                                .drop = promise_drop };

static void keep(void *unused) {
    (void)unused;
    sync_lock_acquire(&s.promise.lock);
    s.promise.is_kept = true;
    if (s.promise.has_waker) {
        s.promise.has_waker = false;
        sync_waker_wake(&s.promise.waker);
    }
    sync_lock_release(&s.promise.lock);
}

/* A value, a token and a deadline race: one of them is the result, and the drop fits it. */
static void value_token_and_deadline_race(void) {
    struct sync_thread keeper;
    struct sync_thread firing;
    open(0, false);
    uint64_t deadline_ns = sync_clock_ns() + MS;
    EXPLORE_CHECK(sync_cancel_create(NULL, &s.token) == STATUS_OK);
    async_future_init(&s.promise.future, &promise_kind);
    async_cancel_after_init(&s.after, &s.promise.future, deadline_ns, s.token);
    start(&keeper, keep, NULL);
    start(&firing, fire, s.token);
    enum status status = async_executor_complete(s.executor, &s.after.future);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CANCELLED ||
                  (status == STATUS_TIMED_OUT && sync_clock_ns() >= deadline_ns));
    EXPLORE_CHECK(s.promise.drops == (status != STATUS_OK));
    EXPLORE_CHECK(s.promise.polls <= 4);   /* at first, and once for each of three wakes */
    sync_thread_join(&keeper);
    sync_thread_join(&firing);
    sync_cancel_release(s.token);
    EXPLORE_CHECK(async_scope_join(&s.scope, 0) == STATUS_OK);
    close_all();
}

/* What is there at the deadline wins, with or without the token. */
static void a_tie_goes_to_the_value(void) {
    open(1, false);
    EXPLORE_CHECK(sync_cancel_create(NULL, &s.token) == STATUS_OK);
    async_future_init(&s.promise.future, &promise_kind);
    async_cancel_after_init(&s.after, &s.promise.future, sync_clock_ns(), s.token);
    bool has_value = explore_choose(2) != 0;
    bool is_fired = explore_choose(2) != 0;
    if (has_value) {
        keep(NULL);
    }
    if (is_fired) {
        sync_cancel_fire(s.token);
    }
    enum status status = async_executor_complete(s.executor, &s.after.future);
    EXPLORE_CHECK(status == (has_value ? STATUS_OK
                           : is_fired  ? STATUS_CANCELLED : STATUS_TIMED_OUT));
    sync_cancel_release(s.token);
    EXPLORE_CHECK(async_scope_join(&s.scope, 0) == STATUS_OK);
    close_all();
}

/* ---- channels ---- */

static void send_one(void *unused) {
    uint32_t value = 7;
    (void)unused;
    EXPLORE_CHECK(channel_send(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

/* A thread sends, a task receives with a deadline: the value is received or still there. */
static void a_receive_that_is_given_up_has_taken_nothing(void) {
    struct sync_thread thread;
    struct channel_options options = { .value_bytes = sizeof(uint32_t), .capacity = 1 };
    struct async_receive receive;
    uint32_t value = 0;
    open(0, false);
    EXPLORE_CHECK(channel_create(&options, &s.channel) == STATUS_OK);
    async_receive_init(&receive, s.channel, &value, NULL);
    async_cancel_after_init(&s.after, &receive.future, sync_clock_ns() + MS, NULL);
    start(&thread, send_one, NULL);
    enum status status = async_executor_complete(s.executor, &s.after.future);
    sync_thread_join(&thread);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    EXPLORE_CHECK(value == (status == STATUS_OK ? 7 : 0));
    enum status left = channel_try_receive(s.channel, &value);
    EXPLORE_CHECK(left == (status == STATUS_OK ? STATUS_BUSY : STATUS_OK));
    channel_destroy(s.channel);
    EXPLORE_CHECK(async_scope_join(&s.scope, 0) == STATUS_OK);
    close_all();
}

#define CASE(NAME, RUNS) { .name = #NAME, .body = NAME, .reset = forget, \
                           .plan = { .strategy = EXPLORE_RANDOM, .runs = RUNS } }
#define DEEP(NAME, RUNS) { .name = #NAME, .body = NAME, .reset = forget, \
                           .plan = { .strategy = EXPLORE_PCT, .depth = 3, .runs = RUNS } }
#define PROVED(NAME) { .name = #NAME, .body = NAME, .reset = forget, \
                       .plan = { .strategy = EXPLORE_DPOR, .runs = 30000 } }
static const struct explore_case cases[] = {
    DEEP(a_join_sees_what_all_children_did, 10000),
    DEEP(a_join_sees_what_gathered, 10000),
    CASE(a_join_waits_for_references, 10000),
    DEEP(a_panic_is_kept_and_ends_those_who_wait, 10000),
    CASE(a_join_with_a_deadline_may_be_asked_again, 10000),
    DEEP(failures_are_the_same_set_in_every_order, 10000),
    DEEP(a_failure_ends_those_who_wait, 10000),
    CASE(a_token_fired_elsewhere_ends_all, 10000),
    CASE(cleanups_come_once_after_the_children, 10000),
    PROVED(value_token_and_deadline_race),
    PROVED(a_tie_goes_to_the_value),
    PROVED(a_receive_that_is_given_up_has_taken_nothing),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
