/*
 * pool_work.h - the fixed workloads of the pool bench, and what a pool must offer
 * to be measured by them.
 *
 * Every pool runs in a process of its own, so that one that spins does not slow
 * the others.  A loop calls body(index, context) for each index; in a tiny loop
 * the pool may hand out ranges in the way its interface does best.
 *
 * Units:    nanoseconds unless a name says otherwise
 * Shapes:   none
 * Threads:  the main thread, and the pool's
 * Memory:   static
 * Errors:   none; a pool that cannot be had ends the process
 * Source:   none
 * Depends:  base, sync, workpool
 */
#ifndef BENCH_POOL_WORK_H
#define BENCH_POOL_WORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { POOL_RESULTS = 1000000 };
extern uint64_t pool_results[POOL_RESULTS];   /* where the bodies write */

typedef void (*pool_body)(int index, void *context);

struct pool_peer {
    const char *name;
    void (*start)(int workers);
    /* Run body(i) for i in [0, count), one index at a time. */
    void (*each)(int count, pool_body body, void *context);
    /* The same for many tiny bodies. */
    void (*tiny)(int count, pool_body body, void *context);
    /* The sum of the values, as this pool's users would write it. */
    double (*sum)(const double *values, int count);
};

extern const struct pool_peer pool_workpool;
extern const struct pool_peer pool_workpool_single;
extern const struct pool_peer pool_tbb;
extern const struct pool_peer pool_tbb_fixed;   /* with its deterministic reduction */
extern const struct pool_peer pool_gomp;
extern const struct pool_peer pool_pthreadpool;
extern const struct pool_peer pool_glib;
extern const struct pool_peer pool_threads;     /* a thread a region, by hand */

enum pool_figure {
    POOL_HOT,          /* rendezvous of two bodies, regions back to back, median */
    POOL_COLD,         /* after 3 ms of sleep */
    POOL_IDLE,         /* cores burnt in the 200 ms after a region */
    POOL_TINY,         /* CPU of a tiny task */
    POOL_TINY_SERIAL,  /* the same in a plain loop */
    POOL_SKEW,         /* one big task first: serial / pool, wall, median */
    POOL_SUMS,         /* different bit patterns of one sum in 60 runs */
    POOL_SUM_CPU,      /* CPU of that sum */
    POOL_FIGURES
};

/* Measure everything; `is_busy` for POOL_SKEW alone, against a serial loop run in turn. */
void pool_measure(const struct pool_peer *peer, int workers, int is_busy,
                  double out_figures[POOL_FIGURES]);

/*
 * Nanoseconds that a word takes from this CPU to another and back, at best: what the
 * machine itself makes a rendezvous cost.  Virtual CPUs move, so it is measured anew.
 */
double pool_round_trip_ns(void);

/* Bit pattern of workpool's sum at that many workers. */
uint64_t pool_workpool_sum_bits(int workers);

#ifdef __cplusplus
}
#endif

#endif
