/*
 * condition_explore_test.c - conditions and parkers under every schedule: signals, ties
 * with deadlines, wake-ups for nothing, poison.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/condition.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/park.h"
#include "sync/wait.h"

static struct {
    struct sync_mutex mutex;
    struct sync_condition changed;
    uint32_t stock, taken, waiters_done;
    struct sync_parker parker;
    struct sync_parker *other;
    int plain;                   /* the token of the parker orders it */
    enum status status;
} s;

static void begin(void) {
    memset(&s, 0, sizeof(s));
    sync_mutex_init(&s.mutex, SYNC_RANK_LEAF);
    sync_condition_init(&s.changed);
}

static void end(void) {
    sync_condition_finish(&s.changed);
    sync_mutex_finish(&s.mutex);
}

static void take_one(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    while (s.stock == 0) {
        EXPLORE_CHECK(sync_condition_wait(&s.changed, &s.mutex, SYNC_NO_DEADLINE) == STATUS_OK);
    }
    s.stock--;
    s.taken++;
    sync_mutex_unlock(&s.mutex);
}

/* Gives up after its deadline, but takes what is there then. */
static void take_one_in_time(void *unused) {
    (void)unused;
    enum status status = STATUS_OK;
    sync_mutex_lock(&s.mutex);
    while (s.stock == 0 && status == STATUS_OK) {
        status = sync_condition_wait(&s.changed, &s.mutex, 1000);
    }
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    s.taken += s.stock > 0;
    s.stock -= s.stock > 0;
    sync_mutex_unlock(&s.mutex);
}

static void put_one_and_signal_outside(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    s.stock++;
    sync_mutex_unlock(&s.mutex);
    sync_condition_signal(&s.changed);
}

static void put_two_and_signal_each(void *unused) {
    put_one_and_signal_outside(unused);
    put_one_and_signal_outside(unused);
}

static void put_two_and_signal_inside(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    s.stock += 2;
    sync_condition_signal(&s.changed);
    sync_condition_signal(&s.changed);
    sync_mutex_unlock(&s.mutex);
}

static void put_two_and_broadcast(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    s.stock += 2;
    sync_mutex_unlock(&s.mutex);
    sync_condition_broadcast(&s.changed);
}

static void a_signal_for_each_waiter_outside_is_enough(void) {
    begin();
    TEAM(take_one, take_one, put_two_and_signal_each);
    EXPLORE_CHECK(s.taken == 2 && s.stock == 0);
    end();
}

static void a_signal_for_each_waiter_inside_is_enough(void) {
    begin();
    TEAM(take_one, take_one, put_two_and_signal_inside);
    EXPLORE_CHECK(s.taken == 2 && s.stock == 0);
    end();
}

static void a_broadcast_is_enough_for_all(void) {
    begin();
    TEAM(take_one, take_one, put_two_and_broadcast);
    EXPLORE_CHECK(s.taken == 2 && s.stock == 0);
    end();
}

/*
 * The one that gives up takes no signal with it: if it did not take a piece, the other
 * one gets it.  With two pieces and two signals nobody waits for ever.
 */
static void who_gives_up_takes_no_signal_along(void) {
    begin();
    TEAM(take_one, take_one_in_time, put_two_and_signal_each);
    EXPLORE_CHECK(s.taken >= 1 && s.taken + s.stock == 2);
    end();
}

static void one_signal_and_a_deadline_tie(void) {
    begin();
    TEAM(take_one_in_time, put_one_and_signal_outside);
    EXPLORE_CHECK(s.taken + s.stock == 1);
    end();
}

static void panic_with_mutex(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    s.stock = 1;
    sync_condition_signal(&s.changed);
    sync_panic(1, NULL, 0);
}

static void panic_and_contain(void *unused) {
    (void)unused;
    struct sync_panic panic;
    EXPLORE_CHECK(sync_panic_catch(panic_with_mutex, NULL, &panic));
}

