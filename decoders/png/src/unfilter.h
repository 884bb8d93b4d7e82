/*
 * unfilter.h - PNG filters undone, rows of 8-bit RGB or RGBA straight into RGBA8.
 *
 * `from` is the filtered row without its filter byte; 16 bytes behind it may be
 * read.  `above` is the finished RGBA8 row above.  Exactly 4 x pixels bytes are
 * written.  In RGB rows the missing alpha counts as filtered 0 beside an alpha
 * of 255 to the left and above, so that it comes out as 255 by itself.
 */
#ifndef WPNG_UNFILTER_H
#define WPNG_UNFILTER_H

#include <stddef.h>
#include <stdint.h>

enum filter { FILTER_NONE, FILTER_SUB, FILTER_UP, FILTER_AVERAGE, FILTER_PAETH, FILTER_COUNT };

enum { UNFILTER_PAETH_ROWS_MAX = 8, UNFILTER_READ_BEHIND_BYTES = 16 };

typedef void (*unfilter_row)(const uint8_t *from, const uint8_t *above, uint8_t *to,
                             size_t pixels);

/* Several Paeth rows, each the row above of the next. */
struct unfilter_rows {
    const uint8_t *from;
    size_t from_stride;
    const uint8_t *above;
    uint8_t *to;
    size_t to_stride;
    size_t pixels;
    uint32_t count;          /* 2, 3, 4 or 8 */
};
typedef void (*unfilter_paeth_rows)(const struct unfilter_rows *rows);

/* What one machine level offers; index 0 for RGB, 1 for RGBA. */
struct unfilter_kernels {
    unfilter_row rows[2][FILTER_COUNT];
    unfilter_paeth_rows paeth_rows[2];   /* NULL: row by row */
    size_t paeth_rows_pixels_min;        /* narrower rows go row by row */
};

extern const struct unfilter_kernels unfilter_portable;

/* The best for cpu_level(). */
const struct unfilter_kernels *unfilter_kernels(void);

/* Vector kernels of this machine, or NULL. */
const struct unfilter_kernels *unfilter_vector_kernels(void);

/* The predictor of filter type 4, PNG specification 9.4. */
static inline uint8_t unfilter_paeth(int left, int above, int corner) {
    int from_left = above - corner;
    int from_above = left - corner;
    int from_corner = from_left + from_above;
    from_left = from_left < 0 ? -from_left : from_left;
    from_above = from_above < 0 ? -from_above : from_above;
    from_corner = from_corner < 0 ? -from_corner : from_corner;
    return (uint8_t)(from_left <= from_above && from_left <= from_corner ? left
                     : from_above <= from_corner                        ? above
                                                                        : corner);
}

/*
 * Any format, bytes to bytes: `step` is the distance to the byte on the left,
 * at least 1; `above` is NULL for the first row.
 */
struct unfilter_line {
    const uint8_t *from;
    const uint8_t *above;
    uint8_t *to;
    size_t count;
    size_t step;
};
void unfilter_bytes(enum filter filter, const struct unfilter_line *line);

#endif
