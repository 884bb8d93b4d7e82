/* refcount_test.c - counts, arcs and rcs: who destroys, when, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "misuse_expect.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/refcount.h"
#include "sync/thread.h"

struct thing { uint64_t written[4]; struct sync_u32 *destroyed; };

static void destroy_thing(void *payload) {
    struct thing *thing = payload;
    sync_u32_add(thing->destroyed, 1, SYNC_RELAXED);
}

static struct thing *make_thing(struct sync_u32 *destroyed) {
    struct thing *thing = sync_arc_create(sizeof(*thing), destroy_thing);
    assert_non_null(thing);
    thing->destroyed = destroyed;
    return thing;
}

static void a_payload_is_zeroed_aligned_and_destroyed_once(void **state) {
    (void)state;
    static const uint8_t zeros[100];
    uint64_t live = sync_memory_live();
    uint8_t *bytes = sync_arc_create(sizeof(zeros), NULL);
    assert_non_null(bytes);
    assert_int_equal((uintptr_t)bytes % 16, 0);
    assert_memory_equal(bytes, zeros, sizeof(zeros));
    sync_arc_release(bytes);
    sync_arc_release(NULL);
    struct sync_u32 destroyed = { 0 };
    struct thing *thing = make_thing(&destroyed);
    assert_ptr_equal(sync_arc_retain(thing), thing);
    assert_int_equal(sync_arc_count(thing), 2);
    sync_arc_release(thing);
    assert_int_equal(sync_u32_load(&destroyed, SYNC_RELAXED), 0);
    sync_arc_release(thing);
    assert_int_equal(sync_u32_load(&destroyed, SYNC_RELAXED), 1);
    assert_int_equal(sync_memory_live(), live);
}

static void weak_references_keep_the_memory_and_not_the_payload(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    struct sync_u32 destroyed = { 0 };
    struct thing *thing = make_thing(&destroyed);
    assert_true(sync_arc_is_unique(thing));
    struct sync_arc_weak *weak = sync_arc_downgrade(thing);
    assert_false(sync_arc_is_unique(thing));
    struct thing *again = sync_arc_upgrade(weak);
    assert_ptr_equal(again, thing);
    sync_arc_release(thing);
    struct sync_arc_weak *other = sync_arc_weak_retain(weak);
    sync_arc_weak_release(weak);
    assert_false(sync_arc_is_unique(again));
    sync_arc_release(again);
    assert_int_equal(sync_u32_load(&destroyed, SYNC_RELAXED), 1);
    assert_null(sync_arc_upgrade(other));
    assert_int_equal(sync_memory_live(), live + 1);
    sync_arc_weak_release(other);
    sync_arc_weak_release(NULL);
    assert_int_equal(sync_memory_live(), live);
}

enum { THREADS = 4, ROUNDS = 3000 };

struct share { struct thing *thing; struct sync_arc_weak *weak; uint64_t number; };

static void write_and_release(void *argument) {
    struct share *share = argument;
    share->thing->written[share->number] = share->number + 1;   /* plain: the count orders it */
    struct thing *upgraded = sync_arc_upgrade(share->weak);
    assert_ptr_equal(upgraded, share->thing);
    sync_arc_release(upgraded);
    sync_arc_release(share->thing);
    upgraded = sync_arc_upgrade(share->weak);
    if (upgraded != NULL) {
        assert_ptr_equal(upgraded, share->thing);
        sync_arc_release(upgraded);
    }
    sync_arc_weak_release(share->weak);
}

static void check_all_written(void *payload) {
    struct thing *thing = payload;
    for (uint64_t i = 0; i < THREADS; i++) {
        assert_int_equal(thing->written[i], i + 1);
    }
    destroy_thing(payload);
}

static void the_last_of_many_threads_sees_what_all_wrote(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    struct sync_u32 destroyed = { 0 };
    for (int round = 0; round < ROUNDS / 10; round++) {
        struct thing *thing = sync_arc_create(sizeof(*thing), check_all_written);
        assert_non_null(thing);
        thing->destroyed = &destroyed;
        struct sync_thread threads[THREADS];
        struct share shares[THREADS];
        for (uint64_t i = 0; i < THREADS; i++) {
            shares[i] = (struct share){ sync_arc_retain(thing), sync_arc_downgrade(thing), i };
        }
        for (uint64_t i = 0; i < THREADS; i++) {
            assert_int_equal(sync_thread_start(&threads[i], &options, write_and_release,
                                               &shares[i]), STATUS_OK);
        }
        sync_arc_release(thing);
        for (uint64_t i = 0; i < THREADS; i++) {
            sync_thread_join(&threads[i]);
        }
    }
    assert_int_equal(sync_u32_load(&destroyed, SYNC_RELAXED), ROUNDS / 10);
    assert_int_equal(sync_memory_live(), live);
}

