/*
 * inflate_test.c - our inflate beside zlib's, on good and on broken streams.
 *
 * Both symbol loops, any split of the input into spans and of the output into
 * pieces must give zlib's bytes, and refuse what zlib refuses.
 */
#include "../src/inflate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cpu.h"
#include "sync/random.h"

enum { PLAIN_MAX = 200000, PACKED_MAX = 300000, OUT_BYTES = 400000 };

static uint8_t plain[PLAIN_MAX];
static uint8_t packed[PACKED_MAX];
static uint8_t zlib_out[OUT_BYTES];
static uint8_t our_out[OUT_BYTES + INFLATE_SLACK_BYTES];

/* Spans of a fixed size over `packed`. */
static size_t span_bytes;

static bool next_span(struct inflate *inflate) {
    if (inflate->in_end == inflate->input_end) {
        return false;
    }
    inflate->in = inflate->in_end;
    inflate->span_begin = inflate->in;
    size_t left = (size_t)(inflate->input_end - inflate->in);
    inflate->in_end = inflate->in + (left < span_bytes ? left : span_bytes);
    return true;
}

/* Inflate all of it in pieces; the result, and how much came out. */
static enum inflate_result run(size_t packed_count, size_t piece, size_t *out_count) {
    static struct inflate inflate;
    memset(&inflate, 0, sizeof(inflate));
    inflate.in = inflate.in_end = packed;
    inflate.input_end = packed + packed_count;
    inflate.next_span = next_span;
    inflate_start(&inflate);
    struct inflate_output output = { .begin = our_out, .next = our_out };
    enum inflate_result result = INFLATE_MORE;
    while (result == INFLATE_MORE && output.next < our_out + OUT_BYTES) {
        size_t left = (size_t)(our_out + OUT_BYTES - output.next);
        output.limit = output.next + (left < piece ? left : piece);
        result = inflate_run(&inflate, &output);
    }
    *out_count = (size_t)(output.next - our_out);
    return result;
}

/* zlib's view: whether the raw stream is whole, and how much came out. */
static bool run_zlib(size_t packed_count, size_t *out_count) {
    z_stream stream = { .next_in = packed, .avail_in = (uInt)packed_count,
                        .next_out = zlib_out, .avail_out = OUT_BYTES };
    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    int result = inflate(&stream, Z_FINISH);
    *out_count = stream.total_out;
    inflateEnd(&stream);
    return result == Z_STREAM_END;
}

static size_t deflate_plain(size_t count, int level, int strategy) {
    z_stream stream = { .next_in = plain, .avail_in = (uInt)count, .next_out = packed,
                        .avail_out = PACKED_MAX };
    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, strategy), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t packed_count = stream.total_out;
    deflateEnd(&stream);
    return packed_count;
}

/* Text with literals, runs of all short periods, and far matches. */
static void make_plain(struct sync_sequence *sequence, size_t count) {
    size_t at = 0;
    while (at < count) {
        size_t length = 1 + (size_t)sync_sequence_below(sequence, 300);
        uint64_t period = sync_sequence_below(sequence, 4) != 0
                              ? 1 + sync_sequence_below(sequence, 20)
                              : 1 + sync_sequence_below(sequence, 32768);
        bool is_noise = at < period || sync_sequence_below(sequence, 3) == 0;
        uint64_t spread = 1 + sync_sequence_below(sequence, 256);
        for (size_t i = 0; i < length && at < count; i++, at++) {
            plain[at] = is_noise ? (uint8_t)sync_sequence_below(sequence, spread)
                                 : plain[at - (size_t)period];
        }
    }
}

static void for_both_loops(void (*body)(void)) {
    enum cpu_level level = cpu_level();
    body();
    cpu_set_level(CPU_PORTABLE);
    body();
    cpu_set_level(level);
}

static void round_trips(void) {
    static const size_t counts[] = { 0, 1, 2, 100, 5000, 70000, PLAIN_MAX };
    static const size_t pieces[] = { 1, 7, 1000, 65536, OUT_BYTES };
    static const size_t spans[] = { 1, 3, 23, 24, 25, 8192, PACKED_MAX };
    struct sync_sequence sequence = { 1 };
    for (size_t i = 0; i < 7; i++) {
        for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++) {
            make_plain(&sequence, counts[i]);
            size_t count = deflate_plain(counts[i], (int)(i + (size_t)strategy * 2) % 10, strategy);
            for (size_t k = 0; k < 7; k++) {
                size_t got;
                span_bytes = spans[k];
                assert_int_equal(run(count, pieces[(k + i) % 5], &got), INFLATE_DONE);
                assert_int_equal(got, counts[i]);
                assert_memory_equal(our_out, plain, got);
            }
        }
    }
}

