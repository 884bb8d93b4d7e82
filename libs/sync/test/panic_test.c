/*
 * panic_test.c - panics: what they undo, in which order, and where they end.
 *
 * Each step that a panic undoes writes a letter; the word they make is the judge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "dies.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/thread.h"
#include "sync/wait.h"

static char word[32];
static struct sync_mutex locks[3];

static void letter(void *argument) {
    size_t length = strlen(word);
    assert_true(length + 1 < sizeof(word));
    word[length] = *(const char *)argument;
    word[length + 1] = '\0';
}

/* Writes the letter of the lock, in upper case when it is given back already. */
static void look_at_lock(void *argument) {
    size_t i = *(const size_t *)argument;
    char said[2] = { (char)(sync_mutex_is_mine(&locks[i]) ? 'a' + i : 'A' + i), '\0' };
    letter(said);
}

static int set_up(void **state) {
    (void)state;
    word[0] = '\0';
    for (int i = 0; i < 3; i++) {
        sync_mutex_init(&locks[i], (enum sync_rank)(SYNC_RANK_APPLICATION + i));
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        sync_mutex_finish(&locks[i]);
    }
    return 0;
}

static void panic_with_text(void *argument) {
    const char *text = argument;
    sync_panic(7, text, strlen(text) + 1);
}

static void a_caught_panic_carries_its_code_and_a_copy_of_its_payload(void **state) {
    (void)state;
    struct sync_panic panic;
    char text[] = "the disk is on fire";
    assert_true(sync_panic_catch(panic_with_text, text, &panic));
    memset(text, 'x', sizeof(text) - 1);
    assert_int_equal(7, panic.code);
    assert_int_equal(sizeof(text), panic.byte_count);
    assert_string_equal("the disk is on fire", (const char *)panic.bytes);
    assert_false(sync_panic_is_unwinding());
}

static void panic_with_much(void *argument) {
    sync_panic(1, argument, 10000);
}

static void panic_with_nothing(void *argument) {
    (void)argument;
    sync_panic(UINT32_MAX, NULL, 0);
}

static void payloads_are_cut_at_their_limit(void **state) {
    (void)state;
    static unsigned char much[10000];
    struct sync_panic panic;
    for (size_t i = 0; i < sizeof(much); i++) {
        much[i] = (unsigned char)(i * 7);
    }
    assert_true(sync_panic_catch(panic_with_much, much, &panic));
    assert_int_equal(SYNC_PANIC_BYTES_MAX, panic.byte_count);
    assert_memory_equal(much, panic.bytes, SYNC_PANIC_BYTES_MAX);
    assert_true(sync_panic_catch(panic_with_nothing, NULL, &panic));
    assert_int_equal(0, panic.byte_count);
    assert_int_equal(UINT32_MAX, panic.code);
}

static void nothing(void *argument) {
    letter(argument);
}

static void a_call_that_does_not_panic_leaves_everything_as_it_was(void **state) {
    (void)state;
    struct sync_panic panic = { .code = 99 };
    assert_false(sync_panic_catch(nothing, "n", &panic));
    assert_string_equal("n", word);
    assert_int_equal(99, panic.code);
}

static void push_and_pop(void *argument) {
    struct sync_cleanup cleanups[5];
    for (int i = 0; i < 5; i++) {
        static char letters[] = "abcde";
        sync_cleanup_push(&cleanups[i], letter, &letters[i]);
    }
    sync_cleanup_pop(&cleanups[4], true);
    sync_cleanup_pop(&cleanups[3], false);
    panic_with_nothing(argument);
}

static void cleanups_run_once_and_newest_first(void **state) {
    (void)state;
    struct sync_panic panic;
    assert_true(sync_panic_catch(push_and_pop, NULL, &panic));
    assert_string_equal("ecba", word);
    assert_true(sync_panic_catch(panic_with_nothing, NULL, &panic));
    assert_string_equal("ecba", word);
}

