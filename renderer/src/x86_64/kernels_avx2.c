/*
 * kernels_avx2.c - eight pixels at a time.
 *
 * A product of bytes is x * y + 128 in 16 bits, then the high half of that times
 * 257: the same as (t + (t >> 8)) >> 8 without the two shifts and the sum.
 * Ends shorter than a vector are read and written through a lane mask.
 */
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "x86_64/kernels_x86.h"

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE static ALWAYS_INLINE AVX2

enum { LANES = 8, BLOCK = 32 };

AVX2_INLINE __m256i load(const uint32_t *from) {
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

AVX2_INLINE void store(uint32_t *to, __m256i pixels) {
    _mm256_storeu_si256((__m256i *)(void *)to, pixels);
}

/* All ones in the first `count` lanes. */
AVX2_INLINE __m256i first_lanes(size_t count) {
    const __m256i number = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), number);
}

AVX2_INLINE __m256i load_some(const uint32_t *from, __m256i lanes) {
    return _mm256_maskload_epi32((const int *)(const void *)from, lanes);
}

AVX2_INLINE void store_some(uint32_t *to, __m256i lanes, __m256i pixels) {
    _mm256_maskstore_epi32((int *)(void *)to, lanes, pixels);
}

/* Products of bytes kept in 16-bit lanes, divided by 255 and rounded. */
AVX2_INLINE __m256i multiply(__m256i a, __m256i b) {
    __m256i product = _mm256_add_epi16(_mm256_mullo_epi16(a, b), _mm256_set1_epi16(128));
    return _mm256_mulhi_epu16(product, _mm256_set1_epi16(257));
}

AVX2_INLINE __m256i low_half(__m256i pixels) {
    return _mm256_unpacklo_epi8(pixels, _mm256_setzero_si256());
}

AVX2_INLINE __m256i high_half(__m256i pixels) {
    return _mm256_unpackhi_epi8(pixels, _mm256_setzero_si256());
}

/* Spread the byte at `at` of each 32-bit lane over four 16-bit lanes, for each half. */
AVX2_INLINE __m256i spread_low(__m256i lanes, int at) {
    const __m256i pick = _mm256_set_epi8(-1, 4, -1, 4, -1, 4, -1, 4, -1, 0, -1, 0, -1, 0, -1, 0,
                                         -1, 4, -1, 4, -1, 4, -1, 4, -1, 0, -1, 0, -1, 0, -1, 0);
    return _mm256_shuffle_epi8(lanes, _mm256_or_si256(pick, _mm256_set1_epi16((short)at)));
}

AVX2_INLINE __m256i spread_high(__m256i lanes, int at) {
    const __m256i pick =
        _mm256_set_epi8(-1, 12, -1, 12, -1, 12, -1, 12, -1, 8, -1, 8, -1, 8, -1, 8,
                        -1, 12, -1, 12, -1, 12, -1, 12, -1, 8, -1, 8, -1, 8, -1, 8);
    return _mm256_shuffle_epi8(lanes, _mm256_or_si256(pick, _mm256_set1_epi16((short)at)));
}

/* to * (255 - alpha) for eight pixels, `kept` being the complement of the pixels above. */
AVX2_INLINE __m256i keep(__m256i to, __m256i kept) {
    __m256i low = multiply(low_half(to), spread_low(kept, 3));
    __m256i high = multiply(high_half(to), spread_high(kept, 3));
    return _mm256_packus_epi16(low, high);
}

AVX2_INLINE __m256i over_eight(__m256i to, __m256i from) {
    __m256i kept = _mm256_xor_si256(from, _mm256_set1_epi32(-1));
    return _mm256_adds_epu8(from, keep(to, kept));
}

/* Pixels times a byte in the lowest byte of each 32-bit lane of `by`. */
AVX2_INLINE __m256i scale_eight(__m256i pixels, __m256i by) {
    __m256i low = multiply(low_half(pixels), spread_low(by, 0));
    __m256i high = multiply(high_half(pixels), spread_high(by, 0));
    return _mm256_packus_epi16(low, high);
}

AVX2_INLINE uint64_t load_mask(const uint8_t *mask, size_t count) {
    uint64_t bytes = 0;
    memcpy(&bytes, mask, count);
    return bytes;
}

AVX2_INLINE __m256i widen_mask(uint64_t bytes) {
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)bytes));
}

AVX2 static void fill(uint32_t *to, uint32_t colour, size_t count) {
    const __m256i pixels = _mm256_set1_epi32((int)colour);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(to + i, pixels);
    }
    store_some(to + i, first_lanes(count - i), pixels);
}

static void copy(uint32_t *to, const uint32_t *from, size_t count) {
    memcpy(to, from, count * sizeof(*to));
}

/*
 * Four vectors.  Opaque and clear stretches are long in real pictures, so the first
 * pixel is asked before all are looked at: where alphas vary, that costs next to nothing.
 */
