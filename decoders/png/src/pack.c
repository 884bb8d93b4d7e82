/* pack.c - RGBA8 rows to the rows of a file. */
#include <string.h>

#include "base/endian.h"
#include "encoder.h"

static void pack_rgb(const uint8_t *from, uint8_t *to, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        memcpy(to + 3 * i, from + 4 * i, 4);   /* the alpha is overwritten by the next pixel */
    }
}

static void pack_gray(const uint8_t *from, uint8_t *to, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        to[i] = (uint8_t)get_le32(from + 4 * i);
    }
}

static void pack_gray_alpha(const uint8_t *from, uint8_t *to, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        uint32_t word = get_le32(from + 4 * i);
        put_le16(to + 2 * i, (uint16_t)((word & 0xff) | (word >> 16 & 0xff00)));
    }
}

/* Palette indices of 1, 2, 4 or 8 bits, the leftmost pixel in the high bits. */
static void pack_indices(const struct encode_format *format, const uint8_t *from, uint8_t *to,
                         size_t pixels) {
    uint32_t depth = format->bit_depth;
    uint32_t shift = 8;
    uint32_t byte = 0;
    uint32_t last = 0;
    uint32_t index = 0;
    for (size_t i = 0; i < pixels; i++) {
        uint32_t word;
        memcpy(&word, from + 4 * i, sizeof(word));
        if (i == 0 || word != last) {
            index = wpng_colour_set_find(&format->palette, word);
            last = word;
        }
        shift -= depth;
        byte |= index << shift;
        if (shift == 0) {
            *to++ = (uint8_t)byte;
            shift = 8;
            byte = 0;
        }
    }
    if (shift != 8) {
        *to = (uint8_t)byte;
    }
}

void encode_pack_row(const struct encode_format *format, const uint8_t *from, uint8_t *to,
                     size_t pixels) {
    switch (format->colour) {
    case WPNG_GRAY:
        pack_gray(from, to, pixels);
        break;
    case WPNG_RGB:
        pack_rgb(from, to, pixels);
        break;
    case WPNG_PALETTE:
        pack_indices(format, from, to, pixels);
        break;
    case WPNG_GRAY_ALPHA:
        pack_gray_alpha(from, to, pixels);
        break;
    case WPNG_RGBA:
        memcpy(to, from, 4 * pixels);
        break;
    }
}
