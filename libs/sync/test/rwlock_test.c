/* rwlock_test.c - phases, deadlines, poison and misuse of reader-writer locks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "misuse_expect.h"
#include "sync/clock.h"
#include "sync/panic.h"
#include "sync/rwlock.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { MS = 1000000, LOG_ROOM = 16 };

static struct sync_rwlock lock;
static const struct sync_thread_options plain = { .cpu = SYNC_CPU_ANY };

static void start(struct sync_thread *thread, sync_thread_body body, void *argument) {
    assert_int_equal(sync_thread_start(thread, &plain, body, argument), STATUS_OK);
}

/* Until so many wait: a look under the guard, which the lock itself has no use for. */
static void until_wait(uint32_t readers, uint32_t writers) {
    for (bool do_wait = false; !do_wait;) {
        sync_lock_acquire(&lock.guard);
        do_wait = lock.readers.count == readers && lock.writers.count == writers;
        sync_lock_release(&lock.guard);
        sync_thread_yield();
    }
}

static void one_writer_or_many_readers(void **state) {
    (void)state;
    sync_rwlock_init(&lock, SYNC_RANK_LEAF);
    sync_rwlock_write(&lock);
    assert_true(sync_rwlock_is_writer(&lock));
    assert_true(sync_rwlock_is_mine(&lock));
    assert_int_equal(sync_rwlock_writer(&lock), sync_thread_self_id());
    sync_rwlock_write_unlock(&lock);
    sync_rwlock_read(&lock);
    assert_false(sync_rwlock_is_writer(&lock));
    assert_true(sync_rwlock_is_mine(&lock));
    assert_int_equal(sync_rwlock_writer(&lock), 0);
    sync_rwlock_read_unlock(&lock);
    assert_false(sync_rwlock_is_mine(&lock));
    assert_true(sync_rwlock_try_write(&lock));
    sync_rwlock_downgrade(&lock);
    assert_false(sync_rwlock_is_writer(&lock));
    sync_rwlock_read_unlock(&lock);
    assert_true(sync_rwlock_try_read(&lock));
    sync_rwlock_read_unlock(&lock);
    sync_rwlock_finish(&lock);
}

/* ---- who enters after whom ---- */

static struct { char names[LOG_ROOM]; struct sync_u32 count; } entered;

static void note(char name) {
    entered.names[sync_u32_add(&entered.count, 1, SYNC_SEQ_CST)] = name;
}

static bool is_writers(char name) {
    return name >= 'A' && name <= 'Z';
}

/* Enter, say so, leave: as a writer when the name is a capital. */
static void visit(void *argument) {
    char name = *(const char *)argument;
    bool is_writer = is_writers(name);
    if (is_writer) {
        sync_rwlock_write(&lock);
    } else {
        sync_rwlock_read(&lock);
    }
    note(name);
    if (is_writer) {
        sync_rwlock_write_unlock(&lock);
    } else {
        sync_rwlock_read_unlock(&lock);
    }
}

static void begin_log(void) {
    sync_rwlock_init(&lock, SYNC_RANK_NONE);
    memset(entered.names, 0, sizeof(entered.names));
    sync_u32_store(&entered.count, 0, SYNC_SEQ_CST);
}

/* A visitor for each name, the next when the one before stands in line. */
static void queue_up(struct sync_thread *threads, char *names) {
    uint32_t readers = 0;
    uint32_t writers = 0;
    for (size_t i = 0; names[i] != '\0'; i++) {
        start(&threads[i], visit, &names[i]);
        *(is_writers(names[i]) ? &writers : &readers) += 1;
        until_wait(readers, writers);
    }
}

/* Two readers of a phase may say their names either way round. */
static void assert_entered(const char *one, const char *other) {
    if (strcmp(entered.names, one) != 0) {
        assert_string_equal(entered.names, other);
    }
}

static void phases_take_turns(void **state) {
    (void)state;
    struct sync_thread threads[5];
    begin_log();
    sync_rwlock_write(&lock);
    queue_up(threads, "ABxCy");
    sync_rwlock_write_unlock(&lock);
    for (int i = 0; i < 5; i++) {
        sync_thread_join(&threads[i]);
    }
    assert_entered("xyABC", "yxABC");
    sync_rwlock_finish(&lock);
}

static void readers_that_come_while_a_writer_waits_see_one_writer(void **state) {
    (void)state;
    struct sync_thread threads[4];
    begin_log();
    sync_rwlock_read(&lock);
    queue_up(threads, "ABxy");
    sync_rwlock_read_unlock(&lock);
    for (int i = 0; i < 4; i++) {
        sync_thread_join(&threads[i]);
    }
    assert_entered("AxyB", "AyxB");
    sync_rwlock_finish(&lock);
}

