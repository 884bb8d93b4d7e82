/*
 * peer_test.c - the same files through stb_image, all of it, and libjpeg.
 *
 * stb_image is compiled here as its author ships it, with vector code: for JPEG this
 * shows that leaving that out changes no pixel.  For the other formats it is an
 * oracle that shares no code, on the files where it is right (the list says why not
 * on the others).  libjpeg's JPEG pixels differ a little, by rounding alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "image/image.h"
#include "jpeg_writer.h"
#include "sync/file.h"
#include "sync/memory.h"

#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#include <stb/stb_image.h>

/* The largest difference of any byte left of the last `margin` columns; -1: other sizes. */
static int largest_difference(const struct picture_view *view, const uint8_t *pixels, int width,
                              int height, uint32_t margin) {
    int largest = 0;
    uint32_t columns = view->width > margin ? view->width - margin : view->width;
    if (view->width != (uint32_t)width || view->height != (uint32_t)height) {
        return -1;
    }
    for (uint32_t y = 0; y < view->height; y++) {
        for (uint32_t i = 0; i < columns * 4; i++) {
            int difference = picture_row(view, y)[i] - pixels[(size_t)y * view->width * 4 + i];
            largest = abs(difference) > largest ? abs(difference) : largest;
        }
    }
    return largest;
}

static int difference_to_stb(const uint8_t *bytes, size_t count) {
    struct image image;
    int width;
    int height;
    int channels;
    uint8_t *pixels =
        stbi_load_from_memory(bytes, (int)count, &width, &height, &channels, 4);
    assert_non_null(pixels);
    assert_int_equal(STATUS_OK, image_decode(bytes, count, NULL, &image, NULL));
    int largest = largest_difference(&image.frames[0].view, pixels, width, height, 0);
    image_free(&image);
    stbi_image_free(pixels);
    return largest;
}

static void other_formats_equal_stb_where_it_is_right(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int allowed;
    } files[] = {
        { "index1.bmp", 0 }, { "index4.bmp", 0 }, { "index8.bmp", 0 }, { "core8.bmp", 0 },
        { "rgb555.bmp", 0 }, { "rgb24.bmp", 0 }, { "rgb32.bmp", 0 }, { "rgba32.bmp", 0 },
        { "fields16.bmp", 0 }, { "rgb24.tga", 0 }, { "rgb24_bottom.tga", 0 }, { "rgba32.tga", 0 },
        { "rgba32_rle.tga", 0 }, { "rgb16.tga", 0 }, { "rgb15_rle.tga", 0 }, { "grey8.tga", 0 },
        { "grey8_rle.tga", 0 }, { "grey16.tga", 0 }, { "map24.tga", 0 }, { "map16.tga", 0 },
        { "rgb.psd", 0 }, { "rgb_rle.psd", 0 }, { "one.gif", 0 }, { "long.gif", 0 },
        { "interlaced.gif", 0 }, { "bits1.gif", 0 }, { "grey.pgm", 0 }, { "rgb.ppm", 0 },
        /* stb_image drops the low byte of 16 bits; we round. */
        { "rgb16.psd", 1 },
        /* Its gamma is a power of floats. */
        { "plain.hdr", 1 }, { "packed.hdr", 1 },
    };
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct sync_bytes file;
        char path[256];
        snprintf(path, sizeof(path), "fixtures/valid/image/%s", files[i].name);
        assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &file, NULL));
        int largest = difference_to_stb(file.bytes, file.count);
        if (largest < 0 || largest > files[i].allowed) {
            fail_msg("%s differs by %d", files[i].name, largest);
        }
        sync_free(file.bytes);
    }
}

/* libjpeg's pixels as RGBA; for CMYK as stb_image and browsers read Adobe's inverted inks. */
static void jpeg_read(const unsigned char *bytes, unsigned long count, uint8_t *rgba) {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes, count);
    jpeg_read_header(&jpeg, TRUE);
    bool is_cmyk = jpeg.num_components == 4;
    jpeg.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height) {
        uint8_t row[4096];
        JSAMPROW rows[] = { row };
        jpeg_read_scanlines(&jpeg, rows, 1);
        for (uint32_t x = 0; x < jpeg.output_width; x++, rgba += 4) {
            const uint8_t *from = row + (size_t)x * (is_cmyk ? 4 : 3);
            for (int c = 0; c < 3; c++) {
                rgba[c] = is_cmyk ? (uint8_t)((from[c] * from[3] + 127) / 255) : from[c];
            }
            rgba[3] = 255;
        }
    }
    jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
}

