/*
 * text_test.c - the promises of ttf/text.h.
 *
 * Two oracles: HarfBuzz called directly on text of one direction and script, and
 * facts that a reader of the script can check by hand.
 */
#include <hb-ot.h>
#include <hb.h>

#include "ttf/text.h"
#include "ttf_check.h"

struct fixture {
    struct sync_bytes bytes;
    struct ttf_font *font;
};

static int open_dejavu(void **state) {
    static struct fixture fixture;
    fixture.bytes = check_read(CHECK_DEJAVU);
    fixture.font = check_font(&fixture.bytes);
    *state = &fixture;
    return 0;
}

static int close_dejavu(void **state) {
    struct fixture *fixture = *state;
    ttf_font_destroy(fixture->font);
    sync_free(fixture->bytes.bytes);
    return 0;
}

static struct ttf_run shape(struct ttf_font *font, const char *utf8, enum ttf_direction direction) {
    struct ttf_text text = { .utf8 = utf8, .byte_count = strlen(utf8), .size_26_6 = 20 * 64,
                             .direction = direction };
    struct ttf_run run;
    assert_int_equal(STATUS_OK, ttf_run_create(font, &text, &run, NULL));
    return run;
}

/* Text of one direction and script, by HarfBuzz alone. */
static void expect_as_harfbuzz(struct fixture *fixture, const char *utf8, hb_direction_t direction,
                               hb_script_t script) {
    struct ttf_run run = shape(fixture->font, utf8, TTF_DIRECTION_AUTO);
    hb_blob_t *blob = hb_blob_create((const char *)fixture->bytes.bytes,
                                     (unsigned)fixture->bytes.count, HB_MEMORY_MODE_READONLY,
                                     NULL, NULL);
    hb_face_t *face = hb_face_create(blob, 0);
    hb_font_t *font = hb_font_create(face);
    hb_font_set_scale(font, 20 * 64, 20 * 64);
    hb_buffer_t *buffer = hb_buffer_create();
    hb_buffer_add_utf8(buffer, utf8, -1, 0, -1);
    hb_buffer_set_direction(buffer, direction);
    hb_buffer_set_script(buffer, script);
    hb_buffer_set_language(buffer, hb_language_from_string("und", -1));
    hb_shape(font, buffer, NULL, 0);
    unsigned count;
    const hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(buffer, &count);
    const hb_glyph_position_t *positions = hb_buffer_get_glyph_positions(buffer, NULL);
    int32_t x = 0;
    assert_int_equal(count, run.glyph_count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(infos[i].codepoint, run.glyphs[i].glyph);
        assert_int_equal(infos[i].cluster, run.glyphs[i].cluster);
        assert_int_equal(x + positions[i].x_offset, run.glyphs[i].x);
        assert_int_equal(-positions[i].y_offset, run.glyphs[i].y);
        x += positions[i].x_advance;
    }
    assert_int_equal(x, run.advance);
    assert_int_equal(direction == HB_DIRECTION_RTL, run.is_rtl);
    hb_buffer_destroy(buffer);
    hb_font_destroy(font);
    hb_face_destroy(face);
    hb_blob_destroy(blob);
    ttf_run_destroy(&run);
}

static void one_piece_is_shaped_as_harfbuzz_shapes_it(void **state) {
    expect_as_harfbuzz(*state, "AVATAR, To. office", HB_DIRECTION_LTR, HB_SCRIPT_LATIN);
    expect_as_harfbuzz(*state, "e\u0301a\u0308\u0323", HB_DIRECTION_LTR, HB_SCRIPT_LATIN);
    expect_as_harfbuzz(*state, "Ελληνικά", HB_DIRECTION_LTR, HB_SCRIPT_GREEK);
    expect_as_harfbuzz(*state, "السلام عليكم", HB_DIRECTION_RTL, HB_SCRIPT_ARABIC);
    expect_as_harfbuzz(*state, "שָׁלוֹם", HB_DIRECTION_RTL, HB_SCRIPT_HEBREW);
}

