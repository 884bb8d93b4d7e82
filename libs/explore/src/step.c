/* step.c - steps told to the strategy, and kept for a timeline. */
#include <stdlib.h>

#include "core.h"

static void keep(struct trace *trace, const struct step *step) {
    if (trace->step_count == trace->step_room) {
        size_t room = trace->step_room != 0 ? trace->step_room * 2 : 256;
        struct step *steps = realloc(trace->steps, room * sizeof(*steps));
        ASSERT(steps != NULL);
        trace->steps = steps;
        trace->step_room = room;
    }
    trace->steps[trace->step_count] = *step;
}

static void tell(struct core *e, struct step *step) {
    step->decision = (uint32_t)e->trace->decision_count;
    if (e->trace->is_detailed) {
        step->caller = step->thread != TRACE_CLOCK ? core_caller() : NULL;
        keep(e->trace, step);
    }
    e->trace->step_count++;
    if (e->strategy->step != NULL) {
        e->strategy->step(e->strategy->self, step);
    }
}

void core_tell(struct core *e, enum step_kind kind, const struct step_values *values) {
    const struct pending *pending = &e->pending[e->running->number];
    bool is_of_thread = kind == STEP_SPAWN || kind == STEP_START || kind == STEP_EXIT;
    struct step step = {
        .thread = e->running->number, .kind = (uint8_t)kind, .order = pending->order,
        .bytes = pending->bytes, .object = is_of_thread ? (uint32_t)values->value : pending->object,
        .value = values->value, .before = values->before, .source = values->source };
    tell(e, &step);
}

void core_tell_clock(struct core *e) {
    struct step step = { .thread = TRACE_CLOCK, .kind = STEP_CLOCK_MOVES, .value = e->now_ns,
                         .source = UINT32_MAX };
    tell(e, &step);
}

void core_attend(struct core *e, enum step_kind kind, const struct step_values *values) {
    if (e->wants_steps) {
        core_tell(e, kind, values);
    }
    if (e->steps > e->steps_max) {
        core_fail_livelock(e);
    }
}
