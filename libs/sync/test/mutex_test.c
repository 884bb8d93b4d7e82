/*
 * mutex_test.c - the lock word and the mutex: exclusion, deadlines, owner, poison, misuse.
 *
 * Misuse runs in a child, whose last words are read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "dies.h"
#include "sync/clock.h"
#include "sync/guard.h"
#include "sync/lock.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { THREADS = 4, STEPS = 5000, MS = 1000000 };

struct shared {
    struct sync_lock lock;
    struct sync_mutex mutex;
    uint64_t plain;             /* under either */
    struct sync_u32 is_held;
    struct sync_u32 may_go;
    enum status status;
    uint64_t owner;
};

static void start(struct sync_thread *thread, sync_thread_body body, void *argument) {
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    assert_int_equal(STATUS_OK, sync_thread_start(thread, &options, body, argument));
}

static void run_on(int count, sync_thread_body body, void *argument) {
    struct sync_thread threads[THREADS];
    for (int i = 0; i < count; i++) {
        start(&threads[i], body, argument);
    }
    for (int i = 0; i < count; i++) {
        sync_thread_join(&threads[i]);
    }
}

static void wait_for(const struct sync_u32 *word) {
    while (sync_u32_load(word, SYNC_ACQUIRE) == 0) {
        (void)!sync_wait(word, 0, SYNC_NO_DEADLINE);
    }
}

static void tell(struct sync_u32 *word) {
    sync_u32_store(word, 1, SYNC_RELEASE);
    sync_wake(word, UINT32_MAX);
}

/* Each way of taking in turn, so that all of them meet. */
static void add_under_word(void *argument) {
    struct shared *shared = argument;
    for (int i = 0; i < STEPS; i++) {
        if (i % 3 == 0) {
            sync_lock_acquire(&shared->lock);
        } else if (i % 3 == 1) {
            while (!sync_lock_try(&shared->lock)) {
                sync_thread_yield();
            }
        } else {
            while (sync_lock_acquire_until(&shared->lock, sync_clock_ns() + 1000) != STATUS_OK) {
            }
        }
        shared->plain++;
        sync_lock_release(&shared->lock);
    }
}

static void a_lock_word_excludes_in_every_way_of_taking_it(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    assert_int_equal(4, sizeof(struct sync_lock));
    run_on(THREADS, add_under_word, &shared);
    assert_int_equal(THREADS * STEPS, shared.plain);
    assert_true(sync_lock_try(&shared.lock));
    assert_false(sync_lock_try(&shared.lock));
}

static void add_until(void *argument) {
    struct shared *shared = argument;
    for (int i = 0; i < STEPS; i++) {
        while (sync_mutex_lock_until(&shared->mutex, sync_clock_ns() + 500) != STATUS_OK) {
        }
        shared->plain++;
        sync_mutex_unlock(&shared->mutex);
    }
}

static void deadlines_that_pass_lose_no_wake(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    run_on(THREADS, add_until, &shared);
    assert_int_equal(THREADS * STEPS, shared.plain);
    sync_mutex_finish(&shared.mutex);
}

static void hold_until_told(void *argument) {
    struct shared *shared = argument;
    sync_mutex_lock(&shared->mutex);
    sync_lock_acquire(&shared->lock);
    shared->owner = sync_thread_self_id();
    tell(&shared->is_held);
    wait_for(&shared->may_go);
    sync_lock_release(&shared->lock);
    sync_mutex_unlock(&shared->mutex);
}

static void a_lock_gives_up_at_its_deadline_and_knows_its_owner(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    struct sync_thread thread;
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    start(&thread, hold_until_told, &shared);
    wait_for(&shared.is_held);
    uint64_t deadline = sync_clock_ns() + 2 * MS;
    assert_int_equal(STATUS_TIMED_OUT, sync_mutex_lock_until(&shared.mutex, deadline));
    assert_true(sync_clock_ns() >= deadline);
    assert_int_equal(STATUS_TIMED_OUT, sync_mutex_lock_until(&shared.mutex, 0));
    assert_int_equal(STATUS_TIMED_OUT, sync_lock_acquire_until(&shared.lock, deadline));
    assert_int_equal(thread.id, sync_mutex_owner(&shared.mutex));
    assert_int_equal(thread.id, shared.owner);
    assert_false(sync_mutex_is_mine(&shared.mutex));
    tell(&shared.may_go);
    sync_thread_join(&thread);
    assert_int_equal(STATUS_OK, sync_mutex_lock_until(&shared.mutex, 0));
    assert_true(sync_mutex_is_mine(&shared.mutex));
    assert_int_equal(sync_thread_self_id(), sync_mutex_owner(&shared.mutex));
    sync_mutex_unlock(&shared.mutex);
    assert_int_equal(0, sync_mutex_owner(&shared.mutex));
    sync_mutex_finish(&shared.mutex);
}

