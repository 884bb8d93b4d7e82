/*
 * measure.h - time our code and a peer's side by side, and print one line a figure.
 *
 * Rounds are interleaved (ours, peer, ours, peer, ...) so that a noisy machine
 * disturbs both alike.  A row is "name ours peer ratio unit bar verdict", where
 * ratio is ours / peer.
 *
 * Units:    nanoseconds
 * Shapes:   none
 * Threads:  the main thread
 * Memory:   none kept
 * Errors:   none
 * Source:   none
 * Depends:  base, sync
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

enum { MEASURE_BODIES_MAX = 8, MEASURE_ROUNDS_MAX = 256 };

enum measure_clock { MEASURE_PROCESS_CPU, MEASURE_THREAD_CPU, MEASURE_WALL };

struct measure_body {
    void (*run)(void *context);
    void *context;
    double min_ns;       /* filled in */
    double median_ns;
};

/* One unmeasured round, then `rounds` measured ones with `pause_us` of sleep before each run. */
void measure(struct measure_body *bodies, int body_count, int rounds, enum measure_clock clock,
             unsigned pause_us);

/* The median of `count` values; reorders them. */
double measure_median(double *values, int count);

/*
 * Print a row.  `at_least`: the ratio should be >= bar, else <= bar; a bar of 0 is
 * reported without verdict.
 */
void measure_row(const char *name, double ours, double peer, const char *unit, bool at_least,
                 double bar);

#endif
