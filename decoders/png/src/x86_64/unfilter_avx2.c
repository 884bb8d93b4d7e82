/*
 * unfilter_avx2.c - filters undone with vectors, for RGB and RGBA rows.
 *
 * Sub is a running sum: within four pixels by two shifted additions, between
 * groups by the last pixel.  Average needs floor((a + b) / 2), and the machine
 * rounds up: on complements, rounding up is rounding down, which leaves two
 * dependent instructions a pixel.  Paeth waits for the pixel on its left, so one
 * row cannot go fast; four rows can, when each lags two pixels behind the row
 * above it:
 *
 *     row 0   . . . . . . t
 *     row 1   . . . . t-2
 *     row 2   . . t-4
 *     row 3   t-6
 *
 * Each row is one 64-bit lane of four 16-bit channels.  What row r finished two
 * steps ago is above row r + 1 now; a lag of two rather than one keeps the
 * permutation that moves it out of the chain of dependent instructions.  Eight
 * rows go in two vectors side by side, since four still wait more than they work.
 */
#include <immintrin.h>
#include <string.h>

#include "base/attr.h"
#include "unfilter.h"

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))

enum { RGB = 3, RGBA = 4, GROUP = 4, LAG = 2, LANES = 4 };

AVX2 static ALWAYS_INLINE __m128i load_word(const uint8_t *from) {
    int32_t word;
    memcpy(&word, from, sizeof(word));
    return _mm_cvtsi32_si128(word);
}

AVX2 static ALWAYS_INLINE void store_word(uint8_t *to, __m128i value) {
    int32_t word = _mm_cvtsi128_si32(value);
    memcpy(to, &word, sizeof(word));
}

AVX2 static ALWAYS_INLINE __m128i load_pixel(const uint8_t *from, size_t step) {
    __m128i pixel = load_word(from);
    return step == RGB ? _mm_and_si128(pixel, _mm_cvtsi32_si128(0xffffff)) : pixel;
}

AVX2 static ALWAYS_INLINE __m128i load_group(const uint8_t *from, size_t step) {
    __m128i group = _mm_loadu_si128((const __m128i *)(const void *)from);
    const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
    return step == RGB ? _mm_shuffle_epi8(group, spread) : group;
}

AVX2 static ALWAYS_INLINE void store_group(uint8_t *to, __m128i group) {
    _mm_storeu_si128((__m128i *)(void *)to, group);
}

/* The pixel to the left of the first: nothing, but opaque where there is no alpha. */
AVX2 static ALWAYS_INLINE __m128i pixel_before(size_t step) {
    return _mm_set1_epi32(step == RGB ? (int)0xff000000u : 0);
}

AVX2 static ALWAYS_INLINE void none_row(const uint8_t *from, uint8_t *to, size_t pixels,
                                        size_t step) {
    if (step == RGBA) {
        memcpy(to, from, RGBA * pixels);
        return;
    }
    const __m128i opaque = pixel_before(step);
    size_t i = 0;
    for (; i + GROUP <= pixels; i += GROUP) {
        store_group(to + 4 * i, _mm_or_si128(load_group(from + step * i, step), opaque));
    }
    for (; i < pixels; i++) {
        store_word(to + 4 * i, _mm_or_si128(load_pixel(from + step * i, step), opaque));
    }
}

AVX2 static ALWAYS_INLINE void up_row(const uint8_t *from, const uint8_t *above, uint8_t *to,
                                      size_t pixels, size_t step) {
    size_t i = 0;
    for (; i + GROUP <= pixels; i += GROUP) {
        __m128i up = _mm_loadu_si128((const __m128i *)(const void *)(above + 4 * i));
        store_group(to + 4 * i, _mm_add_epi8(load_group(from + step * i, step), up));
    }
    for (; i < pixels; i++) {
        store_word(to + 4 * i,
                   _mm_add_epi8(load_pixel(from + step * i, step), load_word(above + 4 * i)));
    }
}

