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

/* Overtaken CHANNEL_OVERTAKEN_MAX times, the waiter is the next to be served. */
static void a_waiter_is_not_overtaken_for_ever(void **state) {
    (void)state;
    struct channel *channel = make(1);
    uint32_t wakes = 0;
    uint32_t others = 0;
    struct sync_waker waker = { count_wakes, &wakes };
    struct sync_waker other = { count_wakes, &others };
    struct channel_waiter waiter = { 0 };
    struct channel_waiter newcomer = { 0 };
    uint64_t value = 1;
    assert_int_equal(channel_poll_receive(channel, &value, &waiter, waker), STATUS_BUSY);
    for (uint32_t losses = 1; losses <= CHANNEL_OVERTAKEN_MAX; losses++) {
        assert_int_equal(channel_try_send(channel, &value), STATUS_OK);
        assert_int_equal(wakes, losses);
        assert_int_equal(channel_poll_receive(channel, &value, &newcomer, other), STATUS_OK);
        assert_int_equal(channel_poll_receive(channel, &value, &waiter, waker), STATUS_BUSY);
    }
    assert_int_equal(channel_try_send(channel, &value), STATUS_OK);
    assert_int_equal(channel_poll_receive(channel, &value, &newcomer, other), STATUS_BUSY);
    assert_int_equal(channel_receive(channel, &value, 0, NULL), STATUS_TIMED_OUT);
    assert_int_equal(channel_poll_receive(channel, &value, &waiter, waker), STATUS_OK);
    /* and then all is as before */
    assert_int_equal(channel_try_send(channel, &value), STATUS_OK);
    assert_int_equal(others, 1);
    assert_int_equal(channel_receive(channel, &value, 0, NULL), STATUS_OK);
    channel_waiter_leave(&newcomer);
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
        cmocka_unit_test(a_close_wakes_all_who_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
