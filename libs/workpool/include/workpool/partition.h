/*
 * workpool/partition.h - how pictures, byte ranges and key ranges are cut.
 *
 * Pure functions of size and grain: the same cut on every machine.
 *
 * Units:    pixels for tiles, bytes or items for segments
 * Shapes:   tiles are numbered row-major from the top left; the last row and
 *           column may be smaller; every pixel and item is in exactly one part
 * Threads:  pure functions
 * Memory:   plain values
 * Errors:   none; a zero grain asserts
 * Source:   seed 000, rule 3
 * Depends:  base
 */
#ifndef WORKPOOL_PARTITION_H
#define WORKPOOL_PARTITION_H

#include <stdint.h>

/* A picture cut into tiles.  A tile as wide as the picture is a band. */
struct workpool_tiles {
    uint32_t width;          /* of the picture */
    uint32_t height;
    uint32_t tile_width;     /* at least 1 */
    uint32_t tile_height;
    uint32_t columns;        /* derived by workpool_tiles_cut() */
    uint32_t rows;
};

struct workpool_tile {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
};

struct workpool_tiles workpool_tiles_cut(uint32_t width, uint32_t height, uint32_t tile_width,
                                         uint32_t tile_height);

/* Number of tiles, 0 for an empty picture. */
uint64_t workpool_tiles_count(const struct workpool_tiles *tiles);

/* The tile of that number in row-major order. */
struct workpool_tile workpool_tiles_at(const struct workpool_tiles *tiles, uint64_t number);

struct workpool_segment {
    uint64_t begin;
    uint64_t end;
};

/* Segment `number` of `total` items in pieces of `grain`. */
struct workpool_segment workpool_segment_at(uint64_t total, uint64_t grain, uint64_t number);
uint64_t workpool_segment_count(uint64_t total, uint64_t grain);

#endif
