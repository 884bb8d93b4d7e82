/*
 * parallel_test.c - decoding on pools of 1, 2, 3, 4 and 8 workers beside decoding on
 * none: the same pixels, the same refusals at the same byte.
 */
#include "sample.h"

#include "base/attr.h"
#include "png/encode.h"
#include "sync/memory.h"

static const uint32_t workers[] = { 1, 2, 3, 4, 8 };
enum { POOLS = COUNT_OF(workers) };
static struct workpool *pools[POOLS];
static struct wpng_decoder *decoder;

static int setup(void **state) {
    (void)state;
    const struct workpool_kind_set *sets[] = { &wpng_kinds };
    for (size_t i = 0; i < POOLS; i++) {
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
    for (size_t i = 0; i < POOLS; i++) {
        workpool_destroy(pools[i]);
    }
    wpng_decoder_destroy(decoder);
    return 0;
}

static void expect_same_view(const struct picture_view *a, const struct picture_view *b) {
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (uint32_t y = 0; y < a->height; y++) {
        assert_memory_equal(picture_row(a, y), picture_row(b, y), (size_t)a->width * 4);
    }
}

/* On every pool, the pixels or the refusal that the calling thread alone gives. */
static enum status expect_same_everywhere(const uint8_t *bytes, size_t count) {
    struct wpng_input input = { .bytes = bytes, .count = count };
    struct picture_view alone;
    struct diag diag = { 0 };
    enum status status = wpng_decode_image(decoder, &input, NULL, &alone, &diag);
    for (size_t i = 0; i < POOLS; i++) {
        struct picture_view view;
        struct diag pool_diag = { 0 };
        struct wpng_decode_options options = { .pool = pools[i] };
        assert_int_equal(wpng_decode_image(decoder, &input, &options, &view, &pool_diag), status);
        assert_int_equal(pool_diag.offset, diag.offset);
        assert_ptr_equal(pool_diag.reason, diag.reason);
        if (status == STATUS_OK) {
            expect_same_view(&alone, &view);
        }
        picture_image_destroy(&view);
    }
    picture_image_destroy(&alone);
    return status;
}

/* A file of our encoder with many segments. */
static struct sync_bytes segmented_file(void) {
    struct picture_view view;
    struct sync_sequence sequence = { 5 };
    struct sync_bytes file;
    assert_int_equal(picture_image_create(700, 1100, PICTURE_RGBA8, &view), STATUS_OK);
    for (uint32_t y = 0; y < view.height; y++) {
        uint8_t *p = picture_row(&view, y);
        for (uint32_t x = 0; x < view.width; x++, p += 4) {
            uint8_t noise = (uint8_t)sync_sequence_next(&sequence);
            uint8_t pixel[4] = { (uint8_t)(x + noise % 9), (uint8_t)(y + x), noise, 255 };
            memcpy(p, pixel, 4);
        }
    }
    assert_int_equal(wpng_encode(&view, &(struct wpng_encode_options){ .level = 1 }, &file, NULL),
                     STATUS_OK);
    picture_image_destroy(&view);
    return file;
}

static struct sample foreign_file(uint32_t colour, uint32_t depth) {
    return sample_write(&(struct sample_spec){ .width = 640, .height = 480, .colour = colour,
                                               .depth = depth, .filter = 5, .level = 4,
                                               .idat_bytes = 8192, .seed = colour });
}

static void decodes_the_same_at_any_worker_count(void **state) {
    (void)state;
    struct sync_bytes file = segmented_file();
    assert_int_equal(expect_same_everywhere(file.bytes, file.count), STATUS_OK);
    sync_free(file.bytes);
    static const uint8_t formats[][2] = { { 0, 8 }, { 2, 8 }, { 2, 16 }, { 3, 8 }, { 6, 8 } };
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct sample sample = foreign_file(formats[i][0], formats[i][1]);
        assert_int_equal(expect_same_everywhere(sample.bytes, sample.count), STATUS_OK);
        free(sample.bytes);
    }
}

/* The offset of a chunk's length field, the nth of its type. */
static size_t find_chunk(const uint8_t *bytes, size_t count, const char *type, int nth) {
    for (size_t at = 8; at + 12 <= count; at += 12 + get_be32(bytes + at)) {
        if (memcmp(bytes + at + 4, type, 4) == 0 && nth-- == 0) {
            return at;
        }
    }
    fail();
    return 0;
}

static void repair_crc(uint8_t *chunk) {
    uint32_t count = get_be32(chunk);
    put_be32(chunk + 8 + count, (uint32_t)crc32(0, chunk + 4, (uInt)count + 4));
}

