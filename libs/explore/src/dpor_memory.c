/*
 * dpor_memory.c - which stores are worth reading, and where a store is worth placing.
 *
 * A load that reads an older store than the newest gives the same execution graph as the
 * load made before the newer stores, and that schedule is explored too.  So it is worth
 * it only where the load cannot come before them: where they are in its past, as far as
 * the load needs its past.  The same holds for a store that goes before others.  dpor.md
 * has the proof.
 */
#include <string.h>

#include "dpor_impl.h"

static bool is_store(const struct dpor_event *e) {
    return e->kind == STEP_STORE || e->kind == STEP_RMW;
}

/* The event that made a store; DPOR_NONE for what was in memory before. */
static uint32_t event_of(const struct dpor *dpor, uint32_t step) {
    return step == UINT32_MAX ? DPOR_NONE : dpor->numbers[step];
}

/* The clock of the thread that comes to a decision, in dpor->scratch. */
static uint32_t *past_of(struct dpor *dpor, uint32_t thread) {
    memset(dpor->scratch, 0, dpor->width * sizeof(*dpor->scratch));
    if (dpor->last_of_thread[thread] != DPOR_NONE) {
        dpor_join(dpor, dpor->scratch, dpor->last_of_thread[thread]);
    }
    return dpor->scratch;
}

/* Are this store and all newer ones in the past? */
static bool are_past(const struct dpor *dpor, uint32_t store, const uint32_t *past) {
    for (; store != DPOR_NONE; store = dpor->events[store].newer) {
        if (!dpor_is_before(dpor, store, past)) {
            return false;
        }
    }
    return true;
}

/* Does `store`, or a newer one, come `where`?  DPOR_NONE is what was there before. */
static bool is_from(const struct dpor *dpor, uint32_t store, uint32_t where) {
    for (; store != DPOR_NONE; store = dpor->events[store].newer) {
        if (store == where) {
            return true;
        }
    }
    return false;
}

/* Joins what comes before a store that is placed before `next`: older stores, and their readers. */
static void join_older(const struct dpor *dpor, uint32_t *past, uint32_t object, uint32_t next) {
    for (uint32_t i = dpor->objects[object].last; i != DPOR_NONE;
         i = dpor->events[i].before[CHAIN_OBJECT]) {
        const struct dpor_event *e = &dpor->events[i];
        uint32_t store = is_store(e) ? i : e->source;
        if (e->kind != STEP_WAKE && !is_from(dpor, next, store)) {
            dpor_join(dpor, past, i);
        }
    }
}

/* A load, or the read and the write of an exchange, of what `source` wrote. */
static bool is_load_worth(struct dpor *dpor, uint32_t thread, uint32_t source) {
    const struct pending *pending = &dpor->pending[thread];
    const struct dpor_object *object = dpor_object(dpor, pending->object);
    uint32_t newer = source == DPOR_NONE ? object->oldest : dpor->events[source].newer;
    uint32_t *past = past_of(dpor, thread);
    if (source != DPOR_NONE) {
        dpor_join(dpor, past, source);
    }
    if (pending->kind == STEP_RMW) {
        join_older(dpor, past, pending->object, newer);
    }
    return are_past(dpor, newer, past);
}

static void allow(struct dpor_node *node, uint32_t option) {
    node->allowed[option / 64] |= dpor_bit(option % 64);
}

/* Asked last, since the answer takes long. */
static bool is_possible(const struct choice *choice, uint32_t option) {
    return choice->is_possible == NULL || choice->is_possible(option);
}

void dpor_allow_loads(struct dpor *dpor, const struct choice *choice, struct dpor_node *node) {
    allow(node, 0);
    for (uint32_t option = 1; option < choice->count; option++) {
        if (is_load_worth(dpor, choice->running, event_of(dpor, choice->sources[option])) &&
            is_possible(choice, option)) {
            allow(node, option);
        }
    }
}

void dpor_allow_stores(struct dpor *dpor, const struct choice *choice, struct dpor_node *node) {
    const struct pending *pending = &dpor->pending[choice->running];
    (void)dpor_object(dpor, pending->object);
    allow(node, 0);
    for (uint32_t option = 1; option < choice->count; option++) {
        uint32_t next = event_of(dpor, choice->sources[option]);
        uint32_t *past = past_of(dpor, choice->running);
        join_older(dpor, past, pending->object, next);
        if (are_past(dpor, next, past) && is_possible(choice, option)) {
            allow(node, option);
        }
    }
}

/* Between `older` and `newer`, either of which may be nothing. */
static void link_between(struct dpor *dpor, uint32_t store, uint32_t older, uint32_t newer) {
    struct dpor_event *e = &dpor->events[store];
    struct dpor_object *object = dpor_object(dpor, e->object);
    e->older = older;
    e->newer = newer;
    *(older != DPOR_NONE ? &dpor->events[older].newer : &object->oldest) = store;
    *(newer != DPOR_NONE ? &dpor->events[newer].older : &object->newest) = store;
}

void dpor_place(struct dpor *dpor, uint32_t event, const struct step *step) {
    struct dpor_event *e = &dpor->events[event];
    bool reads = e->kind == STEP_LOAD || e->kind == STEP_CAS_FAILED || e->kind == STEP_RMW;
    if (reads) {
        e->source = event_of(dpor, step->source);
    } else if (e->kind == STEP_WAIT) {
        e->source = dpor_object(dpor, e->object)->newest;
    }
    if (e->kind == STEP_STORE && dpor->placed_before != UINT32_MAX) {
        uint32_t newer = event_of(dpor, dpor->placed_before);
        link_between(dpor, event, dpor->events[newer].older, newer);
    } else if (e->kind == STEP_RMW && dpor->reads_oldest) {
        uint32_t older = e->source;
        uint32_t newer = older != DPOR_NONE ? dpor->events[older].newer
                                            : dpor_object(dpor, e->object)->oldest;
        link_between(dpor, event, older, newer);
    } else if (is_store(e)) {
        link_between(dpor, event, dpor_object(dpor, e->object)->newest, DPOR_NONE);
    }
}

void dpor_unplace(struct dpor *dpor, uint32_t event) {
    const struct dpor_event *e = &dpor->events[event];
    if (!is_store(e)) {
        return;
    }
    struct dpor_object *object = dpor_object(dpor, e->object);
    *(e->older != DPOR_NONE ? &dpor->events[e->older].newer : &object->oldest) = e->newer;
    *(e->newer != DPOR_NONE ? &dpor->events[e->newer].older : &object->newest) = e->older;
}
