/* inflate_bits.h - the bit reader outside the fast loop: correct at every end of input. */
#ifndef WPNG_INFLATE_BITS_H
#define WPNG_INFLATE_BITS_H

#include <string.h>

#include "base/attr.h"
#include "base/endian.h"
#include "inflate.h"

/*
 * At least 56 bits, or all that are left.  Bits above bit_count may be set; they
 * are then those of the bytes at `in`, so adding these bytes again changes nothing.
 */
static inline void inflate_refill(struct inflate *inflate) {
    if (LIKELY(inflate->in_end - inflate->in >= 8)) {
        inflate->bits |= get_le64(inflate->in) << inflate->bit_count;
        inflate->in += (63 - inflate->bit_count) >> 3;
        inflate->bit_count |= 56;
        return;
    }
    while (inflate->bit_count < 56) {
        if (inflate->in == inflate->in_end && !inflate->next_span(inflate)) {
            return;
        }
        inflate->bits |= (uint64_t)*inflate->in++ << inflate->bit_count;
        inflate->bit_count += 8;
    }
}

static inline void inflate_drop(struct inflate *inflate, uint32_t count) {
    inflate->bits >>= count;
    inflate->bit_count -= count;
}

/* The next `count` bits, at most 32; false when the input ends before. */
static inline bool inflate_take(struct inflate *inflate, uint32_t count, uint32_t *out_value) {
    if (inflate->bit_count < count) {
        inflate_refill(inflate);
        if (inflate->bit_count < count) {
            return false;
        }
    }
    *out_value = (uint32_t)(inflate->bits & ((1ull << count) - 1));
    inflate_drop(inflate, count);
    return true;
}

#endif
