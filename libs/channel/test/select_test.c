/* select_test.c - each promise of select.h that one thread can look at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/attr.h"
#include "channel/select.h"
#include "sync/clock.h"

enum { CHANNELS = 4 };

struct fixture {
    struct channel *channels[CHANNELS];
    struct channel_arm arms[CHANNELS];
    struct channel_select select;
    uint64_t values[CHANNELS];
    uint32_t wakes;
};

/* Channels of one value; arms that receive from each. */
static void begin(struct fixture *f) {
    *f = (struct fixture){ .select = { .arms = f->arms, .arm_count = CHANNELS } };
    for (size_t i = 0; i < CHANNELS; i++) {
        struct channel_options options = { .value_bytes = 8, .capacity = 1 };
        assert_int_equal(channel_create(&options, &f->channels[i]), STATUS_OK);
        f->arms[i] = (struct channel_arm){ .kind = CHANNEL_ARM_RECEIVE,
                                           .channel = f->channels[i],
                                           .out_value = &f->values[i] };
    }
}

static void end(struct fixture *f) {
    for (size_t i = 0; i < CHANNELS; i++) {
        channel_destroy(f->channels[i]);
    }
}

static void put(struct fixture *f, size_t i, uint64_t value) {
    assert_int_equal(channel_try_send(f->channels[i], &value), STATUS_OK);
}

static void count_wakes(void *self) {
    ++((struct fixture *)self)->wakes;
}

static void the_lowest_arm_that_can_happens(void **state) {
    (void)state;
    /* which of the channels hold a value: every mix */
    for (uint32_t mix = 1; mix < 1u << CHANNELS; mix++) {
        struct fixture f;
        begin(&f);
        uint32_t lowest = UINT32_MAX;
        for (uint32_t i = 0; i < CHANNELS; i++) {
            if (mix >> i & 1) {
                put(&f, i, 100 + i);
                lowest = lowest == UINT32_MAX ? i : lowest;
            }
        }
        uint32_t index;
        assert_int_equal(channel_select(&f.select, 0, NULL, &index), STATUS_OK);
        assert_int_equal(index, lowest);
        for (uint32_t i = 0; i < CHANNELS; i++) {
            assert_int_equal(f.values[i], i == lowest ? 100 + i : 0);
            assert_int_equal(channel_length(f.channels[i]), (mix >> i & 1) && i != lowest);
        }
        end(&f);
    }
}

static void any_order_is_the_lowest_first_on_threads(void **state) {
    (void)state;
    struct fixture f;
    uint32_t index;
    begin(&f);
    put(&f, 1, 101);
    put(&f, 2, 102);
    f.select.takes_any = true;
    assert_int_equal(channel_select(&f.select, 0, NULL, &index), STATUS_OK);
    assert_int_equal(index, 1);
    end(&f);
}

static void the_same_seed_gives_the_same_order(void **state) {
    (void)state;
    uint32_t picks[2][64];
    uint32_t seen = 0;
    for (int run = 0; run < 2; run++) {
        struct fixture f;
        struct sync_sequence sequence = { .state = 7 };
        begin(&f);
        f.select.sequence = &sequence;
        for (size_t i = 0; i < CHANNELS; i++) {
            put(&f, i, i);
        }
        for (size_t turn = 0; turn < COUNT_OF(picks[0]); turn++) {
            assert_int_equal(channel_try_select(&f.select, &picks[run][turn]), STATUS_OK);
            seen |= 1u << picks[run][turn];
            put(&f, picks[run][turn], turn);
        }
        end(&f);
    }
    assert_memory_equal(picks[0], picks[1], sizeof(picks[0]));
    assert_int_equal(seen, (1u << CHANNELS) - 1); /* and each arm gets its turn */
}

static void sends_receives_and_reserves_mix(void **state) {
    (void)state;
    struct fixture f;
    struct channel_permit permit = { NULL };
    uint64_t out = 5;
    uint32_t index;
    begin(&f);
    put(&f, 0, 1);
    f.arms[0] =
        (struct channel_arm){ .kind = CHANNEL_ARM_SEND, .channel = f.channels[0], .value = &out };
    f.arms[2] = (struct channel_arm){ .kind = CHANNEL_ARM_RESERVE,
                                      .channel = f.channels[2],
                                      .out_permit = &permit };
    /* 0 is full, 1 is empty, 2 has room */
    assert_int_equal(channel_select(&f.select, SYNC_NO_DEADLINE, NULL, &index), STATUS_OK);
    assert_int_equal(index, 2);
    assert_ptr_equal(permit.channel, f.channels[2]);
    channel_commit(&permit, &(uint64_t){ 9 });
    assert_int_equal(channel_try_receive(f.channels[0], &f.values[0]), STATUS_OK);
    assert_int_equal(channel_select(&f.select, SYNC_NO_DEADLINE, NULL, &index), STATUS_OK);
    assert_int_equal(index, 0);
    assert_int_equal(channel_try_receive(f.channels[0], &f.values[0]), STATUS_OK);
    assert_int_equal(f.values[0], 5);
    end(&f);
}

