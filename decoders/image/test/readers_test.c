/*
 * readers_test.c - what each reader says of one wrong field, and where it says it.
 *
 * A row takes a good fixture, changes a byte or two, and names the status, offset and
 * reason.  The offsets are read off the format descriptions by hand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "image/image.h"
#include "sync/file.h"
#include "sync/memory.h"

struct row {
    const char *file;
    size_t at;               /* where to write */
    int first;               /* a byte */
    int second;              /* the one after it, or -1 */
    enum status status;
    uint64_t offset;
    const char *reason;
};

static void expect(const char *what, const uint8_t *bytes, size_t count, const struct row *row) {
    struct image image;
    struct diag diag = { 0 };
    enum status status = image_decode(bytes, count, NULL, &image, &diag);
    if (status != row->status || (row->reason != NULL && strcmp(row->reason, diag.reason) != 0) ||
        (status != STATUS_OK && row->offset != diag.offset)) {
        fail_msg("%s: status %d, offset %lld: %s", what, (int)status, (long long)diag.offset,
                 diag.reason != NULL ? diag.reason : "good");
    }
    image_free(&image);
}

static void expect_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct sync_bytes file;
        char path[256];
        char what[300];
        snprintf(path, sizeof(path), "fixtures/valid/image/%s", row->file);
        snprintf(what, sizeof(what), "%s at %zu", row->file, row->at);
        assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &file, NULL));
        file.bytes[row->at] = (uint8_t)row->first;
        if (row->second >= 0) {
            file.bytes[row->at + 1] = (uint8_t)row->second;
        }
        expect(what, file.bytes, file.count, row);
        sync_free(file.bytes);
    }
    assert_int_equal(0, sync_memory_live());
}

#define BAD STATUS_BAD_DATA
#define STRANGE STATUS_UNSUPPORTED

