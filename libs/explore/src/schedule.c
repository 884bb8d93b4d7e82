/* schedule.c - who makes the next step. */
#include "core.h"

#include <stdlib.h>

/* Of sets of the lowest eight threads: how many they are, and the k-th lowest of them. */
enum { SMALL_SETS = 256 };
static uint8_t set_count[SMALL_SETS];
static uint8_t set_member[SMALL_SETS][8];

void core_schedule_create(void) {
    for (uint32_t set = 0; set < SMALL_SETS; set++) {
        set_count[set] = 0;
        for (uint8_t thread = 0; thread < 8; thread++) {
            if ((set >> thread & 1) != 0) {
                set_member[set][set_count[set]++] = thread;
            }
        }
    }
}

/* The k-th lowest bit of `mask`, from 0. */
static inline uint32_t bit_at(uint64_t mask, uint32_t k) {
    while (k-- > 0) {
        mask &= mask - 1;
    }
    return (uint32_t)__builtin_ctzll(mask);
}

static NO_INLINE void grow_decisions(struct trace *trace) {
    size_t room = trace->decision_room != 0 ? trace->decision_room * 2 : 1024;
    struct decision *decisions = realloc(trace->decisions, room * sizeof(*decisions));
    ASSERT(decisions != NULL);
    trace->decisions = decisions;
    trace->decision_room = room;
}

static inline void note(struct core *e, enum decision_kind kind, uint32_t count,
                        uint32_t chosen) {
    struct trace *trace = e->trace;
    if (UNLIKELY(trace->decision_count == trace->decision_room)) {
        grow_decisions(trace);
    }
    trace->decisions[trace->decision_count++] = (struct decision){
        .kind = (uint8_t)kind, .thread = e->running->number, .count = (uint8_t)count,
        .chosen = (uint8_t)chosen, .step = (uint32_t)e->steps };
}

static NO_INLINE uint32_t ask(struct core *e, const struct choice *choice) {
    uint32_t option = e->strategy->choose(e->strategy->self, choice);
    if (option == STRATEGY_PRUNE) {
        e->trace->is_pruned = 1;
        core_end(e);
    }
    ASSERT(option < choice->count);
    if (UNLIKELY(choice->is_possible != NULL) && !e->strategy->is_careful && option != 0 &&
        !choice->is_possible(option)) {
        e->trace->is_pruned = 1;
        core_end(e);
    }
    return option;
}

uint32_t core_decide(struct core *e, enum decision_kind kind, uint32_t count,
                     const uint32_t *sources) {
    count = count < UINT8_MAX ? count : UINT8_MAX;
    uint32_t option;
    if (e->dice != NULL && kind != DECIDE_MEMORY && kind != DECIDE_FILE && kind != DECIDE_CRASH &&
        kind != DECIDE_SPURIOUS) {
        option = dice_below(e->dice, count);
    } else {
        struct choice choice = {
            .kind = kind, .running = e->running->number, .count = count, .step = e->steps,
            .present = e->present, .made = e->made, .sources = sources,
            .is_possible = e->is_possible };
        option = ask(e, &choice);
    }
    note(e, kind, count, option);
    return option;
}

/* Options are the running thread, if it is ready, then the others by number. */
static NO_INLINE uint32_t ask_thread(struct core *e, uint64_t ready, uint32_t count) {
    uint8_t threads[TRACE_THREADS_MAX];
    uint32_t filled = 0;
    uint64_t self = ready & CORE_BIT(e->running->number);
    if (self != 0) {
        threads[filled++] = e->running->number;
    }
    for (uint64_t left = ready & ~self; left != 0; left &= left - 1) {
        threads[filled++] = (uint8_t)__builtin_ctzll(left);
    }
    struct choice choice = {
        .kind = DECIDE_THREAD, .running = e->running->number, .count = count, .enabled = ready,
        .present = e->present, .step = e->steps, .made = e->made, .pending = e->pending,
        .threads = threads };
    return ask(e, &choice);
}

static NO_INLINE uint32_t choose_thread(struct core *e, uint64_t ready) {
    uint32_t count = (uint32_t)__builtin_popcountll(ready);
    uint64_t self = ready & CORE_BIT(e->running->number);
    uint32_t option = e->dice != NULL ? dice_below(e->dice, count) : ask_thread(e, ready, count);
    note(e, DECIDE_THREAD, count, option);
    if (self == 0) {
        return bit_at(ready, option);
    }
    if (option == 0) {
        return e->running->number;
    }
    e->trace->preemptions++;
    return bit_at(ready & ~self, option - 1);
}

/*
 * The same for few threads and dice, the common case.  It has no branch that depends on
 * the dice, since nothing could predict it.
 */