static void a_count_that_is_full_or_gone_is_refused(void **state) {
    (void)state;
    struct sync_count count;
    sync_count_init(&count);
    assert_int_equal(sync_count_now(&count), 1);
    sync_u32_store(&count.word, SYNC_COUNT_MAX - 1, SYNC_RELAXED);
    sync_count_retain(&count);
    ASSERT_MISUSE(sync_count_retain(&count), "a count of references is as large as it may be");
    sync_u32_store(&count.word, SYNC_COUNT_MAX, SYNC_RELAXED);
    ASSERT_MISUSE((void)!sync_count_retain_if_live(&count),
                  "a count of references is as large as it may be");
    sync_u32_store(&count.word, 2, SYNC_RELAXED);
    assert_false(sync_count_release(&count));
    assert_true(sync_count_release(&count));
    assert_false(sync_count_retain_if_live(&count));
    ASSERT_MISUSE(sync_count_retain(&count),
                  "a count of references is used after the last was released");
    sync_u32_store(&count.word, 0, SYNC_RELAXED);
    ASSERT_MISUSE((void)!sync_count_release(&count),
                  "a count of references is used after the last was released");
}

static void without_memory_there_is_no_payload(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, true);
    assert_null(sync_arc_create(8, NULL));
    assert_null(sync_rc_create(8, NULL));
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    assert_null(sync_arc_create(SIZE_MAX, NULL));
    assert_null(sync_rc_create(SIZE_MAX - 8, NULL));
    assert_int_equal(sync_memory_live(), live);
}

static void an_rc_counts_within_one_thread(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    struct sync_u32 destroyed = { 0 };
    struct thing *thing = sync_rc_create(sizeof(*thing), destroy_thing);
    assert_non_null(thing);
    assert_int_equal((uintptr_t)thing % 16, 0);
    thing->destroyed = &destroyed;
    assert_true(sync_rc_is_unique(thing));
    struct sync_rc_weak *weak = sync_rc_downgrade(thing);
    assert_false(sync_rc_is_unique(thing));
    assert_ptr_equal(sync_rc_retain(thing), thing);
    assert_int_equal(sync_rc_count(thing), 2);
    sync_rc_release(thing);
    assert_ptr_equal(sync_rc_upgrade(weak), thing);
    sync_rc_release(thing);
    assert_int_equal(sync_u32_load(&destroyed, SYNC_RELAXED), 0);
    sync_rc_release(thing);
    assert_int_equal(sync_u32_load(&destroyed, SYNC_RELAXED), 1);
    assert_null(sync_rc_upgrade(weak));
    sync_rc_weak_release(sync_rc_weak_retain(weak));
    ASSERT_MISUSE((void)sync_rc_retain(thing),
                  "a reference is used after the last was released");
    sync_rc_weak_release(weak);
    sync_rc_release(NULL);
    sync_rc_weak_release(NULL);
    assert_int_equal(sync_memory_live(), live);
}

static void use_from_elsewhere(void *argument) {
    ASSERT_MISUSE((void)sync_rc_retain(argument), "a reference of one thread is used by another");
}

static void check_builds_tell_of_an_rc_in_the_wrong_thread(void **state) {
    (void)state;
    if (!ASSERT_IS_SLOW) {
        return;   /* other builds do not look */
    }
    void *payload = sync_rc_create(1, NULL);
    assert_non_null(payload);
    struct sync_thread thread;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    assert_int_equal(sync_thread_start(&thread, &options, use_from_elsewhere, payload), STATUS_OK);
    sync_thread_join(&thread);
    sync_rc_release(payload);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_is_zeroed_aligned_and_destroyed_once),
        cmocka_unit_test(weak_references_keep_the_memory_and_not_the_payload),
        cmocka_unit_test(the_last_of_many_threads_sees_what_all_wrote),
        cmocka_unit_test(a_count_that_is_full_or_gone_is_refused),
        cmocka_unit_test(without_memory_there_is_no_payload),
        cmocka_unit_test(an_rc_counts_within_one_thread),
        cmocka_unit_test(check_builds_tell_of_an_rc_in_the_wrong_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
