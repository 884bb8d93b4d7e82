/*
 * kernels.c - the portable kernels: the meaning of the vector ones.
 *
 * Two channels are worked on at once, in the halves of a 32-bit word.  The loops
 * are plain so that the compiler can widen them.
 */
#include "kernels.h"

#include <string.h>

/* Two channels of 8 bits in 16-bit halves, added, each stopping at 255. */
static inline uint32_t add_pair(uint32_t a, uint32_t b) {
    uint32_t sum = a + b;
    uint32_t over = sum & 0x01000100;
    return (sum | (over - (over >> 8))) & 0x00ff00ff;
}

static inline uint32_t over_pixel(uint32_t to, uint32_t from) {
    uint32_t kept = renderer_scale_pixel(to, 255 - (from >> 24));
    uint32_t even = add_pair(from & 0x00ff00ff, kept & 0x00ff00ff);
    uint32_t odd = add_pair(from >> 8 & 0x00ff00ff, kept >> 8 & 0x00ff00ff);
    return even | odd << 8;
}

static void fill(uint32_t *to, uint32_t colour, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = colour;
    }
}

static void copy(uint32_t *to, const uint32_t *from, size_t count) {
    memcpy(to, from, count * sizeof(*to));
}

static void over(uint32_t *to, const uint32_t *from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = over_pixel(to[i], from[i]);
    }
}

static void over_alpha(uint32_t *to, const uint32_t *from, uint32_t alpha, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = over_pixel(to[i], renderer_scale_pixel(from[i], alpha));
    }
}

static void over_mask(uint32_t *to, const uint32_t *from, const uint8_t *mask, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = over_pixel(to[i], renderer_scale_pixel(from[i], mask[i]));
    }
}

static void blend(uint32_t *to, uint32_t colour, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = over_pixel(to[i], colour);
    }
}

static void blend_mask(uint32_t *to, uint32_t colour, const uint8_t *mask, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = over_pixel(to[i], renderer_scale_pixel(colour, mask[i]));
    }
}

/* Arithmetic shift without relying on how the compiler shifts negative numbers. */
static inline int32_t whole_part(uint32_t fixed) {
    uint32_t shifted = fixed >> RAMP_FRACTION_BITS;
    return (fixed >> 31) != 0 ? (int32_t)shifted - (1 << (32 - RAMP_FRACTION_BITS))
                              : (int32_t)shifted;
}

static inline uint32_t channel_of(uint32_t fixed) {
    int32_t whole = whole_part(fixed);
    return whole < 0 ? 0 : whole > 255 ? 255 : (uint32_t)whole;
}

static void ramp(uint32_t *to, const struct renderer_ramp *ramp, size_t count) {
    uint32_t value[4];
    for (int c = 0; c < 4; c++) {
        value[c] = (uint32_t)ramp->value[c];
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t dither = (uint32_t)ramp->dither[i % DITHER_SIDE];
        uint32_t alpha = channel_of(value[3] + dither);
        uint32_t pixel = alpha << 24;
        for (int c = 0; c < 3; c++) {
            uint32_t colour = channel_of(value[c] + dither);
            pixel |= (colour < alpha ? colour : alpha) << (8 * c);
        }
        to[i] = pixel;
        for (int c = 0; c < 4; c++) {
            value[c] += (uint32_t)ramp->step[c];   /* wraps past the last pixel, unused there */
        }
    }
}

static void stretch(uint16_t *to, const uint32_t *from, const struct renderer_column *columns,
                    size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t left = from[columns[i].left];
        uint32_t right = from[columns[i].right];
        uint32_t weight = columns[i].weight;
        for (int c = 0; c < 4; c++) {
            to[4 * i + (size_t)c] = (uint16_t)((left >> (8 * c) & 255) * (SCALE_ONE - weight) +
                                               (right >> (8 * c) & 255) * weight);
        }
    }
}

static void mix(uint32_t *to, const uint16_t *above, const uint16_t *below, uint32_t weight,
                size_t count) {
    const uint32_t half = 1 << (2 * SCALE_BITS - 1);
    for (size_t i = 0; i < count; i++) {
        uint32_t pixel = 0;
        for (int c = 0; c < 4; c++) {
            uint32_t sum = above[4 * i + (size_t)c] * (SCALE_ONE - weight) +
                           below[4 * i + (size_t)c] * weight + half;
            pixel |= sum >> (2 * SCALE_BITS) << (8 * c);
        }
        to[i] = pixel;
    }
}

static void fade(uint8_t *to, const uint8_t *mask, uint32_t alpha, size_t count) {
    for (size_t i = 0; i < count; i++) {
        to[i] = (uint8_t)renderer_multiply(mask[i], alpha);
    }
}

const struct renderer_kernels renderer_portable_kernels = {
    .fill = fill,
    .copy = copy,
    .over = over,
    .over_alpha = over_alpha,
    .over_mask = over_mask,
    .blend = blend,
    .blend_mask = blend_mask,
    .ramp = ramp,
    .stretch = stretch,
    .mix = mix,
    .fade = fade,
};
