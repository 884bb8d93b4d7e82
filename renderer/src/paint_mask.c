/* paint_mask.c - items that are coverage of one colour: shadows and glyphs. */
#include "renderer_impl.h"

/* Table column or row of position `at` in a box whose full length is `full`. */
static uint32_t folded(int32_t at, int32_t full, uint32_t table, uint32_t end) {
    if ((uint32_t)at < end || table == (uint32_t)full) {
        return (uint32_t)at;
    }
    if ((uint32_t)(full - 1 - at) < end) {
        return table - (uint32_t)(full - at);
    }
    return end;
}

/* A stretch of one shadow row; `x0` and `x1` count from the rim's left end. */
struct stretch {
    uint32_t *to;          /* pixel of x0 */
    const uint8_t *mask;   /* the table's row */
    int32_t x0;
    int32_t x1;
};

/*
 * Left end, repeated middle, right end.  The middle's coverage is one value, so it
 * is a plain blend of the colour already multiplied.
 */
static void shade_row(struct renderer_brush *brush, const struct renderer_op *op,
                      const struct stretch *row, int32_t full) {
    const struct renderer_shade *shade = op->shade;
    if (shade->columns == (uint32_t)full) {
        brush->kernels->blend_mask(row->to, op->colour, row->mask + row->x0,
                                   (size_t)(row->x1 - row->x0));
        return;
    }
    int32_t end = (int32_t)shade->end;
    int32_t left = row->x1 < end ? row->x1 : end;
    if (row->x0 < left) {
        brush->kernels->blend_mask(row->to, op->colour, row->mask + row->x0,
                                   (size_t)(left - row->x0));
    }
    int32_t from = row->x0 > end ? row->x0 : end;
    int32_t middle = row->x1 < full - end ? row->x1 : full - end;
    uint32_t colour = renderer_scale_pixel(op->colour, row->mask[end]);
    if (from < middle && colour != 0) {
        brush->kernels->blend(row->to + (from - row->x0), colour, (size_t)(middle - from));
    }
    from = row->x0 > full - end ? row->x0 : full - end;
    if (from < row->x1) {
        const uint8_t *mask = row->mask + folded(from, full, shade->columns, shade->end);
        brush->kernels->blend_mask(row->to + (from - row->x0), op->colour, mask,
                                   (size_t)(row->x1 - from));
    }
}

void renderer_paint_shadow(struct renderer_brush *brush, const struct renderer_op *op,
                           struct picture_rect rect) {
    const struct renderer_shade *shade = op->shade;
    int32_t width = op->box.x1 - op->box.x0;
    int32_t height = op->box.y1 - op->box.y0;
    for (int32_t y = rect.y0; y < rect.y1; y++) {
        uint32_t row = folded(y - op->box.y0, height, shade->rows, shade->end);
        uint32_t mirrored = shade->rows - 1 - row;
        row = row < mirrored ? row : mirrored;
        shade_row(brush, op,
                  &(struct stretch){ .to = renderer_target_at(brush, rect.x0, y),
                                    .mask = shade->mask + (size_t)row * shade->columns,
                                    .x0 = rect.x0 - op->box.x0, .x1 = rect.x1 - op->box.x0 },
                  width);
    }
    brush->tally.blended += picture_rect_area(rect);
}

static void paint_glyph(struct renderer_brush *brush, const struct renderer_op *op,
                        const struct renderer_glyph *glyph, struct picture_rect rect) {
    const struct picture_view *atlas = &op->item->as.glyphs.atlas;
    struct picture_rect cell = { glyph->x, glyph->y, glyph->x + (int32_t)glyph->width,
                                 glyph->y + (int32_t)glyph->height };
    rect = picture_rect_meet(rect, cell);
    if (picture_rect_is_empty(rect)) {
        return;
    }
    size_t count = renderer_columns(rect);
    uint32_t column = glyph->atlas_x + (uint32_t)(rect.x0 - glyph->x);
    for (int32_t y = rect.y0; y < rect.y1; y++) {
        const uint8_t *mask =
            picture_row(atlas, glyph->atlas_y + (uint32_t)(y - glyph->y)) + column;
        brush->kernels->blend_mask(renderer_target_at(brush, rect.x0, y), op->colour, mask,
                                   count);
    }
    brush->tally.blended += picture_rect_area(rect);
}

void renderer_paint_glyphs(struct renderer_brush *brush, const struct renderer_op *op,
                           struct picture_rect rect) {
    const struct renderer_glyphs *run = &op->item->as.glyphs;
    for (uint32_t i = 0; i < run->count; i++) {
        paint_glyph(brush, op, &run->list[i], rect);
    }
}
