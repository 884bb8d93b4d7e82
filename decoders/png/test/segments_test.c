/*
 * segments_test.c - files whose restart markers lie, beside the sequential decode.
 *
 * A writer of the test's own, with zlib, makes marked pictures and up to three lies
 * in each.  Whatever the file, decode_segments() must refuse it or give what decoding
 * front to back gives; and a file without lies it must accept.
 */
#include "sample.h"

#include "../src/decoder.h"
#include "base/attr.h"
#include "sync/file.h"
#include "sync/memory.h"

enum {
    SEGMENTS_MAX = 7, PACKED_MAX = 1 << 17, RAW_MAX = 1 << 15, CASES = 12000, ROOM = 1 << 17,
};

enum lie {
    LIE_COUNT,           /* one segment more or less than there are */
    LIE_OFFSET,          /* an offset to somewhere else */
    LIE_ROWS,            /* bytes of one segment in the next */
    LIE_FILTER,          /* a first row that looks up */
    LIE_FLUSH,           /* matches, or a block, that reach over the end of a segment */
    LIE_FINAL,           /* a final block before the end */
    LIE_NO_FINAL,        /* none at the end */
    LIE_EMPTY_FIRST,     /* an IDAT of 0 to 2 bytes before the first segment's */
    LIE_CUT,             /* chunks that end a few bytes before or behind the segment */
    LIE_ADLER,           /* a wrong checksum, or a part of it */
    LIE_WINDOW,          /* a zlib header with a smaller window */
    LIE_EXCESS,          /* bytes behind the last row of a segment */
    LIE_KINDS,
};

struct plan {
    struct sync_sequence sequence;
    uint32_t lies;               /* a bit each */
    uint32_t width;
    uint32_t height;
    uint32_t colour;
    uint32_t count;
    bool has_offsets;
    size_t row_bytes;            /* with the filter */
    uint8_t raw[RAW_MAX];
    size_t raw_ends[SEGMENTS_MAX];
    size_t raw_bytes;
    uint8_t packed[PACKED_MAX];
    size_t packed_ends[SEGMENTS_MAX];
};

static struct workpool *pools[3];
static struct wpng_decoder *decoder;
static uint8_t expected[ROOM];

static uint32_t below(struct plan *plan, uint32_t bound) {
    return (uint32_t)sync_sequence_below(&plan->sequence, bound);
}

static bool tells(const struct plan *plan, enum lie lie) {
    return (plan->lies >> lie & 1) != 0;
}

/* Bytes of no row at the end of a segment. */
static void plan_excess(struct plan *plan) {
    size_t extra = 1 + below(plan, 40);
    uint32_t segment = below(plan, plan->count);
    uint8_t *at = plan->raw + plan->raw_ends[segment];
    memmove(at + extra, at, plan->raw_bytes - plan->raw_ends[segment]);
    memset(at, 0, extra);
    for (uint32_t i = segment; i < plan->count; i++) {
        plan->raw_ends[i] += extra;
    }
    plan->raw_bytes += extra;
}

static void plan_rows(struct plan *plan) {
    uint32_t per_segment = plan->height / plan->count;
    uint32_t next_first = per_segment + plan->height % plan->count;
    uint32_t segment = 0;
    uint32_t liar = 1 + below(plan, plan->count - 1);
    for (uint32_t y = 0; y < plan->height; y++) {
        uint8_t *row = plan->raw + y * plan->row_bytes;
        bool is_first = y == next_first;
        if (is_first) {
            plan->raw_ends[segment++] = y * plan->row_bytes;
            next_first += per_segment;
        }
        row[0] = (uint8_t)below(plan, is_first ? 2 : 5);
        if (is_first && segment == liar && tells(plan, LIE_FILTER)) {
            row[0] = (uint8_t)(2 + below(plan, 4));
        }
        /* Half of the small windows are left only by segments behind the first. */
        bool is_plain = tells(plan, LIE_WINDOW) && segment == 0 && liar % 2 == 0;
        uint32_t spread = is_plain ? 1 : below(plan, 3) == 0 ? 256 : 3;
        for (size_t i = 1; i < plan->row_bytes; i++) {
            row[i] = (uint8_t)below(plan, spread);
        }
    }
    plan->raw_bytes = plan->height * plan->row_bytes;
    plan->raw_ends[plan->count - 1] = plan->raw_bytes;
    if (tells(plan, LIE_ROWS)) {
        size_t shift = below(plan, 2) == 0 ? plan->row_bytes : 1 + below(plan, 20);
        size_t *end = &plan->raw_ends[liar - 1];
        *end = below(plan, 2) == 0 && *end > shift ? *end - shift : *end + shift;
        size_t low = liar > 1 ? plan->raw_ends[liar - 2] : 0;
        *end = *end < low ? low : *end > plan->raw_ends[liar] ? plan->raw_ends[liar] : *end;
    }
    if (tells(plan, LIE_EXCESS)) {
        plan_excess(plan);
    }
}

