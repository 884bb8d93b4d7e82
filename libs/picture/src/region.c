/*
 * region.c - one sweep for all sums of regions.
 *
 * Both lists are walked from top to bottom.  Between two neighbouring band edges
 * of either list nothing changes with y, so the row can be worked out once: walk
 * the x edges of both bands, keep two bits "inside a" and "inside b", and look
 * the pair up in the operation's truth table.  The new band is joined with the
 * one above when the two touch and have equal columns.
 */
#include "picture/region.h"

#include <string.h>

#include "base/assert.h"
#include "sync/memory.h"

enum { FIRST_CAPACITY = 16, INSIDE_A = 1, INSIDE_B = 2 };

/* Bit s says whether a pixel in state s (a sum of INSIDE_*) is in the result. */
enum rule {
    RULE_UNITE = 1 << INSIDE_A | 1 << INSIDE_B | 1 << (INSIDE_A | INSIDE_B),
    RULE_MEET = 1 << (INSIDE_A | INSIDE_B),
    RULE_SUBTRACT = 1 << INSIDE_A,
};

/* Rectangles being read: the band at the front, and what follows. */
struct feed {
    const struct picture_rect *at;
    const struct picture_rect *end;
    uint32_t band;   /* rectangles in the band at the front; 0 at the end */
};

/* Rectangles being written, into the spare buffer of the target. */
struct sink {
    struct picture_region *region;
    uint32_t count;
    uint32_t above;     /* where the finished band above begins */
    uint32_t current;   /* where the band being written begins */
    enum status status;
};

void picture_region_init(struct picture_region *region, uint32_t rects_max) {
    ASSERT(rects_max > 0 && rects_max <= PICTURE_REGION_RECTS_MAX);
    *region = (struct picture_region){ .rects_max = rects_max };
}

void picture_region_finish(struct picture_region *region) {
    sync_free(region->rects);
    sync_free(region->spare);
    *region = (struct picture_region){ .rects_max = region->rects_max };
}

void picture_region_clear(struct picture_region *region) {
    region->count = 0;
}

/* Room for `needed` rectangles in the spare buffer, of which `used` must be kept. */
static enum status spare_reserve(struct picture_region *region, uint32_t needed, uint32_t used) {
    if (needed <= region->spare_capacity) {
        return STATUS_OK;
    }
    if (needed > region->rects_max) {
        return STATUS_LIMIT;
    }
    uint64_t wanted = (uint64_t)region->spare_capacity * 2;
    wanted = wanted < FIRST_CAPACITY ? FIRST_CAPACITY : wanted;
    wanted = wanted < needed ? needed : wanted;
    wanted = wanted < region->rects_max ? wanted : region->rects_max;
    struct picture_rect *bigger = sync_alloc((size_t)wanted * sizeof(*bigger));
    if (bigger == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (used > 0) {
        memcpy(bigger, region->spare, used * sizeof(*bigger));
    }
    sync_free(region->spare);
    region->spare = bigger;
    region->spare_capacity = (uint32_t)wanted;
    return STATUS_OK;
}

/* The spare buffer, holding `count` finished rectangles, becomes the value. */
static void spare_install(struct picture_region *region, uint32_t count) {
    struct picture_rect *old = region->rects;
    uint32_t old_capacity = region->capacity;
    region->rects = region->spare;
    region->capacity = region->spare_capacity;
    region->count = count;
    region->spare = old;
    region->spare_capacity = old_capacity;
}

static enum status set_list(struct picture_region *region, const struct picture_rect *rects,
                            uint32_t count) {
    enum status status = spare_reserve(region, count, 0);
    if (status != STATUS_OK) {
        return status;
    }
    if (count > 0) {
        memcpy(region->spare, rects, count * sizeof(*rects));
    }
    spare_install(region, count);
    return STATUS_OK;
}

enum status picture_region_set(struct picture_region *region, struct picture_rect rect) {
    return set_list(region, &rect, picture_rect_is_empty(rect) ? 0 : 1);
}

enum status picture_region_copy(struct picture_region *region,
                                const struct picture_region *from) {
    return region == from ? STATUS_OK : set_list(region, from->rects, from->count);
}

static void feed_measure(struct feed *feed) {
    uint32_t band = 0;
    while (feed->at + band < feed->end && feed->at[band].y0 == feed->at[0].y0) {
        band++;
    }
    feed->band = band;
}

static struct feed feed_over(const struct picture_rect *rects, uint32_t count) {
    struct feed feed = { .at = rects, .end = rects == NULL ? NULL : rects + count };
    if (count > 0) {
        feed_measure(&feed);
    }
    return feed;
}

static void sink_push(struct sink *sink, struct picture_rect rect) {
    if (sink->count == sink->region->spare_capacity && sink->status == STATUS_OK) {
        sink->status = spare_reserve(sink->region, sink->count + 1, sink->count);
    }
    if (sink->status == STATUS_OK) {
        sink->region->spare[sink->count++] = rect;
    }
}

static bool same_columns(const struct picture_rect *a, const struct picture_rect *b,
                         uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (a[i].x0 != b[i].x0 || a[i].x1 != b[i].x1) {
            return false;
        }
    }
    return true;
}

