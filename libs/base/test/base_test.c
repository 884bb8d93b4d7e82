/*
 * base_test.c - the small promises of libs/base.
 *
 * Expected values are published test vectors or arithmetic done by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/checked.h"
#include "base/cpu.h"
#include "base/cursor.h"
#include "base/diag.h"
#include "base/digest.h"
#include "base/endian.h"
#include "base/hash.h"
#include "base/status.h"

static void crc32c_gives_the_published_values(void **state) {
    (void)state;
    uint8_t zeros[32] = { 0 };
    assert_int_equal(0x8a9136aa, hash_crc32c(0, zeros, 32));          /* RFC 3720 B.4 */
    assert_int_equal(0xe3069283, hash_crc32c(0, "123456789", 9));     /* the check value */
    uint32_t first = hash_crc32c(0, "1234", 4);
    assert_int_equal(0xe3069283, hash_crc32c(first, "56789", 5));
}

/* Bit by bit, as the standard has it. */
static uint32_t plain_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
    crc = ~crc;
    for (size_t i = 0; i < count * 8; i++) {
        uint32_t bit = (crc ^ (uint32_t)(bytes[i / 8] >> i % 8)) & 1;
        crc = crc >> 1 ^ (bit != 0 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

static void crc32c_is_the_same_at_every_level_length_and_alignment(void **state) {
    (void)state;
    uint8_t bytes[128];
    enum cpu_level level = cpu_level();
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 151 + (i >> 3));
    }
    for (size_t from = 0; from < 16; from++) {
        for (size_t count = 0; count <= sizeof(bytes) - 16; count++) {
            uint32_t start = (uint32_t)(from * 2654435761u + count);
            uint32_t wanted = plain_crc32c(start, bytes + from, count);
            assert_int_equal(wanted, hash_crc32c(start, bytes + from, count));
            cpu_set_level(CPU_PORTABLE);
            assert_int_equal(wanted, hash_crc32c(start, bytes + from, count));
            cpu_set_level(level);
        }
    }
}

static void hash_64_gives_the_published_value(void **state) {
    (void)state;
    assert_true(hash_64("", 0, 0) == 0xef46db3751d8e999u);
}

static void sha256_gives_the_published_value(void **state) {
    (void)state;
    struct digest_state digest;
    uint8_t bytes[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    digest_init(&digest);
    digest_update(&digest, "a", 1);
    digest_update(&digest, "bc", 2);
    digest_finish(&digest, bytes);
    digest_text(bytes, text);
    assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", text);
}

static void a_cursor_stands_still_at_the_first_read_that_does_not_fit(void **state) {
    (void)state;
    static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7 };
    struct cursor cursor = cursor_over(bytes, sizeof(bytes));
    assert_int_equal(0x0102, cursor_be16(&cursor));
    assert_int_equal(0x06050403, cursor_le32(&cursor));
    assert_false(cursor.failed);
    assert_int_equal(0, cursor_be32(&cursor));
    assert_true(cursor.failed);
    assert_int_equal(6, cursor.position);
    assert_int_equal(0, cursor_u8(&cursor));
}

static void an_arena_refuses_what_is_over_its_cap(void **state) {
    (void)state;
    _Alignas(64) uint8_t memory[128];
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    uint8_t *a = arena_take(&arena, 1, 1);
    uint8_t *b = arena_take(&arena, 64, 64);
    assert_ptr_equal(memory, a);
    assert_ptr_equal(memory + 64, b);
    assert_null(arena_take(&arena, 1, 1));
    assert_null(arena_take(&arena, SIZE_MAX, 16));
    size_t mark = 1;
    arena_release(&arena, mark);
    assert_non_null(arena_take(&arena, 100, 1));
    assert_int_equal(128, arena.peak_bytes);
    assert_null(arena_take_zero(&arena, SIZE_MAX / 2, 3));
}

static void checked_sums_refuse_to_wrap(void **state) {
    (void)state;
    size_t out = 7;
    assert_false(checked_add(SIZE_MAX, 1, &out));
    assert_false(checked_mul(SIZE_MAX / 2 + 1, 2, &out));
    assert_int_equal(7, out);
    assert_true(checked_mul(6, 7, &out));
    assert_int_equal(42, out);
}

static void every_status_has_a_name_of_its_own(void **state) {
    (void)state;
    for (int a = 0; a < STATUS_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(status_name((enum status)a), status_name((enum status)b));
        }
    }
    assert_string_equal("unknown", status_name(STATUS_COUNT));
}

static void diag_fail_fills_and_returns(void **state) {
    (void)state;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_LIMIT, diag_fail(&diag, STATUS_LIMIT, 12, "too wide"));
    assert_int_equal(12, diag.offset);
    assert_string_equal("too wide", diag.reason);
    assert_int_equal(STATUS_IO, diag_fail(NULL, STATUS_IO, 0, "x"));
    assert_int_equal(STATUS_NO_MEMORY, diag_no_memory(&diag));
    assert_true(diag.offset == DIAG_NO_OFFSET);
    assert_string_equal("out of memory", diag.reason);
}

static void integers_survive_the_trip_through_bytes(void **state) {
    (void)state;
    uint8_t bytes[8];
    put_le64(bytes, 0x0123456789abcdefu);
    assert_int_equal(0xef, bytes[0]);
    assert_true(get_le64(bytes) == 0x0123456789abcdefu);
    put_be32(bytes, 0x01234567);
    assert_int_equal(0x01, bytes[0]);
    assert_int_equal(0x01234567, get_be32(bytes));
    put_le16(bytes, 0xbeef);
    assert_int_equal(0xefbe, get_be16(bytes));
}

static void the_cpu_level_only_goes_down(void **state) {
    (void)state;
    enum cpu_level machine = cpu_level();
    enum cpu_level level;
    assert_true(cpu_level_from_name("portable", &level));
    cpu_set_level(level);
    assert_int_equal(CPU_PORTABLE, cpu_level());
    cpu_set_level(CPU_AVX512);
    assert_int_equal(machine, cpu_level());
    assert_false(cpu_level_from_name("avx", &level));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_gives_the_published_values),
        cmocka_unit_test(crc32c_is_the_same_at_every_level_length_and_alignment),
        cmocka_unit_test(hash_64_gives_the_published_value),
        cmocka_unit_test(sha256_gives_the_published_value),
        cmocka_unit_test(a_cursor_stands_still_at_the_first_read_that_does_not_fit),
        cmocka_unit_test(an_arena_refuses_what_is_over_its_cap),
        cmocka_unit_test(checked_sums_refuse_to_wrap),
        cmocka_unit_test(every_status_has_a_name_of_its_own),
        cmocka_unit_test(diag_fail_fills_and_returns),
        cmocka_unit_test(integers_survive_the_trip_through_bytes),
        cmocka_unit_test(the_cpu_level_only_goes_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
