/*
 * thread_test.c - threads, locks, conditions, waits and placement.
 *
 * Real threads only sample schedules; the thread sanitizer build of this program
 * judges the ordering, and affinity is read back from the system.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/assert.h"
#include "sync/clock.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { THREADS = 4, STEPS = 5000, MS = 1000000 };

static void start(struct sync_thread *thread, sync_thread_body body, void *argument) {
    struct sync_thread_options options = { .name = "test", .cpu = SYNC_CPU_ANY };
    assert_int_equal(STATUS_OK, sync_thread_start(thread, &options, body, argument));
}

struct shared {
    struct sync_mutex mutex;
    struct sync_condition condition;
    uint64_t plain;            /* under `mutex` */
    struct sync_u32 word;
    struct sync_u64 wide;
    struct sync_pointer pointer;
    bool is_in_time;
    cpu_set_t seen;
    void *slot;
};

static void add_under_lock(void *argument) {
    struct shared *shared = argument;
    for (int i = 0; i < STEPS; i++) {
        sync_mutex_lock(&shared->mutex);
        shared->plain++;
        sync_mutex_unlock(&shared->mutex);
        sync_u64_add(&shared->wide, 2, SYNC_RELAXED);
    }
}

static void a_mutex_excludes_and_atomics_add_up(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    struct sync_thread threads[THREADS];
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    for (int i = 0; i < THREADS; i++) {
        start(&threads[i], add_under_lock, &shared);
    }
    for (int i = 0; i < THREADS; i++) {
        sync_thread_join(&threads[i]);
    }
    assert_int_equal(THREADS * STEPS, shared.plain);
    assert_int_equal(2 * THREADS * STEPS, sync_u64_load(&shared.wide, SYNC_RELAXED));
    sync_mutex_finish(&shared.mutex);
}

static void try_it(void *argument) {
    struct shared *shared = argument;
    shared->is_in_time = sync_mutex_try_lock(&shared->mutex);
    if (shared->is_in_time) {
        sync_mutex_unlock(&shared->mutex);
    }
}

static void try_lock_fails_while_another_holds(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    struct sync_thread thread;
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    sync_mutex_lock(&shared.mutex);
    start(&thread, try_it, &shared);
    sync_thread_join(&thread);
    assert_false(shared.is_in_time);
    sync_mutex_unlock(&shared.mutex);
    start(&thread, try_it, &shared);
    sync_thread_join(&thread);
    assert_true(shared.is_in_time);
    sync_mutex_finish(&shared.mutex);
}

static void take_in_wrong_order(void) {
    struct sync_mutex inner;
    struct sync_mutex outer;
    sync_mutex_init(&inner, SYNC_RANK_LEAF);
    sync_mutex_init(&outer, SYNC_RANK_APPLICATION);
    sync_mutex_lock(&inner);
    sync_mutex_lock(&outer);
}

static void take_twice(void) {
    struct sync_mutex mutex;
    sync_mutex_init(&mutex, SYNC_RANK_LEAF);
    sync_mutex_lock(&mutex);
    sync_mutex_lock(&mutex);
}

static void give_what_is_not_held(void) {
    struct sync_mutex mutex;
    sync_mutex_init(&mutex, SYNC_RANK_LEAF);
    sync_mutex_unlock(&mutex);
}

static int signal_of(void (*misuse)(void)) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        close(2);
        alarm(20);
        misuse();
        _exit(0);
    }
    int result = 0;
    waitpid(child, &result, 0);
    return WIFSIGNALED(result) ? WTERMSIG(result) : WEXITSTATUS(result);
}

static void a_broken_lock_order_stops_a_check_build_before_it_can_hang(void **state) {
    (void)state;
    assert_int_equal(ASSERT_IS_SLOW ? SIGABRT : 0, signal_of(take_in_wrong_order));
    if (!ASSERT_IS_SLOW) {
        return;   /* the others would hang or be undefined */
    }
    assert_int_equal(SIGABRT, signal_of(take_twice));
    assert_int_equal(SIGABRT, signal_of(give_what_is_not_held));
}

static void locks_are_given_back_in_any_order(void **state) {
    (void)state;
    struct sync_mutex locks[3];
    for (int i = 0; i < 3; i++) {
        sync_mutex_init(&locks[i], (enum sync_rank)(SYNC_RANK_APPLICATION + i));
        sync_mutex_lock(&locks[i]);
    }
    sync_mutex_unlock(&locks[1]);
    sync_mutex_unlock(&locks[0]);
    sync_mutex_unlock(&locks[2]);
    sync_mutex_lock(&locks[0]);
    sync_mutex_unlock(&locks[0]);
    for (int i = 0; i < 3; i++) {
        sync_mutex_finish(&locks[i]);
    }
}

/* Counts `plain` up to 1 and down to 0 in turn with the test's own thread. */
static void answer(void *argument) {
    struct shared *shared = argument;
    sync_mutex_lock(&shared->mutex);
    for (int i = 0; i < STEPS; i++) {
        while (shared->plain == 0) {
            (void)!sync_condition_wait(&shared->condition, &shared->mutex, SYNC_NO_DEADLINE);
        }
        shared->plain = 0;
        sync_condition_signal(&shared->condition);
    }
    sync_mutex_unlock(&shared->mutex);
}

