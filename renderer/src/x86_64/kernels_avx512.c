/*
 * kernels_avx512.c - sixteen pixels at a time, with a lane mask for the end of a row.
 *
 * The arithmetic is that of kernels_avx2.c, twice as wide.  Kernels that are bound
 * by gathering pixels rather than by arithmetic are the AVX2 ones.
 */
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "x86_64/kernels_x86.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define AVX512_INLINE static ALWAYS_INLINE AVX512

enum { LANES = 16, BLOCK = 64 };

AVX512_INLINE __m512i load(const uint32_t *from) {
    return _mm512_loadu_si512(from);
}

AVX512_INLINE void store(uint32_t *to, __m512i pixels) {
    _mm512_storeu_si512(to, pixels);
}

/* A bit for each of the first `count` lanes, count being below LANES. */
AVX512_INLINE __mmask16 first_lanes(size_t count) {
    return (__mmask16)((1u << count) - 1);
}

AVX512_INLINE __m512i load_some(const uint32_t *from, __mmask16 lanes) {
    return _mm512_maskz_loadu_epi32(lanes, from);
}

AVX512_INLINE void store_some(uint32_t *to, __mmask16 lanes, __m512i pixels) {
    _mm512_mask_storeu_epi32(to, lanes, pixels);
}

AVX512_INLINE __m512i multiply(__m512i a, __m512i b) {
    __m512i product = _mm512_add_epi16(_mm512_mullo_epi16(a, b), _mm512_set1_epi16(128));
    return _mm512_mulhi_epu16(product, _mm512_set1_epi16(257));
}

AVX512_INLINE __m512i low_half(__m512i pixels) {
    return _mm512_unpacklo_epi8(pixels, _mm512_setzero_si512());
}

AVX512_INLINE __m512i high_half(__m512i pixels) {
    return _mm512_unpackhi_epi8(pixels, _mm512_setzero_si512());
}

/* Spread byte `at` of each 32-bit lane over four 16-bit lanes; `half` picks 0 or 8. */
AVX512_INLINE __m512i spread(__m512i lanes, int half, int at) {
    char base = (char)(half + at);
    char next = (char)(half + at + 4);
    __m128i pick = _mm_set_epi8(-1, next, -1, next, -1, next, -1, next, -1, base, -1, base, -1,
                                base, -1, base);
    return _mm512_shuffle_epi8(lanes, _mm512_broadcast_i32x4(pick));
}

AVX512_INLINE __m512i over_sixteen(__m512i to, __m512i from) {
    __m512i kept = _mm512_xor_si512(from, _mm512_set1_epi32(-1));
    __m512i low = multiply(low_half(to), spread(kept, 0, 3));
    __m512i high = multiply(high_half(to), spread(kept, 8, 3));
    return _mm512_adds_epu8(from, _mm512_packus_epi16(low, high));
}

/* Pixels times a byte in the lowest byte of each 32-bit lane of `by`. */
AVX512_INLINE __m512i scale_sixteen(__m512i pixels, __m512i by) {
    __m512i low = multiply(low_half(pixels), spread(by, 0, 0));
    __m512i high = multiply(high_half(pixels), spread(by, 8, 0));
    return _mm512_packus_epi16(low, high);
}

AVX512 static void fill(uint32_t *to, uint32_t colour, size_t count) {
    const __m512i pixels = _mm512_set1_epi32((int)colour);
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
AVX512_INLINE bool is_opaque_block(const uint32_t *from) {
    __m512i all = _mm512_and_si512(_mm512_and_si512(load(from), load(from + LANES)),
                                   _mm512_and_si512(load(from + 2 * LANES),
                                                    load(from + 3 * LANES)));
    return _mm512_cmplt_epu32_mask(all, _mm512_set1_epi32((int)0xff000000)) == 0;
}

AVX512_INLINE bool is_clear_block(const uint32_t *from) {
    __m512i any = _mm512_or_si512(_mm512_or_si512(load(from), load(from + LANES)),
                                  _mm512_or_si512(load(from + 2 * LANES),
                                                  load(from + 3 * LANES)));
    return _mm512_test_epi32_mask(any, any) == 0;
}

AVX512_INLINE void over_block(uint32_t *to, const uint32_t *from) {
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
        store(to + i, over_sixteen(load(to + i), load(from + i)));
    }
}

AVX512 static void over(uint32_t *to, const uint32_t *from, size_t count) {
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        over_block(to + i, from + i);
    }
    for (; i + LANES <= count; i += LANES) {
        store(to + i, over_sixteen(load(to + i), load(from + i)));
    }
    __mmask16 rest = first_lanes(count - i);
    store_some(to + i, rest,
               over_sixteen(load_some(to + i, rest), load_some(from + i, rest)));
}

AVX512 static void over_alpha(uint32_t *to, const uint32_t *from, uint32_t alpha,
                              size_t count) {
    const __m512i by = _mm512_set1_epi32((int)alpha);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(to + i, over_sixteen(load(to + i), scale_sixteen(load(from + i), by)));
    }
    __mmask16 rest = first_lanes(count - i);
    __m512i last = scale_sixteen(load_some(from + i, rest), by);
    store_some(to + i, rest, over_sixteen(load_some(to + i, rest), last));
}

