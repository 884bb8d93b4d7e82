/*
 * rows.h - filtered rows in, pixels of the view out.
 *
 * A stage of decoding: it takes whole rows from the bytes that inflate has made
 * so far, and remembers where it is.  Rows are taken in order, from `first_row`
 * on; with interlace, pass by pass.
 */
#ifndef WPNG_ROWS_H
#define WPNG_ROWS_H

#include "expand.h"
#include "header.h"
#include "picture/image.h"
#include "unfilter.h"

struct rows {
    const struct header *header;
    struct picture_view view;
    const struct unfilter_kernels *kernels;
    struct expand expand;
    bool is_direct;              /* 8-bit RGB or RGBA: straight into the view */
    uint32_t pass;               /* 0 to 6; 7 when all is done; 0 for pictures without interlace */
    uint32_t pass_width;         /* pixels a row of this pass */
    uint32_t pass_height;
    size_t pass_row_bytes;
    uint32_t row;                /* next row of the pass */
    uint32_t row_end;
    uint8_t *lines[2];           /* unfiltered rows where they are not the view's */
    uint8_t *pixels;             /* a row of RGBA8, only with interlace */
    bool is_started;             /* a row of this pass was taken before */
};

/* Bytes of scratch for lines and pixels. */
size_t rows_scratch_bytes(const struct header *header);

/* All rows, or [begin, end) of a picture without interlace. */
void rows_start(struct rows *rows, const struct header *header, const struct picture_view *view,
                uint8_t *scratch);
void rows_limit(struct rows *rows, uint32_t begin, uint32_t end);

/*
 * Take as many whole rows as `count` bytes hold; UNFILTER_READ_BEHIND_BYTES more
 * are readable.  Returns false at a filter type that does not exist; *out_taken
 * then is the offset of that byte, else how many bytes were taken.
 */
MUST_CHECK bool rows_take(struct rows *rows, const uint8_t *raw, size_t count,
                          size_t *out_taken);

/* Whether every row has been taken. */
bool rows_are_done(const struct rows *rows);

/* Bytes of all filtered rows of a picture, filter bytes included. */
uint64_t rows_raw_bytes(const struct header *header);

#endif
