/*
 * decode_test.c - every kind of PNG beside libpng, and every way to break one.
 *
 * Files come from a writer of the test's own (sample.h); what their pixels are
 * is libpng's word.
 */
#include "sample.h"

#include "base/cpu.h"
#include "sync/fault.h"
#include "sync/memory.h"

enum { ROOM = 1 << 20 };

static uint8_t expected[ROOM];
static uint8_t pixels[ROOM];
static struct wpng_decoder *decoder;

/* Decode into `pixels`, tight rows; false when the picture is too large for the test. */
static enum status decode(const uint8_t *bytes, size_t count, struct diag *diag) {
    struct wpng_input input = { .bytes = bytes, .count = count };
    struct wpng_info info;
    enum status status = wpng_info_read(&input, NULL, &info, diag);
    if (status != STATUS_OK) {
        return status;
    }
    if ((uint64_t)info.width * info.height * 4 > ROOM) {
        return STATUS_LIMIT;
    }
    struct picture_view view = { .pixels = pixels, .width = info.width, .height = info.height,
                                 .stride_bytes = (size_t)info.width * 4,
                                 .format = PICTURE_RGBA8 };
    return wpng_decode(decoder, &input, NULL, &view, diag);
}

static void expect_equal(const struct sample_spec *spec) {
    struct sample file = sample_write(spec);
    uint32_t width = 0;
    uint32_t height = 0;
    struct diag diag = { 0 };
    assert_true(oracle_decode(file.bytes, file.count, expected, ROOM, &width, &height));
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_OK);
    assert_memory_equal(pixels, expected, (size_t)width * height * 4);
    free(file.bytes);
}

/* Each colour type with each of its depths. */
static const struct { uint8_t colour; uint8_t depth; } formats[] = {
    { 0, 1 }, { 0, 2 }, { 0, 4 }, { 0, 8 }, { 0, 16 }, { 2, 8 }, { 2, 16 }, { 3, 1 },
    { 3, 2 }, { 3, 4 }, { 3, 8 }, { 4, 8 }, { 4, 16 }, { 6, 8 }, { 6, 16 },
};

static void each_format(void (*visit)(struct sample_spec *spec)) {
    for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
        for (int bits = 0; bits < 4; bits++) {
            struct sample_spec spec = { .colour = formats[f].colour, .depth = formats[f].depth,
                                        .is_interlaced = (bits & 1) != 0,
                                        .has_trns = (bits & 2) != 0, .level = 6,
                                        .seed = f * 4 + (uint64_t)bits };
            if (!spec.has_trns || spec.colour < 4) {
                visit(&spec);
            }
        }
    }
}

static void visit_filters(struct sample_spec *spec) {
    static const uint8_t sizes[][2] = { { 1, 1 }, { 1, 9 }, { 2, 3 }, { 3, 2 }, { 5, 5 },
                                        { 7, 8 }, { 8, 7 }, { 17, 11 }, { 33, 40 } };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (uint32_t filter = 0; filter <= SAMPLE_FILTER_MIXED; filter++) {
            spec->width = sizes[i][0];
            spec->height = sizes[i][1];
            spec->filter = filter;
            spec->idat_bytes = filter == 3 ? 5 : 0;
            spec->level = (int)(filter * 2 % 10);
            spec->seed += 1000;
            expect_equal(spec);
        }
    }
}

static void equals_libpng_in_every_format_filter_and_interlace(void **state) {
    (void)state;
    each_format(visit_filters);
}

static void equals_libpng_without_vectors(void **state) {
    (void)state;
    enum cpu_level level = cpu_level();
    cpu_set_level(CPU_PORTABLE);
    each_format(visit_filters);
    cpu_set_level(level);
}

static void equals_libpng_at_every_width(void **state) {
    (void)state;
    for (uint32_t width = 1; width <= 80; width++) {
        for (uint32_t colour = 2; colour <= 6; colour += 4) {
            struct sample_spec spec = { .width = width, .height = 40, .colour = colour,
                                        .depth = 8, .filter = width % 2 != 0 ? 4 : 5, .level = 9,
                                        .seed = width };
            expect_equal(&spec);
        }
    }
}

