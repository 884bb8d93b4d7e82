/* expand.c - one function a format; 16-bit samples are rounded to 8 as libpng's scale_16 does. */
#include "expand.h"

#include <string.h>

#include "base/attr.h"
#include "base/endian.h"

static inline void put(uint8_t *to, const uint8_t rgb[3], uint8_t alpha) {
    uint8_t pixel[4] = { rgb[0], rgb[1], rgb[2], alpha };
    memcpy(to, pixel, 4);
}

static inline void put_gray(uint8_t *to, uint8_t gray, uint8_t alpha) {
    put(to, (uint8_t[3]){ gray, gray, gray }, alpha);
}

/* round(v * 255 / 65535) */
static inline uint8_t scale_16(const uint8_t *sample) {
    return (uint8_t)(((uint32_t)get_be16(sample) * 255 + 32895) >> 16);
}

static void index_8(const struct expand *expand, const uint8_t *from, uint8_t *to,
                    size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        memcpy(to + 4 * i, &expand->palette[from[i]], 4);
    }
}

/* 1, 2 and 4 bits: palette indices or gray values, the leftmost in the high bits. */
static void index_low(const struct expand *expand, const uint8_t *from, uint8_t *to,
                      size_t pixels) {
    uint32_t depth = expand->bit_depth;
    uint32_t mask = (1u << depth) - 1;
    uint32_t shift = 8;
    for (size_t i = 0; i < pixels; i++) {
        shift -= depth;
        memcpy(to + 4 * i, &expand->palette[*from >> shift & mask], 4);
        if (shift == 0) {
            shift = 8;
            from++;
        }
    }
}

static void gray_8(const struct expand *expand, const uint8_t *from, uint8_t *to,
                   size_t pixels) {
    uint32_t key = expand->has_key ? expand->key[0] : UINT32_MAX;
    for (size_t i = 0; i < pixels; i++) {
        put_gray(to + 4 * i, from[i], from[i] == key ? 0 : 255);
    }
}

static void gray_16(const struct expand *expand, const uint8_t *from, uint8_t *to,
                    size_t pixels) {
    uint32_t key = expand->has_key ? expand->key[0] : UINT32_MAX;
    for (size_t i = 0; i < pixels; i++, from += 2) {
        put_gray(to + 4 * i, scale_16(from), get_be16(from) == key ? 0 : 255);
    }
}

static void gray_alpha_8(const struct expand *expand, const uint8_t *from, uint8_t *to,
                         size_t pixels) {
    (void)expand;
    for (size_t i = 0; i < pixels; i++) {
        put_gray(to + 4 * i, from[2 * i], from[2 * i + 1]);
    }
}

static void gray_alpha_16(const struct expand *expand, const uint8_t *from, uint8_t *to,
                          size_t pixels) {
    (void)expand;
    for (size_t i = 0; i < pixels; i++, from += 4) {
        put_gray(to + 4 * i, scale_16(from), scale_16(from + 2));
    }
}

static void rgb_8(const struct expand *expand, const uint8_t *from, uint8_t *to, size_t pixels) {
    for (size_t i = 0; i < pixels; i++, from += 3) {
        bool is_key = expand->has_key && from[0] == expand->key[0] &&
                      from[1] == expand->key[1] && from[2] == expand->key[2];
        put(to + 4 * i, from, is_key ? 0 : 255);
    }
}

static void rgb_16(const struct expand *expand, const uint8_t *from, uint8_t *to,
                   size_t pixels) {
    for (size_t i = 0; i < pixels; i++, from += 6) {
        bool is_key = expand->has_key && get_be16(from) == expand->key[0] &&
                      get_be16(from + 2) == expand->key[1] &&
                      get_be16(from + 4) == expand->key[2];
        uint8_t rgb[3] = { scale_16(from), scale_16(from + 2), scale_16(from + 4) };
        put(to + 4 * i, rgb, is_key ? 0 : 255);
    }
}

static void rgba_8(const struct expand *expand, const uint8_t *from, uint8_t *to,
                   size_t pixels) {
    (void)expand;
    memcpy(to, from, 4 * pixels);
}

static void rgba_16(const struct expand *expand, const uint8_t *from, uint8_t *to,
                    size_t pixels) {
    (void)expand;
    for (size_t i = 0; i < pixels; i++, from += 8) {
        uint8_t rgb[3] = { scale_16(from), scale_16(from + 2), scale_16(from + 4) };
        put(to + 4 * i, rgb, scale_16(from + 6));
    }
}

/* Gray of a low depth: each value's pixel, with the key made transparent. */
static void prepare_gray(struct expand *expand) {
    uint32_t values = 1u << expand->bit_depth;
    for (uint32_t value = 0; value < values; value++) {
        bool is_key = expand->has_key && value == expand->key[0];
        uint8_t pixel[4];
        put_gray(pixel, (uint8_t)(value * 255 / (values - 1)), is_key ? 0 : 255);
        memcpy(&expand->gray[value], pixel, 4);
    }
    expand->palette = expand->gray;
}

void expand_prepare(struct expand *expand, const struct header *header) {
    static const expand_row eight[7] = { [WPNG_GRAY] = gray_8, [WPNG_RGB] = rgb_8,
                                         [WPNG_PALETTE] = index_8,
                                         [WPNG_GRAY_ALPHA] = gray_alpha_8,
                                         [WPNG_RGBA] = rgba_8 };
    static const expand_row sixteen[7] = { [WPNG_GRAY] = gray_16, [WPNG_RGB] = rgb_16,
                                           [WPNG_GRAY_ALPHA] = gray_alpha_16,
                                           [WPNG_RGBA] = rgba_16 };
    uint32_t depth = header->info.bit_depth;
    expand->bit_depth = depth;
    expand->has_key = header->has_key;
    memcpy(expand->key, header->key, sizeof(expand->key));
    expand->palette = header->palette;
    expand->row = depth == 8    ? eight[header->info.colour]
                  : depth == 16 ? sixteen[header->info.colour]
                                : index_low;
    if (depth < 8 && header->info.colour == WPNG_GRAY) {
        prepare_gray(expand);
    }
}
