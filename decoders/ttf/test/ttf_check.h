/*
 * ttf_check.h - what the tests of decoders/ttf share: fonts read from disk, pools of
 * each size, and FreeType set up plainly, as the oracle.
 */
#ifndef TTF_CHECK_H
#define TTF_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H
#include FT_OUTLINE_H

#include "base/attr.h"
#include "sync/fault.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "ttf/atlas.h"
#include "ttf/font.h"
#include "workpool/workpool.h"

#define CHECK_DEJAVU "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

static const uint32_t check_workers[] = { 1, 2, 3, 4, 8 };

static inline struct sync_bytes check_read(const char *path) {
    struct sync_bytes bytes;
    struct diag diag = { 0 };
    if (sync_file_read(path, 1 << 28, &bytes, &diag) != STATUS_OK) {
        fail_msg("%s: %s", path, diag.reason);
    }
    return bytes;
}

static inline struct workpool *check_pool(uint32_t workers) {
    static const struct workpool_kind_set *const sets[] = { &ttf_kinds };
    struct workpool_options options = { .name = "test", .workers = workers,
                                        .kind_sets = sets, .kind_set_count = 1 };
    struct workpool *pool;
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    return pool;
}

static inline struct ttf_font *check_font(const struct sync_bytes *bytes) {
    struct ttf_font *font;
    struct diag diag = { 0 };
    if (ttf_font_create(bytes->bytes, bytes->count, NULL, &font, &diag) != STATUS_OK) {
        fail_msg("offset %llu: %s", (unsigned long long)diag.offset, diag.reason);
    }
    return font;
}

/* Everything that an atlas tells, as one number. */
static inline uint64_t check_fingerprint(const struct ttf_atlas *atlas) {
    uint64_t sum = 14695981039346656037u;
    const uint8_t *entries = (const uint8_t *)atlas->entries;
    for (size_t i = 0; i < atlas->entry_count * sizeof(*atlas->entries); i++) {
        sum = (sum ^ entries[i]) * 1099511628211u;
    }
    for (uint32_t y = 0; y < atlas->view.height; y++) {
        for (uint32_t x = 0; x < atlas->view.width; x++) {
            sum = (sum ^ picture_row(&atlas->view, y)[x]) * 1099511628211u;
        }
    }
    return sum ^ (uint64_t)atlas->view.width << 32 ^ atlas->view.height;
}

/* FreeType as its tutorial sets it up: own heap, all modules, one face. */
struct check_oracle {
    FT_Library freetype;
    FT_Face face;
};

static inline struct check_oracle check_oracle_open(const struct sync_bytes *bytes) {
    struct check_oracle oracle;
    assert_int_equal(0, FT_Init_FreeType(&oracle.freetype));
    assert_int_equal(0, FT_New_Memory_Face(oracle.freetype, bytes->bytes, (FT_Long)bytes->count,
                                           0, &oracle.face));
    return oracle;
}

static inline void check_oracle_close(struct check_oracle *oracle) {
    FT_Done_FreeType(oracle->freetype);
}

#endif
