/*
 * plan.c - who may be seen where, worked out once a frame.
 *
 * From the topmost item down: an item's visible part is what is not yet covered,
 * met with its bounds; what it covers opaquely is then taken away.  The results
 * lie one after the other in one list of rectangles.
 */
#include <string.h>

#include "base/assert.h"
#include "renderer_impl.h"

enum { RECT_PS = 40000 };   /* estimate of what starting a rectangle costs */

/* The part of the box inside a ring, where its coverage is zero. */
static struct picture_rect hollow_of(const struct renderer_op *op) {
    if (op->ring == 0) {
        return (struct picture_rect){ 0 };
    }
    int32_t side = (int32_t)(op->cover != NULL ? op->cover->side : op->ring);
    return (struct picture_rect){ op->box.x0 + side, op->box.y0 + side, op->box.x1 - side,
                                  op->box.y1 - side };
}

/* Pixels of the damage that the op would paint if nothing lay above it. */
static uint64_t area_uncut(const struct renderer *renderer, const struct renderer_op *op) {
    const struct picture_region *damage = &renderer->damage;
    struct picture_rect hollow = hollow_of(op);
    uint64_t area = 0;
    for (uint32_t i = picture_rects_below(damage->rects, damage->count, op->bounds.y0);
         i < damage->count && damage->rects[i].y0 < op->bounds.y1; i++) {
        struct picture_rect rect = picture_rect_meet(damage->rects[i], op->bounds);
        area += picture_rect_area(rect) - picture_rect_area(picture_rect_meet(rect, hollow));
    }
    return area;
}

/* Keep renderer->visible as a run of this op. */
static enum status run_append(struct renderer *renderer, uint32_t op) {
    const struct picture_region *visible = &renderer->visible;
    void *runs = renderer->runs;
    enum status status = renderer_reserve(
        &runs, &renderer->run_capacity,
        (struct renderer_room){ (uint64_t)renderer->run_count + 1, UINT32_MAX,
                                sizeof(*renderer->runs) });
    renderer->runs = runs;
    if (status != STATUS_OK) {
        return status;
    }
    void *rects = renderer->rects;
    status = renderer_reserve(
        &rects, &renderer->rect_capacity,
        (struct renderer_room){ (uint64_t)renderer->rect_count + visible->count,
                                renderer->options.plan_rects_max, sizeof(*renderer->rects) });
    renderer->rects = rects;
    if (status != STATUS_OK) {
        return status;
    }
    renderer->runs[renderer->run_count++] = (struct renderer_run){
        .op = op, .first = renderer->rect_count, .count = visible->count,
        .y0 = visible->rects[0].y0, .y1 = visible->rects[visible->count - 1].y1 };
    memcpy(renderer->rects + renderer->rect_count, visible->rects,
           visible->count * sizeof(*visible->rects));
    renderer->rect_count += visible->count;
    return STATUS_OK;
}

/* The part of a box between the round corners on one side and those on the other. */
static struct picture_rect without_corners(const struct renderer_op *op, bool is_upright) {
    struct picture_rect rect = op->box;
    int32_t side = op->cover != NULL ? (int32_t)op->cover->side : 0;
    uint32_t corners = op->item != NULL ? op->item->corners : 0;
    uint32_t before = is_upright ? RENDERER_TOP_LEFT | RENDERER_BOTTOM_LEFT
                                 : RENDERER_TOP_LEFT | RENDERER_TOP_RIGHT;
    if (is_upright) {
        rect.x0 += (corners & before) != 0 ? side : 0;
        rect.x1 -= (corners & ~before & RENDERER_ALL_CORNERS) != 0 ? side : 0;
    } else {
        rect.y0 += (corners & before) != 0 ? side : 0;
        rect.y1 -= (corners & ~before & RENDERER_ALL_CORNERS) != 0 ? side : 0;
    }
    return rect;
}

static enum status take_covered(struct renderer *renderer, const struct renderer_op *op) {
    struct picture_rect part = picture_rect_meet(op->opaque, op->bounds);
    if (picture_rect_is_empty(part) || op->ring > 0) {
        return STATUS_OK;   /* a rim is too thin to be worth rectangles */
    }
    struct picture_rect upright = picture_rect_meet(part, without_corners(op, true));
    struct picture_rect lying = picture_rect_meet(part, without_corners(op, false));
    enum status status =
        picture_region_subtract_rect(&renderer->unseen, &renderer->unseen, upright);
    if (status == STATUS_OK && op->cover != NULL) {
        status = picture_region_subtract_rect(&renderer->unseen, &renderer->unseen, lying);
    }
    return status;
}

static enum status plan_op(struct renderer *renderer, uint32_t number, bool is_uncut,
                           struct renderer_work *work) {
    const struct renderer_op *op = &renderer->ops[number];
    struct picture_region *visible = &renderer->visible;
    const struct picture_region *from = is_uncut ? &renderer->damage : &renderer->unseen;
    if (picture_rect_is_empty(op->bounds)) {
        return STATUS_OK;
    }
    enum status status = picture_region_meet_rect(visible, from, op->bounds);
    if (status == STATUS_OK && op->ring > 0) {
        status = picture_region_subtract_rect(visible, visible, hollow_of(op));
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t area = picture_region_area(visible);
    work->pixels_skipped += area_uncut(renderer, op) - area;
    work->estimate_ns += (area * op->paint_ps + (uint64_t)visible->count * RECT_PS) / 1000;
    if (visible->count > 0) {
        status = run_append(renderer, number);
    }
    return status == STATUS_OK && !is_uncut ? take_covered(renderer, op) : status;
}

enum status renderer_plan(struct renderer *renderer, bool is_uncut,
                          struct renderer_work *work) {
    renderer->run_count = 0;
    renderer->rect_count = 0;
    enum status status = picture_region_copy(&renderer->unseen, &renderer->damage);
    for (uint32_t number = renderer->op_count; number-- > 0 && status == STATUS_OK;) {
        status = plan_op(renderer, number, is_uncut, work);
    }
    work->rects = renderer->rect_count;
    return status;
}
