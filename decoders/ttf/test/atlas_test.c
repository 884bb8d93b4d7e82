/*
 * atlas_test.c - the promises of ttf/atlas.h.
 *
 * The oracle is FreeType called directly, one glyph at a time, through
 * FT_Render_Glyph(): segments, contexts, drawing in place, folding and packing must
 * not change a pixel.
 */
#include "ttf_check.h"

enum { KEYS_MAX = 8192 };

/* Keys first..last, those the font has or not. */
static uint32_t key_range(uint32_t *keys, uint32_t first, uint32_t last) {
    uint32_t count = 0;
    for (uint32_t key = first; key <= last; key++) {
        keys[count++] = key;
    }
    return count;
}

static void expect_entry_as_drawn(const struct ttf_atlas *atlas, const struct ttf_entry *entry,
                                  FT_GlyphSlot slot) {
    const FT_Bitmap *bitmap = &slot->bitmap;
    const struct picture_rect *rect = &entry->rect;
    assert_int_equal(slot->advance.x, entry->advance);
    if (bitmap->width == 0 || bitmap->rows == 0) {
        assert_true(picture_rect_is_empty(*rect));
        return;
    }
    assert_int_equal(bitmap->width, rect->x1 - rect->x0);
    assert_int_equal(bitmap->rows, rect->y1 - rect->y0);
    assert_int_equal(slot->bitmap_left, entry->left);
    assert_int_equal(-slot->bitmap_top, entry->top);
    for (uint32_t y = 0; y < bitmap->rows; y++) {
        assert_memory_equal(picture_row(&atlas->view, (uint32_t)rect->y0 + y) + rect->x0,
                            bitmap->buffer + (ptrdiff_t)y * bitmap->pitch, bitmap->width);
    }
}

static void compare_with_freetype(const char *path, uint32_t size_26_6, uint32_t first,
                                  uint32_t last) {
    static uint32_t keys[KEYS_MAX];
    struct sync_bytes bytes = check_read(path);
    struct ttf_font *font = check_font(&bytes);
    struct check_oracle oracle = check_oracle_open(&bytes);
    struct ttf_request request = { .keys = keys, .key_count = key_range(keys, first, last),
                                   .size_26_6 = size_26_6, .padding = 1 };
    struct ttf_atlas atlas;
    assert_int_equal(STATUS_OK, ttf_atlas_create(font, NULL, &request, &atlas, NULL));
    assert_int_equal(0, FT_Set_Char_Size(oracle.face, 0, size_26_6, 72, 72));
    uint32_t next = 0;
    for (uint32_t key = first; key <= last; key++) {
        FT_UInt glyph = FT_Get_Char_Index(oracle.face, key);
        if (glyph == 0) {
            assert_null(ttf_atlas_find(&atlas, key));
            continue;
        }
        assert_true(next < atlas.entry_count);
        const struct ttf_entry *entry = &atlas.entries[next++];
        assert_int_equal(key, entry->key);
        assert_int_equal(glyph, entry->glyph);
        assert_ptr_equal(entry, ttf_atlas_find(&atlas, key));
        assert_int_equal(0, FT_Load_Glyph(oracle.face, glyph,
                                          FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP));
        assert_int_equal(0, FT_Render_Glyph(oracle.face->glyph, FT_RENDER_MODE_NORMAL));
        expect_entry_as_drawn(&atlas, entry, oracle.face->glyph);
    }
    assert_int_equal(next, atlas.entry_count);
    ttf_atlas_destroy(&atlas);
    check_oracle_close(&oracle);
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

static void coverage_is_what_freetype_draws(void **state) {
    (void)state;
    static const uint32_t sizes[] = { 1, 8 * 64, 16 * 64, 16 * 64 + 21, 48 * 64, 200 * 64 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        compare_with_freetype(CHECK_DEJAVU, sizes[i], 0x20, 0x24f);
    }
    compare_with_freetype(CHECK_DEJAVU, 16 * 64, 0x370, 0x1fff);
}

/* Everything that an atlas tells, as one number. */
static uint64_t fingerprint(const struct ttf_atlas *atlas) {
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

static void an_atlas_is_the_same_at_every_number_of_workers(void **state) {
    (void)state;
    static uint32_t keys[KEYS_MAX];
    struct sync_bytes bytes = check_read(CHECK_DEJAVU);
    struct ttf_font *font = check_font(&bytes);
    struct ttf_request request = { .keys = keys, .key_count = key_range(keys, 0, KEYS_MAX - 1),
                                   .kind = TTF_KEY_GLYPH, .size_26_6 = 16 * 64 };
    uint64_t expected = 0;
    for (size_t i = 0; i < COUNT_OF(check_workers); i++) {
        struct workpool *pool = check_pool(check_workers[i]);
        struct ttf_atlas atlas;
        assert_int_equal(STATUS_OK, ttf_atlas_create(font, pool, &request, &atlas, NULL));
        assert_true(atlas.entry_count > 4096);   /* so that the copy is cut, too */
        if (i == 0) {
            expected = fingerprint(&atlas);
        }
        assert_true(fingerprint(&atlas) == expected);
        ttf_atlas_destroy(&atlas);
        workpool_destroy(pool);
    }
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage_is_what_freetype_draws),
        cmocka_unit_test(an_atlas_is_the_same_at_every_number_of_workers),
    };
    return cmocka_run_group_tests_name("atlas", tests, NULL, NULL);
}
