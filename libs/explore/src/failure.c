/* failure.c - a failing execution, shrunk and run once more with every step kept. */
#include "failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caller.h"
#include "token.h"

/* What is shown when nothing is shrunk: the execution as it was found. */
static enum status copy_found(const struct finding *found, struct shrink_result *shrunk) {
    *shrunk = (struct shrink_result){ .finding = *found };
    shrunk->finding.choices = malloc(found->count + 1);
    if (shrunk->finding.choices == NULL) {
        shrunk->finding = (struct finding){ .is_there = false };
        return STATUS_NO_MEMORY;
    }
    if (found->count > 0) {
        memcpy(shrunk->finding.choices, found->choices, found->count);
    }
    return STATUS_OK;
}

static enum status shorten(struct failure *failure, const struct failure_way *way) {
    const struct finding *found = failure->found;
    enum status status = STATUS_NOT_FOUND;
    if (way->shrink_ns > 0 && found->verdict != VERDICT_UNCONTROLLED) {
        status = shrink_run(failure->chosen, found, way->shrink_ns, &failure->shrunk);
        failure->is_shrunk = status == STATUS_OK;
    }
    return status == STATUS_NOT_FOUND ? copy_found(found, &failure->shrunk) : status;
}

static enum status look(struct failure *failure) {
    const struct finding *finding = &failure->shrunk.finding;
    struct guide_way guide = { .choices = finding->choices, .count = finding->count };
    failure->trace.is_detailed = 1;
    caller_keep(1);
    if (!guide_run(failure->chosen, &guide, &failure->trace, &failure->deviations)) {
        caller_keep(0);
        return STATUS_NO_MEMORY;
    }
    failure->is_shown = true;
    failure->shrunk.after = shrink_measure_of(&failure->deviations, &failure->trace);
    caller_resolve(&failure->trace, &failure->places);
    caller_keep(0);
    if (!timeline_init(&failure->timeline, &failure->trace, &failure->deviations,
                       &failure->places)) {
        return STATUS_NO_MEMORY;
    }
    timeline_rename(&failure->timeline, finding->text, failure->text, sizeof(failure->text));
    return STATUS_OK;
}

static enum status print_token(struct failure *failure, uint64_t seed) {
    struct token token = { .build = source_build(), .plan = failure->chosen->plan, .seed = seed,
                           .choices = failure->shrunk.finding.choices,
                           .count = failure->shrunk.finding.count };
    snprintf(token.case_name, sizeof(token.case_name), "%s", failure->chosen->name);
    failure->token = token_print(&token);
    return failure->token != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status failure_make(const struct explore_case *chosen, const struct finding *found,
                         const struct failure_way *way, struct failure *failure) {
    *failure = (struct failure){ .chosen = chosen, .found = found };
    snprintf(failure->text, sizeof(failure->text), "%s", found->text);
    if (found->choices == NULL) {   /* its process died: nothing but a sentence is left */
        return STATUS_OK;
    }
    enum status status = shorten(failure, way);
    if (status == STATUS_OK) {
        status = look(failure);
    }
    if (status == STATUS_OK) {
        status = print_token(failure, way->seed);
    }
    return status;
}

void failure_finish(struct failure *failure) {
    free(failure->token);
    search_finding_finish(&failure->shrunk.finding);
    guide_deviations_finish(&failure->deviations);
    timeline_finish(&failure->timeline);
    source_finish(&failure->places);
    trace_finish(&failure->trace);
}
