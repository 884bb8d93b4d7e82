/* search.c - one execution after another. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dpor.h"
#include "shard.h"

enum {
    RUNS_DEFAULT = 20000,
    DEPTH_DEFAULT = 3,
    LOOK_UP_EVERY = 32       /* executions between two looks at the clock */
};

static const char output_differs[] =
    "the output differs from that of the serial execution";
uint64_t search_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool search_is_exhaustive(enum explore_strategy strategy) {
    return strategy == EXPLORE_BOUNDED || strategy == EXPLORE_DPOR;
}

/* Each execution of a partial order reduction follows from all that were before it. */
bool search_has_parts(enum explore_strategy strategy) {
    return strategy != EXPLORE_DPOR;
}

static uint32_t parts_of(const struct search *search) {
    return search->parts > 1 ? search->parts : 1;
}

uint64_t search_runs(const struct explore_plan *plan) {
    if (plan->runs != 0) {
        return plan->runs;
    }
    return search_is_exhaustive(plan->strategy) ? UINT64_MAX : RUNS_DEFAULT;
}

uint32_t search_depth(const struct explore_plan *plan) {
    return plan->depth != 0 ? plan->depth : DEPTH_DEFAULT;
}

void search_finding_finish(struct finding *finding) {
    free(finding->choices);
    *finding = (struct finding){ .is_there = false };
}

static struct strategy *create(const struct explore_plan *plan, uint64_t seed) {
    switch (plan->strategy) {
    case EXPLORE_WALK: return strategy_walk_create(seed);
    case EXPLORE_PCT: return strategy_pct_create(seed, search_depth(plan));
    case EXPLORE_BOUNDED: return strategy_bounded_create(plan->preemptions);
    case EXPLORE_DPOR: return strategy_dpor_create();
    default: return strategy_random_create(seed);
    }
}

/* The strategy, or this part of it. */
static struct strategy *create_part(const struct search *search) {
    struct strategy *whole = create(&search->chosen.plan, search->seed);
    if (whole == NULL || parts_of(search) == 1 ||
        search->chosen.plan.strategy != EXPLORE_BOUNDED) {
        return whole;
    }
    struct strategy *part = shard_create(whole, search->part, search->parts);
    if (part == NULL) {
        strategy_destroy(whole);
    }
    return part;
}

void search_judge(struct trace *trace, uint64_t serial_digest) {
    if (trace->verdict == VERDICT_HELD && !trace->is_pruned && trace->digest != serial_digest) {
        trace->verdict = VERDICT_OUTPUT;
        snprintf(trace->text, sizeof(trace->text), "%s", output_differs);
    }
}

/* False: the strategy has nothing left. */
static bool run_once(const struct explore_case *chosen, const struct strategy *strategy,
                     uint64_t number, struct trace *trace) {
    if (strategy->begin != NULL && !strategy->begin(strategy->self, number)) {
        return false;
    }
    engine_run(chosen, strategy, trace);
    if (strategy->end != NULL) {
        strategy->end(strategy->self, trace);
    }
    return true;
}

bool search_replay(const struct explore_case *chosen, const uint8_t *choices, size_t count,
                   struct trace *trace) {
    struct strategy *strategy = strategy_replay_create(choices, count);
    if (strategy == NULL) {
        return false;
    }
    (void)run_once(chosen, strategy, 0, trace);
    strategy_destroy(strategy);
    return true;
}

/* The choices of an execution, without the zeros at their end. */
static uint8_t *choices_of(const struct trace *trace, size_t *out_count) {
    size_t count = trace->decision_count;
    while (count > 0 && trace->decisions[count - 1].chosen == 0) {
        count--;
    }
    uint8_t *choices = malloc(count + 1);
    for (size_t i = 0; choices != NULL && i < count; i++) {
        choices[i] = trace->decisions[i].chosen;
    }
    *out_count = count;
    return choices;
}

/* The state of a search that is going on. */
struct run {
    const struct search *search;
    struct search_result *result;
    struct trace trace;
    struct trace again;
    uint64_t serial_digest;
    uint64_t begun_ns;
};

