/*
 * paint_gradient.c - colours along a line.
 *
 * The place of pixel (x, y) along the axis is the whole number
 *     p = ((2x + 1 - 2 from.x) * dx + (2y + 1 - 2 from.y) * dy) * 65536
 * and stop k stands at t[k] = 2 * (dx * dx + dy * dy) * at[k].  Along a row p grows
 * by a constant, so the row falls into stretches, one between each two stops, in
 * which every channel is a line: its value where the stretch meets the box, plus a
 * step a pixel, both with 22 bits of fraction.  An 8 x 8 ordered dither stands in
 * for the fraction that 8 bits cannot show.
 */
#include "base/assert.h"
#include "renderer_impl.h"

enum { SHARE_BITS = 30, SHARE_TO_RAMP = SHARE_BITS - RAMP_FRACTION_BITS };

/* Bayer's order of 64 thresholds as (2n + 1) << 15; each row twice, so any 8 in turn. */
#define D(n) ((2 * (n) + 1) << 15)
#define ROW(a, b, c, d, e, f, g, h) \
    { D(a), D(b), D(c), D(d), D(e), D(f), D(g), D(h), \
      D(a), D(b), D(c), D(d), D(e), D(f), D(g), D(h) }
static const int32_t dithers[DITHER_SIDE][2 * DITHER_SIDE] = {
    ROW(0, 32, 8, 40, 2, 34, 10, 42),    ROW(48, 16, 56, 24, 50, 18, 58, 26),
    ROW(12, 44, 4, 36, 14, 46, 6, 38),   ROW(60, 28, 52, 20, 62, 30, 54, 22),
    ROW(3, 35, 11, 43, 1, 33, 9, 41),    ROW(51, 19, 59, 27, 49, 17, 57, 25),
    ROW(15, 47, 7, 39, 13, 45, 5, 37),   ROW(63, 31, 55, 23, 61, 29, 53, 21),
};
#undef ROW
#undef D

/* One row of the box: p at its first pixel, and what p grows by. */
struct line {
    const struct renderer_op *op;
    int32_t x0;         /* of the box */
    int32_t x1;
    int64_t first;
    int64_t step;
    int64_t stop_unit;  /* t[k] = stop_unit * at[k] */
};

static struct line line_at(const struct renderer_op *op, int32_t y) {
    const struct renderer_gradient *g = &op->item->as.gradient;
    int64_t dx = (int64_t)g->to.x - g->from.x;
    int64_t dy = (int64_t)g->to.y - g->from.y;
    int64_t across = 2 * ((int64_t)op->box.x0 - g->from.x) + 1;
    int64_t down = 2 * ((int64_t)y - g->from.y) + 1;
    return (struct line){ .op = op, .x0 = op->box.x0, .x1 = op->box.x1,
                          .first = (across * dx + down * dy) * RENDERER_STOP_END,
                          .step = 2 * dx * RENDERER_STOP_END,
                          .stop_unit = 2 * (dx * dx + dy * dy) };
}

static int64_t place_at(const struct line *line, int32_t x) {
    return line->first + line->step * (x - line->x0);
}

static int64_t stop_place(const struct line *line, uint32_t stop) {
    return line->stop_unit * line->op->stops[stop].at;
}

/* How many stops stand at or before this place: 0 is before the first. */
static uint32_t stops_passed(const struct line *line, int64_t place) {
    uint32_t passed = 0;
    while (passed < line->op->item->as.gradient.stop_count &&
           place >= stop_place(line, passed)) {
        passed++;
    }
    return passed;
}

/*
 * The first pixel of the box, not before its left side, of the half line on which
 * stop `stop` is passed (step above 0) or no longer passed (step below 0).
 */
static int32_t crossing(const struct line *line, uint32_t stop) {
    int64_t to_go = stop_place(line, stop) - line->first;
    int64_t pixels;
    if (line->step > 0) {
        pixels = to_go <= 0 ? 0 : (to_go + line->step - 1) / line->step;
    } else {
        pixels = to_go > 0 ? 0 : -to_go / -line->step + 1;
    }
    int64_t width = (int64_t)line->x1 - line->x0;
    return line->x0 + (int32_t)(pixels < width ? pixels : width);
}

/* The stretch that pixel x belongs to: its first pixel in the box and its end. */
struct stretch {
    uint32_t passed;
    int32_t begin;
    int32_t end;
};

static struct stretch stretch_at(const struct line *line, int32_t x) {
    uint32_t count = line->op->item->as.gradient.stop_count;
    struct stretch stretch = { .passed = stops_passed(line, place_at(line, x)),
                               .begin = line->x0, .end = line->x1 };
    bool has_before = stretch.passed > 0;
    bool has_after = stretch.passed < count;
    if (line->step > 0) {
        stretch.begin = has_before ? crossing(line, stretch.passed - 1) : line->x0;
        stretch.end = has_after ? crossing(line, stretch.passed) : line->x1;
    } else if (line->step < 0) {
        stretch.begin = has_after ? crossing(line, stretch.passed) : line->x0;
        stretch.end = has_before ? crossing(line, stretch.passed - 1) : line->x1;
    }
    return stretch;
}

