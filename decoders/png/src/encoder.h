/* encoder.h - the parts of encoding: what the pixels need, rows, filters, segments. */
#ifndef WPNG_ENCODER_H
#define WPNG_ENCODER_H

#include "compress.h"
#include "png/encode.h"
#include "unfilter.h"

enum {
    ENCODE_COLOURS_MAX = 256,
    ENCODE_SEGMENT_BYTES = 400 * 1024,    /* filtered bytes a segment aims at */
    ENCODE_SEGMENT_ROWS_MIN = 8,
    ENCODE_EVEN_LEVEL = 6,                /* at which busy segments get a level less */
    ENCODE_ROW_MARGIN_BYTES = 32,         /* zeros before a raw row; readable behind it */
    COLOUR_SLOTS = 1024,                  /* of a colour set; a power of two */
};

/* A set of up to 256 RGBA8 words, each with a number. */
struct colour_set {
    uint32_t count;                       /* over the maximum: too many, contents void */
    uint32_t words[ENCODE_COLOURS_MAX];   /* by number */
    uint16_t slots[COLOUR_SLOTS];         /* number + 1; 0 is free */
};

void wpng_colour_set_clear(struct colour_set *set);
void wpng_colour_set_add(struct colour_set *set, uint32_t word);
/* The number of a word that is in the set. */
uint32_t wpng_colour_set_find(const struct colour_set *set, uint32_t word);

/* How the file stores the pixels. */
struct encode_format {
    enum wpng_colour colour;
    uint32_t bit_depth;
    uint32_t pixel_bits;
    size_t row_bytes;              /* without the filter byte */
    bool is_filtered;              /* filters are tried; else all rows have None */
    uint32_t transparent_count;    /* first colours of the palette that are not opaque */
    struct colour_set palette;
};

/* Look at every pixel and choose. */
MUST_CHECK enum status encode_analyse(const struct picture_view *view, struct workpool *pool,
                                      struct encode_format *out_format, struct diag *diag);

/* A row of pixels as the file stores it; up to 4 bytes behind it may be written. */
void encode_pack_row(const struct encode_format *format, const uint8_t *from, uint8_t *to,
                     size_t pixels);

/* A raw row and the one above, each with `step` zero bytes before it. */
struct filter_line {
    const uint8_t *row;
    const uint8_t *above;
    size_t count;
    size_t step;
};

/* What a machine level offers for filters. */
struct filter_kernels {
    /* The sum of absolute values of the residuals, as signed bytes, of each filter. */
    void (*sums)(const struct filter_line *line, uint64_t sums[FILTER_COUNT]);
    /* The filtered row. */
    void (*apply)(enum filter filter, const struct filter_line *line, uint8_t *to);
};
extern const struct filter_kernels filter_portable;
const struct filter_kernels *filter_kernels(void);
const struct filter_kernels *filter_vector_kernels(void);

/* Parts of a line, for vector kernels to leave their tails to. */
void filter_sums_from(const struct filter_line *line, size_t begin, uint64_t sums[FILTER_COUNT]);
void filter_apply_from(enum filter filter, const struct filter_line *line, size_t begin,
                       uint8_t *to);

/* A segment: its rows, and the chunk made of them. */
struct encode_segment {
    uint32_t row_begin;
    uint32_t row_end;
    uint8_t *chunk;             /* length, "IDAT", data; the last lacks checksum and CRC */
    size_t chunk_bytes;
    uint32_t adler;
    uint64_t raw_bytes;
};

/* One encode. */
struct encode {
    const struct picture_view *view;
    const struct encode_format *format;
    struct compressors *compressors;        /* of the level asked for */
    struct compressors *busy_compressors;   /* of the level for busy segments */
    struct encode_segment *segments;
    uint32_t segment_count;
};

/* How many segments a picture is cut into, and which rows they have. */
uint32_t encode_segment_count(const struct encode_format *format, uint32_t height);
void encode_cut_segments(uint32_t height, uint32_t count, struct encode_segment *segments);

/* Complete the last chunk with the checksum of the whole. */
void encode_seal_last(struct encode_segment *segment, uint32_t adler);

extern const struct workpool_kind encode_analyse_kind;
extern const struct workpool_kind encode_segment_kind;

#endif
