/*
 * kernels.h - the inner loops: a row of pixels at a time.
 *
 * Every set computes the same bytes; kernels_test.c compares each with the
 * portable one at every length and alignment, and that one with pixman.
 *
 *   product of bytes   mul(a, b) = a * b / 255 rounded to nearest
 *   OVER               to = min(255, from + mul(to, 255 - alpha of from)), each channel
 *   masked             from is first multiplied by the mask, channel by channel
 *
 * Units:    `count` in pixels
 * Shapes:   rows do not overlap; no alignment beyond the type's
 * Threads:  pure but for the row written
 * Memory:   none
 * Errors:   none
 * Source:   Porter and Duff 1984; rounding as in pixman
 * Depends:  base/cpu.h
 */
#ifndef RENDERER_KERNELS_H
#define RENDERER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

enum {
    RAMP_FRACTION_BITS = 22,    /* of a gradient's channels */
    DITHER_SIDE = 8,
    SCALE_BITS = 7,             /* of a weight between two neighbouring pixels */
    SCALE_ONE = 1 << SCALE_BITS,
};

/* A stretch of gradient: channel c of pixel i is (value[c] + i * step[c] + dither[i % 8]) >> 22. */
struct renderer_ramp {
    int32_t value[4];        /* blue, green, red, alpha */
    int32_t step[4];
    const int32_t *dither;   /* 8 values */
};

/* Where a column of a scaled image comes from: two neighbours and the right one's weight. */
struct renderer_column {
    uint32_t left;
    uint32_t right;
    uint32_t weight;         /* 0 to SCALE_ONE - 1 */
};

struct renderer_kernels {
    void (*fill)(uint32_t *to, uint32_t colour, size_t count);
    void (*copy)(uint32_t *to, const uint32_t *from, size_t count);
    void (*over)(uint32_t *to, const uint32_t *from, size_t count);
    void (*over_alpha)(uint32_t *to, const uint32_t *from, uint32_t alpha, size_t count);
    void (*over_mask)(uint32_t *to, const uint32_t *from, const uint8_t *mask, size_t count);
    void (*blend)(uint32_t *to, uint32_t colour, size_t count);
    void (*blend_mask)(uint32_t *to, uint32_t colour, const uint8_t *mask, size_t count);
    void (*ramp)(uint32_t *to, const struct renderer_ramp *ramp, size_t count);
    /* Four 16-bit channels a pixel: left * (128 - weight) + right * weight. */
    void (*stretch)(uint16_t *to, const uint32_t *from, const struct renderer_column *columns,
                    size_t count);
    /* (above * (128 - weight) + below * weight + 8192) >> 14 of two stretched rows. */
    void (*mix)(uint32_t *to, const uint16_t *above, const uint16_t *below, uint32_t weight,
                size_t count);
    /* mask = mul(mask, alpha) */
    void (*fade)(uint8_t *to, const uint8_t *mask, uint32_t alpha, size_t count);
};

extern const struct renderer_kernels renderer_portable_kernels;

/* The best set for `level`, NULL when there is none but the portable one.  By architecture. */
const struct renderer_kernels *renderer_vector_kernels(enum cpu_level level);

static inline const struct renderer_kernels *renderer_kernels_for(enum cpu_level level) {
    const struct renderer_kernels *vector = renderer_vector_kernels(level);
    return vector != NULL ? vector : &renderer_portable_kernels;
}

/* a * b / 255 rounded to nearest, for bytes. */
static inline uint32_t renderer_multiply(uint32_t a, uint32_t b) {
    uint32_t product = a * b + 128;
    return (product + (product >> 8)) >> 8;
}

/* Each channel of a pixel times a byte. */
static inline uint32_t renderer_scale_pixel(uint32_t pixel, uint32_t by) {
    uint32_t even = (pixel & 0x00ff00ff) * by + 0x00800080;
    uint32_t odd = (pixel >> 8 & 0x00ff00ff) * by + 0x00800080;
    even = (even + (even >> 8 & 0x00ff00ff)) >> 8 & 0x00ff00ff;
    odd = (odd + (odd >> 8 & 0x00ff00ff)) & 0xff00ff00;
    return even | odd;
}

#endif
