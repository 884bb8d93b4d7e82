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
    compare_with_freetype("fixtures/valid/ttf/tiny.ttf", 31 * 64, 0x20, 0x400);
    compare_with_freetype("fixtures/valid/ttf/tiny.otf", 31 * 64, 0x20, 0x400);
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
            expected = check_fingerprint(&atlas);
        }
        assert_true(check_fingerprint(&atlas) == expected);
        ttf_atlas_destroy(&atlas);
        workpool_destroy(pool);
    }
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

/* A font of which each glyph is as FreeType draws it moved by a part of a pixel. */
static void a_quarter_moves_the_outline(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read(CHECK_DEJAVU);
    struct ttf_font *font = check_font(&bytes);
    struct check_oracle oracle = check_oracle_open(&bytes);
    uint32_t glyph = ttf_font_glyph(font, 'g');
    uint32_t keys[TTF_QUARTERS];
    for (uint32_t quarter = 0; quarter < TTF_QUARTERS; quarter++) {
        keys[quarter] = ttf_key_glyph(glyph, quarter);
    }
    struct ttf_request request = { .keys = keys, .key_count = TTF_QUARTERS,
                                   .kind = TTF_KEY_GLYPH, .size_26_6 = 16 * 64 };
    struct ttf_atlas atlas;
    assert_int_equal(STATUS_OK, ttf_atlas_create(font, NULL, &request, &atlas, NULL));
    assert_int_equal(TTF_QUARTERS, atlas.entry_count);
    assert_int_equal(0, FT_Set_Pixel_Sizes(oracle.face, 0, 16));
    for (uint32_t quarter = 0; quarter < TTF_QUARTERS; quarter++) {
        FT_GlyphSlot slot = oracle.face->glyph;
        assert_int_equal(0, FT_Load_Glyph(oracle.face, glyph,
                                          FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP));
        FT_Outline_Translate(&slot->outline, (FT_Pos)quarter * 16, 0);
        assert_int_equal(0, FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL));
        expect_entry_as_drawn(&atlas, &atlas.entries[quarter], slot);
    }
    ttf_atlas_destroy(&atlas);
    check_oracle_close(&oracle);
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

/* Paint every rectangle and its padding with its number; nobody may have been there. */
static void expect_apart(const struct ttf_atlas *atlas, int32_t padding) {
    uint32_t *owners = test_calloc((size_t)atlas->view.width * atlas->view.height, 4);
    int32_t last_x = 0, last_y = 0;
    for (uint32_t i = 0; i < atlas->entry_count; i++) {
        struct picture_rect rect = atlas->entries[i].rect;
        if (picture_rect_is_empty(rect)) {
            continue;
        }
        assert_true(rect.x1 + padding <= (int32_t)atlas->view.width);
        assert_true(rect.y1 + padding <= (int32_t)atlas->view.height);
        assert_true(rect.y0 > last_y || (rect.y0 == last_y && rect.x0 >= last_x));
        last_x = rect.x0;
        last_y = rect.y0;
        for (int32_t y = rect.y0; y < rect.y1 + padding; y++) {
            for (int32_t x = rect.x0; x < rect.x1 + padding; x++) {
                uint32_t *owner = &owners[(size_t)y * atlas->view.width + (size_t)x];
                assert_int_equal(0, *owner);
                *owner = i + 1;
            }
        }
    }
    for (uint32_t y = 0; y < atlas->view.height; y++) {
        for (uint32_t x = 0; x < atlas->view.width; x++) {
            if (owners[(size_t)y * atlas->view.width + x] == 0) {
                assert_int_equal(0, picture_row(&atlas->view, y)[x]);
            }
        }
    }
    test_free(owners);
}

