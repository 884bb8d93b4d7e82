/*
 * channel_test.c - each promise of channel.h that one thread can look at.
 *
 * Values are told apart by a pattern that follows from their number alone, so the
 * expected bytes never come out of a channel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "channel/channel.h"
#include "../../sync/test/dies.h"
#include "sync/clock.h"
#include "sync/fault.h"
#include "sync/memory.h"

enum { VALUE_BYTES_TRIED = 1000 };

static struct channel *make(size_t value_bytes, uint32_t capacity, uint32_t ceiling) {
    struct channel_options options = { .value_bytes = value_bytes,
                                       .capacity = capacity,
                                       .ceiling = ceiling,
                                       .is_length_marked = true };
    struct channel *channel;
    assert_int_equal(channel_create(&options, &channel), STATUS_OK);
    assert_int_equal(channel_capacity(channel), capacity + ceiling);
    return channel;
}

static void pattern(uint8_t *bytes, size_t count, uint64_t number) {
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(number * 31 + i * 7 + number / 251);
    }
}

static const struct {
    uint32_t capacity, ceiling;
} shapes[] = {
    { 1, 0 }, { 2, 0 }, { 3, 0 }, { 5, 0 },  { 64, 0 },  { 100, 0 },  { 0, 1 },
    { 0, 2 }, { 0, 3 }, { 0, 5 }, { 0, 64 }, { 0, 100 }, { 0, 5000 },
};

/* Fill, drain a part, fill again ... so that every slot is used at many positions. */
static void go_round(struct channel *channel, size_t value_bytes, uint64_t rounds) {
    uint8_t value[VALUE_BYTES_TRIED];
    uint8_t expected[VALUE_BYTES_TRIED];
    uint64_t sent = 0;
    uint64_t received = 0;
    uint64_t capacity = channel_capacity(channel);
    for (uint64_t round = 0; round < rounds; round++) {
        while (sent - received < capacity) {
            pattern(value, value_bytes, sent++);
            assert_int_equal(channel_try_send(channel, value), STATUS_OK);
        }
        assert_int_equal(channel_try_send(channel, value), STATUS_BUSY);
        assert_int_equal(channel_length(channel), capacity);
        uint64_t until = round % 3 == 2 ? sent : received + round % capacity + 1;
        while (received < until) {
            memset(value, 0xee, sizeof(value));
            assert_int_equal(channel_try_receive(channel, value), STATUS_OK);
            pattern(expected, value_bytes, received++);
            assert_memory_equal(value, expected, value_bytes);
            assert_true(value_bytes == sizeof(value) || value[value_bytes] == 0xee);
        }
        assert_int_equal(channel_length(channel), sent - received);
    }
    while (received < sent) {
        assert_int_equal(channel_try_receive(channel, value), STATUS_OK);
        received++;
    }
    assert_int_equal(channel_try_receive(channel, value), STATUS_BUSY);
    assert_int_equal(channel_length_max(channel), capacity);
}

static void values_come_out_in_order_and_whole(void **state) {
    (void)state;
    static const size_t sizes[] = { 0, 1, 4, 8, 12, 16, 64, VALUE_BYTES_TRIED };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (size_t j = 0; j < COUNT_OF(sizes); j++) {
            struct channel *channel = make(sizes[j], shapes[i].capacity, shapes[i].ceiling);
            go_round(channel, sizes[j], 12);
            channel_destroy(channel);
        }
    }
}

static void sizes_beyond_their_limits_are_refused(void **state) {
    (void)state;
    static const struct {
        struct channel_options options;
        enum status status;
    } rows[] = {
        { { .value_bytes = 8, .capacity = 0, .ceiling = 0 }, STATUS_LIMIT },
        { { .value_bytes = 8, .capacity = 1, .ceiling = 1 }, STATUS_LIMIT },
        { { .value_bytes = CHANNEL_VALUE_BYTES_MAX + 1, .capacity = 1 }, STATUS_LIMIT },
        { { .value_bytes = CHANNEL_VALUE_BYTES_MAX, .capacity = 1 }, STATUS_OK },
        { { .value_bytes = 0, .capacity = CHANNEL_CAPACITY_MAX + 1 }, STATUS_LIMIT },
        { { .value_bytes = 0, .capacity = CHANNEL_CAPACITY_MAX }, STATUS_OK },
        { { .value_bytes = 8, .ceiling = (uint32_t)CHANNEL_CEILING_MAX + 1 }, STATUS_LIMIT },
        { { .value_bytes = 8, .ceiling = CHANNEL_CEILING_MAX }, STATUS_OK },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static char nothing;
        struct channel *channel = (void *)&nothing;
        assert_int_equal(channel_create(&rows[i].options, &channel), rows[i].status);
        assert_true((channel != NULL) == (rows[i].status == STATUS_OK));
        channel_destroy(channel);
    }
}

