/*
 * dpor.c - walks the tree of decisions, depth first, and only where something differs.
 *
 * Source-DPOR with sleep sets: P. Abdulla, S. Aronis, B. Jonsson, K. Sagonas, "Source sets:
 * a foundation for optimal dynamic partial order reduction", J. ACM 64(4), 2017.  dpor.md
 * has what is ours: weak memory, locks, waiting, time.
 */
#include "dpor.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "dpor_impl.h"

static struct dpor_node *push(struct dpor *dpor, const struct choice *choice) {
    if (dpor->node_count == dpor->node_room) {
        dpor->node_room = dpor->node_room != 0 ? 2 * dpor->node_room : 256;
        dpor->nodes = realloc(dpor->nodes, dpor->node_room * sizeof(*dpor->nodes));
        ASSERT(dpor->nodes != NULL);
    }
    struct dpor_node *node = &dpor->nodes[dpor->node_count++];
    *node = (struct dpor_node){ .kind = (uint8_t)choice->kind, .event = dpor->event_at };
    return node;
}

/* The thread that goes on at a new place, or false: all would only repeat something. */
static bool pick(const struct dpor *dpor, const struct choice *choice, uint8_t *out_thread) {
    uint64_t awake = choice->enabled & ~dpor->asleep;
    if (awake == 0) {
        return false;
    }
    if (awake & dpor_bit(choice->running)) {
        *out_thread = (uint8_t)choice->running;
    } else {
        *out_thread = (uint8_t)__builtin_ctzll(awake);   /* the clock is the last */
    }
    return true;
}

/* Threads that were blocked and now are not: what the last step did. */
static void note_enabled(struct dpor *dpor, const struct choice *choice) {
    uint64_t fresh = choice->enabled & ~dpor->was_enabled;
    for (; fresh != 0; fresh &= fresh - 1) {
        uint32_t thread = (uint32_t)__builtin_ctzll(fresh);
        dpor->enabler[thread] = dpor->event_at > 0 ? dpor->event_at - 1 : DPOR_NONE;
    }
    dpor->was_enabled = choice->enabled;
}

/* From here on the threads explored before sleep, until a step disturbs what they would do. */
static void put_to_sleep(struct dpor *dpor, const struct dpor_node *node,
                         const struct choice *choice) {
    dpor->asleep = (node->asleep | node->done) & ~dpor_bit(node->chosen);
    for (uint64_t left = dpor->asleep; left != 0; left &= left - 1) {
        uint32_t thread = (uint32_t)__builtin_ctzll(left);
        if (thread != TRACE_CLOCK) {
            dpor->asleep_pending[thread] = choice->pending[thread];
        }
    }
}

static uint32_t option_of(const struct choice *choice, uint8_t thread) {
    for (uint32_t option = 0; option < choice->count; option++) {
        if (choice->threads[option] == thread) {
            return option;
        }
    }
    return STRATEGY_PRUNE;   /* not the same program as before: the engine will say so */
}

static uint32_t choose_thread(struct dpor *dpor, const struct choice *choice) {
    dpor->pending = choice->pending;
    dpor->present = choice->present;
    note_enabled(dpor, choice);
    dpor_arrive(dpor, choice->running);
    if (dpor->is_redundant) {
        return STRATEGY_PRUNE;
    }
    if (dpor->node_at == dpor->node_count) {
        uint8_t thread;
        if (!pick(dpor, choice, &thread)) {
            dpor->is_redundant = true;
            return STRATEGY_PRUNE;
        }
        struct dpor_node *node = push(dpor, choice);
        node->enabled = choice->enabled;
        node->asleep = dpor->asleep;
        node->chosen = thread;
        node->wanted = dpor_bit(thread);
    }
    dpor->node_now = dpor->node_at;
    const struct dpor_node *node = &dpor->nodes[dpor->node_at++];
    put_to_sleep(dpor, node, choice);
    return option_of(choice, node->chosen);
}

static uint32_t choose_option(struct dpor *dpor, const struct choice *choice) {
    if (dpor->node_at == dpor->node_count) {
        struct dpor_node *node = push(dpor, choice);
        if (choice->kind == DECIDE_LOAD) {
            dpor_allow_loads(dpor, choice, node);
        } else if (choice->kind == DECIDE_STORE) {
            dpor_allow_stores(dpor, choice, node);
        } else {
            for (uint32_t option = 0; option < choice->count; option++) {
                node->allowed[option / 64] |= dpor_bit(option % 64);
            }
        }
    }
    uint32_t option = dpor->nodes[dpor->node_at++].chosen;
    if (choice->kind == DECIDE_STORE) {
        dpor->placed_before = choice->sources[option];
    } else if (choice->kind == DECIDE_LOAD) {
        dpor->reads_oldest = option != 0;
    }
    return option < choice->count ? option : STRATEGY_PRUNE;
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct dpor *dpor = self;
    if (choice->kind == DECIDE_THREAD) {
        return choose_thread(dpor, choice);
    }
    return choose_option(dpor, choice);
}

/*
 * Who sleeps wakes up when what it would do may now go otherwise.  Its next step may be its
 * last, and that it ends matters to who waits for an end until some time.
 */
