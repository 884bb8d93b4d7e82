/*
 * join_test.c - the life of a thread: its number, what it leaves, how it is joined.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/attr.h"
#include "dies.h"
#include "sync/clock.h"
#include "sync/memory.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { MANY = 10000, THREADS = 50, RACES = 1000, MS = 1000000 };

static const struct sync_thread_options plain = { .cpu = SYNC_CPU_ANY };

static void *add_one(void *argument) {
    int *number = argument;
    ++*number;
    return number;
}

static void nothing(void *argument) {
    (void)argument;
}

static void panic(void *argument) {
    sync_panic(*(const uint32_t *)argument, "why", 4);
}

static void join_gives_what_the_body_returned(void **state) {
    (void)state;
    struct sync_thread thread;
    int number = 41;
    assert_int_equal(STATUS_OK, sync_thread_spawn(&thread, &plain, add_one, &number));
    assert_ptr_equal(&number, sync_thread_join(&thread));
    assert_int_equal(42, number);
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, NULL, nothing, NULL));
    assert_null(sync_thread_join(&thread));
}

static void a_result_is_a_value_or_a_panic(void **state) {
    (void)state;
    struct sync_thread thread;
    struct sync_thread_result result;
    int number = 0;
    uint32_t code = 77;
    assert_int_equal(STATUS_OK, sync_thread_spawn(&thread, &plain, add_one, &number));
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, SYNC_NO_DEADLINE, &result));
    assert_false(result.has_panicked);
    assert_ptr_equal(&number, result.value);
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, panic, &code));
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, SYNC_NO_DEADLINE, &result));
    assert_true(result.has_panicked);
    assert_null(result.value);
    assert_int_equal(77, result.panic.code);
    assert_string_equal("why", (const char *)result.panic.bytes);
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, panic, &code));
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, SYNC_NO_DEADLINE, NULL));
}

static void join_one_that_panics(void *argument) {
    struct sync_thread thread;
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, panic, argument));
    sync_thread_join(&thread);
}

static void a_plain_join_throws_the_panic_again(void **state) {
    (void)state;
    struct sync_panic caught;
    struct sync_thread thread;
    struct sync_thread_result result;
    uint32_t code = 5;
    uint64_t live = sync_memory_live();
    assert_true(sync_panic_catch(join_one_that_panics, &code, &caught));
    assert_int_equal(5, caught.code);
    assert_string_equal("why", (const char *)caught.bytes);
    /* And through a second thread, whose joiner gets the payload of the first. */
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, join_one_that_panics, &code));
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, SYNC_NO_DEADLINE, &result));
    assert_true(result.has_panicked);
    assert_string_equal("why", (const char *)result.panic.bytes);
    assert_int_equal(live, sync_memory_live());
}

static void wait_until_told(void *argument) {
    struct sync_u32 *word = argument;
    while (sync_u32_load(word, SYNC_ACQUIRE) == 0) {
        (void)!sync_wait(word, 0, SYNC_NO_DEADLINE);
    }
}

static void a_join_gives_up_at_its_deadline_and_may_be_tried_again(void **state) {
    (void)state;
    struct sync_thread thread;
    struct sync_u32 word = { 0 };
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, wait_until_told, &word));
    uint64_t deadline = sync_clock_ns() + 2 * MS;
    assert_int_equal(STATUS_TIMED_OUT, sync_thread_join_until(&thread, deadline, NULL));
    assert_true(sync_clock_ns() >= deadline);
    assert_int_equal(STATUS_TIMED_OUT, sync_thread_join_until(&thread, 0, NULL));
    sync_u32_store(&word, 1, SYNC_RELEASE);
    sync_wake(&word, 1);
    deadline = sync_clock_ns() + UINT64_C(20000) * MS;
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, deadline, NULL));
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, nothing, NULL));
    sync_sleep_ns(2 * MS);   /* has ended by now, most likely */
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, deadline, NULL));
}

/* The deadline passes about when the thread ends: whichever was first, it is joined once. */
static void joins_race_with_ends_and_deadlines(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    for (uint64_t i = 0; i < RACES; i++) {
        struct sync_thread thread;
        int number = 0;
        assert_int_equal(STATUS_OK, sync_thread_spawn(&thread, &plain, add_one, &number));
        struct sync_thread_result result = { .value = NULL };
        uint64_t deadline = sync_clock_ns() + i % 50 * 2000;
        while (sync_thread_join_until(&thread, deadline, &result) != STATUS_OK) {
            assert_true(sync_clock_ns() >= deadline);
            deadline = sync_clock_ns() + 5000;
        }
        assert_ptr_equal(&number, result.value);
        assert_int_equal(1, number);
    }
    assert_int_equal(live, sync_memory_live());
}

static void note_id(void *argument) {
    *(uint64_t *)argument = sync_thread_self_id();
}

static void every_thread_has_a_number_of_its_own(void **state) {
    (void)state;
    uint64_t before = sync_thread_self_id();
    assert_true(before >= 1);
    for (int i = 0; i < THREADS; i++) {
        struct sync_thread thread;
        uint64_t seen = 0;
        assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, note_id, &seen));
        sync_thread_join(&thread);
        assert_int_equal(thread.id, seen);
        assert_true(thread.id > before);
        before = thread.id;
    }
}

static void count_up(void *argument) {
    sync_u32_add(argument, 1, SYNC_RELEASE);
    sync_wake(argument, 1);
}

