/* poll_test.c - waiters that are polled: who is woken, when, and what becomes of the wake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "channel/channel.h"

static struct channel *make(uint32_t capacity) {
    struct channel_options options = { .value_bytes = 8, .capacity = capacity };
    struct channel *channel;
    assert_int_equal(channel_create(&options, &channel), STATUS_OK);
    return channel;
}

static void count_wakes(void *self) {
    ++*(uint32_t *)self;
}

static void a_waiter_is_woken_once_and_polls_again(void **state) {
    (void)state;
    struct channel *channel = make(1);
    uint32_t wakes[2] = { 0, 0 };
    struct sync_waker wakers[2] = { { count_wakes, &wakes[0] }, { count_wakes, &wakes[1] } };
    struct channel_waiter waiters[2] = { { 0 }, { 0 } };
    uint64_t value;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(channel_poll_receive(channel, &value, &waiters[i], wakers[i]),
                         STATUS_BUSY);
    }
    assert_int_equal(channel_try_send(channel, &(uint64_t){ 1 }), STATUS_OK);
    assert_true(wakes[0] == 1 && wakes[1] == 0); /* first come, first woken */
    assert_int_equal(channel_poll_receive(channel, &value, &waiters[0], wakers[0]), STATUS_OK);
    assert_int_equal(channel_try_send(channel, &(uint64_t){ 2 }), STATUS_OK);
    assert_true(wakes[0] == 1 && wakes[1] == 1);
    channel_waiter_leave(&waiters[1]);
    assert_int_equal(channel_length(channel), 1);
    channel_destroy(channel);
}

static void a_wake_that_is_not_used_goes_to_the_next(void **state) {
    (void)state;
    struct channel *channel = make(1);
    uint32_t wakes[2] = { 0, 0 };
    struct sync_waker wakers[2] = { { count_wakes, &wakes[0] }, { count_wakes, &wakes[1] } };
    struct channel_waiter waiters[2] = { { 0 }, { 0 } };
    uint64_t value = 1;
    assert_int_equal(channel_try_send(channel, &value), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(channel_poll_send(channel, &value, &waiters[i], wakers[i]), STATUS_BUSY);
    }
    assert_int_equal(channel_try_receive(channel, &value), STATUS_OK);
    assert_true(wakes[0] == 1 && wakes[1] == 0);
    channel_waiter_leave(&waiters[0]);
    assert_true(wakes[0] == 1 && wakes[1] == 1);
    assert_int_equal(channel_poll_send(channel, &value, &waiters[1], wakers[1]), STATUS_OK);
    channel_destroy(channel);
}

/* Everybody in these cases: a waiter, and how often it was woken. */
struct player {
    struct channel_waiter waiter;
    uint32_t wakes;
};

static enum status poll_receive(struct channel *channel, struct player *player) {
    uint64_t value;
    return channel_poll_receive(channel, &value, &player->waiter,
                                (struct sync_waker){ count_wakes, &player->wakes });
}

static enum status poll_send(struct channel *channel, struct player *player) {
    return channel_poll_send(channel, &(uint64_t){ 1 }, &player->waiter,
                             (struct sync_waker){ count_wakes, &player->wakes });
}

static void put(struct channel *channel) {
    assert_int_equal(channel_try_send(channel, &(uint64_t){ 1 }), STATUS_OK);
}

static void take(struct channel *channel) {
    uint64_t value;
    assert_int_equal(channel_try_receive(channel, &value), STATUS_OK);
}

/* Woken CHANNEL_OVERTAKEN_MAX times for what somebody else took; it stands in line again. */
static void overtake_receiver(struct channel *channel, struct player *player) {
    assert_int_equal(poll_receive(channel, player), STATUS_BUSY);
    for (uint32_t losses = 1; losses <= CHANNEL_OVERTAKEN_MAX; losses++) {
        put(channel);
        assert_int_equal(player->wakes, losses);
        struct player newcomer = { .wakes = 0 };
        assert_int_equal(poll_receive(channel, &newcomer), STATUS_OK);
        assert_int_equal(poll_receive(channel, player), STATUS_BUSY);
    }
}

static void a_waiter_is_not_overtaken_for_ever(void **state) {
    (void)state;
    struct channel *channel = make(1);
    struct player player = { .wakes = 0 };
    struct player newcomer = { .wakes = 0 };
    uint64_t value;
    for (int turn = 0; turn < 2; turn++) { /* afterwards all is as before */
        player.wakes = newcomer.wakes = 0;
        overtake_receiver(channel, &player);
        put(channel);
        assert_int_equal(poll_receive(channel, &newcomer), STATUS_BUSY);
        assert_int_equal(channel_receive(channel, &value, 0, NULL), STATUS_TIMED_OUT);
        assert_int_equal(poll_receive(channel, &player), STATUS_OK);
        put(channel);
        assert_int_equal(newcomer.wakes, 1);
        assert_int_equal(poll_receive(channel, &newcomer), STATUS_OK);
    }
    channel_destroy(channel);
}