/* More rows than a piece, matches across pieces, rows longer than a piece. */
static void equals_libpng_across_pieces(void **state) {
    (void)state;
    static const uint32_t sizes[][2] = { { 400, 500 }, { 90000, 2 }, { 2, 60000 }, { 300, 700 } };
    for (size_t i = 0; i < 4; i++) {
        for (int level = 0; level <= 9; level += 3) {
            for (uint32_t colour = 0; colour <= 6; colour += 2) {
                struct sample_spec spec = { .width = sizes[i][0], .height = sizes[i][1],
                                            .colour = colour, .depth = 8, .level = level,
                                            .filter = SAMPLE_FILTER_MIXED, .seed = i,
                                            .idat_bytes = 8192,
                                            .is_interlaced = level == 3 };
                expect_equal(&spec);
            }
        }
    }
}

static void reads_image_data_in_chunks_of_any_size(void **state) {
    (void)state;
    for (uint32_t bytes = 1; bytes < 70; bytes++) {
        struct sample_spec spec = { .width = 40, .height = 30, .colour = 2, .depth = 8,
                                    .filter = 5, .level = 6, .idat_bytes = bytes, .seed = 7 };
        expect_equal(&spec);
    }
}

static struct sample small_file(void) {
    return sample_write(&(struct sample_spec){ .width = 9, .height = 7, .colour = 2, .depth = 8,
                                               .filter = 5, .level = 6, .idat_bytes = 64,
                                               .has_trns = true, .seed = 3 });
}

static void refuses_a_file_cut_at_any_byte(void **state) {
    (void)state;
    struct sample file = small_file();
    for (size_t count = 0; count < file.count; count++) {
        /* An exact copy, so that a sanitizer sees any step beyond it. */
        uint8_t *copy = malloc(count > 0 ? count : 1);
        memcpy(copy, file.bytes, count);
        struct diag diag = { 0 };
        assert_int_equal(decode(copy, count, &diag), STATUS_BAD_DATA);
        assert_true(diag.offset <= count);
        assert_non_null(diag.reason);
        free(copy);
    }
    free(file.bytes);
}

/* After a change: refused with a place, or what libpng makes of it. */
static void expect_sane(const uint8_t *bytes, size_t count) {
    struct diag diag = { 0 };
    enum status status = decode(bytes, count, &diag);
    if (status != STATUS_OK) {
        assert_true(diag.offset <= count || diag.offset == DIAG_NO_OFFSET ||
                    status == STATUS_LIMIT);
        return;
    }
    uint32_t width;
    uint32_t height;
    if (oracle_decode(bytes, count, expected, ROOM, &width, &height)) {
        assert_memory_equal(pixels, expected, (size_t)width * height * 4);
    }
}

static void notices_every_flipped_bit(void **state) {
    (void)state;
    struct sample file = small_file();
    struct diag diag;
    for (size_t bit = 0; bit < file.count * 8; bit++) {
        file.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(decode(file.bytes, file.count, &diag), STATUS_OK);
        file.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_OK);
    free(file.bytes);
}

/* Make the CRCs right again, so that a change reaches what lies behind them. */
static void repair_crcs(uint8_t *bytes, size_t count) {
    size_t at = 8;
    while (count - at >= 12) {
        size_t length = get_be32(bytes + at);
        if (length > count - at - 12) {
            return;
        }
        put_be32(bytes + at + 8 + length,
                 (uint32_t)crc32(0, bytes + at + 4, (uInt)length + 4));
        at += 12 + length;
    }
}

static void mutate(struct sync_sequence *sequence, uint8_t *bytes, size_t count) {
    uint64_t changes = 1 + sync_sequence_below(sequence, 4);
    for (uint64_t i = 0; i < changes; i++) {
        /* The first 8 bytes are the signature, and would end it there. */
        size_t at = 8 + (size_t)sync_sequence_below(sequence, count - 8);
        bytes[at] = sync_sequence_below(sequence, 2) != 0
                        ? (uint8_t)sync_sequence_next(sequence)
                        : (uint8_t)(bytes[at] ^ 1u << sync_sequence_below(sequence, 8));
    }
    if (sync_sequence_below(sequence, 8) != 0) {
        repair_crcs(bytes, count);
    }
}