static void bitmap_headers_are_checked_field_by_field(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "rgb24.bmp", 14, 41, -1, STRANGE, 14, "a bitmap header that is not known" },
        { "rgb24.bmp", 18, 0, 0, BAD, 18, "a width or height of nothing" },
        { "rgb24.bmp", 22, 0, 0, BAD, 18, "a width or height of nothing" },
        { "rgb24.bmp", 21, 0x80, -1, BAD, 18, "a width or height of nothing" },
        { "rgb24.bmp", 26, 2, -1, BAD, 26, "a number of planes other than 1" },
        { "rgb24.bmp", 28, 23, -1, BAD, 14, "a depth that bitmaps do not have" },
        { "rgb24.bmp", 30, 4, -1, STRANGE, 30, "a compression that is not read" },
        { "rgb24.bmp", 30, 3, -1, BAD, 30, "bit fields do not fit the depth" },
        { "rgb24.bmp", 30, 1, -1, BAD, 30, "run lengths do not fit the depth" },
        { "rgb24.bmp", 10, 20, -1, BAD, 10, "pixels inside the header" },
        { "rgb24.bmp", 10, 90, -1, BAD, 694, "the file ends too early" },
        { "rgb24.bmp", 22, 11, -1, BAD, 694, "the file ends too early" },
        { "rgb565.bmp", 54, 0, 0, BAD, 54, "bit fields overlap or have holes" },
        { "rgb565.bmp", 55, 0xe8, -1, BAD, 54, "bit fields overlap or have holes" },
        { "rgb565.bmp", 54, 0x20, -1, BAD, 54, "bit fields overlap or have holes" },
        { "index8.bmp", 46, 3, 0, BAD, 1078, "a colour outside the palette" },
        { "core8.bmp", 22, 3, -1, BAD, 22, "a number of planes other than 1" },
        { "rle8.bmp", 22, 3, -1, BAD, 1174, "pixels outside the picture or palette" },
        { "rle8.bmp", 25, 0x80, -1, BAD, 30, "run lengths do not fit the depth" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void targa_headers_are_checked_field_by_field(void **state) {
    (void)state;
    const char *stranger = "not a picture of a known format";
    const struct row rows[] = {
        { "rgb24.tga", 1, 2, -1, BAD, 0, stranger },
        { "rgb24.tga", 2, 4, -1, BAD, 0, stranger },
        { "rgb24.tga", 12, 0, 0, BAD, 0, stranger },
        { "rgb24.tga", 14, 0, 0, BAD, 0, stranger },
        { "rgb24.tga", 16, 23, -1, BAD, 0, stranger },
        { "rgb24.tga", 17, 0x80, -1, BAD, 0, stranger },
        { "map24.tga", 7, 23, -1, BAD, 0, stranger },
        { "map24.tga", 16, 24, -1, BAD, 0, stranger },
        { "rgb24.tga", 0, 1, -1, BAD, 477, "the file ends too early" },
        { "rgb24.tga", 14, 10, -1, BAD, 477, "the file ends too early" },
        { "map24.tga", 5, 255, -1, BAD, 177, "the file ends too early" },
        { "map32_rle.tga", 3, 4, -1, BAD, 149, "a colour outside the map" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void photoshop_headers_are_checked_field_by_field(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "rgb.psd", 5, 2, -1, STRANGE, 4, "a version that is not read" },
        { "rgb.psd", 13, 0, -1, BAD, 12, "a number of channels that is not allowed" },
        { "rgb.psd", 13, 57, -1, BAD, 12, "a number of channels that is not allowed" },
        { "rgb.psd", 17, 0, -1, BAD, 14, "a width or height of nothing" },
        { "rgb.psd", 23, 32, -1, STRANGE, 22, "a depth that is not read" },
        { "rgb.psd", 25, 4, -1, STRANGE, 24, "a colour mode that is not read" },
        { "rgb.psd", 13, 2, -1, STRANGE, 24, "a colour mode that is not read" },
        { "rgb.psd", 44, 2, -1, STRANGE, 43, "a compression that is not read" },
        { "rgb.psd", 28, 1, -1, BAD, 318, "the file ends too early" },
        { "rgb.psd", 17, 8, -1, BAD, 318, "the file ends too early" },
        { "rgb_rle.psd", 46, 1, -1, BAD, 45, "packed row is too short" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void gif_headers_are_checked_field_by_field(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "one.gif", 4, '8', -1, BAD, 0, "not a picture of a known format" },
        { "one.gif", 6, 0, -1, BAD, 6, "a width or height of nothing" },
        { "one.gif", 8, 0, -1, BAD, 6, "a width or height of nothing" },
        { "one.gif", 6, 59, -1, BAD, 797, "a frame outside the screen" },
        { "bits1.gif", 10, 0, -1, BAD, 13, NULL },   /* its colours are then blocks */
        { "one.gif", 2552, ',', -1, BAD, 2553, "the file ends too early" },
        { "one.gif", 2552, 'x', -1, BAD, 2552,
          "neither a frame, an extension nor the end" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

/* A text is a whole file here. */
struct text_row {
    const char *text;
    enum status status;
    uint64_t offset;
    const char *reason;
};

static void texts_are_refused_at_their_fault(void **state) {
    (void)state;
    static const struct text_row rows[] = {
        { "P1\n2 2\n0110", STATUS_OK, 0, NULL },
        { "P1 2 2 0 1\n#x 1\n1 0", STATUS_OK, 0, NULL },
        { "P1\n2 2\n0120", BAD, 9, "not a bit" },
        { "P1\n2 2\n011", BAD, 10, "the file ends too early" },
        { "P2\n2 1\n255\n1 2", STATUS_OK, 0, NULL },
        { "P2\n2 1\n255\n1", BAD, 12, "the file ends too early" },
        { "P2\n2 1\n255\n1 -", BAD, 13, "not a number" },
        { "P2\n2 1\n255\n1 256", BAD, 16, "a sample above the largest" },
        { "P2\n2 1\n255\n1 12345678", BAD, 20, "not a number" },
        { "P2\n2 x\n", BAD, 5, "not a number" },
        { "P2\n2", BAD, 4, "the file ends too early" },
        { "P5 0 1 255\nx", BAD, 2, "a width or height of nothing" },
        { "P5 1 1 0\nx", BAD, 2, "a largest sample that is not allowed" },
        { "P5 1 1 65536\nxx", BAD, 2, "a largest sample that is not allowed" },
        { "P5 1 1 255xx", BAD, 10, "no space before the samples" },
        { "P5 1 1 255\nx", STATUS_OK, 0, NULL },
        { "P5 1 1 256\nx", BAD, 12, "the file ends too early" },
        { "P4 9 1\nx", BAD, 8, "the file ends too early" },
        { "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR\nx", STATUS_OK, 0, NULL },
        { "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\nxxxxx", STRANGE, 2,
          "a number of samples a pixel that is not read" },
        { "P7\nWIDTH 1\nCOLOUR 1\nENDHDR\nx", BAD, 11, "a PAM field that is not known" },
        { "P7\nWIDTH one\nENDHDR\nx", BAD, 9, "not a number" },
        { "P7\nWIDTH 1\nHEIGHT 1", BAD, 19, "the file ends too early" },
        { "#?RGBE\nno end", BAD, 7, "the header does not end" },
        { "#?RGBE\n\n-Y 1 +X 1\nabcd", STRANGE, 0, "samples that are not RGBE" },
        { "#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n+X 1 -Y 1\nabcd", BAD, 31,
          "no size, or an orientation that is not read" },
        { "#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\nabc", BAD, 44,
          "the file ends too early" },
        { "#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\nabcd", STATUS_OK, 0, NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct row row = { .status = rows[i].status, .offset = rows[i].offset,
                           .reason = rows[i].reason };
        expect(rows[i].text, (const uint8_t *)rows[i].text, strlen(rows[i].text), &row);
    }
}

/* All mantissas under all exponents that matter, against the power function of the C library. */
static void light_is_shown_as_the_power_function_says(void **state) {
    (void)state;
    enum { EXPONENTS = 60, FIRST = 90, HEADER = 46 };
    static uint8_t file[HEADER + 256 * EXPONENTS * 4 + 1];
    int header = snprintf((char *)file, sizeof(file),
                          "#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X 256\n", EXPONENTS);
    uint8_t *pixel = file + header;
    for (int y = 0; y < EXPONENTS; y++) {
        for (int x = 0; x < 256; x++, pixel += 4) {
            pixel[0] = pixel[1] = pixel[2] = (uint8_t)(255 - x);
            pixel[3] = (uint8_t)(FIRST + y);
        }
    }
    struct image image;
    assert_int_equal(STATUS_OK,
                     image_decode(file, (size_t)(pixel - file), NULL, &image, NULL));
    for (int y = 0; y < EXPONENTS; y++) {
        const uint8_t *row = picture_row(&image.frames[0].view, (uint32_t)y);
        for (int x = 0; x < 256; x++) {
            double light = ldexp(255 - x, FIRST + y - 136);
            double want = floor(255 * pow(light, 1 / 2.2) + 0.5);
            assert_int_equal(want > 255 ? 255 : (int)want, row[x * 4]);
        }
    }
    image_free(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitmap_headers_are_checked_field_by_field),
        cmocka_unit_test(targa_headers_are_checked_field_by_field),
        cmocka_unit_test(photoshop_headers_are_checked_field_by_field),
        cmocka_unit_test(gif_headers_are_checked_field_by_field),
        cmocka_unit_test(texts_are_refused_at_their_fault),
        cmocka_unit_test(light_is_shown_as_the_power_function_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
