/*
 * wait_explore_test.c - who waits on a channel, under every schedule: deadlines, tokens,
 * tasks beside threads, wakes passed on, newcomers held back.
 *
 * Most cases end with somebody who waits without a deadline; if a wake got lost, he
 * would wait for ever, and the explorer says so.
 */
#include <string.h>

#include "explore_crew.h"
#include "sync/cancel.h"
#include "sync/clock.h"
#include "sync/park.h"

static struct {
    struct channel *channel;
    struct sync_cancel *token;
    uint32_t received; /* bits, one a value below 16 */
    uint32_t others;   /* of the second receiver */
    uint32_t given_up; /* bits of values whose send was given up */
    uint32_t gave_up_count;
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static void begin(uint32_t capacity) {
    s.channel = crew_channel(capacity, 0);
    EXPLORE_CHECK(sync_cancel_create(NULL, &s.token) == STATUS_OK);
}

static void end(void) {
    sync_cancel_release(s.token);
    channel_destroy(s.channel);
}

static void send(uint32_t value) {
    EXPLORE_CHECK(channel_send(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

static uint32_t receive_bit(void) {
    uint32_t value = UINT32_MAX;
    EXPLORE_CHECK(channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    EXPLORE_CHECK(value < 16);
    return 1u << value;
}

static void send_1(void *unused) {
    (void)unused;
    send(1);
}

static void send_2(void *unused) {
    (void)unused;
    send(2);
}

static void send_1_and_2(void *unused) {
    (void)unused;
    send(1);
    send(2);
}

static void receive_1(void *unused) {
    (void)unused;
    s.received |= receive_bit();
}

static void receive_2(void *unused) {
    (void)unused;
    s.received |= receive_bit();
    s.received |= receive_bit();
}

static void other_receives_1(void *unused) {
    (void)unused;
    s.others |= receive_bit();
}

/* ---- deadlines ---- */

static void send_3_in_time(void *unused) {
    (void)unused;
    uint32_t value = 3;
    enum status status = channel_send(s.channel, &value, sync_clock_ns() + 1000, NULL);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    s.given_up |= status == STATUS_TIMED_OUT ? 1u << value : 0;
}

static void receive_in_time(void *unused) {
    (void)unused;
    uint32_t value = UINT32_MAX;
    enum status status = channel_receive(s.channel, &value, sync_clock_ns() + 1000, NULL);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    if (status == STATUS_OK) {
        s.others |= 1u << value;
    } else {
        EXPLORE_CHECK(value == UINT32_MAX);
    }
}

/* Nobody else sends or receives, so nothing but the deadline can end these. */
static void a_deadline_ends_a_wait(void) {
    begin(1);
    receive_in_time(NULL);
    EXPLORE_CHECK(s.others == 0);
    send(1);
    send_3_in_time(NULL);
    EXPLORE_CHECK(s.given_up == 1u << 3 && channel_length(s.channel) == 1);
    end();
}

static void a_deadline_and_room_tie(void) {
    begin(1);
    send(1);
    CREW(send_3_in_time, receive_1);
    EXPLORE_CHECK(s.received == 1u << 1);
    EXPLORE_CHECK(channel_length(s.channel) == (s.given_up == 0 ? 1 : 0));
    end();
}

static void a_deadline_and_a_value_tie(void) {
    begin(1);
    CREW(receive_in_time, send_1);
    EXPLORE_CHECK(channel_length(s.channel) == (s.others == 0 ? 1 : 0));
    end();
}

/* The sender that gives up may be the one that the receive woke. */
static void who_times_out_passes_its_wake_on(void) {
    begin(1);
    send(1);
    CREW(receive_2, send_3_in_time, send_2);
    uint32_t left = s.given_up == 0 ? 1 : 0;
    EXPLORE_CHECK(channel_length(s.channel) == left);
    end();
}

static void a_receiver_that_times_out_passes_its_wake_on(void) {
    begin(2);
    CREW(receive_1, receive_in_time, send_1_and_2);
    EXPLORE_CHECK(channel_length(s.channel) == (s.others == 0 ? 1 : 0));
    end();
}

/* ---- tokens ---- */

static void fire(void *unused) {
    (void)unused;
    sync_cancel_fire(s.token);
}

static void send_4_unless_cancelled(void *unused) {
    (void)unused;
    uint32_t value = 4;
    enum status status = channel_send(s.channel, &value, SYNC_NO_DEADLINE, s.token);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CANCELLED);
    s.given_up |= status == STATUS_CANCELLED ? 1u << value : 0;
}

static void receive_unless_cancelled(void *unused) {
    (void)unused;
    uint32_t value = UINT32_MAX;
    enum status status = channel_receive(s.channel, &value, SYNC_NO_DEADLINE, s.token);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CANCELLED);
    s.others |= status == STATUS_OK ? 1u << value : 0;
}

static void a_token_ends_a_wait(void) {
    begin(1);
    CREW(receive_unless_cancelled, fire);
    EXPLORE_CHECK(s.others == 0);
    end();
}

static void a_cancelled_send_has_not_sent(void) {
    begin(1);
    send(1);
    CREW(receive_1, send_4_unless_cancelled, fire);
    EXPLORE_CHECK(channel_length(s.channel) == (s.given_up == 0 ? 1 : 0));
    end();
}

static void a_cancelled_receiver_passes_its_wake_on(void) {
    begin(2);
    CREW(receive_1, receive_unless_cancelled, fire, send_1_and_2);
    EXPLORE_CHECK(channel_length(s.channel) == (s.others == 0 ? 1 : 0));
    end();
}

static void reserve_unless_cancelled(void *unused) {
    (void)unused;
    struct channel_permit permit;
    enum status status = channel_reserve(s.channel, &permit, SYNC_NO_DEADLINE, s.token);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CANCELLED);
    EXPLORE_CHECK((permit.channel != NULL) == (status == STATUS_OK));
    if (status == STATUS_OK) {
        uint32_t value = 5;
        channel_commit(&permit, &value);
    }
    s.given_up |= status == STATUS_OK ? 0 : 1u << 5;
}

static void a_cancelled_reserve_holds_no_room(void) {
    begin(1);
    send(1);
    CREW(receive_1, reserve_unless_cancelled, fire);
    EXPLORE_CHECK(channel_permits(s.channel) == 0);
    EXPLORE_CHECK(channel_length(s.channel) == (s.given_up == 0 ? 1 : 0));
    end();
}

static void two_wait_and_one_is_cancelled(void) {
    begin(1);
    send(1);
    CREW(receive_2, reserve_unless_cancelled, send_2, fire);
    EXPLORE_CHECK(channel_length(s.channel) == (s.given_up == 0 ? 1 : 0));
    end();
}

/* ---- tasks: polled, with wakers of their own ---- */

static uint32_t poll_bit(struct channel_waiter *waiter, struct sync_parker *parker) {
    uint32_t value = UINT32_MAX;
    for (;;) {
        enum status status = channel_poll_receive(s.channel, &value, waiter,
                                                  sync_parker_waker(parker));
        if (status != STATUS_BUSY) {
            EXPLORE_CHECK(status == STATUS_OK && value < 16);
            return 1u << value;
        }
        EXPLORE_CHECK(sync_parker_park(parker, SYNC_NO_DEADLINE) == STATUS_OK);
    }
}

static void task_receives_1(void *unused) {
    (void)unused;
    struct channel_waiter waiter = { 0 };
    struct sync_parker parker = { 0 };
    s.others |= poll_bit(&waiter, &parker);
}

static void a_task_and_a_thread_share_a_channel(void) {
    begin(1);
    CREW(receive_1, task_receives_1, send_1, send_2);
    EXPLORE_CHECK((s.received | s.others) == 6 && (s.received & s.others) == 0);
    end();
}

/* Waits a while, and then wants no more: the wake it may have got is another's. */
static void task_loses_interest(void *unused) {
    (void)unused;
    struct channel_waiter waiter = { 0 };
    struct sync_parker parker = { 0 };
    uint32_t value = UINT32_MAX;
    enum status status = channel_poll_receive(s.channel, &value, &waiter,
                                              sync_parker_waker(&parker));
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_BUSY);
    if (status == STATUS_OK) {
        s.others |= 1u << value;
    } else {
        (void)!sync_parker_park(&parker, sync_clock_ns() + 1000);
    }
    channel_waiter_leave(&waiter);
    channel_waiter_leave(&waiter);
}

static void a_task_that_leaves_passes_its_wake_on(void) {
    begin(2);
    CREW(receive_1, task_loses_interest, send_1_and_2);
    EXPLORE_CHECK(channel_length(s.channel) == (s.others == 0 ? 1 : 0));
    end();
}

/* Woken, but not polled until the thread beside it has got a value: it holds up nobody. */
static void a_slow_task_holds_up_nobody(void) {
    begin(2);
    struct channel_waiter waiter = { 0 };
    struct sync_parker parker = { 0 };
    uint32_t value = UINT32_MAX;
    EXPLORE_CHECK(channel_poll_receive(s.channel, &value, &waiter, sync_parker_waker(&parker)) ==
                  STATUS_BUSY);
    CREW(receive_1, send_1_and_2);
    s.others |= poll_bit(&waiter, &parker);
    EXPLORE_CHECK((s.received | s.others) == 6);
    end();
}

static void task_sends_6(void *unused) {
    (void)unused;
    struct channel_waiter waiter = { 0 };
    struct sync_parker parker = { 0 };
    uint32_t value = 6;
    while (channel_poll_send(s.channel, &value, &waiter, sync_parker_waker(&parker)) ==
           STATUS_BUSY) {
        EXPLORE_CHECK(sync_parker_park(&parker, SYNC_NO_DEADLINE) == STATUS_OK);
    }
}

static void task_commits_7(void *unused) {
    (void)unused;
    struct channel_waiter waiter = { 0 };
    struct sync_parker parker = { 0 };
    struct channel_permit permit;
    uint32_t value = 7;
    while (channel_poll_reserve(s.channel, &permit, &waiter, sync_parker_waker(&parker)) ==
           STATUS_BUSY) {
        EXPLORE_CHECK(sync_parker_park(&parker, SYNC_NO_DEADLINE) == STATUS_OK);
    }
    channel_commit(&permit, &value);
}

static void tasks_send_and_reserve(void) {
    begin(1);
    CREW(receive_2, task_sends_6, task_commits_7);
    EXPLORE_CHECK(s.received == (1u << 6 | 1u << 7));
    end();
}

/* ---- overtaking ---- */

static void receive_3_times(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < 3; i++) {
        s.received |= receive_bit();
    }
}