static void jpeg_equals_stb_with_vectors_and_nearly_libjpeg(void **state) {
    (void)state;
    enum { SAMPLES_MAX = 1 << 16 };
    static uint8_t samples[SAMPLES_MAX];
    for (size_t i = 0; i < COUNT_OF(jpeg_varieties); i++) {
        const struct jpeg_variety *variety = &jpeg_varieties[i];
        unsigned char *bytes = NULL;
        unsigned long count = 0;
        struct image image;
        jpeg_paint(variety, samples);
        jpeg_write(variety, samples, &bytes, &count);
        assert_int_equal(0, difference_to_stb(bytes, count));
        jpeg_read(bytes, count, samples);
        assert_int_equal(STATUS_OK, image_decode(bytes, count, NULL, &image, NULL));
        /* Half-width colours end otherwise: stb_image weighs the last two the other way. */
        uint32_t margin = variety->across > 1 ? 2 : 0;
        int largest = largest_difference(&image.frames[0].view, samples, (int)variety->width,
                                         (int)variety->height, margin);
        if (largest < 0 || largest > 3) {   /* both round, at different places */
            fail_msg("%s differs from libjpeg by %d", variety->name, largest);
        }
        image_free(&image);
        free(bytes);
    }
    assert_int_equal(0, sync_memory_live());
}

static void a_flat_jpeg_is_exactly_its_colour(void **state) {
    (void)state;
    static const struct jpeg_variety flat = { "flat", 40, 24, 1, 1, 1, 100, 0, false, false };
    static uint8_t samples[40 * 24];
    for (int value = 0; value < 256; value += 5) {
        unsigned char *bytes = NULL;
        unsigned long count = 0;
        struct image image;
        memset(samples, value, sizeof(samples));
        jpeg_write(&flat, samples, &bytes, &count);
        assert_int_equal(STATUS_OK, image_decode(bytes, count, NULL, &image, NULL));
        for (uint32_t i = 0; i < 40 * 4; i++) {
            assert_int_equal(i % 4 == 3 ? 255 : value, picture_row(&image.frames[0].view, 23)[i]);
        }
        image_free(&image);
        free(bytes);
    }
}

/* A JPEG the pre-check must refuse: each edit is one that stb_image does not survive well. */
static void expect_jpeg_refusal(size_t variety, uint8_t mark, size_t skip, uint8_t value,
                                const char *reason) {
    struct sync_bytes file;
    char path[256];
    struct image image;
    struct diag diag = { 0 };
    snprintf(path, sizeof(path), "fixtures/valid/jpeg/%s", jpeg_varieties[variety].name);
    assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &file, NULL));
    for (size_t i = 0; i + 1 < file.count; i++) {
        if (file.bytes[i] == 0xff && file.bytes[i + 1] == mark) {
            file.bytes[i + skip] = value;
            break;
        }
    }
    enum status status = image_decode(file.bytes, file.count, NULL, &image, &diag);
    if (status == STATUS_OK || strcmp(diag.reason, reason) != 0) {
        fail_msg("status %d, reason %s, not %s", (int)status, diag.reason, reason);
    }
    sync_free(file.bytes);
}

static void a_broken_jpeg_is_refused_before_it_is_decoded(void **state) {
    (void)state;
    expect_jpeg_refusal(1, 0xc4, 5, 9, "a table that is not valid");         /* 9 codes of 1 bit */
    expect_jpeg_refusal(1, 0xc4, 20, 255, "a table that is not valid");      /* 255 of 16 bits */
    expect_jpeg_refusal(1, 0xc4, 4, 2, "a scan of unknown tables or components");
    expect_jpeg_refusal(1, 0xdb, 4, 9, "a table that is not valid");
    expect_jpeg_refusal(1, 0xda, 5, 77, "a scan of unknown tables or components");
    expect_jpeg_refusal(1, 0xc0, 4, 12, "samples of other than 8 bits");
    expect_jpeg_refusal(1, 0xc0, 1, 0xc9, "a coding process that is not read");
    expect_jpeg_refusal(1, 0xc0, 11, 0, "a component that is not valid");
    expect_jpeg_refusal(1, 0xc0, 5, 200, "the picture ends before its pixels");
    expect_jpeg_refusal(1, 0xd9, 1, 0, "the file ends too early");
    expect_jpeg_refusal(1, 0xe0, 3, 1, "a segment shorter than its length");
}

