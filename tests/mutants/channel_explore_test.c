/* channel_explore_test.c - channels, where mutants of them show. */
#include <string.h>

#include "team.h"
#include "channel/channel.h"
#include "sync/clock.h"

static struct {
    struct channel *channel;
    uint32_t received;            /* bits, one a value */
    uint32_t others;              /* of the second receiver */
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

/* Values are made before they are sent and looked at after: they are plain memory. */
static void send_value(uint64_t value) {
    EXPLORE_CHECK(channel_send(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

static uint64_t receive_value(void) {
    uint64_t value = 0;
    EXPLORE_CHECK(channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    EXPLORE_CHECK(value >= 1 && value <= 8);
    return value;
}

static void send_1(void *unused) {
    (void)unused;
    send_value(1);
}

static void send_2(void *unused) {
    (void)unused;
    send_value(2);
}

static void send_1_2(void *unused) {
    send_1(unused);
    send_2(unused);
}

static void send_3_4(void *unused) {
    (void)unused;
    send_value(3);
    send_value(4);
}

static void send_1_2_3(void *unused) {
    send_1_2(unused);
    send_value(3);
}

static void send_and_close(void *unused) {
    send_1(unused);
    channel_close(s.channel);
}

static void commit_after_close(void *unused) {
    (void)unused;
    struct channel_permit permit;
    uint64_t value = 1;
    EXPLORE_CHECK(channel_reserve(s.channel, &permit, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    channel_close(s.channel);
    channel_commit(&permit, &value);
}

static void reserve_and_release(void *unused) {
    (void)unused;
    struct channel_permit permit;
    EXPLORE_CHECK(channel_reserve(s.channel, &permit, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    channel_release(&permit);
}

static void reserve_and_commit_3(void *unused) {
    (void)unused;
    struct channel_permit permit;
    uint64_t value = 3;
    EXPLORE_CHECK(channel_reserve(s.channel, &permit, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    channel_commit(&permit, &value);
}

static void send_in_time(void *unused) {
    (void)unused;
    uint64_t value = 5;
    enum status status = channel_send(s.channel, &value, sync_clock_ns() + 1000, NULL);
    if (status == STATUS_TIMED_OUT) {
        send_value(value);   /* it was not sent */
    }
}

static void receive_in_order(void *unused) {
    (void)unused;
    for (uint32_t i = 1; i <= 2; i++) {
        EXPLORE_CHECK(receive_value() == i);
    }
}

static void receive_1(void *unused) {
    (void)unused;
    s.received |= 1u << receive_value();
}

static void receive_2(void *unused) {
    receive_1(unused);
    receive_1(unused);
}

static void receive_3(void *unused) {
    receive_2(unused);
    receive_1(unused);
}

static void receive_4(void *unused) {
    receive_2(unused);
    receive_2(unused);
}

static void others_receive_1(void *unused) {
    (void)unused;
    s.others |= 1u << receive_value();
}

static void others_receive_2(void *unused) {
    others_receive_1(unused);
    others_receive_1(unused);
}

/* What is there is received, and then the end. */
static void receive_to_the_end(void *unused) {
    (void)unused;
    uint64_t value = 0;
    enum status status;
    while ((status = channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL)) == STATUS_OK) {
        s.received |= 1u << value;
    }
    EXPLORE_CHECK(status == STATUS_CLOSED);
}

static void fill_and_empty(void *unused) {
    (void)unused;
    uint64_t value = 1;
    for (uint64_t i = 0; i < channel_capacity(s.channel); i++) {
        EXPLORE_CHECK(channel_try_send(s.channel, &value) == STATUS_OK);
    }
    EXPLORE_CHECK(channel_try_send(s.channel, &value) == STATUS_BUSY);
    for (uint64_t i = 0; i < channel_capacity(s.channel); i++) {
        EXPLORE_CHECK(channel_try_receive(s.channel, &value) == STATUS_OK);
    }
    EXPLORE_CHECK(channel_try_receive(s.channel, &value) == STATUS_BUSY);
}

static void go_round(void *unused) {
    (void)unused;
    for (uint32_t i = 1; i <= 5; i++) {
        send_value(i);
        EXPLORE_CHECK(receive_value() == i);
    }
}

static void with_channel(uint32_t capacity, uint32_t ceiling, void (*const *bodies)(void *),
                         size_t count) {
    struct channel_options options = { .value_bytes = sizeof(uint64_t), .capacity = capacity,
                                       .ceiling = ceiling };
    EXPLORE_CHECK(channel_create(&options, &s.channel) == STATUS_OK);
    team_run(bodies, count);
    EXPLORE_CHECK(channel_length(s.channel) == 0);
    channel_destroy(s.channel);
}

#define WITH(CAPACITY, CEILING, ...)                                            \
    with_channel(CAPACITY, CEILING, (void (*const[])(void *)){ __VA_ARGS__ },   \
                 sizeof((void (*const[])(void *)){ __VA_ARGS__ }) / sizeof(void (*)(void *)))

static void one_slot_keeps_order(void) {
    WITH(1, 0, receive_in_order, send_1_2);
}

static void two_slots_keep_order(void) {
    WITH(2, 0, receive_in_order, send_1_2);
}

static void full_and_empty_are_told(void) {
    WITH(1, 0, fill_and_empty);
    WITH(3, 0, fill_and_empty);
    WITH(3, 0, go_round);
    WITH(0, 2, fill_and_empty);
}

static void two_senders_share_one_slot(void) {
    WITH(1, 0, receive_2, send_1, send_2);
    EXPLORE_CHECK(s.received == 6);
}

static void two_receivers_share_one_slot(void) {
    WITH(1, 0, receive_1, others_receive_1, send_1_2);
    EXPLORE_CHECK((s.received | s.others) == 6 && (s.received & s.others) == 0);
}

static void two_senders_wait_for_one_slot(void) {
    WITH(1, 0, receive_4, send_1_2, send_3_4);
    EXPLORE_CHECK(s.received == 30);
}

static void two_and_two_share_one_slot(void) {
    WITH(1, 0, receive_2, others_receive_2, send_1_2, send_3_4);
    EXPLORE_CHECK((s.received | s.others) == 30 && (s.received & s.others) == 0);
}

static void a_close_comes_after_the_values(void) {
    WITH(1, 0, receive_to_the_end, send_and_close);
    EXPLORE_CHECK(s.received == 2);
}

static void a_permit_outlives_the_close(void) {
    WITH(2, 0, receive_to_the_end, commit_after_close);
    EXPLORE_CHECK(s.received == 2);
}

static void a_released_permit_is_room(void) {
    WITH(1, 0, receive_1, reserve_and_release, send_1);
}

static void permits_and_values_share_two_slots(void) {
    WITH(2, 0, receive_3, reserve_and_commit_3, send_1_2);
    EXPLORE_CHECK(s.received == 14);
}

static void who_gives_up_has_not_sent(void) {
    WITH(1, 0, receive_2, send_1, send_in_time);
    EXPLORE_CHECK(s.received == 34);
}

static void segments_keep_order(void) {
    WITH(0, 8, receive_in_order, send_1_2);
}

static void segments_are_used_again(void) {
    WITH(0, 2, receive_3, send_1_2_3);
    EXPLORE_CHECK(s.received == 14);
}

static void two_and_two_share_segments(void) {
    WITH(0, 2, receive_2, others_receive_2, send_1_2, send_3_4);
    EXPLORE_CHECK((s.received | s.others) == 30 && (s.received & s.others) == 0);
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(one_slot_keeps_order),
    CASE(two_slots_keep_order),
    CASE(full_and_empty_are_told),
    CASE(two_senders_share_one_slot),
    CASE(two_receivers_share_one_slot),
    CASE(two_senders_wait_for_one_slot),
    CASE(two_and_two_share_one_slot),
    CASE(a_close_comes_after_the_values),
    CASE(a_permit_outlives_the_close),
    CASE(a_released_permit_is_room),
    CASE(permits_and_values_share_two_slots),
    CASE(who_gives_up_has_not_sent),
    CASE(segments_keep_order),
    CASE(segments_are_used_again),
    CASE(two_and_two_share_segments),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
