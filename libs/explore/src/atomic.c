/*
 * atomic.c - loads, stores, exchanges and fences of the program.
 *
 * word.c says which stores a load may see and where a store may go; here they are steps.
 */
#include <string.h>

#include "core.h"
#include "sc.h"
#include "word.h"

enum { RELAXED = __ATOMIC_RELAXED, SC = __ATOMIC_SEQ_CST };

static uint64_t word_get(const void *word, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, word, bytes);   /* the low bytes come first on all our machines */
    return value;
}

static void word_set(void *word, unsigned bytes, uint64_t value) {
    memcpy(word, &value, bytes);
}

/* The word at an address; what was written there plainly meanwhile becomes its value. */
static inline struct object *word_at(struct core *e, const void *address, unsigned bytes) {
    struct object *word = core_object(e, address, OBJECT_WORD);
    word->bytes = (uint8_t)bytes;
    return word;
}

/* After the scheduling point: plain writes came before it. */
static inline void look(struct core *e, struct object *word, unsigned bytes) {
    uint64_t value = word_get(word->address, bytes);
    if (UNLIKELY(word->newest == 0)) {
        core_word_begin(e, word);
    }
    if (UNLIKELY(e->stores[word->newest].value != value)) {
        core_word_refresh(e, word, value);
    }
}

/* The running thread has read or written the store. */
static inline void note(struct core *e, const struct object *word, const struct store *store,
                        unsigned order, bool is_write) {
    if (UNLIKELY(e->is_exact)) {
        sc_note(e, word, (uint32_t)(store - e->stores), order, is_write);
    }
}

uint64_t explore_load(const void *address, unsigned bytes, unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return word_get(address, bytes);
    }
    struct object *word = word_at(e, address, bytes);
    core_point(e, STEP_LOAD, word->number, order, bytes);
    look(e, word, bytes);
    struct store *store = word_choose(e, word, order);
    word_read(e, word, store, order);
    note(e, word, store, order, false);
    struct step_values values = { .value = store->value, .source = store->step };
    core_made(e, STEP_LOAD, false, &values);
    return values.value;
}

void explore_store(void *address, unsigned bytes, uint64_t value, unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        word_set(address, bytes, value);
        return;
    }
    struct object *word = word_at(e, address, bytes);
    core_point(e, STEP_STORE, word->number, order, bytes);
    look(e, word, bytes);
    uint32_t before = word_place(e, word, order);
    struct store *store = word_write(e, word, before, value, order);
    note(e, word, store, order, true);
    word_release(e, store, order, NULL);
    if (before == 0) {
        word_set(address, bytes, value);
    }
    struct step_values values = { .value = value, .source = UINT32_MAX };
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

static uint64_t cut(uint64_t value, unsigned bytes) {
    return bytes == sizeof(value) ? value : value & ((UINT64_C(1) << (8 * bytes)) - 1);
}

/* The store of an exchange that read `from`, right after it. */
static void replace(struct core *e, struct object *word, struct store *from, uint64_t value,
                    unsigned order) {
    uint32_t before = from->newer;
    word_read(e, word, from, order);
    struct store *store = word_write(e, word, before, value, order);
    store->is_rmw = true;
    note(e, word, store, order, true);
    word_release(e, store, order, from);
    if (before == 0) {
        word_set((void *)(uintptr_t)word->address, word->bytes, value);
    }
}

uint64_t explore_modify(void *address, unsigned bytes, enum explore_operation operation,
                        uint64_t value, unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        uint64_t before = word_get(address, bytes);
        word_set(address, bytes, operate(operation, before, value));
        return before;
    }
    struct object *word = word_at(e, address, bytes);
    core_point(e, STEP_RMW, word->number, order, bytes);
    look(e, word, bytes);
    struct store *from = word_choose_modified(e, word, order, NULL);
    struct step_values values = { .before = from->value, .source = from->step };
    values.value = cut(operate(operation, values.before, value), bytes);
    replace(e, word, from, values.value, order);
    core_made(e, STEP_RMW, true, &values);
    return values.before;
}

static bool swap_outside(void *address, unsigned bytes, struct explore_swap *swap) {
    swap->found = word_get(address, bytes);
    if (swap->found == swap->expected) {
        word_set(address, bytes, swap->desired);
    }
    return swap->found == swap->expected;
}

bool explore_compare_exchange(void *address, unsigned bytes, struct explore_swap *swap) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return swap_outside(address, bytes, swap);
    }
    struct object *word = word_at(e, address, bytes);
    core_point(e, STEP_RMW, word->number, swap->order, bytes);
    look(e, word, bytes);
    struct store *from = word_choose_modified(e, word, swap->order, swap);
    struct step_values values = { .before = from->value, .source = from->step };
    swap->found = from->value;
    bool is_same = swap->found == swap->expected;
    if (is_same) {
        values.value = swap->desired;
        replace(e, word, from, swap->desired, swap->order);
    } else {
        values.value = swap->found;
        word_read(e, word, from, swap->failure);
        note(e, word, from, swap->failure, false);
    }
    core_made(e, is_same ? STEP_RMW : STEP_CAS_FAILED, is_same, &values);
    return is_same;
}

static void fence_sc(struct core *e, struct thread *self) {
    if (!e->has_fences) {
        core_fences_begin(e);
    }
    clock_blocks_join(self->clock.seen, e->fences.seen, e->blocks);
    clock_blocks_copy(e->fences.seen, self->clock.seen, e->blocks);
    self->clock.fence_step = e->steps + 1;
}

void explore_fence(unsigned order) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return;
    }
    core_point(e, STEP_FENCE, 0, order, 0);
    struct thread *self = e->running;
    if (order != __ATOMIC_RELEASE && order != RELAXED && self->has_unfenced) {
        core_clock_join(e, &self->clock, &self->unfenced);
        self->has_unfenced = false;
    }
    if (order == SC && e->is_exact) {
        sc_note(e, NULL, 0, order, false);
    } else if (order == SC) {
        fence_sc(e, self);
    }
    if (order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == SC) {
        core_clock_copy(e, &self->fence, &self->clock);
        self->has_fence = true;
        core_next_epoch(e, self);
    }
    struct step_values values = { 0 };
    core_made(e, STEP_FENCE, order == SC, &values);
}
