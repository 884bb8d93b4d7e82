/*
 * encode_test.c - what is written, read back by libpng, stb_image and ourselves.
 */
#include "sample.h"

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

#include "png/encode.h"
#include "sync/fault.h"
#include "sync/memory.h"

enum { ROOM = 1 << 23 };

static uint8_t read_back[ROOM];

/* What the pixels of a test picture are like. */
enum look { NOISE, PHOTO, GRAY, GRAY_ALPHA, COLOURS_2, COLOURS_200, COLOURS_200_ALPHA, RGBA,
            CALM };

static struct picture_view make(uint32_t width, uint32_t height, enum look look) {
    struct picture_view view;
    struct sync_sequence sequence = { width * 7919u + height + look };
    assert_int_equal(picture_image_create(width, height, PICTURE_RGBA8, &view), STATUS_OK);
    for (uint32_t y = 0; y < height; y++) {
        uint8_t *p = picture_row(&view, y);
        for (uint32_t x = 0; x < width; x++, p += 4) {
            uint8_t noise = (uint8_t)sync_sequence_next(&sequence);
            uint8_t slope = (uint8_t)(x * 3 + y * 2 + noise % 5);
            uint8_t index = (uint8_t)(noise < 20 || x == 0 ? noise % 200 : p[-4]);
            uint8_t values[9][4] = {
                [NOISE] = { noise, (uint8_t)(noise * 7 + 1), (uint8_t)(noise * 31 + 2), 255 },
                [PHOTO] = { slope, (uint8_t)(slope + noise % 7), (uint8_t)(x / 2 + y), 255 },
                [GRAY] = { slope, slope, slope, 255 },
                [GRAY_ALPHA] = { slope, slope, slope, noise },
                [COLOURS_2] = { noise % 2 != 0 ? 9 : 200, 8, 7, 255 },
                [COLOURS_200] = { index, (uint8_t)(255 - index), 3, 255 },
                [COLOURS_200_ALPHA] = { index, 7, 3, (uint8_t)(index < 50 ? index : 255) },
                [CALM] = { index, (uint8_t)(index ^ y / 8), (uint8_t)(y / 8), 255 },
                [RGBA] = { slope, noise, (uint8_t)(slope / 2), (uint8_t)(noise | 1) },
            };
            memcpy(p, values[look], 4);
        }
    }
    return view;
}

static void expect_same_pixels(const struct picture_view *view, const uint8_t *tight) {
    for (uint32_t y = 0; y < view->height; y++) {
        assert_memory_equal(picture_row(view, y), tight + (size_t)y * view->width * 4,
                            (size_t)view->width * 4);
    }
}

static void expect_readable(const struct picture_view *view, const struct sync_bytes *file) {
    uint32_t width;
    uint32_t height;
    assert_true(oracle_decode(file->bytes, file->count, read_back, ROOM, &width, &height));
    expect_same_pixels(view, read_back);
    int stb_width;
    int stb_height;
    int channels;
    uint8_t *stb = stbi_load_from_memory(file->bytes, (int)file->count, &stb_width, &stb_height,
                                         &channels, 4);
    assert_non_null(stb);
    expect_same_pixels(view, stb);
    stbi_image_free(stb);
    struct wpng_decoder *decoder;
    struct wpng_input input = { .bytes = file->bytes, .count = file->count };
    struct picture_view ours;
    assert_int_equal(wpng_decoder_create(&decoder), STATUS_OK);
    assert_int_equal(wpng_decode_image(decoder, &input, NULL, &ours, NULL), STATUS_OK);
    for (uint32_t y = 0; y < view->height; y++) {
        assert_memory_equal(picture_row(view, y), picture_row(&ours, y), (size_t)view->width * 4);
    }
    picture_image_destroy(&ours);
    wpng_decoder_destroy(decoder);
}

