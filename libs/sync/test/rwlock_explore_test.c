/*
 * rwlock_explore_test.c - phases under every schedule: who is inside with whom, who enters
 * after whom, who gives up, and who may free the lock.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/memory.h"
#include "sync/panic.h"
#include "sync/rwlock.h"
#include "sync/wait.h"

static struct {
    struct sync_rwlock lock;
    int first, second;             /* plain: what the lock guards */
    struct sync_u32 writes;        /* how many writers have entered */
    bool is_over;
} s;

static void begin(void) {
    memset(&s, 0, sizeof(s));
    sync_rwlock_init(&s.lock, SYNC_RANK_LEAF);
}

static void end(int writes) {
    EXPLORE_CHECK(s.first == writes && s.second == writes);
    sync_rwlock_finish(&s.lock);
}

static void change(void) {
    s.first++;
    s.second++;
}

static void look(void) {
    EXPLORE_CHECK(s.first == s.second);
}

static void write_once(void *unused) {
    (void)unused;
    sync_rwlock_write(&s.lock);
    change();
    sync_rwlock_write_unlock(&s.lock);
}

static void read_once(void *unused) {
    (void)unused;
    sync_rwlock_read(&s.lock);
    look();
    sync_rwlock_read_unlock(&s.lock);
}

static void two_writers_and_a_reader_exclude_each_other(void) {
    begin();
    TEAM(write_once, write_once, read_once);
    end(2);
}

static void a_writer_and_two_readers_exclude_each_other(void) {
    begin();
    TEAM(write_once, read_once, read_once);
    end(1);
}

static void try_all(void *unused) {
    (void)unused;
    if (sync_rwlock_try_write(&s.lock)) {
        change();
        sync_rwlock_downgrade(&s.lock);
        look();
        sync_rwlock_read_unlock(&s.lock);
        sync_rwlock_write(&s.lock);
        s.first--;
        s.second--;
        sync_rwlock_write_unlock(&s.lock);
    }
    if (sync_rwlock_try_read(&s.lock)) {
        look();
        sync_rwlock_read_unlock(&s.lock);
    }
}

static void trying_and_downgrading_pass_nobody(void) {
    begin();
    TEAM(try_all, write_once, read_once);
    end(1);
}

/* ---- bounds ---- */

/*
 * Says how many writers enter between the queueing of a reader and its entering.  That it
 * is in the queue is seen under the guard, by who holds the lock meanwhile.
 */
static struct { uint32_t before, after; bool is_queued; } passed;

static void read_and_count(void *unused) {
    (void)unused;
    sync_rwlock_read(&s.lock);
    passed.after = sync_u32_load(&s.writes, SYNC_RELAXED);
    sync_rwlock_read_unlock(&s.lock);
}

static void note_the_queue(void) {
    sync_lock_acquire(&s.lock.guard);
    if (s.lock.readers.count > 0 && !passed.is_queued) {
        passed.is_queued = true;
        passed.before = sync_u32_load(&s.writes, SYNC_RELAXED);
    }
    sync_lock_release(&s.lock.guard);
}

static void write_and_count(void *unused) {
    (void)unused;
    sync_rwlock_write(&s.lock);
    note_the_queue();
    sync_u32_add(&s.writes, 1, SYNC_RELAXED);
    sync_rwlock_write_unlock(&s.lock);
}

static void write_twice_and_count(void *unused) {
    write_and_count(unused);
    write_and_count(unused);
}

/* The reader is seen queued before that writer counts itself: it may count, and no other. */
static void a_queued_reader_is_passed_by_one_writer_at_most(void) {
    begin();
    memset(&passed, 0, sizeof(passed));
    TEAM(read_and_count, write_twice_and_count, write_twice_and_count);
    EXPLORE_CHECK(!passed.is_queued || passed.after - passed.before <= 1);
    end(0);
}

/* A writer that is queued before a read is asked for enters before the reader does. */
static void read_and_watch(void *unused) {
    (void)unused;
    for (int i = 0; i < 2; i++) {
        sync_lock_acquire(&s.lock.guard);
        bool was_queued = s.lock.writers.count > 0;
        uint32_t before = sync_u32_load(&s.writes, SYNC_RELAXED);
        sync_lock_release(&s.lock.guard);
        sync_rwlock_read(&s.lock);
        EXPLORE_CHECK(!was_queued || sync_u32_load(&s.writes, SYNC_RELAXED) == before + 1);
        sync_rwlock_read_unlock(&s.lock);
    }
}