static void open_deflate(struct plan *plan, z_stream *stream) {
    int window = tells(plan, LIE_WINDOW) ? 15 : 9 + (int)below(plan, 7);
    assert_int_equal(deflateInit2(stream, (int)below(plan, 10), Z_DEFLATED, -window, 8,
                                  (int)below(plan, 5)),
                     Z_OK);
    uint32_t said = tells(plan, LIE_WINDOW) ? below(plan, 7) : (uint32_t)window - 8;
    if (plan->packed_ends[0] == 0) {
        uint32_t method = said << 4 | 8;
        plan->packed[0] = (uint8_t)method;
        plan->packed[1] = (uint8_t)(31 - method * 256 % 31);
    }
}

/* The checksum that segments would have if each were as long as its rows. */
static uint32_t forged_adler(const struct plan *plan) {
    uint32_t per_segment = plan->height / plan->count;
    uLong adler = 1;
    size_t at = 0;
    for (uint32_t i = 0; i < plan->count; i++) {
        uint32_t rows = per_segment + (i == 0 ? plan->height % plan->count : 0);
        uLong one = adler32(1, plan->raw + at, (uInt)(plan->raw_ends[i] - at));
        adler = adler32_combine(adler, one, (z_off_t)(rows * plan->row_bytes));
        at = plan->raw_ends[i];
    }
    return (uint32_t)adler;
}

static void plan_adler(struct plan *plan) {
    uint32_t adler = (uint32_t)adler32(adler32(0, NULL, 0), plan->raw, (uInt)plan->raw_bytes);
    if (tells(plan, LIE_EXCESS) && below(plan, 2) == 0) {
        adler = forged_adler(plan);
    }
    size_t *end = &plan->packed_ends[plan->count - 1];
    size_t bytes = 4;
    if (tells(plan, LIE_ADLER)) {
        bytes = below(plan, 5);
        adler ^= bytes == 4 ? 1u << below(plan, 32) : 0;
    }
    uint8_t word[4];
    put_be32(word, adler);
    memcpy(plan->packed + *end, word, bytes);
    *end += bytes;
}

/* How a segment ends. */
static int plan_flush(struct plan *plan, uint32_t segment, uint32_t liar) {
    static const int flushes[] = { Z_SYNC_FLUSH, Z_PARTIAL_FLUSH, Z_BLOCK, Z_NO_FLUSH };
    if (segment + 1 == plan->count) {
        return tells(plan, LIE_NO_FINAL) ? Z_FULL_FLUSH : Z_FINISH;
    }
    if (segment == liar && tells(plan, LIE_FINAL)) {
        return Z_FINISH;
    }
    return segment == liar && tells(plan, LIE_FLUSH) ? flushes[below(plan, 4)] : Z_FULL_FLUSH;
}