static struct wpng_info info_of(const struct sync_bytes *file) {
    struct wpng_input input = { .bytes = file->bytes, .count = file->count };
    struct wpng_info info;
    assert_int_equal(wpng_info_read(&input, NULL, &info, NULL), STATUS_OK);
    return info;
}

static void writes_what_every_decoder_reads(void **state) {
    (void)state;
    static const uint32_t sizes[][2] = { { 1, 1 }, { 1, 20 }, { 3, 2 }, { 33, 17 }, { 250, 900 } };
    for (size_t i = 0; i < 5; i++) {
        for (int look = NOISE; look <= RGBA; look++) {
            struct picture_view view = make(sizes[i][0], sizes[i][1], (enum look)look);
            struct sync_bytes file;
            assert_int_equal(wpng_encode(&view, NULL, &file, NULL), STATUS_OK);
            expect_readable(&view, &file);
            sync_free(file.bytes);
            picture_image_destroy(&view);
        }
    }
}

static void chooses_the_smallest_colour_type(void **state) {
    (void)state;
    static const struct { enum look look; enum wpng_colour colour; uint8_t depth; bool alpha; }
        rows[] = {
            { PHOTO, WPNG_RGB, 8, false },         { GRAY, WPNG_GRAY, 8, false },
            { GRAY_ALPHA, WPNG_GRAY_ALPHA, 8, true }, { COLOURS_2, WPNG_PALETTE, 1, false },
            { COLOURS_200, WPNG_PALETTE, 8, false },
            { COLOURS_200_ALPHA, WPNG_PALETTE, 8, true }, { RGBA, WPNG_RGBA, 8, true },
        };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct picture_view view = make(120, 90, rows[i].look);
        struct sync_bytes file;
        assert_int_equal(wpng_encode(&view, NULL, &file, NULL), STATUS_OK);
        struct wpng_info info = info_of(&file);
        assert_int_equal(info.colour, rows[i].colour);
        assert_int_equal(info.bit_depth, rows[i].depth);
        assert_int_equal(info.has_transparency, rows[i].alpha);
        sync_free(file.bytes);
        picture_image_destroy(&view);
    }
}

/* Whether level 6 gives the image data of level 5; the file is one chunk of data then. */
static bool is_same_at_levels_5_and_6(enum look look) {
    enum { HEAD = 8 + 25 + 8 + 2 };   /* signature, IHDR, head of IDAT, zlib head */
    struct picture_view view = make(300, 300, look);
    struct sync_bytes files[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct wpng_encode_options options = { .level = 5 + i };
        assert_int_equal(wpng_encode(&view, &options, &files[i], NULL), STATUS_OK);
        assert_int_equal(info_of(&files[i]).colour, WPNG_RGB);
    }
    bool is_same = files[0].count == files[1].count &&
                   memcmp(files[0].bytes + HEAD, files[1].bytes + HEAD,
                          files[0].count - HEAD - 16) == 0;
    sync_free(files[0].bytes);
    sync_free(files[1].bytes);
    picture_image_destroy(&view);
    return is_same;
}

static void searches_less_where_most_residuals_are_not_zero(void **state) {
    (void)state;
    assert_true(is_same_at_levels_5_and_6(PHOTO));
    assert_false(is_same_at_levels_5_and_6(CALM));
}

static void takes_every_level(void **state) {
    (void)state;
    struct picture_view view = make(300, 700, PHOTO);
    size_t first = 0;
    for (uint32_t level = 1; level <= WPNG_LEVEL_MAX; level++) {
        struct sync_bytes file;
        assert_int_equal(
            wpng_encode(&view, &(struct wpng_encode_options){ .level = level }, &file, NULL),
            STATUS_OK);
        expect_readable(&view, &file);
        first = level == 1 ? file.count : first;
        assert_true(file.count <= first);
        sync_free(file.bytes);
    }
    struct sync_bytes file;
    struct diag diag;
    assert_int_equal(wpng_encode(&view,
                                 &(struct wpng_encode_options){ .level = WPNG_LEVEL_MAX + 1 },
                                 &file, &diag),
                     STATUS_LIMIT);
    assert_null(file.bytes);
    picture_image_destroy(&view);
}

