/* timeline.c - what the steps of an execution say. */
#include "timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

/* ---- names ------------------------------------------------------------------------ */

/* Where an object of the last execution was, or NULL. */
static const void *address_of(uint32_t number) {
    const struct core *e = &explore_core;
    return number >= 1 && number <= e->object_count ? e->objects[number - 1].address : NULL;
}

/* Static variables have the names of the source; others are numbered. */
static void name_object(uint32_t number, char out_name[TIMELINE_NAME_BYTES]) {
    const void *address = address_of(number);
    if (address == NULL || !source_symbol(address, out_name, TIMELINE_NAME_BYTES)) {
        engine_object_text(number, out_name, TIMELINE_NAME_BYTES);
    }
}

static bool name_objects(struct timeline *timeline) {
    const struct trace *trace = timeline->trace;
    uint32_t last = 0;
    for (size_t i = 0; i < trace->step_count; i++) {
        bool is_object = trace->steps[i].kind >= STEP_LOAD && trace->steps[i].kind <= STEP_WAKE;
        if (is_object && trace->steps[i].object > last) {
            last = trace->steps[i].object;
        }
    }
    timeline->name_count = (size_t)last + 1;
    timeline->names = calloc(timeline->name_count, sizeof(timeline->names[0]));
    for (uint32_t i = 1; timeline->names != NULL && i <= last; i++) {
        name_object(i, timeline->names[i]);
    }
    return timeline->names != NULL;
}

static const char *name_of(const struct timeline *timeline, uint32_t object) {
    return object < timeline->name_count ? timeline->names[object] : "";
}

void timeline_rename(const struct timeline *timeline, const char *sentence, char *out_text,
                     size_t room) {
    size_t used = 0;
    while (*sentence != '\0' && used + 1 < room) {
        bool is_object = strncmp(sentence, "word ", 5) == 0 || strncmp(sentence, "lock ", 5) == 0;
        char *end = NULL;
        unsigned long number = is_object ? strtoul(sentence + 5, &end, 10) : 0;
        const char *name = number > 0 && number < timeline->name_count ? timeline->names[number]
                                                                       : "";
        if (name[0] != '\0') {
            int count = snprintf(out_text + used, room - used, "%s", name);
            used += (size_t)count < room - used ? (size_t)count : room - used - 1;
            sentence = end;
        } else {
            out_text[used++] = *sentence++;
        }
    }
    out_text[used] = '\0';
}

/* ---- marks ------------------------------------------------------------------------ */

static uint16_t mark_of(const struct deviation *deviation) {
    switch (deviation->kind) {
    case DECIDE_THREAD:
        return deviation->target == TRACE_CLOCK ? TIMELINE_EARLY
                                                : deviation->is_preemption ? TIMELINE_PREEMPTS : 0;
    case DECIDE_LOAD: return TIMELINE_OLD;
    case DECIDE_STORE: return TIMELINE_BEFORE;
    case DECIDE_SPURIOUS: return TIMELINE_SPURIOUS;
    case DECIDE_MEMORY:
    case DECIDE_FILE: return TIMELINE_FAULT;
    case DECIDE_CRASH: return TIMELINE_CRASH;
    default: return 0;
    }
}

/* A decision belongs to the first step that was told after it. */
static bool mark_steps(struct timeline *timeline, const struct deviations *deviations) {
    const struct trace *trace = timeline->trace;
    timeline->marks = calloc(trace->step_count + 1, sizeof(timeline->marks[0]));
    size_t at = 0;
    for (size_t i = 0; timeline->marks != NULL && i < trace->step_count; i++) {
        while (at < deviations->count &&
               deviations->items[at].decision < trace->steps[i].decision) {
            timeline->marks[i] |= mark_of(&deviations->items[at]);
            at++;
        }
    }
    for (; at < deviations->count; at++) {
        timeline->end_marks |= mark_of(&deviations->items[at]);
        timeline->end_thread = deviations->items[at].thread;
    }
    return timeline->marks != NULL;
}

/* Beginnings, ends and panics are told of, but are no steps that the engine numbers. */
static bool number_steps(struct timeline *timeline) {
    const struct trace *trace = timeline->trace;
    timeline->made = calloc(trace->step_count + 1, sizeof(timeline->made[0]));
    for (size_t i = 0; timeline->made != NULL && i < trace->step_count; i++) {
        uint8_t kind = trace->steps[i].kind;
        if (kind != STEP_START && kind != STEP_EXIT && kind != STEP_PANIC) {
            timeline->made[timeline->made_count++] = (uint32_t)i;
        }
    }
    return timeline->made != NULL;
}

