/* analysis_fold.c - the portable kernel: a byte at a time. */
#include "analysis_impl.h"

static inline uint64_t is_word_byte(uint8_t byte) {
    uint8_t small = byte | 0x20;
    return (small >= 'a' && small <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

uint64_t analysis_fold_portable(const uint8_t *text, size_t blocks, uint8_t *fold, uint64_t *word,
                                uint64_t *high) {
    uint64_t any_high = 0;
    for (size_t block = 0; block < blocks; block++) {
        const uint8_t *from = text + block * ANALYSIS_BLOCK;
        uint8_t *to = fold + block * ANALYSIS_BLOCK;
        uint64_t words = 0;
        uint64_t highs = 0;
        for (uint32_t i = 0; i < ANALYSIS_BLOCK; i++) {
            uint8_t byte = from[i];
            to[i] = (uint8_t)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
            words |= is_word_byte(byte) << i;
            highs |= (uint64_t)(byte >> 7) << i;
        }
        word[block] = words;
        high[block] = highs;
        any_high |= highs;
    }
    return any_high;
}
