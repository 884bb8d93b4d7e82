/*
 * paint.c - one op in one rectangle: cut by the shape, then handed to its source.
 *
 * A shape is nine cells: four corner squares, four edges, the middle.  Only round
 * corners need a mask; everything else has coverage 255, or 0 inside a ring.
 */
#include "renderer_impl.h"

typedef void (*fill_function)(struct renderer_brush *brush, const struct renderer_op *op,
                              struct picture_rect rect, struct renderer_mask mask);

static fill_function fill_for(const struct renderer_op *op) {
    if (op->item == NULL || op->item->kind == RENDERER_SOLID) {
        return renderer_fill_solid;
    }
    if (op->item->kind == RENDERER_GRADIENT) {
        return renderer_fill_gradient;
    }
    return op->is_scaled ? renderer_fill_scaled : renderer_fill_image;
}

static void fill_plain(struct renderer_brush *brush, const struct renderer_op *op,
                       struct picture_rect rect) {
    if (!picture_rect_is_empty(rect)) {
        fill_for(op)(brush, op, rect, (struct renderer_mask){ 0 });
    }
}

/* A cell of the shape: row and column 0 to 2. */
struct cell {
    struct picture_rect box;
    uint32_t row;
    uint32_t column;
};

static bool is_round(const struct renderer_op *op, const struct cell *cell) {
    static const uint32_t corners[3][3] = {
        { RENDERER_TOP_LEFT, 0, RENDERER_TOP_RIGHT },
        { 0, 0, 0 },
        { RENDERER_BOTTOM_LEFT, 0, RENDERER_BOTTOM_RIGHT },
    };
    return op->cover != NULL && (op->item->corners & corners[cell->row][cell->column]) != 0;
}

static void fill_corner(struct renderer_brush *brush, const struct renderer_op *op,
                        const struct cell *cell, struct picture_rect rect) {
    const struct renderer_cover *cover = op->cover;
    ptrdiff_t stride = (ptrdiff_t)cover->side * 2;
    ptrdiff_t x = rect.x0 - cell->box.x0 + (cell->column == 2 ? (ptrdiff_t)cover->side : 0);
    bool is_upside_down = cell->row == 2;
    ptrdiff_t y = is_upside_down ? cell->box.y1 - 1 - rect.y0 : rect.y0 - cell->box.y0;
    fill_for(op)(brush, op, rect,
                 (struct renderer_mask){ .bytes = cover->mask + y * stride + x,
                                         .step = is_upside_down ? -stride : stride });
}

/* The rim within a cell that has no round corner: a bar, or two that meet. */
static void fill_rim(struct renderer_brush *brush, const struct renderer_op *op,
                     const struct cell *cell, struct picture_rect rect) {
    int32_t ring = (int32_t)op->ring;
    struct picture_rect rest = rect;
    if (cell->row == 0) {
        struct picture_rect bar = rect;
        bar.y1 = bar.y1 < op->box.y0 + ring ? bar.y1 : op->box.y0 + ring;
        fill_plain(brush, op, bar);
        rest.y0 = rest.y0 > op->box.y0 + ring ? rest.y0 : op->box.y0 + ring;
    } else if (cell->row == 2) {
        struct picture_rect bar = rect;
        bar.y0 = bar.y0 > op->box.y1 - ring ? bar.y0 : op->box.y1 - ring;
        fill_plain(brush, op, bar);
        rest.y1 = rest.y1 < op->box.y1 - ring ? rest.y1 : op->box.y1 - ring;
    }
    if (cell->column == 0) {
        rest.x1 = rest.x1 < op->box.x0 + ring ? rest.x1 : op->box.x0 + ring;
        fill_plain(brush, op, rest);
    } else if (cell->column == 2) {
        rest.x0 = rest.x0 > op->box.x1 - ring ? rest.x0 : op->box.x1 - ring;
        fill_plain(brush, op, rest);
    }
}

