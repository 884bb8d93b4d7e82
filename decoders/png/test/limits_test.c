/*
 * limits_test.c - limits on memory and on excess data, at the byte, and the same
 * with and without a pool.
 */
#include "sample.h"

#include "../src/decoder.h"
#include "base/attr.h"
#include "png/encode.h"
#include "sync/memory.h"

static struct workpool *pool;
static struct wpng_decoder *decoder;

static struct header header_of(const struct wpng_input *input) {
    struct header header;
    assert_int_equal(header_read(input, NULL, HEADER_WHOLE, &header, NULL), STATUS_OK);
    return header;
}

/* A new decoder, which keeps its scratch: what it keeps is within the limit. */
static enum status decode_within(const struct wpng_input *input,
                                 const struct wpng_decode_options *options,
                                 const struct picture_view *view, struct diag *diag) {
    struct wpng_decoder *fresh;
    assert_int_equal(wpng_decoder_create(&fresh), STATUS_OK);
    enum status status = wpng_decode(fresh, input, options, view, diag);
    assert_true(fresh->scratch_bytes <= options->limits.memory_bytes_max);
    wpng_decoder_destroy(fresh);
    return status;
}

/* The status under a limit, which must be the same on a pool. */
static enum status decode_under(const struct wpng_input *input, uint64_t memory_bytes_max,
                                const struct picture_view *view) {
    struct wpng_decode_options options = { .limits.memory_bytes_max = memory_bytes_max };
    struct diag alone = { 0 };
    struct diag beside = { 0 };
    enum status status = decode_within(input, &options, view, &alone);
    options.pool = pool;
    assert_int_equal(decode_within(input, &options, view, &beside), status);
    assert_int_equal(alone.offset, beside.offset);
    assert_ptr_equal(alone.reason, beside.reason);
    return status;
}

/* A view is the caller's memory: the limit is on scratch, whichever way is gone. */
static void expect_limit_at_the_byte(const struct wpng_input *input) {
    struct header header = header_of(input);
    struct picture_view view;
    assert_int_equal(picture_image_create(header.info.width, header.info.height, PICTURE_RGBA8,
                                          &view),
                     STATUS_OK);
    uint64_t least = stream_buffer_bytes(&header) + rows_scratch_bytes(&header);
    assert_int_equal(decode_under(input, 1, &view), STATUS_LIMIT);
    assert_int_equal(decode_under(input, least - 1, &view), STATUS_LIMIT);
    assert_int_equal(decode_under(input, least, &view), STATUS_OK);
    for (uint64_t limit = least; limit < 4 * least; limit += least / 7) {
        assert_int_equal(decode_under(input, limit, &view), STATUS_OK);
    }
    picture_image_destroy(&view);
}

