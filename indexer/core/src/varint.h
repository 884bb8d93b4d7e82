/*
 * varint.h - unsigned numbers in 1 to 10 bytes, seven bits each, low bits first.
 *
 * Units:    none
 * Shapes:   the top bit of a byte says that another follows; a reader accepts
 *           only the shortest form, so each number has one spelling
 * Threads:  pure functions
 * Memory:   none
 * Errors:   NULL from a reader when the bytes end early or spell no number
 * Source:   docs/formats/index.md
 * Depends:  none
 */
#ifndef INDEXER_VARINT_H
#define INDEXER_VARINT_H

#include <stdint.h>

enum { VARINT_BYTES_MAX = 10 };

/* The byte behind what was written. */
static inline uint8_t *varint_put(uint8_t *p, uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        *p++ = (uint8_t)(value | 0x80);
    }
    *p++ = (uint8_t)value;
    return p;
}

static inline const uint8_t *varint_get64(const uint8_t *p, const uint8_t *end,
                                          uint64_t *out_value) {
    uint64_t value = 0;
    for (uint32_t shift = 0; p < end && shift < 64; shift += 7) {
        uint8_t byte = *p++;
        if (shift == 63 && byte > 1) {
            return 0;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out_value = value;
            return byte == 0 && shift > 0 ? 0 : p;
        }
    }
    return 0;
}

static inline const uint8_t *varint_get(const uint8_t *p, const uint8_t *end,
                                        uint32_t *out_value) {
    if (p < end && *p < 0x80) {
        *out_value = *p;
        return p + 1;
    }
    uint64_t value;
    p = varint_get64(p, end, &value);
    if (p == 0 || value > UINT32_MAX) {
        return 0;
    }
    *out_value = (uint32_t)value;
    return p;
}

#endif
