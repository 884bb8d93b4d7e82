/*
 * ttf_run.c - shape a line with HarfBuzz.
 *
 * HarfBuzz reads the font's tables itself (its own OpenType functions, not its
 * FreeType bridge), at the scale that FreeType really uses: fonts may ask for whole
 * pixels an em.  Script, language, direction and shaper are always given, because
 * HarfBuzz would otherwise ask the locale and the environment.
 */
#include <limits.h>
#include <string.h>

#include <hb-ot.h>
#include <hb.h>

#include "base/assert.h"
#include "base/checked.h"
#include "sync/memory.h"
#include "ttf/text.h"
#include "ttf_impl.h"

enum { CONTEXT_MAX = 5, GLYPHS_START = 64 };   /* HarfBuzz looks at most 5 characters around */

static enum status no_memory(struct diag *diag) {
    return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
}

void ttf_shaper_destroy(struct ttf_font *font) {
    hb_font_destroy(font->shaper);
    font->shaper = NULL;
}

static enum status ensure_shaper(struct ttf_font *font, struct diag *diag) {
    if (font->shaper != NULL) {
        return STATUS_OK;
    }
    hb_blob_t *blob = hb_blob_create((const char *)font->sfnt.bytes,
                                     (unsigned)font->sfnt.byte_count, HB_MEMORY_MODE_READONLY,
                                     NULL, NULL);
    hb_face_t *face = hb_face_create(blob, font->face_index);
    hb_font_t *shaper = hb_font_create(face);
    hb_blob_destroy(blob);
    hb_face_destroy(face);
    /* Each create gives a shared empty object when it has no memory. */
    if (blob == hb_blob_get_empty() || face == hb_face_get_empty() ||
        shaper == hb_font_get_empty()) {
        hb_font_destroy(shaper);
        return no_memory(diag);
    }
    hb_ot_font_set_funcs(shaper);
    font->shaper = shaper;
    return STATUS_OK;
}

/* Metrics of the line, and the shaper's scale, from the face at this size. */
static enum status apply_size(struct ttf_font *font, struct ttf_run *run, struct diag *diag) {
    struct ttf_context *context = ttf_context_take(font);
    enum status status = ttf_context_begin(font, context, run->size_26_6, diag);
    if (status == STATUS_OK) {
        FT_Face face = context->face;
        FT_Fixed x_scale = face->size->metrics.x_scale;
        FT_Fixed y_scale = face->size->metrics.y_scale;
        hb_font_set_scale(font->shaper, (int)FT_MulFix(face->units_per_EM, x_scale),
                          (int)FT_MulFix(face->units_per_EM, y_scale));
        run->ascent = (int32_t)FT_MulFix(face->ascender, y_scale);
        run->descent = (int32_t)FT_MulFix(face->descender, y_scale);
        run->line_height = (int32_t)FT_MulFix(face->height, y_scale);
    }
    ttf_context_give(font, context);
    return status;
}

static void line_free(struct ttf_line *line) {
    sync_free(line->characters);
    sync_free(line->offsets);
    sync_free(line->items);
}

static enum status decode(const struct ttf_text *text, struct ttf_line *line, struct diag *diag) {
    const uint8_t *bytes = (const uint8_t *)text->utf8;
    line->characters = sync_alloc_zero(text->byte_count, sizeof(*line->characters));
    line->offsets = sync_alloc_zero(text->byte_count, sizeof(*line->offsets));
    line->items = sync_alloc_zero(text->byte_count, sizeof(*line->items));
    if (line->characters == NULL || line->offsets == NULL || line->items == NULL) {
        return no_memory(diag);
    }
    for (size_t position = 0; position < text->byte_count;) {
        line->offsets[line->count] = (uint32_t)position;
        line->characters[line->count++] = ttf_utf8_next(bytes, text->byte_count, &position);
    }
    return STATUS_OK;
}

/* A pen that collects placed glyphs. */
struct pen {
    struct ttf_run *run;
    uint32_t capacity;
    uint32_t limit;
    int64_t x;
    int64_t y;
};

static enum status make_room(struct pen *pen, uint32_t more, struct diag *diag) {
    struct ttf_run *run = pen->run;
    if (more > pen->limit - run->glyph_count) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "more glyphs than allowed");
    }
    uint32_t needed = run->glyph_count + more;
    if (needed <= pen->capacity) {
        return STATUS_OK;
    }
    uint32_t capacity = pen->capacity != 0 ? pen->capacity : GLYPHS_START;
    while (capacity < needed) {
        capacity *= 2;   /* the limit is far below half of the type's range */
    }
    struct ttf_placed *grown = sync_resize(run->glyphs, (size_t)capacity * sizeof(*grown));
    if (grown == NULL) {
        return no_memory(diag);
    }
    run->glyphs = grown;
    pen->capacity = capacity;
    return STATUS_OK;
}

static bool fits(int64_t value) {
    return value >= INT32_MIN / 2 && value <= INT32_MAX / 2;
}