static void a_zeroed_mutex_can_be_used_and_has_no_rank(void **state) {
    (void)state;
    static struct sync_mutex first;
    static struct sync_mutex second;
    struct sync_mutex ranked;
    sync_mutex_init(&ranked, SYNC_RANK_LEAF);
    sync_mutex_lock(&second);
    sync_mutex_lock(&ranked);
    sync_mutex_lock(&first);   /* after a leaf: no order is promised */
    sync_mutex_unlock(&first);
    sync_mutex_unlock(&second);
    sync_mutex_unlock(&ranked);
    sync_mutex_finish(&ranked);
}

static uint64_t count_guarded(struct shared *shared, bool is_early) {
    SYNC_GUARD struct sync_guard guard = sync_guard_take(&shared->mutex);
    assert_true(sync_mutex_is_mine(&shared->mutex));
    if (is_early) {
        sync_guard_give(&guard);
        assert_false(sync_mutex_is_mine(&shared->mutex));
        return 0;
    }
    return ++shared->plain;
}

static void panic_guarded(void *argument) {
    struct shared *shared = argument;
    SYNC_GUARD struct sync_guard guard = sync_guard_take(&shared->mutex);
    sync_panic(1, NULL, 0);
}

static void a_guard_gives_its_mutex_back_once_however_the_block_ends(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    struct sync_panic panic;
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    assert_int_equal(1, count_guarded(&shared, false));
    assert_int_equal(0, count_guarded(&shared, true));
    assert_int_equal(2, count_guarded(&shared, false));
    assert_true(sync_panic_catch(panic_guarded, &shared, &panic));
    assert_int_equal(0, sync_mutex_owner(&shared.mutex));
    assert_true(sync_mutex_is_poisoned(&shared.mutex));
    sync_mutex_finish(&shared.mutex);
}

static void panic_holding(void *argument) {
    struct shared *shared = argument;
    sync_mutex_lock(&shared->mutex);
    sync_panic(3, NULL, 0);
}

static void poison(struct shared *shared) {
    struct sync_thread thread;
    struct sync_thread_result result;
    start(&thread, panic_holding, shared);
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, SYNC_NO_DEADLINE, &result));
    assert_true(result.has_panicked);
}

static void a_panic_poisons_the_mutex_it_holds_until_somebody_clears_it(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    poison(&shared);
    assert_true(sync_mutex_is_poisoned(&shared.mutex));
    assert_int_equal(0, sync_mutex_owner(&shared.mutex));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(STATUS_POISONED, sync_mutex_lock_until(&shared.mutex, SYNC_NO_DEADLINE));
        assert_true(sync_mutex_is_mine(&shared.mutex));
        sync_mutex_unlock(&shared.mutex);   /* unlocking alone clears nothing */
    }
    assert_int_equal(STATUS_POISONED, sync_mutex_lock_until(&shared.mutex, 0));
    sync_mutex_clear_poison(&shared.mutex);
    sync_mutex_unlock(&shared.mutex);
    assert_false(sync_mutex_is_poisoned(&shared.mutex));
    sync_mutex_lock(&shared.mutex);
    sync_mutex_unlock(&shared.mutex);
    sync_mutex_finish(&shared.mutex);
}

static struct shared misused;

static void lock_poisoned(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_CHANNEL);
    poison(&misused);
    sync_mutex_lock(&misused.mutex);
}

static void try_poisoned(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_CHANNEL);
    poison(&misused);
    (void)!sync_mutex_try_lock(&misused.mutex);
}

static void lock_twice(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_NONE);
    sync_mutex_lock(&misused.mutex);
    sync_mutex_lock(&misused.mutex);
}

static void try_twice(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_NONE);
    sync_mutex_lock(&misused.mutex);
    (void)!sync_mutex_try_lock(&misused.mutex);
}

static void unlock_twice(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_TIMER);
    sync_mutex_lock(&misused.mutex);
    sync_mutex_unlock(&misused.mutex);
    sync_mutex_unlock(&misused.mutex);
}