static void detached_threads_end_on_their_own_and_leave_nothing(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    struct sync_u32 ended = { 0 };
    for (int i = 0; i < THREADS; i++) {
        struct sync_thread thread;
        assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, count_up, &ended));
        if (i % 2 == 0) {
            sync_sleep_ns(MS / 4);   /* some are detached before they end, some after */
        }
        sync_thread_detach(&thread);
        assert_int_equal(0, thread.opaque);
    }
    for (int i = 0; i < 20000 && sync_memory_live() != live; i++) {
        sync_sleep_ns(MS);
    }
    assert_int_equal(live, sync_memory_live());
    assert_int_equal(THREADS, sync_u32_load(&ended, SYNC_ACQUIRE));
}

/* What the system says we have in memory, in pages. */
static long resident_pages(void) {
    long total = 0;
    long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%ld %ld", &total, &resident) != 2) {
        resident = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return resident;
}

static void ten_thousand_threads_take_no_more_memory_than_a_hundred(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    long after_hundred = 0;
    for (int i = 0; i < MANY; i++) {
        struct sync_thread thread;
        assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, nothing, NULL));
        sync_thread_join(&thread);
        after_hundred = i == 100 ? resident_pages() : after_hundred;
    }
    assert_int_equal(live, sync_memory_live());
    if (!ASSERT_IS_SLOW) {   /* sanitizers keep records of their own */
        assert_true(resident_pages() <= after_hundred + 64);
    }
}

static void fill_stack(void *argument) {
    volatile char bytes[48 << 10];
    memset((char *)(uintptr_t)bytes, 1, sizeof(bytes));
    *(int *)argument = bytes[100];
}

static void a_stack_is_as_large_as_asked(void **state) {
    (void)state;
    struct sync_thread thread;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY, .stack_bytes = 192 << 10 };
    int seen = 0;
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &options, fill_stack, &seen));
    sync_thread_join(&thread);
    assert_int_equal(1, seen);
}

static int NO_INLINE go_deeper(int depth) {
    volatile char bytes[512];
    bytes[0] = (char)depth;
    return depth == 0 ? 0 : go_deeper(depth - 1) + bytes[0];
}

static void overflow(void *argument) {
    *(int *)argument = go_deeper(1 << 20);
}

/* With two stacks side by side only a guard keeps one out of the other. */
static void a_stack_that_overflows_meets_its_guard(void **state) {
    (void)state;
    int seen = 0;
    int result = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = { 0, 0 };
        struct sync_thread threads[2];
        struct sync_u32 word = { 0 };
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL);
        close(2);
        alarm(20);
        (void)!sync_thread_start(&threads[0], &plain, wait_until_told, &word);
        (void)!sync_thread_start(&threads[1], &plain, overflow, &seen);
        sync_thread_join(&threads[1]);
        _exit(0);
    }
    waitpid(child, &result, 0);
    assert_true(WIFSIGNALED(result) ? WTERMSIG(result) == SIGSEGV : WEXITSTATUS(result) != 0);
}

static struct sync_thread misused;

static void join_self(void *argument) {
    while (sync_u32_load(argument, SYNC_ACQUIRE) == 0) {
        sync_thread_yield();
    }
    sync_thread_join(&misused);
}

static void join_of_oneself(void) {
    struct sync_u32 is_known = { 0 };
    assert_int_equal(STATUS_OK, sync_thread_start(&misused, &plain, join_self, &is_known));
    sync_u32_store(&is_known, 1, SYNC_RELEASE);
    (void)!sync_wait(&is_known, 1, SYNC_NO_DEADLINE);
}

static void join_unstarted(void) {
    sync_thread_join(&(struct sync_thread){ 0 });
}

static void join_not_had(void) {
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY, .stack_bytes = 1 };
    assert_int_equal(STATUS_NO_MEMORY, sync_thread_start(&misused, &options, nothing, NULL));
    sync_thread_join(&misused);
}

static void join_twice(void) {
    assert_int_equal(STATUS_OK, sync_thread_start(&misused, &plain, nothing, NULL));
    sync_thread_join(&misused);
    (void)!sync_thread_join_until(&misused, 0, NULL);
}

static void join_detached(void) {
    assert_int_equal(STATUS_OK, sync_thread_start(&misused, &plain, nothing, NULL));
    sync_thread_detach(&misused);
    sync_thread_join(&misused);
}

static void detach_joined(void) {
    assert_int_equal(STATUS_OK, sync_thread_start(&misused, &plain, nothing, NULL));
    sync_thread_join(&misused);
    sync_thread_detach(&misused);
}

static void joins_that_cannot_be_stop_the_program(void **state) {
    (void)state;
    static const char empty[] = "a thread is joined that was joined, detached or never started";
    static const struct { void (*misuse)(void); const char *words; } rows[] = {
        { join_of_oneself, "a thread joins itself" },
        { join_unstarted, empty },
        { join_not_had, empty },
        { join_twice, empty },
        { join_detached, empty },
        { detach_joined, "a thread is detached that was joined, detached or never started" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(dies_saying(rows[i].misuse, rows[i].words));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_gives_what_the_body_returned),
        cmocka_unit_test(a_result_is_a_value_or_a_panic),
        cmocka_unit_test(a_plain_join_throws_the_panic_again),
        cmocka_unit_test(a_join_gives_up_at_its_deadline_and_may_be_tried_again),
        cmocka_unit_test(joins_race_with_ends_and_deadlines),
        cmocka_unit_test(every_thread_has_a_number_of_its_own),
        cmocka_unit_test(detached_threads_end_on_their_own_and_leave_nothing),
        cmocka_unit_test(ten_thousand_threads_take_no_more_memory_than_a_hundred),
        cmocka_unit_test(a_stack_is_as_large_as_asked),
        cmocka_unit_test(a_stack_that_overflows_meets_its_guard),
        cmocka_unit_test(joins_that_cannot_be_stop_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
