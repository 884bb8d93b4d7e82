/*
 * thread_explore_test.c - joins, results, locals and cleanups under every schedule.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/clock.h"
#include "sync/local.h"
#include "sync/memory.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/wait.h"

enum { US = 1000 };

static const struct sync_thread_options plain = { .cpu = SYNC_CPU_ANY };

static int number;                /* plain: published by joins alone */
static struct sync_u32 word;

static void start(struct sync_thread *thread, void (*body)(void *), void *argument) {
    EXPLORE_CHECK(sync_thread_start(thread, &plain, body, argument) == STATUS_OK);
}

static void *set_number(void *argument) {
    number = *(const int *)argument;
    return &number;
}

static void a_join_sees_what_the_thread_did(void) {
    struct sync_thread threads[2];
    int values[2] = { 6, 7 };
    for (int i = 0; i < 2; i++) {
        EXPLORE_CHECK(sync_thread_spawn(&threads[i], &plain, set_number, &values[i]) == STATUS_OK);
        EXPLORE_CHECK(threads[i].id != sync_thread_self_id());
        const int *seen = sync_thread_join(&threads[i]);
        EXPLORE_CHECK(seen == &number && number == 6 + i);
    }
    EXPLORE_CHECK(threads[0].id != threads[1].id);
}

static void count_or_panic(void *argument) {
    uint32_t before = sync_u32_add(&word, 1, SYNC_RELAXED);
    if (before == 1) {
        sync_panic(5, argument, 4);
    }
}

/* Of two threads the later one panics; whoever it is, its payload arrives. */
static void a_panic_is_the_result_of_the_thread_that_panicked(void) {
    struct sync_thread threads[2];
    struct sync_thread_result results[2];
    word = (struct sync_u32){ 0 };
    start(&threads[0], count_or_panic, "one");
    start(&threads[1], count_or_panic, "two");
    for (int i = 0; i < 2; i++) {
        EXPLORE_CHECK(sync_thread_join_until(&threads[i], SYNC_NO_DEADLINE, &results[i]) ==
                      STATUS_OK);
    }
    EXPLORE_CHECK(results[0].has_panicked != results[1].has_panicked);
    const struct sync_panic *panic = &results[results[1].has_panicked].panic;
    EXPLORE_CHECK(panic->code == 5 && panic->byte_count == 4);
    EXPLORE_CHECK(memcmp(panic->bytes, results[1].has_panicked ? "two" : "one", 4) == 0);
}

static void sleep_some(void *unused) {
    (void)unused;
    sync_sleep_ns(US);
    number = 1;
}

static void a_join_gives_up_or_the_thread_ends_in_time(void) {
    struct sync_thread thread;
    number = 0;
    start(&thread, sleep_some, NULL);
    enum status status = sync_thread_join_until(&thread, sync_clock_ns() + US, NULL);
    if (status == STATUS_TIMED_OUT) {
        EXPLORE_CHECK(sync_clock_ns() >= US);
        sync_thread_join(&thread);
    }
    EXPLORE_CHECK(number == 1);
}

static void add_and_wake(void *unused) {
    (void)unused;
    sync_u32_add(&word, 1, SYNC_RELEASE);
    sync_wake(&word, 1);
}

/* Before or after its end: the memory of the thread is released once. */
static void a_thread_may_be_detached_at_any_time(void) {
    struct sync_thread threads[2];
    word = (struct sync_u32){ 0 };
    for (int i = 0; i < 2; i++) {
        start(&threads[i], add_and_wake, NULL);
        sync_thread_detach(&threads[i]);
    }
    for (uint32_t seen = 0; seen < 2; seen = sync_u32_load(&word, SYNC_ACQUIRE)) {
        (void)!sync_wait(&word, seen, SYNC_NO_DEADLINE);
    }
}

static struct sync_local locals[2];
static char order[8];
static struct sync_mutex lock;        /* guards `order` */

static void destroy(void *value) {
    sync_mutex_lock(&lock);
    size_t length = strlen(order);
    EXPLORE_CHECK(length + 1 < sizeof(order));
    order[length] = *(const char *)value;
    sync_mutex_unlock(&lock);
    sync_free(value);
}

