/*
 * engine.h - runs a case once, under a strategy.
 *
 * There is one engine in a process, since a program's calls of libs/sync find it without
 * being told.  It runs everything on the calling thread.
 */
#ifndef EXPLORE_ENGINE_H
#define EXPLORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "explore/explore.h"
#include "strategy.h"
#include "trace.h"

/* Make it: stacks, tables, handlers of signals.  STATUS_NO_MEMORY, STATUS_EXISTS. */
MUST_CHECK enum status engine_create(void);
void engine_destroy(void);

/*
 * One execution of `chosen`, whose `plan` says what it may meet.  `trace` is emptied
 * first, but for is_detailed, which is the caller's.  The strategy's begin() and end()
 * are the caller's to call.
 */
void engine_run(const struct explore_case *chosen, const struct strategy *strategy,
                struct trace *trace);

/* Whether plain accesses are looked at, where the program tells of them; at first they are. */
void engine_watch(bool is_wanted);

/* What an object of the last execution was, "lock 3", "word 5"; `text` has `room` bytes. */
void engine_object_text(uint32_t object, char *text, size_t room);

/* Memory of a trace that is no longer wanted. */
void trace_finish(struct trace *trace);

const char *verdict_name(enum verdict verdict);

/* Strategies; each is valid until its destroy.  NULL when memory ran out. */
struct strategy *strategy_random_create(uint64_t seed);
struct strategy *strategy_walk_create(uint64_t seed);
struct strategy *strategy_pct_create(uint64_t seed, uint32_t depth);
struct strategy *strategy_bounded_create(uint32_t preemptions);
/* Options one after another, then 0 for ever; `choices` is borrowed.  The serial run: none. */
struct strategy *strategy_replay_create(const uint8_t *choices, size_t count);
void strategy_destroy(struct strategy *strategy);

#endif