static void writes_the_same_bytes_at_any_worker_count(void **state) {
    (void)state;
    static const uint32_t workers[] = { 1, 2, 3, 4, 8 };
    const struct workpool_kind_set *sets[] = { &wpng_kinds };
    for (int look = NOISE; look <= RGBA; look++) {
        struct picture_view view = make(640, 900, (enum look)look);
        struct sync_bytes expected;
        assert_int_equal(wpng_encode(&view, NULL, &expected, NULL), STATUS_OK);
        for (size_t i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
            struct workpool *pool;
            struct sync_bytes file;
            assert_int_equal(workpool_create(&(struct workpool_options){ .name = "test",
                                                                         .workers = workers[i],
                                                                         .kind_sets = sets,
                                                                         .kind_set_count = 1 },
                                             &pool, NULL),
                             STATUS_OK);
            assert_int_equal(
                wpng_encode(&view, &(struct wpng_encode_options){ .pool = pool }, &file, NULL),
                STATUS_OK);
            assert_int_equal(file.count, expected.count);
            assert_memory_equal(file.bytes, expected.bytes, file.count);
            sync_free(file.bytes);
            workpool_destroy(pool);
        }
        sync_free(expected.bytes);
        picture_image_destroy(&view);
    }
}

static void announces_its_segments(void **state) {
    (void)state;
    static const struct { uint32_t width; uint32_t height; bool has_segments; } rows[] = {
        { 100, 100, false }, { 500, 1000, true }, { 2000, 131, true }, { 70000, 20, true },
        { 300000, 3, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct picture_view view = make(rows[i].width, rows[i].height, PHOTO);
        struct sync_bytes file;
        assert_int_equal(
            wpng_encode(&view, &(struct wpng_encode_options){ .level = 1 }, &file, NULL),
            STATUS_OK);
        assert_int_equal(info_of(&file).segment_count > 1, rows[i].has_segments);
        assert_true(info_of(&file).segment_count < rows[i].height || rows[i].height == 1 ||
                    !rows[i].has_segments);
        sync_free(file.bytes);
        picture_image_destroy(&view);
    }
}

static void gives_a_status_when_any_allocation_fails(void **state) {
    (void)state;
    struct picture_view view = make(500, 700, PHOTO);
    bool has_failed = true;
    for (uint64_t nth = 1; has_failed; nth++) {
        uint64_t live = sync_memory_live();
        struct sync_bytes file;
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = wpng_encode(&view, NULL, &file, NULL);
        has_failed = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_true(status == STATUS_OK || (status == STATUS_NO_MEMORY && has_failed));
        assert_true((file.bytes == NULL) == (status != STATUS_OK));
        sync_free(file.bytes);
        assert_int_equal(sync_memory_live(), live);
    }
    picture_image_destroy(&view);
}

static void says_when_it_cannot_write_a_file(void **state) {
    (void)state;
    struct picture_view view = make(20, 20, PHOTO);
    struct diag diag = { 0 };
    enum status status = wpng_encode_file(&view, NULL, "/nonexistent-folder/x.png", &diag);
    assert_int_not_equal(status, STATUS_OK);
    assert_int_equal(diag.status, status);
    picture_image_destroy(&view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_every_decoder_reads),
        cmocka_unit_test(chooses_the_smallest_colour_type),
        cmocka_unit_test(searches_less_where_most_residuals_are_not_zero),
        cmocka_unit_test(takes_every_level),
        cmocka_unit_test(writes_the_same_bytes_at_any_worker_count),
        cmocka_unit_test(announces_its_segments),
        cmocka_unit_test(gives_a_status_when_any_allocation_fails),
        cmocka_unit_test(says_when_it_cannot_write_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
