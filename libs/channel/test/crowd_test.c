/*
 * crowd_test.c - channels between threads of the system: exactly once, and in order.
 *
 * A value is its sender and its number.  Every receiver checks that the numbers of one
 * sender only grow, and all together that each number came once, by sum and by count.
 * Real threads sample schedules; the *_explore_test.c programs walk them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/assert.h"
#include "base/attr.h"
#include "channel/select.h"
#include "sync/clock.h"
#include "sync/park.h"
#include "sync/thread.h"

enum { CROWD_MAX = 4, EACH = 1500 };

struct value {
    uint32_t sender, number;
    uint64_t check; /* of the two, so that torn values show */
};

enum manner { BY_CALL, BY_TRY, BY_PERMIT, BY_POLL, BY_SELECT, BY_DEADLINE, MANNERS };

struct crowd {
    struct channel *channel;
    enum manner manner;
    uint32_t senders, receivers;
    struct member {
        struct sync_thread thread;
        struct crowd *crowd;
        uint32_t number;
    } members[2 * CROWD_MAX];
    uint64_t counts[CROWD_MAX], sums[CROWD_MAX]; /* a receiver each */
};

static uint64_t check_of(uint32_t sender, uint32_t number) {
    return (sender * UINT64_C(0x9e3779b97f4a7c15)) ^ (number * UINT64_C(0xc2b2ae3d27d4eb4f));
}

static enum status send_by(struct crowd *crowd, const struct value *value) {
    struct channel *channel = crowd->channel;
    enum status status;
    switch (crowd->manner) {
    case BY_TRY:
        while ((status = channel_try_send(channel, value)) == STATUS_BUSY) {
            sync_thread_yield();
        }
        return status;
    case BY_PERMIT: {
        struct channel_permit permit;
        status = channel_reserve(channel, &permit, SYNC_NO_DEADLINE, NULL);
        if (status == STATUS_OK && value->number % 3 == 0) {
            channel_release(&permit);
            status = channel_reserve(channel, &permit, SYNC_NO_DEADLINE, NULL);
        }
        if (status == STATUS_OK) {
            channel_commit(&permit, value);
        }
        return status;
    }
    case BY_POLL: {
        struct channel_waiter waiter = { 0 };
        struct sync_parker parker = { 0 };
        while ((status = channel_poll_send(channel, value, &waiter, sync_parker_waker(&parker))) ==
               STATUS_BUSY) {
            (void)!sync_parker_park(&parker, SYNC_NO_DEADLINE);
        }
        return status;
    }
    case BY_SELECT: {
        struct channel_arm arm = { .kind = CHANNEL_ARM_SEND, .channel = channel, .value = value };
        struct channel_select select = { .arms = &arm, .arm_count = 1 };
        uint32_t index;
        return channel_select(&select, SYNC_NO_DEADLINE, NULL, &index);
    }
    case BY_DEADLINE:
        while ((status = channel_send(channel, value, sync_clock_ns() + 20000, NULL)) ==
               STATUS_TIMED_OUT) {}
        return status;
    default:
        return channel_send(channel, value, SYNC_NO_DEADLINE, NULL);
    }
}

static enum status receive_by(struct crowd *crowd, struct value *out_value) {
    struct channel *channel = crowd->channel;
    enum status status;
    switch (crowd->manner) {
    case BY_TRY:
        while ((status = channel_try_receive(channel, out_value)) == STATUS_BUSY) {
            sync_thread_yield();
        }
        return status;
    case BY_POLL: {
        struct channel_waiter waiter = { 0 };
        struct sync_parker parker = { 0 };
        while ((status = channel_poll_receive(channel, out_value, &waiter,
                                              sync_parker_waker(&parker))) == STATUS_BUSY) {
            (void)!sync_parker_park(&parker, SYNC_NO_DEADLINE);
        }
        return status;
    }
    case BY_SELECT: {
        struct channel_arm arms[2] = {
            { .kind = CHANNEL_ARM_RECEIVE, .channel = NULL },
            { .kind = CHANNEL_ARM_RECEIVE, .channel = channel, .out_value = out_value },
        };
        struct channel_select select = { .arms = arms, .arm_count = 2 };
        uint32_t index;
        return channel_select(&select, SYNC_NO_DEADLINE, NULL, &index);
    }
    case BY_DEADLINE:
        while ((status = channel_receive(channel, out_value, sync_clock_ns() + 20000, NULL)) ==
               STATUS_TIMED_OUT) {}
        return status;
    default:
        return channel_receive(channel, out_value, SYNC_NO_DEADLINE, NULL);
    }
}

static void send_all(void *argument) {
    const struct member *member = argument;
    struct crowd *crowd = member->crowd;
    uint32_t sender = member->number;
    for (uint32_t i = 0; i < EACH; i++) {
        struct value value = { sender, i, check_of(sender, i) };
        ASSERT(send_by(crowd, &value) == STATUS_OK);
    }
}

