/* atomic_test.c - each operation of each type, against plain arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/atomic.h"
#include "sync/thread.h"

static const enum sync_order loads[] = { SYNC_RELAXED, SYNC_ACQUIRE, SYNC_SEQ_CST };
static const enum sync_order stores[] = { SYNC_RELAXED, SYNC_RELEASE, SYNC_SEQ_CST };
static const enum sync_order all[] = { SYNC_RELAXED, SYNC_ACQUIRE, SYNC_RELEASE, SYNC_ACQ_REL,
                                       SYNC_SEQ_CST };

#define CHECK_COMMON(NAME, TYPE, VALUE, A, B, C)                                                 \
    for (size_t i = 0; i < 3; i++) {                                                             \
        TYPE word = { (VALUE)0 };                                                                \
        assert_true(NAME##_load(&word, loads[i]) == (VALUE)0);                                   \
        NAME##_store(&word, A, stores[i]);                                                       \
        assert_true(NAME##_load(&word, loads[i]) == (A));                                        \
    }                                                                                            \
    for (size_t i = 0; i < 5; i++) {                                                             \
        TYPE word = { (VALUE)0 };                                                                \
        NAME##_store(&word, A, SYNC_RELAXED);                                                    \
        assert_true(NAME##_exchange(&word, B, all[i]) == (A));                                   \
        VALUE found = C;                                                                         \
        assert_false(NAME##_compare_exchange(&word, &found, A, all[i]));                         \
        assert_true(found == (B) && NAME##_load(&word, SYNC_RELAXED) == (B));                    \
        assert_true(NAME##_compare_exchange(&word, &found, C, all[i]));                          \
        for (size_t j = 0; j < 3; j++) {                                                         \
            NAME##_store(&word, C, SYNC_RELAXED);                                                \
            found = A;                                                                           \
            assert_false(NAME##_compare_exchange_weak(&word, &found, A, all[i], loads[j]));      \
            assert_true(found == (C));                                                           \
            while (!NAME##_compare_exchange_weak(&word, &found, B, all[i], loads[j])) {          \
                assert_true(found == (C));                                                       \
            }                                                                                    \
            assert_true(NAME##_load(&word, SYNC_RELAXED) == (B));                                \
        }                                                                                        \
    }

#define CHECK_INTEGER(NAME, TYPE, VALUE)                                                         \
    CHECK_COMMON(NAME, TYPE, VALUE, (VALUE)1, (VALUE)-1, (VALUE)0x55)                            \
    for (size_t i = 0; i < 5; i++) {                                                             \
        TYPE word = { (VALUE)-2 };                                                               \
        assert_true(NAME##_add(&word, 3, all[i]) == (VALUE)-2);    /* wraps */                   \
        assert_true(NAME##_sub(&word, 2, all[i]) == 1);                                          \
        assert_true(NAME##_and(&word, 0x3c, all[i]) == (VALUE)-1);                               \
        assert_true(NAME##_or(&word, 0x41, all[i]) == 0x3c);                                     \
        assert_true(NAME##_xor(&word, 0x1f, all[i]) == 0x7d);                                    \
        assert_true(NAME##_max(&word, 0x61, all[i]) == 0x62);                                    \
        assert_true(NAME##_max(&word, 0x70, all[i]) == 0x62);                                    \
        assert_true(NAME##_load(&word, SYNC_RELAXED) == 0x70);                                   \
    }

static void every_operation_of_every_type_does_what_arithmetic_says(void **state) {
    (void)state;
    int a, b, c;
    CHECK_COMMON(sync_pointer, struct sync_pointer, void *, &a, &b, &c)
    CHECK_INTEGER(sync_u8, struct sync_u8, uint8_t)
    CHECK_INTEGER(sync_u32, struct sync_u32, uint32_t)
    CHECK_INTEGER(sync_u64, struct sync_u64, uint64_t)
    CHECK_INTEGER(sync_size, struct sync_size, size_t)
}

static void a_flag_is_taken_by_one(void **state) {
    (void)state;
    struct sync_bool flag = { 0 };
    for (size_t i = 0; i < 5; i++) {
        assert_false(sync_bool_exchange(&flag, true, all[i]));
        bool found = false;
        assert_false(sync_bool_compare_exchange(&flag, &found, true, all[i]));
        assert_true(found);
        assert_true(sync_bool_compare_exchange(&flag, &found, false, all[i]));
    }
    sync_bool_store(&flag, true, SYNC_RELEASE);
    assert_true(sync_bool_load(&flag, SYNC_ACQUIRE));
}

enum { ROUNDS = 20000, THREADS = 4 };
static struct { struct sync_u64 sum; struct sync_u32 largest; struct sync_u8 parity; } shared;

static void count(void *argument) {
    uint32_t number = *(const uint32_t *)argument;
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        sync_u64_add(&shared.sum, i, SYNC_RELAXED);
        sync_u32_max(&shared.largest, i * THREADS + number, SYNC_RELAXED);
        sync_u8_xor(&shared.parity, (uint8_t)(1u << number), SYNC_RELAXED);
    }
    sync_u8_xor(&shared.parity, (uint8_t)(1u << number), SYNC_RELAXED);
}

static void nothing_is_lost_between_threads(void **state) {
    (void)state;
    struct sync_thread threads[THREADS];
    uint32_t numbers[THREADS];
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    for (uint32_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(sync_thread_start(&threads[i], &options, count, &numbers[i]), STATUS_OK);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        sync_thread_join(&threads[i]);
    }
    assert_int_equal(sync_u64_load(&shared.sum, SYNC_RELAXED),
                     (uint64_t)THREADS * ROUNDS * (ROUNDS + 1) / 2);
    assert_int_equal(sync_u32_load(&shared.largest, SYNC_RELAXED),
                     ROUNDS * THREADS + THREADS - 1);
    assert_int_equal(sync_u8_load(&shared.parity, SYNC_RELAXED), (1u << THREADS) - 1);
}

static void orders_that_an_operation_cannot_have_are_told(void **state) {
    (void)state;
    static const bool can_load[] = { true, true, false, false, true };
    static const bool can_store[] = { true, false, true, false, true };
    static const enum sync_order failed[] = { SYNC_RELAXED, SYNC_ACQUIRE, SYNC_RELAXED,
                                              SYNC_ACQUIRE, SYNC_SEQ_CST };
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(sync_order_can_load(all[i]), can_load[i]);
        assert_int_equal(sync_order_can_store(all[i]), can_store[i]);
        assert_int_equal(sync_order_of_failure(all[i]), failed[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_of_every_type_does_what_arithmetic_says),
        cmocka_unit_test(a_flag_is_taken_by_one),
        cmocka_unit_test(nothing_is_lost_between_threads),
        cmocka_unit_test(orders_that_an_operation_cannot_have_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
