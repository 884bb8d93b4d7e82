/*
 * image_codec.h - what a format's reader is to image.c, and what readers share.
 *
 * Units:    offsets in bytes
 * Shapes:   views given to decode() have the size that probe() told
 * Threads:  any
 * Memory:   decode() may take scratch up to `scratch_bytes_max`
 * Errors:   filled into source->diag by whoever finds them
 * Source:   none
 * Depends:  base, picture, image/image.h
 */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include <stdbool.h>

#include "base/cursor.h"
#include "image/image.h"

struct image_source {
    const uint8_t *bytes;
    size_t count;
    uint64_t scratch_bytes_max;
    struct image_limits limits;
    struct workpool *pool;
    struct diag *diag;          /* never NULL inside the component */
};

/* What a reader's probe tells: a size, and where the file says it. */
struct image_header {
    uint32_t width;
    uint32_t height;
    uint32_t frame_count;
    uint64_t size_offset;
};

struct image_codec {
    const char *name;
    bool (*is_mine)(const uint8_t *bytes, size_t count);
    enum status (*probe)(const struct image_source *source, struct image_header *out_header);
    /* The only frame; NULL when decode_frames is there. */
    enum status (*decode)(const struct image_source *source, const struct picture_view *view);
    /* All frames, whose views exist and are transparent black. */
    enum status (*decode_frames)(const struct image_source *source, struct image *image);
};

extern const struct image_codec image_png;
extern const struct image_codec image_jpeg;
extern const struct image_codec image_gif;
extern const struct image_codec image_bmp;
extern const struct image_codec image_tga;
extern const struct image_codec image_psd;
extern const struct image_codec image_hdr;
extern const struct image_codec image_pnm;

static inline enum status image_bad(const struct image_source *source, uint64_t offset,
                                    const char *reason) {
    return diag_fail(source->diag, STATUS_BAD_DATA, offset, reason);
}

static inline enum status image_strange(const struct image_source *source, uint64_t offset,
                                        const char *reason) {
    return diag_fail(source->diag, STATUS_UNSUPPORTED, offset, reason);
}

/* The file ends where more is needed. */
static inline enum status image_short(const struct image_source *source) {
    return image_bad(source, source->count, "the file ends too early");
}

static inline void image_put(uint8_t *pixel, unsigned red, unsigned green, unsigned blue,
                             unsigned alpha) {
    pixel[0] = (uint8_t)red;
    pixel[1] = (uint8_t)green;
    pixel[2] = (uint8_t)blue;
    pixel[3] = (uint8_t)alpha;
}

/* 16 bits to 8, to the nearest: v * 255 / 65535. */
static inline unsigned image_from_16(unsigned value) {
    return (value * 255u + 32895u) >> 16;
}

#endif