AVX2 static ALWAYS_INLINE void sub_row(const uint8_t *from, uint8_t *to, size_t pixels,
                                       size_t step) {
    __m128i left = pixel_before(step);   /* in each of the four places */
    size_t i = 0;
    for (; i + GROUP <= pixels; i += GROUP) {
        __m128i sum = load_group(from + step * i, step);
        sum = _mm_add_epi8(sum, _mm_slli_si128(sum, 4));
        sum = _mm_add_epi8(sum, _mm_slli_si128(sum, 8));
        sum = _mm_add_epi8(sum, left);
        store_group(to + 4 * i, sum);
        left = _mm_shuffle_epi32(sum, 0xff);
    }
    for (; i < pixels; i++) {
        left = _mm_add_epi8(left, load_pixel(from + step * i, step));
        store_word(to + 4 * i, left);
    }
}

AVX2 static ALWAYS_INLINE void average_row(const uint8_t *from, const uint8_t *above,
                                           uint8_t *to, size_t pixels, size_t step) {
    const __m128i ones = _mm_set1_epi8(-1);
    __m128i left = _mm_xor_si128(pixel_before(step), ones);
    for (size_t i = 0; i < pixels; i++) {
        __m128i up = _mm_xor_si128(load_word(above + 4 * i), ones);
        left = _mm_sub_epi8(_mm_avg_epu8(left, up), load_pixel(from + step * i, step));
        store_word(to + 4 * i, _mm_xor_si128(left, ones));
    }
}

/*
 * The next pixel, x + Paeth(a, b, c).  With t = 3c - a - b the choice is the
 * larger of a and b when t is at most the smaller, the smaller when t is at least
 * the larger, and c between.  x is added to all three before the choice, which
 * takes the addition out of the chain from pixel to pixel.
 */
AVX2 static ALWAYS_INLINE __m128i paeth_128(__m128i a, __m128i b, __m128i c, __m128i x) {
    __m128i t = _mm_sub_epi16(_mm_sub_epi16(_mm_add_epi16(c, _mm_add_epi16(c, c)), b), a);
    __m128i low = _mm_min_epi16(a, b);
    __m128i high = _mm_max_epi16(a, b);
    __m128i choice = _mm_blendv_epi8(_mm_add_epi8(low, x), _mm_add_epi8(c, x),
                                     _mm_cmpgt_epi16(high, t));
    return _mm_blendv_epi8(_mm_add_epi8(high, x), choice, _mm_cmpgt_epi16(t, low));
}

AVX2 static ALWAYS_INLINE __m256i paeth_256(__m256i a, __m256i b, __m256i c, __m256i x) {
    __m256i t = _mm256_sub_epi16(_mm256_add_epi16(c, _mm256_add_epi16(c, c)), b);
    t = _mm256_sub_epi16(t, a);
    __m256i low = _mm256_min_epi16(a, b);
    __m256i high = _mm256_max_epi16(a, b);
    __m256i choice = _mm256_blendv_epi8(_mm256_add_epi8(low, x), _mm256_add_epi8(c, x),
                                        _mm256_cmpgt_epi16(high, t));
    return _mm256_blendv_epi8(_mm256_add_epi8(high, x), choice, _mm256_cmpgt_epi16(t, low));
}

/* Pixels [begin, end) of one row, going on from what is left of them. */
AVX2 static ALWAYS_INLINE void paeth_part(const uint8_t *from, const uint8_t *above, uint8_t *to,
                                          size_t begin, size_t end, size_t step) {
    __m128i a = pixel_before(step);
    __m128i c = a;
    if (begin > 0) {
        a = load_word(to + 4 * begin - 4);
        c = load_word(above + 4 * begin - 4);
    }
    a = _mm_cvtepu8_epi16(a);
    c = _mm_cvtepu8_epi16(c);
    for (size_t i = begin; i < end; i++) {
        __m128i b = _mm_cvtepu8_epi16(load_word(above + 4 * i));
        __m128i x = _mm_cvtepu8_epi16(load_pixel(from + step * i, step));
        a = paeth_128(a, b, c, x);
        c = b;
        store_word(to + 4 * i, _mm_packus_epi16(a, a));
    }
}

