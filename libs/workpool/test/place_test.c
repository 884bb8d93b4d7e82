/*
 * place_test.c - which CPUs helpers are given, on machines this one need not be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "../src/pool.h"

/* CPUs first, first + step, ... */
static struct place machine(uint32_t count, int first, int step, int caller_cpu) {
    struct place place = { .count = count, .caller_cpu = caller_cpu };
    for (uint32_t i = 0; i < count; i++) {
        place.cpus[i] = first + (int)i * step;
    }
    return place;
}

static void no_helper_gets_the_callers_cpu_or_that_of_another(void **state) {
    (void)state;
    for (uint32_t count = 2; count <= 40; count++) {
        for (uint32_t workers = 2; workers <= count && workers <= 16; workers++) {
            for (uint32_t here = 0; here < count; here++) {
                struct place place = machine(count, 3, 5, 3 + (int)here * 5);
                int cpus[WORKPOOL_WORKERS_MAX];
                uint64_t seen[4] = { 0 };
                place_choose(&place, workers, cpus);
                assert_int_equal(place.caller_cpu, cpus[0]);
                for (uint32_t i = 0; i < workers; i++) {
                    assert_true(cpus[i] >= 3 && (cpus[i] - 3) % 5 == 0);
                    uint32_t at = (uint32_t)(cpus[i] - 3) / 5;
                    assert_true(at < count);
                    assert_true((seen[at / 64] >> at % 64 & 1) == 0);
                    seen[at / 64] |= UINT64_C(1) << at % 64;
                }
            }
        }
    }
}

static void callers_on_different_cpus_have_helpers_on_different_cpus(void **state) {
    (void)state;
    uint32_t helpers_on[64] = { 0 };
    for (int here = 0; here < 64; here++) {   /* 64 processes of two workers, one a CPU */
        struct place place = machine(64, 0, 1, here);
        int cpus[2];
        place_choose(&place, 2, cpus);
        helpers_on[cpus[1]]++;
        assert_int_equal((here + 1) % 64, cpus[1]);   /* near its caller */
    }
    for (int cpu = 0; cpu < 64; cpu++) {
        assert_int_equal(1, helpers_on[cpu]);
    }
}

static void a_caller_of_unknown_place_still_gets_helpers_apart(void **state) {
    (void)state;
    static const int rows[] = { SYNC_CPU_ANY, 1, 200 };   /* 1 and 200 are not allowed */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct place place = machine(4, 2, 2, rows[i]);
        int cpus[4];
        place_choose(&place, 4, cpus);
        int want[] = { 2, 4, 6, 8 };
        assert_memory_equal(want, cpus, sizeof(want));
    }
}

static void nothing_is_pinned_with_fewer_cpus_than_workers(void **state) {
    (void)state;
    static const uint32_t rows[][2] = { { 1, 1 }, { 8, 1 }, { 1, 2 }, { 2, 3 }, { 15, 16 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct place place = machine(rows[i][0], 0, 1, 0);
        int cpus[WORKPOOL_WORKERS_MAX];
        place_choose(&place, rows[i][1], cpus);
        for (uint32_t w = 0; w < rows[i][1]; w++) {
            assert_int_equal(SYNC_CPU_ANY, cpus[w]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_helper_gets_the_callers_cpu_or_that_of_another),
        cmocka_unit_test(callers_on_different_cpus_have_helpers_on_different_cpus),
        cmocka_unit_test(a_caller_of_unknown_place_still_gets_helpers_apart),
        cmocka_unit_test(nothing_is_pinned_with_fewer_cpus_than_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
