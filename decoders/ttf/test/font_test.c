/*
 * font_test.c - the promises of ttf/font.h and ttf/outline.h.
 *
 * Facts of the small fonts stand in fixtures/make_fonts.py; those of DejaVu Sans are
 * asked of FreeType.
 */
#include "ttf/outline.h"
#include "ttf_check.h"

static void facts_of_a_truetype_font(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/tiny.ttf");
    struct ttf_font *font = check_font(&bytes);
    const struct ttf_info *info = ttf_font_info(font);
    assert_string_equal("Weft Tiny", info->family);
    assert_string_equal("Regular", info->style);
    assert_int_equal(8, info->glyph_count);
    assert_int_equal(1, info->face_count);
    assert_int_equal(1000, info->units_per_em);
    assert_int_equal(800, info->ascent);
    assert_int_equal(-200, info->descent);
    assert_int_equal(1090, info->line_height);
    assert_int_equal(TTF_OUTLINE_TRUETYPE, info->outline_kind);
    assert_int_equal(2, ttf_font_glyph(font, 'A'));
    assert_int_equal(0, ttf_font_glyph(font, 'Z'));
    assert_int_equal(0, ttf_font_glyph(font, UINT32_MAX));
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

static void a_cff_font_says_so(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/tiny.otf");
    struct ttf_font *font = check_font(&bytes);
    assert_int_equal(TTF_OUTLINE_CFF, ttf_font_info(font)->outline_kind);
    assert_int_equal(5, ttf_font_info(font)->glyph_count);
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

static void faces_of_a_collection_are_counted_from_0(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/tiny.ttc");
    static const char *const families[] = { "Weft First", "Weft Second" };
    struct ttf_font *font;
    for (uint32_t i = 0; i < 2; i++) {
        struct ttf_options options = { .face_index = i };
        assert_int_equal(STATUS_OK,
                         ttf_font_create(bytes.bytes, bytes.count, &options, &font, NULL));
        assert_string_equal(families[i], ttf_font_info(font)->family);
        assert_int_equal(2, ttf_font_info(font)->face_count);
        assert_int_equal(i == 0 ? 2 : 3, ttf_font_glyph(font, 'A'));
        ttf_font_destroy(font);
    }
    struct ttf_options options = { .face_index = 2 };
    assert_int_equal(STATUS_NOT_FOUND,
                     ttf_font_create(bytes.bytes, bytes.count, &options, &font, NULL));
    assert_null(font);
    sync_free(bytes.bytes);
}

static void files_that_are_no_fonts_are_refused_with_a_place(void **state) {
    (void)state;
    static const struct { const char *path; enum status status; uint64_t offset; } rows[] = {
        { "fixtures/invalid/ttf/empty.ttf", STATUS_BAD_DATA, 0 },
        { "fixtures/invalid/ttf/text.ttf", STATUS_BAD_DATA, 0 },
        { "fixtures/invalid/ttf/web.woff", STATUS_UNSUPPORTED, 0 },
        { "fixtures/invalid/ttf/no-tables.ttf", STATUS_BAD_DATA, 4 },
        { "fixtures/invalid/ttf/table-outside.ttf", STATUS_BAD_DATA, 12 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sync_bytes bytes = check_read(rows[i].path);
        struct ttf_font *font;
        struct diag diag = { 0 };
        assert_int_equal(rows[i].status,
                         ttf_font_create(bytes.bytes, bytes.count, NULL, &font, &diag));
        assert_null(font);
        assert_int_equal(rows[i].offset, diag.offset);
        assert_non_null(diag.reason);
        sync_free(bytes.bytes);
    }
}

/* Every cut takes the end of some table away, and the directory tells which. */
static void a_font_cut_short_is_refused_at_every_length(void **state) {
    (void)state;
    static const struct { const char *path; size_t step; } rows[] = {
        { "fixtures/valid/ttf/tiny.ttf", 1 }, { "fixtures/valid/ttf/tiny.otf", 1 },
        { "fixtures/valid/ttf/tiny.ttc", 1 }, { CHECK_DEJAVU, 64 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sync_bytes bytes = check_read(rows[i].path);
        /* The last table may end in padding, which nobody misses. */
        size_t end = bytes.count - 3 - (i == 2 ? bytes.count / 2 : 0);
        for (size_t count = 0; count < end; count += rows[i].step) {
            /* A copy of the exact length, so that the sanitizer sees a read past it. */
            uint8_t *copy = test_malloc(count + 1);
            memcpy(copy + 1, bytes.bytes, count);
            struct ttf_font *font;
            struct diag diag = { 0 };
            assert_int_equal(STATUS_BAD_DATA,
                             ttf_font_create(copy + 1, count, NULL, &font, &diag));
            assert_null(font);
            assert_true(diag.offset <= count);
            test_free(copy);
        }
        sync_free(bytes.bytes);
    }
}

static void a_file_or_its_needs_over_the_limit_are_refused(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read(CHECK_DEJAVU);
    struct ttf_options file = { .limits.file_bytes = bytes.count - 1 };
    struct ttf_options memory = { .limits.memory_bytes = 4096 };
    struct ttf_font *font;
    struct diag diag = { 0 };
    uint64_t live = sync_memory_live();
    assert_int_equal(STATUS_LIMIT, ttf_font_create(bytes.bytes, bytes.count, &file, &font, &diag));
    assert_int_equal(bytes.count - 1, diag.offset);
    assert_int_equal(STATUS_LIMIT, ttf_font_create(bytes.bytes, bytes.count, &memory, &font, NULL));
    assert_int_equal(live, sync_memory_live());
    sync_free(bytes.bytes);
}

/* FreeType goes on without a name or a table when memory fails it; we must not. */
static void a_memory_limit_never_gives_half_a_font(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/tiny.ttf");
    struct ttf_font *whole = check_font(&bytes);
    enum status status = STATUS_LIMIT;
    for (uint64_t limit = 1; status != STATUS_OK; limit += 16) {
        struct ttf_options options = { .limits.memory_bytes = limit };
        struct ttf_font *font;
        status = ttf_font_create(bytes.bytes, bytes.count, &options, &font, NULL);
        if (status == STATUS_OK) {
            assert_memory_equal(ttf_font_info(whole), ttf_font_info(font),
                                sizeof(struct ttf_info));
            ttf_font_destroy(font);
        } else {
            assert_int_equal(STATUS_LIMIT, status);
        }
        assert_true(limit < 1 << 20);
    }
    ttf_font_destroy(whole);
    sync_free(bytes.bytes);
}

static void limits_tell_the_defaults(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/tiny.ttf");
    struct ttf_options options = { .limits.glyphs = 7 };
    struct ttf_font *font;
    assert_int_equal(STATUS_OK, ttf_font_create(bytes.bytes, bytes.count, &options, &font, NULL));
    assert_int_equal(7, ttf_font_limits(font)->glyphs);
    assert_int_equal(1024 * 64, ttf_font_limits(font)->size_26_6);
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

static void every_failed_allocation_is_a_status(void **state) {
    (void)state;
    static const char *const paths[] = { "fixtures/valid/ttf/tiny.ttf",
                                         "fixtures/valid/ttf/random.otf", CHECK_DEJAVU };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct sync_bytes bytes = check_read(paths[i]);
        uint64_t live = sync_memory_live();
        bool met = true;
        for (uint64_t nth = 1; met; nth++) {
            struct ttf_font *font;
            struct ttf_outline outline = { 0 };
            struct diag diag = { 0 };
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = ttf_font_create(bytes.bytes, bytes.count, NULL, &font, &diag);
            if (status == STATUS_OK) {
                status = ttf_outline_create(font, 4, 64 * 64, &outline, &diag);
            }
            met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(met ? STATUS_NO_MEMORY : STATUS_OK, status);
            assert_int_equal(status, diag.status);
            ttf_outline_destroy(&outline);
            ttf_font_destroy(font);
            assert_int_equal(live, sync_memory_live());
        }
        sync_free(bytes.bytes);
    }
}

static void an_outline_tells_the_points_of_the_file(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/tiny.ttf");
    struct ttf_font *font = check_font(&bytes);
    struct ttf_outline outline;
    assert_int_equal(STATUS_OK, ttf_outline_create(font, 2, 0, &outline, NULL));
    static const struct ttf_point triangle[] = { { 50, 0 }, { 300, 700 }, { 550, 0 } };
    assert_int_equal(3, outline.point_count);
    assert_int_equal(1, outline.contour_count);
    assert_int_equal(2, outline.contour_ends[0]);
    assert_memory_equal(triangle, outline.points, sizeof(triangle));
    assert_int_equal(600, outline.advance);
    ttf_outline_destroy(&outline);
    /* The blob: every other point is a control point. */
    assert_int_equal(STATUS_OK, ttf_outline_create(font, 3, 0, &outline, NULL));
    for (uint32_t i = 0; i < outline.point_count; i++) {
        assert_int_equal(i % 2 == 0 ? TTF_TAG_ON : TTF_TAG_CONIC, outline.tags[i]);
    }
    ttf_outline_destroy(&outline);
    /* A font unit is a thousandth of the em: at 1000 px it is a pixel. */
    assert_int_equal(STATUS_OK, ttf_outline_create(font, 2, 1000 * 64, &outline, NULL));
    assert_int_equal(300 * 64, outline.points[1].x);
    assert_int_equal(600 * 64, outline.advance);
    ttf_outline_destroy(&outline);
    /* And asking for a size leaves nothing behind. */
    assert_int_equal(STATUS_OK, ttf_outline_create(font, 1, 0, &outline, NULL));
    assert_int_equal(0, outline.point_count);
    assert_int_equal(600, outline.advance);
    ttf_outline_destroy(&outline);
    assert_int_equal(STATUS_NOT_FOUND, ttf_outline_create(font, 8, 0, &outline, NULL));
    assert_int_equal(STATUS_LIMIT, ttf_outline_create(font, 1, 1024 * 64 + 1, &outline, NULL));
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

static void outlines_are_those_of_freetype(void **state) {
    (void)state;
    static const char *const paths[] = { CHECK_DEJAVU, "fixtures/valid/ttf/tiny.otf" };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct sync_bytes bytes = check_read(paths[i]);
        struct ttf_font *font = check_font(&bytes);
        struct check_oracle oracle = check_oracle_open(&bytes);
        assert_int_equal(0, FT_Set_Char_Size(oracle.face, 0, 1300, 72, 72));
        for (uint32_t glyph = 0; glyph < ttf_font_info(font)->glyph_count; glyph++) {
            struct ttf_outline outline;
            assert_int_equal(STATUS_OK, ttf_outline_create(font, glyph, 1300, &outline, NULL));
            assert_int_equal(0, FT_Load_Glyph(oracle.face, glyph,
                                              FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP));
            const FT_Outline *expected = &oracle.face->glyph->outline;
            assert_int_equal(expected->n_points, outline.point_count);
            assert_int_equal(expected->n_contours, outline.contour_count);
            for (uint32_t p = 0; p < outline.point_count; p++) {
                assert_int_equal(expected->points[p].x, outline.points[p].x);
                assert_int_equal(expected->points[p].y, outline.points[p].y);
            }
            for (uint32_t c = 0; c < outline.contour_count; c++) {
                assert_int_equal(expected->contours[c], outline.contour_ends[c]);
            }
            ttf_outline_destroy(&outline);
        }
        check_oracle_close(&oracle);
        ttf_font_destroy(font);
        sync_free(bytes.bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_of_a_truetype_font),
        cmocka_unit_test(a_cff_font_says_so),
        cmocka_unit_test(faces_of_a_collection_are_counted_from_0),
        cmocka_unit_test(files_that_are_no_fonts_are_refused_with_a_place),
        cmocka_unit_test(a_font_cut_short_is_refused_at_every_length),
        cmocka_unit_test(a_file_or_its_needs_over_the_limit_are_refused),
        cmocka_unit_test(a_memory_limit_never_gives_half_a_font),
        cmocka_unit_test(limits_tell_the_defaults),
        cmocka_unit_test(every_failed_allocation_is_a_status),
        cmocka_unit_test(an_outline_tells_the_points_of_the_file),
        cmocka_unit_test(outlines_are_those_of_freetype),
    };
    return cmocka_run_group_tests_name("font", tests, NULL, NULL);
}
