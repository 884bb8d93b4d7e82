/* scene_text.c - lines of text: shaped, drawn into atlases, placed as glyphs. */
#include "sync/memory.h"
#include "weft_scene.h"

enum { FONT_BYTES_MAX = 256 << 20 };

struct open_font {
    struct sync_bytes bytes;
    struct ttf_font *font;
};

static bool font_open(const struct scene *scene, const struct renderer_resource *resource,
                      struct open_font *out) {
    const struct ttf_options options = { .face_index = resource->face };
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    if (!scene_resource_read(scene, resource, FONT_BYTES_MAX, &out->bytes)) {
        return false;
    }
    if (ttf_font_create(out->bytes.bytes, out->bytes.count, &options, &out->font, &diag) !=
        STATUS_OK) {
        scene_resource_complain(scene, resource, &diag);
        return false;
    }
    return true;
}

static void fonts_close(struct open_font *fonts, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        ttf_font_destroy(fonts[i].font);
        sync_free(fonts[i].bytes.bytes);
    }
    sync_free(fonts);
}

/* Where the run begins, in pixels, for its alignment. */
static int32_t start_of(const struct renderer_line *line, const struct ttf_run *run) {
    int32_t width = (run->advance + 32) / 64;
    return line->align == RENDERER_LEFT     ? line->at.x
           : line->align == RENDERER_CENTER ? line->at.x - width / 2
                                            : line->at.x - width;
}

static enum status place(const struct renderer_line *line, const struct ttf_run *run,
                         struct scene_text *text, struct renderer_item *item) {
    struct ttf_stamp *stamps = sync_alloc_zero(run->glyph_count, sizeof(*stamps));
    text->glyphs = sync_alloc_zero(run->glyph_count, sizeof(*text->glyphs));
    if (stamps == NULL || text->glyphs == NULL) {
        sync_free(stamps);
        return STATUS_NO_MEMORY;
    }
    uint32_t count = ttf_run_stamps(run, &text->atlas, stamps);
    int32_t start = start_of(line, run);
    for (uint32_t i = 0; i < count; i++) {
        struct picture_rect from = stamps[i].rect;
        text->glyphs[i] = (struct renderer_glyph){
            .x = start + stamps[i].x, .y = line->at.y + stamps[i].y,
            .atlas_x = (uint32_t)from.x0, .atlas_y = (uint32_t)from.y0,
            .width = (uint32_t)(from.x1 - from.x0), .height = (uint32_t)(from.y1 - from.y0) };
    }
    sync_free(stamps);
    item->as.glyphs = (struct renderer_glyphs){ .atlas = text->atlas.view, .list = text->glyphs,
                                                .count = count, .colour = line->colour };
    return STATUS_OK;
}

static enum status set_line(struct ttf_font *font, struct workpool *pool, struct scene *scene,
                            uint32_t number, struct diag *diag) {
    const struct renderer_line *line = &scene->script.entries[number].line;
    struct scene_text *text = &scene->texts[number];
    struct renderer_item *item = &scene->items[number];
    const struct ttf_text want = { .utf8 = line->utf8, .byte_count = line->byte_count,
                                   .size_26_6 = line->size_26_6 };
    struct ttf_run run;
    enum status status = ttf_run_create(font, &want, &run, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = ttf_run_atlas(font, pool, &run, &text->atlas, diag);
    if (status == STATUS_OK) {
        status = place(line, &run, text, item);
        if (status != STATUS_OK) {
            (void)diag_fail(diag, status, DIAG_NO_OFFSET, "no memory");
        }
    }
    ttf_run_destroy(&run);
    return status;
}

static bool set_lines(struct workpool *pool, struct scene *scene, struct open_font *fonts) {
    for (uint32_t i = 0; i < scene->script.entry_count; i++) {
        const struct renderer_entry *entry = &scene->script.entries[i];
        if (entry->need != RENDERER_NEEDS_GLYPHS) {
            continue;
        }
        struct diag diag = { .offset = DIAG_NO_OFFSET };
        enum status status = set_line(fonts[entry->resource].font, pool, scene, i, &diag);
        if (status != STATUS_OK) {
            diag.offset = entry->offset;   /* of the text in the scene, not in the font */
            cli_complain(scene->path, &diag);
            return false;
        }
    }
    return true;
}

bool scene_set_texts(struct workpool *pool, struct scene *scene) {
    uint32_t count = scene->script.font_count;
    struct open_font *fonts = sync_alloc_zero(count, sizeof(*fonts));
    bool is_good = fonts != NULL;
    if (!is_good) {
        cli_say("no memory");
    }
    for (uint32_t i = 0; is_good && i < count; i++) {
        is_good = font_open(scene, &scene->script.fonts[i], &fonts[i]);
    }
    is_good = is_good && set_lines(pool, scene, fonts);
    if (fonts != NULL) {
        fonts_close(fonts, count);
    }
    return is_good;
}
