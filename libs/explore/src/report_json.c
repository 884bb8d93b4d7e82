/* report_json.c - a case as one JSON object on one line. */
#include <inttypes.h>
#include <stdio.h>

#include "report_impl.h"
#include "token.h"

static void add_member(struct text *text, const char *name, const char *value) {
    text_print(text, ", \"%s\": ", name);
    text_json(text, value);
}

static void add_search(const struct report *report, struct text *text) {
    const struct search_result *result = report->result;
    const struct explore_plan *plan = &report->chosen->plan;
    add_member(text, "strategy", token_strategy_name(plan->strategy));
    add_member(text, "memory", plan->memory == EXPLORE_MEMORY_SC ? "sc" : "weak");
    text_print(text, ", \"seed\": %" PRIu64 ", \"runs\": %" PRIu64 ", \"cut\": %" PRIu64
               ", \"seconds\": %.3f", report->options->seed, result->runs, result->cut,
               (double)result->elapsed_ns / 1e9);
    text_print(text, ", \"exhaustive\": %s, \"different\": %" PRIu64 ", \"unseen\": %.6f",
               result->is_exhausted ? "true" : "false", coverage_different(&result->coverage),
               coverage_unseen(&result->coverage));
}

static void add_step(const struct timeline *timeline, size_t at, struct text *text) {
    const struct step *step = &timeline->trace->steps[at];
    const struct source_place *place = source_find(timeline->places, step->caller);
    char what[TIMELINE_STEP_BYTES];
    timeline_describe(timeline, at, what);
    text_print(text, "%s{\"step\": %zu, \"thread\": %u", at > 0 ? ", " : "", at + 1,
               step->thread);
    add_member(text, "text", what);
    if (place->line != 0) {
        add_member(text, "file", place->file);
        text_print(text, ", \"line\": %u", place->line);
    }
    if (timeline_source(timeline, at) != SIZE_MAX) {
        text_print(text, ", \"reads_from\": %zu", timeline_source(timeline, at) + 1);
    }
    if (timeline->marks[at] & TIMELINE_PREEMPTS) {
        text_add(text, ", \"preempts\": true");
    }
    text_add(text, "}");
}

static void add_failure(const struct failure *failure, struct text *text) {
    static const char *const names[SHRINK_CLASSES] = {
        "preemptions", "faults", "older_values", "early_timeouts", "choices", "others", "steps" };
    const struct finding *shown =
        failure->is_shown ? &failure->shrunk.finding : failure->found;
    add_member(text, "verdict", verdict_name(shown->verdict));
    add_member(text, "text", failure->text);
    text_print(text, ", \"failed_run\": %" PRIu64, failure->found->run);
    if (failure->token != NULL) {
        add_member(text, "token", failure->token);
    }
    if (!failure->is_shown) {
        return;
    }
    text_print(text, ", \"shrunk\": %s", failure->is_shrunk ? "true" : "false");
    for (int i = 0; i < SHRINK_CLASSES; i++) {
        text_print(text, ", \"%s\": %" PRIu64, names[i], failure->shrunk.after.of[i]);
    }
    text_add(text, ", \"timeline\": [");
    for (size_t i = 0; i < failure->trace.step_count; i++) {
        add_step(&failure->timeline, i, text);
    }
    text_add(text, "]");
}

void report_json(const struct report *report) {
    struct text text = { .bytes = NULL };
    text_add(&text, "{\"case\": ");
    text_json(&text, report->chosen->name);
    add_member(&text, "body", "explore");
    add_member(&text, "result", report->failure == NULL ? "held" : "failed");
    add_search(report, &text);
    if (report->failure != NULL) {
        add_failure(report->failure, &text);
    }
    text_add(&text, "}\n");
    fputs(text_string(&text), stdout);
    text_finish(&text);
}
