/*
 * pack_test.c - packs come back as they went in, and damaged ones do no harm.
 *
 * The oracle for the bytes is a table worked out by hand from
 * docs/formats/index.md; the round trip goes through every count, every width and
 * mixtures with exceptions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../src/pack.h"
#include "sync/random.h"

static void round_trip(const uint32_t *values, uint32_t count) {
    uint8_t bytes[PACK_BYTES_MAX + 1];
    uint32_t back[PACK_VALUES];
    memset(bytes, 0xa5, sizeof(bytes));
    size_t used = pack_encode(bytes, values, count);
    assert_in_range(used, 1, PACK_BYTES_MAX);
    assert_int_equal(0xa5, bytes[used]);
    assert_ptr_equal(bytes + used, pack_decode(bytes, bytes + used, back, count));
    assert_ptr_equal(bytes + used, pack_skip(bytes, bytes + used, count));
    assert_memory_equal(values, back, count * sizeof(*values));
    /* One byte less is no pack. */
    assert_null(pack_decode(bytes, bytes + used - 1, back, count));
    assert_null(pack_skip(bytes, bytes + used - 1, count));
}

static void gives_back_every_count_and_width(void **state) {
    (void)state;
    struct sync_sequence sequence = { 1 };
    uint32_t values[PACK_VALUES];
    for (uint32_t count = 1; count <= PACK_VALUES; count++) {
        for (uint32_t width = 0; width <= 32; width++) {
            for (uint32_t i = 0; i < count; i++) {
                values[i] = (uint32_t)(sync_sequence_next(&sequence) & ((1ull << width) - 1));
            }
            round_trip(values, count);
        }
    }
}

static void gives_back_mixtures_with_exceptions(void **state) {
    (void)state;
    struct sync_sequence sequence = { 2 };
    uint32_t values[PACK_VALUES];
    for (int round = 0; round < 20000; round++) {
        uint32_t count = 1 + (uint32_t)sync_sequence_below(&sequence, PACK_VALUES);
        uint32_t low = (uint32_t)sync_sequence_below(&sequence, 33);
        uint64_t rare = 1 + sync_sequence_below(&sequence, 40);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t width = sync_sequence_below(&sequence, rare) == 0 ? 32 : low;
            values[i] = (uint32_t)(sync_sequence_next(&sequence) & ((1ull << width) - 1));
        }
        round_trip(values, count);
    }
}

static void writes_the_bytes_of_the_format(void **state) {
    (void)state;
    static const struct {
        uint32_t count;
        uint32_t values[6];
        size_t byte_count;
        uint8_t bytes[8];
    } rows[] = {
        { 1, { 0 }, 1, { 0 } },                               /* no bits at all */
        { 1, { 5 }, 2, { 3, 5 } },
        { 3, { 1, 2, 3 }, 2, { 2, 0x39 } },                   /* 11 10 01 */
        { 4, { 255, 0, 255, 1 }, 5, { 8, 255, 0, 255, 1 } },
        { 5, { 0, 0, 0, 0, 0x8000 }, 6, { 0x80, 1, 16, 4, 0, 0x80 } },   /* one exception */
    };
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        uint8_t bytes[PACK_BYTES_MAX];
        assert_int_equal(rows[r].byte_count,
                         pack_encode(bytes, rows[r].values, rows[r].count));
        assert_memory_equal(rows[r].bytes, bytes, rows[r].byte_count);
    }
}

static void interleaves_a_full_pack_in_four_lanes(void **state) {
    (void)state;
    uint32_t values[PACK_VALUES];
    uint8_t bytes[PACK_BYTES_MAX];
    for (uint32_t i = 0; i < PACK_VALUES; i++) {
        values[i] = i % 2;   /* lanes 0 and 2 all zero, lanes 1 and 3 all one */
    }
    static const uint8_t wanted[17] = { 1, 0, 0, 0, 0, 255, 255, 255, 255,
                                        0, 0, 0, 0, 255, 255, 255, 255 };
    assert_int_equal(sizeof(wanted), pack_encode(bytes, values, PACK_VALUES));
    assert_memory_equal(wanted, bytes, sizeof(wanted));
}

static void survives_any_bytes(void **state) {
    (void)state;
    struct sync_sequence sequence = { 3 };
    uint32_t values[PACK_VALUES];
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[96];
        size_t count = sync_sequence_below(&sequence, sizeof(bytes) + 1);
        for (size_t i = 0; i < count; i++) {
            bytes[i] = (uint8_t)sync_sequence_next(&sequence);
        }
        uint32_t wanted = 1 + (uint32_t)sync_sequence_below(&sequence, PACK_VALUES);
        const uint8_t *end = pack_decode(bytes, bytes + count, values, wanted);
        assert_true(end == NULL || (end > bytes && end <= bytes + count));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_every_count_and_width),
        cmocka_unit_test(gives_back_mixtures_with_exceptions),
        cmocka_unit_test(writes_the_bytes_of_the_format),
        cmocka_unit_test(interleaves_a_full_pack_in_four_lanes),
        cmocka_unit_test(survives_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
