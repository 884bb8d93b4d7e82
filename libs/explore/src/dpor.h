/* dpor.h - every execution that differs, and few that do not: source sets and sleep sets. */
#ifndef EXPLORE_DPOR_H
#define EXPLORE_DPOR_H

#include "strategy.h"

/*
 * Explores one execution at least of every class of executions that differ only in the
 * order of steps that do not touch each other; dpor.md says why that is so, also for weak
 * memory.  NULL when memory ran out.
 */
struct strategy *strategy_dpor_create(void);

#endif