static void a_condition_wakes_whoever_waits(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    struct sync_thread thread;
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    sync_condition_init(&shared.condition);
    start(&thread, answer, &shared);
    sync_mutex_lock(&shared.mutex);
    for (int i = 0; i < STEPS; i++) {
        shared.plain = 1;
        sync_condition_broadcast(&shared.condition);
        while (shared.plain == 1) {
            assert_int_equal(STATUS_OK, sync_condition_wait(&shared.condition, &shared.mutex,
                                                            SYNC_NO_DEADLINE));
        }
    }
    sync_mutex_unlock(&shared.mutex);
    sync_thread_join(&thread);
    sync_condition_finish(&shared.condition);
    sync_mutex_finish(&shared.mutex);
}

static void a_condition_gives_up_at_its_deadline(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    sync_condition_init(&shared.condition);
    sync_mutex_lock(&shared.mutex);
    uint64_t deadline = sync_clock_ns() + 2 * MS;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = sync_condition_wait(&shared.condition, &shared.mutex, deadline);
    }
    assert_int_equal(STATUS_TIMED_OUT, status);
    assert_true(sync_clock_ns() >= deadline);
    sync_mutex_unlock(&shared.mutex);
    sync_condition_finish(&shared.condition);
    sync_mutex_finish(&shared.mutex);
}

static void wait_for_one(void *argument) {
    struct shared *shared = argument;
    while (sync_u32_load(&shared->word, SYNC_ACQUIRE) == 0) {
        (void)!sync_wait(&shared->word, 0, SYNC_NO_DEADLINE);
    }
    sync_u64_add(&shared->wide, shared->plain, SYNC_RELAXED);
}

static void a_changed_word_lets_every_waiter_through(void **state) {
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct shared shared = { .plain = 0 };
        struct sync_thread threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            start(&threads[i], wait_for_one, &shared);
        }
        shared.plain = 21;   /* published by the store below */
        sync_u32_store(&shared.word, 1, SYNC_RELEASE);
        sync_wake(&shared.word, UINT32_MAX);
        for (int i = 0; i < THREADS; i++) {
            sync_thread_join(&threads[i]);
        }
        assert_int_equal(21 * THREADS, sync_u64_load(&shared.wide, SYNC_RELAXED));
    }
}

static void a_wait_returns_at_once_on_another_value_and_late_at_its_deadline(void **state) {
    (void)state;
    struct sync_u32 word = { 5 };
    assert_int_equal(STATUS_OK, sync_wait(&word, 4, SYNC_NO_DEADLINE));
    uint64_t deadline = sync_clock_ns() + 2 * MS;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = sync_wait(&word, 5, deadline);
    }
    assert_int_equal(STATUS_TIMED_OUT, status);
    assert_true(sync_clock_ns() >= deadline);
    assert_int_equal(STATUS_TIMED_OUT, sync_wait(&word, 5, 1));
}

static void atomics_do_what_their_names_say(void **state) {
    (void)state;
    struct sync_u32 word = { 6 };
    assert_int_equal(6, sync_u32_exchange(&word, 12, SYNC_ACQ_REL));
    uint32_t expected = 11;
    assert_false(sync_u32_compare_exchange(&word, &expected, 1, SYNC_RELEASE));
    assert_int_equal(12, expected);
    assert_true(sync_u32_compare_exchange(&word, &expected, 10, SYNC_SEQ_CST));
    assert_int_equal(10, sync_u32_and(&word, 6, SYNC_RELAXED));
    assert_int_equal(2, sync_u32_or(&word, 5, SYNC_RELAXED));
    assert_int_equal(7, sync_u32_sub(&word, 1, SYNC_RELAXED));
    assert_int_equal(6, sync_u32_load(&word, SYNC_SEQ_CST));
    struct sync_pointer pointer = { NULL };
    sync_pointer_store(&pointer, &word, SYNC_RELEASE);
    assert_ptr_equal(&word, sync_pointer_load(&pointer, SYNC_ACQUIRE));
    sync_fence(SYNC_SEQ_CST);
    sync_spin_hint();
}

static void look_around(void *argument) {
    struct shared *shared = argument;
    shared->slot = sync_slot_get(SYNC_SLOT_WORKPOOL);
    sync_slot_set(SYNC_SLOT_WORKPOOL, shared);
    while (sync_u32_load(&shared->word, SYNC_ACQUIRE) == 0) {
        sync_thread_yield();
    }
    sched_getaffinity(0, sizeof(shared->seen), &shared->seen);
}

static void slots_belong_to_one_thread(void **state) {
    (void)state;
    struct shared shared = { .word = { 1 }, .slot = &shared };
    struct sync_thread thread;
    int mine;
    sync_slot_set(SYNC_SLOT_WORKPOOL, &mine);
    start(&thread, look_around, &shared);
    sync_thread_join(&thread);
    assert_null(shared.slot);
    assert_ptr_equal(&mine, sync_slot_get(SYNC_SLOT_WORKPOOL));
    sync_slot_set(SYNC_SLOT_WORKPOOL, NULL);
}

