/*
 * sample.h - what the tests of this component share: a PNG writer of their own and
 * libpng as the oracle.
 *
 * The writer follows the specification with zlib alone and shares no code with the
 * component.  Samples are drawn from a seeded sequence, with runs, so that matches
 * and filters have something to find.
 */
#ifndef PNG_TEST_SAMPLE_H
#define PNG_TEST_SAMPLE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/endian.h"
#include "png/decode.h"
#include "sync/random.h"

enum { SAMPLE_FILTER_MIXED = 5, SAMPLE_FILE_MAX = 1 << 24 };

struct sample_spec {
    uint32_t width;
    uint32_t height;
    uint32_t colour;
    uint32_t depth;
    bool is_interlaced;
    bool has_trns;
    uint32_t filter;         /* 0-4, or SAMPLE_FILTER_MIXED */
    uint32_t idat_bytes;     /* data an IDAT chunk; 0 for one chunk */
    int level;               /* of zlib */
    uint64_t seed;
};

struct sample {
    uint8_t *bytes;
    size_t count;
};

static inline void sample_append(struct sample *sample, const void *bytes, size_t count) {
    memcpy(sample->bytes + sample->count, bytes, count);
    sample->count += count;
}

static inline void sample_chunk(struct sample *sample, const char *type, const uint8_t *data,
                                size_t count) {
    uint8_t word[4];
    put_be32(word, (uint32_t)count);
    sample_append(sample, word, 4);
    sample_append(sample, type, 4);
    if (count > 0) {
        sample_append(sample, data, count);
    }
    uLong crc = crc32(0, sample->bytes + sample->count - count - 4, (uInt)count + 4);
    put_be32(word, (uint32_t)crc);
    sample_append(sample, word, 4);
}

static inline uint32_t sample_channels(uint32_t colour) {
    return colour == 0 || colour == 3 ? 1 : colour == 2 ? 3 : colour == 4 ? 2 : 4;
}

/* Filter one row as the specification says; rows are raw bytes, `above` may be NULL. */
static inline void sample_filter(uint32_t filter, const uint8_t *row, const uint8_t *above,
                                 size_t count, size_t step, uint8_t *to) {
    *to++ = (uint8_t)filter;
    for (size_t i = 0; i < count; i++) {
        int a = i >= step ? row[i - step] : 0;
        int b = above != NULL ? above[i] : 0;
        int c = i >= step && above != NULL ? above[i - step] : 0;
        int p = a + b - c;
        int paeth = abs(p - a) <= abs(p - b) && abs(p - a) <= abs(p - c) ? a
                    : abs(p - b) <= abs(p - c)                           ? b
                                                                         : c;
        int guesses[5] = { 0, a, b, (a + b) / 2, paeth };
        to[i] = (uint8_t)(row[i] - guesses[filter]);
    }
}

/* Raw rows with structure: noise, runs, and copies of the row above. */
static inline void sample_row(struct sync_sequence *sequence, uint8_t *row, const uint8_t *above,
                              size_t count) {
    uint64_t kind = sync_sequence_below(sequence, 4);
    for (size_t i = 0; i < count; i++) {
        uint8_t noise = (uint8_t)sync_sequence_next(sequence);
        row[i] = kind == 0   ? noise
                 : kind == 1 ? (uint8_t)(i > 3 ? row[i - 4] + noise % 3 : noise)
                 : kind == 2 ? (uint8_t)((above != NULL ? above[i] : 7) + (noise & 1))
                             : (uint8_t)(noise < 9 || i == 0 ? noise : row[i - 1]);
    }
}

/* One pass (or the whole picture): rows of filtered bytes. */
static inline void sample_pass(const struct sample_spec *spec, uint32_t width, uint32_t height,
                               struct sync_sequence *sequence, struct sample *raw) {
    size_t bits = (size_t)sample_channels(spec->colour) * spec->depth;
    size_t count = (width * bits + 7) / 8;
    size_t step = bits < 8 ? 1 : bits / 8;
    uint8_t *rows[2] = { calloc(count + 1, 1), calloc(count + 1, 1) };
    for (uint32_t y = 0; y < height && width > 0; y++) {
        uint8_t *row = rows[y & 1];
        const uint8_t *above = y > 0 ? rows[~y & 1] : NULL;
        sample_row(sequence, row, above, count);
        uint32_t filter = spec->filter < 5 ? spec->filter
                                           : (uint32_t)sync_sequence_below(sequence, 5);
        sample_filter(filter, row, above, count, step, raw->bytes + raw->count);
        raw->count += count + 1;
    }
    free(rows[0]);
    free(rows[1]);
}

static inline struct sample sample_raw(const struct sample_spec *spec,
                                       struct sync_sequence *sequence) {
    static const uint8_t x0[7] = { 0, 4, 0, 2, 0, 1, 0 };
    static const uint8_t y0[7] = { 0, 0, 4, 0, 2, 0, 1 };
    static const uint8_t dx[7] = { 8, 8, 4, 4, 2, 2, 1 };
    static const uint8_t dy[7] = { 8, 8, 8, 4, 4, 2, 2 };
    struct sample raw = { .bytes = malloc(((size_t)spec->width * 8 + 16) * (spec->height + 8) * 2 +
                                          4096) };
    if (!spec->is_interlaced) {
        sample_pass(spec, spec->width, spec->height, sequence, &raw);
        return raw;
    }
    for (int pass = 0; pass < 7; pass++) {
        uint32_t width = (spec->width + dx[pass] - 1 - x0[pass]) / dx[pass];
        uint32_t height = (spec->height + dy[pass] - 1 - y0[pass]) / dy[pass];
        width = spec->width > x0[pass] ? width : 0;
        height = spec->height > y0[pass] ? height : 0;
        sample_pass(spec, width, height, sequence, &raw);
    }
    return raw;
}