/* A whole DHT segment put before the first of a good file. */
static void expect_table_refusal(const uint8_t *table, size_t count) {
    struct sync_bytes file;
    struct image image;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_OK,
                     sync_file_read("fixtures/valid/jpeg/full.jpg", 1 << 20, &file, NULL));
    uint8_t *spoilt = sync_alloc(file.count + count);
    assert_non_null(spoilt);
    memcpy(spoilt, file.bytes, 2);   /* SOI */
    memcpy(spoilt + 2, table, count);
    memcpy(spoilt + 2 + count, file.bytes + 2, file.count - 2);
    assert_int_equal(STATUS_BAD_DATA,
                     image_decode(spoilt, file.count + count, NULL, &image, &diag));
    assert_string_equal("a table that is not valid", diag.reason);
    assert_int_equal(2 + 4, diag.offset);
    sync_free(spoilt);
    sync_free(file.bytes);
}

static void huffman_tables_fit_a_tree_and_256_values(void **state) {
    (void)state;
    enum { HEAD = 4 + 1 + 16 };
    static uint8_t table[HEAD + 400] = { 0xff, 0xc4, 0, 2 + 17 + 3, 0, 3 };   /* 3 codes of 1 bit */
    expect_table_refusal(table, HEAD + 3);
    memset(table + 5, 0, 16);
    table[2] = (2 + 17 + 400) >> 8;   /* 400 values: a tree has room, the table has not */
    table[3] = (2 + 17 + 400) & 255;
    table[19] = 200;
    table[20] = 200;
    expect_table_refusal(table, HEAD + 400);
}

/* Leave pieces full of `value` for the next allocations to find. */
static void dirty_heap(int value) {
    enum { PIECES = 64 };
    void *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = sync_alloc(1000 * (i + 1));
        assert_non_null(pieces[i]);
        memset(pieces[i], value, 1000 * (i + 1));
    }
    for (size_t i = 0; i < PIECES; i++) {
        sync_free(pieces[i]);
    }
}

/* Without the scan of the DC coefficients a decoder that trusts its memory shows it. */
static void what_a_jpeg_leaves_out_is_the_same_each_time(void **state) {
    (void)state;
    struct sync_bytes file;
    struct image images[2];
    assert_int_equal(STATUS_OK,
                     sync_file_read("fixtures/valid/jpeg/progressive.jpg", 1 << 20, &file, NULL));
    size_t scan = 0;
    while (file.bytes[scan] != 0xff || file.bytes[scan + 1] != 0xda) {
        scan++;
    }
    size_t next = scan + 2;
    while (file.bytes[next] != 0xff || file.bytes[next + 1] < 0xc0) {
        next++;
    }
    memmove(file.bytes + scan, file.bytes + next, file.count - next);
    for (int i = 0; i < 2; i++) {
        dirty_heap(i == 0 ? 0x11 : 0xee);
        assert_int_equal(STATUS_OK, image_decode(file.bytes, file.count - (next - scan), NULL,
                                                 &images[i], NULL));
    }
    const struct picture_view *view = &images[0].frames[0].view;
    for (uint32_t y = 0; y < view->height; y++) {
        assert_memory_equal(picture_row(view, y), picture_row(&images[1].frames[0].view, y),
                            (size_t)view->width * 4);
    }
    image_free(&images[0]);
    image_free(&images[1]);
    sync_free(file.bytes);
}

static void a_jpeg_over_its_memory_is_a_limit(void **state) {
    (void)state;
    struct sync_bytes file;
    struct image image;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_OK,
                     sync_file_read("fixtures/valid/jpeg/progressive.jpg", 1 << 20, &file, NULL));
    /* 57 x 43 pixels in rows of 256 bytes, and what stb_image needs beside: no less will do. */
    size_t least = 0;
    for (size_t bytes = 43 * 256; least == 0; bytes += 1024) {
        struct image_options options = { .limits = { .memory_bytes_max = bytes } };
        enum status status = image_decode(file.bytes, file.count, &options, &image, &diag);
        assert_true(status == STATUS_OK || status == STATUS_LIMIT);
        least = status == STATUS_OK ? bytes : 0;
        image_free(&image);
    }
    assert_in_range(least, 43 * 256 + 20000, 43 * 256 + 80000);
    assert_string_equal("the picture takes more memory than the limit", diag.reason);
    sync_free(file.bytes);
    assert_int_equal(0, sync_memory_live());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_formats_equal_stb_where_it_is_right),
        cmocka_unit_test(jpeg_equals_stb_with_vectors_and_nearly_libjpeg),
        cmocka_unit_test(a_flat_jpeg_is_exactly_its_colour),
        cmocka_unit_test(a_broken_jpeg_is_refused_before_it_is_decoded),
        cmocka_unit_test(huffman_tables_fit_a_tree_and_256_values),
        cmocka_unit_test(what_a_jpeg_leaves_out_is_the_same_each_time),
        cmocka_unit_test(a_jpeg_over_its_memory_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
