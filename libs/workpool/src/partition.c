/* partition.c - cutting pictures and ranges. */
#include "workpool/partition.h"

#include "base/assert.h"

static uint32_t parts(uint32_t whole, uint32_t grain) {
    return whole / grain + (whole % grain != 0);
}

static uint32_t shorter(uint32_t left, uint32_t grain) {
    return left < grain ? left : grain;
}

struct workpool_tiles workpool_tiles_cut(uint32_t width, uint32_t height, uint32_t tile_width,
                                         uint32_t tile_height) {
    ASSERT(tile_width > 0 && tile_height > 0);
    return (struct workpool_tiles){
        .width = width, .height = height, .tile_width = tile_width, .tile_height = tile_height,
        .columns = parts(width, tile_width), .rows = parts(height, tile_height) };
}

uint64_t workpool_tiles_count(const struct workpool_tiles *tiles) {
    return (uint64_t)tiles->columns * tiles->rows;
}

struct workpool_tile workpool_tiles_at(const struct workpool_tiles *tiles, uint64_t number) {
    ASSERT(number < workpool_tiles_count(tiles));
    uint32_t column = (uint32_t)(number % tiles->columns);
    uint32_t row = (uint32_t)(number / tiles->columns);
    struct workpool_tile tile = { .x = column * tiles->tile_width, .y = row * tiles->tile_height };
    tile.width = shorter(tiles->width - tile.x, tiles->tile_width);
    tile.height = shorter(tiles->height - tile.y, tiles->tile_height);
    return tile;
}

uint64_t workpool_segment_count(uint64_t total, uint64_t grain) {
    ASSERT(grain > 0);
    return total / grain + (total % grain != 0);
}

struct workpool_segment workpool_segment_at(uint64_t total, uint64_t grain, uint64_t number) {
    ASSERT(number < workpool_segment_count(total, grain));
    uint64_t begin = number * grain;
    uint64_t length = total - begin < grain ? total - begin : grain;
    return (struct workpool_segment){ .begin = begin, .end = begin + length };
}
