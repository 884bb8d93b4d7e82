/*
 * stats_test.c - what check builds count of a mutex, and circles in the order of locks.
 *
 * No case ever deadlocks: the orders are taken one after the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/assert.h"
#include "sync/clock.h"
#include "sync/mutex.h"
#include "sync/once.h"
#include "sync/rwlock.h"
#include "sync/stats.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { MS = 1000000, WAITERS = 3 };

static const struct sync_thread_options plain = { .cpu = SYNC_CPU_ANY };

static void run(sync_thread_body body, void *argument) {
    struct sync_thread thread;
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, body, argument));
    sync_thread_join(&thread);
}

static void lock_and_unlock(void *argument) {
    sync_mutex_lock(argument);
    sync_mutex_unlock(argument);
}

static void a_mutex_counts_who_came_and_who_waited(void **state) {
    (void)state;
    struct sync_mutex mutex;
    struct sync_thread waiters[WAITERS];
    struct sync_lock_stats stats;
    sync_mutex_init(&mutex, SYNC_RANK_LEAF);
    sync_mutex_lock(&mutex);
    if (!sync_mutex_stats(&mutex, &stats)) {
        assert_false(ASSERT_IS_SLOW);
        sync_mutex_unlock(&mutex);
        return;   /* release builds do not count */
    }
    assert_int_equal(1, stats.acquisitions);
    assert_int_equal(0, stats.contentions);
    for (int i = 0; i < WAITERS; i++) {
        assert_int_equal(STATUS_OK,
                         sync_thread_start(&waiters[i], &plain, lock_and_unlock, &mutex));
    }
    for (int i = 0; i < 20000 && mutex.waiters < WAITERS; i++) {
        sync_sleep_ns(MS);
    }
    uint64_t wait_ns = 2 * MS;
    sync_sleep_ns(wait_ns);
    sync_mutex_unlock(&mutex);
    for (int i = 0; i < WAITERS; i++) {
        sync_thread_join(&waiters[i]);
    }
    assert_true(sync_mutex_stats(&mutex, &stats));
    assert_int_equal(1 + WAITERS, stats.acquisitions);
    assert_int_equal(WAITERS, stats.contentions);
    assert_int_equal(WAITERS, stats.most_waiters);
    assert_true(stats.longest_wait_ns >= wait_ns);
    sync_mutex_finish(&mutex);
}

struct told {
    uint32_t count;
    struct sync_order_cycle last;
    struct sync_mutex *taken;     /* in the sink, when not NULL */
};

static void sink(void *context, const struct sync_order_cycle *cycle) {
    struct told *told = context;
    told->count++;
    told->last = *cycle;
    if (told->taken != NULL) {
        lock_and_unlock(told->taken);
    }
}

static struct told told;
static struct sync_mutex locks[4];
static const char *const names[4] = { "purse", "ledger", "vault", "key" };

static int set_up(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        sync_mutex_init(&locks[i], SYNC_RANK_NONE);
        sync_mutex_name(&locks[i], names[i]);
    }
    memset(&told, 0, sizeof(told));
    assert_int_equal(ASSERT_IS_SLOW, sync_order_watch(sink, &told));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    (void)sync_order_watch(NULL, NULL);
    for (int i = 0; i < 4; i++) {
        sync_mutex_finish(&locks[i]);
    }
    return 0;
}

/* Take the locks of these letters, 'a' the first, all at once. */
static void take(void *argument) {
    const char *letters = argument;
    for (const char *at = letters; *at != '\0'; at++) {
        sync_mutex_lock(&locks[*at - 'a']);
    }
    for (const char *at = letters; *at != '\0'; at++) {
        sync_mutex_unlock(&locks[*at - 'a']);
    }
}

static void two_orders_of_two_locks_are_a_circle_though_nobody_waits(void **state) {
    (void)state;
    if (!ASSERT_IS_SLOW) {
        take("ab");
        take("ba");
        assert_int_equal(0, told.count);
        return;
    }
    struct sync_thread thread;
    take("ab");
    assert_int_equal(0, told.count);
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, take, "ba"));
    sync_thread_join(&thread);
    assert_int_equal(1, told.count);
    assert_int_equal(2, told.last.count);
    assert_string_equal("ledger", told.last.steps[0].held.name);
    assert_string_equal("purse", told.last.steps[0].wanted.name);
    assert_int_equal(thread.id, told.last.steps[0].thread);
    assert_string_equal("purse", told.last.steps[1].held.name);
    assert_string_equal("ledger", told.last.steps[1].wanted.name);
    assert_int_equal(sync_thread_self_id(), told.last.steps[1].thread);
    run(take, "ba");
    take("ab");
    assert_int_equal(1, told.count);   /* told once */
    assert_true(sync_order_is_complete());
}

static void a_circle_of_many_is_told_in_its_order_and_the_shortest_way(void **state) {
    (void)state;
    take("ab");
    take("bc");
    take("cd");
    take("ac");   /* a shorter way to d */
    assert_int_equal(0, told.count);
    take("da");
    if (!ASSERT_IS_SLOW) {
        return;
    }
    assert_int_equal(1, told.count);
    assert_int_equal(3, told.last.count);
    static const char *const held[] = { "key", "purse", "vault" };
    for (uint32_t i = 0; i < 3; i++) {
        assert_string_equal(held[i], told.last.steps[i].held.name);
        assert_string_equal(held[(i + 1) % 3], told.last.steps[i].wanted.name);
    }
}

