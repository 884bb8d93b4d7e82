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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_piece_is_shaped_as_harfbuzz_shapes_it),
    };
    return cmocka_run_group_tests_name("text", tests, open_dejavu, close_dejavu);
}
