/*
 * search.h - run a case under a strategy until it fails, nothing is left or the budget is
 * used up.
 */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "coverage.h"
#include "engine.h"

enum { SEARCH_TWICE = 64 };   /* one execution in so many is run twice and compared */

/* An execution that failed. */
struct finding {
    bool is_there;
    uint64_t run;                    /* its number in the search, from 0 */
    uint32_t preemptions;
    enum verdict verdict;
    char text[TRACE_TEXT_BYTES];
    uint8_t *choices;                /* owned */
    size_t count;
};

void search_finding_finish(struct finding *finding);

struct search_result;

/* What is looked for. */
struct search {
    struct explore_case chosen;      /* its plan is what is run */
    uint64_t seed;
    uint64_t budget_ns;              /* 0: none */
    /*
     * Of `parts`, this search is part `part`: executions part, part + parts, ... of a seeded
     * strategy, and shard.h of a bounded one.  0 parts are 1.
     */
    uint32_t part;
    uint32_t parts;
    /*
     * Where another part found a failure: the number of its execution, or its preemptions
     * when the search is bounded.  What comes after that need not be run.
     */
    const _Atomic uint64_t *limit;   /* or NULL */
    /* Called now and then; NULL: nobody is told. */
    void (*tell)(void *context, const struct search_result *result);
    void *context;
};

struct search_result {
    uint64_t runs;                   /* executions, but for those below */
    uint64_t cut;                    /* by the strategy, which knew their continuations */
    uint64_t again;                  /* that an earlier round of the strategy had run */
    uint64_t elapsed_ns;
    bool is_exhausted;               /* the strategy has nothing left */
    struct coverage coverage;
    struct finding finding;
};

/* STATUS_NO_MEMORY; the result is complete also then, as far as it came. */
MUST_CHECK enum status search_case(const struct search *search, struct search_result *result);

/* Does the strategy try everything within its bounds? */
bool search_is_exhaustive(enum explore_strategy strategy);

/* Can a search by it be done in parts? */
bool search_has_parts(enum explore_strategy strategy);

/* A number that the plan leaves to be chosen. */
uint64_t search_runs(const struct explore_plan *plan);
uint32_t search_depth(const struct explore_plan *plan);

/* The run that the choices name; `trace` is filled.  False: out of memory. */
MUST_CHECK bool search_replay(const struct explore_case *chosen, const uint8_t *choices,
                              size_t count, struct trace *trace);

/*
 * The run that the choices name, twice, as search_case() would judge it: a finding when it
 * fails.
 */
MUST_CHECK enum status search_once(const struct explore_case *chosen, const uint8_t *choices,
                                   size_t count, struct search_result *result);

/*
 * What the serial run says in `trace` and output are compared with: a held execution
 * with another digest becomes VERDICT_OUTPUT.
 */
void search_judge(struct trace *trace, uint64_t serial_digest);

/* Monotonic time of the machine. */
uint64_t search_clock_ns(void);

#endif
