/* atomic.c - shared words. */
#include <string.h>

#include "core.h"

static uint64_t word_get(const void *word, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, word, bytes);   /* the low bytes come first on all our machines */
    return value;
}

static void word_set(void *word, unsigned bytes, uint64_t value) {
    memcpy(word, &value, bytes);
}

uint64_t explore_load(const void *word, unsigned bytes, unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return word_get(word, bytes);
    }
    struct object *object = core_object(e, word, OBJECT_WORD);
    core_point(e, STEP_LOAD, object->number, order, bytes);
    struct step_values values = { .value = word_get(word, bytes), .source = UINT32_MAX };
    core_made(e, STEP_LOAD, false, &values);
    return values.value;
}

void explore_store(void *word, unsigned bytes, uint64_t value, unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        word_set(word, bytes, value);
        return;
    }
    struct object *object = core_object(e, word, OBJECT_WORD);
    core_point(e, STEP_STORE, object->number, order, bytes);
    word_set(word, bytes, value);
    struct step_values values = { .value = value };
    core_made(e, STEP_STORE, true, &values);
}

static uint64_t operate(enum explore_operation operation, uint64_t before, uint64_t value) {
    switch (operation) {
    case EXPLORE_EXCHANGE: return value;
    case EXPLORE_ADD: return before + value;
    case EXPLORE_SUB: return before - value;
    case EXPLORE_AND: return before & value;
    case EXPLORE_OR: return before | value;
    case EXPLORE_XOR: return before ^ value;
    case EXPLORE_NAND: return ~(before & value);
    }
    return value;
}

uint64_t explore_modify(void *word, unsigned bytes, enum explore_operation operation,
                        uint64_t value, unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        uint64_t before = word_get(word, bytes);
        word_set(word, bytes, operate(operation, before, value));
        return before;
    }
    struct object *object = core_object(e, word, OBJECT_WORD);
    core_point(e, STEP_RMW, object->number, order, bytes);
    uint64_t before = word_get(word, bytes);
    uint64_t after = operate(operation, before, value);
    word_set(word, bytes, after);
    struct step_values values = { .value = after, .before = before, .source = UINT32_MAX };
    core_made(e, STEP_RMW, true, &values);
    return before;
}

bool explore_compare_exchange(void *word, unsigned bytes, struct explore_swap *swap) {
    struct core *e = &explore_core;
    struct object *object = NULL;
    if (LIKELY(e->is_running)) {
        object = core_object(e, word, OBJECT_WORD);
        core_point(e, STEP_RMW, object->number, swap->order, bytes);
    }
    swap->found = word_get(word, bytes);
    bool is_same = swap->found == swap->expected;
    if (is_same) {
        word_set(word, bytes, swap->desired);
    }
    if (LIKELY(e->is_running)) {
        struct step_values values = { .value = is_same ? swap->desired : swap->found,
                                      .before = swap->found, .source = UINT32_MAX };
        core_made(e, is_same ? STEP_RMW : STEP_CAS_FAILED, is_same, &values);
    }
    return is_same;
}

void explore_fence(unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return;
    }
    core_point(e, STEP_FENCE, 0, order, 0);
    struct step_values values = { 0 };
    core_made(e, STEP_FENCE, false, &values);
}