AVX2_INLINE bool is_opaque_block(const uint32_t *from) {
    __m256i all = _mm256_and_si256(_mm256_and_si256(load(from), load(from + LANES)),
                                   _mm256_and_si256(load(from + 2 * LANES),
                                                    load(from + 3 * LANES)));
    return _mm256_testc_si256(all, _mm256_set1_epi32((int)0xff000000)) != 0;
}

AVX2_INLINE bool is_clear_block(const uint32_t *from) {
    __m256i any = _mm256_or_si256(_mm256_or_si256(load(from), load(from + LANES)),
                                  _mm256_or_si256(load(from + 2 * LANES),
                                                  load(from + 3 * LANES)));
    return _mm256_testz_si256(any, any) != 0;
}

AVX2_INLINE void over_block(uint32_t *to, const uint32_t *from) {
    if (from[0] >= 0xff000000 && is_opaque_block(from)) {
        for (int i = 0; i < BLOCK; i += LANES) {
            store(to + i, load(from + i));
        }
        return;
    }
    if (from[0] == 0 && is_clear_block(from)) {
        return;
    }
    for (int i = 0; i < BLOCK; i += LANES) {
        store(to + i, over_eight(load(to + i), load(from + i)));
    }
}

AVX2 static void over(uint32_t *to, const uint32_t *from, size_t count) {
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        over_block(to + i, from + i);
    }
    for (; i + LANES <= count; i += LANES) {
        store(to + i, over_eight(load(to + i), load(from + i)));
    }
    __m256i rest = first_lanes(count - i);
    store_some(to + i, rest,
               over_eight(load_some(to + i, rest), load_some(from + i, rest)));
}

AVX2 static void over_alpha(uint32_t *to, const uint32_t *from, uint32_t alpha, size_t count) {
    const __m256i by = _mm256_set1_epi32((int)alpha);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(to + i, over_eight(load(to + i), scale_eight(load(from + i), by)));
    }
    __m256i rest = first_lanes(count - i);
    __m256i last = scale_eight(load_some(from + i, rest), by);
    store_some(to + i, rest, over_eight(load_some(to + i, rest), last));
}

AVX2 static void over_mask(uint32_t *to, const uint32_t *from, const uint8_t *mask,
                           size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        uint64_t bytes = load_mask(mask + i, LANES);
        if (bytes != 0) {
            __m256i above = load(from + i);
            if (bytes != UINT64_MAX) {
                above = scale_eight(above, widen_mask(bytes));
            }
            store(to + i, over_eight(load(to + i), above));
        }
    }
    __m256i rest = first_lanes(count - i);
    __m256i by = widen_mask(load_mask(mask + i, count - i));
    __m256i above = scale_eight(load_some(from + i, rest), by);
    store_some(to + i, rest, over_eight(load_some(to + i, rest), above));
}

AVX2 static void blend(uint32_t *to, uint32_t colour, size_t count) {
    const __m256i pixels = _mm256_set1_epi32((int)colour);
    const __m256i kept = _mm256_set1_epi16((short)(255 - (colour >> 24)));
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256i below = load(to + i);
        __m256i left = _mm256_packus_epi16(multiply(low_half(below), kept),
                                           multiply(high_half(below), kept));
        store(to + i, _mm256_adds_epu8(pixels, left));
    }
    __m256i rest = first_lanes(count - i);
    store_some(to + i, rest, over_eight(load_some(to + i, rest), pixels));
}

AVX2 static void blend_mask(uint32_t *to, uint32_t colour, const uint8_t *mask, size_t count) {
    const __m256i pixels = _mm256_set1_epi32((int)colour);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        uint64_t bytes = load_mask(mask + i, LANES);
        if (bytes != 0) {
            __m256i above = scale_eight(pixels, widen_mask(bytes));
            store(to + i, over_eight(load(to + i), above));
        }
    }
    uint64_t bytes = load_mask(mask + i, count - i);
    if (bytes != 0) {
        __m256i rest = first_lanes(count - i);
        __m256i above = scale_eight(pixels, widen_mask(bytes));
        store_some(to + i, rest, over_eight(load_some(to + i, rest), above));
    }
}

/* Channel c of eight pixels from i on, in 32-bit lanes. */
AVX2_INLINE __m256i ramp_start(const struct renderer_ramp *ramp, int c) {
    const __m256i number = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_add_epi32(_mm256_set1_epi32(ramp->value[c]),
                            _mm256_mullo_epi32(_mm256_set1_epi32(ramp->step[c]), number));
}

AVX2_INLINE __m256i ramp_whole(__m256i value, __m256i dither) {
    return _mm256_srai_epi32(_mm256_add_epi32(value, dither), RAMP_FRACTION_BITS);
}

