/* condition_test.c - waiting under a mutex: signals, deadlines, poison, misuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "misuse_expect.h"
#include "sync/clock.h"
#include "sync/condition.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { THREADS = 4, ITEMS = 20000, MS = 1000000 };

static struct {
    struct sync_mutex mutex;
    struct sync_condition filled, emptied;
    uint32_t stock, room, taken, made;
    uint32_t waiting, awake;
    bool is_open;
} shop;

static void open_shop(uint32_t room) {
    sync_mutex_init(&shop.mutex, SYNC_RANK_LEAF);
    sync_condition_init(&shop.filled);
    sync_condition_init(&shop.emptied);
    shop.stock = shop.taken = shop.made = shop.waiting = shop.awake = 0;
    shop.room = room;
    shop.is_open = false;
}

static void close_shop(void) {
    sync_condition_finish(&shop.filled);
    sync_condition_finish(&shop.emptied);
    sync_mutex_finish(&shop.mutex);
}

static void run_threads(struct sync_thread *threads, uint32_t count, sync_thread_body body,
                        void *argument) {
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(sync_thread_start(&threads[i], &options, body, argument), STATUS_OK);
    }
}

static void join_threads(struct sync_thread *threads, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        sync_thread_join(&threads[i]);
    }
}

/* Producers signal with the mutex held when `argument` says so, else after unlocking. */
static void produce(void *argument) {
    bool is_signalled_inside = argument != NULL;
    for (;;) {
        sync_mutex_lock(&shop.mutex);
        while (shop.stock == shop.room && shop.made < ITEMS) {
            assert_int_equal(sync_condition_wait(&shop.emptied, &shop.mutex, SYNC_NO_DEADLINE),
                             STATUS_OK);
        }
        bool is_over = shop.made == ITEMS;
        shop.stock += is_over ? 0 : 1;
        shop.made += is_over ? 0 : 1;
        if (is_signalled_inside) {
            sync_condition_signal(is_over ? &shop.emptied : &shop.filled);
        }
        sync_mutex_unlock(&shop.mutex);
        if (!is_signalled_inside) {
            sync_condition_signal(is_over ? &shop.emptied : &shop.filled);
        }
        if (is_over) {
            return;
        }
    }
}

static void consume(void *argument) {
    (void)argument;
    for (;;) {
        sync_mutex_lock(&shop.mutex);
        while (shop.stock == 0 && shop.taken < ITEMS) {
            assert_int_equal(sync_condition_wait(&shop.filled, &shop.mutex, SYNC_NO_DEADLINE),
                             STATUS_OK);
        }
        bool is_over = shop.taken == ITEMS;
        shop.stock -= is_over ? 0 : 1;
        shop.taken += is_over ? 0 : 1;
        bool is_last = shop.taken == ITEMS;
        sync_mutex_unlock(&shop.mutex);
        sync_condition_signal(is_over ? &shop.filled : &shop.emptied);
        if (is_last) {
            sync_condition_broadcast(&shop.filled);
            sync_condition_broadcast(&shop.emptied);
            return;
        }
    }
}

static void no_signal_is_lost_between_producers_and_consumers(void **state) {
    (void)state;
    for (int inside = 0; inside < 2; inside++) {
        struct sync_thread producers[THREADS], consumers[THREADS];
        open_shop(3);
        run_threads(consumers, THREADS, consume, NULL);
        run_threads(producers, THREADS, produce, inside != 0 ? &shop : NULL);
        join_threads(producers, THREADS);
        join_threads(consumers, THREADS);
        assert_int_equal(shop.made, ITEMS);
        assert_int_equal(shop.taken, ITEMS);
        assert_int_equal(shop.stock, 0);
        close_shop();
    }
}

static void wait_for_opening(void *argument) {
    (void)argument;
    sync_mutex_lock(&shop.mutex);
    shop.waiting++;
    while (!shop.is_open) {
        assert_int_equal(sync_condition_wait(&shop.filled, &shop.mutex, SYNC_NO_DEADLINE),
                         STATUS_OK);
    }
    shop.awake++;
    sync_mutex_unlock(&shop.mutex);
}

static void until_all_wait(uint32_t count) {
    for (bool do_all = false; !do_all;) {
        sync_mutex_lock(&shop.mutex);
        do_all = shop.waiting == count;
        sync_mutex_unlock(&shop.mutex);
    }
}

static void a_broadcast_wakes_all(void **state) {
    (void)state;
    struct sync_thread threads[THREADS];
    open_shop(0);
    run_threads(threads, THREADS, wait_for_opening, NULL);
    until_all_wait(THREADS);
    sync_mutex_lock(&shop.mutex);
    shop.is_open = true;
    sync_mutex_unlock(&shop.mutex);
    sync_condition_broadcast(&shop.filled);
    join_threads(threads, THREADS);
    assert_int_equal(shop.awake, THREADS);
    close_shop();
}