static void a_downgrade_lets_the_waiting_readers_in_and_no_writer(void **state) {
    (void)state;
    struct sync_thread threads[3];
    begin_log();
    sync_rwlock_write(&lock);
    queue_up(threads, "Axy");
    sync_rwlock_downgrade(&lock);
    sync_thread_join(&threads[1]);
    sync_thread_join(&threads[2]);
    assert_entered("xy", "yx");
    sync_rwlock_read_unlock(&lock);
    sync_thread_join(&threads[0]);
    assert_entered("xyA", "yxA");
    sync_rwlock_finish(&lock);
}

/* ---- deadlines ---- */

static struct { enum status status; uint64_t deadline_ns; bool is_writer; } wanted;

static void want(void *argument) {
    (void)argument;
    wanted.status = wanted.is_writer ? sync_rwlock_write_until(&lock, wanted.deadline_ns)
                                     : sync_rwlock_read_until(&lock, wanted.deadline_ns);
    if (wanted.status == STATUS_OK) {
        note(wanted.is_writer ? 'W' : 'r');
        if (wanted.is_writer) {
            sync_rwlock_write_unlock(&lock);
        } else {
            sync_rwlock_read_unlock(&lock);
        }
    }
}

static enum status want_elsewhere(bool is_writer, uint64_t deadline_ns) {
    struct sync_thread thread;
    wanted.is_writer = is_writer;
    wanted.deadline_ns = deadline_ns;
    start(&thread, want, NULL);
    sync_thread_join(&thread);
    return wanted.status;
}

static void who_waits_gives_up_at_the_deadline(void **state) {
    (void)state;
    begin_log();
    sync_rwlock_write(&lock);
    uint64_t deadline_ns = sync_clock_ns() + 5 * MS;
    assert_int_equal(want_elsewhere(false, deadline_ns), STATUS_TIMED_OUT);
    assert_true(sync_clock_ns() >= deadline_ns);
    assert_int_equal(want_elsewhere(true, 0), STATUS_TIMED_OUT);
    sync_rwlock_downgrade(&lock);
    assert_int_equal(want_elsewhere(true, sync_clock_ns() + MS), STATUS_TIMED_OUT);
    assert_int_equal(want_elsewhere(false, 0), STATUS_OK);
    sync_rwlock_read_unlock(&lock);
    assert_int_equal(want_elsewhere(true, 0), STATUS_OK);
    sync_rwlock_finish(&lock);
}

static void a_writer_that_gives_up_lets_the_readers_behind_it_in(void **state) {
    (void)state;
    struct sync_thread writer, reader;
    begin_log();
    sync_rwlock_read(&lock);
    wanted.is_writer = true;
    wanted.deadline_ns = sync_clock_ns() + 50 * MS;
    start(&writer, want, NULL);
    until_wait(0, 1);
    start(&reader, visit, "x");
    until_wait(1, 1);
    sync_thread_join(&reader);   /* while the first reader is still inside */
    sync_thread_join(&writer);
    assert_int_equal(wanted.status, STATUS_TIMED_OUT);
    assert_string_equal(entered.names, "x");
    sync_rwlock_read_unlock(&lock);
    sync_rwlock_finish(&lock);
}

/* ---- many at once ---- */

enum { THREADS = 6, ROUNDS = 4000 };
static struct { uint64_t a, b; struct sync_u32 inside, late; } shared;

static void stir(void *argument) {
    uint64_t random = *(const uint64_t *)argument;
    for (int i = 0; i < ROUNDS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        bool is_writer = (random >> 60) < 4, is_hasty = (random >> 50 & 3) == 0;
        uint64_t deadline_ns = is_hasty ? sync_clock_ns() + (random >> 40 & 0x3fff)
                                        : SYNC_NO_DEADLINE;
        enum status status = is_writer ? sync_rwlock_write_until(&lock, deadline_ns)
                                       : sync_rwlock_read_until(&lock, deadline_ns);
        if (status != STATUS_OK) {
            assert_true(is_hasty && status == STATUS_TIMED_OUT);
            sync_u32_add(&shared.late, 1, SYNC_RELAXED);
            continue;
        }
        if (is_writer) {
            assert_int_equal(sync_u32_add(&shared.inside, 100, SYNC_RELAXED), 0);
            shared.a++;
            shared.b++;
            sync_u32_sub(&shared.inside, 100, SYNC_RELAXED);
            if ((random >> 48 & 1) == 0) {
                sync_rwlock_write_unlock(&lock);
                continue;
            }
            sync_rwlock_downgrade(&lock);
        }
        assert_true(sync_u32_add(&shared.inside, 1, SYNC_RELAXED) < 100);
        assert_int_equal(shared.a, shared.b);
        sync_u32_sub(&shared.inside, 1, SYNC_RELAXED);
        sync_rwlock_read_unlock(&lock);
    }
}

