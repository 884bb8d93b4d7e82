/*
 * shard.h - a part of a bounded search.
 *
 * Whose an execution is, is said by its first preemption: where it is and who goes on.  Those
 * of others end there.  Executions without one are run by all, and counted by the first.
 */
#ifndef EXPLORE_SHARD_H
#define EXPLORE_SHARD_H

#include "strategy.h"

/*
 * The executions of `whole` that are of part `index` of `count`; `whole` is destroyed with
 * it.  NULL when memory ran out, and then `whole` is not.
 */
struct strategy *shard_create(struct strategy *whole, uint32_t index, uint32_t count);

#endif