/* Row pointers of a wave, moved so that index t is the pixel each row is at in step t. */
struct wave {
    const uint8_t *from[UNFILTER_PAETH_ROWS_MAX];
    uint8_t *to[UNFILTER_PAETH_ROWS_MAX];
};

AVX2 static ALWAYS_INLINE __m128i insert_word(__m128i words, const uint8_t *from, const int lane) {
    int32_t word;
    memcpy(&word, from, sizeof(word));
    return lane == 1   ? _mm_insert_epi32(words, word, 1)
           : lane == 2 ? _mm_insert_epi32(words, word, 2)
                       : _mm_insert_epi32(words, word, 3);
}

/* The filtered pixels of up to four rows from `row` on, each a lane of 16-bit channels. */
AVX2 static ALWAYS_INLINE __m256i wave_load(const struct wave *wave, size_t row, size_t end,
                                            size_t at, size_t step) {
    __m128i x = load_word(wave->from[row] + at);
    for (int lane = 1; lane < LANES && row + (size_t)lane < end; lane++) {
        x = insert_word(x, wave->from[row + (size_t)lane] + at, lane);
    }
    if (step == RGB) {
        x = _mm_and_si128(x, _mm_set1_epi32(0xffffff));
    }
    return _mm256_cvtepu8_epi16(x);
}

AVX2 static ALWAYS_INLINE void wave_store(const struct wave *wave, size_t row, size_t end,
                                          size_t at, __m256i a) {
    __m256i packed = _mm256_packus_epi16(a, a);
    __m128i low = _mm256_castsi256_si128(packed);
    __m128i high = _mm256_extracti128_si256(packed, 1);
    store_word(wave->to[row] + at, low);
    store_word(wave->to[row + 1] + at, _mm_srli_si128(low, 4));
    if (row + 2 < end) {
        store_word(wave->to[row + 2] + at, high);
    }
    if (row + 3 < end) {
        store_word(wave->to[row + 3] + at, _mm_srli_si128(high, 4));
    }
}

/* The finished pixels of up to four rows from `row` on. */
AVX2 static ALWAYS_INLINE __m256i wave_reload(const struct wave *wave, size_t row, size_t end,
                                              size_t at) {
    __m128i x = load_word(wave->to[row] + at);
    for (int lane = 1; lane < LANES && row + (size_t)lane < end; lane++) {
        x = insert_word(x, wave->to[row + (size_t)lane] + at, lane);
    }
    return _mm256_cvtepu8_epi16(x);
}

/* Lanes move up by one: the last lane of `below`, then the first three of `lanes`. */
AVX2 static ALWAYS_INLINE __m256i lanes_up(__m256i lanes, __m256i below) {
    return _mm256_alignr_epi8(lanes, _mm256_permute2x128_si256(below, lanes, 0x21), 8);
}

AVX2 static ALWAYS_INLINE __m256i wave_top(const uint8_t *above, size_t t) {
    return _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(load_word(above + 4 * t)));
}

/* The first pixels of each row, up to where all rows have started; the last likewise. */
AVX2 static ALWAYS_INLINE void wave_begin(const struct unfilter_rows *rows, struct wave *wave,
                                          size_t count, size_t step) {
    for (size_t row = 0; row < count; row++) {
        const uint8_t *from = rows->from + row * rows->from_stride;
        uint8_t *to = rows->to + row * rows->to_stride;
        const uint8_t *above = row == 0 ? rows->above : to - rows->to_stride;
        paeth_part(from, above, to, 0, LAG * (count - row), step);
        wave->from[row] = from - LAG * step * row;
        wave->to[row] = to - 4 * LAG * row;
    }
}

AVX2 static ALWAYS_INLINE void wave_end(const struct unfilter_rows *rows, size_t count,
                                        size_t step) {
    for (size_t row = 1; row < count; row++) {
        uint8_t *to = rows->to + row * rows->to_stride;
        paeth_part(rows->from + row * rows->from_stride, to - rows->to_stride, to,
                   rows->pixels - LAG * row, rows->pixels, step);
    }
}

/*
 * `count` rows, in one vector of up to four lanes or in two.  In a step, `before`
 * is what the step two back finished, and so what is above each row one lane on.
 */