static inline void sample_head(const struct sample_spec *spec, struct sync_sequence *sequence,
                               struct sample *file) {
    uint8_t ihdr[13] = { 0 };
    put_be32(ihdr, spec->width);
    put_be32(ihdr + 4, spec->height);
    ihdr[8] = (uint8_t)spec->depth;
    ihdr[9] = (uint8_t)spec->colour;
    ihdr[12] = spec->is_interlaced;
    sample_append(file, "\x89PNG\r\n\x1a\n", 8);
    sample_chunk(file, "IHDR", ihdr, sizeof(ihdr));
    uint8_t noise[768];
    for (size_t i = 0; i < sizeof(noise); i++) {
        noise[i] = (uint8_t)sync_sequence_next(sequence);
    }
    uint32_t colours = spec->depth > 8 ? 0 : 1u << spec->depth;
    if (spec->colour == 3) {
        /* One colour too few, so that some indices have none. */
        colours = colours > 2 ? colours - 1 : colours;
        sample_chunk(file, "PLTE", noise, 3 * (size_t)colours);
    }
    if (spec->has_trns && spec->colour == 3) {
        sample_chunk(file, "tRNS", noise + 99, colours > 3 ? colours - 2 : 1);
    } else if (spec->has_trns) {
        for (int i = 0; i < 3 && spec->depth < 16; i++) {
            put_be16(noise + 2 * i, (uint16_t)(noise[2 * i] & ((1u << spec->depth) - 1) & 7));
        }
        sample_chunk(file, "tRNS", noise, spec->colour == 0 ? 2 : 6);
    }
}

static inline void sample_idats(const struct sample_spec *spec, const uint8_t *data, size_t count,
                                struct sample *file) {
    size_t step = spec->idat_bytes != 0 ? spec->idat_bytes : count;
    for (size_t at = 0; at < count; at += step) {
        sample_chunk(file, "IDAT", data + at, count - at < step ? count - at : step);
    }
}

/* A whole file; free() its bytes. */
static inline struct sample sample_write(const struct sample_spec *spec) {
    struct sync_sequence sequence = { spec->seed };
    struct sample raw = sample_raw(spec, &sequence);
    uLongf packed_bytes = compressBound(raw.count);
    uint8_t *packed = malloc(packed_bytes);
    assert_int_equal(compress2(packed, &packed_bytes, raw.bytes, raw.count, spec->level), Z_OK);
    size_t chunks = spec->idat_bytes != 0 ? packed_bytes / spec->idat_bytes + 1 : 1;
    struct sample file = { .bytes = malloc(packed_bytes + 12 * chunks + 2048) };
    sample_head(spec, &sequence, &file);
    sample_idats(spec, packed, packed_bytes, &file);
    sample_chunk(&file, "IEND", NULL, 0);
    free(packed);
    free(raw.bytes);
    return file;
}

struct oracle_source {
    const uint8_t *bytes;
    size_t count;
    size_t at;
};

static inline void oracle_read(png_structp png, png_bytep to, png_size_t count) {
    struct oracle_source *source = png_get_io_ptr(png);
    if (count > source->count - source->at) {
        png_error(png, "end of file");
    }
    memcpy(to, source->bytes + source->at, count);
    source->at += count;
}

static inline void oracle_silent(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static inline void oracle_error(png_structp png, png_const_charp text) {
    (void)text;
    longjmp(png_jmpbuf(png), 1);
}

/*
 * libpng's RGBA8, tight rows, into `pixels` of `room` bytes; false when libpng refuses.
 */
static inline bool oracle_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t room,
                                 uint32_t *out_width, uint32_t *out_height) {
    struct oracle_source source = { .bytes = bytes, .count = count };
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, oracle_error,
                                             oracle_silent);
    png_infop info = png_create_info_struct(png);
    png_bytep *volatile rows = NULL;
    if (setjmp(png_jmpbuf(png)) != 0) {
        free(rows);
        png_destroy_read_struct(&png, &info, NULL);
        return false;
    }
    png_set_read_fn(png, &source, oracle_read);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    *out_width = png_get_image_width(png, info);
    *out_height = png_get_image_height(png, info);
    if ((uint64_t)*out_width * *out_height * 4 > room) {
        png_error(png, "larger than the test's memory");
    }
    rows = malloc(*out_height * sizeof(*rows));
    for (uint32_t y = 0; y < *out_height; y++) {
        rows[y] = pixels + (size_t)y * *out_width * 4;
    }
    png_read_image(png, rows);
    png_read_end(png, NULL);
    free(rows);
    png_destroy_read_struct(&png, &info, NULL);
    return true;
}

#endif
