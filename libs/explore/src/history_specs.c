/* history_specs.c - what queues, stacks, locks and numbers do one operation after another. */
#include <string.h>

#include "explore/history.h"

enum { VALUES_MAX = (EXPLORE_STATE_BYTES - sizeof(uint64_t)) / sizeof(uint64_t) };

static bool has_ended(const struct explore_call *operation) {
    return operation->ended != UINT64_MAX;
}

/* ---- queues and stacks ---------------------------------------------------------------- */

/* Unused values stay 0, so that equal contents are equal bytes. */
struct values {
    uint64_t count;
    uint64_t at[VALUES_MAX];
};

static bool push(const struct explore_specification *specification, struct values *values,
                 const struct explore_call *operation) {
    uint64_t room = specification->parameter != 0 && specification->parameter < VALUES_MAX
                        ? specification->parameter : VALUES_MAX;
    bool is_full = values->count == room;
    if (is_full) {
        return has_ended(operation) && operation->result == 0;
    }
    values->at[values->count++] = operation->argument;
    return !has_ended(operation) || operation->result == 1;
}

/* The value at a place goes; does the result fit it? */
static bool take(struct values *values, uint64_t at, const struct explore_call *operation) {
    uint64_t value = values->at[at];
    values->count--;
    memmove(&values->at[at], &values->at[at + 1], (values->count - at) * sizeof(value));
    values->at[values->count] = 0;
    return !has_ended(operation) || operation->result == value;
}

static bool queue_apply(const struct explore_specification *specification, void *state,
                        const struct explore_call *operation) {
    struct values *values = state;
    if (operation->code == EXPLORE_QUEUE_PUSH) {
        return push(specification, values, operation);
    }
    if (values->count == 0) {
        return has_ended(operation) && operation->result == EXPLORE_NONE;
    }
    return take(values, 0, operation);
}

static bool stack_apply(const struct explore_specification *specification, void *state,
                        const struct explore_call *operation) {
    struct values *values = state;
    if (operation->code == EXPLORE_STACK_PUSH) {
        return push(specification, values, operation);
    }
    if (values->count == 0) {
        return has_ended(operation) && operation->result == EXPLORE_NONE;
    }
    return take(values, values->count - 1, operation);
}

static const char *values_name(uint32_t code) {
    return code == EXPLORE_QUEUE_PUSH ? "push" : "pop";
}

const struct explore_specification explore_queue = {
    .state_bytes = sizeof(struct values), .apply = queue_apply, .name = values_name };
const struct explore_specification explore_stack = {
    .state_bytes = sizeof(struct values), .apply = stack_apply, .name = values_name };

/* ---- locks ---------------------------------------------------------------------------- */

static bool lock_apply(const struct explore_specification *specification, void *state,
                       const struct explore_call *operation) {
    uint64_t *owner = state;
    (void)specification;
    bool is_free = *owner == 0;
    switch (operation->code) {
    case EXPLORE_LOCK_RELEASE:
        if (*owner != operation->argument) {
            return false;
        }
        *owner = 0;
        return true;
    case EXPLORE_LOCK_TRY:
        if (is_free && (!has_ended(operation) || operation->result == 1)) {
            *owner = operation->argument;
            return true;
        }
        return !is_free && has_ended(operation) && operation->result == 0;
    default:
        *owner = operation->argument;
        return is_free;
    }
}

static const char *lock_name(uint32_t code) {
    return code == EXPLORE_LOCK_ACQUIRE ? "acquire" : code == EXPLORE_LOCK_TRY ? "try" : "release";
}

const struct explore_specification explore_lock = {
    .state_bytes = sizeof(uint64_t), .apply = lock_apply, .name = lock_name };

/* ---- numbers -------------------------------------------------------------------------- */

static bool number_apply(const struct explore_specification *specification, void *state,
                         const struct explore_call *operation) {
    uint64_t *number = state;
    uint64_t before = *number;
    (void)specification;
    if (operation->code == EXPLORE_NUMBER_WRITE) {
        *number = operation->argument;
        return true;
    }
    if (operation->code == EXPLORE_NUMBER_ADD) {
        *number += operation->argument;
    }
    return !has_ended(operation) || operation->result == before;
}

static const char *number_name(uint32_t code) {
    return code == EXPLORE_NUMBER_READ ? "read" : code == EXPLORE_NUMBER_WRITE ? "write" : "add";
}

const struct explore_specification explore_number = {
    .state_bytes = sizeof(uint64_t), .apply = number_apply, .name = number_name };
