/*
 * partition_test.c - cuts cover everything once, in row-major order.
 *
 * Judged by painting a small picture tile by tile, and by tables worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "workpool/partition.h"

enum { SIDE_MAX = 40 };

static void paint(uint8_t picture[SIDE_MAX][SIDE_MAX], const struct workpool_tile *tile) {
    for (uint32_t y = tile->y; y < tile->y + tile->height; y++) {
        for (uint32_t x = tile->x; x < tile->x + tile->width; x++) {
            picture[y][x]++;
        }
    }
}

static void check_cut(uint32_t width, uint32_t height, uint32_t tile_width,
                      uint32_t tile_height) {
    uint8_t picture[SIDE_MAX][SIDE_MAX] = { { 0 } };
    struct workpool_tiles tiles = workpool_tiles_cut(width, height, tile_width, tile_height);
    uint64_t before = 0;
    for (uint64_t i = 0; i < workpool_tiles_count(&tiles); i++) {
        struct workpool_tile tile = workpool_tiles_at(&tiles, i);
        assert_true(tile.width > 0 && tile.width <= tile_width);
        assert_true(tile.height > 0 && tile.height <= tile_height);
        assert_true(tile.x + tile.width <= width && tile.y + tile.height <= height);
        paint(picture, &tile);
        uint64_t position = (uint64_t)tile.y * SIDE_MAX + tile.x + 1;
        assert_true(position > before);   /* row-major */
        before = position;
    }
    for (uint32_t y = 0; y < SIDE_MAX; y++) {
        for (uint32_t x = 0; x < SIDE_MAX; x++) {
            assert_int_equal(x < width && y < height, picture[y][x]);
        }
    }
}

static void tiles_cover_every_pixel_once_in_row_major_order(void **state) {
    (void)state;
    for (uint32_t side = 0; side <= SIDE_MAX; side += 3) {
        for (uint32_t other = 0; other <= SIDE_MAX; other += 7) {
            for (uint32_t tile = 1; tile <= SIDE_MAX + 1; tile += 4) {
                check_cut(side, other, tile, 1 + tile % 9);
                check_cut(side, other, 1 + tile % 5, tile);
            }
        }
    }
}

static void a_large_picture_is_cut_as_worked_out_by_hand(void **state) {
    (void)state;
    struct workpool_tiles tiles = workpool_tiles_cut(3840, 2160, 3840, 32);
    assert_int_equal(68, workpool_tiles_count(&tiles));
    struct workpool_tile last = workpool_tiles_at(&tiles, 67);
    assert_int_equal(2144, last.y);
    assert_int_equal(16, last.height);
    tiles = workpool_tiles_cut(UINT32_MAX, UINT32_MAX, 1, 1);
    assert_true(workpool_tiles_count(&tiles) == (uint64_t)UINT32_MAX * UINT32_MAX);
    last = workpool_tiles_at(&tiles, workpool_tiles_count(&tiles) - 1);
    assert_true(last.x == UINT32_MAX - 1 && last.y == UINT32_MAX - 1);
}

static void segments_cover_every_item_once_in_order(void **state) {
    (void)state;
    for (uint64_t total = 0; total < 50; total++) {
        for (uint64_t grain = 1; grain < 55; grain++) {
            uint64_t at = 0;
            for (uint64_t i = 0; i < workpool_segment_count(total, grain); i++) {
                struct workpool_segment segment = workpool_segment_at(total, grain, i);
                assert_true(segment.begin == at && segment.end > at);
                assert_true(segment.end - at == grain || segment.end == total);
                at = segment.end;
            }
            assert_true(at == total);
        }
    }
    struct workpool_segment last = workpool_segment_at(UINT64_MAX, UINT64_MAX - 1, 1);
    assert_true(last.begin == UINT64_MAX - 1 && last.end == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_cover_every_pixel_once_in_row_major_order),
        cmocka_unit_test(a_large_picture_is_cut_as_worked_out_by_hand),
        cmocka_unit_test(segments_cover_every_item_once_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
