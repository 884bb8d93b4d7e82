/* memory_test.c - the heap that can be made to fail, and randomness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/random.h"

static void pieces_are_aligned_counted_and_freed(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    for (size_t align = 16; align <= 4096; align *= 2) {
        uint8_t *piece = sync_alloc_aligned(100, align);
        assert_non_null(piece);
        assert_int_equal(0, (uintptr_t)piece % align);
        memset(piece, 1, 100);
        assert_int_equal(live + 1, sync_memory_live());
        sync_free(piece);
    }
    void *empty = sync_alloc(0);
    assert_non_null(empty);
    sync_free(empty);
    sync_free(NULL);
    assert_int_equal(live, sync_memory_live());
}

static void zeroed_pieces_are_zero_and_too_many_items_are_refused(void **state) {
    (void)state;
    uint8_t *piece = sync_alloc_zero(50, 3);
    assert_non_null(piece);
    for (int i = 0; i < 150; i++) {
        assert_int_equal(0, piece[i]);
    }
    sync_free(piece);
    assert_null(sync_alloc_zero(SIZE_MAX / 2, 3));
    assert_null(sync_alloc_aligned(SIZE_MAX - 3, 64));
}

static void a_resized_piece_keeps_its_bytes_and_a_failed_one_its_place(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    char *piece = sync_resize(NULL, 4);
    memcpy(piece, "abc", 4);
    piece = sync_resize(piece, 4000);
    assert_string_equal("abc", piece);
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, false);
    assert_null(sync_resize(piece, 8000));
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    assert_string_equal("abc", piece);
    sync_free(piece);
    assert_int_equal(live, sync_memory_live());
}

static void the_armed_request_fails_and_no_other(void **state) {
    (void)state;
    sync_fault_arm(SYNC_FAULT_MEMORY, 3, false);
    for (int i = 1; i <= 5; i++) {
        void *piece = sync_alloc(8);
        assert_int_equal(i == 3, piece == NULL);
        sync_free(piece);
    }
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    sync_fault_arm(SYNC_FAULT_MEMORY, 2, true);
    for (int i = 1; i <= 5; i++) {
        void *piece = sync_alloc_zero(1, 8);
        assert_int_equal(i >= 2, piece == NULL);
        sync_free(piece);
    }
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    sync_fault_arm(SYNC_FAULT_MEMORY, 9, false);
    assert_false(sync_fault_disarm(SYNC_FAULT_MEMORY));
}

static void a_seeded_sequence_gives_the_published_numbers(void **state) {
    (void)state;
    struct sync_sequence sequence = { 1234567 };   /* the reference program's example */
    static const uint64_t want[] = { UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                     UINT64_C(9817491932198370423) };
    for (int i = 0; i < 3; i++) {
        assert_true(sync_sequence_next(&sequence) == want[i]);
    }
    for (uint64_t bound = 1; bound < 100; bound++) {
        assert_true(sync_sequence_below(&sequence, bound) < bound);
    }
}

static void random_bytes_are_written_over_the_whole_length(void **state) {
    (void)state;
    uint8_t bytes[4096] = { 0 };
    assert_int_equal(STATUS_OK, sync_random_fill(bytes, sizeof(bytes)));
    size_t zeros = 0;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        zeros += bytes[i] == 0;
    }
    assert_true(zeros < 100);   /* 16 expected */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_counted_and_freed),
        cmocka_unit_test(zeroed_pieces_are_zero_and_too_many_items_are_refused),
        cmocka_unit_test(a_resized_piece_keeps_its_bytes_and_a_failed_one_its_place),
        cmocka_unit_test(the_armed_request_fails_and_no_other),
        cmocka_unit_test(a_seeded_sequence_gives_the_published_numbers),
        cmocka_unit_test(random_bytes_are_written_over_the_whole_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