static void nothing_can_happen(void **state) {
    (void)state;
    struct fixture f;
    uint32_t index;
    begin(&f);
    struct sync_cancel *token;
    assert_int_equal(sync_cancel_create(NULL, &token), STATUS_OK);
    /* a default; a deadline that has passed, and one that will; a token */
    assert_int_equal(channel_try_select(&f.select, &index), STATUS_BUSY);
    assert_int_equal(index, CHANNELS);
    assert_int_equal(channel_select(&f.select, 0, NULL, &index), STATUS_TIMED_OUT);
    assert_int_equal(index, CHANNELS);
    uint64_t deadline_ns = sync_clock_ns() + 1000000;
    assert_int_equal(channel_select(&f.select, deadline_ns, token, &index), STATUS_TIMED_OUT);
    assert_true(sync_clock_ns() >= deadline_ns);
    sync_cancel_fire(token);
    assert_int_equal(channel_select(&f.select, 0, token, &index), STATUS_CANCELLED);
    assert_int_equal(index, CHANNELS);
    put(&f, 3, 1);
    assert_int_equal(channel_select(&f.select, 0, token, &index), STATUS_OK);
    assert_int_equal(index, 3);
    sync_cancel_release(token);
    end(&f);
}

static void a_closed_channel_happens_and_no_channel_never_does(void **state) {
    (void)state;
    struct fixture f;
    uint32_t index;
    begin(&f);
    channel_close(f.channels[1]);
    put(&f, 2, 7);
    assert_int_equal(channel_try_select(&f.select, &index), STATUS_CLOSED);
    assert_int_equal(index, 1);
    f.arms[1].channel = NULL;
    assert_int_equal(channel_try_select(&f.select, &index), STATUS_OK);
    assert_int_equal(index, 2);
    for (size_t i = 0; i < CHANNELS; i++) {
        f.arms[i].channel = NULL;
    }
    assert_int_equal(channel_select(&f.select, 0, NULL, &index), STATUS_TIMED_OUT);
    end(&f);
}

static void a_task_is_woken_by_any_arm_and_leaves_no_trace(void **state) {
    (void)state;
    for (size_t chosen = 0; chosen < CHANNELS; chosen++) {
        struct fixture f;
        uint32_t index;
        begin(&f);
        struct sync_waker waker = { count_wakes, &f };
        assert_int_equal(channel_poll_select(&f.select, waker, &index), STATUS_BUSY);
        assert_int_equal(channel_poll_select(&f.select, waker, &index), STATUS_BUSY);
        put(&f, chosen, 42);
        assert_int_equal(f.wakes, 1);
        assert_int_equal(channel_poll_select(&f.select, waker, &index), STATUS_OK);
        assert_true(index == chosen && f.values[chosen] == 42);
        for (size_t i = 0; i < CHANNELS; i++) {
            put(&f, i, i);
        }
        assert_int_equal(f.wakes, 1);
        end(&f); /* asserts that nobody is in line */
    }
}

static void a_select_that_leaves_gives_its_wake_away(void **state) {
    (void)state;
    struct fixture f;
    struct fixture other;
    uint32_t index;
    begin(&f);
    other = (struct fixture){ 0 };
    struct channel_waiter waiter = { 0 };
    uint64_t value;
    assert_int_equal(channel_poll_select(&f.select, (struct sync_waker){ count_wakes, &f }, &index),
                     STATUS_BUSY);
    assert_int_equal(channel_poll_receive(f.channels[2], &value, &waiter,
                                          (struct sync_waker){ count_wakes, &other }),
                     STATUS_BUSY);
    put(&f, 2, 1);
    assert_true(f.wakes == 1 && other.wakes == 0);
    channel_select_leave(&f.select);
    channel_select_leave(&f.select);
    assert_true(f.wakes == 1 && other.wakes == 1);
    channel_waiter_leave(&waiter);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_arm_that_can_happens),
        cmocka_unit_test(any_order_is_the_lowest_first_on_threads),
        cmocka_unit_test(the_same_seed_gives_the_same_order),
        cmocka_unit_test(sends_receives_and_reserves_mix),
        cmocka_unit_test(nothing_can_happen),
        cmocka_unit_test(a_closed_channel_happens_and_no_channel_never_does),
        cmocka_unit_test(a_task_is_woken_by_any_arm_and_leaves_no_trace),
        cmocka_unit_test(a_select_that_leaves_gives_its_wake_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
