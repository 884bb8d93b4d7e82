/*
 * term_sort.c - terms in byte order: eleven bits a pass over eight-byte prefixes,
 * then the few equal prefixes by their rest.
 */
#include <string.h>

#include "run_impl.h"

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, PASSES = 6, INSERTION_MAX = 24 };

static void pass(struct term_key *to, const struct term_key *from, uint32_t count,
                 uint32_t shift, uint32_t *starts) {
    uint32_t at = 0;
    for (uint32_t digit = 0; digit < DIGITS; digit++) {
        uint32_t here = starts[digit];
        starts[digit] = at;
        at += here;
    }
    for (uint32_t i = 0; i < count; i++) {
        to[starts[from[i].prefix >> shift & (DIGITS - 1)]++] = from[i];
    }
}

static bool is_below(const struct term_key *a, const struct term_key *b,
                     const struct analysis *analysis) {
    uint32_t a_bytes, b_bytes;
    const uint8_t *a_term = analysis_term(analysis, a->term, &a_bytes);
    const uint8_t *b_term = analysis_term(analysis, b->term, &b_bytes);
    int order = memcmp(a_term, b_term, a_bytes < b_bytes ? a_bytes : b_bytes);
    return order != 0 ? order < 0 : a_bytes < b_bytes;
}

/* A heap, for groups of equal prefixes too long to insert. */
static void sift(struct term_key *keys, uint32_t root, uint32_t count,
                 const struct analysis *analysis) {
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && is_below(&keys[child], &keys[child + 1], analysis)) {
            child++;
        }
        if (!is_below(&keys[root], &keys[child], analysis)) {
            return;
        }
        struct term_key held = keys[root];
        keys[root] = keys[child];
        keys[child] = held;
        root = child;
    }
}

static void sort_group(struct term_key *keys, uint32_t count, const struct analysis *analysis) {
    if (count <= INSERTION_MAX) {
        for (uint32_t i = 1; i < count; i++) {
            struct term_key held = keys[i];
            uint32_t at = i;
            for (; at > 0 && is_below(&held, &keys[at - 1], analysis); at--) {
                keys[at] = keys[at - 1];
            }
            keys[at] = held;
        }
        return;
    }
    for (uint32_t root = count / 2; root-- > 0;) {
        sift(keys, root, count, analysis);
    }
    for (uint32_t left = count - 1; left > 0; left--) {
        struct term_key held = keys[0];
        keys[0] = keys[left];
        keys[left] = held;
        sift(keys, 0, left, analysis);
    }
}

void term_keys_sort(struct term_key *keys, struct term_key *scratch, uint32_t count,
                    const struct analysis *analysis) {
    uint32_t starts[PASSES][DIGITS] = { { 0 } };
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t p = 0; p < PASSES; p++) {
            starts[p][keys[i].prefix >> (p * DIGIT_BITS) & (DIGITS - 1)]++;
        }
    }
    _Static_assert(PASSES % 2 == 0, "the result comes to stand in keys");
    for (uint32_t p = 0; p < PASSES; p += 2) {
        pass(scratch, keys, count, p * DIGIT_BITS, starts[p]);
        pass(keys, scratch, count, (p + 1) * DIGIT_BITS, starts[p + 1]);
    }
    for (uint32_t begin = 0; begin < count;) {
        uint32_t end = begin + 1;
        while (end < count && keys[end].prefix == keys[begin].prefix) {
            end++;
        }
        if (end - begin > 1) {
            sort_group(keys + begin, end - begin, analysis);
        }
        begin = end;
    }
}
