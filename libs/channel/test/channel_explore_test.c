/*
 * channel_explore_test.c - channels under every schedule: exactly once, in order, closed
 * and drained, with permits out.
 *
 * Values are the numbers of plain cells that the sender writes before it sends and the
 * receiver reads after: a channel that did not order the two would be a data race.
 */
#include <string.h>

#include "explore_crew.h"

enum { SENDERS = 3, EACH = 3 }; /* value = sender * 16 + number from 0 */

static struct {
    struct channel *channel;
    uint32_t cells[SENDERS * 16];
    uint32_t received[SENDERS * 16];
    uint32_t refused_count, late_count;
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static enum status send_cell(uint32_t value) {
    s.cells[value] = value + 100;
    return channel_send(s.channel, &value, SYNC_NO_DEADLINE, NULL);
}

static void send_cells(uint32_t sender, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        EXPLORE_CHECK(send_cell(sender * 16 + i) == STATUS_OK);
    }
}

/* Each value once; those of one sender in their order, as far as one receiver sees them. */
struct view {
    uint32_t next[SENDERS];
};

static void look_at(struct view *view, uint32_t value) {
    EXPLORE_CHECK(value < SENDERS * 16 && s.cells[value] == value + 100);
    EXPLORE_CHECK(value % 16 >= view->next[value / 16]);
    view->next[value / 16] = value % 16 + 1;
    s.received[value]++;
}

static void receive_cells(struct view *view, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = UINT32_MAX;
        EXPLORE_CHECK(channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
        look_at(view, value);
    }
}

static void receive_till_closed(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    uint32_t value = UINT32_MAX;
    enum status status;
    while ((status = channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL)) == STATUS_OK) {
        look_at(&view, value);
    }
    EXPLORE_CHECK(status == STATUS_CLOSED);
    EXPLORE_CHECK(channel_try_receive(s.channel, &value) == STATUS_CLOSED);
}

static void expect_received(uint32_t sender, uint32_t count) {
    for (uint32_t i = 0; i < 16; i++) {
        EXPLORE_CHECK(s.received[sender * 16 + i] == (i < count));
    }
}

static void begin(uint32_t capacity, uint32_t ceiling) {
    s.channel = crew_channel(capacity, ceiling);
}

static void end(void) {
    EXPLORE_CHECK(channel_length(s.channel) == 0);
    channel_destroy(s.channel);
}

/* ---- exactly once ---- */

static void send_two_of_0(void *unused) {
    (void)unused;
    send_cells(0, 2);
}

static void send_two_of_1(void *unused) {
    (void)unused;
    send_cells(1, 2);
}

static void receive_two(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    receive_cells(&view, 2);
}

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

static void send_one_of_0(void *unused) {
    (void)unused;
    send_cells(0, 1);
}

static void receive_one(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    receive_cells(&view, 1);
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

/* ---- closing ---- */

static void send_until_closed(uint32_t sender) {
    for (uint32_t i = 0; i < EACH; i++) {
        enum status status = send_cell(sender * 16 + i);
        EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CLOSED);
        if (status == STATUS_CLOSED) {
            s.cells[sender * 16 + i] = 0; /* the value stayed ours */
            return;
        }
    }
}

static void send_0_until_closed(void *unused) {
    (void)unused;
    send_until_closed(0);
}

static void close_it(void *unused) {
    (void)unused;
    channel_close(s.channel);
}

/* What a send said yes to is received; what it refused is not. */
static void expect_sent_is_received(uint32_t sender) {
    for (uint32_t i = 0; i < EACH; i++) {
        EXPLORE_CHECK(s.received[sender * 16 + i] == (s.cells[sender * 16 + i] != 0));
    }
}

static void a_close_meets_a_send_and_a_receive(void) {
    begin(1, 0);
    CREW(receive_till_closed, send_0_until_closed, close_it);
    expect_sent_is_received(0);
    end();
}

static void a_close_meets_a_send_and_a_receive_in_segments(void) {
    begin(0, 2);
    CREW(receive_till_closed, send_0_until_closed, close_it);
    expect_sent_is_received(0);
    end();
}

static void a_close_wakes_all_receivers(void) {
    begin(2, 0);
    CREW(close_it, receive_till_closed, receive_till_closed);
    end();
}

static void refuse_cell_of_1(void *unused) {
    (void)unused;
    EXPLORE_CHECK(send_cell(16) == STATUS_CLOSED);
}

static void refuse_cell_of_2(void *unused) {
    (void)unused;
    EXPLORE_CHECK(send_cell(32) == STATUS_CLOSED);
}

static void a_close_wakes_all_senders(void) {
    begin(1, 0);
    send_cells(0, 1);
    CREW(close_it, refuse_cell_of_1, refuse_cell_of_2);
    receive_till_closed(NULL);
    expect_received(0, 1);
    end();
}

