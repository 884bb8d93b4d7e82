/*
 * png/png.h - what PNG decoding and encoding share: limits, headers, job kinds.
 *
 * Every external symbol of this component begins with wpng_, because png_ is
 * libpng's and both must fit into one program.
 *
 * Units:    sizes in pixels or bytes as named; offsets from the start of the file
 * Shapes:   none
 * Threads:  pure functions and constants
 * Memory:   nothing is kept; inputs are borrowed for the call
 * Errors:   STATUS_BAD_DATA, STATUS_LIMIT, STATUS_UNSUPPORTED with the offset in diag
 * Source:   PNG Specification, Third Edition (W3C); PNG Restart Marker 0.1 (libspng)
 * Depends:  base, workpool
 */
#ifndef PNG_PNG_H
#define PNG_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "workpool/workpool.h"

/* The colour types of the format, by their numbers in it. */
enum wpng_colour {
    WPNG_GRAY = 0,
    WPNG_RGB = 2,
    WPNG_PALETTE = 3,
    WPNG_GRAY_ALPHA = 4,
    WPNG_RGBA = 6,
};

enum {
    WPNG_SIDE_DEFAULT = 1 << 20,     /* PICTURE_SIDE_MAX */
    WPNG_CHUNKS_DEFAULT = 1 << 20,
};
#define WPNG_PIXELS_DEFAULT ((uint64_t)1 << 28)
#define WPNG_MEMORY_DEFAULT ((uint64_t)1 << 31)

/* What a decode may take; 0 stands for the default. */
struct wpng_limits {
    uint32_t side_max;          /* of width and of height */
    uint32_t chunks_max;        /* chunks in the file */
    uint64_t pixels_max;
    uint64_t memory_bytes_max;  /* scratch, the picture where the decoder makes it: each */
};

/* The bytes of a file. */
struct wpng_input {
    const uint8_t *bytes;
    size_t count;
};

/* What a file says about itself. */
struct wpng_info {
    uint32_t width;
    uint32_t height;
    uint8_t bit_depth;          /* of a sample or palette index: 1, 2, 4, 8, 16 */
    enum wpng_colour colour;
    bool is_interlaced;
    bool has_transparency;      /* alpha samples, or a tRNS chunk that applies */
    uint32_t palette_count;     /* 0 unless WPNG_PALETTE */
    uint32_t segment_count;     /* restart markers: pieces that decode on their own; else 1 */
};

/* Whether the bytes begin with the PNG signature. */
bool wpng_is_png(const struct wpng_input *input);

/*
 * Read the chunks before the image data.  `limits` may be NULL.
 * STATUS_BAD_DATA: not a PNG, cut short, or broken before the image data.
 * STATUS_LIMIT: larger than the limits.  STATUS_UNSUPPORTED: an unknown critical chunk.
 */
MUST_CHECK enum status wpng_info_read(const struct wpng_input *input,
                                      const struct wpng_limits *limits,
                                      struct wpng_info *out_info, struct diag *diag);

/* The kinds of job this component runs on a pool, for workpool_options.kind_sets. */
extern const struct workpool_kind_set wpng_kinds;

#endif