/* Locks and cleanups in turn: at each cleanup, what was taken before it is still held. */
static void lock_and_push_in_turn(void *argument) {
    static size_t numbers[] = { 0, 1, 2 };
    struct sync_cleanup cleanups[6];
    for (size_t i = 0; i < 3; i++) {
        sync_cleanup_push(&cleanups[2 * i], look_at_lock, &numbers[i]);   /* given back by then */
        sync_mutex_lock(&locks[i]);
        sync_cleanup_push(&cleanups[2 * i + 1], look_at_lock, &numbers[i]);   /* still held */
    }
    panic_with_nothing(argument);
}

static void clear(int i, enum status wanted) {
    assert_int_equal(wanted, sync_mutex_lock_until(&locks[i], 0));
    sync_mutex_clear_poison(&locks[i]);
    sync_mutex_unlock(&locks[i]);
}

static void a_panic_holding_three_locks_undoes_locks_and_cleanups_in_turn(void **state) {
    (void)state;
    struct sync_panic panic;
    assert_true(sync_panic_catch(lock_and_push_in_turn, NULL, &panic));
    assert_string_equal("cCbBaA", word);
    for (int i = 0; i < 3; i++) {
        clear(i, STATUS_POISONED);
    }
}

static void lock_second(void *argument) {
    sync_mutex_lock(&locks[1]);
    panic_with_nothing(argument);
}

static void locks_from_before_the_catch_stay_held_and_sound(void **state) {
    (void)state;
    struct sync_panic panic;
    sync_mutex_lock(&locks[0]);
    assert_true(sync_panic_catch(lock_second, NULL, &panic));
    assert_true(sync_mutex_is_mine(&locks[0]));
    assert_false(sync_mutex_is_poisoned(&locks[0]));
    assert_false(sync_mutex_is_mine(&locks[1]));
    sync_mutex_unlock(&locks[0]);
    clear(0, STATUS_OK);
    clear(1, STATUS_POISONED);
}

/* A lock outlives the cleanup it was taken under, and the call it was taken in. */
static void take_under_a_cleanup(void *argument) {
    struct sync_cleanup cleanup;
    sync_cleanup_push(&cleanup, letter, argument);
    sync_mutex_lock(&locks[0]);
    sync_cleanup_pop(&cleanup, false);
}

static void take_and_panic(void *argument) {
    struct sync_panic panic;
    assert_false(sync_panic_catch(take_under_a_cleanup, argument, &panic));
    panic_with_nothing(argument);
}

static void a_lock_may_outlive_the_cleanup_and_the_catch_it_was_taken_in(void **state) {
    (void)state;
    struct sync_panic panic;
    assert_true(sync_panic_catch(take_and_panic, "x", &panic));
    assert_string_equal("", word);
    clear(0, STATUS_POISONED);
}

static void contain_another(void *argument) {
    struct sync_panic panic;
    assert_true(sync_panic_is_unwinding());
    assert_true(sync_panic_catch(panic_with_text, "inner", &panic));
    assert_true(sync_panic_is_unwinding());
    letter(argument);
}

static void panic_over_a_catching_cleanup(void *argument) {
    struct sync_cleanup cleanups[2];
    sync_cleanup_push(&cleanups[0], letter, "z");
    sync_cleanup_push(&cleanups[1], contain_another, "y");
    panic_with_text(argument);
}

static void a_cleanup_may_contain_panics_of_its_own(void **state) {
    (void)state;
    struct sync_panic panic;
    assert_true(sync_panic_catch(panic_over_a_catching_cleanup, "outer", &panic));
    assert_string_equal("yz", word);
    assert_string_equal("outer", (const char *)panic.bytes);
}

static void catch_and_go_on(void *argument) {
    struct sync_panic panic;
    assert_true(sync_panic_catch(panic_with_text, argument, &panic));
    letter("r");
    sync_panic_rethrow(&panic);
}

static void a_panic_can_go_on_after_it_was_caught(void **state) {
    (void)state;
    struct sync_panic panic;
    assert_true(sync_panic_catch(catch_and_go_on, "again", &panic));
    assert_string_equal("r", word);
    assert_int_equal(7, panic.code);
    assert_string_equal("again", (const char *)panic.bytes);
}

