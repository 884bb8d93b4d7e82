/*
 * sync/random.h - unpredictable bytes, for the rare place that may use them.
 *
 * Nothing that reaches an output may depend on them.  Tests and generators use a
 * seeded sequence instead: sync_sequence_next() gives the same numbers for the
 * same seed everywhere.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  sync_random_fill and sync_choice any; a sequence belongs to one thread
 * Memory:   none
 * Errors:   STATUS_IO when the system gives no randomness
 * Source:   getrandom(2); the sequence is SplitMix64 (Steele, Lea, Flood 2014)
 * Depends:  base
 */
#ifndef SYNC_RANDOM_H
#define SYNC_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"

MUST_CHECK enum status sync_random_fill(void *bytes, size_t count);

/*
 * A number below `count`, 1 to 255, with each of which the caller is right: 0 on threads;
 * under the explorer a decision, so that each is tried.
 */
uint32_t sync_choice(uint32_t count);

struct sync_sequence { uint64_t state; };

static inline uint64_t sync_sequence_next(struct sync_sequence *sequence) {
    uint64_t z = sequence->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A number in [0, bound), bound at least 1; the bias is below bound / 2^64. */
static inline uint64_t sync_sequence_below(struct sync_sequence *sequence, uint64_t bound) {
    return (uint64_t)((__extension__(unsigned __int128)sync_sequence_next(sequence) * bound) >> 64);
}

#endif