/* The band is written: join it to the one above if that has the same columns. */
static void sink_end_band(struct sink *sink) {
    uint32_t written = sink->count - sink->current;
    uint32_t above = sink->current - sink->above;
    if (sink->status != STATUS_OK || written == 0) {
        return;
    }
    struct picture_rect *rects = sink->region->spare;
    if (written == above && rects[sink->above].y1 == rects[sink->current].y0 &&
        same_columns(rects + sink->above, rects + sink->current, written)) {
        for (uint32_t i = 0; i < written; i++) {
            rects[sink->above + i].y1 = rects[sink->current + i].y1;
        }
        sink->count = sink->current;
    } else {
        sink->above = sink->current;
        sink->current = sink->count;
    }
}

/* Edge number `edge` of a band, each rectangle having a left and a right one. */
static int32_t edge_x(const struct picture_rect *rects, uint32_t edge) {
    return (edge & 1) == 0 ? rects[edge / 2].x0 : rects[edge / 2].x1;
}

/* Write the band of rows [y0, y1) from the bands `a` and `b`, of which one may be empty. */
static void write_band(struct sink *sink, const struct feed *a, const struct feed *b,
                       struct picture_rect rows, enum rule rule) {
    uint32_t ends_a = a == NULL ? 0 : a->band * 2;
    uint32_t ends_b = b == NULL ? 0 : b->band * 2;
    uint32_t at_a = 0;
    uint32_t at_b = 0;
    unsigned state = 0;
    bool was_inside = false;
    while (at_a < ends_a || at_b < ends_b) {
        bool take_a = at_b == ends_b ||
                      (at_a < ends_a && edge_x(a->at, at_a) <= edge_x(b->at, at_b));
        bool take_b = at_a == ends_a ||
                      (at_b < ends_b && edge_x(b->at, at_b) <= edge_x(a->at, at_a));
        int32_t x = take_a ? edge_x(a->at, at_a) : edge_x(b->at, at_b);
        state ^= (take_a ? (unsigned)INSIDE_A : 0) | (take_b ? (unsigned)INSIDE_B : 0);
        at_a += take_a;
        at_b += take_b;
        bool is_inside = ((unsigned)rule >> state & 1) != 0;
        if (is_inside && !was_inside) {
            rows.x0 = x;
        } else if (!is_inside && was_inside) {
            rows.x1 = x;
            sink_push(sink, rows);
        }
        was_inside = is_inside;
    }
    sink_end_band(sink);
}

/* The next row at or below `y` where a band of the feed begins or ends. */
static int32_t next_edge_y(const struct feed *feed, int32_t y) {
    if (feed->band == 0) {
        return INT32_MAX;
    }
    return feed->at->y0 > y ? feed->at->y0 : feed->at->y1;
}

static void feed_pass(struct feed *feed, int32_t y) {
    if (feed->band > 0 && feed->at->y1 <= y) {
        feed->at += feed->band;
        feed_measure(feed);
    }
}

static bool feed_covers(const struct feed *feed, int32_t y) {
    return feed->band > 0 && feed->at->y0 <= y;
}

static enum status combine(struct picture_region *out, struct feed a, struct feed b,
                           enum rule rule) {
    struct sink sink = { .region = out };
    int32_t y = INT32_MIN;
    while (sink.status == STATUS_OK && (a.band > 0 || b.band > 0)) {
        bool in_a = feed_covers(&a, y);
        bool in_b = feed_covers(&b, y);
        int32_t edge_a = next_edge_y(&a, y);
        int32_t edge_b = next_edge_y(&b, y);
        int32_t end = edge_a < edge_b ? edge_a : edge_b;
        if (in_a || in_b) {
            write_band(&sink, in_a ? &a : NULL, in_b ? &b : NULL,
                       (struct picture_rect){ .y0 = y, .y1 = end }, rule);
        }
        feed_pass(&a, end);
        feed_pass(&b, end);
        y = end;
    }
    if (sink.status == STATUS_OK) {
        spare_install(out, sink.count);
    }
    return sink.status;
}

