/*
 * paint_image.c - images as they are, and images scaled.
 *
 * Scaling is bilinear in two passes with weights of 7 bits.  The centre of pixel x
 * of a box `d` wide lies at (2x + 1) * s / (2d) - 1/2 in an image `s` wide; its
 * whole part names the left neighbour, the next 7 bits are the right one's weight.
 * Each source row is stretched once for the target rows that use it.
 */
#include "base/assert.h"
#include "renderer_impl.h"

enum { POSITION_BITS = 16, HALF_POSITION = 1 << (POSITION_BITS - 1) };

static const uint32_t *image_at(const struct renderer_op *op, int32_t x, int32_t y) {
    return (const uint32_t *)(const void *)picture_row(&op->item->as.image.pixels,
                                                       (uint32_t)(y - op->box.y0)) +
           (x - op->box.x0);
}

/* A row of an image that is opaque in part: blended, copied, blended. */
static void put_partly(struct renderer_brush *brush, const struct renderer_op *op,
                       struct picture_rect row, struct picture_rect opaque) {
    uint32_t *to = renderer_target_at(brush, row.x0, row.y0);
    const uint32_t *from = image_at(op, row.x0, row.y0);
    size_t left = (size_t)(opaque.x0 - row.x0);
    size_t middle = renderer_columns(opaque);
    size_t right = (size_t)(row.x1 - opaque.x1);
    brush->kernels->over(to, from, left);
    brush->kernels->copy(to + left, from + left, middle);
    brush->kernels->over(to + left + middle, from + left + middle, right);
    brush->tally.copied += middle;
    brush->tally.blended += left + right;
}

/* All opaque, or blended as it is: one kernel for every row, and little around it. */
static void fill_evenly(struct renderer_brush *brush, const struct renderer_op *op,
                        struct picture_rect rect) {
    void (*put)(uint32_t *to, const uint32_t *from, size_t count) =
        op->is_opaque ? brush->kernels->copy : brush->kernels->over;
    size_t count = renderer_columns(rect);
    size_t to_step = brush->target.stride_bytes / sizeof(uint32_t);
    size_t from_step = op->item->as.image.pixels.stride_bytes / sizeof(uint32_t);
    uint32_t *to = renderer_target_at(brush, rect.x0, rect.y0);
    const uint32_t *from = image_at(op, rect.x0, rect.y0);
    for (int32_t y = rect.y0; y < rect.y1; y++) {
        put(to, from, count);
        to += to_step;
        from += from_step;
    }
    brush->tally.copied += op->is_opaque ? picture_rect_area(rect) : 0;
    brush->tally.blended += op->is_opaque ? 0 : picture_rect_area(rect);
}

void renderer_fill_image(struct renderer_brush *brush, const struct renderer_op *op,
                         struct picture_rect rect, struct renderer_mask mask) {
    struct picture_rect opaque = picture_rect_meet(rect, op->opaque);
    bool is_partly = mask.bytes == NULL && !op->is_opaque && !picture_rect_is_empty(opaque);
    if (mask.bytes == NULL && !is_partly && op->fade == 255) {
        fill_evenly(brush, op, rect);
        return;
    }
    for (int32_t y = rect.y0; y < rect.y1; y++) {
        if (is_partly && y >= opaque.y0 && y < opaque.y1) {
            put_partly(brush, op, (struct picture_rect){ rect.x0, y, rect.x1, y + 1 }, opaque);
        } else {
            renderer_put_row(brush, op,
                             &(struct renderer_row){ .to = renderer_target_at(brush, rect.x0, y),
                                                    .from = image_at(op, rect.x0, y),
                                                    .mask = mask.bytes,
                                                    .count = renderer_columns(rect) });
        }
        mask.bytes = mask.bytes == NULL ? NULL : mask.bytes + mask.step;
    }
}

/* Two neighbours along one side, and the second one's weight. */
static struct renderer_column neighbours(int64_t position, uint32_t side) {
    int64_t whole = position >= 0 ? position >> POSITION_BITS : -1;
    int64_t last = (int64_t)side - 1;
    return (struct renderer_column){
        .left = (uint32_t)(whole < 0 ? 0 : whole > last ? last : whole),
        .right = (uint32_t)(whole + 1 > last ? last : whole + 1),
        .weight = (uint32_t)((position + (1 << POSITION_BITS)) >>
                             (POSITION_BITS - SCALE_BITS)) & (SCALE_ONE - 1) };
}