static void other_receives_3_times(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < 3; i++) {
        s.others |= receive_bit();
    }
}

static void send_six(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < 6; i++) {
        send(i);
    }
}

static void receivers_that_overtake_each_other_all_get_theirs(void) {
    begin(1);
    CREW(receive_3_times, other_receives_3_times, send_six);
    EXPLORE_CHECK((s.received | s.others) == 63 && (s.received & s.others) == 0);
    end();
}

/* Barges in by trying, which is never held back, while two wait in line. */
static void try_to_take_some(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t value = UINT32_MAX;
        if (channel_try_receive(s.channel, &value) == STATUS_OK) {
            s.gave_up_count++;
            send(value);
        }
    }
}

static void those_in_line_are_served_though_others_barge_in(void) {
    begin(3);
    CREW(receive_1, other_receives_1, try_to_take_some, send_1_and_2);
    EXPLORE_CHECK((s.received | s.others) == 6);
    end();
}

/* A task that has lost too often already, so that newcomers are held back. */
static struct channel_waiter starving;
static struct sync_parker starving_parker;

static void overtake(void) {
    starving = (struct channel_waiter){ 0 };
    starving_parker = (struct sync_parker){ 0 };
    uint32_t value = 9;
    for (uint32_t i = 0; i <= CHANNEL_OVERTAKEN_MAX; i++) {
        EXPLORE_CHECK(channel_poll_receive(s.channel, &value, &starving,
                                           sync_parker_waker(&starving_parker)) == STATUS_BUSY);
        if (i < CHANNEL_OVERTAKEN_MAX) {
            send(value);
            EXPLORE_CHECK(channel_try_receive(s.channel, &value) == STATUS_OK);
        }
    }
}

