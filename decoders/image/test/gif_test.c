/*
 * gif_test.c - frames on a screen of two by two pixels, composed by hand.
 *
 * Frames are written as codes of 3 bits with a clear code before each, so that the
 * packed bytes can be checked on paper: 4 is clear, 5 the end, 0 to 3 colours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "image/image.h"
#include "sync/memory.h"

enum { FILE_MAX = 1 << 16 };

/* A file that grows. */
struct gif {
    uint8_t bytes[FILE_MAX];
    size_t count;
};

static void add(struct gif *gif, const void *bytes, size_t count) {
    assert_true(gif->count + count <= sizeof(gif->bytes));
    memcpy(gif->bytes + gif->count, bytes, count);
    gif->count += count;
}

/* Two by two, four colours: red, green, blue, white. */
static void begin(struct gif *gif) {
    static const uint8_t head[] = { 'G', 'I', 'F', '8', '9', 'a', 2, 0, 2, 0, 0x81, 0, 0,
                                    255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255 };
    gif->count = 0;
    add(gif, head, sizeof(head));
}

static void add_control(struct gif *gif, uint8_t disposal, uint8_t delay, int transparent) {
    const uint8_t control[] = { 0x21, 0xf9, 4, (uint8_t)(disposal << 2 | (transparent >= 0)), delay,
                                0, (uint8_t)(transparent < 0 ? 0 : transparent), 0 };
    add(gif, control, sizeof(control));
}

/* Codes of 3 bits, lowest first, in one sub-block. */
static void add_codes(struct gif *gif, const uint8_t *codes, size_t count) {
    uint8_t block[256] = { 2, 0 };
    for (size_t i = 0; i < count; i++) {
        for (size_t bit = 0; bit < 3; bit++) {
            size_t at = i * 3 + bit;
            block[2 + at / 8] |= (uint8_t)((codes[i] >> bit & 1u) << at % 8);
        }
    }
    size_t bytes = (count * 3 + 7) / 8;
    block[1] = (uint8_t)bytes;
    add(gif, block, 2 + bytes + 1);
}

/* A frame whose pixels are `colours`, each after a clear, so that codes stay 3 bits wide. */
static void add_frame(struct gif *gif, const uint8_t rect[4], const uint8_t *colours) {
    const uint8_t head[] = { 0x2c, rect[0], 0, rect[1], 0, rect[2], 0, rect[3], 0, 0 };
    uint8_t codes[32];
    size_t count = 0;
    for (size_t i = 0; i < (size_t)rect[2] * rect[3]; i++) {
        codes[count++] = 4;
        codes[count++] = colours[i];
    }
    codes[count++] = 5;
    add(gif, head, sizeof(head));
    add_codes(gif, codes, count);
}

/* Frames as letters: r g b w, and . for a transparent pixel; top row first. */
static void expect_frames(struct gif *gif, const char *const *want, uint32_t count) {
    struct image image;
    struct diag diag = { 0 };
    add(gif, ";", 1);
    if (image_decode(gif->bytes, gif->count, NULL, &image, &diag) != STATUS_OK) {
        fail_msg("offset %lld: %s", (long long)diag.offset, diag.reason);
    }
    assert_int_equal(count, image.frame_count);
    for (uint32_t i = 0; i < count; i++) {
        char have[5] = { 0 };
        for (uint32_t pixel = 0; pixel < 4; pixel++) {
            const uint8_t *at = picture_row(&image.frames[i].view, pixel / 2) + pixel % 2 * 4;
            static const uint32_t colours[] = { 0xff0000ff, 0x00ff00ff, 0x0000ffff, 0xffffffff, 0 };
            uint32_t value = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
                             (uint32_t)at[2] << 8 | at[3];
            for (size_t c = 0; c < COUNT_OF(colours); c++) {
                have[pixel] = value == colours[c] ? "rgbw."[c] : have[pixel];
            }
        }
        assert_string_equal(want[i], have);
    }
    image_free(&image);
}

static const uint8_t whole[4] = { 0, 0, 2, 2 };
static const uint8_t left[4] = { 0, 0, 1, 2 };
static const uint8_t corner[4] = { 1, 1, 1, 1 };

static struct gif gif;

static void a_frame_stays_unless_it_is_disposed_of(void **state) {
    (void)state;
    begin(&gif);
    add_frame(&gif, whole, (const uint8_t[]){ 0, 0, 0, 0 });
    add_control(&gif, 1, 0, -1);
    add_frame(&gif, left, (const uint8_t[]){ 1, 2 });
    add_frame(&gif, corner, (const uint8_t[]){ 3 });
    static const char *const want[] = { "rrrr", "grbr", "grbw" };
    expect_frames(&gif, want, COUNT_OF(want));
}

