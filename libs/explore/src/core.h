/*
 * core.h - the engine's state, and what every operation of a program goes through.
 *
 * A thread that comes to an operation says in e->pending what it would do, takes its bit
 * out of e->enabled when it could not do it now, and calls core_schedule().  That returns
 * when the strategy has let this thread make its step.  There is no scheduler's own
 * stack: whoever comes to an operation decides, and jumps to the thread that is next.
 */
#ifndef EXPLORE_CORE_H
#define EXPLORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/attr.h"
#include "clock.h"
#include "engine.h"
#include "explore/body.h"
#include "fibre.h"
#include "strategy.h"
#include "trace.h"

#define CORE_BIT(thread) (UINT64_C(1) << (thread))

enum {
    CORE_THREADS = EXPLORE_THREADS_MAX,
    CORE_NOBODY = 0xff,
    CORE_STACK_BYTES = 1 << 20,
    CORE_GUARD_BYTES = 1 << 16,       /* below a stack */
    CORE_OBJECTS_MAX = 1 << 16,
    CORE_STORES_MAX = 1 << 18,        /* of one execution */
    CORE_RECENT = 8,
    CORE_CLOCK_STEP_NS = 1000000      /* what time does when all spin and nothing is due */
};

enum object_kind { OBJECT_WORD, OBJECT_LOCK };

/*
 * One store to a word.  Those of a word are a list, the modification order; a store is
 * known by its place in e->stores, from 1.
 */
struct store {
    uint64_t value;
    uint32_t step;                 /* that made it; UINT32_MAX: what was there before */
    uint32_t older;
    uint32_t newer;
    uint8_t thread;
    bool is_sc;
    bool is_rmw;                   /* nothing comes between it and the older one */
    bool has_release;
    clock_block seen_by[CLOCK_BLOCKS];   /* the epoch at which a thread wrote or first read it */
    struct clock release;          /* what one who acquires from it gets */
};

struct cell;

/* Something that threads share: known from its first use in an execution. */
struct object {
    const void *address;      /* NULL when its memory is gone */
    uint64_t waiters;         /* threads that came to take the lock */
    uint8_t kind;             /* enum object_kind */
    uint8_t bytes;            /* of the word or lock */
    uint8_t owner;            /* of a lock: thread, or CORE_NOBODY */
    uint8_t first_sleeper;    /* on the word, CORE_NOBODY at the end */
    uint8_t last_sleeper;
    uint32_t number;          /* from 1: its place in e->objects plus 1 */
    uint32_t newest;          /* store, the last in modification order */
    uint32_t last_sc;         /* SC store; 0: none */
    uint64_t checked;         /* threads that know of all plain accesses to it */
    struct cell *cell;        /* of the race detector; NULL when it is off */
    clock_block accesses[CLOCK_BLOCKS];   /* each thread's last atomic access, or use of the lock */
    clock_block writes[CLOCK_BLOCKS];     /* and store */
    struct clock clock;       /* of a lock: what its last holder knew */
};

/* Why a thread cannot go on. */
enum blocked_by { BLOCKED_NOT, BLOCKED_LOCK, BLOCKED_WORD, BLOCKED_JOIN, BLOCKED_SLEEP };

struct recent {
    uint32_t object;
    uint32_t store;
    uint64_t yields;
};

struct thread {
    /* Looked at in every step. */
    struct fibre fibre;
    void *local;               /* the body's, of this thread */
    struct object *object;     /* that it is blocked by */
    uint8_t number;
    uint8_t blocked;           /* enum blocked_by */
    uint8_t joined;            /* the thread that it waits for */
    uint8_t next_sleeper;
    bool has_timed_out;
    bool is_joined;
    bool has_fence;
    bool has_unfenced;
    uint64_t deadline_ns;      /* of what it is blocked by or about to be */
    uint64_t joiners;          /* threads that wait for its end */
    struct clock clock;        /* what happened before its next step */
    struct clock fence;        /* what it knew at its last release fence, if has_fence */
    struct clock unfenced;     /* what an acquire fence would give it, if has_unfenced */
    void (*body)(void *);
    void *argument;
    char *stack;               /* its low end, above the guard page */
    size_t stack_bytes;
    uint32_t expected;         /* what it saw when it went to sleep on a word */
    uint64_t first_yield;      /* `yields` when it began: those before were another thread's */
    uint64_t yields;           /* so far; with `recent` it keeps spinning from being endless */
    struct recent recent[CORE_RECENT];
} __attribute__((aligned(64)));

struct address_slot {
    const void *address;
    uint32_t run;              /* the execution that filled it; any other: empty */
    uint32_t object;           /* place in e->objects */
};

