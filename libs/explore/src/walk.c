/*
 * walk.c - a random walk that makes all schedules about as likely.
 *
 * When every ready thread is as likely, a schedule in which a short thread runs late is
 * rare.  Taking a thread with the chance that its remaining steps have among all
 * remaining steps makes every interleaving as likely as every other, if the numbers of
 * steps are known (Zhao, Wolff, Mathur and Roychoudhury, "Selectively Uniform Concurrency
 * Testing", 2025).  They are taken from the executions before; the steps of threads that
 * are not started yet count for thread 0, which starts most of them.
 */
#include <stdlib.h>

#include "chance.h"
#include "engine.h"

struct walk {
    struct strategy strategy;
    struct chance chance;
    uint32_t expected[TRACE_THREADS_MAX];   /* steps, the mean of all executions, times 16 */
    uint32_t threads;                       /* the most seen */
    const uint32_t *made;                   /* of the execution */
};

static bool begin(void *self, uint64_t run) {
    struct walk *walk = self;
    chance_begin(&walk->chance, run);
    return true;
}

static uint32_t remaining(const struct walk *walk, const struct choice *choice, uint32_t thread) {
    uint32_t expected = walk->expected[thread] / 16;
    uint32_t left = expected > choice->made[thread] ? expected - choice->made[thread] : 1;
    for (uint32_t i = 1; thread == 0 && i < walk->threads; i++) {
        if (choice->made[i] == 0 && (choice->present >> i & 1) == 0) {
            left += walk->expected[i] / 16;
        }
    }
    return left;
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct walk *walk = self;
    if (choice->kind != DECIDE_THREAD) {
        return chance_option(&walk->chance, choice);
    }
    uint32_t weights[TRACE_THREADS_MAX];
    uint32_t sum = 0;
    walk->made = choice->made;
    for (uint32_t i = 0; i < choice->count; i++) {
        uint32_t thread = choice->threads[i];
        weights[i] = thread == TRACE_CLOCK ? 1 : remaining(walk, choice, thread);
        sum += weights[i];
    }
    uint32_t at = dice_below(&walk->chance.dice, sum);
    uint32_t option = 0;
    while (at >= weights[option]) {
        at -= weights[option++];
    }
    return option;
}

/* The mean moves by a sixteenth, so that one long execution does not mislead for ever. */
static void end(void *self, const struct trace *trace) {
    struct walk *walk = self;
    walk->threads = trace->threads > walk->threads ? trace->threads : walk->threads;
    for (uint32_t i = 0; walk->made != NULL && i < trace->threads; i++) {
        uint32_t expected = walk->expected[i];
        walk->expected[i] = expected == 0 ? 16 * walk->made[i]
                                          : expected - expected / 16 + walk->made[i];
    }
    walk->made = NULL;
}

static void destroy(struct strategy *strategy) {
    free(strategy->self);
}

struct strategy *strategy_walk_create(uint64_t seed) {
    struct walk *walk = calloc(1, sizeof(*walk));
    if (walk == NULL) {
        return NULL;
    }
    walk->chance.seed = seed;
    walk->strategy = (struct strategy){
        .self = walk, .begin = begin, .choose = choose, .end = end, .destroy = destroy };
    return &walk->strategy;
}
