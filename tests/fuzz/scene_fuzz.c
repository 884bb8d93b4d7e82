/*
 * scene_fuzz.c - any bytes as a scene file: parsed, and if accepted, painted.
 *
 * Pictures are stood in for by a small image and text by boxes of an atlas, so that
 * every kind of item reaches the painter.  The picture painted with culling must
 * equal the one without, and a repaint of a part must change nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/attr.h"
#include "renderer/render.h"
#include "renderer/script.h"
#include "sync/memory.h"

enum { GLYPHS = 8, PIXELS_MAX = 1 << 14, ENTRIES_MAX = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static uint32_t texels[9 * 7];
static uint8_t coverage[32 * 16];

static void stand_in(struct renderer_entry *entry, struct renderer_glyph *glyphs) {
    struct renderer_item *item = &entry->item;
    if (entry->need == RENDERER_NEEDS_PICTURE || entry->need == RENDERER_NEEDS_SIZE) {
        item->as.image.pixels = (struct picture_view){ (uint8_t *)texels, 9, 7, 36,
                                                       PICTURE_ARGB32 };
        item->as.image.opaque = (struct picture_rect){ 0, 0, 9, 3 };
        if (entry->need == RENDERER_NEEDS_SIZE) {
            item->box.x1 = item->box.x0 + 9;
            item->box.y1 = item->box.y0 + 7;
        }
    } else if (entry->need == RENDERER_NEEDS_GLYPHS) {
        uint32_t used = entry->line.byte_count < GLYPHS ? (uint32_t)entry->line.byte_count : GLYPHS;
        for (uint32_t i = 0; i < used; i++) {
            uint32_t c = (uint8_t)entry->line.utf8[i];
            glyphs[i] = (struct renderer_glyph){ entry->line.at.x + 7 * (int32_t)i,
                                                 entry->line.at.y - 9, c % 24, c % 8, 8, 8 };
        }
        item->as.glyphs = (struct renderer_glyphs){ { coverage, 32, 16, 32, PICTURE_A8 }, glyphs,
                                                    used, entry->line.colour };
    }
}

static void paint_both_ways(const struct renderer_scene *scene) {
    static uint32_t one[PIXELS_MAX], two[PIXELS_MAX];
    struct renderer *renderer;
    const struct renderer_options options = { .rects_max = 4096, .table_bytes_max = 1 << 18 };
    struct renderer_frame frame = { .target = { (uint8_t *)one, scene->width, scene->height,
                                                (size_t)scene->width * 4, PICTURE_ARGB32 } };
    size_t bytes = (size_t)scene->width * scene->height * 4;
    if (renderer_create(&options, &renderer) != STATUS_OK) {
        return;
    }
    struct diag diag = { 0 };
    enum status status = renderer_paint(renderer, scene, &frame, NULL, &diag);
    ASSERT(status == STATUS_OK || diag.reason != NULL);
    if (status == STATUS_OK) {
        frame.target.pixels = (uint8_t *)two;
        frame.is_uncut = true;
        frame.tile_rows = 7;
        status = renderer_paint(renderer, scene, &frame, NULL, NULL);
        ASSERT(status != STATUS_OK || memcmp(one, two, bytes) == 0);
        struct picture_region damage;
        picture_region_init(&damage, 4);
        if (status == STATUS_OK &&
            picture_region_set(&damage, (struct picture_rect){ 3, 2, 40, 30 }) == STATUS_OK) {
            frame.damage = &damage;
            frame.is_uncut = false;
            status = renderer_paint(renderer, scene, &frame, NULL, NULL);
            ASSERT(status == STATUS_OK && memcmp(one, two, bytes) == 0);
        }
        picture_region_finish(&damage);
    }
    renderer_destroy(renderer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static struct renderer_glyph glyphs[ENTRIES_MAX][GLYPHS];
    static struct renderer_item items[ENTRIES_MAX];
    const struct renderer_script_limits limits = { .bytes_max = 1 << 16, .pixels_max = PIXELS_MAX,
                                                   .entries_max = ENTRIES_MAX,
                                                   .resources_max = 16 };
    struct renderer_script script;
    struct diag diag = { 0 };
    for (size_t i = 0; i < COUNT_OF(texels); i++) {
        texels[i] = i < 27 ? 0xff000000 | (uint32_t)i * 0x091123 : (uint32_t)i * 0x01010001;
    }
    for (size_t i = 0; i < sizeof(coverage); i++) {
        coverage[i] = (uint8_t)(i * 37);
    }
    uint64_t live = sync_memory_live();
    enum status status = renderer_script_parse(bytes, count, &limits, &script, &diag);
    ASSERT(status == STATUS_OK || (diag.reason != NULL && diag.offset <= count));
    for (uint32_t i = 0; i < script.entry_count; i++) {
        stand_in(&script.entries[i], glyphs[i]);
        items[i] = script.entries[i].item;
    }
    if (status == STATUS_OK) {
        paint_both_ways(&(struct renderer_scene){ script.width, script.height, script.background,
                                                  items, script.entry_count });
    }
    renderer_script_finish(&script);
    ASSERT(live == sync_memory_live());
    return 0;
}
