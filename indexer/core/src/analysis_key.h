/*
 * analysis_key.h - the hash of a short key, inline because it is on the hot path.
 *
 * Units:    none
 * Shapes:   a short key is 16 bytes, zero-padded, as two words
 * Threads:  pure functions
 * Memory:   none
 * Errors:   none
 * Source:   a 64 x 64 to 128 bit product folded, as in wyhash
 * Depends:  none
 */
#ifndef INDEXER_ANALYSIS_KEY_H
#define INDEXER_ANALYSIS_KEY_H

#include <stdint.h>

#include "wide.h"

static inline uint32_t analysis_hash(uint64_t first, uint64_t second) {
    wide_u128 product = (wide_u128)(first ^ UINT64_C(0x9e3779b97f4a7c15))
                                * (second ^ UINT64_C(0xe7037ed1a0b428db));
    uint64_t mixed = (uint64_t)product ^ (uint64_t)(product >> 64);
    return (uint32_t)(mixed ^ mixed >> 32);
}

#endif