static enum status found(struct run *run, uint64_t number, const struct trace *trace) {
    struct finding *finding = &run->result->finding;
    *finding = (struct finding){ .is_there = true, .run = number, .verdict = trace->verdict,
                                 .preemptions = trace->preemptions };
    memcpy(finding->text, trace->text, sizeof(finding->text));
    finding->choices = choices_of(trace, &finding->count);
    return finding->choices != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static bool is_same(const struct trace *a, const struct trace *b) {
    return a->decision_count == b->decision_count && a->step_count == b->step_count &&
           a->verdict == b->verdict && a->digest == b->digest && a->threads == b->threads &&
           strcmp(a->text, b->text) == 0 &&
           (a->decision_count == 0 ||
            memcmp(a->decisions, b->decisions, a->decision_count * sizeof(a->decisions[0])) == 0);
}

/* The execution once more: anything that differs was not decided by us. */
static enum status run_again(struct run *run) {
    size_t count;
    uint8_t *choices = choices_of(&run->trace, &count);
    if (choices == NULL ||
        !search_replay(&run->search->chosen, choices, count, &run->again)) {
        free(choices);
        return STATUS_NO_MEMORY;
    }
    free(choices);
    search_judge(&run->again, run->serial_digest);
    if (!is_same(&run->trace, &run->again)) {
        const char *first = verdict_name(run->trace.verdict);
        snprintf(run->trace.text, sizeof(run->trace.text),
                 "the same decisions gave %s in %zu steps, then %s in %zu: a clock, an address, "
                 "chance, or static state that reset() does not put back", first,
                 run->trace.step_count, verdict_name(run->again.verdict), run->again.step_count);
        run->trace.verdict = VERDICT_UNCONTROLLED;
    }
    return STATUS_OK;
}

/* The first execution, which says what the output is to be. */
static enum status run_serially(struct run *run) {
    if (!search_replay(&run->search->chosen, NULL, 0, &run->trace)) {
        return STATUS_NO_MEMORY;
    }
    run->serial_digest = run->trace.digest;
    enum status status = run_again(run);
    if (status == STATUS_OK && run->trace.verdict != VERDICT_HELD) {
        run->result->runs++;
        status = found(run, 0, &run->trace);
    }
    return status;
}

static bool is_over(const struct run *run, uint64_t number, uint64_t passed) {
    const struct search *search = run->search;
    bool is_bounded = search->chosen.plan.strategy == EXPLORE_BOUNDED;
    uint64_t limit = search->limit != NULL ? atomic_load(search->limit) : UINT64_MAX;
    if (number >= search_runs(&search->chosen.plan) ||
        (is_bounded ? run->trace.preemptions > limit : number >= limit)) {
        return true;
    }
    if (passed % LOOK_UP_EVERY != 0) {
        return false;
    }
    run->result->elapsed_ns = search_clock_ns() - run->begun_ns;
    if (search->tell != NULL) {
        search->tell(search->context, run->result);
    }
    return search->budget_ns != 0 && run->result->elapsed_ns >= search->budget_ns;
}

static enum status take_result(struct run *run, uint64_t number, uint64_t passed,
                               bool is_news) {
    struct search_result *result = run->result;
    enum status status = STATUS_OK;
    if (run->trace.is_pruned) {
        result->cut++;
        return STATUS_OK;
    }
    if (!is_news) {
        result->again++;
    } else {
        result->runs++;
        coverage_add(&result->coverage, &run->trace);
    }
    search_judge(&run->trace, run->serial_digest);
    if (passed % SEARCH_TWICE == 1 || run->trace.verdict != VERDICT_HELD) {
        status = run_again(run);
    }
    if (status == STATUS_OK && run->trace.verdict != VERDICT_HELD) {
        status = found(run, number, &run->trace);
    }
    return status;
}

static enum status run_strategy(struct run *run, struct strategy *strategy) {
    const struct search *search = run->search;
    enum status status = STATUS_OK;
    bool is_bounded = search->chosen.plan.strategy == EXPLORE_BOUNDED;
    uint64_t number = is_bounded ? 0 : search->part;
    uint32_t stride = is_bounded ? 1 : parts_of(search);
    for (uint64_t passed = 0; status == STATUS_OK; passed++, number += stride) {
        if (is_over(run, number, passed)) {
            break;
        }
        if (!run_once(&search->chosen, strategy, number, &run->trace)) {
            run->result->is_exhausted = true;
            break;
        }
        bool is_news = strategy->is_news == NULL || strategy->is_news(strategy->self);
        status = take_result(run, number, passed, is_news);
        if (run->result->finding.is_there) {
            break;
        }
    }
    return status;
}

enum status search_once(const struct explore_case *chosen, const uint8_t *choices, size_t count,
                        struct search_result *result) {
    struct search search = { .chosen = *chosen };
    struct run run = { .search = &search, .result = result };
    memset(result, 0, sizeof(*result));
    enum status status = STATUS_NO_MEMORY;
    if (search_replay(chosen, NULL, 0, &run.trace)) {
        run.serial_digest = run.trace.digest;
        if (search_replay(chosen, choices, count, &run.trace)) {
            search_judge(&run.trace, run.serial_digest);
            status = run_again(&run);
        }
    }
    result->runs = 1;
    if (status == STATUS_OK && run.trace.verdict != VERDICT_HELD) {
        status = found(&run, 0, &run.trace);
    }
    trace_finish(&run.trace);
    trace_finish(&run.again);
    return status;
}

enum status search_case(const struct search *search, struct search_result *result) {
    memset(result, 0, sizeof(*result));
    struct run run = { .search = search, .result = result, .begun_ns = search_clock_ns() };
    struct strategy *strategy = create_part(search);
    enum status status = strategy != NULL ? run_serially(&run) : STATUS_NO_MEMORY;
    if (status == STATUS_OK && !result->finding.is_there) {
        status = run_strategy(&run, strategy);
    }
    if (strategy != NULL) {
        strategy_destroy(strategy);
    }
    trace_finish(&run.trace);
    trace_finish(&run.again);
    result->elapsed_ns = search_clock_ns() - run.begun_ns;
    return status;
}