size_t timeline_source(const struct timeline *timeline, size_t at) {
    const struct step *step = &timeline->trace->steps[at];
    bool reads = step->kind == STEP_LOAD || step->kind == STEP_RMW ||
                 step->kind == STEP_CAS_FAILED;
    if (!reads || step->source >= timeline->made_count) {
        return SIZE_MAX;
    }
    return timeline->made[step->source] < at ? timeline->made[step->source] : SIZE_MAX;
}

bool timeline_init(struct timeline *timeline, const struct trace *trace,
                   const struct deviations *deviations, struct source_map *places) {
    *timeline = (struct timeline){ .trace = trace, .places = places };
    if (!name_objects(timeline) || !mark_steps(timeline, deviations) ||
        !number_steps(timeline)) {
        timeline_finish(timeline);
        return false;
    }
    return true;
}

void timeline_finish(struct timeline *timeline) {
    free(timeline->names);
    free(timeline->marks);
    free(timeline->made);
    *timeline = (struct timeline){ .trace = NULL };
}

/* ---- sentences -------------------------------------------------------------------- */

const char *timeline_order(unsigned order) {
    static const char *const names[] = { "relaxed", "consume", "acquire", "release", "acq_rel",
                                         "seq_cst" };
    return order < COUNT_OF(names) ? names[order] : "?";
}

/* Small numbers in decimal, those that look like minus or addresses in hexadecimal. */
static void show_value(uint64_t value, unsigned bytes, char out_text[24]) {
    uint64_t all = bytes >= 8 || bytes == 0 ? UINT64_MAX : (UINT64_C(1) << (8 * bytes)) - 1;
    value &= all;
    if (value > all - 256 && bytes > 1) {
        snprintf(out_text, 24, "-%" PRIu64, all - value + 1);
    } else if (value > 999999999) {
        snprintf(out_text, 24, "0x%" PRIx64, value);
    } else {
        snprintf(out_text, 24, "%" PRIu64, value);
    }
}

static void describe_atomic(const struct timeline *timeline, const struct step *step,
                            uint16_t marks, char out_text[TIMELINE_STEP_BYTES]) {
    const char *name = name_of(timeline, step->object);
    const char *order = timeline_order(step->order);
    char value[24], before[24];
    show_value(step->value, step->bytes, value);
    show_value(step->before, step->bytes, before);
    switch (step->kind) {
    case STEP_LOAD:
        snprintf(out_text, TIMELINE_STEP_BYTES, "reads %s = %s%s (%s)", name, value,
                 marks & TIMELINE_OLD ? ", an older value" : "", order);
        break;
    case STEP_STORE:
        snprintf(out_text, TIMELINE_STEP_BYTES, "%s := %s%s (%s)", name, value,
                 marks & TIMELINE_BEFORE ? ", as if earlier" : "", order);
        break;
    case STEP_RMW:
        snprintf(out_text, TIMELINE_STEP_BYTES, "%s: %s -> %s (%s)", name, before, value, order);
        break;
    case STEP_CAS_FAILED:
        snprintf(out_text, TIMELINE_STEP_BYTES, "%s is %s, no exchange (%s)", name, value,
                 order);
        break;
    default:
        snprintf(out_text, TIMELINE_STEP_BYTES, "fence (%s)", order);
        break;
    }
}

static void describe_sleep(const struct timeline *timeline, const struct step *step,
                           uint16_t marks, char out_text[TIMELINE_STEP_BYTES]) {
    const char *name = name_of(timeline, step->object);
    char value[24];
    show_value(step->value, 4, value);
    switch (step->kind) {
    case STEP_LOCK: snprintf(out_text, TIMELINE_STEP_BYTES, "locks %s", name); break;
    case STEP_UNLOCK: snprintf(out_text, TIMELINE_STEP_BYTES, "unlocks %s", name); break;
    case STEP_WAIT:
        snprintf(out_text, TIMELINE_STEP_BYTES, "sleeps while %s = %s", name, value);
        break;
    case STEP_WOKEN:
        snprintf(out_text, TIMELINE_STEP_BYTES, "wakes up%s",
                 marks & TIMELINE_SPURIOUS ? ", for no reason" : "");
        break;
    case STEP_TIMED_OUT: snprintf(out_text, TIMELINE_STEP_BYTES, "its deadline passed"); break;
    default:
        snprintf(out_text, TIMELINE_STEP_BYTES, "wakes %s of %s",
                 step->value == UINT32_MAX ? "all" : value, name);
        break;
    }
}