static void a_pinned_thread_gets_its_cpus_back(void **state) {
    (void)state;
    cpu_set_t before;
    cpu_set_t now;
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    assert_int_equal(0, sched_getaffinity(0, sizeof(before), &before));
    assert_int_equal(CPU_COUNT(&before), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(STATUS_OK, sync_cpu_pin(cpus[i]));
        sched_getaffinity(0, sizeof(now), &now);
        assert_int_equal(1, CPU_COUNT(&now));
        assert_true(CPU_ISSET((size_t)cpus[i], &now));
        assert_int_equal(cpus[i], sync_cpu_current());
    }
    struct shared shared = { .word = { 1 } };
    struct sync_thread thread;
    start(&thread, look_around, &shared);   /* not pinned, although its starter is */
    sync_thread_join(&thread);
    assert_true(CPU_EQUAL(&before, &shared.seen));
    assert_int_equal(STATUS_IO, sync_cpu_pin(SYNC_CPUS_MAX - 1));
    assert_int_equal(STATUS_IO, sync_cpu_pin(SYNC_CPUS_MAX));
    assert_int_equal(STATUS_OK, sync_cpu_pin(SYNC_CPU_ANY));
    sched_getaffinity(0, sizeof(now), &now);
    assert_true(CPU_EQUAL(&before, &now));
    assert_int_equal(STATUS_OK, sync_cpu_pin(SYNC_CPU_ANY));
}

static void a_running_thread_can_be_moved(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    struct sync_thread thread;
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    start(&thread, look_around, &shared);
    assert_int_equal(STATUS_OK, sync_thread_move(&thread, cpus[count - 1]));
    sync_u32_store(&shared.word, 1, SYNC_RELEASE);
    sync_thread_join(&thread);
    assert_int_equal(1, CPU_COUNT(&shared.seen));
    assert_true(CPU_ISSET((size_t)cpus[count - 1], &shared.seen));
}

static void the_times_of_another_thread_grow_while_it_runs(void **state) {
    (void)state;
    struct shared shared = { .plain = 0 };
    struct sync_thread thread;
    struct sync_thread_times times = { 0 };
    start(&thread, look_around, &shared);   /* yields until told to end */
    uint64_t deadline = sync_clock_ns() + UINT64_C(20000) * MS;
    enum status status = STATUS_OK;
    while (times.used_ns < MS && sync_clock_ns() < deadline && status != STATUS_UNSUPPORTED) {
        sync_sleep_ns(MS);
        status = sync_thread_times_read(&thread, &times);
    }
    assert_true(times.used_ns >= MS || status == STATUS_UNSUPPORTED);
    sync_u32_store(&shared.word, 1, SYNC_RELEASE);
    sync_thread_join(&thread);
}

static void a_thread_that_cannot_be_had_is_a_status(void **state) {
    (void)state;
    struct sync_thread thread;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    uint64_t live = sync_memory_live();
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, false);
    assert_int_equal(STATUS_NO_MEMORY,
                     sync_thread_start(&thread, &options, look_around, NULL));
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    options.stack_bytes = 1;   /* below the system's minimum */
    assert_int_equal(STATUS_NO_MEMORY,
                     sync_thread_start(&thread, &options, look_around, NULL));
    assert_int_equal(live, sync_memory_live());
}

static void clocks_go_forward_and_sleep_is_long_enough(void **state) {
    (void)state;
    uint64_t wall = sync_clock_ns();
    uint64_t process = sync_process_cpu_ns();
    uint64_t thread = sync_thread_cpu_ns();
    sync_sleep_ns(2 * MS);
    assert_true(sync_clock_ns() >= wall + 2 * MS);
    assert_true(sync_process_cpu_ns() >= process);
    assert_true(sync_thread_cpu_ns() >= thread);
    assert_true(sync_thread_cpu_ns() <= sync_process_cpu_ns());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mutex_excludes_and_atomics_add_up),
        cmocka_unit_test(try_lock_fails_while_another_holds),
        cmocka_unit_test(a_broken_lock_order_stops_a_check_build_before_it_can_hang),
        cmocka_unit_test(locks_are_given_back_in_any_order),
        cmocka_unit_test(a_condition_wakes_whoever_waits),
        cmocka_unit_test(a_condition_gives_up_at_its_deadline),
        cmocka_unit_test(a_changed_word_lets_every_waiter_through),
        cmocka_unit_test(a_wait_returns_at_once_on_another_value_and_late_at_its_deadline),
        cmocka_unit_test(atomics_do_what_their_names_say),
        cmocka_unit_test(slots_belong_to_one_thread),
        cmocka_unit_test(a_pinned_thread_gets_its_cpus_back),
        cmocka_unit_test(a_running_thread_can_be_moved),
        cmocka_unit_test(the_times_of_another_thread_grow_while_it_runs),
        cmocka_unit_test(a_thread_that_cannot_be_had_is_a_status),
        cmocka_unit_test(clocks_go_forward_and_sleep_is_long_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
