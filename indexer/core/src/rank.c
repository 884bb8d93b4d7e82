/* rank.c - logarithms and the saturation table. */
#include "rank.h"

#include "base/assert.h"
#include "segment.h"
#include "wide.h"

uint64_t rank_log2_q32(uint64_t x) {
    ASSERT(x >= 1);
    uint32_t shift = (uint32_t)__builtin_clzll(x);
    uint64_t mantissa = x << shift;   /* in [2^63, 2^64): a number in [1, 2) */
    uint64_t result = 63 - shift;
    for (int bit = 0; bit < 32; bit++) {
        wide_u128 square = (wide_u128)mantissa * mantissa;
        uint64_t is_two = (uint64_t)(square >> 127);
        mantissa = (uint64_t)(square >> (63 + is_two));
        result = result << 1 | is_two;
    }
    return result;
}

uint32_t rank_idf(uint64_t documents, uint64_t df) {
    ASSERT(df <= documents && documents < UINT64_C(1) << 32);
    return (uint32_t)((rank_log2_q32(2 * documents + 2) - rank_log2_q32(2 * df + 1)) >> 16);
}

static uint32_t k_of(uint64_t documents, uint64_t length_total, uint32_t length) {
    uint64_t total = length_total > 0 ? length_total : 1;
    wide_u128 top = (wide_u128)9 * length * documents
                            + (wide_u128)3 * total;
    wide_u128 k = (top << 16) / ((wide_u128)10 * total);
    return k > UINT32_MAX ? UINT32_MAX : (uint32_t)k;
}

void rank_table_init(struct rank_table *table, uint64_t documents, uint64_t length_total) {
    for (uint32_t norm = 0; norm < RANK_NORMS; norm++) {
        table->k_q16[norm] = k_of(documents, length_total, segment_norm_length((uint8_t)norm));
        table->saturation[norm][0] = 0;
        for (uint64_t tf = 1; tf < RANK_TABLE_TFS; tf++) {
            table->saturation[norm][tf] =
                (uint32_t)((tf << 32) / ((tf << 16) + table->k_q16[norm]));
        }
    }
}
