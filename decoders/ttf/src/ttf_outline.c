/*
 * ttf_outline.c - a glyph's points, copied out of FreeType.
 */
#include "ttf/outline.h"

#include <string.h>

#include "sync/memory.h"
#include "ttf_impl.h"

static enum ttf_tag tag_of(unsigned char tag) {
    switch (FT_CURVE_TAG(tag)) {
    case FT_CURVE_TAG_ON:    return TTF_TAG_ON;
    case FT_CURVE_TAG_CUBIC: return TTF_TAG_CUBIC;
    default:                 return TTF_TAG_CONIC;
    }
}

/* Points first, then ends, then tags: falling alignment, one piece of memory. */
static enum status copy_out(const FT_Outline *from, struct ttf_outline *to, struct diag *diag) {
    size_t points = (size_t)from->n_points;
    size_t contours = (size_t)from->n_contours;
    if (points == 0) {
        return STATUS_OK;
    }
    struct ttf_point *memory = sync_alloc(points * sizeof(*to->points) +
                                          contours * sizeof(*to->contour_ends) + points);
    if (memory == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    to->points = memory;
    to->contour_ends = (uint32_t *)(void *)(memory + points);
    to->tags = (uint8_t *)(void *)(to->contour_ends + contours);
    to->point_count = (uint32_t)points;
    to->contour_count = (uint32_t)contours;
    for (size_t i = 0; i < points; i++) {
        to->points[i] = (struct ttf_point){ .x = (int32_t)from->points[i].x,
                                            .y = (int32_t)from->points[i].y };
        to->tags[i] = (uint8_t)tag_of((unsigned char)from->tags[i]);
    }
    for (size_t i = 0; i < contours; i++) {
        to->contour_ends[i] = (uint32_t)from->contours[i];
    }
    return STATUS_OK;
}

enum status ttf_outline_create(struct ttf_font *font, uint32_t glyph, uint32_t size_26_6,
                               struct ttf_outline *out_outline, struct diag *diag) {
    *out_outline = (struct ttf_outline){ 0 };
    if (glyph >= font->info.glyph_count) {
        return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "no such glyph");
    }
    if (size_26_6 > font->limits.size_26_6) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "size out of range");
    }
    struct ttf_context *context = ttf_context_take(font);
    enum status status = ttf_context_begin(font, context, size_26_6, diag);
    if (status == STATUS_OK) {
        status = ttf_glyph_load(font, context, glyph, diag);
    }
    if (status == STATUS_OK) {
        status = copy_out(&context->face->glyph->outline, out_outline, diag);
        out_outline->advance = (int32_t)context->face->glyph->advance.x;
    }
    ttf_context_give(font, context);
    return status;
}

void ttf_outline_destroy(struct ttf_outline *outline) {
    sync_free(outline->points);
    *outline = (struct ttf_outline){ 0 };
}
