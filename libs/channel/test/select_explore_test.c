/*
 * select_explore_test.c - selects under every schedule: one arm happens, the others have
 * not been tried, and nobody waits for a wake that a losing arm got.
 */
#include <string.h>

#include "channel/select.h"
#include "explore_crew.h"
#include "sync/cancel.h"
#include "sync/clock.h"
#include "sync/park.h"

static struct {
    struct channel *a, *b;
    struct sync_cancel *token;
    uint32_t from_a, from_b; /* bits of values received */
    uint32_t sent;           /* bits of values that a select sent */
    uint32_t timeouts, closes;
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static void begin(uint32_t capacity) {
    s.a = crew_channel(capacity, 0);
    s.b = crew_channel(capacity, 0);
}

static void end(void) {
    channel_destroy(s.a);
    channel_destroy(s.b);
}

static void send(struct channel *channel, uint32_t value) {
    EXPLORE_CHECK(channel_send(channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

static uint32_t receive_bit(struct channel *channel) {
    uint32_t value = UINT32_MAX;
    EXPLORE_CHECK(channel_receive(channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    return 1u << value;
}

static void send_1_to_a(void *unused) {
    (void)unused;
    send(s.a, 1);
}

static void send_2_to_b(void *unused) {
    (void)unused;
    send(s.b, 2);
}

static void receive_a(void *unused) {
    (void)unused;
    s.from_a |= receive_bit(s.a);
}

static void receive_b(void *unused) {
    (void)unused;
    s.from_b |= receive_bit(s.b);
}

static void close_both(void *unused) {
    (void)unused;
    channel_close(s.a);
    channel_close(s.b);
}

/* Receive from either; remembers from which. */
static enum status select_receive(uint64_t deadline_ns, struct sync_cancel *cancel) {
    uint32_t values[2] = { UINT32_MAX, UINT32_MAX };
    struct channel_arm arms[2] = {
        { .kind = CHANNEL_ARM_RECEIVE, .channel = s.a, .out_value = &values[0] },
        { .kind = CHANNEL_ARM_RECEIVE, .channel = s.b, .out_value = &values[1] },
    };
    struct channel_select select = { .arms = arms, .arm_count = 2 };
    uint32_t index;
    enum status status = channel_select(&select, deadline_ns, cancel, &index);
    if (status == STATUS_OK) {
        EXPLORE_CHECK(index < 2 && values[1 - index] == UINT32_MAX);
        *(index == 0 ? &s.from_a : &s.from_b) |= 1u << values[index];
    } else {
        EXPLORE_CHECK(values[0] == UINT32_MAX && values[1] == UINT32_MAX);
        EXPLORE_CHECK(status == STATUS_CLOSED ? index < 2 : index == 2);
    }
    return status;
}

static void select_two(void *unused) {
    (void)unused;
    EXPLORE_CHECK(select_receive(SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    EXPLORE_CHECK(select_receive(SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

static void two_channels_are_received_from(void) {
    begin(1);
    CREW(select_two, send_1_to_a, send_2_to_b);
    EXPLORE_CHECK(s.from_a == 1u << 1 && s.from_b == 1u << 2);
    end();
}

static void select_one(void *unused) {
    (void)unused;
    EXPLORE_CHECK(select_receive(SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

/*
 * The select may take from a while its arm at b was woken as well; the wake of b belongs to
 * the other select or it waits for ever.
 */
static void two_selects_share_two_channels(void) {
    begin(1);
    CREW(select_one, select_one, send_1_to_a, send_2_to_b);
    EXPLORE_CHECK(channel_length(s.a) == 0 && channel_length(s.b) == 0);
    end();
}

/* Send to either; the value that was not sent is not to be found. */
static void select_send(void *unused) {
    (void)unused;
    uint32_t values[2] = { 5, 6 };
    struct channel_arm arms[2] = {
        { .kind = CHANNEL_ARM_SEND, .channel = s.a, .value = &values[0] },
        { .kind = CHANNEL_ARM_SEND, .channel = s.b, .value = &values[1] },
    };
    struct channel_select select = { .arms = arms, .arm_count = 2 };
    uint32_t index;
    EXPLORE_CHECK(channel_select(&select, SYNC_NO_DEADLINE, NULL, &index) == STATUS_OK);
    s.sent |= 1u << values[index];
    EXPLORE_CHECK(values[0] == 5 && values[1] == 6);
}

static void a_losing_send_keeps_its_value(void) {
    begin(1);
    send(s.a, 1);
    send(s.b, 2);
    CREW(select_send, receive_a, receive_b);
    EXPLORE_CHECK(s.sent == 1u << 5 || s.sent == 1u << 6);
    EXPLORE_CHECK(channel_length(s.a) == (s.sent == 1u << 5 ? 1 : 0));
    EXPLORE_CHECK(channel_length(s.b) == (s.sent == 1u << 6 ? 1 : 0));
    EXPLORE_CHECK((s.from_a | s.from_b) == 6);
    end();
}

static void a_select_sends_to_a_select(void) {
    begin(1);
    CREW(select_one, select_send);
    EXPLORE_CHECK((s.from_a | s.from_b) == s.sent);
    end();
}

/* Give one and take one, on the same channel. */
static void select_exchange(void *unused) {
    (void)unused;
    uint32_t out = 7;
    uint32_t in = UINT32_MAX;
    struct channel_arm arms[2] = {
        { .kind = CHANNEL_ARM_SEND, .channel = s.a, .value = &out },
        { .kind = CHANNEL_ARM_RECEIVE, .channel = s.a, .out_value = &in },
    };
    struct channel_select select = { .arms = arms, .arm_count = 2 };
    uint32_t index;
    for (uint32_t i = 0; i < 2; i++) {
        EXPLORE_CHECK(channel_select(&select, SYNC_NO_DEADLINE, NULL, &index) == STATUS_OK);
    }
}

static void both_directions_of_one_channel(void) {
    begin(1);
    CREW(select_exchange, select_exchange);
    EXPLORE_CHECK(channel_length(s.a) % 2 == 0);
    end();
}

static void select_in_time(void *unused) {
    (void)unused;
    enum status status = select_receive(sync_clock_ns() + 1000, NULL);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    s.timeouts += status == STATUS_TIMED_OUT;
}

static void a_deadline_ties_with_an_arm(void) {
    begin(1);
    CREW(select_in_time, send_1_to_a, send_2_to_b);
    EXPLORE_CHECK(channel_length(s.a) + channel_length(s.b) == 1 + s.timeouts);
    end();
}

static void fire(void *unused) {
    (void)unused;
    sync_cancel_fire(s.token);
}

static void select_unless_cancelled(void *unused) {
    (void)unused;
    enum status status = select_receive(SYNC_NO_DEADLINE, s.token);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_CANCELLED);
    s.timeouts += status == STATUS_CANCELLED;
}

static void a_token_ends_a_select(void) {
    begin(1);
    EXPLORE_CHECK(sync_cancel_create(NULL, &s.token) == STATUS_OK);
    CREW(select_unless_cancelled, fire, send_2_to_b);
    EXPLORE_CHECK(channel_length(s.b) == s.timeouts);
    sync_cancel_release(s.token);
    end();
}

static void select_till_closed(void *unused) {
    (void)unused;
    while (select_receive(SYNC_NO_DEADLINE, NULL) == STATUS_OK) {}
    s.closes++;
}

static void send_2_and_close_both(void *unused) {
    send_2_to_b(unused);
    close_both(unused);
}

static void a_close_ends_a_select(void) {
    begin(1);
    CREW(select_till_closed, close_both);
    EXPLORE_CHECK(s.closes == 1);
    end();
}

static void a_close_ends_a_select_among_others(void) {
    begin(1);
    CREW(select_till_closed, send_2_and_close_both);
    EXPLORE_CHECK(s.closes == 1 && channel_length(s.b) == (s.from_b != 0 ? 0 : 1));
    end();
}

/* The task's form, with a waker that unparks. */
static void task_selects_two(void *unused) {
    (void)unused;
    uint32_t values[2];
    struct channel_arm arms[2] = {
        { .kind = CHANNEL_ARM_RECEIVE, .channel = s.a, .out_value = &values[0] },
        { .kind = CHANNEL_ARM_RECEIVE, .channel = s.b, .out_value = &values[1] },
    };
    struct channel_select select = { .arms = arms, .arm_count = 2 };
    struct sync_parker parker = { 0 };
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t index;
        while (channel_poll_select(&select, sync_parker_waker(&parker), &index) == STATUS_BUSY) {
            EXPLORE_CHECK(sync_parker_park(&parker, SYNC_NO_DEADLINE) == STATUS_OK);
        }
        *(index == 0 ? &s.from_a : &s.from_b) |= 1u << values[index];
    }
}

static void a_task_selects(void) {
    begin(1);
    CREW(task_selects_two, send_1_to_a, send_2_to_b);
    EXPLORE_CHECK(s.from_a == 1u << 1 && s.from_b == 1u << 2);
    end();
}

/* A losing reserve holds no room. */
static void select_reserve(void *unused) {
    (void)unused;
    struct channel_permit permits[2] = { { NULL }, { NULL } };
    struct channel_arm arms[2] = {
        { .kind = CHANNEL_ARM_RESERVE, .channel = s.a, .out_permit = &permits[0] },
        { .kind = CHANNEL_ARM_RESERVE, .channel = s.b, .out_permit = &permits[1] },
    };
    struct channel_select select = { .arms = arms, .arm_count = 2 };
    uint32_t index;
    EXPLORE_CHECK(channel_select(&select, SYNC_NO_DEADLINE, NULL, &index) == STATUS_OK);
    EXPLORE_CHECK(permits[index].channel != NULL && permits[1 - index].channel == NULL);
    uint32_t value = 5 + index;
    channel_commit(&permits[index], &value);
    s.sent |= 1u << value;
}

static void a_losing_reserve_holds_no_room(void) {
    begin(1);
    send(s.a, 1);
    send(s.b, 2);
    CREW(select_reserve, receive_a, receive_b);
    EXPLORE_CHECK(channel_permits(s.a) == 0 && channel_permits(s.b) == 0);
    EXPLORE_CHECK(channel_length(s.a) + channel_length(s.b) == 1);
    end();
}

/*
 * Both arms can happen.  Which one does is nobody's to rely on, so each is tried: what won
 * is kept over executions, and main() looks at it.
 */
static uint32_t won;

static void any_arm_may_win(void) {
    uint32_t values[2] = { 0, 0 };
    uint32_t index;
    begin(1);
    send(s.a, 1);
    send(s.b, 2);
    struct channel_arm arms[2] = { { .channel = s.a, .out_value = &values[0] },
                                   { .channel = s.b, .out_value = &values[1] } };
    struct channel_select select = { .arms = arms, .arm_count = 2, .takes_any = true };
    EXPLORE_CHECK(channel_select(&select, SYNC_NO_DEADLINE, NULL, &index) == STATUS_OK);
    EXPLORE_CHECK(index < 2 && values[index] == index + 1 && values[1 - index] == 0);
    EXPLORE_CHECK(channel_length(index == 0 ? s.b : s.a) == 1);
    won |= 1u << index;
    end();
}

#define CASE(NAME, ...)                                                                            \
    {                                                                                              \
        .name = #NAME, .body = NAME, .reset = forget, .plan = { __VA_ARGS__ }                      \
    }
static const struct explore_case cases[] = {
    CASE(two_channels_are_received_from, .runs = 20000),
    CASE(two_selects_share_two_channels, .runs = 20000),
    CASE(a_losing_send_keeps_its_value, .runs = 20000),
    CASE(a_select_sends_to_a_select, .runs = 20000),
    CASE(both_directions_of_one_channel, .runs = 20000),
    CASE(a_deadline_ties_with_an_arm, .runs = 20000),
    CASE(a_token_ends_a_select, .runs = 20000),
    CASE(a_close_ends_a_select, .runs = 5000),
    CASE(a_close_ends_a_select_among_others, .runs = 10000),
    CASE(a_task_selects, .runs = 20000),
    CASE(a_losing_reserve_holds_no_room, .runs = 20000),
    CASE(any_arm_may_win, .strategy = EXPLORE_DPOR),
};

int main(int argc, char **argv) {
    int code = explore_main(argc, argv, cases, COUNT_OF(cases));
    bool is_found = strcmp(sync_body_name(), "explore") != 0 || won == 0 || won == 3;
    return is_found ? code : 1;   /* 0: the case was not among those asked for */
}
