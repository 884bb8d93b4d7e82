/*
 * png/decode.h - any PNG to RGBA8, on one worker or several, always the same bytes.
 *
 * The pixels are those that libpng gives with expand, scale_16, gray_to_rgb and an
 * opaque filler: palettes looked up, low depths and 16 bits scaled to 8, tRNS
 * made alpha, interlace undone.  Gamma and colour profiles are not applied.
 * Every CRC and the Adler-32 are verified.  A malformed ancillary chunk whose CRC is
 * right is ignored, as libpng does.  What decides between the ways to decode is the
 * file and whether there is a pool, never the number of workers; status and
 * diag are those of the sequential decode in every case.
 *
 * Parallel: partition = restart-marker segments; else the two stages inflate and
 *   unfilter over fixed pieces of 128 KiB of filtered rows; a batch: one file a
 *   chunk; reduction = rows at their place, checksums folded by segment number;
 *   caps = WPNG_JOB_BYTES of arena a chunk, limits.memory_bytes_max for the rest;
 *   proof = decoders/png/test/parallel_test.c: decodes_the_same_at_any_worker_count
 *
 * Units:    pixels and bytes
 * Shapes:   the view is exactly the picture's size, PICTURE_RGBA8, any stride
 * Threads:  a decoder belongs to one thread at a time; several may work at once
 * Memory:   a decoder keeps its scratch from picture to picture, at most
 *           limits.memory_bytes_max; a way to decode that wants more than the limit
 *           allows is not gone, and the sequential way decides; pictures are the caller's
 * Errors:   STATUS_BAD_DATA, STATUS_LIMIT, STATUS_UNSUPPORTED, STATUS_NO_MEMORY; after
 *           one the view's pixels are unspecified, and a decoder can be used again
 * Source:   see png/png.h
 * Depends:  base, sync, picture, workpool
 */
#ifndef PNG_DECODE_H
#define PNG_DECODE_H

#include "picture/image.h"
#include "png/png.h"

struct wpng_decoder;

/* STATUS_NO_MEMORY: *out_decoder is NULL. */
MUST_CHECK enum status wpng_decoder_create(struct wpng_decoder **out_decoder);

/* NULL is ignored. */
void wpng_decoder_destroy(struct wpng_decoder *decoder);

struct wpng_decode_options {
    struct wpng_limits limits;
    struct workpool *pool;       /* NULL: everything on the calling thread */
};

/* Decode into `view`, which has the size that wpng_info_read() gave.  `options` may be NULL. */
MUST_CHECK enum status wpng_decode(struct wpng_decoder *decoder, const struct wpng_input *input,
                                   const struct wpng_decode_options *options,
                                   const struct picture_view *view, struct diag *diag);

/* Like wpng_decode(), into a new picture for picture_image_destroy(); empty on failure. */
MUST_CHECK enum status wpng_decode_image(struct wpng_decoder *decoder,
                                         const struct wpng_input *input,
                                         const struct wpng_decode_options *options,
                                         struct picture_view *out_view, struct diag *diag);

/* One file of a batch: the input, and where its result goes. */
struct wpng_batch_item {
    struct wpng_input input;
    struct picture_view view;    /* filled in; picture_image_destroy() frees it */
    enum status status;          /* filled in */
    struct diag diag;            /* filled in when status is not STATUS_OK */
};

/*
 * Decode every item into a new picture, a file a job on options->pool.  Items
 * that fail have an empty view and their own status.  Returns the status of the
 * first item that failed, or STATUS_OK.
 */
MUST_CHECK enum status wpng_decode_batch(const struct wpng_decode_options *options,
                                         struct wpng_batch_item *items, size_t item_count);

#endif
