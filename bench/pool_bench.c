/*
 * pool_bench.c - workpool beside oneTBB, libgomp, pthreadpool, GThreadPool and
 * pthreads by hand, at two workers.
 *
 * Each pool runs in a process of its own, ours and the peer in turn, three times;
 * a figure is the median of the three.  For the busy rows two processes a CPU spin
 * beside it.  With a pool's name as argument the program is one of those processes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/attr.h"
#include "measure.h"
#include "pool_work.h"
#include "sync/thread.h"

enum { WORKERS = 2, TIMES = 3, SPINNERS_PER_CPU = 2, SPINNERS_MAX = 64 };

struct row {
    const struct pool_peer *peer;
    const char *name;
    const char *wait_policy;     /* OMP_WAIT_POLICY, or NULL */
    double figures[POOL_FIGURES];
    double busy_skew;
};

static struct row rows[] = {
    { .peer = &pool_workpool, .name = "workpool" },
    { .peer = &pool_workpool_single, .name = "workpool-single" },
    { .peer = &pool_tbb, .name = "oneTBB" },
    { .peer = &pool_tbb_fixed, .name = "oneTBB-deterministic" },
    { .peer = &pool_gomp, .name = "libgomp" },
    { .peer = &pool_gomp, .name = "libgomp-passive", .wait_policy = "passive" },
    { .peer = &pool_pthreadpool, .name = "pthreadpool" },
    { .peer = &pool_glib, .name = "GThreadPool" },
    { .peer = &pool_threads, .name = "pthreads-by-hand" },
};

static const char *const units[POOL_FIGURES] = {
    [POOL_HOT] = "hot rendezvous, us", [POOL_COLD] = "cold rendezvous, us",
    [POOL_IDLE] = "idle burn, cores", [POOL_TINY] = "tiny task CPU, ns",
    [POOL_TINY_SERIAL] = "tiny task CPU, serial, ns", [POOL_SKEW] = "big task first, x serial",
    [POOL_SUMS] = "bit patterns of a sum in 60 runs", [POOL_SUM_CPU] = "sum of 1e6, CPU, ms",
};
static const double scales[POOL_FIGURES] = {
    [POOL_HOT] = 1e-3, [POOL_COLD] = 1e-3, [POOL_IDLE] = 1, [POOL_TINY] = 1,
    [POOL_TINY_SERIAL] = 1, [POOL_SKEW] = 1, [POOL_SUMS] = 1, [POOL_SUM_CPU] = 1e-6,
};

/* The child: measure one pool and print its figures. */
static int measure_one(const char *name, bool is_busy) {
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            double figures[POOL_FIGURES];
            pool_measure(rows[i].peer, WORKERS, is_busy, figures);
            for (int f = 0; f < POOL_FIGURES; f++) {
                printf("%.17g\n", figures[f]);
            }
            fflush(stdout);
            _exit(0);   /* some peers have threads that do not end */
        }
    }
    fprintf(stderr, "pool_bench: %s: no such pool\n", name);
    return 2;
}

static void ask(const char *program, const struct row *row, bool is_busy,
                double out_figures[POOL_FIGURES]) {
    char command[512];
    snprintf(command, sizeof(command), "%s%s '%s' %s %s",
             row->wait_policy != NULL ? "OMP_WAIT_POLICY=" : "",
             row->wait_policy != NULL ? row->wait_policy : "", program, row->name,
             is_busy ? "busy" : "");
    FILE *pipe = popen(command, "r");
    ASSERT(pipe != NULL);
    for (int f = 0; f < POOL_FIGURES; f++) {
        if (fscanf(pipe, "%lf", &out_figures[f]) != 1) {
            fprintf(stderr, "pool_bench: %s gave no figures\n", row->name);
            exit(1);
        }
    }
    pclose(pipe);
}