static enum status append(struct pen *pen, hb_buffer_t *buffer, struct diag *diag) {
    unsigned count;
    const hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(buffer, &count);
    const hb_glyph_position_t *positions = hb_buffer_get_glyph_positions(buffer, NULL);
    enum status status = make_room(pen, count, diag);
    for (unsigned i = 0; status == STATUS_OK && i < count; i++) {
        int64_t x = pen->x + positions[i].x_offset;
        int64_t y = pen->y - positions[i].y_offset;
        pen->x += positions[i].x_advance;
        pen->y -= positions[i].y_advance;
        if (!fits(x) || !fits(y) || !fits(pen->x) || !fits(pen->y)) {
            return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "line too wide");
        }
        pen->run->glyphs[pen->run->glyph_count++] = (struct ttf_placed){
            .glyph = infos[i].codepoint, .x = (int32_t)x, .y = (int32_t)y,
            .cluster = infos[i].cluster };
    }
    return status;
}

/* Give the piece to the buffer with its neighbours, which decide how letters join. */
static void fill(hb_buffer_t *buffer, const struct ttf_line *line, const struct ttf_item *item) {
    uint32_t before = item->begin < CONTEXT_MAX ? item->begin : CONTEXT_MAX;
    uint32_t after = line->count - item->end;
    after = after < CONTEXT_MAX ? after : CONTEXT_MAX;
    uint32_t length = item->end - item->begin;
    hb_buffer_add_codepoints(buffer, line->characters + item->begin - before,
                             (int)(before + length + after), before, (int)length);
    unsigned count;
    hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(buffer, &count);
    for (unsigned i = 0; i < count; i++) {
        /* Given as places in the array; wanted as places in the text. */
        infos[i].cluster = line->offsets[infos[i].cluster + item->begin - before];
    }
}

static enum status shape_item(struct ttf_font *font, const struct ttf_line *line,
                              const struct ttf_item *item, hb_buffer_t *buffer,
                              struct diag *diag) {
    static const char *const shapers[] = { "ot", NULL };
    hb_language_t language = hb_buffer_get_language(buffer);
    hb_buffer_clear_contents(buffer);
    hb_buffer_set_language(buffer, language);
    hb_buffer_set_script(buffer, (hb_script_t)item->script);
    hb_buffer_set_direction(buffer, (item->level & 1) != 0 ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    fill(buffer, line, item);
    if (!hb_shape_full(font->shaper, buffer, NULL, 0, shapers) ||
        !hb_buffer_allocation_successful(buffer)) {
        return no_memory(diag);
    }
    return STATUS_OK;
}

static enum status shape_line(struct ttf_font *font, const struct ttf_text *text,
                              const struct ttf_line *line, struct ttf_run *run,
                              struct diag *diag) {
    hb_buffer_t *buffer = hb_buffer_create();
    struct pen pen = { .run = run, .limit = font->limits.glyphs };
    enum status status = STATUS_OK;
    if (!hb_buffer_allocation_successful(buffer)) {
        status = no_memory(diag);
    }
    const char *language = text->language != NULL ? text->language : "und";
    hb_buffer_set_language(buffer, hb_language_from_string(language, -1));
    for (uint32_t i = 0; status == STATUS_OK && i < line->item_count; i++) {
        status = shape_item(font, line, &line->items[i], buffer, diag);
        if (status == STATUS_OK) {
            status = append(&pen, buffer, diag);
        }
    }
    hb_buffer_destroy(buffer);
    run->advance = (int32_t)pen.x;
    run->is_rtl = line->is_rtl;
    return status;
}

static enum status check_text(const struct ttf_font *font, const struct ttf_text *text,
                              struct diag *diag) {
    if (text->byte_count > font->limits.text_bytes) {
        return diag_fail(diag, STATUS_LIMIT, font->limits.text_bytes, "text over the size limit");
    }
    if (text->size_26_6 == 0 || text->size_26_6 > font->limits.size_26_6) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "size out of range");
    }
    return STATUS_OK;
}

enum status ttf_run_create(struct ttf_font *font, const struct ttf_text *text,
                           struct ttf_run *out_run, struct diag *diag) {
    *out_run = (struct ttf_run){ .size_26_6 = text->size_26_6 };
    struct ttf_line line = { 0 };
    enum status status = check_text(font, text, diag);
    if (status == STATUS_OK) {
        status = ensure_shaper(font, diag);
    }
    if (status == STATUS_OK) {
        status = apply_size(font, out_run, diag);
    }
    if (status == STATUS_OK) {
        status = decode(text, &line, diag);
    }
    if (status == STATUS_OK && line.count != 0) {
        status = ttf_bidi_itemize(&line, text->direction, diag);
    }
    if (status == STATUS_OK) {
        status = shape_line(font, text, &line, out_run, diag);
    }
    line_free(&line);
    if (status != STATUS_OK) {
        ttf_run_destroy(out_run);
    }
    return status;
}

void ttf_run_destroy(struct ttf_run *run) {
    sync_free(run->glyphs);
    *run = (struct ttf_run){ 0 };
}
