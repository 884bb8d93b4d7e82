/* history.c - operations as they begin and end, and what is said when nothing explains them. */
#include "explore/history.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

static struct {
    const struct explore_specification *specification;
    struct explore_call operations[EXPLORE_CALLS_MAX];
    _Atomic uint32_t count;
    uint64_t clock;             /* a word of the engine, or an atomic one on threads */
} history;

/* The next tick: a step of the execution that is ordered with all others of its kind. */
static uint64_t tick(void) {
    if (explore_core.is_running) {
        return explore_modify(&history.clock, sizeof(history.clock), EXPLORE_ADD, 1,
                              memory_order_acq_rel);
    }
    return __atomic_fetch_add(&history.clock, 1, __ATOMIC_ACQ_REL);
}

void explore_history_begin(const struct explore_specification *specification) {
    ASSERT(specification->state_bytes <= EXPLORE_STATE_BYTES);
    history.specification = specification;
    atomic_store(&history.count, 0);
    history.clock = 0;
}

uint32_t explore_call_begin(uint32_t code, uint64_t argument) {
    uint64_t begun = tick();
    uint32_t number = atomic_fetch_add(&history.count, 1);
    ASSERT(history.specification != NULL && number < EXPLORE_CALLS_MAX);
    history.operations[number] = (struct explore_call){
        .code = code, .argument = argument, .begun = begun, .ended = UINT64_MAX };
    return number;
}

void explore_call_end(uint32_t operation, uint64_t result) {
    ASSERT(operation < atomic_load(&history.count));
    struct explore_call *ended = &history.operations[operation];
    ASSERT(ended->ended == UINT64_MAX);
    ended->result = result;
    ended->ended = tick();
}

/* "push(7) = 1" */
static int print_operation(char *text, size_t room, const struct explore_call *operation) {
    char result[32] = "?";
    const char *name = history.specification->name != NULL
                           ? history.specification->name(operation->code) : "operation";
    if (operation->ended != UINT64_MAX) {
        snprintf(result, sizeof(result), operation->result == EXPLORE_NONE ? "none" : "%" PRIu64,
                 operation->result);
    }
    return snprintf(text, room, "%s(%" PRIu64 ") = %s", name, operation->argument, result);
}

/* What cannot be explained, then the order of what could be, from its end, as far as it goes. */
static void print_failure(const struct explore_explanation *explanation, char *text,
                          size_t room) {
    char tail[TRACE_TEXT_BYTES] = "";
    char one[64];
    size_t used = (size_t)snprintf(text, room, "nothing explains ");
    used += (size_t)print_operation(text + used, room - used,
                                    &history.operations[explanation->first]);
    used = used < room ? used : room - 1;
    size_t left = room - used - 1;
    for (uint32_t i = explanation->count; i-- > 0;) {
        char longer[TRACE_TEXT_BYTES];
        print_operation(one, sizeof(one), &history.operations[explanation->order[i]]);
        int count = snprintf(longer, sizeof(longer), "%s%s%s", one, tail[0] != '\0' ? ", " : "",
                             tail);
        if ((size_t)count + sizeof(" after ..., ") > left || (size_t)count >= sizeof(longer)) {
            snprintf(longer, sizeof(longer), "..., %.*s", (int)sizeof(longer) - 6, tail);
            memcpy(tail, longer, sizeof(tail));
            break;
        }
        memcpy(tail, longer, sizeof(tail));
    }
    if (tail[0] != '\0') {
        snprintf(text + used, room - used, " after %s", tail);
    }
}

void explore_history_check(void) {
    struct explore_explanation explanation;
    char text[TRACE_TEXT_BYTES];
    uint32_t count = atomic_load(&history.count);
    ASSERT(history.specification != NULL);
    if (explore_history_explain(history.specification, history.operations, count,
                                &explanation)) {
        return;
    }
    print_failure(&explanation, text, sizeof(text));
    if (explore_core.is_running) {
        core_fail(&explore_core, VERDICT_HISTORY, "%s", text);
    }
    fprintf(stderr, "%s\n", text);
    abort();
}