static void plan_deflate(struct plan *plan) {
    z_stream stream = { 0 };
    uint32_t liar = below(plan, plan->count - 1);
    size_t at = 2;
    size_t raw_at = 0;
    plan->packed_ends[0] = 0;
    open_deflate(plan, &stream);
    for (uint32_t i = 0; i < plan->count; i++) {
        int flush = plan_flush(plan, i, liar);
        stream.next_in = plan->raw + raw_at;
        stream.avail_in = (uInt)(plan->raw_ends[i] - raw_at);
        stream.next_out = plan->packed + at;
        stream.avail_out = (uInt)(PACKED_MAX - at);
        (void)deflate(&stream, flush);
        at = (size_t)(stream.next_out - plan->packed);
        plan->packed_ends[i] = at;
        raw_at = plan->raw_ends[i];
        if (flush == Z_FINISH && i + 1 < plan->count) {
            deflateEnd(&stream);
            open_deflate(plan, &stream);
        }
    }
    deflateEnd(&stream);
}

/* Where chunks end is where segments end, but for lies. */
static void plan_cuts(struct plan *plan) {
    if (tells(plan, LIE_CUT)) {
        uint32_t liar = below(plan, plan->count - 1);
        size_t end = plan->packed_ends[liar] + below(plan, 13);
        end = end > 6 ? end - 6 : 0;
        size_t low = liar > 0 ? plan->packed_ends[liar - 1] : 0;
        size_t high = plan->packed_ends[liar + 1];
        plan->packed_ends[liar] = end < low ? low : end > high ? high : end;
    }
}

/* The chunks of a segment: one, or several with empty ones between them where offsets allow. */
static void write_segment(struct plan *plan, struct sample *idats, size_t begin, size_t end) {
    uint32_t pieces = plan->has_offsets ? 1 + below(plan, 4) : 1;
    for (; pieces > 1; pieces--) {
        size_t length = below(plan, 2) * below(plan, (uint32_t)(end - begin) + 1);
        sample_chunk(idats, "IDAT", plan->packed + begin, length);
        begin += length;
    }
    sample_chunk(idats, "IDAT", plan->packed + begin, end - begin);
}

static void write_mark(struct plan *plan, struct sample *file, const size_t *starts) {
    uint8_t mark[6 + 4 * SEGMENTS_MAX + 4] = { 0, !plan->has_offsets };
    uint32_t count = plan->count;
    if (tells(plan, LIE_COUNT)) {
        count += below(plan, 2) == 0 ? 1 : UINT32_MAX;
    }
    put_be32(mark + 2, count);
    for (uint32_t i = 0; i + 1 < count && i < SEGMENTS_MAX; i++) {
        put_be32(mark + 6 + 4 * i, (uint32_t)(starts[i + 1] - starts[i]));
    }
    if (tells(plan, LIE_OFFSET)) {
        uint32_t which = below(plan, plan->count - 1);
        uint32_t offset = get_be32(mark + 6 + 4 * which);
        offset += below(plan, 2) == 0 ? 12 : (uint32_t)sync_sequence_next(&plan->sequence) % 64;
        put_be32(mark + 6 + 4 * which, offset - 13 * below(plan, 2));
    }
    sample_chunk(file, "mARK", mark, plan->has_offsets ? 6 + 4 * (size_t)(count - 1) : 6);
}

static struct sample write_file(struct plan *plan) {
    struct sample idats = { .bytes = malloc(2 * PACKED_MAX) };
    size_t starts[SEGMENTS_MAX + 2] = { 0 };
    size_t at = 0;
    for (uint32_t i = 0; i < plan->count; i++) {
        starts[i] = idats.count;
        if (i == 0 && tells(plan, LIE_EMPTY_FIRST)) {
            at = below(plan, 3);
            sample_chunk(&idats, "IDAT", plan->packed, at);
            starts[0] = below(plan, 2) == 0 ? idats.count : 0;
        }
        size_t end = plan->packed_ends[i] > at ? plan->packed_ends[i] : at;
        write_segment(plan, &idats, at, end);
        at = end;
    }
    starts[plan->count] = idats.count;
    starts[plan->count + 1] = idats.count + 12;
    struct sample file = { .bytes = malloc(idats.count + 4096) };
    uint8_t ihdr[13] = { 0 };
    put_be32(ihdr, plan->width);
    put_be32(ihdr + 4, plan->height);
    ihdr[8] = 8;
    ihdr[9] = (uint8_t)plan->colour;
    sample_append(&file, "\x89PNG\r\n\x1a\n", 8);
    sample_chunk(&file, "IHDR", ihdr, sizeof(ihdr));
    write_mark(plan, &file, starts);
    sample_append(&file, idats.bytes, idats.count);
    sample_chunk(&file, "IEND", NULL, 0);
    free(idats.bytes);
    return file;
}