struct core {
    /* Looked at in every step. */
    struct thread *running;
    struct thread *decider;    /* the thread that ran before those that just began */
    uint64_t enabled;          /* threads whose pending step could be made */
    uint64_t yielded;          /* threads that wait for another to do something */
    uint64_t timed;            /* blocked threads that have a deadline */
    uint64_t deadlined;        /* threads that came to a lock with a deadline, blocked or not */
    uint64_t *dice;
    uint64_t steps;
    uint64_t attention;        /* steps after which something is to be done with each */
    uint64_t steps_max;
    struct address_slot *slots;
    uint32_t slot_mask;
    uint32_t run;
    uint32_t object_count;
    uint32_t thread_count;
    uint32_t early_timeouts_left;
    uint32_t blocks;           /* of every clock that are in use */
    uint32_t store_count;
    bool is_weak;              /* loads may see older stores */
    bool keeps_clocks;         /* the memory model or the race detector needs them */
    bool is_exact;             /* SC as RC11's axiom has it, not in the order of steps: sc.h */
    bool has_fences;           /* an SC fence was made: clocks keep `seen` */
    bool is_watching;          /* the program tells of its plain accesses */
    bool wants_steps;          /* the strategy or the trace does */
    bool is_running;           /* an execution */
    uint64_t unstarted;        /* threads that are to come to their first step before a decision */

    uint64_t present;
    uint64_t now_ns;
    struct trace *trace;
    const struct strategy *strategy;
    const struct explore_case *chosen;
    struct fibre host;
    struct object *objects;
    struct store *stores;
    struct clock fences;       /* `seen` of all SC fences so far */
    /* Whether an option of the decision that comes is one; NULL: all are. */
    bool (*is_possible)(uint32_t option);
    uint64_t random;
    uint64_t runs;             /* executions so far */
    uint32_t allocation_failures_left;
    uint32_t file_failures_left;
    uint32_t crashes_left;
    uint32_t spurious_wakes_left;
    bool has_crashed;          /* the strategy ended the process: recover() is next */
    bool is_recovering;
    uint32_t made[TRACE_THREADS_MAX];
    struct pending pending[TRACE_THREADS_MAX];
    struct thread threads[CORE_THREADS];
};

extern struct core explore_core __attribute__((visibility("hidden")));

/* schedule.c: its tables. */
void core_schedule_create(void);
/* Decide who is next, and come back when it is the caller. */
void core_schedule_others(struct core *e);
/* The same for a thread that will not come back. */
_Noreturn void core_leave(struct core *e);
/* An option of a decision that is not about threads. */
uint32_t core_decide(struct core *e, enum decision_kind kind, uint32_t count,
                     const uint32_t *sources);

/* end.c: the execution is over. */
_Noreturn void core_end(struct core *e);
_Noreturn void core_fail(struct core *e, enum verdict verdict, const char *text, ...)
    PRINTF_LIKE(3, 4);
/* Nobody can go on, and nothing is due: say who waits for what. */
_Noreturn void core_fail_deadlock(struct core *e);

/* step.c: tell the strategy and the trace, when they want to know. */
struct step_values {
    uint64_t value;
    uint64_t before;
    uint32_t source;
};
void core_tell(struct core *e, enum step_kind kind, const struct step_values *values);
/* A step was made that is told of, or is one too many. */
void core_attend(struct core *e, enum step_kind kind, const struct step_values *values);
void core_tell_clock(struct core *e);
_Noreturn void core_fail_livelock(struct core *e);

/* order.c: what threads know of each other. */
void core_clock_start(struct core *e, struct thread *thread, struct thread *starter);
/* Another block of lanes comes into use. */
void core_widen(struct core *e);
/* The first SC fence of an execution. */
void core_fences_begin(struct core *e);

/* word.c: the memory model. */
void core_word_begin(struct core *e, struct object *word);
/* A value that came from outside of the model: a plain write. */
void core_word_refresh(struct core *e, struct object *word, uint64_t value);

/* signals.c */
MUST_CHECK bool core_signals_create(void);
void core_signals_destroy(void);

/* object.c */
struct object *core_object_make(struct core *e, const void *address, enum object_kind kind,
                                struct address_slot *slot);
void core_slots_grow(struct core *e);

/* caller.c: the place in the program that is making a step. */
const void *core_caller(void);

/* heap.c */
MUST_CHECK bool core_heap_create(void);
void core_heap_destroy(void);
void core_heap_begin(void);
/* Whether the address is of a piece that the execution freed and nobody got since. */
bool core_heap_is_freed(uintptr_t address);
/* Frees what the execution left; returns how many pieces there were. */
uint64_t core_heap_end(void);

/* thread.c */
struct core_start {
    void (*body)(void *);
    void *argument;
    size_t stack_bytes;
};
/* Make thread `number` ready; false when there is no stack. */
bool core_thread_arm(struct core *e, uint32_t number, struct core_start start);
void core_thread_main(void);
void core_stacks_free(struct core *e);

