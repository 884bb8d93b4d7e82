/*
 * base/checked.h - sums and products of numbers that came from outside.
 *
 * Each returns true and writes *out when the result fits, and false, with *out
 * untouched, when it does not.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  pure functions
 * Memory:   none
 * Errors:   false means the result does not fit
 * Source:   gcc and clang overflow built-ins
 * Depends:  base/attr.h
 */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

MUST_CHECK static inline bool checked_add(size_t a, size_t b, size_t *out) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return false;
    }
    *out = sum;
    return true;
}

MUST_CHECK static inline bool checked_mul(size_t a, size_t b, size_t *out) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) {
        return false;
    }
    *out = product;
    return true;
}

MUST_CHECK static inline bool checked_add_u64(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return false;
    }
    *out = sum;
    return true;
}

MUST_CHECK static inline bool checked_mul_u64(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product)) {
        return false;
    }
    *out = product;
    return true;
}

#endif