/* Positions of pixels one after the other, without a division for each. */
struct walk {
    int64_t whole;        /* floor of the position */
    uint64_t part;        /* what the floor left, in 1 / length */
    uint64_t step;
    uint64_t part_step;
    uint64_t length;
};

static struct walk walk_from(uint32_t at, uint32_t side, uint32_t length) {
    uint64_t step = (uint64_t)side << POSITION_BITS;
    uint64_t first = (2 * (uint64_t)at + 1) * ((uint64_t)side << (POSITION_BITS - 1));
    return (struct walk){ .whole = (int64_t)(first / length) - HALF_POSITION,
                          .part = first % length,
                          .step = step / length,
                          .part_step = step % length,
                          .length = length };
}

static int64_t walk_next(struct walk *walk) {
    int64_t here = walk->whole;
    walk->whole += (int64_t)walk->step;
    walk->part += walk->part_step;
    if (walk->part >= walk->length) {
        walk->part -= walk->length;
        walk->whole++;
    }
    return here;
}

/* Up to STRIP_PIXELS columns of a scaled image, and the source rows last stretched. */
struct strip {
    struct renderer_column columns[STRIP_PIXELS];
    uint16_t rows[2][4 * STRIP_PIXELS];
    int64_t held[2];      /* which source row is in rows[i], or -1 */
    uint32_t pixels[STRIP_PIXELS];
};

static void strip_begin(struct strip *strip, const struct renderer_op *op, int32_t x,
                        size_t count) {
    uint32_t side = op->item->as.image.pixels.width;
    struct walk walk = walk_from((uint32_t)(x - op->box.x0), side,
                                 (uint32_t)(op->box.x1 - op->box.x0));
    for (size_t i = 0; i < count; i++) {
        strip->columns[i] = neighbours(walk_next(&walk), side);
    }
    strip->held[0] = -1;
    strip->held[1] = -1;
}

/* Neighbouring rows have different parity, so each has a place of its own. */
static const uint16_t *strip_row(struct renderer_brush *brush, struct strip *strip,
                                 const struct picture_view *image, uint32_t row, size_t count) {
    uint32_t place = row & 1;
    if (strip->held[place] != row) {
        brush->kernels->stretch(strip->rows[place],
                                (const uint32_t *)(const void *)picture_row(image, row),
                                strip->columns, count);
        strip->held[place] = row;
    }
    return strip->rows[place];
}

static void scale_strip(struct renderer_brush *brush, const struct renderer_op *op,
                        struct picture_rect rect, struct renderer_mask mask) {
    const struct picture_view *image = &op->item->as.image.pixels;
    size_t count = renderer_columns(rect);
    bool is_direct = op->is_opaque && mask.bytes == NULL;
    struct strip strip;
    ASSERT(count <= STRIP_PIXELS);
    strip_begin(&strip, op, rect.x0, count);
    struct walk walk = walk_from((uint32_t)(rect.y0 - op->box.y0), image->height,
                                 (uint32_t)(op->box.y1 - op->box.y0));
    for (int32_t y = rect.y0; y < rect.y1; y++) {
        struct renderer_column pair = neighbours(walk_next(&walk), image->height);
        const uint16_t *above = strip_row(brush, &strip, image, pair.left, count);
        const uint16_t *below = strip_row(brush, &strip, image, pair.right, count);
        uint32_t *to = renderer_target_at(brush, rect.x0, y);
        if (is_direct) {
            brush->kernels->mix(to, above, below, pair.weight, count);
            continue;
        }
        brush->kernels->mix(strip.pixels, above, below, pair.weight, count);
        renderer_put_row(brush, op, &(struct renderer_row){ to, strip.pixels, mask.bytes, count });
        mask.bytes = mask.bytes == NULL ? NULL : mask.bytes + mask.step;
    }
    brush->tally.copied += is_direct ? picture_rect_area(rect) : 0;
}

void renderer_fill_scaled(struct renderer_brush *brush, const struct renderer_op *op,
                          struct picture_rect rect, struct renderer_mask mask) {
    for (int32_t x = rect.x0; x < rect.x1; x += STRIP_PIXELS) {
        struct picture_rect part = rect;
        part.x0 = x;
        part.x1 = rect.x1 - x < STRIP_PIXELS ? rect.x1 : x + STRIP_PIXELS;
        scale_strip(brush, op, part, mask);
        mask.bytes = mask.bytes == NULL ? NULL : mask.bytes + STRIP_PIXELS;
    }
}
