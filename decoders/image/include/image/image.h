/*
 * image/image.h - one door for pictures: bytes of any known format in, RGBA8 out.
 *
 * The format is found by looking at the bytes, never at a name.  PNG, JPEG, GIF, BMP,
 * TGA, PSD, Radiance HDR and Netpbm (P1 to P7) are known.  A GIF gives every frame,
 * composed as a viewer would show it, in file order; all others give one frame.
 * A file that ends early, or breaks its format anywhere that matters to its pixels, is
 * refused as a whole.  16-bit samples are rounded to 8; HDR is shown at exposure
 * 1 with gamma 2.2, in integers; orientation tags and colour profiles are not applied.
 *
 * Parallel: partition = one file of a batch a chunk, and a single PNG as png/decode.h
 *   cuts it; reduction = results at their item's index, the status of the first
 *   failed item; caps = limits.memory_bytes_max for each file being decoded; proof =
 *   decoders/image/test/batch_test.c: a_batch_gives_the_same_at_any_worker_count
 *
 * Units:    pixels, bytes, milliseconds of delay; offsets from the start of the file
 * Shapes:   frames are PICTURE_RGBA8, alpha not multiplied in, all of one size
 * Threads:  any; calls share nothing
 * Memory:   frames are the caller's; during a call at most limits.memory_bytes_max
 * Errors:   STATUS_BAD_DATA, STATUS_UNSUPPORTED (a valid variety we do not read),
 *           STATUS_LIMIT, STATUS_NO_MEMORY, with the offset in diag; the same at any
 *           number of workers
 * Source:   ITU-T T.81 through stb_image; GIF89a; the BMP, TGA 2.0, PSD, RGBE and
 *           Netpbm format descriptions (docs/adr/0020-image-formats.md)
 * Depends:  base, sync, picture, workpool, png
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "picture/image.h"
#include "workpool/workpool.h"

enum image_format {
    IMAGE_UNKNOWN,
    IMAGE_PNG,
    IMAGE_JPEG,
    IMAGE_GIF,
    IMAGE_BMP,
    IMAGE_TGA,
    IMAGE_PSD,
    IMAGE_HDR,
    IMAGE_PNM,
    IMAGE_FORMAT_COUNT
};

enum {
    IMAGE_SIDE_DEFAULT = PICTURE_SIDE_MAX,
    IMAGE_FRAMES_DEFAULT = 4096,
};
#define IMAGE_PIXELS_DEFAULT ((uint64_t)1 << 28)   /* of one frame */
#define IMAGE_MEMORY_DEFAULT ((uint64_t)1 << 31)   /* frames and scratch together */

/* What a decode may take; 0 stands for the default. */
struct image_limits {
    uint32_t side_max;
    uint32_t frames_max;
    uint64_t pixels_max;
    uint64_t memory_bytes_max;
};

struct image_options {
    struct image_limits limits;
    struct workpool *pool;     /* NULL: everything on the calling thread */
};

/* What a file says about itself. */
struct image_info {
    enum image_format format;
    uint32_t width;
    uint32_t height;
    uint32_t frame_count;      /* at least 1 */
};

struct image_frame {
    struct picture_view view;
    uint32_t delay_ms;         /* until the next frame; 0 when the file does not say */
};

struct image {
    enum image_format format;
    uint32_t frame_count;
    struct image_frame *frames;
};

/* "png", "jpeg", ...; "unknown" outside the enum. */
const char *image_format_name(enum image_format format);

/* The format that the first bytes belong to, or IMAGE_UNKNOWN. */
enum image_format image_sniff(const void *bytes, size_t byte_count);

/*
 * Read the headers, and for GIF and JPEG also the structure to the end; no pixels.
 * The limits on size and frames are checked, that on memory only in part.  `options`
 * may be NULL.
 */
MUST_CHECK enum status image_probe(const void *bytes, size_t byte_count,
                                   const struct image_options *options,
                                   struct image_info *out_info, struct diag *diag);

/*
 * Decode all frames.  On STATUS_OK *out_image is for image_free(); on failure it is
 * empty.  Sizes are checked against the limits and against what the file could
 * hold before memory for pixels is taken.
 */
MUST_CHECK enum status image_decode(const void *bytes, size_t byte_count,
                                    const struct image_options *options,
                                    struct image *out_image, struct diag *diag);

/* Frees what image_decode() gave and empties it.  An empty image is ignored. */
void image_free(struct image *image);

/* One file of a batch, and its result. */
struct image_batch_item {
    const void *bytes;
    size_t byte_count;
    struct image image;        /* filled in; image_free() frees it */
    enum status status;        /* filled in */
    struct diag diag;          /* filled in */
};

/*
 * Decode every item, a file a job on options->pool.  An item that fails has its own
 * status and an empty image.  Returns the status of the first item that failed, or
 * STATUS_OK.  Memory is held for all items at once; a caller with many files uses jobs
 * of its own that reduce each picture to what it needs (as weft-image hash does).
 */
MUST_CHECK enum status image_decode_batch(const struct image_options *options,
                                          struct image_batch_item *items, size_t item_count);

/* The kinds of job this component runs on a pool: its own; add wpng_kinds for PNG's. */
extern const struct workpool_kind_set image_kinds;

#endif