static void fill_cell(struct renderer_brush *brush, const struct renderer_op *op,
                      const struct cell *cell, struct picture_rect rect) {
    rect = picture_rect_meet(rect, cell->box);
    if (picture_rect_is_empty(rect)) {
        return;
    }
    if (is_round(op, cell)) {
        fill_corner(brush, op, cell, rect);
    } else if (op->ring > 0) {
        fill_rim(brush, op, cell, rect);
    } else {
        fill_plain(brush, op, rect);
    }
}

static void fill_shape(struct renderer_brush *brush, const struct renderer_op *op,
                       struct picture_rect rect) {
    int32_t side = (int32_t)(op->cover != NULL ? op->cover->side : op->ring);
    const int32_t xs[4] = { op->box.x0, op->box.x0 + side, op->box.x1 - side, op->box.x1 };
    const int32_t ys[4] = { op->box.y0, op->box.y0 + side, op->box.y1 - side, op->box.y1 };
    for (uint32_t row = 0; row < 3; row++) {
        for (uint32_t column = 0; column < 3; column++) {
            struct cell cell = { { xs[column], ys[row], xs[column + 1], ys[row + 1] }, row,
                                 column };
            fill_cell(brush, op, &cell, rect);
        }
    }
}

void renderer_paint_op(struct renderer_brush *brush, const struct renderer_op *op,
                       struct picture_rect rect) {
    if (op->shade != NULL) {
        renderer_paint_shadow(brush, op, rect);
    } else if (op->item != NULL && op->item->kind == RENDERER_GLYPHS) {
        renderer_paint_glyphs(brush, op, rect);
    } else if (op->cover != NULL || op->ring > 0) {
        fill_shape(brush, op, rect);
    } else {
        fill_plain(brush, op, rect);
    }
}

void renderer_fill_solid(struct renderer_brush *brush, const struct renderer_op *op,
                         struct picture_rect rect, struct renderer_mask mask) {
    size_t count = renderer_columns(rect);
    uint64_t area = picture_rect_area(rect);
    bool is_copy = op->is_opaque && mask.bytes == NULL;
    for (int32_t y = rect.y0; y < rect.y1; y++) {
        uint32_t *to = renderer_target_at(brush, rect.x0, y);
        if (mask.bytes != NULL) {
            brush->kernels->blend_mask(to, op->colour, mask.bytes, count);
            mask.bytes += mask.step;
        } else if (is_copy) {
            brush->kernels->fill(to, op->colour, count);
        } else {
            brush->kernels->blend(to, op->colour, count);
        }
    }
    brush->tally.copied += is_copy ? area : 0;
    brush->tally.blended += is_copy ? 0 : area;
}

/* A mask with the item's opacity in it, a strip at a time. */
static void put_faded(struct renderer_brush *brush, uint32_t fade,
                      const struct renderer_row *row) {
    uint8_t faded[STRIP_PIXELS];
    for (size_t at = 0; at < row->count; at += STRIP_PIXELS) {
        size_t left = row->count - at;
        size_t strip = left < STRIP_PIXELS ? left : STRIP_PIXELS;
        brush->kernels->fade(faded, row->mask + at, fade, strip);
        brush->kernels->over_mask(row->to + at, row->from + at, faded, strip);
    }
}

void renderer_put_row(struct renderer_brush *brush, const struct renderer_op *op,
                      const struct renderer_row *row) {
    if (row->mask == NULL && op->is_opaque) {
        brush->kernels->copy(row->to, row->from, row->count);
        brush->tally.copied += row->count;
        return;
    }
    brush->tally.blended += row->count;
    if (row->mask == NULL) {
        if (op->fade == 255) {
            brush->kernels->over(row->to, row->from, row->count);
        } else {
            brush->kernels->over_alpha(row->to, row->from, op->fade, row->count);
        }
    } else if (op->fade == 255) {
        brush->kernels->over_mask(row->to, row->from, row->mask, row->count);
    } else {
        put_faded(brush, op->fade, row);
    }
}
