/*
 * coverage.h - how much of what there is to see a search has seen.
 *
 * A schedule is everything that was decided in an execution.  Counted are those that
 * differ, and from those seen exactly once follows, by Good and Turing, how likely it is
 * that one more execution shows a schedule not seen yet.  It says nothing about the
 * schedules that a strategy hardly ever makes.
 *
 * Both are exact up to some 12,000 schedules and estimates above: kept are the hashes that
 * begin with `level` zeros (Wegman's adaptive sampling), so memory does not grow.
 */
#ifndef EXPLORE_COVERAGE_H
#define EXPLORE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

enum { COVERAGE_SLOTS = 1 << 14 };

/* Starts as all zeros. */
struct coverage {
    uint64_t runs;
    uint32_t level;
    uint32_t used;
    uint64_t slots[COVERAGE_SLOTS];   /* a hash whose last bit says: seen more than once; 0: free */
};

void coverage_add(struct coverage *coverage, const struct trace *trace);
void coverage_merge(struct coverage *coverage, const struct coverage *other);
uint64_t coverage_different(const struct coverage *coverage);
/* From 0 to 1; 1 before the first. */
double coverage_unseen(const struct coverage *coverage);

#endif
