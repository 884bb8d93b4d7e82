/*
 * script_test.c - scene files: what is understood, and where the rest is refused.
 *
 * Rows of bad files carry a mark, the character '^', before the byte that must be
 * named in the diag; the test takes the mark out and compares.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "renderer/script.h"
#include "sync/fault.h"
#include "sync/memory.h"

static const char whole[] =
    "# a scene\n"
    "weft-scene 1\n"
    "\n"
    "size 640 480\n"
    "background #10203080\n"
    "picture hills \"pictures/hills \\\"1\\\".png\"\n"
    "font sans \"/fonts/Sans.ttf\"\n"
    "font more \"more.ttc\" face=2\n"
    "  solid box=1,2,30,40 color=#ffffff\n"
    "origin 100 -50\n"
    "solid box=-5,0,10,10 color=#ff000080 radius=4 corners=top,bl ring=2 opacity=7 "
    "clip=0,0,9,9\n"
    "gradient box=0,0,5,5 from=0,0 to=0,5 stops=#000000@0,#ff0000@500,#ffffff@1000\n"
    "shadow box=0,0,5,5 color=#00000040 blur=20 radius=3\n"
    "image picture=hills at=7,8 opacity=200\n"
    "image picture=hills box=7,8,90,80\n"
    "text font=more size=13.25 at=1,2 color=#00ff00 align=right text=\"\\\\ \xc3\xa9\"";

static enum status parse(const char *text, struct renderer_script *script, struct diag *diag) {
    return renderer_script_parse(text, strlen(text), NULL, script, diag);
}

static void a_file_with_everything_is_understood(void **state) {
    (void)state;
    struct renderer_script s;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_OK, parse(whole, &s, &diag));
    assert_int_equal(640, s.width);
    assert_int_equal(480, s.height);
    assert_int_equal(0x80081018, s.background);   /* premultiplied */
    assert_int_equal(1, s.picture_count);
    assert_string_equal("hills", s.pictures[0].name);
    assert_string_equal("pictures/hills \"1\".png", s.pictures[0].path);
    assert_int_equal(2, s.font_count);
    assert_string_equal("more.ttc", s.fonts[1].path);
    assert_int_equal(2, s.fonts[1].face);
    assert_int_equal(7, s.entry_count);
    renderer_script_finish(&s);
}

static void assert_rect(struct picture_rect r, int x0, int y0, int x1, int y1) {
    assert_int_equal(x0, r.x0);
    assert_int_equal(y0, r.y0);
    assert_int_equal(x1, r.x1);
    assert_int_equal(y1, r.y1);
}

static void fields_reach_their_items_and_the_origin_moves_them(void **state) {
    (void)state;
    struct renderer_script s;
    assert_int_equal(STATUS_OK, parse(whole, &s, NULL));
    const struct renderer_entry *e = s.entries;
    assert_int_equal(RENDERER_SOLID, e[0].item.kind);
    assert_rect(e[0].item.box, 1, 2, 31, 42);
    assert_int_equal(0xffffffff, e[0].item.as.solid);
    assert_int_equal(255, e[0].item.opacity);
    assert_false(e[0].item.is_clipped);
    assert_rect(e[1].item.box, 95, -50, 105, -40);
    assert_rect(e[1].item.clip, 100, -50, 109, -41);
    assert_true(e[1].item.is_clipped);
    assert_int_equal(0x80800000, e[1].item.as.solid);
    assert_int_equal(4, e[1].item.radius);
    assert_int_equal(2, e[1].item.ring);
    assert_int_equal(7, e[1].item.opacity);
    assert_int_equal(RENDERER_TOP_LEFT | RENDERER_TOP_RIGHT | RENDERER_BOTTOM_LEFT,
                     e[1].item.corners);
    const struct renderer_gradient *g = &e[2].item.as.gradient;
    assert_int_equal(3, g->stop_count);
    assert_int_equal(32768, g->stops[1].at);
    assert_int_equal(0xffff0000, g->stops[1].colour);
    assert_int_equal(-45, g->to.y);
    assert_int_equal(20, e[3].item.as.shadow.blur);
    assert_int_equal(0x40000000, e[3].item.as.shadow.colour);
    assert_int_equal(RENDERER_NEEDS_SIZE, e[4].need);
    assert_rect(e[4].item.box, 107, -42, 107, -42);
    assert_int_equal(RENDERER_NEEDS_PICTURE, e[5].need);
    assert_int_equal(RENDERER_NEEDS_GLYPHS, e[6].need);
    assert_int_equal(1, e[6].resource);
    assert_int_equal(13 * 64 + 16, e[6].line.size_26_6);
    assert_string_equal("\\ \xc3\xa9", e[6].line.utf8);
    assert_int_equal(RENDERER_RIGHT, e[6].line.align);
    assert_int_equal(101, e[6].line.at.x);
    renderer_script_finish(&s);
}