static struct feed feed_region(const struct picture_region *region) {
    return feed_over(region->rects, region->count);
}

static struct feed feed_rect(const struct picture_rect *rect) {
    return feed_over(rect, picture_rect_is_empty(*rect) ? 0 : 1);
}

enum status picture_region_unite(struct picture_region *out, const struct picture_region *a,
                                 const struct picture_region *b) {
    return combine(out, feed_region(a), feed_region(b), RULE_UNITE);
}

enum status picture_region_meet(struct picture_region *out, const struct picture_region *a,
                                const struct picture_region *b) {
    return combine(out, feed_region(a), feed_region(b), RULE_MEET);
}

enum status picture_region_subtract(struct picture_region *out, const struct picture_region *a,
                                    const struct picture_region *b) {
    return combine(out, feed_region(a), feed_region(b), RULE_SUBTRACT);
}

enum status picture_region_unite_rect(struct picture_region *out,
                                      const struct picture_region *a,
                                      struct picture_rect rect) {
    return combine(out, feed_region(a), feed_rect(&rect), RULE_UNITE);
}

/*
 * With one rectangle no sweep is needed: bands above and below it are copied or
 * dropped whole, those between are cut at its rows, and each rectangle at its columns.
 */

/* The first rectangle at or past row y. */
static uint32_t rects_from(const struct picture_region *region, int32_t y) {
    uint32_t low = 0;
    uint32_t high = region->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (region->rects[middle].y0 >= y) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Finished bands, put down as they are. */
static void sink_copy(struct sink *sink, const struct picture_rect *rects, uint32_t count) {
    if (count == 0 || sink->status != STATUS_OK) {
        return;
    }
    sink->status = spare_reserve(sink->region, sink->count + count, sink->count);
    if (sink->status == STATUS_OK) {
        memcpy(sink->region->spare + sink->count, rects, count * sizeof(*rects));
        sink->count += count;
        sink->current = sink->count;
        sink->above = sink->count - 1;
        while (sink->above > 0 && sink->region->spare[sink->above - 1].y0 ==
                                      sink->region->spare[sink->count - 1].y0) {
            sink->above--;
        }
    }
}

/* The rows [y0, y1) of a band: all of it, its part inside the columns, or outside. */
enum part { PART_ALL, PART_INSIDE, PART_OUTSIDE };

static void sink_band(struct sink *sink, const struct feed *band, struct picture_rect cut,
                      enum part part) {
    for (uint32_t i = 0; i < band->band && cut.y0 < cut.y1; i++) {
        int32_t x0 = band->at[i].x0;
        int32_t x1 = band->at[i].x1;
        if (part == PART_ALL || (part == PART_OUTSIDE && (x1 <= cut.x0 || x0 >= cut.x1))) {
            sink_push(sink, (struct picture_rect){ x0, cut.y0, x1, cut.y1 });
            continue;
        }
        int32_t left = x0 > cut.x0 ? x0 : cut.x0;
        int32_t right = x1 < cut.x1 ? x1 : cut.x1;
        if (part == PART_INSIDE && left < right) {
            sink_push(sink, (struct picture_rect){ left, cut.y0, right, cut.y1 });
        } else if (part == PART_OUTSIDE) {
            if (x0 < cut.x0) {
                sink_push(sink, (struct picture_rect){ x0, cut.y0, cut.x0, cut.y1 });
            }
            if (x1 > cut.x1) {
                sink_push(sink, (struct picture_rect){ cut.x1, cut.y0, x1, cut.y1 });
            }
        }
    }
    sink_end_band(sink);
}

/* A band that shares rows with the rectangle: above it, beside or in it, below it. */
static void cut_band(struct sink *sink, const struct feed *band, struct picture_rect rect,
                     bool is_meet) {
    struct picture_rect rows = { rect.x0, band->at->y0, rect.x1, band->at->y1 };
    struct picture_rect shared = picture_rect_meet(rows, rect);
    if (!is_meet) {
        rows.y1 = shared.y0;
        sink_band(sink, band, rows, PART_ALL);
    }
    sink_band(sink, band, shared, is_meet ? PART_INSIDE : PART_OUTSIDE);
    if (!is_meet) {
        rows.y0 = shared.y1;
        rows.y1 = band->at->y1;
        sink_band(sink, band, rows, PART_ALL);
    }
}

static enum status combine_rect(struct picture_region *out, const struct picture_region *a,
                                struct picture_rect rect, bool is_meet) {
    uint32_t first = picture_rects_below(a->rects, a->count, rect.y0);
    uint32_t last = rects_from(a, rect.y1);
    if (picture_rect_is_empty(rect) || first >= last) {
        return is_meet ? set_list(out, NULL, 0) : picture_region_copy(out, a);
    }
    struct sink sink = { .region = out };
    if (!is_meet) {
        sink_copy(&sink, a->rects, first);
    }
    struct feed feed = feed_over(a->rects + first, last - first);
    while (feed.band > 0 && sink.status == STATUS_OK) {
        cut_band(&sink, &feed, rect, is_meet);
        feed.at += feed.band;
        feed_measure(&feed);
    }
    if (!is_meet && last < a->count) {
        feed = feed_over(a->rects + last, a->count - last);
        sink_band(&sink, &feed, *feed.at, PART_ALL);   /* may join the band above it */
        sink_copy(&sink, feed.at + feed.band, a->count - last - feed.band);
    }
    if (sink.status == STATUS_OK) {
        spare_install(out, sink.count);
    }
    return sink.status;
}

enum status picture_region_meet_rect(struct picture_region *out,
                                     const struct picture_region *a, struct picture_rect rect) {
    return combine_rect(out, a, rect, true);
}

enum status picture_region_subtract_rect(struct picture_region *out,
                                         const struct picture_region *a,
                                         struct picture_rect rect) {
    return combine_rect(out, a, rect, false);
}

enum status picture_region_set_rects(struct picture_region *region,
                                     const struct picture_rect *rects, uint32_t count) {
    struct picture_region sum;
    picture_region_init(&sum, region->rects_max);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        status = picture_region_unite_rect(&sum, &sum, rects[i]);
    }
    if (status == STATUS_OK) {
        status = picture_region_copy(region, &sum);
    }
    picture_region_finish(&sum);
    return status;
}

