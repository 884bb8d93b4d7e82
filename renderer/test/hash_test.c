/*
 * hash_test.c - tile hashes and frame digests.
 *
 * A picture of one tile must have the published value of XXH64 over its bytes; larger
 * ones are compared with tiles cut out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "renderer/hash.h"
#include "renderer/render.h"
#include "sync/fault.h"
#include "sync/memory.h"

static struct picture_view picture(uint32_t width, uint32_t height) {
    struct picture_view view;
    assert_int_equal(STATUS_OK, picture_image_create(width, height, PICTURE_ARGB32, &view));
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width * 4; x++) {
            picture_row(&view, y)[x] = (uint8_t)(x * 31 + y * 17 + (x * y >> 3));
        }
    }
    return view;
}

static void each_tile_has_the_hash_of_its_rows(void **state) {
    (void)state;
    struct picture_view view = picture(150, 70);
    struct renderer_grid grid;
    assert_int_equal(STATUS_OK, renderer_grid_create(&view, NULL, &grid));
    assert_int_equal(3, grid.columns);
    assert_int_equal(2, grid.rows);
    uint8_t corner[22 * 4 * 6];   /* the last tile: 22 x 6 pixels */
    for (uint32_t y = 0; y < 6; y++) {
        memcpy(corner + y * 88, picture_row(&view, 64 + y) + 128 * 4, 88);
    }
    assert_true(grid.tiles[5] == hash_64(corner, sizeof(corner), 0));
    renderer_grid_finish(&grid);
    picture_image_destroy(&view);
}

static void one_changed_pixel_changes_its_tile_and_the_digest_alone(void **state) {
    (void)state;
    struct picture_view view = picture(200, 200);
    struct renderer_grid before, after;
    assert_int_equal(STATUS_OK, renderer_grid_create(&view, NULL, &before));
    picture_row(&view, 130)[70 * 4] ^= 1;
    assert_int_equal(STATUS_OK, renderer_grid_create(&view, NULL, &after));
    for (uint32_t i = 0; i < 16; i++) {
        assert_true((before.tiles[i] != after.tiles[i]) == (i == 2 * 4 + 1));
    }
    assert_memory_not_equal(before.digest, after.digest, DIGEST_BYTES);
    renderer_grid_finish(&before);
    renderer_grid_finish(&after);
    picture_image_destroy(&view);
}

static void hashes_are_the_same_at_any_number_of_workers(void **state) {
    (void)state;
    static const uint32_t counts[] = { 1, 2, 3, 4, 8 };
    static const struct workpool_kind_set *const sets[] = { &renderer_kinds };
    struct picture_view view = picture(500, 700);
    struct renderer_grid want;
    assert_int_equal(STATUS_OK, renderer_grid_create(&view, NULL, &want));
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct workpool_options options = { .name = "test", .workers = counts[i],
                                            .kind_sets = sets, .kind_set_count = 1 };
        struct workpool *pool;
        struct renderer_grid have;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        assert_int_equal(STATUS_OK, renderer_grid_create(&view, pool, &have));
        assert_memory_equal(want.tiles, have.tiles, 8 * 11 * sizeof(*want.tiles));
        assert_memory_equal(want.digest, have.digest, DIGEST_BYTES);
        renderer_grid_finish(&have);
        workpool_destroy(pool);
    }
    renderer_grid_finish(&want);
    picture_image_destroy(&view);
}

static void a_failed_allocation_is_a_status(void **state) {
    (void)state;
    struct picture_view view = picture(100, 100);
    uint64_t live = sync_memory_live();
    struct renderer_grid grid;
    bool met = true;
    for (uint64_t nth = 1; met; nth++) {
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = renderer_grid_create(&view, NULL, &grid);
        met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(met ? STATUS_NO_MEMORY : STATUS_OK, status);
        renderer_grid_finish(&grid);
        assert_true(live == sync_memory_live());
    }
    picture_image_destroy(&view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tile_has_the_hash_of_its_rows),
        cmocka_unit_test(one_changed_pixel_changes_its_tile_and_the_digest_alone),
        cmocka_unit_test(hashes_are_the_same_at_any_number_of_workers),
        cmocka_unit_test(a_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
