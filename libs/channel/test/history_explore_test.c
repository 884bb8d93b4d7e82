/*
 * history_explore_test.c - whatever calls meet, an order explains what they returned.
 *
 * The order is that of a first-in first-out queue with so much room, in which a try finds
 * the channel full or empty only if it was; calls that did not overlap keep their order.
 */
#include "explore/history.h"
#include "explore_crew.h"

static struct channel *channel;
static struct explore_specification specification;

static void begin(uint32_t capacity, uint32_t ceiling) {
    channel = crew_channel(capacity, ceiling);
    specification = explore_queue;
    specification.parameter = capacity + ceiling;
    explore_history_begin(&specification);
}

static void end(void) {
    explore_history_check();
    channel_destroy(channel);
}

static void try_send(uint32_t value) {
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_PUSH, value);
    enum status status = channel_try_send(channel, &value);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_BUSY);
    explore_call_end(call, status == STATUS_OK);
}

static void try_receive(void) {
    uint32_t value = UINT32_MAX;
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_POP, 0);
    enum status status = channel_try_receive(channel, &value);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_BUSY);
    explore_call_end(call, status == STATUS_OK ? value : EXPLORE_NONE);
}

static void send(uint32_t value) {
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_PUSH, value);
    EXPLORE_CHECK(channel_send(channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    explore_call_end(call, 1);
}

static void receive(void) {
    uint32_t value = UINT32_MAX;
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_POP, 0);
    EXPLORE_CHECK(channel_receive(channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    explore_call_end(call, value);
}

static void try_send_send_receive(void *unused) {
    (void)unused;
    try_send(1);
    try_send(2);
    try_receive();
}

static void try_receive_send_receive(void *unused) {
    (void)unused;
    try_receive();
    try_send(3);
    try_receive();
}

static void try_send_receive_receive(void *unused) {
    (void)unused;
    try_send(4);
    try_receive();
    try_receive();
}

static void tries(uint32_t capacity, uint32_t ceiling) {
    begin(capacity, ceiling);
    CREW(try_send_send_receive, try_receive_send_receive, try_send_receive_receive);
    end();
}

static void tries_on_one_slot(void) {
    tries(1, 0);
}

static void tries_on_two_slots(void) {
    tries(2, 0);
}

static void tries_on_three_slots(void) {
    tries(3, 0);
}

static void tries_on_segments(void) {
    tries(0, 2);
}

static void send_two(void *unused) {
    (void)unused;
    send(1);
    send(2);
}

static void send_two_others(void *unused) {
    (void)unused;
    send(3);
    send(4);
}

static void receive_two(void *unused) {
    (void)unused;
    receive();
    receive();
}

static void try_receive_twice(void *unused) {
    (void)unused;
    try_receive();
    try_receive();
}

static void receive_two_and_what_is_left(void *unused) {
    receive_two(unused);
    try_receive();
}

/* Four values, and two of them may be taken by trying, so who waits gets his two. */
static void waits_and_tries_on_four_slots(void) {
    begin(4, 0);
    CREW(receive_two_and_what_is_left, send_two, send_two_others, try_receive_twice);
    end();
}

static void waits_on_one_slot(void) {
    begin(1, 0);
    CREW(receive_two, receive_two, send_two, send_two_others);
    end();
}

static void waits_on_segments(void) {
    begin(0, 2);
    CREW(receive_two, receive_two, send_two, send_two_others);
    end();
}

/* A committed permit is a push; a permit that is out is room that nobody finds. */
static void commit_one(void *unused) {
    (void)unused;
    struct channel_permit permit;
    uint32_t value = 6;
    EXPLORE_CHECK(channel_reserve(channel, &permit, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_PUSH, value);
    channel_commit(&permit, &value);
    explore_call_end(call, 1);
}

static void commits_and_sends(void) {
    begin(2, 0);
    CREW(receive_two, commit_one, send_two);
    end();
}

#define CASE(NAME, ...)                                                                            \
    {                                                                                              \
        .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ }                                       \
    }
static const struct explore_case cases[] = {
    CASE(tries_on_one_slot, .runs = 20000),
    CASE(tries_on_two_slots, .runs = 20000),
    CASE(tries_on_three_slots, .runs = 10000),
    CASE(tries_on_segments, .runs = 20000),
    CASE(waits_and_tries_on_four_slots, .runs = 10000),
    CASE(waits_on_one_slot, .runs = 10000),
    CASE(waits_on_segments, .runs = 10000),
    CASE(commits_and_sends, .runs = 10000),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
