/* caller.h - the calls that led to each step, from the innermost of the program outwards. */
#ifndef EXPLORE_CALLER_H
#define EXPLORE_CALLER_H

#include <stddef.h>

#include "source.h"
#include "trace.h"

enum { CALLER_DEPTH = 8 };

/* Forget what was kept; keep the calls of the next executions' steps if `is_wanted`. */
void caller_keep(int is_wanted);

/*
 * Finds the places of all calls kept since, and sets each step's caller to the first that
 * lies outside of libs/sync and the explorer.
 */
void caller_resolve(struct trace *trace, struct source_map *map);

#endif