AVX2_INLINE __m256i ramp_pixels(const __m256i value[4], __m256i dither) {
    const __m256i weave = _mm256_setr_epi8(0, 8, 4, 12, 1, 9, 5, 13, 2, 10, 6, 14, 3, 11, 7, 15,
                                           0, 8, 4, 12, 1, 9, 5, 13, 2, 10, 6, 14, 3, 11, 7, 15);
    const __m256i to_alpha = _mm256_setr_epi8(3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15,
                                              15, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15,
                                              15, 15);
    __m256i blue_red = _mm256_packs_epi32(ramp_whole(value[0], dither),
                                          ramp_whole(value[2], dither));
    __m256i green_alpha = _mm256_packs_epi32(ramp_whole(value[1], dither),
                                             ramp_whole(value[3], dither));
    /* Bytes b0..b3 r0..r3 g0..g3 a0..a3 in each half become b0 g0 r0 a0, b1 ... */
    __m256i pixels = _mm256_shuffle_epi8(_mm256_packus_epi16(blue_red, green_alpha), weave);
    return _mm256_min_epu8(pixels, _mm256_shuffle_epi8(pixels, to_alpha));
}

AVX2 static void ramp(uint32_t *to, const struct renderer_ramp *ramp, size_t count) {
    const __m256i dither = load((const uint32_t *)(const void *)ramp->dither);
    __m256i value[4];
    __m256i step[4];
    for (int c = 0; c < 4; c++) {
        value[c] = ramp_start(ramp, c);
        step[c] = _mm256_slli_epi32(_mm256_set1_epi32(ramp->step[c]), 3);
    }
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(to + i, ramp_pixels(value, dither));
        for (int c = 0; c < 4; c++) {
            value[c] = _mm256_add_epi32(value[c], step[c]);
        }
    }
    store_some(to + i, first_lanes(count - i), ramp_pixels(value, dither));
}

/* A column's two pixels as 16-bit pairs left, right, ready for multiply-and-add. */
AVX2_INLINE __m128i stretch_pixel(const uint32_t *from, const struct renderer_column *column) {
    __m128i left = _mm_cvtsi32_si128((int)from[column->left]);
    __m128i right = _mm_cvtsi32_si128((int)from[column->right]);
    __m128i pairs = _mm_cvtepu8_epi16(_mm_unpacklo_epi8(left, right));
    int weights = (int)(column->weight << 16 | (SCALE_ONE - column->weight));
    return _mm_madd_epi16(pairs, _mm_set1_epi32(weights));
}

AVX2 static void stretch(uint16_t *to, const uint32_t *from,
                         const struct renderer_column *columns, size_t count) {
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        __m128i first = stretch_pixel(from, &columns[i]);
        __m128i second = stretch_pixel(from, &columns[i + 1]);
        _mm_storeu_si128((__m128i *)(void *)(to + 4 * i), _mm_packus_epi32(first, second));
    }
    if (i < count) {
        __m128i last = stretch_pixel(from, &columns[i]);
        _mm_storel_epi64((__m128i *)(void *)(to + 4 * i), _mm_packus_epi32(last, last));
    }
}

/* Four pixels' channels in 16 bits: mixed, rounded, still in 16 bits. */
AVX2_INLINE __m256i mix_four(const uint16_t *above, const uint16_t *below, __m256i weights) {
    const __m256i half = _mm256_set1_epi32(1 << (2 * SCALE_BITS - 1));
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)above);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)below);
    __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights);
    __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights);
    low = _mm256_srli_epi32(_mm256_add_epi32(low, half), 2 * SCALE_BITS);
    high = _mm256_srli_epi32(_mm256_add_epi32(high, half), 2 * SCALE_BITS);
    return _mm256_packus_epi32(low, high);
}

AVX2 static void mix(uint32_t *to, const uint16_t *above, const uint16_t *below, uint32_t weight,
                     size_t count) {
    const __m256i weights = _mm256_set1_epi32((int)(weight << 16 | (SCALE_ONE - weight)));
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256i first = mix_four(above + 4 * i, below + 4 * i, weights);
        __m256i second = mix_four(above + 4 * i + 16, below + 4 * i + 16, weights);
        __m256i packed = _mm256_packus_epi16(first, second);
        store(to + i, _mm256_permute4x64_epi64(packed, 0xd8));
    }
    renderer_portable_kernels.mix(to + i, above + 4 * i, below + 4 * i, weight, count - i);
}

AVX2 static void fade(uint8_t *to, const uint8_t *mask, uint32_t alpha, size_t count) {
    const __m256i by = _mm256_set1_epi16((short)alpha);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(mask + i));
        __m256i product = multiply(_mm256_cvtepu8_epi16(bytes), by);
        __m128i packed = _mm_packus_epi16(_mm256_castsi256_si128(product),
                                          _mm256_extracti128_si256(product, 1));
        _mm_storeu_si128((__m128i *)(void *)(to + i), packed);
    }
    renderer_portable_kernels.fade(to + i, mask + i, alpha, count - i);
}

const struct renderer_kernels renderer_avx2_kernels = {
    .fill = fill,
    .copy = copy,
    .over = over,
    .over_alpha = over_alpha,
    .over_mask = over_mask,
    .blend = blend,
    .blend_mask = blend_mask,
    .ramp = ramp,
    .stretch = stretch,
    .mix = mix,
    .fade = fade,
};