static void keeps_to_the_memory_limit_with_and_without_a_pool(void **state) {
    (void)state;
    static const struct sample_spec rows[] = {
        { .width = 9, .height = 7, .colour = 2, .depth = 8 },
        { .width = 640, .height = 480, .colour = 2, .depth = 8 },
        { .width = 640, .height = 480, .colour = 0, .depth = 4 },
        { .width = 40000, .height = 8, .colour = 6, .depth = 16 },
        { .width = 640, .height = 480, .colour = 6, .depth = 8, .is_interlaced = true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sample file = sample_write(&rows[i]);
        expect_limit_at_the_byte(&(struct wpng_input){ file.bytes, file.count });
        free(file.bytes);
    }
}

static void keeps_to_the_memory_limit_with_segments(void **state) {
    (void)state;
    struct picture_view view;
    struct sync_bytes file;
    assert_int_equal(picture_image_create(700, 1100, PICTURE_RGBA8, &view), STATUS_OK);
    for (uint32_t y = 0; y < view.height; y++) {
        for (size_t x = 0; x < 2800; x++) {
            picture_row(&view, y)[x] = (uint8_t)(x * y + x % 4);
        }
    }
    assert_int_equal(wpng_encode(&view, NULL, &file, NULL), STATUS_OK);
    expect_limit_at_the_byte(&(struct wpng_input){ file.bytes, file.count });
    sync_free(file.bytes);
    picture_image_destroy(&view);
}

/* The table of segments counts, too: without room for it the file is read front to back. */
static void does_without_segments_where_their_table_is_over_the_limit(void **state) {
    (void)state;
    enum { SEGMENTS = 30000 };
    static const uint8_t ihdr[13] = { 0, 0, 0, 1, 0, 0, SEGMENTS * 2 >> 8, SEGMENTS * 2 & 255, 8 };
    static uint8_t mark[6 + 4 * (SEGMENTS - 1)] = { 0, 0, 0, 0, SEGMENTS >> 8, SEGMENTS & 255 };
    static uint8_t raw[SEGMENTS * 4];
    static uint8_t packed[4096];
    uLongf packed_bytes = sizeof(packed);
    assert_int_equal(compress2(packed, &packed_bytes, raw, sizeof(raw), 9), Z_OK);
    for (uint32_t i = 0; i < SEGMENTS - 1; i++) {
        put_be32(mark + 6 + 4 * (size_t)i, 12);
    }
    struct sample file = { .bytes = malloc(1 << 20) };
    sample_append(&file, "\x89PNG\r\n\x1a\n", 8);
    sample_chunk(&file, "IHDR", ihdr, sizeof(ihdr));
    sample_chunk(&file, "mARK", mark, sizeof(mark));
    for (uint32_t i = 1; i < SEGMENTS; i++) {
        sample_chunk(&file, "IDAT", NULL, 0);
    }
    sample_chunk(&file, "IDAT", packed, packed_bytes);
    sample_chunk(&file, "IEND", NULL, 0);
    expect_limit_at_the_byte(&(struct wpng_input){ file.bytes, file.count });
    free(file.bytes);
}

/* 20 x 4 gray pixels, and `excess` more filtered bytes. */
static struct sample with_excess(size_t excess) {
    enum { RAW = 84 };
    static const uint8_t ihdr[13] = { 0, 0, 0, 20, 0, 0, 0, 4, 8, 0, 0, 0, 0 };
    uint8_t *raw = calloc(RAW + excess, 1);
    uLongf packed_bytes = compressBound(RAW + excess);
    uint8_t *packed = malloc(packed_bytes);
    assert_int_equal(compress2(packed, &packed_bytes, raw, RAW + excess, 9), Z_OK);
    struct sample file = { .bytes = malloc(packed_bytes + 128) };
    sample_append(&file, "\x89PNG\r\n\x1a\n", 8);
    sample_chunk(&file, "IHDR", ihdr, sizeof(ihdr));
    sample_chunk(&file, "IDAT", packed, packed_bytes);
    sample_chunk(&file, "IEND", NULL, 0);
    free(packed);
    free(raw);
    return file;
}

/* As much again as the picture has, and 64 KiB. */
static void reads_past_excess_data_up_to_a_limit(void **state) {
    (void)state;
    static const struct { size_t excess; enum status status; } rows[] = {
        { 84 + (64 << 10), STATUS_OK }, { 85 + (64 << 10), STATUS_BAD_DATA },
        { 1 << 20, STATUS_BAD_DATA },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sample file = with_excess(rows[i].excess);
        struct wpng_input input = { file.bytes, file.count };
        struct picture_view view;
        struct diag diag = { 0 };
        assert_int_equal(wpng_decode_image(decoder, &input, NULL, &view, &diag), rows[i].status);
        if (rows[i].status != STATUS_OK) {
            assert_string_equal(diag.reason, "image data goes on far beyond the last row");
        }
        picture_image_destroy(&view);
        free(file.bytes);
    }
}

/* Bits of a deflate stream, lowest first. */
struct bits {
    uint8_t *bytes;
    size_t count;
    uint32_t word;
    uint32_t filled;
};

static void put_bits(struct bits *bits, uint32_t value, uint32_t count) {
    bits->word |= value << bits->filled;
    bits->filled += count;
    for (; bits->filled >= 8; bits->filled -= 8, bits->word >>= 8) {
        bits->bytes[bits->count++] = (uint8_t)bits->word;
    }
}

/* A code of the fixed tables, whose first bit is the highest. */
static void put_code(struct bits *bits, uint32_t code, uint32_t count) {
    for (; count > 0; count--) {
        put_bits(bits, code >> (count - 1) & 1, 1);
    }
}

enum { WINDOW_ROW = 21 };   /* 20 gray pixels and the filter */

/*
 * A zlib header that says a window of 1 << window_bits, rows of literal zeros, and at the
 * beginning of the last row a match over 1 << distance_bits, or one byte more.
 */
static struct sample with_match(uint32_t window_bits, uint32_t distance_bits, bool is_one_more) {
    uint8_t ihdr[13] = { 0, 0, 0, WINDOW_ROW - 1, 0, 0, 0, 0, 8 };
    uint32_t rows = ((1u << distance_bits) + 1 + WINDOW_ROW - 1) / WINDOW_ROW + 1;
    put_be32(ihdr + 4, rows);
    uint32_t method = (window_bits - 8) << 4 | 8;
    struct bits bits = { .bytes = malloc(rows * WINDOW_ROW + 64), .count = 2 };
    bits.bytes[0] = (uint8_t)method;
    bits.bytes[1] = (uint8_t)(31 - method * 256 % 31);
    put_bits(&bits, 3, 3);   /* a final block with fixed codes */
    for (uint32_t i = 0; i < rows * WINDOW_ROW - 3; i++) {
        if (i == (rows - 1) * WINDOW_ROW) {
            uint32_t symbol = 2 * distance_bits - (is_one_more ? 0 : 1);
            uint32_t extra = symbol / 2 - 1;
            put_code(&bits, 1, 7);   /* length 3 */
            put_code(&bits, symbol, 5);
            put_bits(&bits, is_one_more ? 0 : (1u << extra) - 1, extra);
        }
        put_code(&bits, 0x30, 8);
    }
    put_code(&bits, 0, 7);
    put_bits(&bits, 0, 7);
    uint8_t *zeros = calloc(rows, WINDOW_ROW);
    put_be32(bits.bytes + bits.count, (uint32_t)adler32(1, zeros, rows * WINDOW_ROW));
    free(zeros);
    struct sample file = { .bytes = malloc(bits.count + 128) };
    sample_append(&file, "\x89PNG\r\n\x1a\n", 8);
    sample_chunk(&file, "IHDR", ihdr, sizeof(ihdr));
    sample_chunk(&file, "IDAT", bits.bytes, bits.count + 4);
    sample_chunk(&file, "IEND", NULL, 0);
    free(bits.bytes);
    return file;
}

static void keeps_matches_within_the_window_that_the_file_says(void **state) {
    (void)state;
    static uint8_t pixels[1 << 18];
    for (uint32_t window = 8; window <= 15; window++) {
        for (uint32_t distance = 8; distance <= 15; distance++) {
            for (int more = 0; more < (distance < 15 ? 2 : 1); more++) {
                struct sample file = with_match(window, distance, more != 0);
                struct wpng_input input = { file.bytes, file.count };
                struct picture_view view;
                struct diag diag = { 0 };
                uint32_t width;
                uint32_t height;
                bool is_good = oracle_decode(file.bytes, file.count, pixels, sizeof(pixels),
                                             &width, &height);
                assert_int_equal(is_good, distance + (uint32_t)more <= window);
                enum status status = wpng_decode_image(decoder, &input, NULL, &view, &diag);
                assert_int_equal(status, is_good ? STATUS_OK : STATUS_BAD_DATA);
                if (!is_good) {
                    assert_string_equal(diag.reason, "match reaches back farther than the window");
                }
                picture_image_destroy(&view);
                free(file.bytes);
            }
        }
    }
}

static int setup(void **state) {
    (void)state;
    const struct workpool_kind_set *sets[] = { &wpng_kinds };
    struct workpool_options options = { .name = "test", .workers = 2, .kind_sets = sets,
                                        .kind_set_count = 1 };
    bool is_good = workpool_create(&options, &pool, NULL) == STATUS_OK;
    return is_good && wpng_decoder_create(&decoder) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    workpool_destroy(pool);
    wpng_decoder_destroy(decoder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_to_the_memory_limit_with_and_without_a_pool),
        cmocka_unit_test(keeps_to_the_memory_limit_with_segments),
        cmocka_unit_test(does_without_segments_where_their_table_is_over_the_limit),
        cmocka_unit_test(reads_past_excess_data_up_to_a_limit),
        cmocka_unit_test(keeps_matches_within_the_window_that_the_file_says),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
