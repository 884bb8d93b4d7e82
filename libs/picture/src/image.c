/* image.c - owned pixels, and the two alpha conventions. */
#include "picture/image.h"

#include <string.h>

#include "base/assert.h"
#include "base/checked.h"
#include "base/endian.h"
#include "sync/memory.h"

enum status picture_image_create(uint32_t width, uint32_t height, enum picture_format format,
                                 struct picture_view *out_view) {
    *out_view = (struct picture_view){ 0 };
    if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX) {
        return STATUS_LIMIT;
    }
    size_t stride = ((size_t)width * picture_pixel_bytes(format) + PICTURE_ALIGN_BYTES - 1) &
                    ~(size_t)(PICTURE_ALIGN_BYTES - 1);
    size_t bytes;
    if (!checked_mul(stride, height, &bytes) || bytes > PICTURE_BYTES_MAX) {
        return STATUS_LIMIT;
    }
    uint8_t *pixels = sync_alloc_aligned(bytes, PICTURE_ALIGN_BYTES);
    if (pixels == NULL) {
        return STATUS_NO_MEMORY;
    }
    memset(pixels, 0, bytes);
    *out_view = (struct picture_view){ .pixels = pixels, .width = width, .height = height,
                                       .stride_bytes = stride, .format = format };
    return STATUS_OK;
}

void picture_image_destroy(struct picture_view *view) {
    sync_free(view->pixels);
    *view = (struct picture_view){ 0 };
}

static uint32_t multiply(uint32_t colour, uint32_t alpha) {
    uint32_t product = colour * alpha + 128;
    return (product + (product >> 8)) >> 8;
}

static uint32_t divide(uint32_t colour, uint32_t alpha) {
    uint32_t straight = alpha != 0 ? (colour * 255 + alpha / 2) / alpha : 0;
    return straight < 255 ? straight : 255;
}

static void check_pair(const struct picture_view *rgba, const struct picture_view *argb) {
    ASSERT(rgba->format == PICTURE_RGBA8 && argb->format == PICTURE_ARGB32);
    ASSERT(rgba->width == argb->width && rgba->height == argb->height);
}

void picture_premultiply(const struct picture_view *rgba, const struct picture_view *argb) {
    check_pair(rgba, argb);
    for (uint32_t y = 0; y < rgba->height; y++) {
        const uint8_t *from = picture_row(rgba, y);
        uint32_t *to = (uint32_t *)(void *)picture_row(argb, y);
        for (uint32_t x = 0; x < rgba->width; x++, from += 4) {
            uint32_t a = from[3];
            to[x] = a << 24 | multiply(from[0], a) << 16 | multiply(from[1], a) << 8 |
                    multiply(from[2], a);
        }
    }
}

void picture_unpremultiply(const struct picture_view *argb, const struct picture_view *rgba) {
    check_pair(rgba, argb);
    for (uint32_t y = 0; y < rgba->height; y++) {
        const uint32_t *from = (const uint32_t *)(const void *)picture_row(argb, y);
        uint8_t *to = picture_row(rgba, y);
        for (uint32_t x = 0; x < rgba->width; x++, to += 4) {
            uint32_t a = from[x] >> 24;
            if (a == 255) {   /* the usual pixel: nothing to divide */
                put_le32(to, (from[x] & 0xff00ff00) | (from[x] & 0xff) << 16 |
                                 (from[x] >> 16 & 0xff));
                continue;
            }
            to[0] = (uint8_t)divide(from[x] >> 16 & 0xff, a);
            to[1] = (uint8_t)divide(from[x] >> 8 & 0xff, a);
            to[2] = (uint8_t)divide(from[x] & 0xff, a);
            to[3] = (uint8_t)a;
        }
    }
}