static void starving_receives(void *unused) {
    (void)unused;
    s.others |= poll_bit(&starving, &starving_parker);
}

static void starving_leaves(void *unused) {
    (void)unused;
    channel_waiter_leave(&starving);
}

static void who_is_held_back_is_served_after(void) {
    begin(2);
    overtake();
    CREW(starving_receives, receive_1, send_1_and_2);
    EXPLORE_CHECK((s.received | s.others) == 6 && (s.received & s.others) == 0);
    end();
}

static void who_is_held_back_is_served_when_the_other_leaves(void) {
    begin(2);
    overtake();
    CREW(starving_leaves, receive_1, other_receives_1, send_1_and_2);
    EXPLORE_CHECK((s.received | s.others) == 6);
    end();
}

static void close_it(void *unused) {
    (void)unused;
    channel_close(s.channel);
}

static void receive_the_end(void *unused) {
    uint32_t value;
    (void)unused;
    EXPLORE_CHECK(channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_CLOSED);
}

/* The task is woken by the close and polls never; nobody depends on it. */
static void who_is_held_back_is_told_the_end(void) {
    begin(2);
    overtake();
    CREW(close_it, receive_the_end, receive_the_end);
    channel_waiter_leave(&starving);
    end();
}

#define CASE(NAME, ...)                                                                            \
    {                                                                                              \
        .name = #NAME, .body = NAME, .reset = forget, .plan = { __VA_ARGS__ }                      \
    }