static void refuses_the_same_at_any_worker_count(void **state) {
    (void)state;
    struct sync_bytes file = segmented_file();
    struct sample foreign = foreign_file(2, 8);
    struct sync_sequence sequence = { 6 };
    int refused = 0;
    for (int i = 0; i < 60; i++) {
        uint8_t *bytes = i % 2 == 0 ? file.bytes : foreign.bytes;
        size_t count = i % 2 == 0 ? file.count : foreign.count;
        size_t at = find_chunk(bytes, count, "IDAT", (int)sync_sequence_below(&sequence, 5));
        size_t byte = at + 8 + (size_t)sync_sequence_below(&sequence, get_be32(bytes + at));
        uint8_t old = bytes[byte];
        bytes[byte] = (uint8_t)sync_sequence_next(&sequence);
        repair_crc(bytes + at);
        refused += expect_same_everywhere(bytes, count) != STATUS_OK;
        bytes[byte] = old;
        repair_crc(bytes + at);
    }
    assert_true(refused > 40);
    for (size_t cut = 40; cut < file.count; cut += file.count / 20) {
        assert_int_equal(expect_same_everywhere(file.bytes, cut), STATUS_BAD_DATA);
    }
    sync_free(file.bytes);
    free(foreign.bytes);
}

/* The sample with a second IDAT of `count` zeros behind its image data. */
static struct sample with_more_data(const struct sample *sample, uint32_t count) {
    size_t end = find_chunk(sample->bytes, sample->count, "IEND", 0);
    struct sample more = { .count = sample->count + 12 + count };
    more.bytes = calloc(1, more.count);
    assert_non_null(more.bytes);
    memcpy(more.bytes, sample->bytes, end);
    put_be32(more.bytes + end, count);
    memcpy(more.bytes + end + 4, "IDAT", 4);
    repair_crc(more.bytes + end);
    memcpy(more.bytes + end + 12 + count, sample->bytes + end, sample->count - end);
    return more;
}

static void refuses_the_same_wrong_crc_at_any_worker_count(void **state) {
    (void)state;
    struct sample foreign = foreign_file(2, 8);
    uint8_t *end = foreign.bytes + find_chunk(foreign.bytes, foreign.count, "IEND", 0);
    for (int nth = 0; nth < 8; nth++) {
        uint8_t *chunk = foreign.bytes + find_chunk(foreign.bytes, foreign.count, "IDAT", nth);
        uint8_t *data = chunk + 8 + 100 * nth;
        *data ^= 0x55;   /* what is inflated may also be wrong */
        assert_int_equal(expect_same_everywhere(foreign.bytes, foreign.count), STATUS_BAD_DATA);
        /* Other errors behind the wrong CRC do not hide it. */
        assert_int_equal(expect_same_everywhere(foreign.bytes, foreign.count - 6),
                         STATUS_BAD_DATA);
        end[4] = 'Q';
        repair_crc(end);
        assert_int_equal(expect_same_everywhere(foreign.bytes, foreign.count), STATUS_BAD_DATA);
        *data ^= 0x55;
        assert_int_equal(expect_same_everywhere(foreign.bytes, foreign.count),
                         STATUS_UNSUPPORTED);
        end[4] = 'I';
        repair_crc(end);
        chunk[8 + get_be32(chunk)] ^= 1;
        assert_int_equal(expect_same_everywhere(foreign.bytes, foreign.count), STATUS_BAD_DATA);
        chunk[8 + get_be32(chunk)] ^= 1;
    }
    assert_int_equal(expect_same_everywhere(foreign.bytes, foreign.count), STATUS_OK);
    free(foreign.bytes);
}

static void checks_image_data_behind_the_last_row_at_any_worker_count(void **state) {
    (void)state;
    static const uint32_t counts[] = { 0, 1, 9000 };
    struct sample foreign = foreign_file(2, 8);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct sample more = with_more_data(&foreign, counts[i]);
        assert_int_equal(expect_same_everywhere(more.bytes, more.count), STATUS_OK);
        more.bytes[find_chunk(more.bytes, more.count, "IEND", 0) - 1] ^= 1;
        assert_int_equal(expect_same_everywhere(more.bytes, more.count), STATUS_BAD_DATA);
        free(more.bytes);
    }
    free(foreign.bytes);
}