static ALWAYS_INLINE uint32_t throw_dice(struct core *e, uint64_t ready) {
    struct trace *trace = e->trace;
    uint32_t running = e->running->number;
    uint64_t self = ready & CORE_BIT(running);
    uint32_t has_self = self != 0;
    uint32_t count = set_count[ready];
    uint32_t option = dice_below(e->dice, count);
    uint32_t is_other = (option != 0) | !has_self;
    uint32_t other = set_member[ready ^ self][(option - has_self) & 7];
    note(e, DECIDE_THREAD, count, option);
    trace->preemptions += has_self & is_other;
    return is_other ? other : running;
}

static void unlink_sleeper(struct core *e, struct object *object, uint8_t number) {
    uint8_t before = CORE_NOBODY;
    uint8_t at = object->first_sleeper;
    while (at != number) {
        before = at;
        at = e->threads[at].next_sleeper;
    }
    uint8_t after = e->threads[number].next_sleeper;
    if (before == CORE_NOBODY) {
        object->first_sleeper = after;
    } else {
        e->threads[before].next_sleeper = after;
    }
    if (object->last_sleeper == number) {
        object->last_sleeper = before;
    }
}

static void time_out(struct core *e, struct thread *thread) {
    uint64_t bit = CORE_BIT(thread->number);
    if (thread->blocked == BLOCKED_LOCK) {
        thread->object->waiters &= ~bit;
    } else if (thread->blocked == BLOCKED_WORD) {
        unlink_sleeper(e, thread->object, thread->number);
    } else if (thread->blocked == BLOCKED_JOIN) {
        e->threads[thread->joined].joiners &= ~bit;
    }
    thread->has_timed_out = true;
    thread->blocked = BLOCKED_NOT;
    e->enabled |= bit;
    e->timed &= ~bit;
    e->pending[thread->number].kind = STEP_TIMED_OUT;
}

static uint64_t nearest_deadline(const struct core *e) {
    uint64_t nearest = UINT64_MAX;
    for (uint64_t left = e->timed; left != 0; left &= left - 1) {
        uint64_t deadline = e->threads[__builtin_ctzll(left)].deadline_ns;
        nearest = deadline < nearest ? deadline : nearest;
    }
    return nearest;
}

/* The step of the clock: to the next deadline, or a little when none is pending. */
static NO_INLINE void move_clock(struct core *e) {
    uint64_t to = e->timed != 0 ? nearest_deadline(e) : e->now_ns + CORE_CLOCK_STEP_NS;
    e->now_ns = to > e->now_ns ? to : e->now_ns;
    for (uint64_t left = e->timed; left != 0; left &= left - 1) {
        struct thread *thread = &e->threads[__builtin_ctzll(left)];
        if (thread->deadline_ns <= e->now_ns) {
            time_out(e, thread);
        }
    }
    e->yielded = 0;
    e->steps++;
    e->made[TRACE_CLOCK]++;
    if (e->wants_steps) {
        core_tell_clock(e);
    }
    if (e->steps > e->steps_max) {
        core_fail_livelock(e);
    }
}

/* Nobody is ready: time goes on, or never will. */
static NO_INLINE void wait_for_time(struct core *e) {
    if (e->timed == 0 && e->yielded == 0) {
        core_fail_deadlock(e);
    }
    move_clock(e);
}

/* The thread that makes the next step. */
static inline struct thread *next_thread(struct core *e) {
    for (;;) {
        uint64_t ready = e->enabled & ~e->yielded;
        if (UNLIKELY(ready == 0)) {
            wait_for_time(e);
            continue;
        }
        if (UNLIKELY(e->timed != 0) && e->early_timeouts_left > 0) {
            ready |= CORE_BIT(TRACE_CLOCK);
        }
        uint32_t next;
        if ((ready & (ready - 1)) == 0) {
            next = (uint32_t)__builtin_ctzll(ready);
        } else if (LIKELY(e->dice != NULL && ready < SMALL_SETS)) {
            return &e->threads[throw_dice(e, ready)];
        } else {
            next = choose_thread(e, ready);
        }
        if (LIKELY(next != TRACE_CLOCK)) {
            return &e->threads[next];
        }
        e->early_timeouts_left--;
        move_clock(e);
    }
}

/*
 * Threads that were started come to their first steps now, one after another, so that
 * what they would do is known; the last of them decides, for the thread that ran before.
 */
void core_schedule_others(struct core *e) {
    struct thread *self = e->running;
    if (UNLIKELY(e->unstarted != 0)) {
        e->decider = e->decider != NULL ? e->decider : self;
        core_enter(e, self);
        return;
    }
    if (UNLIKELY(e->decider != NULL)) {
        e->running = e->decider;
        e->decider = NULL;
    }
    struct thread *next = next_thread(e);
    if (next != self) {
        core_switch(e, self, next);
    } else {
        e->running = self;
    }
}

void core_leave(struct core *e) {
    struct thread *self = e->running;
    if (e->unstarted != 0) {
        e->decider = e->decider != NULL ? e->decider : self;
        core_enter(e, self);
    }
    if (e->present == 0) {
        core_end(e);
    }
    if (e->decider != NULL) {
        e->running = e->decider;
        e->decider = NULL;
    }
    core_switch(e, self, next_thread(e));
    __builtin_unreachable();
}