static const struct explore_case cases[] = {
    CASE(a_deadline_ends_a_wait, .runs = 1000),
    CASE(a_deadline_and_room_tie, .runs = 20000),
    CASE(a_deadline_and_a_value_tie, .runs = 20000),
    CASE(who_times_out_passes_its_wake_on, .runs = 30000),
    CASE(a_receiver_that_times_out_passes_its_wake_on, .runs = 30000),
    CASE(a_token_ends_a_wait, .runs = 10000),
    CASE(a_cancelled_send_has_not_sent, .runs = 20000),
    CASE(a_cancelled_receiver_passes_its_wake_on, .spurious_wakes = 1, .runs = 30000),
    CASE(a_cancelled_reserve_holds_no_room, .runs = 20000),
    CASE(two_wait_and_one_is_cancelled, .runs = 30000),
    CASE(a_task_and_a_thread_share_a_channel, .runs = 20000),
    CASE(a_task_that_leaves_passes_its_wake_on, .runs = 30000),
    CASE(a_slow_task_holds_up_nobody, .runs = 10000),
    CASE(tasks_send_and_reserve, .runs = 20000),
    CASE(receivers_that_overtake_each_other_all_get_theirs, .strategy = EXPLORE_PCT, .runs = 20000),
    CASE(those_in_line_are_served_though_others_barge_in, .runs = 20000),
    CASE(who_is_held_back_is_served_after, .runs = 20000),
    CASE(who_is_held_back_is_served_when_the_other_leaves, .runs = 20000),
    CASE(who_is_held_back_is_told_the_end, .runs = 10000),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
