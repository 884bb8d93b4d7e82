/* bests.c - Pareto fronts, and the code of document lengths. */
#include "bests.h"

void bests_merge(struct segment_bests *bests, const struct segment_bests *from) {
    for (uint32_t word = 0; word < 4; word++) {
        for (uint64_t left = from->used[word]; left != 0; left &= left - 1) {
            uint32_t norm = word * 64 + (uint32_t)__builtin_ctzll(left);
            bests_add(bests, from->frequency[norm], (uint8_t)norm);
        }
    }
}

/* Pairs that no pair of a smaller norm beats; ascending in both. */
static uint32_t whole_front(const struct segment_bests *bests, struct segment_impact front[256]) {
    uint32_t count = 0;
    uint32_t highest = 0;
    for (uint32_t word = 0; word < 4; word++) {
        for (uint64_t left = bests->used[word]; left != 0; left &= left - 1) {
            uint32_t norm = word * 64 + (uint32_t)__builtin_ctzll(left);
            if (bests->frequency[norm] > highest) {
                highest = bests->frequency[norm];
                front[count++] = (struct segment_impact){ highest, (uint8_t)norm };
            }
        }
    }
    return count;
}

uint32_t bests_front(const struct segment_bests *bests,
                     struct segment_impact out_impacts[SEGMENT_IMPACTS_MAX]) {
    struct segment_impact front[256];
    uint32_t count = whole_front(bests, front);
    uint32_t kept = count < SEGMENT_IMPACTS_MAX ? count : (uint32_t)SEGMENT_IMPACTS_MAX;
    for (uint32_t run = 0; run < kept; run++) {
        uint32_t begin = run * count / kept;
        uint32_t end = (run + 1) * count / kept;
        out_impacts[run] = (struct segment_impact){ front[end - 1].frequency, front[begin].norm };
    }
    return kept;
}

enum { NORM_EXACT = 32, NORM_STEPS = 16, NORM_FIRST_OCTAVE = 5 };

uint8_t segment_norm(uint32_t token_count) {
    if (token_count < NORM_EXACT) {
        return (uint8_t)token_count;
    }
    uint32_t octave = 31 - (uint32_t)__builtin_clz(token_count);
    uint32_t step = (token_count >> (octave - 4)) & (NORM_STEPS - 1);
    uint32_t code = NORM_EXACT + (octave - NORM_FIRST_OCTAVE) * NORM_STEPS + step;
    return (uint8_t)(code < UINT8_MAX ? code : UINT8_MAX);
}

uint32_t segment_norm_length(uint8_t norm) {
    if (norm < NORM_EXACT) {
        return norm;
    }
    uint32_t octave = (norm - NORM_EXACT) / NORM_STEPS + NORM_FIRST_OCTAVE;
    uint32_t step = (norm - NORM_EXACT) % NORM_STEPS;
    return (NORM_STEPS + step) << (octave - 4);
}
