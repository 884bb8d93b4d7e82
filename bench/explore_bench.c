/*
 * explore_bench.c - executions of the explorer a second, on one core.
 *
 * Three threads that lock, count and unlock three times each, under random schedules.
 * Relacy, the nearest peer, made 0.31 million a second of the same body on two cores of an
 * AMD EPYC (February 2026).  It is not packaged, so a row's peer is one million executions
 * a second, and its ratio the rate in millions.
 */
#include <stdio.h>
#include <time.h>

#include "engine.h"
#include "explore_body.h"
#include "measure.h"

enum { EXECUTIONS = 100000, ROUNDS = 11 };

void explore_bench_words(void) {
    run_words();
}

void explore_bench_mutexes(void) {
    run_mutexes();
}

/* The clock of libs/sync is virtual here. */
static double cpu_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double rate_once(const struct explore_case *chosen, struct strategy *strategy,
                        struct trace *trace, uint64_t first) {
    double begin = cpu_s();
    for (uint64_t run = first; run < first + EXECUTIONS; run++) {
        (void)strategy->begin(strategy->self, run);
        engine_run(chosen, strategy, trace);
        if (trace->verdict != VERDICT_HELD) {
            fprintf(stderr, "explore_bench: %s: %s\n", chosen->name, trace->text);
            return 0;
        }
    }
    return EXECUTIONS / (cpu_s() - begin) * 1e-6;
}

static void row(const char *name, void (*body)(void), enum explore_memory memory, double bar) {
    struct explore_case chosen = { .name = name, .body = body, .plan = { .memory = memory } };
    struct strategy *strategy = strategy_random_create(1);
    struct trace trace = { .decisions = NULL };
    double rates[ROUNDS];
    for (int round = 0; strategy != NULL && round < ROUNDS; round++) {
        rates[round] = rate_once(&chosen, strategy, &trace, (uint64_t)round * EXECUTIONS);
    }
    if (strategy != NULL) {
        measure_row(name, measure_median(rates, ROUNDS), 1.0, "million/s", true, bar);
    }
    strategy_destroy(strategy);
    trace_finish(&trace);
}

int main(void) {
    if (engine_create() != STATUS_OK) {
        return 1;
    }
    engine_watch(false);
    row("explore: 3 x 3 locks, SC", explore_bench_words, EXPLORE_MEMORY_SC, 1.5);
    row("explore: 3 x 3 mutexes, SC", explore_bench_mutexes, EXPLORE_MEMORY_SC, 1.5);
    engine_watch(true);
    row("explore: 3 x 3 locks, weak memory and races", explore_bench_words_watched,
        EXPLORE_MEMORY_WEAK, 0.9);
    row("explore: 3 x 3 mutexes, weak memory and races", explore_bench_mutexes_watched,
        EXPLORE_MEMORY_WEAK, 0.9);
    engine_destroy();
    return 0;
}
