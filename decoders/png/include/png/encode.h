/*
 * png/encode.h - RGBA8 pixels to a PNG file, the same bytes on any number of workers.
 *
 * The colour type follows from the pixels alone: a palette for up to 16 colours;
 * gray; a palette for up to 256 colours; RGB; each with alpha where a pixel is not
 * opaque.  Rows are cut into segments of about 400 KiB that are filtered and
 * compressed on their own; two and more of them are announced by a mARK chunk
 * (docs/formats/png-segments.md), which wpng_decode() uses and every other
 * decoder skips.
 *
 * Parallel: partition = segments of rows by width, height and colour type (analysis:
 *   bands of about 1 MiB of pixels); reduction = chunks joined by segment number,
 *   colours united by band number, then sorted; caps = WPNG_ENCODE_JOB_BYTES of arena
 *   a chunk, compressors at most one a worker; proof =
 *   decoders/png/test/encode_test.c: writes_the_same_bytes_at_any_worker_count
 *
 * Units:    pixels and bytes
 * Shapes:   any stride, PICTURE_RGBA8, at least one pixel
 * Threads:  any; calls on one pool queue up
 * Memory:   the result is the caller's, freed with sync_free()
 * Errors:   STATUS_NO_MEMORY; STATUS_LIMIT for pictures over PICTURE_SIDE_MAX
 * Source:   PNG Specification, Third Edition (W3C); PNG Restart Marker 0.1 (libspng)
 * Depends:  base, sync, picture, workpool
 */
#ifndef PNG_ENCODE_H
#define PNG_ENCODE_H

#include "picture/image.h"
#include "png/png.h"
#include "sync/file.h"

enum {
    WPNG_LEVEL_DEFAULT = 6,    /* about the size of libpng's default (docs/adr/0014) */
    WPNG_LEVEL_MAX = 12,       /* slowest and smallest */
    WPNG_ENCODE_JOB_BYTES = 768 * 1024,
};

struct wpng_encode_options {
    uint32_t level;              /* 1 to WPNG_LEVEL_MAX; 0 for the default */
    struct workpool *pool;       /* NULL: everything on the calling thread */
};

/*
 * The whole file into new memory.  `options` may be NULL.  On failure
 * out_file->bytes is NULL.  A level over the maximum is STATUS_LIMIT.
 */
MUST_CHECK enum status wpng_encode(const struct picture_view *view,
                                   const struct wpng_encode_options *options,
                                   struct sync_bytes *out_file, struct diag *diag);

/*
 * Like wpng_encode(), straight to a file that is replaced only when all has
 * been written.  STATUS_IO: the file could not be written and is as it was.
 */
MUST_CHECK enum status wpng_encode_file(const struct picture_view *view,
                                        const struct wpng_encode_options *options,
                                        const char *path, struct diag *diag);

#endif
