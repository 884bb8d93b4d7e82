/* park_test.c - tokens of parkers: kept, taken once, waited for, given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/clock.h"
#include "sync/park.h"
#include "sync/thread.h"

enum { ROUNDS = 20000, MS = 1000000 };

static void a_token_waits_for_who_parks_and_is_taken_once(void **state) {
    (void)state;
    struct sync_parker parker = { .token = { 0 } };
    sync_unpark(&parker);
    sync_unpark(&parker);   /* two count as one */
    assert_int_equal(sync_parker_park(&parker, 0), STATUS_OK);   /* the deadline has passed */
    assert_int_equal(sync_parker_park(&parker, 0), STATUS_TIMED_OUT);
    struct sync_waker waker = sync_parker_waker(&parker);
    sync_waker_wake(&waker);
    assert_int_equal(sync_parker_park(&parker, SYNC_NO_DEADLINE), STATUS_OK);
}

static void who_parks_gives_up_at_the_deadline(void **state) {
    (void)state;
    uint64_t deadline_ns = sync_clock_ns() + 5 * MS;
    assert_int_equal(sync_park(deadline_ns), STATUS_TIMED_OUT);
    assert_true(sync_clock_ns() >= deadline_ns);
    sync_unpark(sync_parker_self());
    assert_int_equal(sync_park(deadline_ns), STATUS_OK);
}

static struct { struct sync_parker ping, pong; uint64_t count; } court;

static void play(void *argument) {
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(sync_parker_park(&court.ping, SYNC_NO_DEADLINE), STATUS_OK);
        court.count++;   /* plain: the tokens order it */
        sync_unpark(&court.pong);
    }
}

static void two_threads_let_each_other_go_on(void **state) {
    (void)state;
    struct sync_thread thread;
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    assert_int_equal(sync_thread_start(&thread, &options, play, NULL), STATUS_OK);
    for (int i = 0; i < ROUNDS; i++) {
        court.count++;
        sync_unpark(&court.ping);
        assert_int_equal(sync_parker_park(&court.pong, SYNC_NO_DEADLINE), STATUS_OK);
    }
    sync_thread_join(&thread);
    assert_int_equal(court.count, 2 * ROUNDS);
}

static void own_parker_of(void *argument) {
    *(struct sync_parker **)argument = sync_parker_self();
    assert_int_equal(sync_park(0), STATUS_TIMED_OUT);   /* not the starter's token */
}

static void every_thread_has_a_parker_of_its_own(void **state) {
    (void)state;
    struct sync_thread thread;
    struct sync_parker *other = NULL;
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    sync_unpark(sync_parker_self());
    assert_int_equal(sync_thread_start(&thread, &options, own_parker_of, &other), STATUS_OK);
    sync_thread_join(&thread);
    assert_ptr_not_equal(other, sync_parker_self());
    assert_int_equal(sync_park(0), STATUS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_waits_for_who_parks_and_is_taken_once),
        cmocka_unit_test(who_parks_gives_up_at_the_deadline),
        cmocka_unit_test(two_threads_let_each_other_go_on),
        cmocka_unit_test(every_thread_has_a_parker_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
