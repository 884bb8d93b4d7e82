/* close_explore_test.c - closing and permits under every schedule. */
#include "explore_cells.h"

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

static struct channel_permit reserve(void) {
    struct channel_permit permit;
    EXPLORE_CHECK(channel_reserve(s.channel, &permit, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    return permit;
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

static void note_and_close(void *unused) {
    s.cells[40] = 1;
    close_it(unused);
}

static void receive_nothing_and_look(void *unused) {
    receive_till_closed(unused);
    EXPLORE_CHECK(s.cells[40] == 1);
}

static void send_nothing_and_look(void *unused) {
    uint64_t value = 1;
    (void)unused;
    while (channel_try_send(s.channel, &value) == STATUS_BUSY) {
        sync_thread_yield();
    }
    EXPLORE_CHECK(s.cells[40] == 1);
}

static void what_came_before_the_close_is_seen(void) {
    begin(1, 0);
    struct channel_permit permit = reserve(); /* so that no send gets through */
    CREW(note_and_close, send_nothing_and_look);
    channel_release(&permit);
    receive_nothing_and_look(NULL);
    end();
    begin(1, 0);
    CREW(note_and_close, receive_nothing_and_look);
    end();
}

static void values_are_drained_before_the_end(void) {
    begin(1, 0);
    CREW(receive_till_closed, receive_till_closed, send_two_and_close);
    expect_received(0, 2);
    end();
}

/* ---- permits ---- */

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

#define CASE(NAME, ...)                                                                            \
    {                                                                                              \
        .name = #NAME, .body = NAME, .reset = forget, .plan = { __VA_ARGS__ }                      \
    }
static const struct explore_case cases[] = {
    CASE(a_close_meets_a_send_and_a_receive, .strategy = EXPLORE_PCT, .runs = 20000),
    CASE(a_close_meets_a_send_and_a_receive_in_segments, .runs = 10000),
    CASE(a_close_wakes_all_receivers, .strategy = EXPLORE_BOUNDED, .preemptions = 1),
    CASE(a_close_wakes_all_senders, .strategy = EXPLORE_BOUNDED, .preemptions = 1),
    CASE(what_came_before_the_close_is_seen, .runs = 10000),
    CASE(values_are_drained_before_the_end, .strategy = EXPLORE_PCT, .runs = 10000),
    CASE(permits_and_sends_share_three_slots, .runs = 10000),
    CASE(permits_have_the_order_of_their_commits, .runs = 20000),
    CASE(a_send_takes_the_slot_that_a_reserve_saw_free, .runs = 20000),
    CASE(permits_of_segments_have_their_room, .runs = 20000),
    CASE(a_released_permit_is_room_for_who_waits, .runs = 20000),
    CASE(a_permit_outlives_the_close, .strategy = EXPLORE_PCT, .runs = 20000),
    CASE(the_end_is_told_when_the_last_permit_is_released, .runs = 20000),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
