/* pack.c - patched frame of reference; the layout is told in docs/formats/index.md. */
#include "pack.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/attr.h"
#include "base/endian.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "lanes are stored as words");

enum {
    PATCHED = 0x80,          /* in the first byte: a list of exceptions follows */
    WIDTH_MASK = 0x3f,
    LANES = 4,
    ROWS = PACK_VALUES / LANES,
};

/* Four lanes of 32 bits: one vector register on every machine we run on. */
typedef uint32_t lanes __attribute__((vector_size(16)));

struct pack_shape {
    uint32_t width;           /* bits kept in place */
    uint32_t exceptions;      /* values with more */
    uint32_t high_width;      /* bits of the longest rest */
};

static uint32_t bit_width(uint32_t value) {
    return value == 0 ? 0 : 32 - (uint32_t)__builtin_clz(value);
}

static size_t bits_to_bytes(size_t bits) {
    return (bits + 7) / 8;
}

static size_t low_bytes(uint32_t width, uint32_t count) {
    return count == PACK_VALUES ? (size_t)width * (PACK_VALUES / 8)
                                : bits_to_bytes((size_t)width * count);
}

static size_t shape_bytes(const struct pack_shape *shape, uint32_t count) {
    size_t bytes = 1 + low_bytes(shape->width, count);
    if (shape->exceptions > 0) {
        bytes += 2 + shape->exceptions +
                 bits_to_bytes((size_t)shape->exceptions * shape->high_width);
    }
    return bytes;
}

/* The cheapest width; looks at no width that is cheaper only in theory. */
static struct pack_shape choose_shape(const uint32_t *values, uint32_t count) {
    uint8_t histogram[33] = { 0 };
    uint32_t all = 0;
    for (uint32_t i = 0; i < count; i++) {
        histogram[bit_width(values[i])]++;
        all |= values[i];
    }
    uint32_t widest = bit_width(all);
    struct pack_shape best = { .width = widest };
    size_t best_bytes = shape_bytes(&best, count);
    uint32_t above = 0;
    for (uint32_t width = widest; width-- > 0;) {
        above += histogram[width + 1];
        struct pack_shape shape = { width, above, widest - width };
        size_t bytes = shape_bytes(&shape, count);
        if (above >= PACK_VALUES) {
            break;
        }
        if (bytes <= best_bytes) {
            best = shape;
            best_bytes = bytes;
        }
        if (above > count / 2) {
            break;   /* more exceptions only cost from here on */
        }
    }
    return best;
}

/* Append `width` low bits of each value to a bit string. */
static uint8_t *put_bits(uint8_t *out, const uint32_t *values, uint32_t count, uint32_t width) {
    uint64_t bits = 0;
    uint32_t held = 0;
    uint64_t mask = (UINT64_C(1) << width) - 1;
    for (uint32_t i = 0; i < count; i++) {
        bits |= (values[i] & mask) << held;
        held += width;
        for (; held >= 8; held -= 8, bits >>= 8) {
            *out++ = (uint8_t)bits;
        }
    }
    if (held > 0) {
        *out++ = (uint8_t)bits;
    }
    return out;
}

static void get_bits(const uint8_t *p, uint32_t *values, uint32_t count, uint32_t width) {
    uint64_t bits = 0;
    uint32_t held = 0;
    uint64_t mask = (UINT64_C(1) << width) - 1;
    for (uint32_t i = 0; i < count; i++) {
        for (; held < width; held += 8) {
            bits |= (uint64_t)*p++ << held;
        }
        values[i] = (uint32_t)(bits & mask);
        bits >>= width;
        held -= width;
    }
}

/* 32 rows of four values: row r of lane l is value 4 r + l. */
static uint8_t *put_lanes(uint8_t *out, const uint32_t *values, uint32_t width) {
    if (width == 0) {
        return out;
    }
    uint32_t ones = width == 32 ? UINT32_MAX : (1u << width) - 1;
    lanes word = { 0 };
    uint32_t held = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        lanes value;
        memcpy(&value, values + row * LANES, sizeof(value));
        value &= ones;
        word |= value << held;
        held += width;
        if (held >= 32) {
            memcpy(out, &word, sizeof(word));
            out += sizeof(word);
            held -= 32;
            word = held > 0 ? value >> (width - held) : (lanes){ 0 };
        }
    }
    return out;
}

