/*
 * lock_explore_test.c - the lock word's own algorithm under every schedule.
 *
 * The explorer has a lock of its own for sync_lock_acquire(); here the word, its spin,
 * its sleep and its wake are what runs.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/clock.h"
#include "sync/lock.h"
#include "sync/memory.h"
#include "sync/wait.h"

enum { US = 1000 };

static struct {
    struct sync_lock lock;
    int guarded;                  /* plain: what the lock guards */
    int given_up;
    struct sync_u32 late;         /* who gave up at the deadline */
} s;

static void begin(void) {
    memset(&s, 0, sizeof(s));
}

static void take(void) {
    EXPLORE_CHECK(sync_lock_word_acquire(&s.lock, SYNC_NO_DEADLINE) == STATUS_OK);
}

static void give(void) {
    sync_lock_word_release(&s.lock);
}

static void add_once(void *unused) {
    (void)unused;
    take();
    s.guarded++;
    give();
}

static void add_twice(void *unused) {
    add_once(unused);
    add_once(unused);
}

static void two_threads_exclude_each_other(void) {
    begin();
    TEAM(add_twice, add_once);
    EXPLORE_CHECK(s.guarded == 3);
}

/* mtx_no_lost_wakeup: a sleeper that nobody wakes would be told as such. */
static void three_threads_lose_no_wake(void) {
    begin();
    TEAM(add_once, add_once, add_once);
    EXPLORE_CHECK(s.guarded == 3);
}

static void four_threads_lose_no_wake(void) {
    begin();
    TEAM(add_twice, add_twice, add_twice, add_twice);
    EXPLORE_CHECK(s.guarded == 8);
}

static void try_twice(void *unused) {
    (void)unused;
    for (int i = 0; i < 2; i++) {
        if (sync_lock_word_try(&s.lock)) {
            s.guarded++;
            give();
        } else {
            sync_u32_add(&s.late, 1, SYNC_RELAXED);
        }
    }
}

static void trying_takes_a_free_lock_or_nothing(void) {
    begin();
    TEAM(add_once, try_twice);
    EXPLORE_CHECK((uint32_t)s.guarded + sync_u32_load(&s.late, SYNC_RELAXED) == 3);
}

static void add_or_give_up(void *unused) {
    (void)unused;
    if (sync_lock_word_acquire(&s.lock, sync_clock_ns() + US) == STATUS_OK) {
        s.guarded++;
        give();
    } else {
        EXPLORE_CHECK(sync_clock_ns() >= US);
        sync_u32_add(&s.late, 1, SYNC_RELAXED);
    }
}

static void who_gives_up_takes_no_wake_with_it(void) {
    begin();
    TEAM(add_once, add_or_give_up, add_once);
    EXPLORE_CHECK((uint32_t)s.guarded + sync_u32_load(&s.late, SYNC_RELAXED) == 3);
}

static void all_but_the_first_may_give_up(void) {
    begin();
    take();
    struct sync_thread threads[2];
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    for (int i = 0; i < 2; i++) {
        EXPLORE_CHECK(sync_thread_start(&threads[i], &options, add_or_give_up, NULL) == STATUS_OK);
    }
    s.guarded++;
    give();
    for (int i = 0; i < 2; i++) {
        sync_thread_join(&threads[i]);
    }
    EXPLORE_CHECK((uint32_t)s.guarded + sync_u32_load(&s.late, SYNC_RELAXED) == 3);
}

static void a_free_lock_is_taken_even_when_the_deadline_has_passed(void) {
    begin();
    EXPLORE_CHECK(sync_lock_word_acquire(&s.lock, 0) == STATUS_OK);
    EXPLORE_CHECK(sync_lock_word_acquire(&s.lock, 0) == STATUS_TIMED_OUT);
    give();
    EXPLORE_CHECK(sync_lock_word_acquire(&s.lock, 0) == STATUS_OK);
    give();
}

/* Counted down under its own lock, and freed by whoever is last. */
struct counted {
    struct sync_lock lock;
    int users;
};
static struct counted *counted;

static void leave(void *unused) {
    (void)unused;
    struct counted *mine = counted;
    EXPLORE_CHECK(sync_lock_word_acquire(&mine->lock, SYNC_NO_DEADLINE) == STATUS_OK);
    bool is_last = --mine->users == 0;
    sync_lock_word_release(&mine->lock);
    if (is_last) {
        sync_free(mine);
    }
}

static void the_last_holder_may_free_the_lock(void) {
    counted = sync_alloc_zero(1, sizeof(*counted));
    EXPLORE_CHECK(counted != NULL);
    counted->users = 3;
    TEAM(leave, leave, leave);
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }

static const struct explore_case cases[] = {
    CASE(two_threads_exclude_each_other, .strategy = EXPLORE_DPOR, .spurious_wakes = 1),
    CASE(three_threads_lose_no_wake, .strategy = EXPLORE_DPOR, .spurious_wakes = 1),
    CASE(four_threads_lose_no_wake, .strategy = EXPLORE_PCT, .depth = 3),
    CASE(trying_takes_a_free_lock_or_nothing, .strategy = EXPLORE_DPOR),
    CASE(who_gives_up_takes_no_wake_with_it, .strategy = EXPLORE_DPOR),
    CASE(all_but_the_first_may_give_up, .strategy = EXPLORE_DPOR),
    CASE(a_free_lock_is_taken_even_when_the_deadline_has_passed, .strategy = EXPLORE_DPOR),
    CASE(the_last_holder_may_free_the_lock, .strategy = EXPLORE_DPOR),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
