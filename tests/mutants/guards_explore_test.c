/* guards_explore_test.c - reader-writer locks and onces, where mutants of them show. */
#include <string.h>

#include "team.h"
#include "sync/atomic.h"
#include "sync/clock.h"
#include "sync/once.h"
#include "sync/rwlock.h"
#include "sync/wait.h"

static struct {
    struct sync_rwlock lock;
    uint32_t written;              /* guarded by the lock */
    struct sync_u32 met;           /* readers inside together */
    struct sync_once once;
    uint32_t attempts;             /* by initialisers, one at a time */
    uint32_t made;                 /* by the one that succeeded */
    struct sync_u32 idle;          /* looked at to make steps, so that others may come between */
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
    sync_rwlock_init(&s.lock, SYNC_RANK_LEAF);
}

static void take_a_while(void) {
    (void)sync_u32_load(&s.idle, SYNC_RELAXED);
}

static void write_one(void *unused) {
    (void)unused;
    sync_rwlock_write(&s.lock);
    s.written++;
    take_a_while();
    sync_rwlock_write_unlock(&s.lock);
}

static void read_one(void *unused) {
    (void)unused;
    sync_rwlock_read(&s.lock);
    EXPLORE_CHECK(s.written <= 2);
    take_a_while();
    sync_rwlock_read_unlock(&s.lock);
}

static void write_in_time(void *unused) {
    (void)unused;
    if (sync_rwlock_write_until(&s.lock, sync_clock_ns() + 1000) == STATUS_OK) {
        s.written++;
        take_a_while();
        sync_rwlock_write_unlock(&s.lock);
    }
}

static void writer_and_reader(void) {
    TEAM_RUN(read_one, write_one);
    EXPLORE_CHECK(s.written == 1);
}

static void two_writers(void) {
    TEAM_RUN(write_one, write_one);
    EXPLORE_CHECK(s.written == 2);
}

static void two_readers_and_a_writer(void) {
    TEAM_RUN(read_one, write_one, read_one);
    EXPLORE_CHECK(s.written == 1);
}

static void two_writers_and_a_reader(void) {
    TEAM_RUN(read_one, write_one, write_one);
    EXPLORE_CHECK(s.written == 2);
}

static void a_writer_gives_up(void) {
    TEAM_RUN(read_one, write_in_time, write_one);
    write_one(NULL);   /* it is free again */
}

/* The reader inside waits for the one behind the writer. */
static void read_and_meet(void *unused) {
    (void)unused;
    sync_rwlock_read(&s.lock);
    uint32_t met = sync_u32_add(&s.met, 1, SYNC_RELAXED) + 1;
    while (met < 2) {
        (void)!sync_wait(&s.met, met, SYNC_NO_DEADLINE);
        met = sync_u32_load(&s.met, SYNC_RELAXED);
    }
    sync_wake(&s.met, 1);
    sync_rwlock_read_unlock(&s.lock);
}

static void a_writer_gives_up_before_a_reader(void) {
    TEAM_RUN(read_and_meet, write_in_time, read_and_meet);
}

static enum status make(void *unused) {
    (void)unused;
    s.attempts++;
    s.made = 1;
    take_a_while();
    take_a_while();
    return STATUS_OK;
}

/* The first attempt fails. */
static enum status make_later(void *unused) {
    (void)unused;
    s.attempts++;
    take_a_while();
    s.made = s.attempts > 1;
    return s.attempts > 1 ? STATUS_OK : STATUS_IO;
}

static void want(void *unused) {
    (void)unused;
    EXPLORE_CHECK(sync_once_run(&s.once, make, NULL, SYNC_NO_DEADLINE) == STATUS_OK);
    EXPLORE_CHECK(s.made == 1);
}

static void want_later(void *unused) {
    (void)unused;
    while (sync_once_run(&s.once, make_later, NULL, SYNC_NO_DEADLINE) != STATUS_OK) {
        continue;
    }
    EXPLORE_CHECK(s.made == 1);
}

static void look(void *unused) {
    (void)unused;
    if (sync_once_is_done(&s.once)) {
        EXPLORE_CHECK(s.made == 1);
    }
}

static void it_is_made_once(void) {
    TEAM_RUN(want, want);
    EXPLORE_CHECK(s.attempts == 1);
}

static void three_want_it(void) {
    TEAM_RUN(want, want, want);
    EXPLORE_CHECK(s.attempts == 1);
}

static void it_is_made_at_the_second_attempt(void) {
    TEAM_RUN(want_later, want_later);
    EXPLORE_CHECK(s.attempts == 2);
}

static void who_finds_it_done_sees_it(void) {
    TEAM_RUN(look, want);
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(writer_and_reader),
    CASE(two_writers),
    CASE(two_readers_and_a_writer),
    CASE(two_writers_and_a_reader),
    CASE(a_writer_gives_up),
    CASE(a_writer_gives_up_before_a_reader),
    CASE(it_is_made_once),
    CASE(three_want_it),
    CASE(it_is_made_at_the_second_attempt),
    CASE(who_finds_it_done_sees_it),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