/* Glyphs of a run, to be compared with code points of the font. */
static void expect_glyphs(struct fixture *fixture, const char *utf8, const uint32_t *codepoints,
                          uint32_t count) {
    struct ttf_run run = shape(fixture->font, utf8, TTF_DIRECTION_AUTO);
    assert_int_equal(count, run.glyph_count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ttf_font_glyph(fixture->font, codepoints[i]), run.glyphs[i].glyph);
    }
    ttf_run_destroy(&run);
}

/*
 * Presentation forms are encoded for old software, and DejaVu Sans maps them: the
 * word beh-teh-beh must come out, from the left, as final, medial, initial form.  A
 * letter alone is the nominal glyph.
 */
static void arabic_letters_join(void **state) {
    static const uint32_t joined[] = { 0xfe90, 0xfe98, 0xfe91 };
    expect_glyphs(*state, "\u0628\u062a\u0628", joined, 3);
    static const uint32_t alone[] = { 0x628 };
    expect_glyphs(*state, "\u0628", alone, 1);
    static const uint32_t lam_alef[] = { 0xfefb };
    expect_glyphs(*state, "\u0644\u0627", lam_alef, 1);
}

/* Letters join across a change of script or font piece only within a direction. */
static void letters_look_at_their_neighbours_across_pieces(void **state) {
    struct fixture *fixture = *state;
    /* Beh, zero width joiner, Latin: the joiner keeps the beh in its initial form. */
    struct ttf_run run = shape(fixture->font, "\u0628\u200dA", TTF_DIRECTION_RTL);
    bool found = false;
    for (uint32_t i = 0; i < run.glyph_count; i++) {
        found = found || run.glyphs[i].glyph == ttf_font_glyph(fixture->font, 0xfe91);
    }
    assert_true(found);
    ttf_run_destroy(&run);
    /* Beh before a Syriac letter: another piece, and a neighbour to join with. */
    run = shape(fixture->font, "\u0628\u0712", TTF_DIRECTION_AUTO);
    assert_int_equal(ttf_font_glyph(fixture->font, 0xfe91), run.glyphs[1].glyph);
    ttf_run_destroy(&run);
}

static void hebrew_is_set_from_right_to_left(void **state) {
    struct fixture *fixture = *state;
    static const uint32_t visual[] = { 0x5d2, 0x5d1, 0x5d0 };
    expect_glyphs(fixture, "\u05d0\u05d1\u05d2", visual, 3);
    struct ttf_run run = shape(fixture->font, "\u05d0\u05d1\u05d2", TTF_DIRECTION_AUTO);
    assert_true(run.is_rtl);
    assert_int_equal(4, run.glyphs[0].cluster);
    assert_int_equal(0, run.glyphs[2].cluster);
    assert_true(run.glyphs[0].x < run.glyphs[1].x);
    ttf_run_destroy(&run);
}

/* Rule L1: a space that ends the line leaves the embedding that it stands in. */
static void expect_tail_at_the_end(struct fixture *fixture) {
    struct ttf_run run = shape(fixture->font, "a\u202b\u05d0 ", TTF_DIRECTION_AUTO);
    assert_int_equal(6, run.glyphs[run.glyph_count - 1].cluster);
    ttf_run_destroy(&run);
}

/* UAX #9 by hand: Hebrew inside English, a number inside Hebrew, a mirrored bracket. */
static void mixed_directions_are_put_in_visual_order(void **state) {
    static const uint32_t in_english[] = { 'a', ' ', 0x5d1, 0x5d0, ' ', 'b' };
    expect_glyphs(*state, "a \u05d0\u05d1 b", in_english, 6);
    static const uint32_t number[] = { 0x5d1, ' ', '1', '2', ' ', 0x5d0 };
    expect_glyphs(*state, "\u05d0 12 \u05d1", number, 6);
    static const uint32_t bracket[] = { '(', 0x5d1, ')', 0x5d0 };
    expect_glyphs(*state, "\u05d0(\u05d1)", bracket, 4);
    static const uint32_t tail[] = { ' ', 0x5d0 };
    expect_glyphs(*state, "\u05d0 ", tail, 2);
    expect_tail_at_the_end(*state);
    struct fixture *fixture = *state;
    struct ttf_run run = shape(fixture->font, "ab \u05d0", TTF_DIRECTION_RTL);
    assert_int_equal(ttf_font_glyph(fixture->font, 0x5d0), run.glyphs[0].glyph);
    assert_int_equal(ttf_font_glyph(fixture->font, 'a'), run.glyphs[2].glyph);
    ttf_run_destroy(&run);
}

