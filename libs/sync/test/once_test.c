/* once_test.c - initialisers that succeed, fail, panic, wait for each other, or recurse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "misuse_expect.h"
#include "sync/clock.h"
#include "sync/once.h"
#include "sync/panic.h"
#include "sync/thread.h"
#include "sync/wait.h"

static struct {
    struct sync_once once;
    int value;                   /* plain: the once orders it */
    int runs, failures_left;
    struct sync_u32 is_inside, may_go_on;
} ready;

static void begin_anew(int failures) {
    ready.once = (struct sync_once){ .state = { 0 } };
    ready.value = ready.runs = 0;
    ready.failures_left = failures;
    sync_u32_store(&ready.is_inside, 0, SYNC_RELAXED);
    sync_u32_store(&ready.may_go_on, 0, SYNC_RELAXED);
}

static enum status make_ready(void *argument) {
    ready.runs++;
    if (ready.failures_left > 0) {
        ready.failures_left--;
        return STATUS_NO_MEMORY;
    }
    ready.value = *(int *)argument;
    return STATUS_OK;
}

static void the_first_runs_it_and_the_others_do_not(void **state) {
    (void)state;
    begin_anew(0);
    int value = 5, other = 6;
    assert_false(sync_once_is_done(&ready.once));
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, 0), STATUS_OK);
    assert_true(sync_once_is_done(&ready.once));
    assert_int_equal(sync_once_run(&ready.once, make_ready, &other, 0), STATUS_OK);
    assert_int_equal(ready.value, 5);
    assert_int_equal(ready.runs, 1);
}

static void a_failure_is_its_callers_and_the_next_tries_again(void **state) {
    (void)state;
    begin_anew(2);
    int value = 7;
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, 0), STATUS_NO_MEMORY);
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, 0), STATUS_NO_MEMORY);
    assert_false(sync_once_is_done(&ready.once));
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, 0), STATUS_OK);
    assert_int_equal(ready.runs, 3);
    assert_int_equal(ready.value, 7);
}

enum { THREADS = 4, ROUNDS = 300 };

static void run_it(void *argument) {
    (void)argument;
    int value = 9;
    enum status status = STATUS_NO_MEMORY;
    while (status != STATUS_OK) {
        status = sync_once_run(&ready.once, make_ready, &value, SYNC_NO_DEADLINE);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
    }
    assert_int_equal(ready.value, 9);
}

static void many_threads_run_it_once_and_all_see_it(void **state) {
    (void)state;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    for (int round = 0; round < ROUNDS; round++) {
        struct sync_thread threads[THREADS];
        begin_anew(round % 3);
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(sync_thread_start(&threads[i], &options, run_it, NULL), STATUS_OK);
        }
        for (int i = 0; i < THREADS; i++) {
            sync_thread_join(&threads[i]);
        }
        assert_int_equal(ready.runs, round % 3 + 1);
    }
}

static enum status linger(void *argument) {
    (void)argument;
    sync_u32_store(&ready.is_inside, 1, SYNC_RELEASE);
    while (sync_u32_load(&ready.may_go_on, SYNC_ACQUIRE) == 0) {
        sync_thread_yield();
    }
    return STATUS_OK;
}

static void run_lingering(void *argument) {
    (void)argument;
    assert_int_equal(sync_once_run(&ready.once, linger, NULL, 0), STATUS_OK);
}

static void who_waits_gives_up_at_the_deadline(void **state) {
    (void)state;
    begin_anew(0);
    struct sync_thread thread;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    assert_int_equal(sync_thread_start(&thread, &options, run_lingering, NULL), STATUS_OK);
    while (sync_u32_load(&ready.is_inside, SYNC_ACQUIRE) == 0) {
        sync_thread_yield();
    }
    int value = 1;
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, 0), STATUS_TIMED_OUT);
    uint64_t deadline_ns = sync_clock_ns() + 5000000;
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, deadline_ns),
                     STATUS_TIMED_OUT);
    assert_true(sync_clock_ns() >= deadline_ns);
    sync_u32_store(&ready.may_go_on, 1, SYNC_RELEASE);
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, SYNC_NO_DEADLINE), STATUS_OK);
    sync_thread_join(&thread);
    assert_int_equal(ready.runs, 0);
}

static enum status panic_inside(void *argument) {
    sync_panic(3, argument, 1);
}

static void run_into_panic(void *argument) {
    (void)!sync_once_run(&ready.once, panic_inside, argument, 0);
}

static void a_panic_poisons_until_it_is_cleared(void **state) {
    (void)state;
    begin_anew(0);
    struct sync_panic panic;
    int value = 4;
    assert_true(sync_panic_catch(run_into_panic, &value, &panic));
    assert_int_equal(panic.code, 3);
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, 0), STATUS_POISONED);
    assert_int_equal(ready.runs, 0);
    sync_once_clear_poison(&ready.once);
    assert_int_equal(sync_once_run(&ready.once, make_ready, &value, 0), STATUS_OK);
    sync_once_clear_poison(&ready.once);
    assert_true(sync_once_is_done(&ready.once));
}

static enum status recurse(void *argument) {
    return sync_once_run(&ready.once, recurse, argument, SYNC_NO_DEADLINE);
}

static void an_initialiser_that_asks_for_itself_is_told(void **state) {
    (void)state;
    begin_anew(0);
    ASSERT_MISUSE((void)!sync_once_run(&ready.once, recurse, NULL, 0),
                  "a once is asked for by its own initialiser");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_runs_it_and_the_others_do_not),
        cmocka_unit_test(a_failure_is_its_callers_and_the_next_tries_again),
        cmocka_unit_test(many_threads_run_it_once_and_all_see_it),
        cmocka_unit_test(who_waits_gives_up_at_the_deadline),
        cmocka_unit_test(a_panic_poisons_until_it_is_cleared),
        cmocka_unit_test(an_initialiser_that_asks_for_itself_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
