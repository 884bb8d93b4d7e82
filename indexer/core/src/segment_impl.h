/*
 * segment_impl.h - small readers that the segment's files share.
 *
 * Units:    offsets in bytes from the begin of a part
 * Shapes:   none
 * Threads:  pure functions
 * Memory:   none
 * Errors:   none
 * Source:   none
 * Depends:  base
 */
#ifndef INDEXER_SEGMENT_IMPL_H
#define INDEXER_SEGMENT_IMPL_H

#include "base/endian.h"
#include "segment_format.h"
#include "varint.h"

static inline const uint8_t *segment_part(const struct segment *segment, enum segment_part part) {
    return segment->bytes + segment->parts[part].offset;
}

static inline const uint8_t *segment_part_end(const struct segment *segment,
                                              enum segment_part part) {
    return segment_part(segment, part) + segment->parts[part].count;
}

/* The place in the file of a byte of the image. */
static inline uint64_t segment_place(const struct segment *segment, const uint8_t *p) {
    return (uint64_t)(p - segment->bytes);
}

/* Order of byte strings: the shorter first among equals. */
int segment_compare(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes);

/*
 * Apply one front-coded entry at `p` to text[*count]: common bytes, then new ones.
 * NULL when it does not fit in `room` or in the bytes before `end`.
 */
const uint8_t *segment_front_coded(const uint8_t *p, const uint8_t *end, uint8_t *text,
                                   uint32_t *count, uint32_t room);

#endif
