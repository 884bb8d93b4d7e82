/* main.c - the smallest explore_main(): runs cases with their plans. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

static struct strategy *make(const struct explore_plan *plan) {
    switch (plan->strategy) {
    case EXPLORE_BOUNDED: return strategy_bounded_create(plan->preemptions);
    default: return strategy_random_create(1);
    }
}

static int run_case(const struct explore_case *chosen, int number) {
    struct strategy *strategy = make(&chosen->plan);
    struct trace trace = { 0 };
    uint64_t limit = chosen->plan.runs != 0 ? chosen->plan.runs : 20000;
    uint64_t run = 0;
    while (strategy != NULL && run < limit && strategy->begin(strategy->self, run)) {
        engine_run(chosen, strategy, &trace);
        run++;
        if (trace.verdict != VERDICT_HELD) {
            break;
        }
    }
    bool held = trace.verdict == VERDICT_HELD;
    printf("%s %d - %s\n", held ? "ok" : "not ok", number, chosen->name);
    if (!held) {
        printf("# %s in run %llu: %s\n", verdict_name(trace.verdict), (unsigned long long)run,
               trace.text);
    }
    trace_finish(&trace);
    strategy_destroy(strategy);
    return held ? 0 : 1;
}

int explore_main(int argc, char **argv, const struct explore_case *cases, size_t count) {
    int worst = 0;
    (void)argc;
    (void)argv;
    if (engine_create() != STATUS_OK) {
        return 3;
    }
    for (size_t i = 0; i < count; i++) {
        int code = run_case(&cases[i], (int)i + 1);
        worst = code > worst ? code : worst;
    }
    engine_destroy();
    return worst;
}
