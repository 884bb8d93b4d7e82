/*
 * renderer/hash.h - fingerprints of a picture: one for each 64 x 64 tile, one for all.
 *
 * Two frames that differ are told apart by their digests; which tiles differ says
 * where to look, without keeping pictures.  Tiles at the right and bottom edge
 * are as small as what is left.
 *
 * Parallel: partition = rows of tiles; reduction = tile hashes at their row-major
 *           number, the digest folded over them in that order; caps = 16 KiB of stack
 *           a row of tiles; proof = renderer/test/hash_test.c
 *           hashes_are_the_same_at_any_number_of_workers
 *
 * Units:    tiles are numbered row-major from the top left
 * Shapes:   any picture_format; the bytes of a tile are its rows one after the other
 * Threads:  calls share nothing
 * Memory:   the grid's hashes are one allocation, freed by renderer_grid_finish()
 * Errors:   STATUS_NO_MEMORY
 * Source:   XXH64 with seed 0; SHA-256
 * Depends:  base, sync, picture, workpool
 */
#ifndef RENDERER_HASH_H
#define RENDERER_HASH_H

#include <stdint.h>

#include "base/attr.h"
#include "base/digest.h"
#include "base/status.h"
#include "picture/image.h"
#include "workpool/workpool.h"

enum { RENDERER_TILE_SIDE = 64 };

struct renderer_grid {
    uint32_t columns;
    uint32_t rows;
    uint64_t *tiles;                 /* rows * columns hashes, row-major */
    uint8_t digest[DIGEST_BYTES];    /* SHA-256 of width, height and tiles, little endian */
};

/* Hash a picture.  On failure *out_grid is empty.  `pool` may be NULL. */
MUST_CHECK enum status renderer_grid_create(const struct picture_view *view,
                                            struct workpool *pool,
                                            struct renderer_grid *out_grid);

/* An empty grid is ignored. */
void renderer_grid_finish(struct renderer_grid *grid);

#endif
