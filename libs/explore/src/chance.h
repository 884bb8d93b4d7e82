/*
 * chance.h - the dice of the strategies that throw them.
 *
 * Which thread, which store, which sleeper: the strategy's own way, or each as likely.
 * Failures are rarer: of the places where an allocation could fail, each should be the
 * one about as often, so the chance of one is that of one among those of the execution
 * before.
 */
#ifndef EXPLORE_CHANCE_H
#define EXPLORE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "strategy.h"

struct chance {
    uint64_t seed;
    uint64_t dice;
    bool has_met;                        /* any: else `met` is all 0 */
    uint32_t met[DECISION_KINDS];        /* in this execution */
    uint32_t expected[DECISION_KINDS];   /* the most of any so far */
};

/* Execution `run` has a generator of its own, so that any can be run alone. */
void chance_begin(struct chance *chance, uint64_t run);

/* An option of a decision that is not about threads. */
uint32_t chance_option(struct chance *chance, const struct choice *choice);

#endif
