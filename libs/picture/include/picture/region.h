/*
 * picture/region.h - a set of pixels kept as rectangles, and the sums of such sets.
 *
 * A region is a list of rectangles in one canonical form: sorted by y0, then x0;
 * rectangles that share rows share exactly the same rows (a band); those of one
 * band neither overlap nor touch; and two bands that touch differ in their
 * columns.  So each set of pixels has one form, equal sets have equal lists, and
 * a sweep from top to bottom answers every question.
 *
 * Each region has two buffers and swaps them: results are built beside the old
 * value, so a result may replace one of its arguments, a refusal leaves the
 * target as it was, and a region used again and again stops allocating.
 *
 * Units:    pixels, half-open as in rect.h
 * Shapes:   at most rects_max rectangles, set at init
 * Threads:  a region belongs to one thread at a time; reading may be shared
 * Memory:   init takes none; buffers grow as needed and go with finish
 * Errors:   STATUS_LIMIT over rects_max, or a coordinate that does not fit;
 *           STATUS_NO_MEMORY; in both cases the target is unchanged
 * Source:   the y-x banding of the X11 server's regions, an idea of the 1980s
 * Depends:  base, sync, picture/rect.h
 */
#ifndef PICTURE_REGION_H
#define PICTURE_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "picture/rect.h"

enum { PICTURE_REGION_RECTS_MAX = 1 << 24 };   /* the most that rects_max may be */

/* Read `rects` and `count` freely; change them only through the functions below. */
struct picture_region {
    struct picture_rect *rects;
    uint32_t count;
    uint32_t capacity;              /* of rects; the rest is private too */
    struct picture_rect *spare;
    uint32_t spare_capacity;
    uint32_t rects_max;
};

/* An empty region that may grow to `rects_max` rectangles (1 or more). */
void picture_region_init(struct picture_region *region, uint32_t rects_max);

/* Frees the buffers; the region may be initialised again. */
void picture_region_finish(struct picture_region *region);

static inline bool picture_region_is_empty(const struct picture_region *region) {
    return region->count == 0;
}

/* Make it empty; buffers are kept. */
void picture_region_clear(struct picture_region *region);

/* Make it exactly `rect`, or empty if the rectangle is. */
MUST_CHECK enum status picture_region_set(struct picture_region *region,
                                          struct picture_rect rect);

MUST_CHECK enum status picture_region_copy(struct picture_region *region,
                                           const struct picture_region *from);

/* Make it the union of `count` rectangles that may overlap, in any order. */
MUST_CHECK enum status picture_region_set_rects(struct picture_region *region,
                                                const struct picture_rect *rects,
                                                uint32_t count);

/* What is in a or b; in a and b; in a and not in b.  `out` may be a or b. */
MUST_CHECK enum status picture_region_unite(struct picture_region *out,
                                            const struct picture_region *a,
                                            const struct picture_region *b);
MUST_CHECK enum status picture_region_meet(struct picture_region *out,
                                           const struct picture_region *a,
                                           const struct picture_region *b);
MUST_CHECK enum status picture_region_subtract(struct picture_region *out,
                                               const struct picture_region *a,
                                               const struct picture_region *b);

/* Like the three above with one rectangle as the second set. */
MUST_CHECK enum status picture_region_unite_rect(struct picture_region *out,
                                                 const struct picture_region *a,
                                                 struct picture_rect rect);
MUST_CHECK enum status picture_region_meet_rect(struct picture_region *out,
                                                const struct picture_region *a,
                                                struct picture_rect rect);
MUST_CHECK enum status picture_region_subtract_rect(struct picture_region *out,
                                                    const struct picture_region *a,
                                                    struct picture_rect rect);

/* Move every rectangle; STATUS_LIMIT when a coordinate would not fit 32 bits. */
MUST_CHECK enum status picture_region_translate(struct picture_region *region, int32_t dx,
                                                int32_t dy);

bool picture_region_contains(const struct picture_region *region, int32_t x, int32_t y);
bool picture_region_is_equal(const struct picture_region *a, const struct picture_region *b);

/* The smallest rectangle around it; all zero when empty. */
struct picture_rect picture_region_bounds(const struct picture_region *region);

/* Pixels in it. */
uint64_t picture_region_area(const struct picture_region *region);

/*
 * Index of the first rectangle that ends below row y (its y1 > y); `count` when
 * there is none.  To walk the rows [y0, y1): start here, stop at the first
 * rectangle whose own y0 is at or past y1.
 */
uint32_t picture_rects_below(const struct picture_rect *rects, uint32_t count, int32_t y);

#endif