static void readers_see_whole_writes_whatever_happens(void **state) {
    (void)state;
    struct sync_thread threads[THREADS];
    uint64_t seeds[THREADS];
    sync_rwlock_init(&lock, SYNC_RANK_LEAF);
    for (int i = 0; i < THREADS; i++) {
        seeds[i] = (uint64_t)i * 77 + 1;
        start(&threads[i], stir, &seeds[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        sync_thread_join(&threads[i]);
    }
    assert_int_equal(sync_u32_load(&shared.inside, SYNC_RELAXED), 0);
    sync_rwlock_finish(&lock);
}

/* ---- poison ---- */

static void panic_as_writer(void *argument) {
    (void)argument;
    sync_rwlock_write(&lock);
    sync_panic(1, NULL, 0);
}

static void panic_as_reader(void *argument) {
    (void)argument;
    sync_rwlock_read(&lock);
    sync_panic(2, NULL, 0);
}

static void only_writers_that_panic_poison(void **state) {
    (void)state;
    struct sync_panic panic;
    sync_rwlock_init(&lock, SYNC_RANK_LEAF);
    assert_true(sync_panic_catch(panic_as_reader, NULL, &panic));
    assert_int_equal(panic.code, 2);
    assert_false(sync_rwlock_is_poisoned(&lock));
    assert_true(sync_rwlock_try_write(&lock));
    sync_rwlock_write_unlock(&lock);
    assert_true(sync_panic_catch(panic_as_writer, NULL, &panic));
    assert_int_equal(panic.code, 1);
    assert_true(sync_rwlock_is_poisoned(&lock));
    assert_int_equal(sync_rwlock_read_until(&lock, 0), STATUS_POISONED);
    sync_rwlock_read_unlock(&lock);
    assert_int_equal(sync_rwlock_write_until(&lock, 0), STATUS_POISONED);
    sync_rwlock_clear_poison(&lock);
    sync_rwlock_write_unlock(&lock);
    sync_rwlock_read(&lock);
    sync_rwlock_read_unlock(&lock);
    sync_rwlock_finish(&lock);
}

/* ---- misuse ---- */

static void misuse_stops_with_a_message(void **state) {
    (void)state;
    sync_rwlock_init(&lock, SYNC_RANK_LEAF);
    ASSERT_MISUSE(sync_rwlock_read_unlock(&lock),
                  "a rwlock of rank leaf is unlocked by a thread that does not hold it");
    ASSERT_MISUSE(sync_rwlock_write_unlock(&lock),
                  "a rwlock of rank leaf is unlocked by a thread that does not hold it");
    sync_rwlock_write(&lock);
    ASSERT_MISUSE(sync_rwlock_read(&lock),
                  "a rwlock of rank leaf is asked for by a thread that holds it");
    ASSERT_MISUSE((void)!sync_rwlock_try_write(&lock),
                  "a rwlock of rank leaf is asked for by a thread that holds it");
    ASSERT_MISUSE(sync_rwlock_read_unlock(&lock),
                  "a rwlock of rank leaf is unlocked as a reader by its writer");
    ASSERT_MISUSE(sync_rwlock_finish(&lock),
                  "a rwlock of rank leaf is finished while it is locked");
    sync_rwlock_downgrade(&lock);
    ASSERT_MISUSE(sync_rwlock_write_unlock(&lock),
                  "a rwlock of rank leaf is unlocked as a writer by a reader");
    ASSERT_MISUSE(sync_rwlock_write(&lock),
                  "a rwlock of rank leaf is asked for by a thread that holds it");
    ASSERT_MISUSE(sync_rwlock_clear_poison(&lock),
                  "a rwlock of rank leaf is cleared of poison by a thread that does not write");
    sync_rwlock_read_unlock(&lock);
    sync_rwlock_finish(&lock);
    ASSERT_MISUSE(sync_rwlock_read(&lock), "a rwlock is used after it was finished");
}

static void a_poisoned_lock_stops_those_who_cannot_repair(void **state) {
    (void)state;
    struct sync_panic panic;
    sync_rwlock_init(&lock, SYNC_RANK_NONE);
    assert_true(sync_panic_catch(panic_as_writer, NULL, &panic));
    ASSERT_MISUSE(sync_rwlock_read(&lock),
                  "a rwlock is poisoned: a thread panicked while it wrote");
    sync_rwlock_read_unlock(&lock);
    ASSERT_MISUSE((void)!sync_rwlock_try_write(&lock),
                  "a rwlock is poisoned: a thread panicked while it wrote");
    sync_rwlock_write_unlock(&lock);
    sync_rwlock_finish(&lock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_writer_or_many_readers),
        cmocka_unit_test(phases_take_turns),
        cmocka_unit_test(readers_that_come_while_a_writer_waits_see_one_writer),
        cmocka_unit_test(a_downgrade_lets_the_waiting_readers_in_and_no_writer),
        cmocka_unit_test(who_waits_gives_up_at_the_deadline),
        cmocka_unit_test(a_writer_that_gives_up_lets_the_readers_behind_it_in),
        cmocka_unit_test(readers_see_whole_writes_whatever_happens),
        cmocka_unit_test(only_writers_that_panic_poison),
        cmocka_unit_test(misuse_stops_with_a_message),
        cmocka_unit_test(a_poisoned_lock_stops_those_who_cannot_repair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