static void a_cleared_frame_leaves_its_rectangle_empty(void **state) {
    (void)state;
    begin(&gif);
    add_frame(&gif, whole, (const uint8_t[]){ 0, 1, 2, 3 });
    add_control(&gif, 2, 0, -1);
    add_frame(&gif, left, (const uint8_t[]){ 3, 3 });
    add_frame(&gif, corner, (const uint8_t[]){ 0 });
    static const char *const want[] = { "rgbw", "wgww", ".g.r" };
    expect_frames(&gif, want, COUNT_OF(want));
}

static void a_restored_frame_leaves_what_was_before_it(void **state) {
    (void)state;
    begin(&gif);
    add_frame(&gif, whole, (const uint8_t[]){ 0, 1, 2, 3 });
    add_control(&gif, 3, 0, -1);
    add_frame(&gif, left, (const uint8_t[]){ 3, 3 });
    add_control(&gif, 3, 0, -1);
    add_frame(&gif, corner, (const uint8_t[]){ 0 });
    add_frame(&gif, corner, (const uint8_t[]){ 1 });
    static const char *const want[] = { "rgbw", "wgww", "rgbr", "rgbg" };
    expect_frames(&gif, want, COUNT_OF(want));
}

static void the_first_frame_may_be_restored_or_cleared_too(void **state) {
    (void)state;
    begin(&gif);
    add_control(&gif, 3, 0, -1);
    add_frame(&gif, whole, (const uint8_t[]){ 0, 1, 2, 3 });
    add_control(&gif, 2, 0, -1);
    add_frame(&gif, corner, (const uint8_t[]){ 2 });
    add_control(&gif, 3, 0, -1);   /* what was before it has a hole */
    add_frame(&gif, left, (const uint8_t[]){ 1, 1 });
    add_frame(&gif, corner, (const uint8_t[]){ 3 });
    static const char *const want[] = { "rgbw", "...b", "g.g.", "...w" };
    expect_frames(&gif, want, COUNT_OF(want));
}

static void a_transparent_index_lets_through_what_is_below(void **state) {
    (void)state;
    begin(&gif);
    add_control(&gif, 0, 0, 1);
    add_frame(&gif, whole, (const uint8_t[]){ 0, 1, 1, 2 });
    add_control(&gif, 0, 0, 2);
    add_frame(&gif, whole, (const uint8_t[]){ 2, 2, 3, 3 });
    static const char *const want[] = { "r..b", "r.ww" };
    expect_frames(&gif, want, COUNT_OF(want));
}

static void delays_are_told_in_milliseconds(void **state) {
    (void)state;
    struct image image;
    begin(&gif);
    add_control(&gif, 0, 7, -1);
    add_frame(&gif, corner, (const uint8_t[]){ 0 });
    add_frame(&gif, corner, (const uint8_t[]){ 0 });
    add(&gif, ";", 1);
    assert_int_equal(STATUS_OK, image_decode(gif.bytes, gif.count, NULL, &image, NULL));
    assert_int_equal(70, image.frames[0].delay_ms);
    assert_int_equal(0, image.frames[1].delay_ms);
    image_free(&image);
}

static void expect_broken(const uint8_t *codes, size_t count, const char *reason) {
    static const uint8_t head[] = { 0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0 };
    struct image image;
    struct diag diag = { 0 };
    begin(&gif);
    add(&gif, head, sizeof(head));
    size_t begin_offset = gif.count + 2;
    add_codes(&gif, codes, count);
    add(&gif, ";", 1);
    assert_int_equal(STATUS_BAD_DATA, image_decode(gif.bytes, gif.count, NULL, &image, &diag));
    assert_string_equal(reason, diag.reason);
    assert_in_range(diag.offset, begin_offset, gif.count);
}

static void codes_that_mean_nothing_are_refused(void **state) {
    (void)state;
    expect_broken((const uint8_t[]){ 4, 6 }, 2, "a code that cannot stand here");
    expect_broken((const uint8_t[]){ 4, 0, 7 }, 3, "a code that cannot stand here");
    expect_broken((const uint8_t[]){ 4, 0, 5 }, 3, "frame data ends before its pixels");
    expect_broken((const uint8_t[]){ 4, 0, 4, 1 }, 4, "frame data ends before its pixels");
}