/* ---- waiting that ends at once ---- */

static void what_is_ready_is_done_however_late(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct channel *channel = make(8, shapes[i].capacity, shapes[i].ceiling);
        struct sync_cancel *token;
        uint64_t value = 7;
        struct channel_permit permit;
        assert_int_equal(sync_cancel_create(NULL, &token), STATUS_OK);
        sync_cancel_fire(token);
        /* ready comes before the token, and the token before the deadline */
        assert_int_equal(channel_send(channel, &value, 0, token), STATUS_OK);
        assert_int_equal(channel_receive(channel, &value, 0, token), STATUS_OK);
        assert_int_equal(channel_receive(channel, &value, 0, token), STATUS_CANCELLED);
        assert_int_equal(channel_receive(channel, &value, 0, NULL), STATUS_TIMED_OUT);
        for (uint64_t sent = 0; sent < channel_capacity(channel); sent++) {
            assert_int_equal(channel_send(channel, &value, 0, token), STATUS_OK);
        }
        assert_int_equal(channel_send(channel, &value, 0, token), STATUS_CANCELLED);
        assert_int_equal(channel_send(channel, &value, 0, NULL), STATUS_TIMED_OUT);
        assert_int_equal(channel_reserve(channel, &permit, 0, token), STATUS_CANCELLED);
        assert_null(permit.channel);
        assert_int_equal(channel_reserve(channel, &permit, 0, NULL), STATUS_TIMED_OUT);
        assert_int_equal(channel_length(channel), channel_capacity(channel));
        sync_cancel_release(token);
        channel_destroy(channel);
    }
}

static void a_deadline_is_waited_for(void **state) {
    (void)state;
    enum { WAIT_NS = 3000000 };
    struct channel *channel = make(8, 1, 0);
    uint64_t value = 1;
    uint64_t start = sync_clock_ns();
    assert_int_equal(channel_receive(channel, &value, start + WAIT_NS, NULL), STATUS_TIMED_OUT);
    assert_true(sync_clock_ns() - start >= WAIT_NS);
    channel_destroy(channel);
}

/* ---- closing ---- */

static void a_closed_channel_drains_and_then_says_so(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct channel *channel = make(8, shapes[i].capacity, shapes[i].ceiling);
        uint64_t value = 5;
        struct channel_permit permit;
        assert_int_equal(channel_try_send(channel, &value), STATUS_OK);
        assert_false(channel_is_closed(channel));
        channel_close(channel);
        channel_close(channel);
        assert_true(channel_is_closed(channel));
        value = 6;
        assert_int_equal(channel_try_send(channel, &value), STATUS_CLOSED);
        assert_int_equal(channel_send(channel, &value, 0, NULL), STATUS_CLOSED);
        assert_int_equal(channel_try_reserve(channel, &permit), STATUS_CLOSED);
        assert_null(permit.channel);
        assert_int_equal(value, 6);
        assert_int_equal(channel_receive(channel, &value, SYNC_NO_DEADLINE, NULL), STATUS_OK);
        assert_int_equal(value, 5);
        assert_int_equal(channel_receive(channel, &value, SYNC_NO_DEADLINE, NULL), STATUS_CLOSED);
        assert_int_equal(channel_try_receive(channel, &value), STATUS_CLOSED);
        assert_int_equal(value, 5);
        channel_destroy(channel);
    }
}

/* ---- permits ---- */