static void receive_all(void *argument) {
    const struct member *member = argument;
    struct crowd *crowd = member->crowd;
    uint32_t receiver = member->number;
    uint32_t next[CROWD_MAX] = { 0 };
    struct value value;
    enum status status;
    while ((status = receive_by(crowd, &value)) == STATUS_OK) {
        ASSERT(value.sender < crowd->senders && value.number >= next[value.sender]);
        ASSERT(value.check == check_of(value.sender, value.number));
        next[value.sender] = value.number + 1;
        crowd->counts[receiver]++;
        crowd->sums[receiver] += value.number;
    }
    ASSERT(status == STATUS_CLOSED);
}

static void start(struct crowd *crowd, uint32_t at, uint32_t number, sync_thread_body body) {
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    struct member *member = &crowd->members[at];
    member->crowd = crowd;
    member->number = number;
    assert_int_equal(sync_thread_start(&member->thread, &options, body, member), STATUS_OK);
}

static void run_crowd(struct crowd *crowd, uint32_t capacity, uint32_t ceiling) {
    struct channel_options options = { .value_bytes = sizeof(struct value),
                                       .capacity = capacity,
                                       .ceiling = ceiling };
    assert_int_equal(channel_create(&options, &crowd->channel), STATUS_OK);
    for (uint32_t i = 0; i < crowd->receivers; i++) {
        start(crowd, crowd->senders + i, i, receive_all);
    }
    for (uint32_t i = 0; i < crowd->senders; i++) {
        start(crowd, i, i, send_all);
    }
    for (uint32_t i = 0; i < crowd->senders; i++) {
        sync_thread_join(&crowd->members[i].thread);
    }
    channel_close(crowd->channel);
    uint64_t count = 0;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < crowd->receivers; i++) {
        sync_thread_join(&crowd->members[crowd->senders + i].thread);
        count += crowd->counts[i];
        sum += crowd->sums[i];
    }
    assert_int_equal(count, crowd->senders * (uint64_t)EACH);
    assert_int_equal(sum, crowd->senders * ((uint64_t)EACH * (EACH - 1) / 2));
    assert_int_equal(channel_length(crowd->channel), 0);
    assert_int_equal(channel_permits(crowd->channel), 0);
    channel_destroy(crowd->channel);
}

static void each_value_once_and_in_order(enum manner manner) {
    static const struct {
        uint32_t capacity, ceiling;
    } shapes[] = {
        { 1, 0 }, { 2, 0 }, { 3, 0 }, { 64, 0 }, { 0, 2 }, { 0, 64 }, { 0, 100000 },
    };
    static const struct {
        uint32_t senders, receivers;
    } sizes[] = { { 1, 1 }, { 4, 4 }, { 3, 1 }, { 1, 3 } };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (size_t j = 0; j < COUNT_OF(sizes); j++) {
            struct crowd crowd = { .manner = manner,
                                   .senders = sizes[j].senders,
                                   .receivers = sizes[j].receivers };
            run_crowd(&crowd, shapes[i].capacity, shapes[i].ceiling);
        }
    }
}

static void by_blocking_calls(void **state) {
    (void)state;
    each_value_once_and_in_order(BY_CALL);
}

static void by_trying(void **state) {
    (void)state;
    each_value_once_and_in_order(BY_TRY);
}

static void by_permits(void **state) {
    (void)state;
    each_value_once_and_in_order(BY_PERMIT);
}

static void by_polling_like_tasks(void **state) {
    (void)state;
    each_value_once_and_in_order(BY_POLL);
}

static void by_selecting(void **state) {
    (void)state;
    each_value_once_and_in_order(BY_SELECT);
}

static void by_deadlines_that_pass(void **state) {
    (void)state;
    each_value_once_and_in_order(BY_DEADLINE);
}

/* ---- the token ---- */

static void fire_soon(void *token) {
    sync_sleep_ns(1000000);
    sync_cancel_fire(token);
}

static void a_token_ends_a_wait_from_another_thread(void **state) {
    (void)state;
    struct channel_options options = { .value_bytes = 8, .capacity = 1 };
    const struct sync_thread_options thread_options = { .cpu = SYNC_CPU_ANY };
    struct channel *channel;
    struct sync_cancel *token;
    struct sync_thread thread;
    uint64_t value;
    assert_int_equal(channel_create(&options, &channel), STATUS_OK);
    assert_int_equal(sync_cancel_create(NULL, &token), STATUS_OK);
    assert_int_equal(sync_thread_start(&thread, &thread_options, fire_soon, token), STATUS_OK);
    assert_int_equal(channel_receive(channel, &value, SYNC_NO_DEADLINE, token), STATUS_CANCELLED);
    sync_thread_join(&thread);
    sync_cancel_release(token);
    channel_destroy(channel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_blocking_calls),
        cmocka_unit_test(by_trying),
        cmocka_unit_test(by_permits),
        cmocka_unit_test(by_polling_like_tasks),
        cmocka_unit_test(by_selecting),
        cmocka_unit_test(by_deadlines_that_pass),
        cmocka_unit_test(a_token_ends_a_wait_from_another_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
