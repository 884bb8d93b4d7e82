/*
 * prepare.c - check each item and work out what painting it needs.
 *
 * After this nothing about an item can fail: coordinates are in range, colours
 * carry their opacity, tables exist.  An item that cannot show has empty bounds.
 */
#include "base/assert.h"
#include "renderer_impl.h"

/* Picoseconds a pixel on one worker, measured with compose_bench; only for the estimate. */
enum {
    COST_FILL = 60,
    COST_COPY = 120,
    COST_BLEND = 150,
    COST_GRADIENT = 200,
    COST_MASK = 250,
    COST_SCALE = 1000,
};

static bool is_in_range(struct picture_rect r) {
    const int32_t most = RENDERER_COORDINATE_MAX;
    return r.x0 >= -most && r.y0 >= -most && r.x1 <= most && r.y1 <= most &&
           r.x0 <= most && r.y0 <= most && r.x1 >= -most && r.y1 >= -most;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t short_side(struct picture_rect box) {
    return smaller((uint32_t)(box.x1 - box.x0), (uint32_t)(box.y1 - box.y0));
}

static enum status prepare_shape(struct renderer *renderer, struct renderer_op *op,
                                 const char **reason) {
    const struct renderer_item *item = op->item;
    if (item->radius > RENDERER_RADIUS_MAX || item->ring > RENDERER_RADIUS_MAX) {
        *reason = "radius or ring too large";
        return STATUS_LIMIT;
    }
    uint32_t side = short_side(op->box);
    uint32_t radius = item->corners != 0 ? smaller(item->radius, side / 2) : 0;
    op->ring = 2 * item->ring < side ? item->ring : 0;   /* wider rings are full */
    if (radius == 0) {
        return STATUS_OK;
    }
    *reason = "no room for a corner's table";
    return renderer_cover_find(renderer, radius, op->ring, &op->cover);
}

static enum status prepare_solid(struct renderer *renderer, struct renderer_op *op,
                                 const char **reason) {
    op->colour = renderer_scale_pixel(op->item->as.solid, op->item->opacity);
    op->is_opaque = op->colour >> 24 == 255;
    op->paint_ps = op->is_opaque ? COST_FILL : COST_BLEND;
    if (op->colour == 0) {
        op->bounds = (struct picture_rect){ 0 };
    }
    return prepare_shape(renderer, op, reason);
}

static enum status prepare_gradient(struct renderer *renderer, struct renderer_op *op,
                                    const char **reason) {
    const struct renderer_gradient *g = &op->item->as.gradient;
    struct picture_rect ends = { g->from.x, g->from.y, g->to.x, g->to.y };
    if (!is_in_range(ends)) {
        *reason = "coordinate out of range";
        return STATUS_LIMIT;
    }
    if (g->from.x == g->to.x && g->from.y == g->to.y) {
        *reason = "gradient without length";
        return STATUS_BAD_DATA;
    }
    if (g->stop_count < 2 || g->stop_count > RENDERER_STOPS_MAX) {
        *reason = "gradient needs 2 to 8 stops";
        return STATUS_BAD_DATA;
    }
    op->is_opaque = true;
    for (uint32_t i = 0; i < g->stop_count; i++) {
        if (g->stops[i].at > RENDERER_STOP_END ||
            (i > 0 && g->stops[i].at <= g->stops[i - 1].at)) {
            *reason = "gradient stops out of order";
            return STATUS_BAD_DATA;
        }
        op->stops[i].at = g->stops[i].at;
        op->stops[i].colour = renderer_scale_pixel(g->stops[i].colour, op->item->opacity);
        op->is_opaque = op->is_opaque && op->stops[i].colour >> 24 == 255;
    }
    op->paint_ps = COST_GRADIENT;
    return prepare_shape(renderer, op, reason);
}

static enum status prepare_image(struct renderer *renderer, struct renderer_op *op,
                                 const char **reason) {
    const struct renderer_image *image = &op->item->as.image;
    const struct picture_view *pixels = &image->pixels;
    ASSERT(pixels->format == PICTURE_ARGB32);
    if (pixels->width == 0 || pixels->height == 0 || pixels->width > PICTURE_SIDE_MAX ||
        pixels->height > PICTURE_SIDE_MAX) {
        *reason = "image empty or too large";
        return STATUS_BAD_DATA;
    }
    struct picture_rect all = { 0, 0, (int32_t)pixels->width, (int32_t)pixels->height };
    struct picture_rect opaque = picture_rect_meet(image->opaque, all);
    op->is_scaled = op->box.x1 - op->box.x0 != all.x1 || op->box.y1 - op->box.y0 != all.y1;
    op->fade = op->item->opacity;
    op->is_opaque = op->fade == 255 && picture_rect_area(opaque) == picture_rect_area(all);
    if (op->fade == 255 && !op->is_scaled) {
        op->opaque = (struct picture_rect){ opaque.x0 + op->box.x0, opaque.y0 + op->box.y0,
                                            opaque.x1 + op->box.x0, opaque.y1 + op->box.y0 };
    }
    op->paint_ps = op->is_scaled ? COST_SCALE : op->is_opaque ? COST_COPY : COST_BLEND;
    return prepare_shape(renderer, op, reason);
}

static enum status prepare_shadow(struct renderer *renderer, struct renderer_op *op,
                                  const char **reason) {
    const struct renderer_item *item = op->item;
    uint32_t blur = item->as.shadow.blur;
    if (blur > RENDERER_BLUR_MAX || item->radius > RENDERER_RADIUS_MAX) {
        *reason = "blur or radius too large";
        return STATUS_LIMIT;
    }
    op->colour = renderer_scale_pixel(item->as.shadow.colour, item->opacity);
    op->paint_ps = COST_MASK;
    uint32_t radius = smaller(item->radius, short_side(op->box) / 2);
    struct renderer_shade want = renderer_shade_for(op->box, radius, blur);
    op->box = (struct picture_rect){ op->box.x0 - (int32_t)blur, op->box.y0 - (int32_t)blur,
                                     op->box.x1 + (int32_t)blur, op->box.y1 + (int32_t)blur };
    if (op->colour == 0) {
        op->box = (struct picture_rect){ 0 };
        return STATUS_OK;
    }
    *reason = "no room for a shadow's table";
    return renderer_shade_find(renderer, want, &op->shade);
}

static bool glyph_is_in(const struct renderer_glyph *glyph, const struct picture_view *atlas) {
    return glyph->atlas_x <= atlas->width && glyph->width <= atlas->width - glyph->atlas_x &&
           glyph->atlas_y <= atlas->height && glyph->height <= atlas->height - glyph->atlas_y;
}

/* The box of a run is that of its glyphs. */
static enum status prepare_glyphs(struct renderer_op *op, const char **reason) {
    const struct renderer_glyphs *run = &op->item->as.glyphs;
    ASSERT(run->atlas.format == PICTURE_A8);
    op->colour = renderer_scale_pixel(run->colour, op->item->opacity);
    op->paint_ps = COST_MASK;
    op->box = (struct picture_rect){ INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };
    for (uint32_t i = 0; i < run->count; i++) {
        const struct renderer_glyph *glyph = &run->list[i];
        if (!glyph_is_in(glyph, &run->atlas)) {
            *reason = "glyph outside its atlas";
            return STATUS_BAD_DATA;
        }
        struct picture_rect cell = { glyph->x, glyph->y, 0, 0 };
        if (!is_in_range(cell) || glyph->width > PICTURE_SIDE_MAX ||
            glyph->height > PICTURE_SIDE_MAX) {
            *reason = "glyph out of range";
            return STATUS_LIMIT;
        }
        cell.x1 = cell.x0 + (int32_t)glyph->width;
        cell.y1 = cell.y0 + (int32_t)glyph->height;
        op->box.x0 = cell.x0 < op->box.x0 ? cell.x0 : op->box.x0;
        op->box.y0 = cell.y0 < op->box.y0 ? cell.y0 : op->box.y0;
        op->box.x1 = cell.x1 > op->box.x1 ? cell.x1 : op->box.x1;
        op->box.y1 = cell.y1 > op->box.y1 ? cell.y1 : op->box.y1;
    }
    if (op->colour == 0) {
        op->box = (struct picture_rect){ 0 };
    }
    return STATUS_OK;
}

static enum status prepare_kind(struct renderer *renderer, struct renderer_op *op,
                                const char **reason) {
    switch (op->item->kind) {
    case RENDERER_SOLID: return prepare_solid(renderer, op, reason);
    case RENDERER_GRADIENT: return prepare_gradient(renderer, op, reason);
    case RENDERER_IMAGE: return prepare_image(renderer, op, reason);
    case RENDERER_SHADOW: return prepare_shadow(renderer, op, reason);
    case RENDERER_GLYPHS: return prepare_glyphs(op, reason);
    }
    *reason = "no such kind of item";
    return STATUS_UNSUPPORTED;
}

static enum status prepare_item(struct renderer *renderer, struct picture_rect canvas,
                                struct renderer_op *op, const char **reason) {
    const struct renderer_item *item = op->item;
    bool is_shown = item->opacity > 0;
    op->box = item->box;
    if (item->kind != RENDERER_GLYPHS) {
        if (!is_in_range(item->box)) {
            *reason = "coordinate out of range";
            return STATUS_LIMIT;
        }
        is_shown = is_shown && !picture_rect_is_empty(item->box);
    }
    if (!is_shown) {
        op->box = (struct picture_rect){ 0 };
        op->bounds = op->box;
        return STATUS_OK;
    }
    op->bounds = canvas;
    enum status status = prepare_kind(renderer, op, reason);
    op->bounds = picture_rect_meet(op->bounds, op->box);
    if (op->is_opaque) {
        op->opaque = op->box;
    }
    if (item->is_clipped) {
        op->bounds = picture_rect_meet(op->bounds, item->clip);
    }
    return status;
}

enum status renderer_prepare(struct renderer *renderer, const struct renderer_scene *scene,
                             struct diag *diag) {
    void *ops = renderer->ops;
    enum status status = renderer_reserve(
        &ops, &renderer->op_capacity,
        (struct renderer_room){ (uint64_t)scene->item_count + 1, renderer->options.items_max + 1,
                                sizeof(*renderer->ops) });
    renderer->ops = ops;
    if (status != STATUS_OK) {
        return diag_fail(diag, status, DIAG_NO_OFFSET, "too many items");
    }
    if (scene->width == 0 || scene->height == 0 || scene->width > PICTURE_SIDE_MAX ||
        scene->height > PICTURE_SIDE_MAX) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "scene empty or too large");
    }
    struct picture_rect canvas = { 0, 0, (int32_t)scene->width, (int32_t)scene->height };
    renderer->ops[0] = (struct renderer_op){ .box = canvas, .bounds = canvas,
                                             .opaque = canvas, .is_opaque = true,
                                             .colour = scene->background,
                                             .paint_ps = COST_FILL };
    for (uint32_t i = 0; i < scene->item_count; i++) {
        struct renderer_op *op = &renderer->ops[i + 1];
        const char *reason = "no memory";
        *op = (struct renderer_op){ .item = &scene->items[i], .fade = 255 };
        status = prepare_item(renderer, canvas, op, &reason);
        if (status != STATUS_OK) {
            return diag_fail(diag, status, i, reason);
        }
    }
    renderer->op_count = scene->item_count + 1;
    return STATUS_OK;
}