static void unlock_anothers(void) {
    struct sync_thread thread;
    sync_mutex_init(&misused.mutex, SYNC_RANK_TIMER);
    start(&thread, hold_until_told, &misused);
    wait_for(&misused.is_held);
    sync_mutex_unlock(&misused.mutex);
}

static void finish_locked(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_SCOPE);
    sync_mutex_lock(&misused.mutex);
    sync_mutex_finish(&misused.mutex);
}

static void lock_finished(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_NONE);
    sync_mutex_finish(&misused.mutex);
    (void)!sync_mutex_lock_until(&misused.mutex, 0);
}

static void finish_twice(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_NONE);
    sync_mutex_finish(&misused.mutex);
    sync_mutex_finish(&misused.mutex);
}

static void clear_unheld(void) {
    sync_mutex_init(&misused.mutex, SYNC_RANK_CANCEL);
    sync_mutex_clear_poison(&misused.mutex);
}

static void end_holding(void *argument) {
    sync_mutex_lock(&((struct shared *)argument)->mutex);
}

static void end_with_a_lock_held(void) {
    struct sync_thread thread;
    sync_mutex_init(&misused.mutex, SYNC_RANK_EXECUTOR);
    start(&thread, end_holding, &misused);
    sync_thread_join(&thread);
}

static void hold_too_many(void) {
    static struct sync_mutex many[64];
    for (int i = 0; i < 64; i++) {
        sync_mutex_lock(&many[i]);
    }
}

static void misuse_stops_every_build_and_names_the_rank(void **state) {
    (void)state;
    static const struct { void (*misuse)(void); const char *words; } rows[] = {
        { lock_poisoned, "a mutex of rank channel is poisoned" },
        { try_poisoned, "a mutex of rank channel is poisoned" },
        { lock_twice, "a mutex is asked for by the thread that holds it" },
        { try_twice, "a mutex is asked for by the thread that holds it" },
        { unlock_twice, "a mutex of rank timer is unlocked while nobody holds it" },
        { unlock_anothers, "a mutex of rank timer is unlocked by a thread that does not hold it" },
        { finish_locked, "a mutex of rank scope is finished while it is locked" },
        { lock_finished, "a mutex is used after it was finished" },
        { finish_twice, "a mutex is used after it was finished" },
        { clear_unheld, "a mutex of rank cancel is cleared of poison by a thread that does not" },
        { end_with_a_lock_held, "a mutex of rank executor is held by a thread that ends" },
        { hold_too_many, "a mutex is one more than a thread may hold" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(dies_saying(rows[i].misuse, rows[i].words));
    }
}

static void take_the_same_rank(void) {
    static struct sync_mutex two[2];
    sync_mutex_init(&two[0], SYNC_RANK_TIMER);
    sync_mutex_init(&two[1], SYNC_RANK_TIMER);
    sync_mutex_lock(&two[0]);
    sync_mutex_lock(&two[1]);
}

static void a_broken_order_of_ranks_is_named_in_check_builds(void **state) {
    (void)state;
    if (ASSERT_IS_SLOW) {
        assert_true(dies_saying(take_the_same_rank, "a mutex of rank timer is asked for while one "
                                                    "of the same or a later rank is held"));
    }
}

static void every_rank_has_a_name_of_its_own(void **state) {
    (void)state;
    for (int a = 0; a < SYNC_RANK_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(sync_rank_name((enum sync_rank)a),
                                    sync_rank_name((enum sync_rank)b));
        }
    }
    assert_string_equal("unknown", sync_rank_name(SYNC_RANK_COUNT));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_word_excludes_in_every_way_of_taking_it),
        cmocka_unit_test(deadlines_that_pass_lose_no_wake),
        cmocka_unit_test(a_lock_gives_up_at_its_deadline_and_knows_its_owner),
        cmocka_unit_test(a_zeroed_mutex_can_be_used_and_has_no_rank),
        cmocka_unit_test(a_guard_gives_its_mutex_back_once_however_the_block_ends),
        cmocka_unit_test(a_panic_poisons_the_mutex_it_holds_until_somebody_clears_it),
        cmocka_unit_test(misuse_stops_every_build_and_names_the_rank),
        cmocka_unit_test(a_broken_order_of_ranks_is_named_in_check_builds),
        cmocka_unit_test(every_rank_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