static void send_two_and_close(void *unused) {
    send_two_of_0(unused);
    close_it(unused);
    close_it(unused);
}

static void values_are_drained_before_the_end(void) {
    begin(1, 0);
    CREW(receive_till_closed, receive_till_closed, send_two_and_close);
    expect_received(0, 2);
    end();
}

/* ---- permits ---- */

static struct channel_permit reserve(void) {
    struct channel_permit permit;
    EXPLORE_CHECK(channel_reserve(s.channel, &permit, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    return permit;
}

static void commit_cell(struct channel_permit *permit, uint32_t value) {
    s.cells[value] = value + 100;
    channel_commit(permit, &value);
}

static void reserve_two_and_commit(void *unused) {
    (void)unused;
    struct channel_permit first = reserve();
    struct channel_permit second = reserve();
    commit_cell(&second, 32);
    commit_cell(&first, 33);
}

static void receive_two_of_0_and_two_of_2(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    receive_cells(&view, 4);
    EXPLORE_CHECK(view.next[0] == 2 && view.next[2] == 2);
}

static void committed_in_their_order(uint32_t capacity, uint32_t ceiling) {
    begin(capacity, ceiling);
    CREW(receive_two_of_0_and_two_of_2, send_two_of_0, reserve_two_and_commit);
    end();
}

static void permits_have_the_order_of_their_commits(void) {
    committed_in_their_order(2, 0);
}

static void permits_and_sends_share_three_slots(void) {
    committed_in_their_order(3, 0);
}

/*
 * Two receivers free the two slots.  The reserve sees the first free, and the send, which
 * takes the first because a permit has no place, looks at the second only.
 */
static void reserve_and_commit_33(void *unused) {
    (void)unused;
    struct channel_permit permit = reserve();
    commit_cell(&permit, 33);
}

static void send_one_of_1(void *unused) {
    (void)unused;
    send_cells(1, 1);
}

static void a_send_takes_the_slot_that_a_reserve_saw_free(void) {
    begin(2, 0);
    send_cells(0, 2);
    CREW(receive_one, receive_one, reserve_and_commit_33, send_one_of_1);
    receive_two(NULL);
    EXPLORE_CHECK(s.received[33] == 1);
    end();
}

static void permits_of_segments_have_their_room(void) {
    committed_in_their_order(0, 2);
}

static void reserve_and_release(void *unused) {
    (void)unused;
    struct channel_permit permit = reserve();
    channel_release(&permit);
    channel_release(&permit);
}

static void a_released_permit_is_room_for_who_waits(void) {
    begin(1, 0);
    CREW(reserve_and_release, send_one_of_0, receive_one);
    end();
}

static void commit_after_the_close(void *unused) {
    (void)unused;
    struct channel_permit permit = reserve();
    close_it(unused);
    commit_cell(&permit, 0);
}

static void release_after_the_close(void *unused) {
    (void)unused;
    struct channel_permit permit = reserve();
    close_it(unused);
    channel_release(&permit);
}

static void a_permit_outlives_the_close(void) {
    begin(1, 0);
    CREW(receive_till_closed, receive_till_closed, commit_after_the_close);
    expect_received(0, 1);
    end();
}

static void the_end_is_told_when_the_last_permit_is_released(void) {
    begin(1, 0);
    CREW(receive_till_closed, receive_till_closed, release_after_the_close);
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
    CASE(a_close_meets_a_send_and_a_receive, .strategy = EXPLORE_PCT, .runs = 20000),
    CASE(a_close_meets_a_send_and_a_receive_in_segments, .runs = 10000),
    CASE(a_close_wakes_all_receivers, .strategy = EXPLORE_BOUNDED, .preemptions = 2, .runs = 20000),
    CASE(a_close_wakes_all_senders, .strategy = EXPLORE_BOUNDED, .preemptions = 2, .runs = 20000),
    CASE(values_are_drained_before_the_end, .strategy = EXPLORE_PCT, .runs = 10000),
    CASE(permits_and_sends_share_three_slots, .runs = 10000),
    CASE(permits_have_the_order_of_their_commits, .runs = 20000),
    CASE(a_send_takes_the_slot_that_a_reserve_saw_free, .runs = 20000),
    CASE(permits_of_segments_have_their_room, .runs = 20000),
    CASE(a_released_permit_is_room_for_who_waits, .runs = 20000),
    CASE(a_permit_outlives_the_close, .strategy = EXPLORE_PCT, .runs = 20000),
    CASE(the_end_is_told_when_the_last_permit_is_released, .runs = 20000),
    CASE(segments_are_used_again, .runs = 5000),
    CASE(without_memory_nothing_is_sent, .allocation_failures = 1, .runs = 5000),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
