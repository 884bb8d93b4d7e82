/*
 * pack.h - up to 128 small numbers in few bytes (patched frame of reference).
 *
 * A width is chosen so that most values fit; the few that do not keep their low
 * bits in place and their high bits in a list behind.  A full pack of 128 is laid
 * out in four interleaved 32-bit lanes, which any 128-bit vector unit decodes
 * without shuffles; a shorter one is a plain bit string.  The width is the one
 * with the fewest bytes, the smallest such width on a tie, so equal values give
 * equal bytes.
 *
 * Units:    values are 32-bit; counts are values, 1..PACK_VALUES
 * Shapes:   encode writes at most PACK_BYTES_MAX; decode reads inside [p, end)
 * Threads:  pure functions
 * Memory:   none
 * Errors:   NULL from decode and skip when the bytes are no pack of that count
 * Source:   Zukowski et al. 2006 (PFOR); Lemire and Boytsov 2013 (lanes);
 *           docs/formats/index.md, "Packs"
 * Depends:  base
 */
#ifndef INDEXER_PACK_H
#define INDEXER_PACK_H

#include <stddef.h>
#include <stdint.h>

enum {
    PACK_VALUES = 128,
    PACK_BYTES_MAX = 3 + PACK_VALUES * 4 + PACK_VALUES + PACK_VALUES * 4 + 16,
};

/* Bytes written. */
size_t pack_encode(uint8_t *out, const uint32_t *values, uint32_t count);

/* The byte behind the pack, or NULL.  `values` has room for `count`. */
const uint8_t *pack_decode(const uint8_t *p, const uint8_t *end, uint32_t *values,
                           uint32_t count);

/* Like pack_decode(), without the values. */
const uint8_t *pack_skip(const uint8_t *p, const uint8_t *end, uint32_t count);

#endif