/* A marker that lies about the count, or stands in a file without segments. */
static void does_not_trust_restart_markers(void **state) {
    (void)state;
    struct sync_bytes file = segmented_file();
    size_t mark = find_chunk(file.bytes, file.count, "mARK", 0);
    uint32_t count = get_be32(file.bytes + mark + 10);
    static const int32_t changes[] = { -1, 1, 100, 1 << 30 };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        put_be32(file.bytes + mark + 10, count + (uint32_t)changes[i]);
        repair_crc(file.bytes + mark);
        assert_int_equal(expect_same_everywhere(file.bytes, file.count), STATUS_OK);
    }
    sync_free(file.bytes);
    struct sample foreign = foreign_file(2, 8);
    size_t idat = find_chunk(foreign.bytes, foreign.count, "IDAT", 0);
    uint32_t idat_count = 0;
    for (size_t at = idat; memcmp(foreign.bytes + at + 4, "IDAT", 4) == 0;
         at += 12 + get_be32(foreign.bytes + at)) {
        idat_count++;
    }
    struct sample marked = { .bytes = malloc(foreign.count + 64) };
    uint8_t data[6] = { 0, 1 };
    put_be32(data + 2, idat_count);
    sample_append(&marked, foreign.bytes, idat);
    sample_chunk(&marked, "mARK", data, sizeof(data));
    sample_append(&marked, foreign.bytes + idat, foreign.count - idat);
    assert_int_equal(expect_same_everywhere(marked.bytes, marked.count), STATUS_OK);
    free(marked.bytes);
    free(foreign.bytes);
}

/*
 * Two segments of four rows of 20 gray pixels, as mARK wants them or not: more bytes
 * than rows in the first, a filter that looks above, matches that reach back.
 */
static struct sample two_segments(size_t extra, uint8_t filter, int flush) {
    enum { ROW = 21, SEGMENT = 4 * ROW };
    static const uint8_t ihdr[13] = { 0, 0, 0, 20, 0, 0, 0, 8, 8, 0, 0, 0, 0 };
    static const uint8_t mark[6] = { 0, 1, 0, 0, 0, 2 };
    uint8_t raw[2 * SEGMENT + 16] = { 0 };
    for (size_t i = 0; i < 2 * SEGMENT; i++) {
        raw[i + (i < SEGMENT ? 0 : extra)] = i % ROW == 0 ? 0 : (uint8_t)(i % 40 + 1);
    }
    raw[SEGMENT + extra] = filter;
    uint8_t packed[1024];
    z_stream stream = { .next_in = raw, .avail_in = (uInt)(SEGMENT + extra),
                        .next_out = packed, .avail_out = sizeof(packed) };
    struct sample file = { .bytes = malloc(4096) };
    sample_append(&file, "\x89PNG\r\n\x1a\n", 8);
    sample_chunk(&file, "IHDR", ihdr, sizeof(ihdr));
    sample_chunk(&file, "mARK", mark, sizeof(mark));
    assert_int_equal(deflateInit(&stream, 9), Z_OK);
    assert_int_equal(deflate(&stream, flush), Z_OK);
    size_t first = stream.total_out;
    stream.avail_in = SEGMENT;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    sample_chunk(&file, "IDAT", packed, first);
    sample_chunk(&file, "IDAT", packed + first, stream.total_out - first);
    sample_chunk(&file, "IEND", NULL, 0);
    deflateEnd(&stream);
    return file;
}

static void takes_segments_only_when_they_stand_alone(void **state) {
    (void)state;
    static const struct { size_t extra; uint8_t filter; int flush; } rows[] = {
        { 0, 0, Z_FULL_FLUSH }, { 0, 1, Z_FULL_FLUSH }, { 7, 0, Z_FULL_FLUSH },
        { 0, 2, Z_FULL_FLUSH }, { 0, 3, Z_FULL_FLUSH }, { 0, 4, Z_FULL_FLUSH },
        { 0, 0, Z_SYNC_FLUSH }, { 0, 0, Z_PARTIAL_FLUSH },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sample file = two_segments(rows[i].extra, rows[i].filter, rows[i].flush);
        enum status status = expect_same_everywhere(file.bytes, file.count);
        assert_true(status == STATUS_OK || rows[i].extra > 0);
        free(file.bytes);
    }
}

