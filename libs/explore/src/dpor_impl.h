/*
 * dpor_impl.h - what the parts of the partial order reduction share.
 *
 * dpor.c has the tree of decisions and walks it; dpor_depend.c knows which steps disturb each
 * other; dpor_order.c keeps their clocks and finds races; dpor_memory.c says which stores are
 * worth reading, and where in the modification order a store is worth placing.
 */
#ifndef EXPLORE_DPOR_IMPL_H
#define EXPLORE_DPOR_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strategy.h"
#include "trace.h"

#define DPOR_NONE UINT32_MAX

/* A step of the current execution. */
struct dpor_event {
    uint8_t thread;
    uint8_t kind;             /* enum step_kind */
    uint8_t order;
    bool looks_once;          /* a lock or join that does not wait, or no longer */
    bool has_deadline;        /* a lock or join that waits until a time, or has */
    bool is_timed;            /* matters to the clock, or the clock to it */
    bool changes;             /* lets threads that yielded go on */
    bool yields;              /* took its thread to where it yields */
    bool lets_go;             /* there was one that had yielded */
    bool has_failed;          /* a lock that was tried in vain */
    uint32_t object;
    uint32_t number;          /* of its thread, from 1 */
    uint32_t step;            /* steps that the engine had counted before it */
    uint32_t node;            /* the decision that let its thread go, or DPOR_NONE */
    uint32_t latest_before;   /* the last step that it comes after for a reason, or DPOR_NONE */
    /* The steps before it: of its thread, of its object, of those about time,
       of those about yielding. */
    uint32_t before[4];
    /* Stores are linked in modification order; of a load, `source` is the store it read. */
    uint32_t older, newer, source;
};

enum dpor_chain { CHAIN_THREAD, CHAIN_OBJECT, CHAIN_TIME, CHAIN_CHANGE };

/* A decision of the current path. */
struct dpor_node {
    uint64_t enabled;         /* of a decision about threads: those that could go on */
    uint64_t asleep;          /* explored before, from an equivalent place */
    uint64_t wanted;          /* to be explored from here: the source set */
    uint64_t done;            /* explored */
    uint64_t allowed[4];      /* of another decision: options that are worth it */
    uint32_t event;           /* steps made before it */
    uint8_t kind;             /* enum decision_kind */
    uint8_t chosen;           /* thread or option */
};

struct dpor_object {
    uint32_t last;            /* step */
    uint32_t newest;          /* store in modification order */
    uint32_t oldest;
};

struct dpor {
    struct strategy strategy;
    struct dpor_node *nodes;
    uint32_t node_count, node_room;
    uint32_t node_at;             /* decisions met in this execution */

    struct dpor_event *events;
    uint32_t *clocks;             /* of event i: `width` numbers from i * width */
    uint32_t event_count, event_room;
    uint32_t event_at;            /* steps made in this execution; below event_count: known ones */
    uint32_t width;               /* threads that clocks have room for, the clock first */
    uint32_t *numbers;            /* step as the engine counts them -> event */
    uint32_t *scratch;            /* a clock */

    struct dpor_object *objects;
    uint32_t object_room;
    uint32_t last_of_thread[TRACE_THREADS_MAX];
    uint32_t made_by[TRACE_THREADS_MAX];   /* the same, of steps made in this execution */
    uint32_t last_time, last_change;
    uint32_t clock_count;         /* moves of the clock in this execution */
    uint32_t yield_count;         /* steps that took a thread to where it yields */
    uint64_t yielding;            /* threads that have yielded, and nothing has changed since */
    uint64_t spinners;            /* threads that ever yielded: any step may take them there */
    uint32_t enabler[TRACE_THREADS_MAX];   /* the step that let a blocked thread go on */
    uint64_t was_enabled;

    uint64_t asleep;              /* now */
    struct pending asleep_pending[TRACE_THREADS_MAX];
    uint32_t node_now;            /* of the step that comes, or DPOR_NONE */
    uint32_t placed_before;       /* of the store that comes: a step, or DPOR_NONE: last */
    bool reads_oldest;            /* the load that comes does not read the newest store */
    const struct pending *pending;   /* the engine's, valid also when an execution ends */
    uint64_t present;
    bool is_redundant;            /* this execution is like one before */
    bool has_begun;
};

/* dpor.c */
static inline uint64_t dpor_bit(uint32_t thread) {
    return UINT64_C(1) << thread;
}

/* dpor_depend.c */

/* Would a step that has been made and one that has not yet disturb each other? */
bool dpor_is_dependent(const struct dpor_event *event, const struct pending *pending,
                       uint32_t thread);
/* Two steps of one chain. */
bool dpor_touches(const struct dpor_event *before, const struct dpor_event *after,
                  enum dpor_chain chain);
/* Could the later have been made first? */
bool dpor_is_reversible(const struct dpor_event *before, const struct dpor_event *after);
/* Does everything else that is done to its object come before or after it? */
bool dpor_is_write(const struct dpor_event *event);
/* Does the step let threads go on that yielded? */
bool dpor_is_change(unsigned kind, unsigned order);
/* Does the step go otherwise when time has moved, or time when the step has been made? */
bool dpor_is_timed(unsigned kind);
/* The object whose chain a step of this kind belongs to, or DPOR_NONE. */
uint32_t dpor_object_of(unsigned kind, uint32_t object);

/* dpor_order.c */

uint32_t *dpor_clock(const struct dpor *dpor, uint32_t event);
/* The place of a thread in a clock. */
static inline uint32_t dpor_slot(uint32_t thread) {
    return thread == TRACE_CLOCK ? 0 : thread + 1;
}
bool dpor_is_before(const struct dpor *dpor, uint32_t event, const uint32_t *clock);
void dpor_join(const struct dpor *dpor, uint32_t *clock, uint32_t event);
/* Make room for one more event, and for the clocks of `threads` threads. */
void dpor_reserve(struct dpor *dpor, uint32_t threads);
struct dpor_object *dpor_object(struct dpor *dpor, uint32_t number);
/* A step was made that is new: its clock, its races. */
void dpor_add(struct dpor *dpor, const struct step *step);
/* The last step of a thread may have taken it to where it waits until a time, or yields. */
void dpor_arrive(struct dpor *dpor, uint32_t thread);
/* Forget all events from `count` on. */
void dpor_forget(struct dpor *dpor, uint32_t count);
/* A step of a thread that will not be made: the execution has ended, or the time is over. */
void dpor_add_pending(struct dpor *dpor, uint32_t thread);

/*
 * dpor_memory.c: which options of a load or store are worth it, where the word's stores lie.
 */
void dpor_allow_loads(struct dpor *dpor, const struct choice *choice, struct dpor_node *node);
void dpor_allow_stores(struct dpor *dpor, const struct choice *choice, struct dpor_node *node);
void dpor_place(struct dpor *dpor, uint32_t event, const struct step *step);
void dpor_unplace(struct dpor *dpor, uint32_t event);

#endif
