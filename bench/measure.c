/* measure.c - interleaved rounds, medians, and the line format of the bench table. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "sync/clock.h"

static double now(enum measure_clock clock) {
    return (double)(clock == MEASURE_PROCESS_CPU  ? sync_process_cpu_ns()
                    : clock == MEASURE_THREAD_CPU ? sync_thread_cpu_ns()
                                                  : sync_clock_ns());
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double measure_median(double *values, int count) {
    ASSERT(count > 0);
    qsort(values, (size_t)count, sizeof(*values), compare_doubles);
    return values[count / 2];
}

void measure(struct measure_body *bodies, int body_count, int rounds, enum measure_clock clock,
             unsigned pause_us) {
    static double times[MEASURE_BODIES_MAX][MEASURE_ROUNDS_MAX];
    ASSERT(body_count <= MEASURE_BODIES_MAX && rounds > 0 && rounds <= MEASURE_ROUNDS_MAX);
    for (int round = -1; round < rounds; round++) {
        for (int i = 0; i < body_count; i++) {
            if (pause_us > 0) {
                sync_sleep_ns(pause_us * 1000ull);
            }
            double start = now(clock);
            bodies[i].run(bodies[i].context);
            double taken = now(clock) - start;
            if (round >= 0) {
                times[i][round] = taken;
            }
        }
    }
    for (int i = 0; i < body_count; i++) {
        bodies[i].median_ns = measure_median(times[i], rounds);
        bodies[i].min_ns = times[i][0];
    }
}

void measure_row(const char *name, double ours, double peer, const char *unit, bool at_least,
                 double bar) {
    double ratio = peer != 0 ? ours / peer : 0;
    printf("%-44s %12.4g %12.4g %8.3f %-10s", name, ours, peer, ratio, unit);
    if (bar > 0) {
        bool met = at_least ? ratio >= bar : ratio <= bar;
        printf(" %s%-6.3g %s", at_least ? ">=" : "<=", bar, met ? "met" : "MISSED");
    }
    printf("\n");
    fflush(stdout);
}
