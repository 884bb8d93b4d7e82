/*
 * picture/image.h - rectangles of pixels, as decoders give and the renderer takes.
 *
 * A view says where pixels are and how they are laid out; it never owns them.
 * Decoders write PICTURE_RGBA8; the renderer composes PICTURE_ARGB32, whose
 * colours are premultiplied by alpha.
 *
 * Units:    width and height in pixels, stride in bytes, at least one row
 * Shapes:   row y begins at pixels + y * stride; rows may have a tail
 * Threads:  plain values; who writes which pixels is the caller's order
 * Memory:   views borrow; picture_image_create() owns
 * Errors:   STATUS_LIMIT for sizes over the caps, STATUS_NO_MEMORY
 * Source:   none
 * Depends:  base, sync
 */
#ifndef PICTURE_IMAGE_H
#define PICTURE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"

enum picture_format {
    PICTURE_RGBA8,    /* bytes R G B A in memory, alpha not multiplied in */
    PICTURE_ARGB32,   /* 32-bit words 0xAARRGGBB, premultiplied */
    PICTURE_A8,       /* bytes of coverage, 0 to 255 */
};

enum {
    PICTURE_SIDE_MAX = 1 << 20,       /* pixels along one side */
    PICTURE_ALIGN_BYTES = 64,         /* of created pixels and of their stride */
};
#define PICTURE_BYTES_MAX ((uint64_t)1 << 34)   /* of one created image */

struct picture_view {
    uint8_t *pixels;
    uint32_t width;
    uint32_t height;
    size_t stride_bytes;
    enum picture_format format;
};

/* Bytes of one pixel: 4, 4 and 1. */
static inline size_t picture_pixel_bytes(enum picture_format format) {
    return format == PICTURE_A8 ? 1 : 4;
}

static inline uint8_t *picture_row(const struct picture_view *view, uint32_t y) {
    return view->pixels + (size_t)y * view->stride_bytes;
}

/*
 * Allocate zeroed pixels for width x height.  On success *out_view is a view
 * of memory to be given to picture_image_destroy().
 */
MUST_CHECK enum status picture_image_create(uint32_t width, uint32_t height,
                                            enum picture_format format,
                                            struct picture_view *out_view);

/* Frees what create took and empties the view.  An empty view is ignored. */
void picture_image_destroy(struct picture_view *view);

/*
 * Convert straight RGBA8 rows into premultiplied ARGB32 and back.  Both views
 * have the same size.  c * a / 255 is rounded to nearest, as pixman does;
 * un-multiplying rounds to nearest and gives 0 for alpha 0.
 */
void picture_premultiply(const struct picture_view *rgba, const struct picture_view *argb);
void picture_unpremultiply(const struct picture_view *argb, const struct picture_view *rgba);

#endif
