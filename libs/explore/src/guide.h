/*
 * guide.h - schedules as what they do otherwise.
 *
 * A list of choices breaks when one is taken out: all that follow mean something else.  A
 * deviation says "when thread A had made k steps, B went on" and still means that when
 * another is gone.
 */
#ifndef EXPLORE_GUIDE_H
#define EXPLORE_GUIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"

/* A decision whose option was not 0. */
struct deviation {
    uint32_t made;         /* steps that the thread had made */
    uint32_t nth;          /* decisions of this kind that it met since that step */
    uint32_t decision;     /* its number in the execution that made it */
    uint8_t kind;          /* enum decision_kind */
    uint8_t thread;        /* that ran, or met the decision */
    uint8_t target;        /* of DECIDE_THREAD: who went on; else the option */
    bool is_preemption;    /* the thread could have gone on */
};

struct deviations {
    struct deviation *items;
    size_t count;
    size_t room;
};

void guide_deviations_finish(struct deviations *deviations);

/*
 * Runs the case once.  Either `choices` are followed, option by option, or, when `choices`
 * is NULL, `wanted`, each where it applies.  `out_made` gets what really deviated; may be
 * NULL.  False: out of memory.
 */
struct guide_way {
    const uint8_t *choices;
    size_t count;
    const struct deviations *wanted;
};
MUST_CHECK bool guide_run(const struct explore_case *chosen, const struct guide_way *way,
                          struct trace *trace, struct deviations *out_made);

#endif