/* "e" with an acute is one glyph; "q" with one stays two, the mark over the letter. */
static void marks_attach_to_their_letters(void **state) {
    struct fixture *fixture = *state;
    static const uint32_t composed[] = { 0xe9 };
    expect_glyphs(fixture, "e\u0301", composed, 1);
    struct ttf_run run = shape(fixture->font, "q\u0301", TTF_DIRECTION_AUTO);
    struct ttf_run letter = shape(fixture->font, "q", TTF_DIRECTION_AUTO);
    assert_int_equal(2, run.glyph_count);
    assert_int_equal(letter.advance, run.advance);
    assert_int_equal(0, run.glyphs[1].cluster);
    ttf_run_destroy(&letter);
    ttf_run_destroy(&run);
}

static void pairs_are_kerned_and_ligatures_made(void **state) {
    struct fixture *fixture = *state;
    struct ttf_run a = shape(fixture->font, "A", TTF_DIRECTION_AUTO);
    struct ttf_run v = shape(fixture->font, "V", TTF_DIRECTION_AUTO);
    struct ttf_run av = shape(fixture->font, "AV", TTF_DIRECTION_AUTO);
    assert_true(av.advance < a.advance + v.advance);
    ttf_run_destroy(&a);
    ttf_run_destroy(&v);
    ttf_run_destroy(&av);
    static const uint32_t ligature[] = { 0xfb03 };
    expect_glyphs(fixture, "ffi", ligature, 1);
}

/*
 * shaped.ttf, whose rules stand in fixtures/make_fonts.py: every advance is 600 units,
 * which at 1000 px an em are pixels.
 */
static void a_font_of_our_own_is_shaped_by_its_rules(void **state) {
    (void)state;
    struct sync_bytes bytes = check_read("fixtures/valid/ttf/shaped.ttf");
    struct ttf_font *font = check_font(&bytes);
    static const char string[] = "ABADB\u0301";
    struct ttf_text text = { .utf8 = string, .byte_count = sizeof(string) - 1,
                             .size_26_6 = 1000 * 64 };
    struct ttf_run run;
    assert_int_equal(STATUS_OK, ttf_run_create(font, &text, &run, NULL));
    static const struct ttf_placed expected[] = {
        { .glyph = 4, .x = 0, .cluster = 0 },                            /* A and B make C */
        { .glyph = 2, .x = 600 * 64, .cluster = 2 },
        { .glyph = 7, .x = 1100 * 64, .cluster = 3 },                    /* 100 closer */
        { .glyph = 3, .x = 1700 * 64, .cluster = 4 },
        { .glyph = 6, .x = (1700 + 300 + 280) * 64, .y = -(750 - 720) * 64, .cluster = 4 },
    };
    assert_int_equal(COUNT_OF(expected), run.glyph_count);
    assert_memory_equal(expected, run.glyphs, sizeof(expected));
    assert_int_equal(2300 * 64, run.advance);
    ttf_run_destroy(&run);
    ttf_font_destroy(font);
    sync_free(bytes.bytes);
}