static struct sample make_file(struct plan *plan, uint64_t seed, uint32_t lies) {
    static const uint8_t colours[] = { 0, 2, 6 };
    *plan = (struct plan){ .sequence = { seed }, .lies = lies };
    plan->colour = colours[below(plan, 3)];
    plan->width = 1 + below(plan, below(plan, 4) == 0 ? 250 : 30);
    plan->height = 4 + below(plan, 24);
    plan->count = 2 + below(plan, plan->height / 2 < SEGMENTS_MAX - 1 ? plan->height / 2 - 1
                                                                      : SEGMENTS_MAX - 2);
    plan->has_offsets = below(plan, 2) == 0;
    plan->row_bytes = (size_t)plan->width * sample_channels(plan->colour) + 1;
    plan_rows(plan);
    plan_deflate(plan);
    plan_adler(plan);
    plan_cuts(plan);
    return write_file(plan);
}

static void expect_same_view(const struct picture_view *a, const struct picture_view *b) {
    for (uint32_t y = 0; y < a->height; y++) {
        assert_memory_equal(picture_row(a, y), picture_row(b, y), (size_t)a->width * 4);
    }
}

/* Whether the segments alone are accepted; then their pixels must be those of `alone`. */
static bool take_segments(const struct sample *file, const struct wpng_decode_options *options,
                          const struct picture_view *alone) {
    struct wpng_input input = { .bytes = file->bytes, .count = file->count };
    struct picture_view view;
    assert_int_equal(header_read(&input, NULL, HEADER_WHOLE, &decoder->header, NULL), STATUS_OK);
    const struct wpng_info *info = &decoder->header.info;
    assert_int_equal(picture_image_create(info->width, info->height, PICTURE_RGBA8, &view),
                     STATUS_OK);
    struct decode decode = { .decoder = decoder, .input = &input, .options = options,
                             .view = &view };
    bool is_accepted = decode_has_segments(&decoder->header) && decode_segments(&decode);
    if (is_accepted) {
        assert_non_null(alone->pixels);
        expect_same_view(alone, &view);
    }
    picture_image_destroy(&view);
    return is_accepted;
}

/* Everything there is to compare; whether the segments were accepted. */
static bool expect_sequential_result(const struct sample *file) {
    struct wpng_input input = { .bytes = file->bytes, .count = file->count };
    struct picture_view alone;
    struct diag diag = { 0 };
    enum status status = wpng_decode_image(decoder, &input, NULL, &alone, &diag);
    bool is_accepted = take_segments(file, &(struct wpng_decode_options){ 0 }, &alone);
    for (size_t i = 0; i < COUNT_OF(pools); i++) {
        struct wpng_decode_options options = { .pool = pools[i] };
        struct picture_view view;
        struct diag pool_diag = { 0 };
        assert_int_equal(wpng_decode_image(decoder, &input, &options, &view, &pool_diag), status);
        assert_int_equal(pool_diag.offset, diag.offset);
        assert_ptr_equal(pool_diag.reason, diag.reason);
        if (status == STATUS_OK) {
            expect_same_view(&alone, &view);
        }
        picture_image_destroy(&view);
        assert_int_equal(take_segments(file, &options, &alone), is_accepted);
    }
    uint32_t width;
    uint32_t height;
    if (status == STATUS_OK) {
        assert_true(oracle_decode(file->bytes, file->count, expected, ROOM, &width, &height));
        for (uint32_t y = 0; y < height; y++) {
            assert_memory_equal(picture_row(&alone, y), expected + 4 * (size_t)y * width,
                                4 * (size_t)width);
        }
    }
    picture_image_destroy(&alone);
    return is_accepted;
}