static void glyphs_lie_apart_in_key_order(void **state) {
    (void)state;
    static uint32_t keys[KEYS_MAX];
    struct sync_bytes bytes = check_read(CHECK_DEJAVU);
    struct ttf_font *font = check_font(&bytes);
    static const struct { uint32_t size, width, padding; } rows[] = {
        { 16, 0, 0 }, { 16, 0, 1 }, { 11, 1, 3 }, { 40, 4096, 64 }, { 16, 100, 1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ttf_request request = {
            .keys = keys, .key_count = key_range(keys, 0x20, 0x5ff),
            .size_26_6 = rows[i].size * 64, .width = rows[i].width, .padding = rows[i].padding };
        struct ttf_atlas atlas;
        assert_int_equal(STATUS_OK, ttf_atlas_create(font, NULL, &request, &atlas, NULL));
        assert_true(rows[i].width == 0 || atlas.view.width >= rows[i].width);
        expect_apart(&atlas, (int32_t)rows[i].padding);
        ttf_atlas_destroy(&atlas);
    }
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

static void an_empty_request_gives_one_clear_pixel_column(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read(CHECK_DEJAVU);
    struct ttf_font *font = check_font(&bytes);
    uint32_t space = ' ';
    for (uint32_t count = 0; count <= 1; count++) {
        struct ttf_request request = { .keys = &space, .key_count = count, .size_26_6 = 640 };
        struct ttf_atlas atlas;
        assert_int_equal(STATUS_OK, ttf_atlas_create(font, NULL, &request, &atlas, NULL));
        assert_int_equal(count, atlas.entry_count);
        assert_int_equal(1, atlas.view.height);
        ttf_atlas_destroy(&atlas);
    }
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

/* FreeType that has drawn nothing yet, with the font's own seed. */
static struct check_oracle fresh_oracle(const struct sync_bytes *bytes, uint32_t pixels) {
    struct check_oracle oracle;
    FT_Int32 seed = 0;
    assert_int_equal(0, FT_Init_FreeType(&oracle.freetype));
    assert_int_equal(0, FT_Property_Set(oracle.freetype, "cff", "random-seed", &seed));
    assert_int_equal(0, FT_New_Memory_Face(oracle.freetype, bytes->bytes, (FT_Long)bytes->count,
                                           0, &oracle.face));
    assert_int_equal(0, FT_Set_Pixel_Sizes(oracle.face, 0, pixels));
    return oracle;
}

/*
 * random.otf draws boxes whose widths the font rolls, and reaches its dice in every
 * way there is.  FreeType alone gives other widths in each process and to each glyph
 * after the first; ours is what a face that has drawn nothing gives.
 */
static void expect_fresh_dice(const char *path, uint32_t last) {
    static uint32_t keys[KEYS_MAX];
    struct sync_bytes bytes = check_read(path);
    struct ttf_request request = { .keys = keys, .key_count = key_range(keys, 0x100, last),
                                   .size_26_6 = 256 * 64 };
    for (size_t i = 0; i < 2 * COUNT_OF(check_workers); i++) {
        struct workpool *pool = check_pool(check_workers[i % COUNT_OF(check_workers)]);
        struct ttf_font *font = check_font(&bytes);
        struct ttf_atlas atlas;
        assert_int_equal(STATUS_OK, ttf_atlas_create(font, pool, &request, &atlas, NULL));
        assert_int_equal(request.key_count, atlas.entry_count);
        for (uint32_t e = 0; e < atlas.entry_count; e++) {
            struct check_oracle oracle = fresh_oracle(&bytes, 256);
            assert_int_equal(0, FT_Load_Glyph(oracle.face, atlas.entries[e].glyph,
                                              FT_LOAD_NO_HINTING | FT_LOAD_RENDER));
            expect_entry_as_drawn(&atlas, &atlas.entries[e], oracle.face->glyph);
            check_oracle_close(&oracle);
        }
        ttf_atlas_destroy(&atlas);
        ttf_font_destroy(font);
        workpool_destroy(pool);
    }
    sync_free(bytes.bytes);
}

static void a_font_that_rolls_dice_still_gives_one_atlas(void **state) {
    (void)state;
    expect_fresh_dice("fixtures/valid/ttf/random.otf", 0x19d);
    expect_fresh_dice("fixtures/valid/ttf/cid.otf", 0x103);
}

/* What a hostile font is refused with, at every number of workers. */
static void expect_refused(const char *path, enum status status, uint64_t offset) {
    uint32_t keys[] = { 0x41, 0x42 };
    struct sync_bytes bytes = check_read(path);
    for (size_t i = 0; i < COUNT_OF(check_workers); i++) {
        struct workpool *pool = check_pool(check_workers[i]);
        struct ttf_font *font = check_font(&bytes);
        struct ttf_request request = { .keys = keys, .key_count = 2, .size_26_6 = 16 * 64 };
        struct ttf_atlas atlas;
        struct diag diag = { 0 };
        assert_int_equal(status, ttf_atlas_create(font, pool, &request, &atlas, &diag));
        assert_int_equal(status, diag.status);
        assert_int_equal(offset, diag.offset);
        assert_null(atlas.entries);
        assert_null(atlas.view.pixels);
        ttf_font_destroy(font);
        workpool_destroy(pool);
    }
    sync_free(bytes.bytes);
}

/* Where the data of glyph 1 lies: glyf is the last but five tables; its box takes 44 bytes. */
static uint64_t second_glyph_at(const char *path) {
    struct sync_bytes bytes = check_read(path);
    uint64_t at = 0;
    for (uint32_t i = 0; i < bytes.bytes[5]; i++) {
        const uint8_t *record = bytes.bytes + 12 + 16 * i;
        if (memcmp(record, "glyf", 4) == 0) {
            at = (uint64_t)record[9] << 16 | (uint64_t)record[10] << 8 | record[11];
        }
    }
    sync_free(bytes.bytes);
    return at + 36;
}

static void hostile_glyphs_are_refused_where_they_lie(void **state) {
    (void)state;
    static const struct { const char *path; enum status status; } rows[] = {
        { "fixtures/hostile/ttf/loop.ttf", STATUS_LIMIT },
        { "fixtures/hostile/ttf/chain.ttf", STATUS_LIMIT },
        { "fixtures/hostile/ttf/tree.ttf", STATUS_LIMIT },
        { "fixtures/hostile/ttf/components.ttf", STATUS_LIMIT },
        { "fixtures/hostile/ttf/giant.ttf", STATUS_LIMIT },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_refused(rows[i].path, rows[i].status, second_glyph_at(rows[i].path));
    }
}

static void a_bomb_of_subroutines_is_refused(void **state) {
    (void)state;
    static const uint8_t fuse[] = { 0x20, 0x0a, 0x0e };   /* -107 callsubr endchar */
    struct sync_bytes bytes = check_read("fixtures/hostile/ttf/bomb.otf");
    const uint8_t *at = memmem(bytes.bytes, bytes.count, fuse, sizeof(fuse));
    uint64_t offset = (uint64_t)(at - bytes.bytes);
    sync_free(bytes.bytes);
    expect_refused("fixtures/hostile/ttf/bomb.otf", STATUS_BAD_DATA, offset);
}

static void limits_refuse_what_is_too_much(void **state) {
    (void)state;
    static uint32_t keys[KEYS_MAX];
    struct sync_bytes bytes = check_read(CHECK_DEJAVU);
    static const struct { struct ttf_limits limits; uint32_t size; } rows[] = {
        { { .glyphs = 526 }, 16 * 64 },
        { { .size_26_6 = 16 * 64 - 1 }, 16 * 64 },
        { { .coverage_bytes = 30000 }, 16 * 64 },      /* the sum of the glyphs is more */
        { { .coverage_bytes = 62000 }, 16 * 64 },      /* the picture is more */
        { { 0 }, 0 },
        { { 0 }, 1024 * 64 + 1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t w = 0; w < COUNT_OF(check_workers); w++) {
            struct workpool *pool = check_pool(check_workers[w]);
            struct ttf_options options = { .limits = rows[i].limits };
            struct ttf_font *font;
            assert_int_equal(STATUS_OK, ttf_font_create(bytes.bytes, bytes.count, &options, &font,
                                                        NULL));
            struct ttf_request request = { .keys = keys,
                                           .key_count = key_range(keys, 0x20, 0x20 + 526),
                                           .size_26_6 = rows[i].size };
            struct ttf_atlas atlas;
            struct diag diag = { 0 };
            assert_int_equal(STATUS_LIMIT, ttf_atlas_create(font, pool, &request, &atlas, &diag));
            assert_non_null(diag.reason);
            ttf_font_destroy(font);
            workpool_destroy(pool);
        }
    }
    sync_free(bytes.bytes);
}

static void every_failed_allocation_is_a_status(void **state) {
    (void)state;
    static uint32_t keys[KEYS_MAX];
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/tiny.ttf");
    for (uint32_t workers = 1; workers <= 3; workers += 2) {
        uint64_t live = sync_memory_live();
        struct workpool *pool = check_pool(workers);
        struct ttf_request request = { .keys = keys, .key_count = key_range(keys, 0x20, 0x420),
                                       .size_26_6 = 100 * 64 };
        bool met = true;
        for (uint64_t nth = 1; met; nth++) {
            struct ttf_font *font = check_font(&bytes);
            struct ttf_atlas atlas;
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = ttf_atlas_create(font, pool, &request, &atlas, NULL);
            met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(met ? STATUS_NO_MEMORY : STATUS_OK, status);
            ttf_atlas_destroy(&atlas);
            ttf_font_destroy(font);
        }
        workpool_destroy(pool);
        assert_int_equal(live, sync_memory_live());
    }
    sync_free(bytes.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage_is_what_freetype_draws),
        cmocka_unit_test(a_quarter_moves_the_outline),
        cmocka_unit_test(an_atlas_is_the_same_at_every_number_of_workers),
        cmocka_unit_test(glyphs_lie_apart_in_key_order),
        cmocka_unit_test(an_empty_request_gives_one_clear_pixel_column),
        cmocka_unit_test(a_font_that_rolls_dice_still_gives_one_atlas),
        cmocka_unit_test(hostile_glyphs_are_refused_where_they_lie),
        cmocka_unit_test(a_bomb_of_subroutines_is_refused),
        cmocka_unit_test(limits_refuse_what_is_too_much),
        cmocka_unit_test(every_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests_name("atlas", tests, NULL, NULL);
}