static void survives_ten_thousand_mutated_files(void **state) {
    (void)state;
    struct sync_sequence sequence = { 20261120 };
    for (uint32_t i = 0; i < 10000; i++) {
        size_t format = i % (sizeof(formats) / sizeof(formats[0]));
        struct sample file = sample_write(&(struct sample_spec){
            .width = 1 + i % 23, .height = 1 + i % 19, .colour = formats[format].colour,
            .depth = formats[format].depth, .filter = 5, .level = (int)(i % 10),
            .is_interlaced = i % 3 == 0, .idat_bytes = i % 5 == 0 ? 40 : 0,
            .has_trns = formats[format].colour < 4 && i % 2 == 0, .seed = i });
        mutate(&sequence, file.bytes, file.count);
        expect_sane(file.bytes, file.count);
        free(file.bytes);
    }
}

static void keeps_to_its_limits(void **state) {
    (void)state;
    struct sample file = small_file();
    struct wpng_input input = { .bytes = file.bytes, .count = file.count };
    static const struct wpng_limits rows[] = {
        { .side_max = 8 }, { .pixels_max = 62 }, { .memory_bytes_max = 100 }, { .chunks_max = 3 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct picture_view view;
        struct diag diag = { 0 };
        assert_int_equal(wpng_decode_image(decoder, &input,
                                           &(struct wpng_decode_options){ .limits = rows[i] },
                                           &view, &diag),
                         STATUS_LIMIT);
        assert_null(view.pixels);
        assert_non_null(diag.reason);
    }
    struct wpng_limits enough = { .side_max = 9, .pixels_max = 63, .chunks_max = 20,
                                  .memory_bytes_max = 1 << 20 };
    struct picture_view view;
    assert_int_equal(wpng_decode_image(decoder, &input,
                                       &(struct wpng_decode_options){ .limits = enough }, &view,
                                       NULL),
                     STATUS_OK);
    picture_image_destroy(&view);
    free(file.bytes);
}

static void refuses_a_header_that_asks_for_terabytes(void **state) {
    (void)state;
    struct sample file = small_file();
    put_be32(file.bytes + 16, 0x7fffffff);
    put_be32(file.bytes + 20, 0x7fffffff);
    repair_crcs(file.bytes, file.count);
    struct diag diag;
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_LIMIT);
    assert_int_equal(diag.offset, 16);
    free(file.bytes);
}

static void gives_a_status_when_any_allocation_fails(void **state) {
    (void)state;
    struct sample file = small_file();
    struct wpng_input input = { .bytes = file.bytes, .count = file.count };
    bool has_failed = true;
    for (uint64_t nth = 1; has_failed; nth++) {
        uint64_t live = sync_memory_live();
        struct wpng_decoder *own = NULL;
        struct picture_view view = { 0 };
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = wpng_decoder_create(&own);
        if (status == STATUS_OK) {
            status = wpng_decode_image(own, &input, NULL, &view, NULL);
        }
        has_failed = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(status, has_failed ? STATUS_NO_MEMORY : STATUS_OK);
        picture_image_destroy(&view);
        wpng_decoder_destroy(own);
        assert_int_equal(sync_memory_live(), live);
    }
    free(file.bytes);
}

static void says_what_the_header_says(void **state) {
    (void)state;
    struct sample file = small_file();
    struct wpng_input input = { .bytes = file.bytes, .count = file.count };
    struct wpng_info info;
    assert_true(wpng_is_png(&input));
    assert_int_equal(wpng_info_read(&input, NULL, &info, NULL), STATUS_OK);
    assert_int_equal(info.width, 9);
    assert_int_equal(info.height, 7);
    assert_int_equal(info.colour, WPNG_RGB);
    assert_int_equal(info.bit_depth, 8);
    assert_true(info.has_transparency);
    assert_false(info.is_interlaced);
    assert_int_equal(info.segment_count, 1);
    free(file.bytes);
}

/* A file of our own making: 2 x 2, 8-bit gray, from the given filtered bytes. */
static struct sample from_raw(const uint8_t *raw, size_t count, const char *extra_type,
                              const uint8_t *extra, size_t extra_count) {
    static const uint8_t ihdr[13] = { 0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0 };
    uint8_t packed[256];
    uLongf packed_bytes = sizeof(packed);
    assert_int_equal(compress2(packed, &packed_bytes, raw, count, 9), Z_OK);
    struct sample file = { .bytes = malloc(1024) };
    sample_append(&file, "\x89PNG\r\n\x1a\n", 8);
    sample_chunk(&file, "IHDR", ihdr, sizeof(ihdr));
    if (extra_type != NULL) {
        sample_chunk(&file, extra_type, extra, extra_count);
    }
    sample_chunk(&file, "IDAT", packed, packed_bytes);
    sample_chunk(&file, "IEND", NULL, 0);
    return file;
}