AVX512 static void over_mask(uint32_t *to, const uint32_t *from, const uint8_t *mask,
                             size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(mask + i));
        if (!_mm_testz_si128(bytes, bytes)) {
            __m512i above = load(from + i);
            if (!_mm_test_all_ones(bytes)) {
                above = scale_sixteen(above, _mm512_cvtepu8_epi32(bytes));
            }
            store(to + i, over_sixteen(load(to + i), above));
        }
    }
    __mmask16 rest = first_lanes(count - i);
    __m512i by = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(rest, mask + i));
    __m512i above = scale_sixteen(load_some(from + i, rest), by);
    store_some(to + i, rest, over_sixteen(load_some(to + i, rest), above));
}

AVX512_INLINE __m512i blend_sixteen(__m512i to, __m512i pixels, __m512i kept) {
    __m512i left = _mm512_packus_epi16(multiply(low_half(to), kept),
                                       multiply(high_half(to), kept));
    return _mm512_adds_epu8(pixels, left);
}

AVX512 static void blend(uint32_t *to, uint32_t colour, size_t count) {
    const __m512i pixels = _mm512_set1_epi32((int)colour);
    const __m512i kept = _mm512_set1_epi16((short)(255 - (colour >> 24)));
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(to + i, blend_sixteen(load(to + i), pixels, kept));
    }
    __mmask16 rest = first_lanes(count - i);
    store_some(to + i, rest, blend_sixteen(load_some(to + i, rest), pixels, kept));
}

AVX512 static void blend_mask(uint32_t *to, uint32_t colour, const uint8_t *mask,
                              size_t count) {
    const __m512i pixels = _mm512_set1_epi32((int)colour);
    for (size_t i = 0; i < count; i += LANES) {
        __mmask16 lanes = count - i < LANES ? first_lanes(count - i) : (__mmask16)0xffff;
        __m128i bytes = _mm_maskz_loadu_epi8(lanes, mask + i);
        if (!_mm_testz_si128(bytes, bytes)) {
            __m512i above = scale_sixteen(pixels, _mm512_cvtepu8_epi32(bytes));
            store_some(to + i, lanes, over_sixteen(load_some(to + i, lanes), above));
        }
    }
}

AVX512_INLINE __m512i ramp_start(const struct renderer_ramp *ramp, int c) {
    const __m512i number = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(_mm512_set1_epi32(ramp->value[c]),
                            _mm512_mullo_epi32(_mm512_set1_epi32(ramp->step[c]), number));
}

AVX512_INLINE __m512i ramp_whole(__m512i value, __m512i dither) {
    return _mm512_srai_epi32(_mm512_add_epi32(value, dither), RAMP_FRACTION_BITS);
}

AVX512_INLINE __m512i ramp_pixels(const __m512i value[4], __m512i dither) {
    const __m512i weave = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 8, 4, 12, 1, 9, 5, 13, 2, 10, 6, 14, 3, 11, 7, 15));
    const __m512i to_alpha = _mm512_broadcast_i32x4(
        _mm_setr_epi8(3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15));
    __m512i blue_red = _mm512_packs_epi32(ramp_whole(value[0], dither),
                                          ramp_whole(value[2], dither));
    __m512i green_alpha = _mm512_packs_epi32(ramp_whole(value[1], dither),
                                             ramp_whole(value[3], dither));
    __m512i pixels = _mm512_shuffle_epi8(_mm512_packus_epi16(blue_red, green_alpha), weave);
    return _mm512_min_epu8(pixels, _mm512_shuffle_epi8(pixels, to_alpha));
}

AVX512 static void ramp(uint32_t *to, const struct renderer_ramp *ramp, size_t count) {
    const __m512i dither = _mm512_broadcast_i32x8(
        _mm256_loadu_si256((const __m256i *)(const void *)ramp->dither));
    __m512i value[4];
    __m512i step[4];
    for (int c = 0; c < 4; c++) {
        value[c] = ramp_start(ramp, c);
        step[c] = _mm512_slli_epi32(_mm512_set1_epi32(ramp->step[c]), 4);
    }
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(to + i, ramp_pixels(value, dither));
        for (int c = 0; c < 4; c++) {
            value[c] = _mm512_add_epi32(value[c], step[c]);
        }
    }
    store_some(to + i, first_lanes(count - i), ramp_pixels(value, dither));
}

static void stretch(uint16_t *to, const uint32_t *from, const struct renderer_column *columns,
                    size_t count) {
    renderer_avx2_kernels.stretch(to, from, columns, count);
}

static void mix(uint32_t *to, const uint16_t *above, const uint16_t *below, uint32_t weight,
                size_t count) {
    renderer_avx2_kernels.mix(to, above, below, weight, count);
}

static void fade(uint8_t *to, const uint8_t *mask, uint32_t alpha, size_t count) {
    renderer_avx2_kernels.fade(to, mask, alpha, count);
}

const struct renderer_kernels renderer_avx512_kernels = {
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
