/*
 * ttf_font.c - open a font, learn its facts, close it.
 */
#include "ttf/font.h"

#include <stdio.h>
#include <string.h>

#include <fribidi.h>
#include <hb.h>

#include "base/assert.h"
#include "base/attr.h"
#include "sync/memory.h"
#include "ttf_impl.h"

#include FT_FONT_FORMATS_H

static const struct ttf_limits limits_default = {
    .file_bytes = 256u << 20,
    .memory_bytes = 256u << 20,
    .coverage_bytes = 256u << 20,
    .glyphs = 1 << 16,
    .size_26_6 = 1024 * TTF_SIZE_ONE,
    .text_bytes = 1 << 20,
};

enum {
    SIZE_CEILING = 8192 * TTF_SIZE_ONE,
    TEXT_CEILING = 1 << 28,
    GLYPHS_CEILING = 1 << 24,
    DICE_SEARCH_MAX = 1 << 18,
};

static struct ttf_limits limits_resolve(const struct ttf_limits *given) {
    struct ttf_limits l = *given;
    const struct ttf_limits *d = &limits_default;
    l.file_bytes = l.file_bytes != 0 ? l.file_bytes : d->file_bytes;
    l.memory_bytes = l.memory_bytes != 0 ? l.memory_bytes : d->memory_bytes;
    l.coverage_bytes = l.coverage_bytes != 0 ? l.coverage_bytes : d->coverage_bytes;
    l.glyphs = l.glyphs != 0 ? l.glyphs : d->glyphs;
    l.size_26_6 = l.size_26_6 != 0 ? l.size_26_6 : d->size_26_6;
    l.text_bytes = l.text_bytes != 0 ? l.text_bytes : d->text_bytes;
    /* Above these, sums of sizes would need checks that nobody has a use for. */
    l.size_26_6 = l.size_26_6 < SIZE_CEILING ? l.size_26_6 : SIZE_CEILING;
    l.text_bytes = l.text_bytes < TEXT_CEILING ? l.text_bytes : TEXT_CEILING;
    l.glyphs = l.glyphs < GLYPHS_CEILING ? l.glyphs : GLYPHS_CEILING;
    if (l.file_bytes > INT32_MAX) {
        l.file_bytes = INT32_MAX;   /* offsets in a font are 32 bits wide */
    }
    if (l.coverage_bytes > PICTURE_BYTES_MAX) {
        l.coverage_bytes = PICTURE_BYTES_MAX;
    }
    return l;
}

/* Names come from the file: keep what can be printed anywhere. */
static void copy_name(char out[TTF_NAME_BYTES], const char *name) {
    size_t used = 0;
    for (; name != NULL && *name != '\0' && used < TTF_NAME_BYTES - 1; name++) {
        out[used++] = *name >= ' ' && *name <= '~' ? *name : '?';
    }
    out[used] = '\0';
}

static void write_engine(FT_Library library, char out[TTF_ENGINE_BYTES]) {
    FT_Int major, minor, patch;
    FT_Library_Version(library, &major, &minor, &patch);
    int written = snprintf(out, TTF_ENGINE_BYTES, "freetype %d.%d.%d harfbuzz %s fribidi %s",
                           major, minor, patch, hb_version_string(), FRIBIDI_VERSION);
    ASSERT(written > 0 && written < TTF_ENGINE_BYTES);
}

static void read_info(struct ttf_font *font) {
    FT_Face face = font->contexts[0]->face;
    struct ttf_info *info = &font->info;
    copy_name(info->family, face->family_name);
    copy_name(info->style, face->style_name);
    write_engine(font->contexts[0]->library, info->engine);
    info->face_count = font->sfnt.face_count;
    info->glyph_count = (uint32_t)face->num_glyphs;
    info->units_per_em = face->units_per_EM;
    info->ascent = face->ascender;
    info->descent = face->descender;
    info->line_height = face->height;
}

/*
 * The operator `random` is the bytes 12 23.  A small font that does not hold them
 * anywhere cannot use it; in a large one they turn up by chance, so nobody looks.
 */
static bool may_have_dice(const struct ttf_sfnt *sfnt) {
    const uint8_t *bytes = sfnt->bytes + sfnt->cff.offset;
    return sfnt->cff.byte_count > DICE_SEARCH_MAX ||
           memmem(bytes, sfnt->cff.byte_count, "\x0c\x17", 2) != NULL;
}

static enum status open_font(struct ttf_font *font, struct diag *diag) {
    const struct ttf_sfnt *sfnt = &font->sfnt;
    enum status status = ttf_contexts_ensure(font, NULL, diag);
    if (status != STATUS_OK) {
        return status;
    }
    FT_Face face = font->contexts[0]->face;
    if (!FT_IS_SCALABLE(face) || face->units_per_EM == 0) {
        return diag_fail(diag, STATUS_UNSUPPORTED, sfnt->head.offset, "a font without outlines");
    }
    read_info(font);
    bool is_cff = strcmp(FT_Get_Font_Format(face), "CFF") == 0;
    font->info.outline_kind = is_cff ? TTF_OUTLINE_CFF : TTF_OUTLINE_TRUETYPE;
    if (is_cff && may_have_dice(sfnt) && ttf_cff_create(sfnt, &font->dice) != STATUS_OK) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    return STATUS_OK;
}

enum status ttf_font_create(const void *bytes, size_t byte_count,
                            const struct ttf_options *options, struct ttf_font **out_font,
                            struct diag *diag) {
    *out_font = NULL;
    struct ttf_options given = options != NULL ? *options : (struct ttf_options){ 0 };
    struct ttf_limits limits = limits_resolve(&given.limits);
    if (byte_count > limits.file_bytes) {
        return diag_fail(diag, STATUS_LIMIT, limits.file_bytes, "font file over the size limit");
    }
    struct ttf_sfnt sfnt;
    enum status status = ttf_sfnt_read(bytes, byte_count, given.face_index, &sfnt, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct ttf_font *font = sync_alloc_zero(1, sizeof(*font));
    if (font == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    font->sfnt = sfnt;
    font->face_index = given.face_index;
    font->limits = limits;
    sync_mutex_init(&font->mutex, SYNC_RANK_LEAF);
    status = open_font(font, diag);
    if (status != STATUS_OK) {
        ttf_font_destroy(font);
        return status;
    }
    *out_font = font;
    return STATUS_OK;
}

void ttf_font_destroy(struct ttf_font *font) {
    if (font == NULL) {
        return;
    }
    ttf_shaper_destroy(font);
    ttf_contexts_destroy(font);
    ttf_cff_destroy(font->dice);
    sync_mutex_finish(&font->mutex);
    sync_free(font);
}

const struct ttf_info *ttf_font_info(const struct ttf_font *font) {
    return &font->info;
}

const struct ttf_limits *ttf_font_limits(const struct ttf_font *font) {
    return &font->limits;
}

uint32_t ttf_font_glyph(struct ttf_font *font, uint32_t codepoint) {
    FT_Face face = font->contexts[0]->face;
    uint32_t glyph = face != NULL ? FT_Get_Char_Index(face, codepoint) : 0;
    return glyph < font->info.glyph_count ? glyph : 0;
}