static void ask_all(const char *program, bool is_busy) {
    static double times[COUNT_OF(rows)][POOL_FIGURES][TIMES];
    for (int t = 0; t < TIMES; t++) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            double figures[POOL_FIGURES];
            ask(program, &rows[i], is_busy, figures);
            for (int f = 0; f < POOL_FIGURES; f++) {
                times[i][f][t] = figures[f];
            }
        }
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int f = 0; f < POOL_FIGURES && !is_busy; f++) {
            rows[i].figures[f] = measure_median(times[i][f], TIMES) * scales[f];
        }
        if (is_busy) {
            rows[i].busy_skew = measure_median(times[i][POOL_SKEW], TIMES);
        }
    }
}

static int start_spinners(pid_t *spinners) {
    int cpus[SYNC_CPUS_MAX];
    int count = (int)sync_cpus_allowed(cpus) * SPINNERS_PER_CPU;
    count = count < SPINNERS_MAX ? count : SPINNERS_MAX;
    for (int i = 0; i < count; i++) {
        spinners[i] = fork();
        ASSERT(spinners[i] >= 0);
        if (spinners[i] == 0) {
            for (volatile unsigned turn = 0;; turn++) {
            }
        }
    }
    return count;
}

static void stop_spinners(const pid_t *spinners, int count) {
    for (int i = 0; i < count; i++) {
        kill(spinners[i], SIGKILL);
        waitpid(spinners[i], NULL, 0);
    }
}

static void print_bars(void) {
    const struct row *ours = &rows[0];
    const double *figures = ours->figures;
    measure_row("pool: hot rendezvous, median", figures[POOL_HOT], 0.25, "us", false, 1);
    measure_row("pool: hot rendezvous, to a bare round trip", figures[POOL_HOT] * 1000,
                pool_round_trip_ns(), "ns", false, 0);
    measure_row("pool: cold rendezvous, median", figures[POOL_COLD], 40, "us", false, 1);
    measure_row("pool: idle burn", figures[POOL_IDLE], 0.005, "cores", false, 1);
    measure_row("pool: 1e6 tiny tasks, against serial", figures[POOL_TINY],
                figures[POOL_TINY_SERIAL], "ns CPU", false, 1.35);
    measure_row("pool: the same, a chunk a task", rows[1].figures[POOL_TINY],
                rows[1].figures[POOL_TINY_SERIAL], "ns CPU", false, 1.35);
    measure_row("pool: big task first, x serial", figures[POOL_SKEW], 1, "x", true, 1.9);
    measure_row("pool: busy machine, x serial", ours->busy_skew, 1, "x", true, 0.95);
    int distinct = 1;
    uint64_t first = pool_workpool_sum_bits(1);
    for (int workers = 2; workers <= 16; workers++) {
        distinct += pool_workpool_sum_bits(workers) != first;
    }
    measure_row("pool: FP sum patterns at 1..16 workers", distinct, 1, "patterns", false, 1);
}

static void print_peers(void) {
    for (size_t i = 1; i < COUNT_OF(rows); i++) {
        for (int f = 0; f < POOL_FIGURES; f++) {
            char name[96];
            snprintf(name, sizeof(name), "pool/%s: %s", rows[i].name, units[f]);
            measure_row(name, rows[0].figures[f], rows[i].figures[f], "", f == POOL_SKEW, 0);
        }
        char name[96];
        snprintf(name, sizeof(name), "pool/%s: busy, x serial", rows[i].name);
        measure_row(name, rows[0].busy_skew, rows[i].busy_skew, "", true, 0);
    }
}

int main(int argc, char **argv) {
    if (argc > 1) {
        return measure_one(argv[1], argc > 2);
    }
    char program[256];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    ASSERT(length > 0);
    program[length] = '\0';
    ask_all(program, false);
    pid_t spinners[SPINNERS_MAX];
    int count = start_spinners(spinners);
    ask_all(program, true);
    stop_spinners(spinners, count);
    print_bars();
    print_peers();
    return 0;
}