static void a_permit_holds_room_and_no_place(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct channel *channel = make(8, shapes[i].capacity, shapes[i].ceiling);
        uint64_t capacity = channel_capacity(channel);
        struct channel_permit permit;
        uint64_t value = 0;
        for (uint64_t round = 0; round < 3 * capacity + 5; round++) {
            assert_int_equal(channel_try_reserve(channel, &permit), STATUS_OK);
            assert_int_equal(channel_permits(channel), 1);
            uint64_t sent = 0;
            while (channel_try_send(channel, &(uint64_t){ round + sent }) == STATUS_OK) {
                sent++;
            }
            assert_int_equal(sent, capacity - 1);
            assert_int_equal(channel_length(channel), capacity - 1);
            value = round + sent;
            channel_commit(&permit, &value);
            assert_null(permit.channel);
            for (uint64_t j = 0; j < capacity; j++) {
                assert_int_equal(channel_try_receive(channel, &value), STATUS_OK);
                assert_int_equal(value, round + j);
            }
            assert_int_equal(channel_permits(channel), 0);
            round += capacity / 8;
        }
        channel_destroy(channel);
    }
}

static void permits_end_in_any_order(void **state) {
    (void)state;
    struct channel *channel = make(8, 3, 0);
    struct channel_permit permits[3];
    uint64_t value;
    for (size_t i = 0; i < COUNT_OF(permits); i++) {
        assert_int_equal(channel_try_reserve(channel, &permits[i]), STATUS_OK);
    }
    struct channel_permit none;
    assert_int_equal(channel_try_reserve(channel, &none), STATUS_BUSY);
    assert_int_equal(channel_try_send(channel, &(uint64_t){ 9 }), STATUS_BUSY);
    channel_commit(&permits[2], &(uint64_t){ 2 });
    channel_release(&permits[0]);
    channel_release(&permits[0]);
    assert_int_equal(channel_try_send(channel, &(uint64_t){ 3 }), STATUS_OK);
    channel_close(channel);
    channel_commit(&permits[1], &(uint64_t){ 1 });
    static const uint64_t order[] = { 2, 3, 1 };
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_int_equal(channel_try_receive(channel, &value), STATUS_OK);
        assert_int_equal(value, order[i]);
    }
    assert_int_equal(channel_try_receive(channel, &value), STATUS_CLOSED);
    channel_destroy(channel);
}

static void a_closed_channel_waits_for_its_permits(void **state) {
    (void)state;
    struct channel *channel = make(8, 2, 0);
    struct channel_permit permit;
    uint64_t value;
    assert_int_equal(channel_try_reserve(channel, &permit), STATUS_OK);
    channel_close(channel);
    assert_int_equal(channel_try_receive(channel, &value), STATUS_BUSY);
    assert_int_equal(channel_receive(channel, &value, 0, NULL), STATUS_TIMED_OUT);
    channel_release(&permit);
    assert_int_equal(channel_try_receive(channel, &value), STATUS_CLOSED);
    channel_destroy(channel);
}

/* ---- memory ---- */

static void an_unbounded_channel_gives_memory_back(void **state) {
    (void)state;
    struct channel *channel = make(8, 0, 100000);
    size_t empty = channel_memory_bytes(channel);
    uint64_t value = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        assert_int_equal(channel_try_send(channel, &i), STATUS_OK);
    }
    size_t full = channel_memory_bytes(channel);
    assert_true(full - empty >= 100000 * 16);
    for (uint64_t i = 0; i < 100000; i++) {
        assert_int_equal(channel_try_receive(channel, &value), STATUS_OK);
        assert_int_equal(value, i);
    }
    size_t drained = channel_memory_bytes(channel);
    assert_true(drained - empty <= (full - empty) / 16);
    /* a steady flow takes nothing new */
    for (uint64_t i = 0; i < 50000; i++) {
        assert_int_equal(channel_try_send(channel, &i), STATUS_OK);
        assert_int_equal(channel_try_receive(channel, &value), STATUS_OK);
        assert_true(channel_memory_bytes(channel) <= drained + (full - empty) / 16);
    }
    channel_destroy(channel);
}

static void a_bounded_channel_takes_all_at_once(void **state) {
    (void)state;
    struct channel *channel = make(12, 100, 0);
    size_t bytes = channel_memory_bytes(channel);
    uint64_t live = sync_memory_live();
    assert_true(bytes >= 100 * 12);
    go_round(channel, 12, 5);
    assert_int_equal(channel_memory_bytes(channel), bytes);
    assert_int_equal(sync_memory_live(), live);
    channel_destroy(channel);
}