static struct plan plan;

static void gives_the_sequential_result_whatever_the_markers_say(void **state) {
    (void)state;
    struct sync_sequence sequence = { 17 };
    uint32_t accepted = 0;
    for (uint64_t i = 0; i < CASES; i++) {
        uint32_t lies = 0;
        for (uint64_t n = sync_sequence_below(&sequence, 4); n > 0; n--) {
            lies |= 1u << sync_sequence_below(&sequence, LIE_KINDS);
        }
        struct sample file = make_file(&plan, i, lies);
        bool is_accepted = expect_sequential_result(&file);
        assert_true(is_accepted || lies != 0);
        accepted += is_accepted;
        free(file.bytes);
    }
    assert_in_range(accepted, CASES / 4, CASES * 3 / 4);
}

/* What docs/formats/png-segments.md asks of each segment, and one fault at a time. */
static void refuses_segments_with_any_of_these_faults(void **state) {
    (void)state;
    static const enum lie fatal[] = { LIE_FILTER, LIE_FINAL, LIE_NO_FINAL, LIE_ADLER,
                                      LIE_EXCESS };
    for (size_t i = 0; i < COUNT_OF(fatal); i++) {
        for (uint64_t seed = 0; seed < 100; seed++) {
            struct sample file = make_file(&plan, seed, 1u << fatal[i]);
            assert_false(expect_sequential_result(&file));
            free(file.bytes);
        }
    }
}

/* Files built against this decoder: what each would do is in fixtures/make_pngs.py. */
static void sees_through_files_made_to_deceive_it(void **state) {
    (void)state;
    static const char *const paths[] = {
        "fixtures/hostile/png/two_readings.png", "fixtures/hostile/png/checksum_cut_short.png",
        "fixtures/hostile/png/empty_chunks_first.png", "fixtures/hostile/png/markers_that_lie.png",
        "fixtures/hostile/png/offsets_to_nowhere.png", "fixtures/hostile/png/empty_idats.png",
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct sync_bytes file;
        assert_int_equal(sync_file_read(paths[i], 1 << 20, &file, NULL), STATUS_OK);
        assert_false(expect_sequential_result(&(struct sample){ file.bytes, file.count }));
        sync_free(file.bytes);
    }
}

/* The table of segments is memory, too; without room for it the file is read front to back. */
static void does_without_segments_where_memory_is_short(void **state) {
    (void)state;
    struct sample file = make_file(&plan, 1, 0);
    struct picture_view alone;
    assert_int_equal(wpng_decode_image(decoder, &(struct wpng_input){ file.bytes, file.count },
                                       NULL, &alone, NULL),
                     STATUS_OK);
    assert_true(take_segments(&file, &(struct wpng_decode_options){ 0 }, &alone));
    struct wpng_decode_options little = { .limits.memory_bytes_max = 64 };
    assert_false(take_segments(&file, &little, &alone));
    picture_image_destroy(&alone);
    free(file.bytes);
}

static int setup(void **state) {
    (void)state;
    static const uint32_t workers[] = { 1, 2, 4 };
    const struct workpool_kind_set *sets[] = { &wpng_kinds };
    for (size_t i = 0; i < COUNT_OF(pools); i++) {
        struct workpool_options options = { .name = "test", .workers = workers[i],
                                            .kind_sets = sets, .kind_set_count = 1 };
        if (workpool_create(&options, &pools[i], NULL) != STATUS_OK) {
            return -1;
        }
    }
    return wpng_decoder_create(&decoder) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pools); i++) {
        workpool_destroy(pools[i]);
    }
    wpng_decoder_destroy(decoder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_sequential_result_whatever_the_markers_say),
        cmocka_unit_test(refuses_segments_with_any_of_these_faults),
        cmocka_unit_test(sees_through_files_made_to_deceive_it),
        cmocka_unit_test(does_without_segments_where_memory_is_short),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
