/* scopes_explore_test.c - scopes, sleeping tasks and selects, where mutants of them show. */
#include <string.h>

#include "team.h"
#include "async/channel.h"
#include "async/scope.h"
#include "async/timer.h"
#include "channel/select.h"
#include "sync/clock.h"

enum { CHILDREN = 2 };

struct child {
    struct async_task task;
    struct async_future future;
    struct async_receive receive;
    struct async_sleep sleep;
    uint64_t value;
};

static struct {
    struct async_executor *executor;
    struct async_scope scope;
    struct child children[CHILDREN];
    struct channel *channels[2];
    uint32_t done;               /* written by a child, read after the join */
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static struct child *child_of(struct async_future *future) {
    return CONTAINER_OF(future, struct child, future);
}

static enum async_poll poll_work(struct async_future *future, struct async_context *context) {
    (void)context;
    s.done++;
    return async_finish(future, STATUS_OK);
}

static const struct async_kind work_kind = { .name = "work", .poll = poll_work };

static enum async_poll poll_fail(struct async_future *future, struct async_context *context) {
    (void)context;
    return async_finish(future, STATUS_IO);
}

static const struct async_kind fail_kind = { .name = "fail", .poll = poll_fail };

/* Waits for a value that never comes, or for the token. */
static enum async_poll poll_wait(struct async_future *future, struct async_context *context) {
    struct child *child = child_of(future);
    if (child->receive.channel == NULL) {
        async_receive_init(&child->receive, s.channels[0], &child->value,
                           async_scope_token(&s.scope));
    }
    if (async_poll(&child->receive.future, context) == ASYNC_PENDING) {
        return ASYNC_PENDING;
    }
    return async_finish(future, child->receive.future.status);
}

static const struct async_kind wait_kind = { .name = "wait", .poll = poll_wait };

static enum async_poll poll_sleep(struct async_future *future, struct async_context *context) {
    struct child *child = child_of(future);
    if (child->sleep.deadline_ns == 0) {
        async_sleep_init(&child->sleep, sync_clock_ns() + 1000000, NULL);
    }
    if (async_poll(&child->sleep.future, context) == ASYNC_PENDING) {
        return ASYNC_PENDING;
    }
    s.done++;
    return async_finish(future, child->sleep.future.status);
}

static const struct async_kind sleep_kind = { .name = "sleep", .poll = poll_sleep };

static void open(uint32_t workers) {
    struct async_executor_options options = { .workers = workers, .tasks_max = 4,
                                              .queue_max = 4, .spins = 1 };
    EXPLORE_CHECK(async_executor_create(&options, &s.executor) == STATUS_OK);
    struct async_scope_options scoped = { .executor = s.executor, .max_children = CHILDREN };
    EXPLORE_CHECK(async_scope_open(&s.scope, &scoped) == STATUS_OK);
}

static void spawn(uint32_t number, const struct async_kind *kind) {
    struct child *child = &s.children[number];
    async_future_init(&child->future, kind);
    EXPLORE_CHECK(async_scope_spawn(&s.scope, &child->task, &child->future, number) == STATUS_OK);
}

static void join_and_close(enum status wanted) {
    EXPLORE_CHECK(async_scope_join(&s.scope, SYNC_NO_DEADLINE) == wanted);
    async_scope_close(&s.scope);
}

static void a_join_waits_for_children(void) {
    open(1);
    spawn(0, &work_kind);
    spawn(1, &work_kind);
    join_and_close(STATUS_OK);
    EXPLORE_CHECK(s.done == 2);
    async_executor_destroy(s.executor);
}

static void open_channels(void) {
    struct channel_options options = { .value_bytes = sizeof(uint64_t), .capacity = 1 };
    EXPLORE_CHECK(channel_create(&options, &s.channels[0]) == STATUS_OK);
    EXPLORE_CHECK(channel_create(&options, &s.channels[1]) == STATUS_OK);
}

static void close_channels(void) {
    channel_destroy(s.channels[0]);
    channel_destroy(s.channels[1]);
}

static void a_failure_ends_what_others_wait_for(void) {
    open_channels();
    open(1);
    spawn(0, &wait_kind);
    spawn(1, &fail_kind);
    join_and_close(STATUS_IO);
    async_executor_destroy(s.executor);
    close_channels();
}

static void a_task_sleeps(void) {
    open(2);
    spawn(0, &sleep_kind);
    join_and_close(STATUS_OK);
    EXPLORE_CHECK(s.done == 1);
    async_executor_destroy(s.executor);
}

static void receive_either(uint32_t count) {
    uint64_t value = 0;
    uint32_t index = 0;
    struct channel_arm arms[2] = {
        { .kind = CHANNEL_ARM_RECEIVE, .channel = s.channels[0], .out_value = &value },
        { .kind = CHANNEL_ARM_RECEIVE, .channel = s.channels[1], .out_value = &value },
    };
    struct channel_select select = { .arms = arms, .arm_count = 2 };
    for (uint32_t i = 0; i < count; i++) {
        EXPLORE_CHECK(channel_select(&select, SYNC_NO_DEADLINE, NULL, &index) == STATUS_OK);
        EXPLORE_CHECK(value == index + 1);
    }
}

static void receive_one(void *unused) {
    (void)unused;
    receive_either(1);
}

static void receive_two(void *unused) {
    (void)unused;
    receive_either(2);
}

static void send_to_the_last(void *unused) {
    (void)unused;
    uint64_t value = 2;
    EXPLORE_CHECK(channel_send(s.channels[1], &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

static void send_to_both(void *unused) {
    (void)unused;
    for (uint64_t value = 2; value >= 1; value--) {
        EXPLORE_CHECK(channel_send(s.channels[value - 1], &value, SYNC_NO_DEADLINE, NULL) ==
                      STATUS_OK);
    }
}

static void a_select_takes_what_comes(void) {
    open_channels();
    TEAM_RUN(receive_two, send_to_both);
    close_channels();
}

static void a_select_is_woken_by_its_last_arm(void) {
    open_channels();
    TEAM_RUN(receive_one, send_to_the_last);
    close_channels();
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(a_join_waits_for_children),
    CASE(a_failure_ends_what_others_wait_for),
    CASE(a_task_sleeps),
    CASE(a_select_takes_what_comes),
    CASE(a_select_is_woken_by_its_last_arm),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