static void points_at_the_byte_that_is_wrong(void **state) {
    (void)state;
    static const uint8_t good[6] = { 0, 1, 2, 0, 3, 4 };
    static const uint8_t filter_5[6] = { 0, 1, 2, 5, 3, 4 };
    struct diag diag;
    struct sample file = from_raw(filter_5, 6, NULL, NULL, 0);
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_BAD_DATA);
    assert_string_equal(diag.reason, "row begins with a filter type that does not exist");
    assert_in_range(diag.offset, 43, 49);   /* within the deflate data */
    free(file.bytes);
    file = from_raw(good, 5, NULL, NULL, 0);
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_BAD_DATA);
    assert_string_equal(diag.reason, "image data ends before the last row");
    free(file.bytes);
    file = from_raw(good, 6, "ABCD", good, 6);
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_UNSUPPORTED);
    assert_int_equal(diag.offset, 37);
    free(file.bytes);
    file = from_raw(good, 6, NULL, NULL, 0);
    file.bytes[file.count - 17] ^= 1;   /* the checksum's last byte */
    repair_crcs(file.bytes, file.count);
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_BAD_DATA);
    assert_string_equal(diag.reason, "checksum of the image data does not match");
    assert_int_equal(diag.offset, file.count - 16);
    free(file.bytes);
}

static void reads_past_image_data_that_is_a_little_too_long(void **state) {
    (void)state;
    uint8_t raw[60] = { 0, 1, 2, 0, 3, 4, 9, 9, 9 };
    struct diag diag;
    struct sample file = from_raw(raw, sizeof(raw), NULL, NULL, 0);
    assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_OK);
    static const uint8_t rgba[16] = { 1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3, 255, 4, 4, 4, 255 };
    assert_memory_equal(pixels, rgba, sizeof(rgba));
    free(file.bytes);
}

static void ignores_ancillary_chunks_that_make_no_sense(void **state) {
    (void)state;
    static const uint8_t raw[6] = { 0, 1, 2, 0, 3, 4 };
    static const uint8_t nonsense[7] = { 1, 2, 3, 4, 5, 6, 7 };
    static const char *const types[] = { "tRNS", "mARK", "gAMA", "tEXt", "zzzz" };
    for (size_t i = 0; i < 5; i++) {
        struct sample file = from_raw(raw, 6, types[i], nonsense, sizeof(nonsense));
        uint32_t width;
        uint32_t height;
        struct diag diag;
        assert_int_equal(decode(file.bytes, file.count, &diag), STATUS_OK);
        if (oracle_decode(file.bytes, file.count, expected, ROOM, &width, &height)) {
            assert_memory_equal(pixels, expected, 16);
        }
        free(file.bytes);
    }
}

static int setup(void **state) {
    (void)state;
    return wpng_decoder_create(&decoder) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    wpng_decoder_destroy(decoder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_libpng_in_every_format_filter_and_interlace),
        cmocka_unit_test(equals_libpng_without_vectors),
        cmocka_unit_test(equals_libpng_at_every_width),
        cmocka_unit_test(equals_libpng_across_pieces),
        cmocka_unit_test(reads_image_data_in_chunks_of_any_size),
        cmocka_unit_test(refuses_a_file_cut_at_any_byte),
        cmocka_unit_test(notices_every_flipped_bit),
        cmocka_unit_test(survives_ten_thousand_mutated_files),
        cmocka_unit_test(keeps_to_its_limits),
        cmocka_unit_test(refuses_a_header_that_asks_for_terabytes),
        cmocka_unit_test(gives_a_status_when_any_allocation_fails),
        cmocka_unit_test(says_what_the_header_says),
        cmocka_unit_test(points_at_the_byte_that_is_wrong),
        cmocka_unit_test(reads_past_image_data_that_is_a_little_too_long),
        cmocka_unit_test(ignores_ancillary_chunks_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