static void describe_thread(const struct step *step, uint16_t marks,
                            char out_text[TIMELINE_STEP_BYTES]) {
    static const char *const plain[STEP_KINDS] = {
        [STEP_START] = "begins", [STEP_EXIT] = "ends", [STEP_YIELD] = "lets others go",
        [STEP_CLOCK_READ] = "reads the clock", [STEP_NOTE] = "notes", [STEP_PANIC] = "panics",
        [STEP_FREE] = "frees memory" };
    bool is_fault = (marks & TIMELINE_FAULT) != 0;
    switch (step->kind) {
    case STEP_SPAWN:
        snprintf(out_text, TIMELINE_STEP_BYTES, "starts thread %" PRIu32, step->object);
        break;
    case STEP_JOIN:
        snprintf(out_text, TIMELINE_STEP_BYTES, "joins thread %" PRIu64, step->value);
        break;
    case STEP_CLOCK_MOVES:
        snprintf(out_text, TIMELINE_STEP_BYTES, "time is %" PRIu64 " ns%s", step->value,
                 marks & TIMELINE_EARLY ? ", early" : "");
        break;
    case STEP_ALLOCATE:
        snprintf(out_text, TIMELINE_STEP_BYTES, "allocates %" PRIu64 " bytes%s", step->value,
                 is_fault ? ": fails" : "");
        break;
    case STEP_FILE:
        snprintf(out_text, TIMELINE_STEP_BYTES, "uses a file%s",
                 marks & TIMELINE_CRASH ? ": the process ends" : is_fault ? ": fails" : "");
        break;
    case STEP_CHOICE:
        snprintf(out_text, TIMELINE_STEP_BYTES, "chooses %" PRIu64, step->value);
        break;
    default:
        snprintf(out_text, TIMELINE_STEP_BYTES, "%s",
                 step->kind < STEP_KINDS && plain[step->kind] != NULL ? plain[step->kind] : "?");
        break;
    }
}

static void describe_plainly(const struct timeline *timeline, const struct step *step,
                             uint16_t marks, char out_text[TIMELINE_STEP_BYTES]) {
    if (step->kind >= STEP_LOAD && step->kind <= STEP_FENCE) {
        describe_atomic(timeline, step, marks, out_text);
    } else if (step->kind >= STEP_LOCK && step->kind <= STEP_WAKE) {
        describe_sleep(timeline, step, marks, out_text);
    } else {
        describe_thread(step, marks, out_text);
    }
}

void timeline_describe(const struct timeline *timeline, size_t at,
                       char out_text[TIMELINE_STEP_BYTES]) {
    const struct step *step = &timeline->trace->steps[at];
    uint16_t marks = timeline->marks[at];
    bool shows_fault = step->kind == STEP_ALLOCATE || step->kind == STEP_FILE;
    char plain[TIMELINE_STEP_BYTES];
    if (marks & TIMELINE_FAULT && !shows_fault) {   /* what failed was no step of its own */
        describe_plainly(timeline, step, marks, plain);
        snprintf(out_text, TIMELINE_STEP_BYTES, "after a failure: %.*s",
                 TIMELINE_STEP_BYTES - 32, plain);
        return;
    }
    describe_plainly(timeline, step, marks, out_text);
}

void timeline_thread(const struct timeline *timeline, unsigned thread,
                     char out_text[TIMELINE_NAME_BYTES]) {
    const struct trace *trace = timeline->trace;
    const char *function = "";
    if (thread == TRACE_CLOCK) {
        snprintf(out_text, TIMELINE_NAME_BYTES, "clock");
        return;
    }
    for (size_t i = 0; i < trace->step_count && function[0] == '\0'; i++) {
        if (trace->steps[i].thread == thread && trace->steps[i].kind != STEP_START) {
            function = source_find(timeline->places, trace->steps[i].caller)->function;
        }
    }
    snprintf(out_text, TIMELINE_NAME_BYTES, "thread %u%s%.32s", thread,
             function[0] != '\0' ? " " : "", function);
}
