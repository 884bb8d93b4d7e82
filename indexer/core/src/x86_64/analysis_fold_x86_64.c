/* analysis_fold_x86_64.c - the AVX2 kernel: 64 bytes as two registers. */
#include <immintrin.h>

#include "analysis_impl.h"
#include "base/cpu.h"

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))

/* All ones where low <= byte <= low + span: a wrapping subtraction and an unsigned compare. */
static inline AVX2 __m256i in_range(__m256i bytes, char low, char span) {
    __m256i from_low = _mm256_sub_epi8(bytes, _mm256_set1_epi8(low));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(from_low, _mm256_set1_epi8(span)), from_low);
}

static inline AVX2 uint32_t fold_half(const uint8_t *from, uint8_t *to, uint32_t *out_high) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)from);
    __m256i capital = in_range(bytes, 'A', 'Z' - 'A');
    __m256i small = _mm256_or_si256(bytes, _mm256_and_si256(capital, _mm256_set1_epi8(0x20)));
    __m256i word = _mm256_or_si256(in_range(small, 'a', 'z' - 'a'), in_range(bytes, '0', 9));
    _mm256_storeu_si256((__m256i *)(void *)to, small);
    *out_high = (uint32_t)_mm256_movemask_epi8(bytes);
    return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(word, bytes));
}

static AVX2 uint64_t fold_avx2(const uint8_t *text, size_t blocks, uint8_t *fold, uint64_t *word,
                               uint64_t *high) {
    uint64_t any_high = 0;
    for (size_t block = 0; block < blocks; block++) {
        const uint8_t *from = text + block * ANALYSIS_BLOCK;
        uint8_t *to = fold + block * ANALYSIS_BLOCK;
        uint32_t high_low;
        uint32_t high_up;
        uint64_t low = fold_half(from, to, &high_low);
        uint64_t up = fold_half(from + 32, to + 32, &high_up);
        word[block] = up << 32 | low;
        high[block] = (uint64_t)high_up << 32 | high_low;
        any_high |= high[block];
    }
    return any_high;
}

analysis_fold_kernel analysis_fold_vector(void) {
    return cpu_level() >= CPU_AVX2 ? fold_avx2 : NULL;
}
