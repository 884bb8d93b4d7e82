/*
 * mutate.h - break good files, the same way every time.
 *
 * A mutation is named by a number: the same seeds and number give the same bytes on
 * every machine, so a finding is repeated by its number.  Each takes one seed and does
 * one to four things to it: flip bits, overwrite bytes with telling values, rewrite a
 * 16- or 32-bit field in either byte order, cut, drop, double or fill a range, or go on
 * with the rest of another seed.
 *
 * Units:    bytes
 * Shapes:   a result has at most MUTATE_BYTES_MAX bytes
 * Threads:  pure functions
 * Memory:   the caller's
 * Errors:   none
 * Source:   the usual repertoire of file fuzzers
 * Depends:  sync/random.h
 */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sync/random.h"

enum { MUTATE_BYTES_MAX = 1 << 20, MUTATE_STEPS_MAX = 4 };

struct mutate_seed {
    const uint8_t *bytes;
    size_t count;            /* at most MUTATE_BYTES_MAX */
};

struct mutate_file {
    uint8_t bytes[MUTATE_BYTES_MAX];
    size_t count;
};

/* A number in [0, bound), 0 for bound 0. */
static inline size_t mutate_below(struct sync_sequence *sequence, size_t bound) {
    return bound == 0 ? 0 : (size_t)sync_sequence_below(sequence, bound);
}

/* Values that sit at the edges of what a field can say. */
static inline uint32_t mutate_value(struct sync_sequence *sequence, size_t count) {
    static const uint32_t edges[] = {
        0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 257, 32767, 32768,
        65534, 65535, 65536, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
    };
    size_t pick = mutate_below(sequence, sizeof(edges) / sizeof(*edges) + 3);
    if (pick < sizeof(edges) / sizeof(*edges)) {
        return edges[pick];
    }
    return (uint32_t)count + (uint32_t)mutate_below(sequence, 5) - 2;
}

static inline void mutate_bits(struct mutate_file *file, struct sync_sequence *sequence) {
    for (size_t left = 1 + mutate_below(sequence, 8); left > 0 && file->count > 0; left--) {
        size_t bit = mutate_below(sequence, file->count * 8);
        file->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* Overwrite 1, 2 or 4 bytes; headers, in front, are met more often. */
static inline void mutate_field(struct mutate_file *file, struct sync_sequence *sequence) {
    size_t width = (size_t)1 << mutate_below(sequence, 3);
    size_t reach = mutate_below(sequence, 2) == 0 && file->count > 64 ? 64 : file->count;
    if (reach < width) {
        return;
    }
    size_t at = mutate_below(sequence, reach - width + 1);
    uint32_t value = mutate_value(sequence, file->count);
    size_t is_big = mutate_below(sequence, 2);
    for (size_t i = 0; i < width; i++) {
        size_t shift = 8 * (is_big ? width - 1 - i : i);
        file->bytes[at + i] = (uint8_t)(value >> shift);
    }
}

static inline void mutate_cut(struct mutate_file *file, struct sync_sequence *sequence) {
    file->count = mutate_below(sequence, file->count + 1);
}

/* Remove `drop` bytes at `at` and open a gap of `grow` bytes there, if it fits. */
static inline void mutate_move(struct mutate_file *file, size_t at, size_t drop, size_t grow) {
    if (file->count - drop + grow <= MUTATE_BYTES_MAX) {
        memmove(file->bytes + at + grow, file->bytes + at + drop, file->count - at - drop);
        file->count += grow - drop;
    }
}

static inline void mutate_range(struct mutate_file *file, struct sync_sequence *sequence) {
    size_t at = mutate_below(sequence, file->count + 1);
    size_t left = file->count - at;
    size_t bytes = mutate_below(sequence, left < 64 ? left + 1 : 64);
    switch (mutate_below(sequence, 3)) {
    case 0:
        mutate_move(file, at, bytes, 0);
        break;
    case 1:   /* the gap keeps its bytes, which are the range again */
        mutate_move(file, at, 0, bytes);
        break;
    default:
        memset(file->bytes + at, (int)mutate_below(sequence, 256), bytes);
        break;
    }
}

static inline void mutate_splice(struct mutate_file *file, struct sync_sequence *sequence,
                                 const struct mutate_seed *other) {
    size_t at = mutate_below(sequence, file->count + 1);
    size_t from = mutate_below(sequence, other->count + 1);
    size_t bytes = other->count - from;
    if (at + bytes <= MUTATE_BYTES_MAX && bytes > 0) {
        memcpy(file->bytes + at, other->bytes + from, bytes);
        file->count = at + bytes;
    }
}

/* Mutation `number` of the seeds, of which there is at least one. */
static inline void mutate_make(const struct mutate_seed *seeds, size_t seed_count, uint64_t number,
                               struct mutate_file *file) {
    struct sync_sequence sequence = { .state = number * 0x9e3779b97f4a7c15u + 1 };
    const struct mutate_seed *seed = &seeds[number % seed_count];
    memcpy(file->bytes, seed->bytes, seed->count);
    file->count = seed->count;
    for (size_t left = 1 + mutate_below(&sequence, MUTATE_STEPS_MAX); left > 0; left--) {
        switch (mutate_below(&sequence, 8)) {
        case 0:
            mutate_cut(file, &sequence);
            break;
        case 1:
            mutate_splice(file, &sequence, &seeds[mutate_below(&sequence, seed_count)]);
            break;
        case 2:
        case 3:
            mutate_range(file, &sequence);
            break;
        case 4:
        case 5:
            mutate_field(file, &sequence);
            break;
        default:
            mutate_bits(file, &sequence);
            break;
        }
    }
}

#endif