/* Unicode 15, table 3-8 and its neighbours: how many U+FFFD each malformed piece gives. */
static void malformed_utf8_is_replaced(void **state) {
    struct fixture *fixture = *state;
    static const struct { const char *bytes; uint32_t replaced; uint32_t kept; } rows[] = {
        { "\xff", 1, 0 }, { "\x80", 1, 0 }, { "\xc3", 1, 0 }, { "\xc0\xaf", 2, 0 },
        { "\xe0\x80\xbf", 3, 0 }, { "\xed\xa0\x80", 3, 0 }, { "\xf4\x90\x80\x80", 4, 0 },
        { "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A", 4, 1 }, { "A\xf0\x9f\x98", 1, 1 },
        { "\xf0\x80\x80\x41", 3, 1 },
    };
    uint32_t replacement = ttf_font_glyph(fixture->font, 0xfffd);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ttf_run run = shape(fixture->font, rows[i].bytes, TTF_DIRECTION_LTR);
        uint32_t replaced = 0;
        for (uint32_t g = 0; g < run.glyph_count; g++) {
            replaced += run.glyphs[g].glyph == replacement;
        }
        assert_int_equal(rows[i].replaced, replaced);
        assert_int_equal(rows[i].replaced + rows[i].kept, run.glyph_count);
        ttf_run_destroy(&run);
    }
}

static void control_characters_are_spaces(void **state) {
    struct fixture *fixture = *state;
    static const uint32_t expected[] = { 'a', ' ', ' ', 'b', ' ', ' ' };
    expect_glyphs(fixture, "a\n\tb\x7f\xc2\x85", expected, 6);
}

static void empty_text_is_an_empty_run(void **state) {
    struct fixture *fixture = *state;
    struct ttf_run run = shape(fixture->font, "", TTF_DIRECTION_AUTO);
    assert_int_equal(0, run.glyph_count);
    assert_int_equal(0, run.advance);
    assert_true(run.ascent > 0 && run.descent < 0 && run.line_height > run.ascent);
    struct ttf_mask mask;
    assert_int_equal(STATUS_OK, ttf_mask_create(fixture->font, NULL, &run, &mask, NULL));
    assert_int_equal(1, mask.view.width);
    assert_int_equal(0, mask.view.pixels[0]);
    ttf_mask_destroy(&mask);
    ttf_run_destroy(&run);
}

/* The mask again, by FreeType alone: every glyph drawn at its quarter and added up. */
static void expect_mask_as_drawn(struct fixture *fixture, const struct ttf_run *run,
                                 const struct ttf_mask *mask) {
    struct check_oracle oracle = check_oracle_open(&fixture->bytes);
    uint32_t *sums = test_calloc((size_t)mask->view.width * mask->view.height, 4);
    assert_int_equal(0, FT_Set_Char_Size(oracle.face, 0, run->size_26_6, 72, 72));
    for (uint32_t i = 0; i < run->glyph_count; i++) {
        FT_GlyphSlot slot = oracle.face->glyph;
        assert_int_equal(0, FT_Load_Glyph(oracle.face, run->glyphs[i].glyph,
                                          FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP));
        int quarters = (int)__builtin_floor((run->glyphs[i].x + 8) / 16.0);
        int pixel = (int)__builtin_floor(quarters / 4.0);
        FT_Outline_Translate(&slot->outline, (quarters - 4 * pixel) * 16, 0);
        assert_int_equal(0, FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL));
        int x0 = pixel + slot->bitmap_left - mask->left;
        int line = (int)__builtin_floor((run->glyphs[i].y + 32) / 64.0);
        int y0 = line - slot->bitmap_top - mask->top;
        for (unsigned y = 0; y < slot->bitmap.rows; y++) {
            for (unsigned x = 0; x < slot->bitmap.width; x++) {
                assert_true(x0 >= 0 && y0 >= 0 && x0 + x < mask->view.width &&
                            y0 + y < mask->view.height);
                sums[(y0 + y) * mask->view.width + x0 + x] +=
                    slot->bitmap.buffer[y * (unsigned)slot->bitmap.pitch + x];
            }
        }
    }
    for (uint32_t y = 0; y < mask->view.height; y++) {
        for (uint32_t x = 0; x < mask->view.width; x++) {
            uint32_t sum = sums[y * mask->view.width + x];
            assert_int_equal(sum < 255 ? sum : 255, picture_row(&mask->view, y)[x]);
        }
    }
    test_free(sums);
    check_oracle_close(&oracle);
}

