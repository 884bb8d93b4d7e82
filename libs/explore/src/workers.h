/*
 * workers.h - a search by several processes.
 *
 * Execution i of a search is run by process i modulo their number.  A process that finds a
 * failure says so; the others go on only below its number, so that the failure with the
 * lowest number is the result, whatever their speed.  With a budget of time, how far each
 * came depends on its speed, and so does the result.
 */
#ifndef EXPLORE_WORKERS_H
#define EXPLORE_WORKERS_H

#include "search.h"

/*
 * search_case() by `count` processes; `search->first` and `stride` are set here.  Strategies
 * that try everything keep to one process, since each execution follows from the last.
 */
MUST_CHECK enum status workers_run(const struct search *search, uint32_t count,
                                   struct search_result *result);

#endif
