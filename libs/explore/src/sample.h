/* sample.h - cases on threads of the system: whatever schedules there happen to be. */
#ifndef EXPLORE_SAMPLE_H
#define EXPLORE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "explore/explore.h"

enum { SAMPLE_TEXT_BYTES = 512 };

/* Is the body of libs/sync that is linked the one on threads? */
bool sample_is_on_threads(void);

/*
 * Runs the case again and again in a process of its own, so that a failed assertion, a
 * signal or a deadlock ends that and nothing else.  False: `text` says how it failed.
 */
MUST_CHECK bool sample_run(const struct explore_case *chosen, uint64_t budget_ns,
                           uint64_t *out_runs, char text[SAMPLE_TEXT_BYTES]);

#endif