static void go_on_in_place(void *argument) {
    sync_panic_rethrow(argument);
}

static void a_panic_may_be_thrown_again_from_where_it_is_caught_to(void **state) {
    (void)state;
    struct sync_panic panic = { .code = 5, .byte_count = 3, .bytes = "ab" };
    assert_true(sync_panic_catch(go_on_in_place, &panic, &panic));
    assert_int_equal(5, panic.code);
    assert_string_equal("ab", (const char *)panic.bytes);
}

static void panic_alone(void) {
    sync_panic(42, NULL, 0);
}

static void panic_in_cleanup(void *argument) {
    struct sync_cleanup cleanup;
    sync_cleanup_push(&cleanup, panic_with_nothing, argument);
    sync_panic(8, NULL, 0);
}

static void panic_twice(void) {
    struct sync_panic panic;
    (void)!sync_panic_catch(panic_in_cleanup, NULL, &panic);
}

static void pop_wrongly(void) {
    struct sync_cleanup cleanups[2];
    sync_cleanup_push(&cleanups[0], letter, "a");
    sync_cleanup_push(&cleanups[1], letter, "b");
    sync_cleanup_pop(&cleanups[0], true);
}

static void forget_to_pop(void *argument) {
    sync_cleanup_push(argument, letter, "a");
}

static void return_with_a_cleanup(void) {
    struct sync_cleanup cleanup;
    struct sync_panic panic;
    (void)!sync_panic_catch(forget_to_pop, &cleanup, &panic);
}

static void detach_a_panic(void) {
    struct sync_thread thread;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    struct sync_u32 never = { 0 };
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &options, panic_with_nothing, NULL));
    sync_thread_detach(&thread);
    (void)!sync_wait(&never, 0, SYNC_NO_DEADLINE);
}

static void join_a_panic(void) {
    struct sync_thread thread;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &options, panic_with_text, "t"));
    sync_thread_join(&thread);
}

static void panic_with_a_message(void) {
    sync_panic(9, "out of ink", 11);
}

static void panic_with_binary(void) {
    sync_panic(10, "\001\002", 3);
}

static void panics_that_nothing_contains_stop_the_program(void **state) {
    (void)state;
    static const struct { void (*misuse)(void); const char *words; } rows[] = {
        { panic_alone, "panic 42 on thread 1 which nothing contains" },
        { panic_twice, "panic 4294967295 on thread 1 within a cleanup" },
        { pop_wrongly, "a cleanup is popped that is not the newest" },
        { return_with_a_cleanup, "a function returned with a cleanup still pushed" },
        { detach_a_panic, "a detached thread panicked, and nobody can join it" },
        { join_a_panic, "panic 7 on thread 1 which nothing contains: t" },
        { panic_with_a_message, "panic 9 on thread 1 which nothing contains: out of ink" },
        { panic_with_binary, "panic 10 on thread 1 which nothing contains\n" },
    };
    assert_int_equal(1, sync_thread_self_id());
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(dies_saying(rows[i].misuse, rows[i].words));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_caught_panic_carries_its_code_and_a_copy_of_its_payload),
        CASE(payloads_are_cut_at_their_limit),
        CASE(a_call_that_does_not_panic_leaves_everything_as_it_was),
        CASE(cleanups_run_once_and_newest_first),
        CASE(a_panic_holding_three_locks_undoes_locks_and_cleanups_in_turn),
        CASE(locks_from_before_the_catch_stay_held_and_sound),
        CASE(a_lock_may_outlive_the_cleanup_and_the_catch_it_was_taken_in),
        CASE(a_cleanup_may_contain_panics_of_its_own),
        CASE(a_panic_can_go_on_after_it_was_caught),
        CASE(a_panic_may_be_thrown_again_from_where_it_is_caught_to),
        CASE(panics_that_nothing_contains_stop_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
