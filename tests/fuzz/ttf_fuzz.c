/*
 * ttf_fuzz.c - everything a font can do, on any bytes.
 *
 * The first byte chooses the face and the size; the rest is the file.  Limits keep a
 * run short: this looks for memory errors, not for slow fonts.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/attr.h"
#include "ttf/outline.h"
#include "ttf/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void draw(struct ttf_font *font, uint32_t size_26_6) {
    uint32_t keys[200];
    for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
        keys[i] = ttf_key_glyph(i / 2, i % 2);
    }
    struct ttf_request request = { .keys = keys, .key_count = COUNT_OF(keys),
                                   .kind = TTF_KEY_GLYPH, .size_26_6 = size_26_6 };
    struct ttf_atlas atlas;
    if (ttf_atlas_create(font, NULL, &request, &atlas, NULL) == STATUS_OK) {
        ttf_atlas_destroy(&atlas);
    }
}

static void set_text(struct ttf_font *font, uint32_t size_26_6) {
    static const char string[] = "ABC ffi \u0628\u062a\u0644\u0627 q\u0301 \u0915\u094d\u0937";
    struct ttf_text text = { .utf8 = string, .byte_count = sizeof(string) - 1,
                             .size_26_6 = size_26_6 };
    struct ttf_run run;
    struct ttf_mask mask;
    if (ttf_run_create(font, &text, &run, NULL) != STATUS_OK) {
        return;
    }
    if (ttf_mask_create(font, NULL, &run, &mask, NULL) == STATUS_OK) {
        ttf_mask_destroy(&mask);
    }
    ttf_run_destroy(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    struct ttf_options options = { .face_index = data[0] >> 6,
                                   .limits = { .memory_bytes = 16 << 20,
                                               .coverage_bytes = 1 << 20,
                                               .glyphs = 256 } };
    uint32_t size_26_6 = 1 + (data[0] & 63u) * 32;
    struct ttf_font *font;
    if (ttf_font_create(data + 1, size - 1, &options, &font, NULL) != STATUS_OK) {
        return 0;
    }
    struct ttf_outline outline;
    if (ttf_outline_create(font, 2, 0, &outline, NULL) == STATUS_OK) {
        ttf_outline_destroy(&outline);
    }
    draw(font, size_26_6);
    set_text(font, size_26_6);
    ttf_font_destroy(font);
    return 0;
}