static inline struct address_slot *core_slot(struct core *e, const void *address) {
    uint64_t hash = (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(hash >> 40) & e->slot_mask;
    while (e->slots[at].run == e->run && e->slots[at].address != address) {
        at = (at + 1) & e->slot_mask;
    }
    return &e->slots[at];
}

static inline struct object *core_object(struct core *e, const void *address,
                                         enum object_kind kind) {
    struct address_slot *slot = core_slot(e, address);
    if (LIKELY(slot->run == e->run)) {
        return &e->objects[slot->object];
    }
    return core_object_make(e, address, kind, slot);
}

/* ---- clocks ---- */

/* The part of a clock that says what may not be read any more. */
static ALWAYS_INLINE const clock_block *core_seen(const struct core *e, const struct clock *clock) {
    return e->has_fences ? clock->seen : clock->known;
}

static ALWAYS_INLINE int32_t core_epoch(const struct thread *thread) {
    return clock_lane(thread->clock.known, thread->number);
}

static ALWAYS_INLINE void core_clock_join(const struct core *e, struct clock *to,
                                          const struct clock *from) {
    if (!e->keeps_clocks) {
        return;
    }
    clock_blocks_join(to->known, from->known, e->blocks);
    if (UNLIKELY(e->has_fences)) {
        clock_blocks_join(to->seen, from->seen, e->blocks);
        to->fence_step = to->fence_step > from->fence_step ? to->fence_step : from->fence_step;
    }
}

static ALWAYS_INLINE void core_clock_copy(const struct core *e, struct clock *to,
                                          const struct clock *from) {
    if (!e->keeps_clocks) {
        return;
    }
    clock_blocks_copy(to->known, from->known, e->blocks);
    if (UNLIKELY(e->has_fences)) {
        clock_blocks_copy(to->seen, from->seen, e->blocks);
        to->fence_step = from->fence_step;
    }
}

static ALWAYS_INLINE void core_clock_zero(const struct core *e, struct clock *clock) {
    clock_blocks_fill(clock->known, 0, e->blocks);
    if (UNLIKELY(e->has_fences)) {
        clock_blocks_fill(clock->seen, 0, e->blocks);
        clock->fence_step = 0;
    }
}

/* What the thread does from now on is not part of the clock that it just published. */
static ALWAYS_INLINE void core_next_epoch(const struct core *e, struct thread *thread) {
    int32_t epoch = core_epoch(thread) + 1;
    clock_lane_set(thread->clock.known, thread->number, epoch);
    if (UNLIKELY(e->has_fences)) {
        clock_lane_set(thread->clock.seen, thread->number, epoch);
    }
}

/* ---- steps ---- */

/* Let a thread begin that was started.  Comes back when it is the turn of `from`. */
static inline void core_enter(struct core *e, struct thread *from) {
    struct thread *to = &e->threads[__builtin_ctzll(e->unstarted)];
    e->unstarted &= e->unstarted - 1;
    e->running = to;
    explore_fibre_enter(&from->fibre, &to->fibre, core_thread_main);
}

/* Go from the running thread to another; comes back when it is the first one's turn again. */
static ALWAYS_INLINE void core_switch(struct core *e, struct thread *from, struct thread *to) {
    e->running = to;
    explore_local = to->local;
    explore_fibre_switch(&from->fibre, &to->fibre);
}

/* Let the strategy decide who is next, and come back when it is the caller. */
static ALWAYS_INLINE void core_schedule(struct core *e) {
    uint64_t ready = e->enabled & ~e->yielded;
    if (ready != CORE_BIT(e->running->number) || e->timed != 0 || e->unstarted != 0) {
        core_schedule_others(e);
    }
}

/*
 * Say what the running thread would do, and wait until it may.  `object` is the number of
 * an object; of STEP_JOIN, that of the thread.
 */
static ALWAYS_INLINE void core_point(struct core *e, enum step_kind kind, uint32_t object,
                                     unsigned order, unsigned bytes) {
    e->pending[e->running->number] = (struct pending){
        .kind = (uint8_t)kind, .order = (uint8_t)order, .bytes = (uint8_t)bytes,
        .object = object };
    core_schedule(e);
}

/* The running thread has made its pending step.  `is_change`: others may now see something new. */
static ALWAYS_INLINE void core_made(struct core *e, enum step_kind kind, bool is_change,
                                    const struct step_values *values) {
    e->made[e->running->number]++;
    if (is_change) {
        e->yielded = 0;
    }
    if (UNLIKELY(++e->steps > e->attention)) {
        core_attend(e, kind, values);
    }
}

#endif