static void a_mask_is_the_sum_of_its_glyphs(void **state) {
    struct fixture *fixture = *state;
    static const char *const texts[] = { "Weft: many workers, one order.", "q\u0301\u0323 Å",
                                         "السلام عليكم", "x \u05d0\u05d1 12 y", "jf\u0300" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        for (size_t w = 0; w < COUNT_OF(check_workers); w++) {
            struct workpool *pool = check_pool(check_workers[w]);
            struct ttf_run run = shape(fixture->font, texts[i], TTF_DIRECTION_AUTO);
            struct ttf_mask mask;
            assert_int_equal(STATUS_OK, ttf_mask_create(fixture->font, pool, &run, &mask, NULL));
            assert_int_equal(run.advance, mask.advance);
            expect_mask_as_drawn(fixture, &run, &mask);
            ttf_mask_destroy(&mask);
            ttf_run_destroy(&run);
            workpool_destroy(pool);
        }
    }
}

static void too_much_text_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct ttf_options options = { .limits = { .text_bytes = 100, .glyphs = 10 } };
    struct ttf_font *font;
    assert_int_equal(STATUS_OK, ttf_font_create(fixture->bytes.bytes, fixture->bytes.count,
                                                &options, &font, NULL));
    char many[101];
    memset(many, 'x', sizeof(many));
    static const struct { size_t byte_count; uint32_t size; enum status status; } rows[] = {
        { 101, 640, STATUS_LIMIT }, { 11, 640, STATUS_LIMIT }, { 10, 640, STATUS_OK },
        { 1, 0, STATUS_LIMIT }, { 1, 1024 * 64 + 1, STATUS_LIMIT },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ttf_text text = { .utf8 = many, .byte_count = rows[i].byte_count,
                                 .size_26_6 = rows[i].size };
        struct ttf_run run;
        assert_int_equal(rows[i].status, ttf_run_create(font, &text, &run, NULL));
        ttf_run_destroy(&run);
    }
    ttf_font_destroy(font);
}

static void every_failed_allocation_is_a_status(void **state) {
    struct fixture *fixture = *state;
    static const char string[] = "Ab \u05d0\u05d1 q\u0301";
    struct ttf_text text = { .utf8 = string, .byte_count = sizeof(string) - 1,
                             .size_26_6 = 16 * 64 };
    bool met = true;
    for (uint64_t nth = 1; met; nth++) {
        struct ttf_font *font = check_font(&fixture->bytes);
        uint64_t live = sync_memory_live();
        struct ttf_run run = { 0 };
        struct ttf_mask mask = { 0 };
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = ttf_run_create(font, &text, &run, NULL);
        if (status == STATUS_OK) {
            status = ttf_mask_create(font, NULL, &run, &mask, NULL);
        }
        met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(met ? STATUS_NO_MEMORY : STATUS_OK, status);
        ttf_mask_destroy(&mask);
        ttf_run_destroy(&run);
        assert_true(sync_memory_live() >= live);   /* FreeType keeps buffers in the face */
        ttf_font_destroy(font);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_piece_is_shaped_as_harfbuzz_shapes_it),
        cmocka_unit_test(arabic_letters_join),
        cmocka_unit_test(letters_look_at_their_neighbours_across_pieces),
        cmocka_unit_test(hebrew_is_set_from_right_to_left),
        cmocka_unit_test(mixed_directions_are_put_in_visual_order),
        cmocka_unit_test(marks_attach_to_their_letters),
        cmocka_unit_test(pairs_are_kerned_and_ligatures_made),
        cmocka_unit_test(a_font_of_our_own_is_shaped_by_its_rules),
        cmocka_unit_test(malformed_utf8_is_replaced),
        cmocka_unit_test(control_characters_are_spaces),
        cmocka_unit_test(empty_text_is_an_empty_run),
        cmocka_unit_test(a_mask_is_the_sum_of_its_glyphs),
        cmocka_unit_test(too_much_text_is_refused),
        cmocka_unit_test(every_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests_name("text", tests, open_dejavu, close_dejavu);
}