static void *make(void) {
    char *value = sync_alloc(1);
    EXPLORE_CHECK(value != NULL);
    *value = 'm';
    return value;
}

static void set_locals(void *unused) {
    (void)unused;
    char *value = sync_alloc(1);
    EXPLORE_CHECK(value != NULL);
    *value = 's';
    sync_local_set(&locals[0], value);
    EXPLORE_CHECK(sync_local_get(&locals[0]) == value);
    EXPLORE_CHECK(*(const char *)sync_local_get(&locals[1]) == 'm');
}

/* Each thread's: the local made last first, and all before its join returns. */
static void values_of_locals_are_gone_when_the_join_returns(void) {
    struct sync_thread threads[2];
    const struct sync_local_options options[2] = { { .destroy = destroy },
                                                   { .destroy = destroy, .make = make } };
    memset(order, 0, sizeof(order));
    sync_mutex_init(&lock, SYNC_RANK_LEAF);
    for (int i = 0; i < 2; i++) {
        EXPLORE_CHECK(sync_local_init(&locals[i], &options[i]) == STATUS_OK);
    }
    for (int i = 0; i < 2; i++) {
        start(&threads[i], set_locals, NULL);
    }
    sync_thread_join(&threads[0]);
    sync_mutex_lock(&lock);
    EXPLORE_CHECK(strlen(order) >= 2);
    sync_mutex_unlock(&lock);
    sync_thread_join(&threads[1]);
    EXPLORE_CHECK(strcmp(order, "msms") == 0 || strcmp(order, "mmss") == 0);
    for (int i = 0; i < 2; i++) {
        sync_local_finish(&locals[i]);
    }
    sync_mutex_finish(&lock);
}



static void panic_under_a_cleanup(void *argument) {
    struct sync_cleanup cleanup;
    sync_cleanup_push(&cleanup, add_and_wake, argument);
    if (sync_mutex_lock_until(&lock, SYNC_NO_DEADLINE) == STATUS_POISONED) {
        sync_mutex_clear_poison(&lock);
    }
    number++;
    sync_panic(3, NULL, 0);
}

static void cleanups_run_once_in_each_panicking_thread(void) {
    struct sync_thread threads[2];
    word = (struct sync_u32){ 0 };
    number = 0;
    sync_mutex_init(&lock, SYNC_RANK_LEAF);
    for (int i = 0; i < 2; i++) {
        start(&threads[i], panic_under_a_cleanup, NULL);
    }
    for (int i = 0; i < 2; i++) {
        struct sync_thread_result result;
        EXPLORE_CHECK(sync_thread_join_until(&threads[i], SYNC_NO_DEADLINE, &result) == STATUS_OK);
        EXPLORE_CHECK(result.has_panicked && result.panic.code == 3);
    }
    EXPLORE_CHECK(number == 2 && sync_u32_load(&word, SYNC_RELAXED) == 2);
    sync_mutex_finish(&lock);
}

static void nothing(void *unused) {
    (void)unused;
}

static void a_thread_that_cannot_be_had_leaves_nothing(void) {
    struct sync_thread thread;
    if (sync_thread_start(&thread, &plain, nothing, NULL) == STATUS_OK) {
        sync_thread_join(&thread);
    } else {
        EXPLORE_CHECK(thread.opaque == 0);
    }
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }

static const struct explore_case cases[] = {
    CASE(a_join_sees_what_the_thread_did, .strategy = EXPLORE_DPOR),
    CASE(a_panic_is_the_result_of_the_thread_that_panicked, .strategy = EXPLORE_DPOR),
    CASE(a_join_gives_up_or_the_thread_ends_in_time, .strategy = EXPLORE_DPOR),
    CASE(a_thread_may_be_detached_at_any_time, .strategy = EXPLORE_DPOR),
    CASE(values_of_locals_are_gone_when_the_join_returns, .strategy = EXPLORE_DPOR),
    CASE(cleanups_run_once_in_each_panicking_thread, .strategy = EXPLORE_DPOR),
    CASE(a_thread_that_cannot_be_had_leaves_nothing, .strategy = EXPLORE_DPOR,
         .allocation_failures = 1),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