static void a_code_may_mean_the_last_one_and_its_own_first_pixel(void **state) {
    (void)state;
    static const uint8_t head[] = { 0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0 };
    begin(&gif);
    add(&gif, head, sizeof(head));
    /* 1, then 6 = "1 1", before anything else could have made it, then 1. */
    add_codes(&gif, (const uint8_t[]){ 4, 1, 6, 1, 5 }, 5);
    static const char *const want[] = { "gggg" };
    expect_frames(&gif, want, COUNT_OF(want));
}

static void pixels_beyond_the_frame_and_unknown_extensions_are_skipped(void **state) {
    (void)state;
    static const uint8_t head[] = { 0x2c, 1, 0, 1, 0, 1, 0, 1, 0, 0 };
    static const uint8_t extension[] = { 0x21, 0x42, 3, 1, 2, 3, 1, 9, 0 };
    begin(&gif);
    add(&gif, extension, sizeof(extension));
    add(&gif, head, sizeof(head));
    add_codes(&gif, (const uint8_t[]){ 4, 2, 4, 3, 4, 3, 5 }, 7);
    add(&gif, extension, sizeof(extension));
    static const char *const want[] = { "...b" };
    expect_frames(&gif, want, COUNT_OF(want));
}

/*
 * With all 4096 codes in use and no clear code, codes stay 12 bits wide and mean
 * what they meant.  The pixels are all colour 0, which makes each code one pixel
 * longer than the one before: 1 + 2 + ... pixels.
 */
static void a_full_table_goes_on_without_a_clear_code(void **state) {
    (void)state;
    enum { SIDE = 2900 };
    static const uint8_t sized[] = { 0x2c, 0, 0, 0, 0, SIDE & 255, SIDE >> 8, SIDE & 255,
                                     SIDE >> 8, 0, 2 };
    struct image image;
    struct diag diag = { 0 };
    begin(&gif);
    gif.bytes[6] = gif.bytes[8] = SIDE & 255;
    gif.bytes[7] = gif.bytes[9] = SIDE >> 8;
    add(&gif, sized, sizeof(sized));
    static uint8_t stream[FILE_MAX / 2];
    size_t bit = 0;
    uint32_t width = 3;
    uint64_t pixels = 0;
    memset(stream, 0, sizeof(stream));
    for (uint32_t i = 0; pixels < (uint64_t)SIDE * SIDE; i++) {
        /* clear, 0, 6, 7, ... 4095, then the longest one again and again */
        uint32_t code = i == 0 ? 4 : i == 1 ? 0 : i + 4 <= 4095 ? i + 4 : 4095;
        for (uint32_t b = 0; b < width; b++, bit++) {
            stream[bit / 8] |= (uint8_t)((code >> b & 1u) << bit % 8);
        }
        pixels += i == 0 ? 0 : i == 1 ? 1 : code - 4;
        uint32_t next = i + 5;   /* first code without a meaning, after this one is read */
        width = next >= 4096 ? 12 : width + (i >= 2 && next == 1u << width);
    }
    for (size_t at = 0; at < (bit + 7) / 8; at += 255) {
        size_t count = (bit + 7) / 8 - at < 255 ? (bit + 7) / 8 - at : 255;
        add(&gif, &(uint8_t){ (uint8_t)count }, 1);
        add(&gif, stream + at, count);
    }
    add(&gif, "\0;", 2);
    if (image_decode(gif.bytes, gif.count, NULL, &image, &diag) != STATUS_OK) {
        fail_msg("offset %lld: %s", (long long)diag.offset, diag.reason);
    }
    const uint8_t *last = picture_row(&image.frames[0].view, SIDE - 1) + (size_t)(SIDE - 1) * 4;
    assert_int_equal(255, last[0]);
    assert_int_equal(255, last[3]);
    image_free(&image);
    assert_int_equal(0, sync_memory_live());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_stays_unless_it_is_disposed_of),
        cmocka_unit_test(a_cleared_frame_leaves_its_rectangle_empty),
        cmocka_unit_test(a_restored_frame_leaves_what_was_before_it),
        cmocka_unit_test(the_first_frame_may_be_restored_or_cleared_too),
        cmocka_unit_test(a_transparent_index_lets_through_what_is_below),
        cmocka_unit_test(delays_are_told_in_milliseconds),
        cmocka_unit_test(codes_that_mean_nothing_are_refused),
        cmocka_unit_test(a_code_may_mean_the_last_one_and_its_own_first_pixel),
        cmocka_unit_test(pixels_beyond_the_frame_and_unknown_extensions_are_skipped),
        cmocka_unit_test(a_full_table_goes_on_without_a_clear_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