static void get_lanes(const uint8_t *p, uint32_t *values, uint32_t width) {
    if (width == 0) {
        memset(values, 0, PACK_VALUES * sizeof(*values));
        return;
    }
    uint32_t ones = width == 32 ? UINT32_MAX : (1u << width) - 1;
    lanes word;
    memcpy(&word, p, sizeof(word));
    uint32_t used = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        lanes value = word >> used;
        used += width;
        if (used >= 32 && row + 1 < ROWS) {
            p += sizeof(word);
            memcpy(&word, p, sizeof(word));
            used -= 32;
            if (used > 0) {
                value |= word << (width - used);
            }
        }
        value &= ones;
        memcpy(values + row * LANES, &value, sizeof(value));
    }
}

/* The exceptions' indices, then the bits that did not fit. */
static uint8_t *put_exceptions(uint8_t *out, const uint32_t *values, uint32_t count,
                               const struct pack_shape *shape) {
    uint32_t high[PACK_VALUES];
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] >> shape->width != 0) {
            high[found++] = values[i] >> shape->width;
            *out++ = (uint8_t)i;
        }
    }
    ASSERT(found == shape->exceptions);
    return put_bits(out, high, found, shape->high_width);
}

size_t pack_encode(uint8_t *out, const uint32_t *values, uint32_t count) {
    ASSERT(count > 0 && count <= PACK_VALUES);
    struct pack_shape shape = choose_shape(values, count);
    uint8_t *p = out;
    *p++ = (uint8_t)(shape.width | (shape.exceptions > 0 ? PATCHED : 0));
    if (shape.exceptions > 0) {
        *p++ = (uint8_t)shape.exceptions;
        *p++ = (uint8_t)shape.high_width;
    }
    p = count == PACK_VALUES ? put_lanes(p, values, shape.width)
                             : put_bits(p, values, count, shape.width);
    if (shape.exceptions > 0) {
        p = put_exceptions(p, values, count, &shape);
    }
    return (size_t)(p - out);
}

/* The header of a pack whose every byte is inside [p, end), or false. */
static bool read_shape(const uint8_t *p, const uint8_t *end, uint32_t count,
                       struct pack_shape *out_shape) {
    size_t room = (size_t)(end - p);
    if (room < 1) {
        return false;
    }
    struct pack_shape shape = { .width = p[0] & WIDTH_MASK };
    if ((p[0] & ~(PATCHED | WIDTH_MASK)) != 0 || shape.width > 32) {
        return false;
    }
    if ((p[0] & PATCHED) != 0) {
        if (room < 3) {
            return false;
        }
        shape.exceptions = p[1];
        shape.high_width = p[2];
        if (shape.exceptions == 0 || shape.exceptions > count || shape.high_width == 0 ||
            shape.width + shape.high_width > 32) {
            return false;
        }
    }
    *out_shape = shape;
    return shape_bytes(&shape, count) <= room;
}

static bool apply_exceptions(const uint8_t *p, uint32_t *values, uint32_t count,
                             const struct pack_shape *shape) {
    uint32_t high[PACK_VALUES];
    get_bits(p + shape->exceptions, high, shape->exceptions, shape->high_width);
    for (uint32_t i = 0; i < shape->exceptions; i++) {
        if (p[i] >= count) {
            return false;
        }
        values[p[i]] |= high[i] << shape->width;
    }
    return true;
}

const uint8_t *pack_decode(const uint8_t *p, const uint8_t *end, uint32_t *values,
                           uint32_t count) {
    ASSERT(count > 0 && count <= PACK_VALUES);
    struct pack_shape shape;
    if (!read_shape(p, end, count, &shape)) {
        return NULL;
    }
    const uint8_t *low = p + (shape.exceptions > 0 ? 3 : 1);
    if (count == PACK_VALUES) {
        get_lanes(low, values, shape.width);
    } else {
        get_bits(low, values, count, shape.width);
    }
    if (shape.exceptions > 0 &&
        !apply_exceptions(low + low_bytes(shape.width, count), values, count, &shape)) {
        return NULL;
    }
    return p + shape_bytes(&shape, count);
}

const uint8_t *pack_skip(const uint8_t *p, const uint8_t *end, uint32_t count) {
    struct pack_shape shape;
    return read_shape(p, end, count, &shape) ? p + shape_bytes(&shape, count) : NULL;
}
