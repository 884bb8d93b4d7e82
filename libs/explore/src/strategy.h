/*
 * strategy.h - who decides.
 *
 * The engine runs one execution after another; a strategy answers each decision of
 * it and is told how it ended.  Strategies share nothing and see no address.
 *
 * A thread is let go up to its next step and no further, so what every present thread
 * would do next is known at each decision.  Steps that nobody else can see are never
 * decided about: a STEP_SPAWN, and a STEP_JOIN of a thread that has ended, follow their
 * thread's step before them; a STEP_START comes at the next decision, when the new thread
 * goes on to its first step of its own; a STEP_EXIT follows the thread's last step.  A
 * STEP_WAIT that goes to sleep is followed, when it is woken or its deadline passes, by a
 * STEP_WOKEN or STEP_TIMED_OUT that is decided about like any other.  A decision that a
 * step needs (DECIDE_LOAD and so on) comes after the DECIDE_THREAD that let its thread go,
 * and before step() tells of it.
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
    uint32_t object;       /* 0: nothing shared; of STEP_JOIN: the number of the thread */
};

struct choice {
    enum decision_kind kind;
    uint32_t running;                 /* the thread that ran last, or meets the decision */
    uint32_t count;                   /* options, at least 2 */
    uint64_t enabled;                 /* of DECIDE_THREAD: a bit a thread */
    uint64_t present;                 /* threads that have begun and not ended, also blocked ones */
    uint64_t step;                    /* steps made so far */
    const uint32_t *made;             /* by thread number: steps made; of the threads that were
                                         started it stays valid until end() has returned */
    const struct pending *pending;    /* of DECIDE_THREAD: by thread number, of those present */
    const uint8_t *threads;           /* of DECIDE_THREAD: option -> thread */
    /* Of DECIDE_LOAD: option -> step of the store read; DECIDE_STORE: of the store it precedes. */
    const uint32_t *sources;
    /* Of those two: whether an option is one, which takes long to find out; NULL: all are. */
    bool (*is_possible)(uint32_t option);
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
    /* Whether the execution that ended was not one of those before; NULL: it was not. */
    bool (*is_news)(const void *self);
    /* Frees `self` and the strategy. */
    void (*destroy)(struct strategy *strategy);
    /*
     * The state of a generator, or NULL.  When there is one the engine draws options itself,
     * each as likely, by dice_below(), and calls choose() only about failures: DECIDE_MEMORY,
     * DECIDE_FILE, DECIDE_CRASH, DECIDE_SPURIOUS.
     */
    uint64_t *dice;
    /* It asks choice->is_possible() itself; of others an impossible option is cut short. */
    bool is_careful;
};

/*
 * A number below `bound`, of an xorshift generator whose state is not 0.  It comes from the
 * state as it is, so that nobody waits for the next state.
 */
static inline uint32_t dice_below(uint64_t *dice, uint32_t bound) {
    uint64_t x = *dice;
    uint64_t drawn = ((x * UINT64_C(0x2545f4914f6cdd1d)) >> 32) * bound >> 32;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *dice = x;
    return (uint32_t)drawn;
}

#define STRATEGY_PRUNE UINT32_MAX

#endif
