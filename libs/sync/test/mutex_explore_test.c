/*
 * mutex_explore_test.c - mutexes under every schedule: who holds them, poison, deadlines.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/clock.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/wait.h"

enum { US = 1000 };

static struct {
    struct sync_mutex mutexes[3];
    int first, second;            /* plain, under mutexes[0]; equal but for a poisoned change */
    int given_up;                 /* plain, each of one thread */
    struct sync_u32 poisonings;
} s;

static struct sync_mutex *const mutex = &s.mutexes[0];

static void begin(void) {
    memset(&s, 0, sizeof(s));
    for (int i = 0; i < 3; i++) {
        sync_mutex_init(&s.mutexes[i], (enum sync_rank)(SYNC_RANK_APPLICATION + i));
    }
}

static void end(int changes) {
    EXPLORE_CHECK(s.first == changes && s.second == changes);
    for (int i = 0; i < 3; i++) {
        EXPLORE_CHECK(sync_mutex_owner(&s.mutexes[i]) == 0);
        sync_mutex_finish(&s.mutexes[i]);
    }
}

static void change(void *unused) {
    (void)unused;
    sync_mutex_lock(mutex);
    EXPLORE_CHECK(sync_mutex_is_mine(mutex));
    EXPLORE_CHECK(sync_mutex_owner(mutex) == sync_thread_self_id());
    s.first++;
    EXPLORE_CHECK(s.first == s.second + 1);
    s.second++;
    sync_mutex_unlock(mutex);
    EXPLORE_CHECK(!sync_mutex_is_mine(mutex));
}

static void change_twice(void *unused) {
    change(unused);
    change(unused);
}

static void one_thread_at_a_time_owns_the_mutex(void) {
    begin();
    TEAM(change_twice, change, change);
    end(4);
}

static void try_to_change(void *unused) {
    if (!sync_mutex_try_lock(mutex)) {
        EXPLORE_CHECK(!sync_mutex_is_mine(mutex));
        s.given_up++;
        return;
    }
    sync_mutex_unlock(mutex);
    change(unused);
}

static void trying_takes_it_or_leaves_it(void) {
    begin();
    TEAM(change, try_to_change);
    end(2 - s.given_up);
}

static void change_in_time(void *unused) {
    (void)unused;
    enum status status = sync_mutex_lock_until(mutex, sync_clock_ns() + US);
    EXPLORE_CHECK(sync_mutex_is_mine(mutex) == (status == STATUS_OK));
    if (status == STATUS_OK) {
        s.first++;
        s.second++;
        sync_mutex_unlock(mutex);
    } else {
        EXPLORE_CHECK(status == STATUS_TIMED_OUT && sync_clock_ns() >= US);
        s.given_up++;
    }
}

/* The holder gives it back just when the deadline passes: both ends are right. */
static void a_deadline_and_a_release_may_come_together(void) {
    begin();
    TEAM(change, change_in_time, change);
    end(3 - s.given_up);
}

/* A panic between the two halves of a change. */
static void change_and_panic(void *unused) {
    (void)unused;
    if (sync_mutex_lock_until(mutex, SYNC_NO_DEADLINE) == STATUS_POISONED) {
        sync_mutex_unlock(mutex);
        return;
    }
    s.first++;
    sync_u32_add(&s.poisonings, 1, SYNC_RELAXED);
    sync_panic(1, NULL, 0);
}

static void panic_and_contain(void *unused) {
    struct sync_panic panic;
    (void)!sync_panic_catch(change_and_panic, unused, &panic);
}

static void repair(void *unused) {
    (void)unused;
    enum status status = sync_mutex_lock_until(mutex, SYNC_NO_DEADLINE);
    EXPLORE_CHECK((status == STATUS_POISONED) == (s.first != s.second));
    if (status == STATUS_POISONED) {
        s.first = s.second;
        sync_mutex_clear_poison(mutex);
    }
    s.first++;
    s.second++;
    sync_mutex_unlock(mutex);
}

static void nobody_sees_a_half_made_change_without_being_told(void) {
    begin();
    TEAM(panic_and_contain, repair, repair);
    if (s.first != s.second) {   /* the panic came last */
        EXPLORE_CHECK(sync_mutex_is_poisoned(mutex));
        s.first = s.second;
    }
    EXPLORE_CHECK(sync_u32_load(&s.poisonings, SYNC_RELAXED) == 1);
    end(2);
}

static void two_panics_and_a_repair(void) {
    begin();
    TEAM(panic_and_contain, panic_and_contain, repair);
    s.first = s.second;
    end(1);
}

static void take_three_and_panic(void *unused) {
    (void)unused;
    for (int i = 0; i < 3; i++) {
        if (sync_mutex_lock_until(&s.mutexes[i], SYNC_NO_DEADLINE) == STATUS_POISONED) {
            sync_mutex_clear_poison(&s.mutexes[i]);
        }
    }
    sync_panic(2, NULL, 0);
}

static void contain_three(void *unused) {
    struct sync_panic panic;
    EXPLORE_CHECK(sync_panic_catch(take_three_and_panic, unused, &panic) && panic.code == 2);
}

static void panics_that_hold_three_locks_let_all_of_them_go(void) {
    begin();
    TEAM(contain_three, contain_three);
    for (int i = 0; i < 3; i++) {
        EXPLORE_CHECK(sync_mutex_lock_until(&s.mutexes[i], 0) == STATUS_POISONED);
        sync_mutex_unlock(&s.mutexes[i]);
    }
    end(0);
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }

/* The same on the lock word itself, and not on the explorer's lock. */
#define REAL(NAME, ...) { .name = #NAME "_on_words", .body = NAME, \
                          .plan = { .has_real_locks = true, __VA_ARGS__ } }

static const struct explore_case cases[] = {
    CASE(one_thread_at_a_time_owns_the_mutex, .strategy = EXPLORE_DPOR),
    CASE(trying_takes_it_or_leaves_it, .strategy = EXPLORE_DPOR),
    CASE(a_deadline_and_a_release_may_come_together, .strategy = EXPLORE_DPOR),
    CASE(nobody_sees_a_half_made_change_without_being_told, .strategy = EXPLORE_DPOR),
    CASE(two_panics_and_a_repair, .strategy = EXPLORE_DPOR),
    CASE(panics_that_hold_three_locks_let_all_of_them_go, .strategy = EXPLORE_DPOR),
    REAL(one_thread_at_a_time_owns_the_mutex, .strategy = EXPLORE_BOUNDED, .preemptions = 2),
    REAL(trying_takes_it_or_leaves_it, .strategy = EXPLORE_DPOR),
    REAL(a_deadline_and_a_release_may_come_together, .strategy = EXPLORE_DPOR),
    REAL(nobody_sees_a_half_made_change_without_being_told, .strategy = EXPLORE_DPOR),
    REAL(two_panics_and_a_repair, .strategy = EXPLORE_DPOR),
    REAL(panics_that_hold_three_locks_let_all_of_them_go, .strategy = EXPLORE_DPOR),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