static void locks_that_are_only_tried_close_no_circle(void **state) {
    (void)state;
    take("ab");
    sync_mutex_lock(&locks[1]);
    assert_true(sync_mutex_try_lock(&locks[0]));
    sync_mutex_unlock(&locks[0]);
    sync_mutex_unlock(&locks[1]);
    assert_int_equal(0, told.count);
}

static void a_sink_may_take_locks(void **state) {
    (void)state;
    told.taken = &locks[3];
    take("ab");
    take("ba");
    assert_int_equal(ASSERT_IS_SLOW, told.count);
}

static void locks_of_one_name_are_one_and_others_are_told_apart(void **state) {
    (void)state;
    struct sync_mutex accounts[2];
    struct sync_mutex plain_ones[2];
    char copy[] = "account";   /* another address, the same name */
    for (int i = 0; i < 2; i++) {
        sync_mutex_init(&accounts[i], SYNC_RANK_NONE);
        sync_mutex_name(&accounts[i], i == 0 ? "account" : copy);
        sync_mutex_init(&plain_ones[i], SYNC_RANK_NONE);
    }
    sync_mutex_lock(&accounts[0]);
    sync_mutex_lock(&accounts[1]);   /* nothing tells which comes first */
    assert_int_equal(ASSERT_IS_SLOW, told.count);
    assert_int_equal(ASSERT_IS_SLOW, told.last.count);
    sync_mutex_unlock(&accounts[0]);
    sync_mutex_unlock(&accounts[1]);
    for (int i = 0; i < 2; i++) {
        sync_mutex_lock(&plain_ones[i]);
        sync_mutex_lock(&plain_ones[1 - i]);
        sync_mutex_unlock(&plain_ones[0]);
        sync_mutex_unlock(&plain_ones[1]);
    }
    assert_int_equal(2 * ASSERT_IS_SLOW, told.count);
    if (ASSERT_IS_SLOW) {
        assert_string_equal("mutex", told.last.steps[0].held.name);
        assert_int_not_equal(told.last.steps[0].held.number, told.last.steps[0].wanted.number);
    }
    for (int i = 0; i < 2; i++) {
        sync_mutex_finish(&accounts[i]);
        sync_mutex_finish(&plain_ones[i]);
    }
}

static struct sync_rwlock rwlock;

static enum status take_first(void *unused) {
    (void)unused;
    take("a");
    return STATUS_OK;
}

static void other_kinds_of_locks_are_watched_too(void **state) {
    (void)state;
    struct sync_once once = { .runner = 0 };
    sync_rwlock_init(&rwlock, SYNC_RANK_NONE);
    sync_mutex_lock(&locks[0]);
    sync_rwlock_read(&rwlock);
    sync_rwlock_read_unlock(&rwlock);
    sync_mutex_unlock(&locks[0]);
    sync_rwlock_write(&rwlock);
    take("a");   /* a reader under the mutex, the mutex under a writer */
    sync_rwlock_write_unlock(&rwlock);
    sync_rwlock_finish(&rwlock);
    assert_int_equal(ASSERT_IS_SLOW, told.count);
    sync_mutex_lock(&locks[1]);
    assert_int_equal(STATUS_OK, sync_once_run(&once, take_first, NULL, SYNC_NO_DEADLINE));
    sync_mutex_unlock(&locks[1]);
    take("ab");  /* under b, the initialiser took a */
    assert_int_equal(2 * ASSERT_IS_SLOW, told.count);
}

static void a_finished_lock_is_forgotten(void **state) {
    (void)state;
    struct sync_mutex one;
    sync_mutex_init(&one, SYNC_RANK_NONE);
    sync_mutex_lock(&one);
    take("a");
    sync_mutex_unlock(&one);
    sync_mutex_finish(&one);
    sync_mutex_init(&one, SYNC_RANK_NONE);   /* at the same place, with the other order */
    sync_mutex_lock(&locks[0]);
    lock_and_unlock(&one);
    sync_mutex_unlock(&locks[0]);
    sync_mutex_finish(&one);
    assert_int_equal(0, told.count);
}

static void more_locks_than_the_table_holds_are_said_to_be_missed(void **state) {
    (void)state;
    static struct sync_mutex many[SYNC_ORDER_LOCKS_MAX];
    sync_mutex_lock(&locks[0]);
    for (int i = 0; i < SYNC_ORDER_LOCKS_MAX - 1; i++) {
        lock_and_unlock(&many[i]);
    }
    assert_true(sync_order_is_complete());
    lock_and_unlock(&many[SYNC_ORDER_LOCKS_MAX - 1]);
    sync_mutex_unlock(&locks[0]);
    assert_int_equal(!ASSERT_IS_SLOW, sync_order_is_complete());
    for (int i = 0; i < SYNC_ORDER_LOCKS_MAX; i++) {
        sync_mutex_finish(&many[i]);
    }
    assert_int_equal(0, told.count);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mutex_counts_who_came_and_who_waited),
        CASE(two_orders_of_two_locks_are_a_circle_though_nobody_waits),
        CASE(a_circle_of_many_is_told_in_its_order_and_the_shortest_way),
        CASE(locks_that_are_only_tried_close_no_circle),
        CASE(a_sink_may_take_locks),
        CASE(locks_of_one_name_are_one_and_others_are_told_apart),
        CASE(other_kinds_of_locks_are_watched_too),
        CASE(a_finished_lock_is_forgotten),
        CASE(more_locks_than_the_table_holds_are_said_to_be_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
