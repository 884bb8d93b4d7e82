/*
 * header.h - a PNG file taken apart: what the decoder must know before it
 * touches image data.
 */
#ifndef WPNG_HEADER_H
#define WPNG_HEADER_H

#include "png/png.h"

enum {
    HEADER_SIGNATURE_BYTES = 8,
    HEADER_PALETTE_MAX = 256,
    HEADER_CHUNK_EXTRA_BYTES = 12,   /* length, type and CRC of a chunk */
};

#define CHUNK_TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* A chunk in the file; data_bytes of it lie inside. */
struct chunk {
    uint32_t type;
    const uint8_t *data;
    uint32_t data_bytes;
    size_t offset;         /* of its length field */
};

/* Restart markers as the file states them; count 0 when there are none that we use. */
struct header_segments {
    uint32_t count;
    const uint8_t *offsets;   /* count - 1 big-endian relative offsets, or NULL: an IDAT each */
};

struct header {
    struct wpng_info info;
    uint32_t pixel_bits;
    size_t row_bytes;              /* of a whole row without its filter byte */
    size_t idat_offset;            /* of the first IDAT's length field */
    uint32_t idat_count;
    bool has_key;                  /* gray or RGB samples that are transparent */
    uint16_t key[3];
    uint32_t palette[HEADER_PALETTE_MAX];   /* RGBA8 words; only for palettes */
    struct header_segments segments;
};

/* How much of a file header_read() looks at. */
enum header_scope {
    HEADER_TO_IMAGE,      /* the chunks up to the first IDAT */
    HEADER_WHOLE,         /* all chunks */
    HEADER_WITHOUT_CRC,   /* all chunks, but not the CRCs of IDATs: see idat_check.h */
};

MUST_CHECK enum status header_read(const struct wpng_input *input,
                                   const struct wpng_limits *limits, enum header_scope scope,
                                   struct header *out_header, struct diag *diag);

/* PLTE, tRNS and mARK; what is malformed but harmless is ignored. */
MUST_CHECK enum status header_take_palette(struct header *header, const struct chunk *chunk,
                                           struct diag *diag);
void header_take_transparency(struct header *header, const struct chunk *chunk);
void header_take_segments(struct header *header, const struct chunk *chunk);

#endif