static void a_queued_writer_is_passed_by_no_later_reader(void) {
    begin();
    TEAM(write_and_count, read_and_watch, read_and_watch);
    end(0);
}

/* ---- deadlines ---- */

static void write_in_time(void *unused) {
    (void)unused;
    enum status status = sync_rwlock_write_until(&s.lock, 1000);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    if (status == STATUS_OK) {
        change();
        s.first--;
        s.second--;
        sync_rwlock_write_unlock(&s.lock);
    }
}

static void read_in_time(void *unused) {
    (void)unused;
    enum status status = sync_rwlock_read_until(&s.lock, 1000);
    EXPLORE_CHECK(status == STATUS_OK || status == STATUS_TIMED_OUT);
    if (status == STATUS_OK) {
        look();
        sync_rwlock_read_unlock(&s.lock);
    }
}

static void who_gives_up_keeps_nobody_waiting(void) {
    begin();
    TEAM(read_once, write_in_time, read_once, write_once);
    end(1);
}

static void all_may_give_up(void) {
    begin();
    TEAM(read_in_time, write_in_time, write_in_time);
    end(0);
}

/*
 * The case's own thread and another are inside; it leaves while a writer waits, which then
 * gives up; the other leaves; the next writer comes after both.
 */
static void want_in_time(void *unused) {
    (void)unused;
    if (sync_rwlock_write_until(&s.lock, 1000) == STATUS_OK) {
        sync_rwlock_write_unlock(&s.lock);
    }
}

static void write_if_free(void *unused) {
    (void)unused;
    if (sync_rwlock_try_write(&s.lock)) {
        change();
        sync_rwlock_write_unlock(&s.lock);
    }
}

static void leave_and_look(void *unused) {
    (void)unused;
    sync_rwlock_read_unlock(&s.lock);
}

static void who_enters_after_one_gave_up_sees_all(void) {
    begin();
    sync_rwlock_read(&s.lock);
    look();
    TEAM(leave_and_look, read_once, want_in_time, write_if_free);
    sync_rwlock_finish(&s.lock);
}

static void write_in_time_twice(void *unused) {
    write_in_time(unused);
    write_in_time(unused);
}

/* A token that came too late would let the next wait in the same place end too early. */
static void who_gives_up_may_wait_again(void) {
    begin();
    TEAM(write_in_time_twice, write_in_time_twice, read_once);
    end(0);
}

/* The reader behind a writer that gave up enters while the first reader is still inside. */
static void readers_wait_for_no_writer_that_gave_up(void) {
    struct sync_thread threads[2];
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    begin();
    sync_rwlock_read(&s.lock);
    EXPLORE_CHECK(sync_thread_start(&threads[0], &options, write_in_time, NULL) == STATUS_OK);
    EXPLORE_CHECK(sync_thread_start(&threads[1], &options, read_once, NULL) == STATUS_OK);
    sync_thread_join(&threads[0]);
    sync_thread_join(&threads[1]);
    sync_rwlock_read_unlock(&s.lock);
    end(0);
}

/* ---- memory ---- */

static struct { struct sync_rwlock *lock; int left; } own;

/* The last to enter frees the lock, as nobody else may be inside it then. */
static void leave_for_ever(void *unused) {
    (void)unused;
    struct sync_rwlock *lock = own.lock;
    sync_rwlock_write(lock);
    bool is_last = --own.left == 0;
    sync_rwlock_write_unlock(lock);
    if (is_last) {
        sync_rwlock_finish(lock);
        sync_free(lock);
    }
}

static void look_for_ever(void *unused) {
    sync_rwlock_read(own.lock);
    EXPLORE_CHECK(own.left > 0);
    sync_rwlock_read_unlock(own.lock);
    leave_for_ever(unused);
}

