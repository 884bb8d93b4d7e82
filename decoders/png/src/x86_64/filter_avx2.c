/*
 * filter_avx2.c - filters applied and weighed 32 bytes at a time.
 *
 * Everything stays in bytes.  Paeth's three distances are |b - c|, |a - c| and
 * |a + b - 2c|; the third is the sum of the first two where b and a lie on the
 * same side of c, and their difference where they do not.  The sum may saturate
 * at 255: it then still is no less than either, which is all that is asked.
 */
#include <immintrin.h>
#include <string.h>

#include "base/attr.h"
#include "encoder.h"

#define AVX2 __attribute__((target("avx2")))

enum { BLOCK = 32 };

AVX2 static ALWAYS_INLINE __m256i load(const uint8_t *from) {
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

AVX2 static ALWAYS_INLINE __m256i distance(__m256i a, __m256i b) {
    return _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a));
}

/* Bytes where a >= b. */
AVX2 static ALWAYS_INLINE __m256i at_least(__m256i a, __m256i b) {
    return _mm256_cmpeq_epi8(_mm256_max_epu8(a, b), a);
}

AVX2 static ALWAYS_INLINE __m256i paeth(__m256i a, __m256i b, __m256i c) {
    __m256i from_a = distance(b, c);
    __m256i from_b = distance(a, c);
    __m256i same_side = _mm256_cmpeq_epi8(at_least(b, c), at_least(a, c));
    __m256i from_c = _mm256_blendv_epi8(distance(from_a, from_b),
                                        _mm256_adds_epu8(from_a, from_b), same_side);
    __m256i b_or_c = _mm256_blendv_epi8(c, b, at_least(from_c, from_b));
    __m256i is_a = _mm256_and_si256(at_least(from_b, from_a), at_least(from_c, from_a));
    return _mm256_blendv_epi8(b_or_c, a, is_a);
}

/* floor((a + b) / 2) */
AVX2 static ALWAYS_INLINE __m256i average(__m256i a, __m256i b) {
    __m256i odd = _mm256_and_si256(_mm256_xor_si256(a, b), _mm256_set1_epi8(1));
    return _mm256_sub_epi8(_mm256_avg_epu8(a, b), odd);
}

struct block {
    __m256i x;   /* the row, and what is left, above and at the corner of it */
    __m256i a;
    __m256i b;
    __m256i c;
};

AVX2 static ALWAYS_INLINE struct block load_block(const struct filter_line *line, size_t i) {
    return (struct block){ .x = load(line->row + i), .a = load(line->row + i - line->step),
                           .b = load(line->above + i), .c = load(line->above + i - line->step) };
}

AVX2 static ALWAYS_INLINE __m256i weigh(__m256i sum, __m256i residual) {
    __m256i size = _mm256_sad_epu8(_mm256_abs_epi8(residual), _mm256_setzero_si256());
    return _mm256_add_epi64(sum, size);
}

AVX2 static void sums_avx2(const struct filter_line *line, uint64_t sums[FILTER_COUNT]) {
    __m256i none = _mm256_setzero_si256();
    __m256i sub = none;
    __m256i up = none;
    __m256i mean = none;
    __m256i nearest = none;
    size_t i = 0;
    for (; i + BLOCK <= line->count; i += BLOCK) {
        struct block k = load_block(line, i);
        none = weigh(none, k.x);
        sub = weigh(sub, _mm256_sub_epi8(k.x, k.a));
        up = weigh(up, _mm256_sub_epi8(k.x, k.b));
        mean = weigh(mean, _mm256_sub_epi8(k.x, average(k.a, k.b)));
        nearest = weigh(nearest, _mm256_sub_epi8(k.x, paeth(k.a, k.b, k.c)));
    }
    const __m256i all[FILTER_COUNT] = { none, sub, up, mean, nearest };
    for (int filter = 0; filter < FILTER_COUNT; filter++) {
        uint64_t lanes[4];
        memcpy(lanes, &all[filter], sizeof(lanes));
        sums[filter] = lanes[0] + lanes[1] + lanes[2] + lanes[3];
    }
    filter_sums_from(line, i, sums);
}

AVX2 static ALWAYS_INLINE size_t apply_blocks(enum filter filter, const struct filter_line *line,
                                              uint8_t *to) {
    size_t i = 0;
    for (; i + BLOCK <= line->count; i += BLOCK) {
        struct block k = load_block(line, i);
        __m256i guess = filter == FILTER_SUB       ? k.a
                        : filter == FILTER_UP      ? k.b
                        : filter == FILTER_AVERAGE ? average(k.a, k.b)
                                                   : paeth(k.a, k.b, k.c);
        _mm256_storeu_si256((__m256i *)(void *)(to + i), _mm256_sub_epi8(k.x, guess));
    }
    return i;
}

AVX2 static void apply_avx2(enum filter filter, const struct filter_line *line, uint8_t *to) {
    size_t done = line->count;
    switch (filter) {
    case FILTER_SUB:
        done = apply_blocks(FILTER_SUB, line, to);
        break;
    case FILTER_UP:
        done = apply_blocks(FILTER_UP, line, to);
        break;
    case FILTER_AVERAGE:
        done = apply_blocks(FILTER_AVERAGE, line, to);
        break;
    case FILTER_PAETH:
        done = apply_blocks(FILTER_PAETH, line, to);
        break;
    default:
        memcpy(to, line->row, line->count);
        break;
    }
    filter_apply_from(filter, line, done, to);
}

static const struct filter_kernels kernels = { .sums = sums_avx2, .apply = apply_avx2 };

const struct filter_kernels *filter_vector_kernels(void) {
    return &kernels;
}
