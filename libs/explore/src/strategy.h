/*
 * strategy.h - who decides.
 *
 * The engine runs one execution after another; a strategy answers each decision of
 * it and is told how it ended.  Strategies share nothing and see no address.
 */
#ifndef EXPLORE_STRATEGY_H
#define EXPLORE_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

/* What a thread would do next: known before it is let go, so that a strategy can compare. */
struct pending {
    uint8_t kind;          /* enum step_kind */
    uint8_t order;
    uint8_t bytes;
    uint32_t object;       /* 0: nothing shared */
};

struct choice {
    enum decision_kind kind;
    uint32_t running;                 /* the thread that ran last, or meets the decision */
    uint32_t count;                   /* options, at least 2 */
    uint64_t enabled;                 /* of DECIDE_THREAD: a bit a thread */
    uint64_t present;                 /* threads that have begun and not ended, also blocked ones */
    const struct pending *pending;    /* of DECIDE_THREAD: by thread number, of those present */
    const uint8_t *threads;           /* of DECIDE_THREAD: option -> thread */
    /* Of DECIDE_LOAD: option -> step of the store read; DECIDE_STORE: of the store it precedes. */
    const uint32_t *sources;
};

struct strategy {
    void *self;
    /* Before execution `run`, from 0.  False: there is nothing left to try. */
    bool (*begin)(void *self, uint64_t run);
    /* An option below choice->count; STRATEGY_PRUNE ends the execution as held, uncounted. */
    uint32_t (*choose)(void *self, const struct choice *choice);
    /* A step was made; NULL when not wanted. */
    void (*step)(void *self, const struct step *step);
    /* The execution ended. */
    void (*end)(void *self, const struct trace *trace);
};

#define STRATEGY_PRUNE UINT32_MAX

#endif