static void wait_for_poison(void *unused) {
    (void)unused;
    enum status status = sync_mutex_lock_until(&s.mutex, SYNC_NO_DEADLINE);
    while (status == STATUS_OK && s.stock == 0) {
        status = sync_condition_wait(&s.changed, &s.mutex, SYNC_NO_DEADLINE);
    }
    EXPLORE_CHECK(status == STATUS_POISONED && sync_mutex_is_mine(&s.mutex));
    sync_mutex_clear_poison(&s.mutex);
    sync_mutex_unlock(&s.mutex);
}

static void poison_comes_to_those_who_wait(void) {
    begin();
    TEAM(wait_for_poison, panic_and_contain);
    end();
}

/* ---- parkers ---- */

static void unpark(void *unused) {
    (void)unused;
    s.plain = 7;
    sync_unpark(&s.parker);
}

static void park(void *unused) {
    (void)unused;
    EXPLORE_CHECK(sync_parker_park(&s.parker, SYNC_NO_DEADLINE) == STATUS_OK);
    EXPLORE_CHECK(s.plain == 7);
}

static void an_unpark_before_or_after_is_not_lost(void) {
    memset(&s, 0, sizeof(s));
    TEAM(park, unpark);
}

/* A deadline that passes takes no token along: the next park has it. */
static void park_in_time_and_again(void *unused) {
    (void)unused;
    if (sync_parker_park(&s.parker, 1000) == STATUS_TIMED_OUT) {
        EXPLORE_CHECK(sync_parker_park(&s.parker, SYNC_NO_DEADLINE) == STATUS_OK);
    }
    EXPLORE_CHECK(s.plain == 7);
    EXPLORE_CHECK(sync_parker_park(&s.parker, 0) == STATUS_TIMED_OUT);
}

static void a_deadline_takes_no_token_along(void) {
    memset(&s, 0, sizeof(s));
    TEAM(park_in_time_and_again, unpark);
}

static void unpark_plainly(void *unused) {
    (void)unused;
    sync_unpark(&s.parker);
}

static void park_once_and_look(void *unused) {
    (void)unused;
    EXPLORE_CHECK(sync_parker_park(&s.parker, SYNC_NO_DEADLINE) == STATUS_OK);
    if (sync_parker_park(&s.parker, 1000) == STATUS_OK) {
        EXPLORE_CHECK(sync_parker_park(&s.parker, 0) == STATUS_TIMED_OUT);
    }
}

static void two_unparks_give_one_token_or_two_in_turn(void) {
    memset(&s, 0, sizeof(s));
    TEAM(park_once_and_look, unpark_plainly, unpark_plainly);
}

static void wake_the_other(void *unused) {
    (void)unused;
    struct sync_waker waker = sync_parker_waker(s.other);
    sync_waker_wake(&waker);
}

static void every_thread_has_a_parker_of_its_own(void) {
    memset(&s, 0, sizeof(s));
    s.other = sync_parker_self();
    struct sync_thread thread;
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(sync_thread_start(&thread, &options, wake_the_other, NULL) == STATUS_OK);
    EXPLORE_CHECK(sync_park(SYNC_NO_DEADLINE) == STATUS_OK);
    sync_thread_join(&thread);
    EXPLORE_CHECK(sync_park(0) == STATUS_TIMED_OUT);
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }
#define ALL .strategy = EXPLORE_DPOR

static const struct explore_case cases[] = {
    CASE(a_signal_for_each_waiter_outside_is_enough, ALL),
    CASE(a_signal_for_each_waiter_inside_is_enough, ALL),
    CASE(a_broadcast_is_enough_for_all, ALL, .spurious_wakes = 1),
    CASE(who_gives_up_takes_no_signal_along, ALL, .spurious_wakes = 1),
    CASE(one_signal_and_a_deadline_tie, ALL, .spurious_wakes = 1),
    CASE(poison_comes_to_those_who_wait, ALL),
    CASE(an_unpark_before_or_after_is_not_lost, ALL, .spurious_wakes = 2),
    CASE(a_deadline_takes_no_token_along, ALL, .spurious_wakes = 1),
    CASE(two_unparks_give_one_token_or_two_in_turn, ALL),
    CASE(every_thread_has_a_parker_of_its_own, ALL),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