/* The one that lost too often is slow; there is a value for it, and one for the next. */
static void who_is_held_back_gets_what_is_over(void **state) {
    (void)state;
    struct channel *channel = make(3);
    struct player player = { .wakes = 0 };
    struct player next = { .wakes = 0 };
    struct player newcomer = { .wakes = 0 };
    overtake_receiver(channel, &player);
    assert_int_equal(poll_receive(channel, &next), STATUS_BUSY);
    put(channel);
    put(channel);
    assert_int_equal(next.wakes, 1);
    assert_int_equal(poll_receive(channel, &newcomer), STATUS_BUSY);
    assert_int_equal(poll_receive(channel, &next), STATUS_OK);
    channel_waiter_leave(&newcomer.waiter);
    put(channel);
    assert_int_equal(poll_receive(channel, &newcomer), STATUS_OK);
    assert_int_equal(poll_receive(channel, &player), STATUS_OK);
    channel_destroy(channel);
}

static void who_is_held_back_is_told_of_a_close(void **state) {
    (void)state;
    struct channel *channel = make(1);
    struct player player = { .wakes = 0 };
    uint64_t value;
    overtake_receiver(channel, &player);
    channel_close(channel);
    assert_int_equal(channel_receive(channel, &value, 0, NULL), STATUS_CLOSED);
    assert_int_equal(poll_receive(channel, &player), STATUS_CLOSED);
    channel_destroy(channel);
}

static void a_sender_that_is_held_back_is_told_of_a_close(void **state) {
    (void)state;
    struct channel *channel = make(1);
    struct player player = { .wakes = 0 };
    put(channel);
    assert_int_equal(poll_send(channel, &player), STATUS_BUSY);
    for (uint32_t losses = 1; losses <= CHANNEL_OVERTAKEN_MAX; losses++) {
        take(channel);
        assert_int_equal(player.wakes, losses);
        put(channel);
        assert_int_equal(poll_send(channel, &player), STATUS_BUSY);
    }
    channel_close(channel);
    assert_int_equal(channel_send(channel, &(uint64_t){ 1 }, 0, NULL), STATUS_CLOSED);
    assert_int_equal(poll_send(channel, &player), STATUS_CLOSED);
    channel_destroy(channel);
}

/* A permit given back at the last moment is no reason to wait. */
static void a_closed_channel_with_a_permit_is_waited_for(void **state) {
    (void)state;
    struct channel *channel = make(2);
    struct channel_permit permit;
    struct player player = { .wakes = 0 };
    assert_int_equal(channel_try_reserve(channel, &permit), STATUS_OK);
    channel_close(channel);
    assert_int_equal(poll_receive(channel, &player), STATUS_BUSY);
    assert_int_equal(player.wakes, 0);
    channel_release(&permit);
    assert_int_equal(player.wakes, 1);
    assert_int_equal(poll_receive(channel, &player), STATUS_CLOSED);
    channel_destroy(channel);
}

static void a_close_wakes_all_who_wait(void **state) {
    (void)state;
    enum { WAITERS = 5 };
    struct channel *channel = make(1);
    uint32_t wakes[WAITERS] = { 0 };
    struct channel_waiter waiters[WAITERS] = { { 0 } };
    uint64_t value;
    for (int i = 0; i < WAITERS; i++) {
        assert_int_equal(channel_poll_receive(channel, &value, &waiters[i],
                                              (struct sync_waker){ count_wakes, &wakes[i] }),
                         STATUS_BUSY);
    }
    channel_close(channel);
    for (int i = 0; i < WAITERS; i++) {
        assert_int_equal(wakes[i], 1);
        assert_int_equal(channel_poll_receive(channel, &value, &waiters[i],
                                              (struct sync_waker){ count_wakes, &wakes[i] }),
                         STATUS_CLOSED);
    }
    channel_destroy(channel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiter_is_woken_once_and_polls_again),
        cmocka_unit_test(a_wake_that_is_not_used_goes_to_the_next),
        cmocka_unit_test(a_waiter_is_not_overtaken_for_ever),
        cmocka_unit_test(who_is_held_back_gets_what_is_over),
        cmocka_unit_test(who_is_held_back_is_told_of_a_close),
        cmocka_unit_test(a_sender_that_is_held_back_is_told_of_a_close),
        cmocka_unit_test(a_closed_channel_with_a_permit_is_waited_for),
        cmocka_unit_test(a_close_wakes_all_who_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