static void a_carriage_return_may_stand_before_a_line_feed(void **state) {
    (void)state;
    char text[4096];
    size_t bytes = 0;
    for (const char *at = whole; *at != '\0'; at++) {
        if (*at == '\n') {
            text[bytes++] = '\r';
        }
        text[bytes++] = *at;
    }
    struct renderer_script s;
    for (int i = 0; i < 2; i++) {   /* the last line without and with one */
        assert_int_equal(STATUS_OK, renderer_script_parse(text, bytes, NULL, &s, NULL));
        assert_int_equal(7, s.entry_count);
        assert_string_equal("pictures/hills \"1\".png", s.pictures[0].path);
        assert_int_equal(2, s.fonts[1].face);
        assert_string_equal("\\ \xc3\xa9", s.entries[6].line.utf8);
        renderer_script_finish(&s);
        text[bytes++] = '\r';
    }
}

#define HEAD "weft-scene 1\nsize 9 9\n"
#define TEXT "font f \"f\"\ntext font=f size=9 at=0,0 color=#000000 text="

static const char *const bad[] = {
    "^",
    "# nothing but a comment\n^",
    "^scene 1\n",
    "weft-scene ^one\n",
    "weft-scene 1 ^2\n",
    "weft-scene 1\n^",
    "weft-scene 1\n^solid box=0,0,1,1 color=#000000\n",
    "weft-scene 1\nsize ^0 5\n",
    "weft-scene 1\nsize 5 ^1048577\n",
    "weft-scene 1\nsize 5^",
    "weft-scene 1\nsize 5 5^x\n",
    HEAD "^size 9 9\n",
    HEAD "^window box=0,0,1,1\n",
    HEAD "^Solid box=0,0,1,1 color=#000000\n",
    HEAD "^\x01\n",
    HEAD "background ^red\n",
    HEAD "background ^#12345\n",
    HEAD "background ^#1234567\n",
    HEAD "background ^#123456789\n",
    HEAD "background #123456^,\n",
    HEAD "picture ^\"x\"\n",
    HEAD "picture x^\n",
    HEAD "picture x ^y\n",
    HEAD "picture x ^\"\"\n",
    HEAD "picture x \"y^",
    HEAD "picture x \"y^\nz\"",
    HEAD "picture x \"y\\^z\"",
    HEAD "picture x \"y\"\npicture ^x \"y\"\n",
    HEAD "font x \"y\" ^weight=3\n",
    HEAD "font x \"y\" face=^-1\n",
    HEAD "^solid box=0,0,1,1\n",
    HEAD "^solid color=#000000\n",
    HEAD "solid ^blur=4 box=0,0,1,1\n",
    HEAD "solid box=0,0,1,1 ^box=0,0,1,1\n",
    HEAD "solid box^ =0,0,1,1\n",
    HEAD "solid box=^ 0,0,1,1\n",
    HEAD "solid box=0,0^;1,1\n",
    HEAD "solid box=0,0,1^\n",
    HEAD "solid box=^0,0,-1,1\n",
    HEAD "solid box=^1048576,0,1,1\n",
    HEAD "solid box=^9999999999999999999999,0,1,1\n",
    HEAD "origin 1048576 0\nsolid box=^1,0,1,1\n",
    HEAD "solid box=0,0,1,1^,1 color=#000000\n",
    HEAD "solid box=0,0,1,1 color=#000000 opacity=^256\n",
    HEAD "solid box=0,0,1,1 color=#000000 radius=^513\n",
    HEAD "solid box=0,0,1,1 color=#000000 corners=^left\n",
    HEAD "solid box=0,0,1,1 color=#000000 corners=tl,^\n",
    HEAD "shadow box=0,0,1,1 color=#000000 blur=^129\n",
    HEAD "gradient box=0,0,1,1 from=0,0 to=1,1 stops=#000000@0^\n",
    HEAD "gradient box=0,0,1,1 from=0,0 to=1,1 stops=#000000^,#000000\n",
    HEAD "gradient box=0,0,1,1 from=0,0 to=1,1 stops=#000000@5,#000000@^5\n",
    HEAD "gradient box=0,0,1,1 from=0,0 to=1,1 stops=#000000@5,#000000@^1001\n",
    HEAD "^gradient box=0,0,1,1 from=1,1 to=1,1 stops=#000000@0,#ffffff@9\n",
    HEAD "image picture=^x at=0,0\n",
    HEAD "picture x \"y\"\n^image picture=x\n",
    HEAD "picture x \"y\"\n^image picture=x at=0,0 box=0,0,1,1\n",
    HEAD "text font=^f size=9 at=0,0 color=#000000 text=\"\"\n",
    HEAD "font f \"f\"\ntext font=f size=^0 at=0,0 color=#000000 text=\"\"\n",
    HEAD "font f \"f\"\ntext font=f size=9.^3 at=0,0 color=#000000 text=\"\"\n",
    HEAD TEXT "^'x'\n",
    HEAD TEXT "\"^\x80\"\n",
    HEAD TEXT "\"^\xc0\x80\"\n",
    HEAD TEXT "\"^\xe0\x80\x80\"\n",
    HEAD TEXT "\"^\xed\xa0\x80\"\n",
    HEAD TEXT "\"^\xf4\x90\x80\x80\"\n",
    HEAD TEXT "\"^\xc3\"\n",
    HEAD TEXT "\"^\xe2\x82",
    HEAD TEXT "\"^\x7f\"\n",
    HEAD TEXT "\"^\xc2\x80\"\n",
    HEAD TEXT "\"a\"^\"b\"\n",
};