/* Make, send, reserve and receive while the nth allocation fails, or all from there on. */
static bool survives_fault(uint32_t capacity, uint32_t ceiling, uint64_t nth, bool for_ever) {
    struct channel_options options = { .value_bytes = 8, .capacity = capacity, .ceiling = ceiling };
    struct channel *channel;
    struct channel_permit permit;
    uint64_t before = sync_memory_live();
    sync_fault_arm(SYNC_FAULT_MEMORY, nth, for_ever);
    enum status status = channel_create(&options, &channel);
    assert_true(status == STATUS_OK || (status == STATUS_NO_MEMORY && channel == NULL));
    uint64_t sent = 0;
    for (uint64_t i = 0; i < 10 && channel != NULL; i++) {
        status = channel_send(channel, &i, 0, NULL);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY ||
                    status == STATUS_TIMED_OUT);
        sent += status == STATUS_OK;
        status = channel_try_reserve(channel, &permit);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY || status == STATUS_BUSY);
        assert_true((permit.channel != NULL) == (status == STATUS_OK));
        if (status == STATUS_OK) {
            channel_commit(&permit, &i);
            sent++;
        }
        assert_int_equal(channel_length(channel), sent);
    }
    uint64_t value;
    while (sent > 0) {
        assert_int_equal(channel_try_receive(channel, &value), STATUS_OK);
        sent--;
    }
    channel_destroy(channel);
    bool was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
    assert_int_equal(sync_memory_live(), before);
    return was_met;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            uint64_t nth = 1;
            while (survives_fault(shapes[i].capacity, shapes[i].ceiling, nth, for_ever)) {
                nth++;
            }
            assert_true(nth > 2);
        }
    }
}

/* ---- misuse ---- */

static void destroy_with_a_permit_out(void) {
    struct channel *channel = make(8, 1, 0);
    struct channel_permit permit;
    assert_int_equal(channel_try_reserve(channel, &permit), STATUS_OK);
    channel_destroy(channel);
}

static void count_wakes(void *self) {
    ++*(uint32_t *)self;
}

static void destroy_with_somebody_in_line(void) {
    struct channel *channel = make(8, 1, 0);
    static struct channel_waiter waiter;
    static uint32_t wakes;
    uint64_t value;
    (void)!channel_poll_receive(channel, &value, &waiter,
                                (struct sync_waker){ count_wakes, &wakes });
    channel_destroy(channel);
}

static void commit_no_permit(void) {
    struct channel_permit none = { NULL };
    channel_commit(&none, &(uint64_t){ 1 });
}

static void poll_another_channel_with_a_waiter_in_line(void) {
    struct channel *channels[2] = { make(8, 1, 0), make(8, 1, 0) };
    static struct channel_waiter waiter;
    static uint32_t wakes;
    uint64_t value;
    for (int i = 0; i < 2; i++) {
        (void)!channel_poll_receive(channels[i], &value, &waiter,
                                    (struct sync_waker){ count_wakes, &wakes });
    }
}

static void misuse_stops_the_program(void **state) {
    (void)state;
    assert_true(dies_saying(destroy_with_a_permit_out, "channel_permits(channel) == 0"));
    assert_true(dies_saying(destroy_with_somebody_in_line, "assertion failed"));
    assert_true(dies_saying(commit_no_permit, "channel != NULL"));
    assert_true(
        dies_saying(poll_another_channel_with_a_waiter_in_line, "waiter->channel == "));
    channel_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_out_in_order_and_whole),
        cmocka_unit_test(sizes_beyond_their_limits_are_refused),
        cmocka_unit_test(what_is_ready_is_done_however_late),
        cmocka_unit_test(a_deadline_is_waited_for),
        cmocka_unit_test(a_closed_channel_drains_and_then_says_so),
        cmocka_unit_test(a_permit_holds_room_and_no_place),
        cmocka_unit_test(permits_end_in_any_order),
        cmocka_unit_test(a_closed_channel_waits_for_its_permits),
        cmocka_unit_test(an_unbounded_channel_gives_memory_back),
        cmocka_unit_test(a_bounded_channel_takes_all_at_once),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(misuse_stops_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