static void wake(struct dpor *dpor, const struct dpor_event *event) {
    if (event->thread == TRACE_CLOCK || event->lets_go ||
        (event->has_deadline && event->kind != STEP_LOCK)) {
        dpor->asleep = 0;
    }
    for (uint64_t left = dpor->asleep; left != 0; left &= left - 1) {
        uint32_t thread = (uint32_t)__builtin_ctzll(left);
        bool may_yield = (dpor->spinners & dpor_bit(thread)) != 0 && event->changes &&
                         dpor->asleep_pending[thread].kind != STEP_YIELD;
        if (thread == event->thread || may_yield ||
            dpor_is_dependent(event, &dpor->asleep_pending[thread], thread)) {
            dpor->asleep &= ~dpor_bit(thread);
        }
    }
}

/* Nobody asked since the last step, for only one thread could go on: where did it lead? */
static void catch_up(struct dpor *dpor) {
    uint32_t last = dpor->event_at;
    while (last > 0 && dpor->events[last - 1].kind == STEP_START) {
        last--;
    }
    if (last > 0 && dpor->pending != NULL) {
        dpor_arrive(dpor, dpor->events[last - 1].thread);
    }
}

static void step(void *self, const struct step *step) {
    struct dpor *dpor = self;
    if (dpor->node_now == DPOR_NONE) {
        catch_up(dpor);
    }
    bool is_glued = step->kind == STEP_START || step->kind == STEP_EXIT;
    if ((dpor->asleep & dpor_bit(step->thread)) != 0 && !is_glued) {
        dpor->is_redundant = true;   /* nobody else could go on, so nobody asked us */
    }
    if (dpor->event_at == dpor->event_count) {
        dpor_add(dpor, step);
    }
    dpor->made_by[step->thread] = dpor->event_at;
    const struct dpor_event *event = &dpor->events[dpor->event_at++];
    dpor->node_now = DPOR_NONE;
    dpor->placed_before = DPOR_NONE;
    dpor->reads_oldest = false;
    dpor->yielding = event->changes ? 0 : dpor->yielding & ~dpor_bit(step->thread);
    dpor->enabler[step->thread] = DPOR_NONE;
    dpor->was_enabled &= ~dpor_bit(step->thread);   /* it may block before we are asked again */
    wake(dpor, event);
}

/* The next option of a decision, or false. */
static bool advance(struct dpor_node *node) {
    if (node->kind == DECIDE_THREAD) {
        node->done |= dpor_bit(node->chosen);
        uint64_t left = node->wanted & node->enabled & ~node->done & ~node->asleep;
        if (left == 0) {
            return false;
        }
        node->chosen = (uint8_t)__builtin_ctzll(left);
        return true;
    }
    for (uint32_t option = node->chosen + 1u; option < 256; option++) {
        if (node->allowed[option / 64] >> (option % 64) & 1) {
            node->chosen = (uint8_t)option;
            return true;
        }
    }
    return false;
}

static bool begin(void *self, uint64_t run) {
    struct dpor *dpor = self;
    (void)run;
    if (dpor->has_begun) {
        while (dpor->node_count > 0 && !advance(&dpor->nodes[dpor->node_count - 1])) {
            dpor->node_count--;
        }
        if (dpor->node_count == 0) {
            return false;
        }
        dpor_forget(dpor, dpor->nodes[dpor->node_count - 1].event);
    }
    dpor->has_begun = true;
    dpor->is_redundant = false;
    dpor->node_at = 0;
    dpor->event_at = 0;
    dpor->node_now = DPOR_NONE;
    dpor->placed_before = DPOR_NONE;
    dpor->reads_oldest = false;
    dpor->asleep = 0;
    dpor->yielding = 0;
    dpor->was_enabled = UINT64_MAX;
    dpor->present = 0;
    memset(dpor->enabler, 0xff, sizeof(dpor->enabler));
    memset(dpor->made_by, 0xff, sizeof(dpor->made_by));
    return true;
}

/* What threads would have done, had the execution not ended here, may be possible earlier. */
static void end(void *self, const struct trace *trace) {
    struct dpor *dpor = self;
    if (trace->is_pruned || dpor->is_redundant || dpor->pending == NULL) {
        return;
    }
    for (uint64_t left = dpor->present; left != 0; left &= left - 1) {
        uint32_t thread = (uint32_t)__builtin_ctzll(left);
        uint32_t last = dpor->last_of_thread[thread];
        if (last != DPOR_NONE && dpor->events[last].kind != STEP_EXIT) {
            dpor_add_pending(dpor, thread);
        }
    }
}

static bool is_news(const void *self) {
    const struct dpor *dpor = self;
    return !dpor->is_redundant;
}

static void destroy(struct strategy *strategy) {
    struct dpor *dpor = strategy->self;
    free(dpor->nodes);
    free(dpor->events);
    free(dpor->clocks);
    free(dpor->numbers);
    free(dpor->scratch);
    free(dpor->objects);
    free(dpor);
}

struct strategy *strategy_dpor_create(void) {
    struct dpor *dpor = calloc(1, sizeof(*dpor));
    if (dpor == NULL) {
        return NULL;
    }
    dpor->last_time = dpor->last_change = DPOR_NONE;
    memset(dpor->last_of_thread, 0xff, sizeof(dpor->last_of_thread));
    dpor->strategy = (struct strategy){
        .self = dpor, .begin = begin, .choose = choose, .step = step, .end = end,
        .is_news = is_news, .destroy = destroy, .is_careful = true };
    return &dpor->strategy;
}
