/*
 * workers.h - a search by several processes.
 *
 * Execution i of a seeded search is run by process i modulo their number; a bounded search is
 * cut at first preemptions.  A process that finds a failure says so; the others go on only
 * with what would have come before it, so that the result is the failure that one process
 * alone would have found, whatever their speed.  With a budget of time, how far each came
 * depends on its speed, and so does the result.
 */
#ifndef EXPLORE_WORKERS_H
#define EXPLORE_WORKERS_H

#include "search.h"

/*
 * search_case() by `count` processes; `search->part` and `parts` are set here.  Partial order
 * reduction keeps to one process, since each execution follows from those before it.
 */
MUST_CHECK enum status workers_run(const struct search *search, uint32_t count,
                                   struct search_result *result);

#endif