AVX2 static ALWAYS_INLINE void paeth_wave(const struct unfilter_rows *rows, size_t count,
                                          size_t step) {
    const size_t begin = LAG * count;
    const size_t vectors = (count + LANES - 1) / LANES;
    struct wave wave;
    __m256i before[2];
    __m256i a[2];
    __m256i c[2];
    wave_begin(rows, &wave, count, step);
    __m256i below = wave_top(rows->above, begin - 1);
    for (size_t i = 0; i < vectors; i++) {
        /* Two steps before the first, the last row had no pixel yet; it hands nothing down. */
        size_t end = i + 1 < vectors ? count : count - 1;
        __m256i oldest = wave_reload(&wave, LANES * i, end, 4 * (begin - 3));
        before[i] = wave_reload(&wave, LANES * i, count, 4 * (begin - 2));
        a[i] = wave_reload(&wave, LANES * i, count, 4 * (begin - 1));
        c[i] = lanes_up(oldest, below);
        below = oldest;
    }
    for (size_t t = begin; t < rows->pixels; t++) {
        below = wave_top(rows->above, t);
        for (size_t i = 0; i < vectors; i++) {
            __m256i b = lanes_up(before[i], below);
            __m256i x = wave_load(&wave, LANES * i, count, step * t, step);
            below = before[i];
            before[i] = a[i];
            a[i] = paeth_256(a[i], b, c[i], x);
            c[i] = b;
            wave_store(&wave, LANES * i, count, 4 * t, a[i]);
        }
    }
    wave_end(rows, count, step);
}

AVX2 static ALWAYS_INLINE void paeth_rows(const struct unfilter_rows *rows, size_t step) {
    if (rows->count == 8) {
        paeth_wave(rows, 8, step);
    } else if (rows->count == 4) {
        paeth_wave(rows, 4, step);
    } else if (rows->count == 3) {
        paeth_wave(rows, 3, step);
    } else {
        paeth_wave(rows, 2, step);
    }
}

#define ROWS(NAME, STEP)                                                                         \
    AVX2 static void NAME##_none(const uint8_t *from, const uint8_t *above, uint8_t *to,         \
                                 size_t n) {                                                     \
        (void)above;                                                                             \
        none_row(from, to, n, STEP);                                                             \
    }                                                                                            \
    AVX2 static void NAME##_sub(const uint8_t *from, const uint8_t *above, uint8_t *to,          \
                                size_t n) {                                                      \
        (void)above;                                                                             \
        sub_row(from, to, n, STEP);                                                              \
    }                                                                                            \
    AVX2 static void NAME##_up(const uint8_t *from, const uint8_t *above, uint8_t *to,           \
                               size_t n) {                                                       \
        up_row(from, above, to, n, STEP);                                                        \
    }                                                                                            \
    AVX2 static void NAME##_average(const uint8_t *from, const uint8_t *above, uint8_t *to,      \
                                    size_t n) {                                                  \
        average_row(from, above, to, n, STEP);                                                   \
    }                                                                                            \
    AVX2 static void NAME##_paeth(const uint8_t *from, const uint8_t *above, uint8_t *to,        \
                                  size_t n) {                                                    \
        paeth_part(from, above, to, 0, n, STEP);                                                 \
    }                                                                                            \
    AVX2 static void NAME##_paeth_rows(const struct unfilter_rows *rows) {                       \
        paeth_rows(rows, STEP);                                                                  \
    }
ROWS(rgb, RGB)
ROWS(rgba, RGBA)

static const struct unfilter_kernels kernels = {
    .rows = { { rgb_none, rgb_sub, rgb_up, rgb_average, rgb_paeth },
              { rgba_none, rgba_sub, rgba_up, rgba_average, rgba_paeth } },
    .paeth_rows = { rgb_paeth_rows, rgba_paeth_rows },
    .paeth_rows_pixels_min = LAG * UNFILTER_PAETH_ROWS_MAX,
};

const struct unfilter_kernels *unfilter_vector_kernels(void) {
    return &kernels;
}
