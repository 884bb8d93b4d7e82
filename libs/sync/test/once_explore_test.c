/*
 * once_explore_test.c - initialisers under every schedule: one runs, the others see it;
 * failures are tried again; panics poison; who waits may give up.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/once.h"
#include "sync/panic.h"
#include "sync/wait.h"

static struct {
    struct sync_once once;
    int value;                /* plain: the once orders it */
    int attempts, failures_left, panics_left;
} s;

static void begin(int failures, int panics) {
    memset(&s, 0, sizeof(s));
    s.failures_left = failures;
    s.panics_left = panics;
}

static enum status initialise(void *unused) {
    (void)unused;
    s.attempts++;
    if (s.panics_left > 0) {
        s.panics_left--;
        sync_panic(1, NULL, 0);
    }
    if (s.failures_left > 0) {
        s.failures_left--;
        return STATUS_NO_MEMORY;
    }
    s.value = 5;
    return STATUS_OK;
}

static void want(void *unused) {
    (void)unused;
    EXPLORE_CHECK(sync_once_run(&s.once, initialise, NULL, SYNC_NO_DEADLINE) == STATUS_OK);
    EXPLORE_CHECK(s.value == 5);
}

static void it_runs_once_for_all(void) {
    begin(0, 0);
    TEAM(want, want, want);
    EXPLORE_CHECK(s.attempts == 1);
}

/* A failure ends with its caller; each of the others tries for itself. */
static void want_or_fail(void *unused) {
    (void)unused;
    enum status status = sync_once_run(&s.once, initialise, NULL, SYNC_NO_DEADLINE);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_NO_MEMORY);
    EXPLORE_CHECK(status != STATUS_OK || sync_once_is_done(&s.once));
    if (status == STATUS_OK) {
        EXPLORE_CHECK(s.value == 5);
    }
}

static void a_failure_leaves_the_turn_to_others(void) {
    begin(1, 0);
    TEAM(want_or_fail, want_or_fail, want_or_fail);
    EXPLORE_CHECK(s.attempts == 2 && sync_once_is_done(&s.once));
}

static void want_in_time(void *unused) {
    (void)unused;
    enum status status = sync_once_run(&s.once, initialise, NULL, 1000);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    EXPLORE_CHECK(status != STATUS_OK || s.value == 5);
}

static void who_waits_may_give_up(void) {
    begin(0, 0);
    TEAM(want, want_in_time, want_in_time);
    EXPLORE_CHECK(s.attempts == 1);
}

static void want_inside(void *unused) {
    (void)unused;
    enum status status = sync_once_run(&s.once, initialise, NULL, SYNC_NO_DEADLINE);
    EXPLORE_CHECK(status == STATUS_POISONED);
}

static void want_and_contain(void *unused) {
    struct sync_panic panic;
    (void)!sync_panic_catch(want_inside, unused, &panic);
}

static void a_panic_poisons_for_all_who_wait(void) {
    begin(0, 1);
    TEAM(want_and_contain, want_and_contain, want_and_contain);
    EXPLORE_CHECK(s.attempts == 1);
    sync_once_clear_poison(&s.once);
    want(NULL);
    EXPLORE_CHECK(s.attempts == 2);
}

/* Who clears the poison has put things in order before, which the next attempt sees. */
static void clean_up_after_a_panic(void *unused) {
    (void)unused;
    s.value = 1;
    sync_once_clear_poison(&s.once);
}

static enum status add_to_it(void *unused) {
    (void)unused;
    s.value += 4;
    return STATUS_OK;
}

static void want_what_was_cleaned(void *unused) {
    (void)unused;
    enum status status = sync_once_run(&s.once, add_to_it, NULL, SYNC_NO_DEADLINE);
    EXPLORE_CHECK(status == STATUS_POISONED || s.value == 5);
}

static void an_initialiser_comes_after_the_cleaning(void) {
    begin(0, 1);
    want_and_contain(NULL);
    TEAM(clean_up_after_a_panic, want_what_was_cleaned);
}

static void look(void *unused) {
    (void)unused;
    if (sync_once_is_done(&s.once)) {
        EXPLORE_CHECK(s.value == 5);
    }
}

static void who_finds_it_done_sees_it(void) {
    begin(0, 0);
    TEAM(want, look, look);
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }
#define ALL .strategy = EXPLORE_DPOR

static const struct explore_case cases[] = {
    CASE(it_runs_once_for_all, ALL, .spurious_wakes = 1),
    CASE(a_failure_leaves_the_turn_to_others, .strategy = EXPLORE_BOUNDED, .preemptions = 2),
    CASE(who_waits_may_give_up, ALL),
    CASE(a_panic_poisons_for_all_who_wait, ALL),
    CASE(an_initialiser_comes_after_the_cleaning, ALL),
    CASE(who_finds_it_done_sees_it, ALL),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