static bool fits(int64_t value) {
    return value >= INT32_MIN && value <= INT32_MAX;
}

enum status picture_region_translate(struct picture_region *region, int32_t dx, int32_t dy) {
    if (region->count == 0) {
        return STATUS_OK;
    }
    struct picture_rect bounds = picture_region_bounds(region);
    if (!fits((int64_t)bounds.x0 + dx) || !fits((int64_t)bounds.x1 + dx) ||
        !fits((int64_t)bounds.y0 + dy) || !fits((int64_t)bounds.y1 + dy)) {
        return STATUS_LIMIT;
    }
    for (uint32_t i = 0; i < region->count; i++) {
        struct picture_rect *rect = &region->rects[i];
        *rect = (struct picture_rect){ rect->x0 + dx, rect->y0 + dy, rect->x1 + dx,
                                       rect->y1 + dy };
    }
    return STATUS_OK;
}

uint32_t picture_rects_below(const struct picture_rect *rects, uint32_t count, int32_t y) {
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rects[middle].y1 > y) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

bool picture_region_contains(const struct picture_region *region, int32_t x, int32_t y) {
    uint32_t i = picture_rects_below(region->rects, region->count, y);
    for (; i < region->count && region->rects[i].y0 <= y; i++) {
        if (region->rects[i].x0 <= x && x < region->rects[i].x1) {
            return true;
        }
    }
    return false;
}

bool picture_region_is_equal(const struct picture_region *a, const struct picture_region *b) {
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->rects, b->rects, a->count * sizeof(*a->rects)) == 0);
}

struct picture_rect picture_region_bounds(const struct picture_region *region) {
    if (region->count == 0) {
        return (struct picture_rect){ 0 };
    }
    struct picture_rect bounds = region->rects[0];
    bounds.y1 = region->rects[region->count - 1].y1;
    for (uint32_t i = 1; i < region->count; i++) {
        bounds.x0 = region->rects[i].x0 < bounds.x0 ? region->rects[i].x0 : bounds.x0;
        bounds.x1 = region->rects[i].x1 > bounds.x1 ? region->rects[i].x1 : bounds.x1;
    }
    return bounds;
}

uint64_t picture_region_area(const struct picture_region *region) {
    uint64_t area = 0;
    for (uint32_t i = 0; i < region->count; i++) {
        area += picture_rect_area(region->rects[i]);
    }
    return area;
}
