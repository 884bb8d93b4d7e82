/*
 * ttf_glyph.c - one glyph: load its outline, draw its coverage.
 *
 * The rasteriser writes straight into the segment's buffer.  FT_Render_Glyph()
 * would allocate, clear, draw and free a bitmap for each glyph, to be copied by
 * us; the pixels are the same (glyph_test.c compares them).
 */
#include <string.h>

#include "base/checked.h"
#include "sync/memory.h"
#include "ttf_impl.h"

enum {
    PIXEL = 64,
    REACH_MAX = 1 << 24,   /* pixels from the pen to any ink: FreeType's own bound */
};

enum status ttf_glyph_load(struct ttf_font *font, struct ttf_context *context, uint32_t glyph,
                           struct diag *diag) {
    if (font->info.outline_kind == TTF_OUTLINE_TRUETYPE) {
        enum status status = ttf_glyf_check(&font->sfnt, glyph, diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (font->dice != NULL && ttf_cff_may_roll(font->dice, glyph)) {
        enum status status = ttf_context_renew(font, context, diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
    FT_Int32 flags = FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP | FT_LOAD_IGNORE_TRANSFORM |
                     (context->is_unscaled ? FT_LOAD_NO_SCALE : 0);
    FT_Error error = FT_Load_Glyph(context->face, glyph, flags);
    if (error != 0 || context->starved) {
        return ttf_context_status(context, error, ttf_sfnt_glyph_offset(&font->sfnt, glyph), diag);
    }
    if (context->face->glyph->format != FT_GLYPH_FORMAT_OUTLINE) {
        return diag_fail(diag, STATUS_UNSUPPORTED, ttf_sfnt_glyph_offset(&font->sfnt, glyph),
                         "glyph without an outline");
    }
    return STATUS_OK;
}

/* Make room for `bytes` more, zeroed. */
static enum status reserve(struct ttf_coverage *coverage, size_t bytes) {
    size_t needed;
    if (!checked_add(coverage->used_bytes, bytes, &needed) || needed > coverage->limit_bytes) {
        return STATUS_LIMIT;
    }
    if (needed > coverage->capacity_bytes) {
        size_t capacity = coverage->capacity_bytes != 0 ? coverage->capacity_bytes
                                                        : coverage->start_bytes;
        while (capacity < needed) {
            capacity *= 2;   /* at most twice the limit, which is far from wrapping */
        }
        uint8_t *grown = sync_resize(coverage->bytes, capacity);
        if (grown == NULL) {
            return STATUS_NO_MEMORY;
        }
        coverage->bytes = grown;
        coverage->capacity_bytes = capacity;
    }
    memset(coverage->bytes + coverage->used_bytes, 0, bytes);
    return STATUS_OK;
}

/*
 * The pixels that the outline touches when moved right by `shift`.  FreeType has just
 * found the outline's control box for its metrics, which no hinting has rounded.
 * False when they are too many; y still grows up.
 */
static bool measure(const FT_Glyph_Metrics *metrics, FT_Pos shift, struct ttf_cell *cell) {
    FT_Pos left = metrics->horiBearingX + shift, top = metrics->horiBearingY;
    FT_Pos x0 = left >> 6, x1 = (left + metrics->width + PIXEL - 1) >> 6;
    FT_Pos y0 = (top - metrics->height) >> 6, y1 = (top + PIXEL - 1) >> 6;
    if (x0 < -REACH_MAX || x1 > REACH_MAX || y0 < -REACH_MAX || y1 > REACH_MAX ||
        x1 - x0 > INT16_MAX || y1 - y0 > INT16_MAX) {
        return false;
    }
    bool has_ink = x1 > x0 && y1 > y0;
    cell->left = (int32_t)x0;
    cell->top = (int32_t)-y1;
    cell->width = has_ink ? (uint32_t)(x1 - x0) : 0;
    cell->height = has_ink ? (uint32_t)(y1 - y0) : 0;
    return true;
}

/* Outlines marked as overlapping are drawn at four times the size; only the slot does that. */
static FT_Error draw_overlapping(FT_GlyphSlot slot, const FT_Bitmap *target) {
    FT_Error error = FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL);
    const FT_Bitmap *drawn = &slot->bitmap;
    if (error != 0) {
        return error;
    }
    if (drawn->rows != target->rows || drawn->width != target->width) {
        return FT_Err_Raster_Overflow;   /* cannot be: both follow from the control box */
    }
    for (unsigned y = 0; y < drawn->rows; y++) {
        memcpy(target->buffer + (size_t)y * target->width,
               drawn->buffer + (ptrdiff_t)y * drawn->pitch, drawn->width);
    }
    return 0;
}

static FT_Error draw(struct ttf_context *context, const struct ttf_cell *cell, FT_Pos shift,
                     uint8_t *rows) {
    FT_GlyphSlot slot = context->face->glyph;
    FT_Bitmap target = { .rows = cell->height,
                         .width = cell->width,
                         .pitch = (int)cell->width,
                         .buffer = rows,
                         .num_grays = 256,
                         .pixel_mode = FT_PIXEL_MODE_GRAY };
    if ((slot->outline.flags & FT_OUTLINE_OVERLAP) != 0) {
        FT_Outline_Translate(&slot->outline, shift, 0);
        return draw_overlapping(slot, &target);
    }
    FT_Pos bottom = -(FT_Pos)cell->top - (FT_Pos)cell->height;
    FT_Outline_Translate(&slot->outline, shift - (FT_Pos)cell->left * PIXEL, -bottom * PIXEL);
    return FT_Outline_Get_Bitmap(context->library, &slot->outline, &target);
}

/* Why a glyph could not be drawn, in the words of ttf_atlas_create(). */
static enum status refuse(const struct ttf_drawing *drawing, uint32_t glyph, enum status status) {
    if (status == STATUS_NO_MEMORY) {
        return diag_fail(drawing->diag, status, DIAG_NO_OFFSET, "no memory");
    }
    return diag_fail(drawing->diag, status, ttf_sfnt_glyph_offset(&drawing->font->sfnt, glyph),
                     "glyph too large for its size");
}

enum status ttf_glyph_draw(const struct ttf_drawing *drawing, uint32_t quarter,
                           struct ttf_cell *cell) {
    struct ttf_context *context = drawing->context;
    struct ttf_coverage *coverage = drawing->coverage;
    enum status status = ttf_glyph_load(drawing->font, context, cell->glyph, drawing->diag);
    if (status != STATUS_OK) {
        return status;
    }
    FT_GlyphSlot slot = context->face->glyph;
    FT_Pos shift = (FT_Pos)quarter * (PIXEL / TTF_QUARTERS);
    if (!measure(&slot->metrics, shift, cell)) {
        return refuse(drawing, cell->glyph, STATUS_LIMIT);
    }
    cell->advance = (int32_t)slot->advance.x;
    size_t bytes = (size_t)cell->width * cell->height;   /* under 2^30 */
    if (bytes == 0) {
        return STATUS_OK;
    }
    status = reserve(coverage, bytes);
    if (status != STATUS_OK) {
        return refuse(drawing, cell->glyph, status);
    }
    cell->offset = coverage->used_bytes;
    FT_Error error = draw(context, cell, shift, coverage->bytes + coverage->used_bytes);
    coverage->used_bytes += bytes;
    if (error != 0 || context->starved) {
        uint64_t offset = ttf_sfnt_glyph_offset(&drawing->font->sfnt, cell->glyph);
        return ttf_context_status(context, error, offset, drawing->diag);
    }
    return STATUS_OK;
}
