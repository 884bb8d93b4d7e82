/*
 * rank.h - BM25 in integers: the same score on every machine.
 *
 *   score(d) = sum over the query's terms t in d of
 *              (idf(t) * saturation(tf(t, d), norm(d))) >> 16
 *
 * idf and saturation are 16-bit fixed point, defined to the bit in
 * docs/formats/ranking.md together with how far they may lie from the exact
 * formula (k1 = 6/5, b = 3/4, logarithms to base 2).  Both are rounded downwards,
 * and saturation grows with tf and falls with the norm, so that the bound of a
 * block holds for each of its postings.
 *
 * Units:    idf in 1/65536 of a bit, saturation in 1/65536, lengths in words
 * Shapes:   a norm is one byte, the class of a document's length: segment_norm()
 * Threads:  pure functions; a table is read by any number of threads
 * Memory:   a table is a plain value
 * Errors:   none
 * Source:   Robertson, Walker et al., TREC-3 (1994)
 * Depends:  base, segment.h
 */
#ifndef INDEXER_RANK_H
#define INDEXER_RANK_H

#include <stdint.h>

enum {
    RANK_NORMS = 256,
    RANK_TABLE_TFS = 16,                /* frequencies below this are looked up */
};

/* 2^32 * log2(x), rounded down as docs/formats/ranking.md computes it; x >= 1. */
uint64_t rank_log2_q32(uint64_t x);

/*
 * log2((2 * documents + 2) / (2 * df + 1)) in 1/65536: the weight of a term found in
 * `df` of `documents` documents.  df <= documents < 2^32.
 */
uint32_t rank_idf(uint64_t documents, uint64_t df);

/* What follows from the number and mean length of the documents. */
struct rank_table {
    uint32_t k_q16[RANK_NORMS];                         /* k1 * (1 - b + b * length / mean) */
    uint32_t saturation[RANK_NORMS][RANK_TABLE_TFS];    /* by norm, then frequency */
};

/* `length_total` is the sum of the documents' lengths. */
void rank_table_init(struct rank_table *table, uint64_t documents, uint64_t length_total);

/* floor(tf * 2^32 / (tf * 2^16 + k_q16[norm])), 0 for tf 0; below 65536. */
static inline uint32_t rank_saturation(const struct rank_table *table, uint32_t tf, uint8_t norm) {
    if (tf < RANK_TABLE_TFS) {
        return table->saturation[norm][tf];
    }
    return (uint32_t)(((uint64_t)tf << 32) / (((uint64_t)tf << 16) + table->k_q16[norm]));
}

/* One term's part of a score; below 2^21. */
static inline uint32_t rank_part(uint32_t idf, uint32_t saturation) {
    return (uint32_t)((uint64_t)idf * saturation >> 16);
}

#endif
