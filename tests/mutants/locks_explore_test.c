/* locks_explore_test.c - the lock word, conditions and parkers, where mutants of them show. */
#include <string.h>

#include "team.h"
#include "sync/clock.h"
#include "sync/condition.h"
#include "sync/lock.h"
#include "sync/mutex.h"
#include "sync/park.h"

static struct {
    struct sync_lock lock;
    uint32_t visits;               /* guarded by the lock */
    struct sync_mutex mutex;
    struct sync_condition condition;
    uint32_t letters;              /* guarded by the mutex */
    struct sync_parker parker;
    uint32_t told;                 /* written before the unpark */
    struct sync_u32 idle;          /* looked at to make steps, so that others may come between */
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
    sync_mutex_init(&s.mutex, SYNC_RANK_LEAF);
    sync_condition_init(&s.condition);
}

static void take_a_while(void) {
    for (int i = 0; i < 2; i++) {
        (void)sync_u32_load(&s.idle, SYNC_RELAXED);
    }
}

/* The algorithm of the lock word itself, where others explore it as one step. */
static void visit(void *unused) {
    (void)unused;
    EXPLORE_CHECK(sync_lock_word_acquire(&s.lock, SYNC_NO_DEADLINE) == STATUS_OK);
    s.visits++;
    take_a_while();
    sync_lock_word_release(&s.lock);
}

static void visit_if_tried(void *unused) {
    (void)unused;
    if (sync_lock_word_try(&s.lock)) {
        s.visits++;
        sync_lock_word_release(&s.lock);
    }
}

static void visit_until(void *unused) {
    (void)unused;
    if (sync_lock_word_acquire(&s.lock, sync_clock_ns() + 1000) == STATUS_OK) {
        s.visits++;
        sync_lock_word_release(&s.lock);
    }
}

static void two_count_under_the_lock(void) {
    TEAM_RUN(visit, visit);
    EXPLORE_CHECK(s.visits == 2);
}

static void three_count_under_the_lock(void) {
    TEAM_RUN(visit, visit, visit);
    EXPLORE_CHECK(s.visits == 3);
}

static void one_may_find_it_taken(void) {
    TEAM_RUN(visit, visit_if_tried);
}

static void one_gives_up_and_two_do_not(void) {
    TEAM_RUN(visit, visit_until, visit);
    EXPLORE_CHECK(s.visits >= 2);
}

static void put_letter(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    s.letters++;
    sync_mutex_unlock(&s.mutex);
    sync_condition_signal(&s.condition);
}

static void put_letters(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    s.letters += 2;
    sync_condition_broadcast(&s.condition);
    sync_mutex_unlock(&s.mutex);
}

static void take_letter(void *unused) {
    (void)unused;
    sync_mutex_lock(&s.mutex);
    while (s.letters == 0) {
        EXPLORE_CHECK(sync_condition_wait(&s.condition, &s.mutex, SYNC_NO_DEADLINE) == STATUS_OK);
    }
    s.letters--;
    sync_mutex_unlock(&s.mutex);
}

static void take_letter_in_time(void *unused) {
    (void)unused;
    enum status status = STATUS_OK;
    sync_mutex_lock(&s.mutex);
    while (s.letters == 0 && status == STATUS_OK) {
        status = sync_condition_wait(&s.condition, &s.mutex, sync_clock_ns() + 1000);
        EXPLORE_CHECK(sync_mutex_is_mine(&s.mutex));
    }
    s.letters -= s.letters > 0;
    sync_mutex_unlock(&s.mutex);
}

static void a_letter_is_waited_for(void) {
    TEAM_RUN(take_letter, put_letter);
}

static void two_letters_are_waited_for(void) {
    TEAM_RUN(take_letter, put_letters, take_letter);
    EXPLORE_CHECK(s.letters == 0);
}

static void a_letter_is_waited_for_in_vain(void) {
    TEAM_RUN(take_letter_in_time, put_letter);
}

static void tell(void *unused) {
    (void)unused;
    s.told = 1;
    sync_unpark(&s.parker);
}

static void hear(void *unused) {
    (void)unused;
    EXPLORE_CHECK(sync_parker_park(&s.parker, SYNC_NO_DEADLINE) == STATUS_OK);
    EXPLORE_CHECK(s.told == 1);
}

static void hear_in_time(void *unused) {
    (void)unused;
    while (sync_parker_park(&s.parker, sync_clock_ns() + 1000) != STATUS_OK) {
        continue;
    }
    EXPLORE_CHECK(s.told == 1);
}

static void what_came_before_an_unpark_is_seen(void) {
    TEAM_RUN(hear, tell);
}

static void a_token_is_kept_for_who_came_too_early(void) {
    TEAM_RUN(hear_in_time, tell);
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(two_count_under_the_lock),
    CASE(three_count_under_the_lock),
    CASE(one_may_find_it_taken),
    CASE(one_gives_up_and_two_do_not),
    CASE(a_letter_is_waited_for),
    CASE(two_letters_are_waited_for),
    CASE(a_letter_is_waited_for_in_vain),
    CASE(what_came_before_an_unpark_is_seen),
    CASE(a_token_is_kept_for_who_came_too_early),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