static void as_many_signals_as_waiters_wake_all(void **state) {
    (void)state;
    struct sync_thread threads[THREADS];
    open_shop(0);
    run_threads(threads, THREADS, wait_for_opening, NULL);
    until_all_wait(THREADS);
    sync_mutex_lock(&shop.mutex);
    shop.is_open = true;
    for (int i = 0; i < THREADS; i++) {
        sync_condition_signal(&shop.filled);
    }
    sync_mutex_unlock(&shop.mutex);
    join_threads(threads, THREADS);
    assert_int_equal(shop.awake, THREADS);
    close_shop();
}

static void a_deadline_ends_the_wait_with_the_mutex_held(void **state) {
    (void)state;
    open_shop(0);
    sync_mutex_lock(&shop.mutex);
    assert_int_equal(sync_condition_wait(&shop.filled, &shop.mutex, 0), STATUS_TIMED_OUT);
    assert_true(sync_mutex_is_mine(&shop.mutex));
    uint64_t deadline_ns = sync_clock_ns() + 20 * MS;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {   /* wake-ups for nothing are allowed */
        status = sync_condition_wait(&shop.filled, &shop.mutex, deadline_ns);
    }
    assert_int_equal(status, STATUS_TIMED_OUT);
    assert_true(sync_clock_ns() >= deadline_ns);
    assert_true(sync_mutex_is_mine(&shop.mutex));
    sync_mutex_unlock(&shop.mutex);
    close_shop();
}

static void a_signal_without_waiters_is_not_remembered(void **state) {
    (void)state;
    open_shop(0);
    sync_condition_signal(&shop.filled);
    sync_condition_broadcast(&shop.filled);
    sync_mutex_lock(&shop.mutex);
    assert_int_equal(sync_condition_wait(&shop.filled, &shop.mutex, sync_clock_ns() + MS),
                     STATUS_TIMED_OUT);
    sync_mutex_unlock(&shop.mutex);
    close_shop();
}

static void signal_and_panic(void *argument) {
    (void)argument;
    sync_mutex_lock(&shop.mutex);
    shop.is_open = true;
    sync_condition_signal(&shop.filled);
    sync_panic(1, NULL, 0);
}

static void wait_for_poison(void *argument) {
    sync_mutex_lock(&shop.mutex);
    shop.waiting++;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !shop.is_open) {
        status = sync_condition_wait(&shop.filled, &shop.mutex, SYNC_NO_DEADLINE);
    }
    *(enum status *)argument = status;
    assert_true(sync_mutex_is_mine(&shop.mutex));
    sync_mutex_clear_poison(&shop.mutex);
    sync_mutex_unlock(&shop.mutex);
}

static void who_waits_is_told_that_a_holder_panicked(void **state) {
    (void)state;
    struct sync_thread thread;
    struct sync_panic panic;
    enum status status = STATUS_OK;
    open_shop(0);
    run_threads(&thread, 1, wait_for_poison, &status);
    until_all_wait(1);
    assert_true(sync_panic_catch(signal_and_panic, NULL, &panic));
    sync_thread_join(&thread);
    assert_int_equal(status, STATUS_POISONED);
    close_shop();
}

static void misuse_stops_with_a_message(void **state) {
    (void)state;
    open_shop(0);
    ASSERT_MISUSE((void)!sync_condition_wait(&shop.filled, &shop.mutex, 0),
                  "a condition is waited for without its mutex");
    struct sync_thread thread;
    run_threads(&thread, 1, wait_for_opening, NULL);
    until_all_wait(1);
    ASSERT_MISUSE(sync_condition_finish(&shop.filled),
                  "a condition is finished while it is waited for");
    struct sync_mutex other;
    sync_mutex_init(&other, SYNC_RANK_LEAF);
    sync_mutex_lock(&other);
    ASSERT_MISUSE((void)!sync_condition_wait(&shop.filled, &other, 0),
                  "a condition is waited for under two mutexes");
    sync_mutex_unlock(&other);
    sync_mutex_finish(&other);
    sync_mutex_lock(&shop.mutex);
    shop.is_open = true;
    sync_condition_signal(&shop.filled);
    sync_mutex_unlock(&shop.mutex);
    sync_thread_join(&thread);
    sync_condition_finish(&shop.filled);
    sync_mutex_lock(&shop.mutex);
    ASSERT_MISUSE((void)!sync_condition_wait(&shop.filled, &shop.mutex, 0),
                  "a condition is waited for after it was finished");
    sync_mutex_unlock(&shop.mutex);
    sync_mutex_finish(&shop.mutex);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_signal_is_lost_between_producers_and_consumers),
        cmocka_unit_test(a_broadcast_wakes_all),
        cmocka_unit_test(as_many_signals_as_waiters_wake_all),
        cmocka_unit_test(a_deadline_ends_the_wait_with_the_mutex_held),
        cmocka_unit_test(a_signal_without_waiters_is_not_remembered),
        cmocka_unit_test(who_waits_is_told_that_a_holder_panicked),
        cmocka_unit_test(misuse_stops_with_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