static void the_last_writer_may_free_the_lock(void) {
    own.lock = sync_alloc(sizeof(*own.lock));
    EXPLORE_CHECK(own.lock != NULL);
    sync_rwlock_init(own.lock, SYNC_RANK_NONE);
    own.left = 3;
    TEAM(leave_for_ever, leave_for_ever, look_for_ever);
}

static void enter_and_leave(void *unused) {
    (void)unused;
    sync_rwlock_write(own.lock);
    own.left = 0;
    sync_rwlock_write_unlock(own.lock);
}

static void give_up_early(void *unused) {
    (void)unused;
    if (sync_rwlock_write_until(own.lock, 1000) == STATUS_OK) {
        sync_rwlock_write_unlock(own.lock);
    }
}

/* Who waited has given up, and who left may still be leaving: it looks at the lock no more. */
static void the_lock_may_go_while_the_last_one_leaves(void) {
    struct sync_thread leaving, waiting;
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    own.lock = sync_alloc(sizeof(*own.lock));
    EXPLORE_CHECK(own.lock != NULL);
    sync_rwlock_init(own.lock, SYNC_RANK_NONE);
    own.left = 1;
    EXPLORE_CHECK(sync_thread_start(&leaving, &options, enter_and_leave, NULL) == STATUS_OK);
    EXPLORE_CHECK(sync_thread_start(&waiting, &options, give_up_early, NULL) == STATUS_OK);
    sync_thread_join(&waiting);
    sync_rwlock_write(own.lock);
    bool has_left = own.left == 0;
    sync_rwlock_write_unlock(own.lock);
    if (!has_left) {
        sync_thread_join(&leaving);
    }
    sync_free(own.lock);
    if (has_left) {
        sync_thread_join(&leaving);
    }
}

/* ---- poison ---- */

static void panic_inside(void *unused) {
    (void)unused;
    sync_rwlock_write(&s.lock);
    s.first++;
    sync_panic(1, NULL, 0);
}

static void write_and_panic(void *unused) {
    (void)unused;
    struct sync_panic panic;
    EXPLORE_CHECK(sync_panic_catch(panic_inside, NULL, &panic) && panic.code == 1);
}

static void repair(void *unused) {
    (void)unused;
    enum status status = sync_rwlock_write_until(&s.lock, SYNC_NO_DEADLINE);
    EXPLORE_CHECK((status == STATUS_POISONED) == (s.first != s.second));
    if (status == STATUS_POISONED) {
        s.first = s.second;
        sync_rwlock_clear_poison(&s.lock);
    }
    sync_rwlock_write_unlock(&s.lock);
}

static void look_past_poison(void *unused) {
    (void)unused;
    enum status status = sync_rwlock_read_until(&s.lock, SYNC_NO_DEADLINE);
    EXPLORE_CHECK((status == STATUS_POISONED) == (s.first != s.second));
    sync_rwlock_read_unlock(&s.lock);
}

static void poison_is_told_until_it_is_cleared(void) {
    begin();
    TEAM(write_and_panic, repair, look_past_poison);
    repair(NULL);
    end(0);
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }
#define ALL .strategy = EXPLORE_DPOR

static const struct explore_case cases[] = {
    CASE(two_writers_and_a_reader_exclude_each_other, ALL),
    CASE(a_writer_and_two_readers_exclude_each_other, ALL),
    CASE(trying_and_downgrading_pass_nobody, .strategy = EXPLORE_RANDOM),
    CASE(a_queued_reader_is_passed_by_one_writer_at_most, .strategy = EXPLORE_PCT),
    CASE(a_queued_writer_is_passed_by_no_later_reader, .strategy = EXPLORE_PCT),
    CASE(who_gives_up_keeps_nobody_waiting, .strategy = EXPLORE_RANDOM),
    CASE(who_enters_after_one_gave_up_sees_all, .strategy = EXPLORE_PCT),
    CASE(who_gives_up_may_wait_again, .strategy = EXPLORE_RANDOM),
    CASE(readers_wait_for_no_writer_that_gave_up, ALL),
    CASE(the_lock_may_go_while_the_last_one_leaves, ALL),
    CASE(all_may_give_up, ALL),
    CASE(the_last_writer_may_free_the_lock, ALL),
    CASE(poison_is_told_until_it_is_cleared, ALL),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
