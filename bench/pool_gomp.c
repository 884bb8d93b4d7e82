/* pool_gomp.c - libgomp, as OpenMP programs use it; OMP_WAIT_POLICY comes from outside. */
#include <omp.h>

#include "pool_work.h"

enum { TINY_GRAIN = 512, SUM_GRAIN = 10000 };

static void gomp_start(int workers) {
    omp_set_num_threads(workers);
    omp_set_dynamic(0);
}

static void gomp_each(int count, pool_body body, void *context) {
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < count; i++) {
        body(i, context);
    }
}

static void gomp_tiny(int count, pool_body body, void *context) {
#pragma omp parallel for schedule(dynamic, TINY_GRAIN)
    for (int i = 0; i < count; i++) {
        body(i, context);
    }
}

static double gomp_sum(const double *values, int count) {
    double sum = 0;
#pragma omp parallel for schedule(dynamic, SUM_GRAIN) reduction(+ : sum)
    for (int i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum;
}

const struct pool_peer pool_gomp = { "libgomp", gomp_start, gomp_each, gomp_tiny, gomp_sum };