/* The same segments announced by offsets, and cut into more chunks than segments. */
static void follows_restart_markers_with_offsets(void **state) {
    (void)state;
    struct sync_bytes file = segmented_file();
    size_t mark = find_chunk(file.bytes, file.count, "mARK", 0);
    uint32_t count = get_be32(file.bytes + mark + 10);
    uint8_t *data = calloc(6 + 4 * (size_t)count, 1);
    put_be32(data + 2, count);
    struct sample chunks = { .bytes = malloc(file.count + 24 * (size_t)count) };
    size_t at = find_chunk(file.bytes, file.count, "IDAT", 0);
    for (uint32_t i = 0; i < count; i++) {
        size_t begin = chunks.count;
        size_t length = get_be32(file.bytes + at);
        sample_chunk(&chunks, "IDAT", file.bytes + at + 8, length / 2);
        sample_chunk(&chunks, "IDAT", file.bytes + at + 8 + length / 2, length - length / 2);
        if (i + 1 < count) {
            put_be32(data + 6 + 4 * (size_t)i, (uint32_t)(chunks.count - begin));
        }
        at += 12 + length;
    }
    struct sample marked = { .bytes = malloc(chunks.count + file.count) };
    sample_append(&marked, file.bytes, mark);
    sample_chunk(&marked, "mARK", data, 6 + 4 * (size_t)(count - 1));
    sample_append(&marked, chunks.bytes, chunks.count);
    sample_chunk(&marked, "IEND", NULL, 0);
    assert_int_equal(expect_same_everywhere(marked.bytes, marked.count), STATUS_OK);
    put_be32(marked.bytes + mark + 8 + 6, 1);   /* an offset to nowhere */
    repair_crc(marked.bytes + mark);
    assert_int_equal(expect_same_everywhere(marked.bytes, marked.count), STATUS_OK);
    free(data);
    free(chunks.bytes);
    free(marked.bytes);
    sync_free(file.bytes);
}

enum { BATCH = 40 };

static void decodes_a_batch_with_a_status_for_each_file(void **state) {
    (void)state;
    struct sample files[BATCH];
    for (uint32_t i = 0; i < BATCH; i++) {
        files[i] = sample_write(&(struct sample_spec){ .width = 20 + i, .height = 30, .depth = 8,
                                                       .colour = i % 2 * 2, .filter = 5,
                                                       .level = 6, .seed = i,
                                                       .is_interlaced = i % 5 == 0 });
        files[i].count -= i % 7 == 3 ? 30 : 0;   /* some are cut short */
    }
    for (size_t p = 0; p < POOLS; p++) {
        struct wpng_batch_item items[BATCH];
        memset(items, 0, sizeof(items));
        for (uint32_t i = 0; i < BATCH; i++) {
            items[i].input = (struct wpng_input){ files[i].bytes, files[i].count };
        }
        struct wpng_decode_options options = { .pool = pools[p] };
        assert_int_equal(wpng_decode_batch(&options, items, BATCH), STATUS_BAD_DATA);
        for (uint32_t i = 0; i < BATCH; i++) {
            struct picture_view alone;
            struct diag diag = { 0 };
            assert_int_equal(wpng_decode_image(decoder, &items[i].input, NULL, &alone, &diag),
                             items[i].status);
            assert_int_equal(items[i].diag.offset, diag.offset);
            if (items[i].status == STATUS_OK) {
                expect_same_view(&alone, &items[i].view);
            }
            picture_image_destroy(&alone);
            picture_image_destroy(&items[i].view);
        }
    }
    for (uint32_t i = 0; i < BATCH; i++) {
        free(files[i].bytes);
    }
}

static void says_when_a_pool_does_not_know_its_jobs(void **state) {
    (void)state;
    struct workpool *pool;
    assert_int_equal(workpool_create(&(struct workpool_options){ .name = "bare", .workers = 2 },
                                     &pool, NULL),
                     STATUS_OK);
    struct sample sample = foreign_file(2, 8);
    struct wpng_input input = { .bytes = sample.bytes, .count = sample.count };
    struct picture_view view;
    struct diag diag;
    struct wpng_decode_options options = { .pool = pool };
    assert_int_equal(wpng_decode_image(decoder, &input, &options, &view, &diag),
                     STATUS_UNSUPPORTED);
    assert_string_equal(diag.reason, "the pool refused the job");
    free(sample.bytes);
    workpool_destroy(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_the_same_at_any_worker_count),
        cmocka_unit_test(refuses_the_same_at_any_worker_count),
        cmocka_unit_test(refuses_the_same_wrong_crc_at_any_worker_count),
        cmocka_unit_test(checks_image_data_behind_the_last_row_at_any_worker_count),
        cmocka_unit_test(does_not_trust_restart_markers),
        cmocka_unit_test(takes_segments_only_when_they_stand_alone),
        cmocka_unit_test(follows_restart_markers_with_offsets),
        cmocka_unit_test(decodes_a_batch_with_a_status_for_each_file),
        cmocka_unit_test(says_when_a_pool_does_not_know_its_jobs),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