/* part / whole with 30 bits of fraction, for 0 <= part <= whole < 2^62. */
static int64_t share(int64_t part, int64_t whole) {
    while (whole >= (int64_t)1 << 33) {
        part >>= 1;
        whole >>= 1;
    }
    return (part << SHARE_BITS) / whole;
}

/* Colour `from` plus `share` of the way to `to`, rounded towards `from`. */
static int64_t part_way(uint32_t from, uint32_t to, int64_t share) {
    int64_t way = (int64_t)to - from;
    return way >= 0 ? (way * share) >> SHARE_TO_RAMP : -((-way * share) >> SHARE_TO_RAMP);
}

static uint32_t channel(uint32_t colour, int c) {
    return colour >> (8 * c) & 255;
}

/* The channels' lines at pixel x of this stretch. */
static struct renderer_ramp ramp_at(const struct line *line, const struct stretch *stretch,
                                    int32_t x) {
    const struct renderer_stop *stops = line->op->stops;
    uint32_t count = line->op->item->as.gradient.stop_count;
    struct renderer_ramp ramp = { 0 };
    bool is_flat = stretch->passed == 0 || stretch->passed == count;
    uint32_t from = stops[stretch->passed > 0 ? stretch->passed - 1 : 0].colour;
    uint32_t to = is_flat ? from : stops[stretch->passed].colour;
    int64_t begun = 0;
    int64_t step = 0;
    if (!is_flat) {
        int64_t start = stop_place(line, stretch->passed - 1);
        int64_t whole = stop_place(line, stretch->passed) - start;
        int64_t growth = line->step < 0 ? -line->step : line->step;
        begun = share(place_at(line, stretch->begin) - start, whole);
        /* Growth as long as the stretch means a stretch of one pixel: no second one to reach. */
        step = growth < whole ? share(growth, whole) : 0;
    }
    for (int c = 0; c < 4; c++) {
        int64_t value = ((int64_t)channel(from, c) << RAMP_FRACTION_BITS) +
                        part_way(channel(from, c), channel(to, c), begun);
        int64_t slope = part_way(channel(from, c), channel(to, c), step);
        slope = line->step < 0 ? -slope : slope;
        ramp.value[c] = (int32_t)(value + slope * (x - stretch->begin));
        ramp.step[c] = (int32_t)slope;
    }
    return ramp;
}

/* Pixels [x, end) of row y into `to`. */
static void gradient_row(struct renderer_brush *brush, const struct line *line, uint32_t *to,
                         struct picture_rect row) {
    const int32_t *dither = dithers[(uint32_t)row.y0 % DITHER_SIDE];
    for (int32_t x = row.x0; x < row.x1;) {
        struct stretch stretch = stretch_at(line, x);
        ASSERT(stretch.begin <= x && x < stretch.end);
        struct renderer_ramp ramp = ramp_at(line, &stretch, x);
        int32_t end = stretch.end < row.x1 ? stretch.end : row.x1;
        ramp.dither = dither + (uint32_t)x % DITHER_SIDE;
        brush->kernels->ramp(to + (x - row.x0), &ramp, (size_t)(end - x));
        x = end;
    }
}

/* Through a strip on the stack, for what must be blended. */
static void gradient_strips(struct renderer_brush *brush, const struct line *line,
                            struct picture_rect row, const uint8_t *mask) {
    uint32_t pixels[STRIP_PIXELS];
    for (int32_t x = row.x0; x < row.x1; x += STRIP_PIXELS) {
        struct picture_rect part = row;
        part.x0 = x;
        part.x1 = row.x1 - x < STRIP_PIXELS ? row.x1 : x + STRIP_PIXELS;
        gradient_row(brush, line, pixels, part);
        renderer_put_row(brush, line->op,
                         &(struct renderer_row){ .to = renderer_target_at(brush, x, row.y0),
                                                .from = pixels,
                                                .mask = mask == NULL ? NULL : mask + (x - row.x0),
                                                .count = renderer_columns(part) });
    }
}

void renderer_fill_gradient(struct renderer_brush *brush, const struct renderer_op *op,
                            struct picture_rect rect, struct renderer_mask mask) {
    for (int32_t y = rect.y0; y < rect.y1; y++) {
        struct line line = line_at(op, y);
        struct picture_rect row = { rect.x0, y, rect.x1, y + 1 };
        if (op->is_opaque && mask.bytes == NULL) {
            gradient_row(brush, &line, renderer_target_at(brush, rect.x0, y), row);
            brush->tally.copied += renderer_columns(row);
            continue;
        }
        gradient_strips(brush, &line, row, mask.bytes);
        mask.bytes = mask.bytes == NULL ? NULL : mask.bytes + mask.step;
    }
}