static void gives_back_what_zlib_deflated(void **state) {
    (void)state;
    for_both_loops(round_trips);
}

/* What came out before a failure may differ by what is decoded ahead; the verdict may not. */
static void expect_zlibs_verdict(size_t count) {
    size_t expected_count;
    size_t got;
    bool is_good = run_zlib(count, &expected_count);
    enum inflate_result result = run(count, OUT_BYTES, &got);
    assert_int_equal(result == INFLATE_DONE, is_good);
    if (is_good) {
        assert_int_equal(got, expected_count);
        assert_memory_equal(our_out, zlib_out, got);
    }
}

static void mutations(void) {
    struct sync_sequence sequence = { 2 };
    for (int i = 0; i < 6000; i++) {
        size_t plain_count = 1 + (size_t)sync_sequence_below(&sequence, 3000);
        make_plain(&sequence, plain_count);
        size_t count = deflate_plain(plain_count, i % 10, i % 5);
        uint64_t changes = 1 + sync_sequence_below(&sequence, 3);
        for (uint64_t k = 0; k < changes; k++) {
            /* Most damage near the front, where the block header is. */
            size_t span = sync_sequence_below(&sequence, 2) != 0 && count > 60 ? 60 : count;
            packed[sync_sequence_below(&sequence, span)] ^=
                (uint8_t)(1u << sync_sequence_below(&sequence, 8));
        }
        span_bytes = i % 4 == 0 ? 11 : PACKED_MAX;
        expect_zlibs_verdict(count);
    }
}

static void refuses_what_zlib_refuses(void **state) {
    (void)state;
    for_both_loops(mutations);
}

static void noise(void) {
    struct sync_sequence sequence = { 3 };
    for (int i = 0; i < 30000; i++) {
        size_t count = 1 + (size_t)sync_sequence_below(&sequence, 200);
        for (size_t k = 0; k < count; k++) {
            packed[k] = (uint8_t)sync_sequence_next(&sequence);
        }
        packed[0] = (uint8_t)((packed[0] & ~7) | 5);   /* a final block with its own codes */
        span_bytes = PACKED_MAX;
        expect_zlibs_verdict(count);
    }
}

static void agrees_with_zlib_about_noise(void **state) {
    (void)state;
    for_both_loops(noise);
}

static void reports_where_a_cut_stream_ends(void **state) {
    (void)state;
    struct sync_sequence sequence = { 4 };
    make_plain(&sequence, 2000);
    size_t count = deflate_plain(2000, 6, Z_DEFAULT_STRATEGY);
    span_bytes = PACKED_MAX;
    for (size_t cut = 0; cut < count; cut++) {
        size_t got;
        enum inflate_result result = run(cut, OUT_BYTES, &got);
        assert_true(result == INFLATE_FAILED || result == INFLATE_INPUT_END);
    }
}

static void refuses_codes_that_leave_gaps_or_overlap(void **state) {
    (void)state;
    uint32_t table[INFLATE_LITLEN_ENTRIES];
    static const uint32_t results[4] = { 0, 1 << 16, 2 << 16, 3 << 16 };
    static const struct { uint8_t lengths[4]; bool is_good; bool is_loose; } rows[] = {
        { { 1, 1, 0, 0 }, true, true },   { { 2, 2, 2, 2 }, true, true },
        { { 1, 2, 3, 3 }, true, true },   { { 1, 0, 0, 0 }, false, true },
        { { 0, 0, 0, 0 }, false, true },  { { 1, 1, 1, 0 }, false, false },
        { { 2, 2, 2, 0 }, false, false }, { { 2, 0, 0, 0 }, false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int loose = 0; loose < 2; loose++) {
            struct inflate_code code = { .lengths = rows[i].lengths, .symbol_count = 4,
                                         .results = results, .table_bits = 7,
                                         .allows_incomplete = loose != 0 };
            bool is_good = loose != 0 ? rows[i].is_loose : rows[i].is_good;
            assert_int_equal(inflate_build(&code, table) != 0, is_good);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_zlib_deflated),
        cmocka_unit_test(refuses_what_zlib_refuses),
        cmocka_unit_test(agrees_with_zlib_about_noise),
        cmocka_unit_test(reports_where_a_cut_stream_ends),
        cmocka_unit_test(refuses_codes_that_leave_gaps_or_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
