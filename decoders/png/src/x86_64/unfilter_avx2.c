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
 * permutation that moves it out of the chain of dependent instructions.
 */
#include <immintrin.h>
#include <string.h>

#include "base/attr.h"
#include "unfilter.h"

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))

enum { RGB = 3, RGBA = 4, GROUP = 4, LAG = 2 };

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
 * a, b, c are left, above, corner; with t = 3c - a - b, Paeth's choice is c
 * between the smaller and the larger of a and b by where t lies.
 */
AVX2 static ALWAYS_INLINE __m128i paeth_128(__m128i a, __m128i b, __m128i c) {
    __m128i t = _mm_sub_epi16(_mm_sub_epi16(_mm_add_epi16(c, _mm_add_epi16(c, c)), b), a);
    __m128i low = _mm_min_epi16(a, b);
    __m128i high = _mm_max_epi16(a, b);
    __m128i choice = _mm_blendv_epi8(low, c, _mm_cmpgt_epi16(high, t));
    return _mm_blendv_epi8(high, choice, _mm_cmpgt_epi16(t, low));
}

AVX2 static ALWAYS_INLINE __m256i paeth_256(__m256i a, __m256i b, __m256i c) {
    __m256i t = _mm256_sub_epi16(_mm256_sub_epi16(_mm256_add_epi16(c, _mm256_add_epi16(c, c)), b), a);
    __m256i low = _mm256_min_epi16(a, b);
    __m256i high = _mm256_max_epi16(a, b);
    __m256i choice = _mm256_blendv_epi8(low, c, _mm256_cmpgt_epi16(high, t));
    return _mm256_blendv_epi8(high, choice, _mm256_cmpgt_epi16(t, low));
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
        a = _mm_add_epi8(paeth_128(a, b, c), x);
        c = b;
        store_word(to + 4 * i, _mm_packus_epi16(a, a));
    }
}

/* Row pointers of a wave, moved so that index t is the pixel each row is at in step t. */
struct wave {
    const uint8_t *from[UNFILTER_PAETH_ROWS_MAX];
    uint8_t *to[UNFILTER_PAETH_ROWS_MAX];
};

AVX2 static ALWAYS_INLINE __m256i wave_load(const struct wave *wave, size_t t, size_t count,
                                            size_t step) {
    __m128i x = load_word(wave->from[0] + step * t);
    int32_t word;
    memcpy(&word, wave->from[1] + step * t, sizeof(word));
    x = _mm_insert_epi32(x, word, 1);
    if (count > 2) {
        memcpy(&word, wave->from[2] + step * t, sizeof(word));
        x = _mm_insert_epi32(x, word, 2);
    }
    if (count > 3) {
        memcpy(&word, wave->from[3] + step * t, sizeof(word));
        x = _mm_insert_epi32(x, word, 3);
    }
    if (step == RGB) {
        x = _mm_and_si128(x, _mm_set1_epi32(0xffffff));
    }
    return _mm256_cvtepu8_epi16(x);
}

AVX2 static ALWAYS_INLINE void wave_store(const struct wave *wave, size_t t, size_t count,
                                          __m256i a) {
    __m256i packed = _mm256_packus_epi16(a, a);
    __m128i low = _mm256_castsi256_si128(packed);
    __m128i high = _mm256_extracti128_si256(packed, 1);
    int32_t word = _mm_extract_epi32(low, 1);
    store_word(wave->to[0] + 4 * t, low);
    memcpy(wave->to[1] + 4 * t, &word, sizeof(word));
    if (count > 2) {
        store_word(wave->to[2] + 4 * t, high);
    }
    if (count > 3) {
        word = _mm_extract_epi32(high, 1);
        memcpy(wave->to[3] + 4 * t, &word, sizeof(word));
    }
}

/* The finished pixels that the wave's rows reached in step t, one a lane. */
AVX2 static ALWAYS_INLINE __m256i wave_reload(const struct wave *wave, size_t t, size_t count) {
    int32_t words[UNFILTER_PAETH_ROWS_MAX] = { 0 };
    for (size_t row = 0; row < count; row++) {
        memcpy(&words[row], wave->to[row] + 4 * t, sizeof(words[row]));
    }
    return _mm256_cvtepu8_epi16(_mm_setr_epi32(words[0], words[1], words[2], words[3]));
}

AVX2 static ALWAYS_INLINE void paeth_wave(const struct unfilter_rows *rows, size_t count,
                                          size_t step) {
    const size_t begin = LAG * count;   /* the first step in which every row has a left pixel */
    const size_t pixels = rows->pixels;
    struct wave wave;
    for (size_t row = 0; row < count; row++) {
        const uint8_t *from = rows->from + row * rows->from_stride;
        uint8_t *to = rows->to + row * rows->to_stride;
        const uint8_t *above = row == 0 ? rows->above : to - rows->to_stride;
        paeth_part(from, above, to, 0, begin - LAG * row, step);
        wave.from[row] = from - LAG * step * row;
        wave.to[row] = to - 4 * LAG * row;
    }
    __m256i before = wave_reload(&wave, begin - 2, count);
    __m256i a = wave_reload(&wave, begin - 1, count);
    __m128i above = load_word(rows->above + 4 * (begin - 1));
    __m256i older = wave_reload(&wave, begin - 3, count - 1);   /* the last row hands nothing down */
    __m256i c = _mm256_blend_epi32(_mm256_permute4x64_epi64(older, 0x90),
                                   _mm256_castsi128_si256(_mm_cvtepu8_epi16(above)), 3);
    for (size_t t = begin; t < pixels; t++) {
        __m128i top = _mm_cvtepu8_epi16(load_word(rows->above + 4 * t));
        __m256i b = _mm256_blend_epi32(_mm256_permute4x64_epi64(before, 0x90),
                                       _mm256_castsi128_si256(top), 3);
        before = a;
        a = _mm256_add_epi8(paeth_256(a, b, c), wave_load(&wave, t, count, step));
        c = b;
        wave_store(&wave, t, count, a);
    }
    for (size_t row = 1; row < count; row++) {
        uint8_t *to = rows->to + row * rows->to_stride;
        paeth_part(rows->from + row * rows->from_stride, to - rows->to_stride, to,
                   pixels - LAG * row, pixels, step);
    }
}

AVX2 static ALWAYS_INLINE void paeth_rows(const struct unfilter_rows *rows, size_t step) {
    if (rows->count == 4) {
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
