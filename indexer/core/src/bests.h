/*
 * bests.h - Pareto fronts of (frequency, norm), the upper bounds of blocks.
 *
 * Units:    none
 * Shapes:   a front has at most SEGMENT_IMPACTS_MAX pairs, norms and frequencies
 *           ascending; a longer one is cut into that many runs and each run
 *           replaced by its largest frequency and smallest norm
 * Threads:  pure functions
 * Memory:   none
 * Errors:   none
 * Source:   docs/formats/index.md, "Impacts"; the pairs are Lucene's idea
 * Depends:  base
 */
#ifndef INDEXER_BESTS_H
#define INDEXER_BESTS_H

#include "segment_writer.h"

static inline void bests_add(struct segment_bests *bests, uint32_t frequency, uint8_t norm) {
    uint64_t bit = UINT64_C(1) << (norm & 63);
    if ((bests->used[norm >> 6] & bit) == 0) {
        bests->used[norm >> 6] |= bit;
        bests->frequency[norm] = frequency;
    } else if (bests->frequency[norm] < frequency) {
        bests->frequency[norm] = frequency;
    }
}

static inline void bests_clear(struct segment_bests *bests) {
    for (int word = 0; word < 4; word++) {
        bests->used[word] = 0;
    }
}

/* Add everything `from` has seen. */
void bests_merge(struct segment_bests *bests, const struct segment_bests *from);

uint32_t bests_front(const struct segment_bests *bests,
                     struct segment_impact out_impacts[SEGMENT_IMPACTS_MAX]);

#endif
