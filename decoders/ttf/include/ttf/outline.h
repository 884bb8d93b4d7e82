/*
 * ttf/outline.h - the shape of one glyph as points and contours.
 *
 * The values are FreeType's for the unhinted glyph: composites are resolved, the
 * contours are closed, and nothing is rounded beyond the units asked for.
 *
 * Units:    font units, or 26.6 pixels at the size asked for; y grows up
 * Shapes:   contour c has the points after contour_ends[c - 1] up to and including
 *           contour_ends[c]; point_count is one more than the last end
 * Threads:  as the font
 * Memory:   one allocation, given back with ttf_outline_destroy()
 * Errors:   STATUS_NOT_FOUND no such glyph, STATUS_LIMIT, STATUS_BAD_DATA with the
 *           offset of the glyph's data, STATUS_NO_MEMORY
 * Source:   OpenType 1.9, `glyf` and `CFF `
 * Depends:  base, ttf/font.h
 */
#ifndef TTF_OUTLINE_H
#define TTF_OUTLINE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "ttf/font.h"

enum ttf_tag {
    TTF_TAG_ON,        /* on the curve */
    TTF_TAG_CONIC,     /* control point of a quadratic curve; two in a row imply a middle */
    TTF_TAG_CUBIC,     /* control point of a cubic curve; they come in pairs */
};

struct ttf_point {
    int32_t x;
    int32_t y;
};

struct ttf_outline {
    struct ttf_point *points;
    uint32_t *contour_ends;
    uint8_t *tags;             /* enum ttf_tag, one a point */
    uint32_t point_count;
    uint32_t contour_count;
    int32_t advance;           /* to the next glyph, in the outline's units */
};

/*
 * Read the outline of a glyph at `size_26_6` pixels an em, or in font units when
 * that is 0.  A glyph without ink gives no points and STATUS_OK.  On failure
 * *out_outline is empty.
 */
MUST_CHECK enum status ttf_outline_create(struct ttf_font *font, uint32_t glyph,
                                          uint32_t size_26_6, struct ttf_outline *out_outline,
                                          struct diag *diag);

/* Frees and empties.  An empty outline is ignored. */
void ttf_outline_destroy(struct ttf_outline *outline);

#endif