static void what_is_not_understood_is_refused_where_it_stands(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char text[256];
        struct renderer_script s;
        struct diag diag = { 0 };
        size_t mark = strcspn(bad[i], "^");
        assert_true(mark < strlen(bad[i]) && strlen(bad[i]) < sizeof(text));
        memcpy(text, bad[i], mark);
        memcpy(text + mark, bad[i] + mark + 1, strlen(bad[i]) - mark);
        enum status status = parse(text, &s, &diag);
        if (status != STATUS_BAD_DATA || diag.offset != mark) {
            print_error("row %zu: %s at %u: %s\n%s\n", i, status_name(status),
                        (unsigned)diag.offset, diag.reason, bad[i]);
        }
        assert_int_equal(STATUS_BAD_DATA, status);
        assert_int_equal(mark, diag.offset);
        assert_null(s.entries);
        assert_null(s.strings);
    }
}

static void a_number_too_large_is_told_its_range(void **state) {
    (void)state;
    static const struct { const char *line; const char *range; } rows[] = {
        { "size 0 9\n", "1 to 1048576" },
        { HEAD "origin 0 9999999\n", "-1048576 to 1048576" },
        { HEAD "font f \"f\" face=65536\n", "0 to 65535" },
        { HEAD "solid box=0,0,1,1 color=#000000 opacity=256\n", "0 to 255" },
        { HEAD "solid box=0,0,1,1 color=#000000 radius=513\n", "0 to 512" },
        { HEAD "solid box=0,0,1,1 color=#000000 ring=513\n", "0 to 512" },
        { HEAD "solid box=0,0,1,9999999\n", "-1048576 to 1048576" },
        { HEAD "shadow box=0,0,1,1 color=#000000 blur=129\n", "0 to 128" },
        { HEAD "gradient stops=#000000@1001\n", "0 to 1000" },
        { HEAD "font f \"f\"\ntext font=f size=1025\n", "1 to 1024" },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        char text[256], want[64];
        struct renderer_script s;
        struct diag diag = { 0 };
        snprintf(text, sizeof(text), "%s%s", r == 0 ? "weft-scene 1\n" : "", rows[r].line);
        snprintf(want, sizeof(want), "the number must be from %s", rows[r].range);
        assert_int_equal(STATUS_BAD_DATA, parse(text, &s, &diag));
        assert_string_equal(want, diag.reason);
    }
}

static void another_version_is_unsupported(void **state) {
    (void)state;
    struct renderer_script s;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_UNSUPPORTED, parse("weft-scene 2\nsize 1 1\n", &s, &diag));
    assert_int_equal(11, diag.offset);
}

static void each_limit_is_met_as_a_limit(void **state) {
    (void)state;
    static const struct { struct renderer_script_limits limits; uint64_t offset; } rows[] = {
        { { .bytes_max = 100 }, 100 },
        { { .pixels_max = 640 * 480 - 1 }, 29 },
        { { .entries_max = 6 }, sizeof(whole) - 1 - 71 },
        { { .resources_max = 1 }, 127 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct renderer_script s;
        struct diag diag = { 0 };
        assert_int_equal(STATUS_LIMIT, renderer_script_parse(whole, sizeof(whole) - 1,
                                                             &rows[i].limits, &s, &diag));
        assert_int_equal(rows[i].offset, diag.offset);
    }
}

static void a_file_cut_anywhere_is_refused_or_shorter(void **state) {
    (void)state;
    for (size_t bytes = 0; bytes < sizeof(whole) - 1; bytes++) {
        struct renderer_script s;
        struct diag diag = { 0 };
        enum status status = renderer_script_parse(whole, bytes, NULL, &s, &diag);
        assert_true(status == STATUS_OK ? s.width == 640 || s.height == 4 || s.height == 48
                                        : diag.offset <= bytes);
        renderer_script_finish(&s);
    }
}

static void every_failed_allocation_is_a_status(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    uint64_t nth = 1;
    for (bool met = true; met; nth++) {
        struct renderer_script s;
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = parse(whole, &s, NULL);
        met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(met ? STATUS_NO_MEMORY : STATUS_OK, status);
        renderer_script_finish(&s);
        assert_true(live == sync_memory_live());
    }
    assert_true(nth > 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_with_everything_is_understood),
        cmocka_unit_test(fields_reach_their_items_and_the_origin_moves_them),
        cmocka_unit_test(a_carriage_return_may_stand_before_a_line_feed),
        cmocka_unit_test(what_is_not_understood_is_refused_where_it_stands),
        cmocka_unit_test(a_number_too_large_is_told_its_range),
        cmocka_unit_test(another_version_is_unsupported),
        cmocka_unit_test(each_limit_is_met_as_a_limit),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_or_shorter),
        cmocka_unit_test(every_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
