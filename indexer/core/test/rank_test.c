/*
 * rank_test.c - the integers of rank.h against rational arithmetic.
 *
 * Floors are checked by multiplying back in 128 bits: q is floor(a / b) exactly when
 * q * b <= a < (q + 1) * b.  Logarithms are checked by long doubles from both sides.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../src/rank.h"
#include "../src/segment.h"
#include "../src/wide.h"

static const uint64_t samples[][2] = {   /* documents, sum of lengths */
    { 1, 1 }, { 1, 0 }, { 3, 1000 }, { 118838, 62800000 }, { 1400, 130000 },
    { UINT64_C(1) << 31, UINT64_C(1) << 40 }, { 1000000, 7 },
};

static void k_and_saturation_are_the_floors_of_the_exact_values(void **state) {
    (void)state;
    static struct rank_table table;
    for (size_t s = 0; s < COUNT_OF(samples); s++) {
        uint64_t n = samples[s][0];
        uint64_t t = samples[s][1] > 0 ? samples[s][1] : 1;
        rank_table_init(&table, n, samples[s][1]);
        for (uint32_t norm = 0; norm < RANK_NORMS; norm++) {
            uint64_t length = segment_norm_length((uint8_t)norm);
            /* k1 (1 - b + b len / mean) = 3/10 + 9/10 len n / t */
            wide_u128 top = ((wide_u128)9 * length * n + (wide_u128)3 * t) << 16;
            wide_u128 bottom = (wide_u128)10 * t;
            wide_u128 k = table.k_q16[norm];
            assert_true(k * bottom <= top);
            assert_true(k == UINT32_MAX || top < (k + 1) * bottom);
            static const uint32_t tfs[] = { 1, 2, 3, 15, 16, 17, 1000, 1 << 20, UINT32_MAX };
            for (size_t i = 0; i < COUNT_OF(tfs); i++) {
                wide_u128 saturation = rank_saturation(&table, tfs[i], (uint8_t)norm);
                wide_u128 divisor = ((wide_u128)tfs[i] << 16) + k;
                assert_true(saturation * divisor <= (wide_u128)tfs[i] << 32);
                assert_true((wide_u128)tfs[i] << 32 < (saturation + 1) * divisor);
                assert_true(saturation < 65536 || k == 0);
            }
            assert_int_equal(0, rank_saturation(&table, 0, (uint8_t)norm));
        }
    }
}

static void saturation_grows_with_frequency_and_falls_with_length(void **state) {
    (void)state;
    static struct rank_table table;
    rank_table_init(&table, 118838, 62800000);
    for (uint32_t norm = 0; norm < RANK_NORMS; norm++) {
        for (uint32_t tf = 1; tf < 3000; tf++) {
            uint32_t here = rank_saturation(&table, tf, (uint8_t)norm);
            assert_true(here >= rank_saturation(&table, tf - 1, (uint8_t)norm));
            assert_true(norm == 0 || here <= rank_saturation(&table, tf, (uint8_t)(norm - 1)));
        }
    }
}

static void expect_log(uint64_t x) {
    uint64_t log = rank_log2_q32(x);
    long double exact = log2l((long double)x) * 4294967296.0L;
    /* Rounded down, and no more than a unit too low besides. */
    assert_true((long double)log <= exact + 1e-6L);
    assert_true((long double)log > exact - 2.0L);
}

static void logarithms_are_right_to_a_unit(void **state) {
    (void)state;
    for (uint32_t bit = 0; bit < 64; bit++) {
        assert_true(rank_log2_q32(UINT64_C(1) << bit) == (uint64_t)bit << 32);
    }
    for (uint64_t x = 1; x < 100000; x++) {
        expect_log(x);
    }
    for (uint64_t x = 3; x < UINT64_C(1) << 40; x = x * 5 / 3 + 7) {
        expect_log(x);
    }
}

static void rare_terms_weigh_more(void **state) {
    (void)state;
    assert_int_equal(0, rank_idf(UINT32_MAX, UINT32_MAX));
    assert_int_equal(0, rank_idf(0, 0) >> 17);
    uint32_t before = UINT32_MAX;
    for (uint64_t df = 0; df <= 5000; df++) {
        uint32_t idf = rank_idf(5000, df);
        long double exact = log2l((2 * 5000.0L + 2) / (2 * (long double)df + 1)) * 65536;
        assert_true(idf <= before);
        assert_true((long double)idf <= exact + 1e-3L && (long double)idf > exact - 1.01L);
        before = idf;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(k_and_saturation_are_the_floors_of_the_exact_values),
        cmocka_unit_test(saturation_grows_with_frequency_and_falls_with_length),
        cmocka_unit_test(logarithms_are_right_to_a_unit),
        cmocka_unit_test(rare_terms_weigh_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
