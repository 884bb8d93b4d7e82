/*
 * channel_explore_test.c - channels under every schedule: exactly once, in order, no more
 * than fits, at once when it is there.
 */
#include "explore_cells.h"

/* ---- exactly once ---- */

static void receive_four(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    receive_cells(&view, 4);
    EXPLORE_CHECK(view.next[0] == 2 && view.next[1] == 2);
}

static void two_by_two(uint32_t capacity, uint32_t ceiling) {
    begin(capacity, ceiling);
    CREW(receive_two, receive_two, send_two_of_0, send_two_of_1);
    expect_received(0, 2);
    expect_received(1, 2);
    end();
}

static void ch_mpmc_exactly_once_in_one_slot(void) {
    two_by_two(1, 0);
}

static void ch_mpmc_exactly_once_in_two_slots(void) {
    two_by_two(2, 0);
}

static void ch_mpmc_exactly_once_in_three_slots(void) {
    two_by_two(3, 0);
}

static void ch_mpmc_exactly_once_in_segments(void) {
    two_by_two(0, 2);
}

static void ch_mpmc_exactly_once_in_many_segments(void) {
    two_by_two(0, 5);
}

static void order_of_each_sender_for_one_receiver(void) {
    begin(2, 0);
    CREW(receive_four, send_two_of_0, send_two_of_1);
    end();
}

static void one_value_in_every_schedule(void) {
    begin(1, 0);
    CREW(receive_one, send_one_of_0);
    expect_received(0, 1);
    end();
}

static void one_value_in_every_schedule_of_segments(void) {
    begin(0, 1);
    CREW(receive_one, send_one_of_0);
    expect_received(0, 1);
    end();
}

/* ---- full and empty ---- */

static uint32_t try_to_send_two(uint32_t sender) {
    uint32_t refused_count = 0;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t value = sender * 16 + i;
        s.cells[value] = value + 100;
        enum status status = channel_try_send(s.channel, &value);
        EXPLORE_CHECK(status == STATUS_OK || status == STATUS_BUSY);
        refused_count += status == STATUS_BUSY;
    }
    return refused_count;
}

static void try_to_send_two_of_0(void *unused) {
    (void)unused;
    s.refused_count = try_to_send_two(0);
}

static void try_to_send_two_of_1(void *unused) {
    (void)unused;
    s.late_count = try_to_send_two(1);
}

/* Nobody receives: of four sends exactly one is refused, whatever meets whatever. */
static void one_of_four_is_refused(uint32_t capacity, uint32_t ceiling) {
    begin(capacity, ceiling);
    CREW(try_to_send_two_of_0, try_to_send_two_of_1);
    EXPLORE_CHECK(s.refused_count + s.late_count == 1 && channel_length(s.channel) == 3);
    receive_two(NULL);
    receive_one(NULL);
    end();
}

static void no_more_than_the_capacity(void) {
    one_of_four_is_refused(3, 0);
}

static void no_more_than_the_ceiling(void) {
    one_of_four_is_refused(0, 3);
}

/* A value that was there before nobody else could take: try never says empty. */
static void try_to_receive_two(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t value = UINT32_MAX;
        EXPLORE_CHECK(channel_try_receive(s.channel, &value) == STATUS_OK);
        look_at(&view, value);
    }
}

static void what_is_there_is_found_at_once(void) {
    begin(4, 0);
    send_cells(0, 2);
    CREW(try_to_receive_two, send_two_of_1);
    receive_two(NULL);
    end();
}

static void what_is_there_is_found_at_once_in_segments(void) {
    begin(0, 4);
    send_cells(0, 2);
    CREW(try_to_receive_two, send_two_of_1);
    receive_two(NULL);
    end();
}

/* Three values and three of room: each of the two finds something at once. */
static void try_both_ways(void *unused) {
    (void)unused;
    uint32_t value = 32;
    s.cells[value] = value + 100;
    EXPLORE_CHECK(channel_try_send(s.channel, &value) == STATUS_OK);
}

static void room_that_is_there_is_found_at_once(void) {
    begin(3, 0);
    send_cells(0, 2);
    CREW(try_both_ways, try_to_receive_two);
    receive_one(NULL);
    end();
}

/* ---- segments ---- */

static void send_five_of_0(void *unused) {
    (void)unused;
    send_cells(0, 5);
}

static void receive_five(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    receive_cells(&view, 5);
}

static void segments_are_used_again(void) {
    begin(0, 2);
    CREW(receive_five, send_five_of_0);
    EXPLORE_CHECK(channel_memory_bytes(s.channel) <= 1200);
    end();
}

static void without_memory_nothing_is_sent(void) {
    struct channel_options options = { .value_bytes = sizeof(uint32_t), .ceiling = 3 };
    if (channel_create(&options, &s.channel) != STATUS_OK) {
        return;
    }
    for (uint32_t i = 0; i < EACH; i++) {
        enum status status = send_cell(i);
        EXPLORE_CHECK(status == STATUS_OK || status == STATUS_NO_MEMORY);
        s.cells[i] = status == STATUS_OK ? s.cells[i] : 0;
    }
    close_it(NULL);
    receive_till_closed(NULL);
    expect_sent_is_received(0);
    end();
}

#define CASE(NAME, ...)                                                                            \
    {                                                                                              \
        .name = #NAME, .body = NAME, .reset = forget, .plan = { __VA_ARGS__ }                      \
    }
static const struct explore_case cases[] = {
    CASE(one_value_in_every_schedule, .strategy = EXPLORE_DPOR, .runs = 20000),
    CASE(one_value_in_every_schedule_of_segments, .strategy = EXPLORE_DPOR, .runs = 20000),
    CASE(ch_mpmc_exactly_once_in_one_slot, .runs = 20000),
    CASE(ch_mpmc_exactly_once_in_two_slots, .strategy = EXPLORE_PCT, .runs = 20000),
    CASE(ch_mpmc_exactly_once_in_three_slots, .runs = 10000),
    CASE(ch_mpmc_exactly_once_in_segments, .runs = 10000),
    CASE(ch_mpmc_exactly_once_in_many_segments, .strategy = EXPLORE_PCT, .runs = 10000),
    CASE(order_of_each_sender_for_one_receiver, .runs = 10000),
    CASE(no_more_than_the_capacity, .runs = 5000),
    CASE(no_more_than_the_ceiling, .runs = 5000),
    CASE(what_is_there_is_found_at_once, .runs = 5000),
    CASE(what_is_there_is_found_at_once_in_segments, .runs = 5000),
    CASE(room_that_is_there_is_found_at_once, .runs = 5000),
    CASE(segments_are_used_again, .runs = 5000),
    CASE(without_memory_nothing_is_sent, .allocation_failures = 1, .runs = 5000),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
