/*
 * pct.c - priorities: the ready thread with the highest runs, and a few times in an
 * execution the running one falls to the bottom.
 *
 * An error that needs d orderings between steps is met with a chance of at least
 * 1 / (n k^(d-1)) for n threads and k steps (Burckhardt, Kothari, Musuvathi and
 * Nagarakatte 2010).  That is for programs that do not spin: here a thread that made
 * QUANTUM steps in a row while others could have gone on falls to the bottom too, so that
 * every thread runs in the end.
 */
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "engine.h"

enum { CHANGES_MAX = 16, QUANTUM = 256, STEPS_FIRST = 64, DEPTH_DEFAULT = 3 };

struct pct {
    struct strategy strategy;
    struct chance chance;
    int64_t priorities[TRACE_THREADS_MAX];   /* 0: none yet */
    int64_t lowest;                          /* given so far */
    uint64_t changes[CHANGES_MAX];           /* steps, ascending */
    uint32_t change_count;
    uint32_t change;                         /* the next */
    uint64_t steps;                          /* the most of any execution */
    uint64_t since;                          /* the step from which the thread runs */
    uint32_t running;
};

static void sort(uint64_t *values, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t j = i; j > 0 && values[j - 1] > values[j]; j--) {
            uint64_t value = values[j];
            values[j] = values[j - 1];
            values[j - 1] = value;
        }
    }
}

static bool begin(void *self, uint64_t run) {
    struct pct *pct = self;
    chance_begin(&pct->chance, run);
    memset(pct->priorities, 0, sizeof(pct->priorities));
    for (uint32_t i = 0; i < pct->change_count; i++) {
        pct->changes[i] = 1 + dice_below(&pct->chance.dice, (uint32_t)pct->steps);
    }
    sort(pct->changes, pct->change_count);
    pct->change = 0;
    pct->lowest = 0;
    pct->since = 0;
    pct->running = TRACE_THREADS_MAX;
    return true;
}

static int64_t priority_of(struct pct *pct, uint32_t thread) {
    if (pct->priorities[thread] == 0) {
        pct->priorities[thread] = 1 + (int64_t)dice_below(&pct->chance.dice, UINT32_MAX);
    }
    return pct->priorities[thread];
}

static void demote(struct pct *pct, const struct choice *choice) {
    pct->priorities[choice->running] = --pct->lowest;
    pct->since = choice->step;
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct pct *pct = self;
    if (choice->kind != DECIDE_THREAD) {
        return chance_option(&pct->chance, choice);
    }
    if (choice->running != pct->running) {
        pct->running = choice->running;
        pct->since = choice->step;
    }
    while (pct->change < pct->change_count && choice->step >= pct->changes[pct->change]) {
        pct->change++;
        demote(pct, choice);
    }
    if (choice->step - pct->since > QUANTUM) {
        demote(pct, choice);
    }
    uint32_t best = 0;
    for (uint32_t i = 1; i < choice->count; i++) {
        if (priority_of(pct, choice->threads[i]) > priority_of(pct, choice->threads[best])) {
            best = i;
        }
    }
    if (choice->threads[best] == TRACE_CLOCK) {
        pct->priorities[TRACE_CLOCK] = --pct->lowest;   /* one step, and then again the others */
    }
    return best;
}

static void end(void *self, const struct trace *trace) {
    struct pct *pct = self;
    pct->steps = trace->step_count > pct->steps ? trace->step_count : pct->steps;
}

static void destroy(struct strategy *strategy) {
    free(strategy->self);
}

struct strategy *strategy_pct_create(uint64_t seed, uint32_t depth) {
    struct pct *pct = calloc(1, sizeof(*pct));
    if (pct == NULL) {
        return NULL;
    }
    depth = depth != 0 ? depth : DEPTH_DEFAULT;
    pct->chance.seed = seed;
    pct->steps = STEPS_FIRST;
    pct->change_count = depth - 1 < CHANGES_MAX ? depth - 1 : CHANGES_MAX;
    pct->strategy = (struct strategy){
        .self = pct, .begin = begin, .choose = choose, .end = end, .destroy = destroy };
    return &pct->strategy;
}
