/*
 * dpor_order.c - in what order steps came that depend on each other, and which two could
 * have come the other way round.
 *
 * The clock of a step says of every thread how many of its steps it comes after: in program
 * order, because it touches what they touched, or because they let it go on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "dpor_impl.h"

uint32_t *dpor_clock(const struct dpor *dpor, uint32_t event) {
    return dpor->clocks + (size_t)event * dpor->width;
}

bool dpor_is_before(const struct dpor *dpor, uint32_t event, const uint32_t *clock) {
    const struct dpor_event *e = &dpor->events[event];
    return clock[dpor_slot(e->thread)] >= e->number;
}

void dpor_join(const struct dpor *dpor, uint32_t *clock, uint32_t event) {
    const uint32_t *other = dpor_clock(dpor, event);
    for (uint32_t i = 0; i < dpor->width; i++) {
        clock[i] = other[i] > clock[i] ? other[i] : clock[i];
    }
}

static void *grow(void *memory, size_t count, size_t bytes) {
    void *grown = realloc(memory, count * bytes);
    ASSERT(grown != NULL);
    return grown;
}

/* One row more is kept for a step that is looked at and not made. */
void dpor_reserve(struct dpor *dpor, uint32_t threads) {
    uint32_t width = dpor->width != 0 ? dpor->width : 8;
    while (width < threads) {
        width *= 2;
    }
    bool is_full = dpor->event_count + 1 >= dpor->event_room;
    if (width == dpor->width && !is_full) {
        return;
    }
    uint32_t room = !is_full ? dpor->event_room : dpor->event_room != 0 ? 2 * dpor->event_room
                                                                      : 256;
    uint32_t *clocks = calloc((size_t)room * width, sizeof(*clocks));
    ASSERT(clocks != NULL);
    for (uint32_t i = 0; i < dpor->event_count; i++) {
        memcpy(clocks + (size_t)i * width, dpor_clock(dpor, i), dpor->width * sizeof(*clocks));
    }
    free(dpor->clocks);
    dpor->clocks = clocks;
    dpor->width = width;
    dpor->scratch = grow(dpor->scratch, width, sizeof(*dpor->scratch));
    dpor->events = grow(dpor->events, room, sizeof(*dpor->events));
    dpor->numbers = grow(dpor->numbers, room, sizeof(*dpor->numbers));
    dpor->event_room = room;
}

struct dpor_object *dpor_object(struct dpor *dpor, uint32_t number) {
    if (number >= dpor->object_room) {
        uint32_t room = 2 * number + 16;
        dpor->objects = grow(dpor->objects, room, sizeof(*dpor->objects));
        memset(dpor->objects + dpor->object_room, 0xff,
               (room - dpor->object_room) * sizeof(*dpor->objects));
        dpor->object_room = room;
    }
    return &dpor->objects[number];
}

/* ---- races ------------------------------------------------------------------------------ */

enum { FOUND_MAX = 2 * TRACE_THREADS_MAX };

/* The step that comes, while its order to those before is found. */
struct arrival {
    struct dpor_event event;
    uint32_t base_latest;     /* of the steps that it comes after without touching them */
    uint32_t *clock;          /* of them, and those before found so far */
    uint32_t found[FOUND_MAX];   /* steps it touches, none before another */
    uint32_t found_count;
};

/*
 * The threads that could make the first step of what comes after `head` but does not come
 * after it for a reason, with the arrival as its last step.
 */
static uint64_t initials(const struct dpor *dpor, const struct arrival *arrival, uint32_t race,
                         uint32_t head) {
    uint64_t seen = 0;
    uint64_t first = 0;
    for (uint32_t i = head + 1; i < dpor->event_count; i++) {
        const struct dpor_event *e = &dpor->events[i];
        if ((seen & dpor_bit(e->thread)) != 0 ||
            dpor_is_before(dpor, head, dpor_clock(dpor, i))) {
            continue;
        }
        seen |= dpor_bit(e->thread);
        if (e->latest_before == DPOR_NONE || e->latest_before < head) {
            first |= dpor_bit(e->thread);
        }
    }
    bool is_last_first = (seen & dpor_bit(arrival->event.thread)) == 0 &&
                         (arrival->base_latest == DPOR_NONE || arrival->base_latest < head);
    for (uint32_t i = 0; i < arrival->found_count && is_last_first; i++) {
        uint32_t found = arrival->found[i];
        is_last_first = found == race || found < head ||
                        dpor_is_before(dpor, head, dpor_clock(dpor, found));
    }
    return is_last_first ? first | dpor_bit(arrival->event.thread) : first;
}

/* The arrival could have come before step `race`: see to it that this is explored. */
static void want_reversal(struct dpor *dpor, const struct arrival *arrival, uint32_t race) {
    uint32_t number = dpor->events[race].node;
    if (number == DPOR_NONE) {
        return;   /* nobody else could go on there */
    }
    struct dpor_node *node = &dpor->nodes[number];
    uint64_t first = initials(dpor, arrival, race, node->event);
    if (first == 0 || (first & (node->wanted | node->asleep)) != 0) {
        return;   /* another race comes before this one, or it is seen to */
    }
    uint64_t possible = first & node->enabled;
    if (possible == 0 && first == dpor_bit(TRACE_CLOCK)) {
        return;   /* time may not pass early so often */
    }
    if (possible == 0 && first == dpor_bit(arrival->event.thread) &&
        arrival->event.has_deadline) {
        return;   /* it waits there already: want_clock() does the rest */
    }
    if (possible == 0) {
        node->wanted |= node->enabled;
    } else if ((possible & dpor_bit(arrival->event.thread)) != 0) {
        node->wanted |= dpor_bit(arrival->event.thread);
    } else {
        node->wanted |= possible & -possible;
    }
}

static void add_found(struct dpor *dpor, struct arrival *arrival, uint32_t event) {
    if (arrival->found_count < FOUND_MAX) {
        arrival->found[arrival->found_count++] = event;
    }
    dpor_join(dpor, arrival->clock, event);
}

/* Goes back along a chain; what the arrival touches and does not come after anyhow is a race. */
static void look_back(struct dpor *dpor, struct arrival *arrival, enum dpor_chain chain,
                      uint32_t last) {
    uint32_t passed[FOUND_MAX];
    uint32_t passed_count = 0;
    for (uint32_t i = last; i != DPOR_NONE; i = dpor->events[i].before[chain]) {
        const struct dpor_event *e = &dpor->events[i];
        if (!dpor_touches(e, &arrival->event, chain)) {
            continue;
        }
        bool is_race = !dpor_is_before(dpor, i, arrival->clock);
        bool can_reverse = dpor_is_reversible(e, &arrival->event);
        if (is_race && (can_reverse || arrival->event.has_deadline)) {
            want_reversal(dpor, arrival, i);   /* with a deadline: it could have waited in vain */
        }
        if (is_race && can_reverse) {
            add_found(dpor, arrival, i);
        } else if (is_race && passed_count < FOUND_MAX) {
            passed[passed_count++] = i;
        }
        if (chain == CHAIN_OBJECT && can_reverse &&
            dpor_is_write(e)) {
            break;   /* all others of this object come before it */
        }
    }
    for (uint32_t i = 0; i < passed_count; i++) {
        add_found(dpor, arrival, passed[i]);
    }
}

/* Comes after `event` for a reason that no other order changes. */
static void follow(struct dpor *dpor, struct arrival *arrival, uint32_t event) {
    if (event == DPOR_NONE) {
        return;
    }
    dpor_join(dpor, arrival->clock, event);
    if (arrival->base_latest == DPOR_NONE || event > arrival->base_latest) {
        arrival->base_latest = event;
    }
}

static uint32_t enabler_of(const struct dpor *dpor, uint32_t thread) {
    if (dpor->enabler[thread] != DPOR_NONE) {
        return dpor->enabler[thread];
    }
    return dpor->event_count > 0 ? dpor->event_count - 1 : DPOR_NONE;
}

static void follow_reasons(struct dpor *dpor, struct arrival *arrival, const struct step *step) {
    uint32_t thread = step->thread;
    follow(dpor, arrival, dpor->last_of_thread[thread]);
    switch (step->kind) {
    case STEP_START:
        if (dpor->event_count > 0) {
            follow(dpor, arrival, dpor->event_count - 1);
        }
        break;
    case STEP_WOKEN:
    case STEP_TIMED_OUT:
    case STEP_YIELD:
        follow(dpor, arrival, enabler_of(dpor, thread));
        break;
    case STEP_JOIN:
        if (arrival->event.looks_once) {
            follow(dpor, arrival, dpor->enabler[thread]);
        } else if (step->value < TRACE_THREADS_MAX) {
            follow(dpor, arrival, dpor->last_of_thread[step->value]);
        }
        break;
    default:
        break;
    }
}

static void look_all_back(struct dpor *dpor, struct arrival *arrival) {
    struct dpor_event *e = &arrival->event;
    uint32_t object = dpor_object_of(e->kind, e->object);
    memset(e->before, 0xff, sizeof(e->before));
    e->before[CHAIN_THREAD] = dpor->last_of_thread[e->thread];
    if (object != DPOR_NONE) {
        e->before[CHAIN_OBJECT] = dpor_object(dpor, object)->last;
        look_back(dpor, arrival, CHAIN_OBJECT, e->before[CHAIN_OBJECT]);
    }
    if (e->is_timed) {
        e->before[CHAIN_TIME] = dpor->last_time;
    }
    if (e->is_timed && (dpor->clock_count > 0 || e->looks_once || e->thread == TRACE_CLOCK)) {
        look_back(dpor, arrival, CHAIN_TIME, dpor->last_time);
    }
    if (e->changes) {
        e->before[CHAIN_CHANGE] = dpor->last_change;
        look_back(dpor, arrival, CHAIN_CHANGE,
                  dpor->yield_count > 0 ? dpor->last_change : DPOR_NONE);
    }
    e->latest_before = arrival->base_latest;
    for (uint32_t i = 0; i < arrival->found_count; i++) {
        uint32_t found = arrival->found[i];
        if (e->latest_before == DPOR_NONE || found > e->latest_before) {
            e->latest_before = found;
        }
    }
}

static void link_last(struct dpor *dpor, uint32_t number) {
    const struct dpor_event *e = &dpor->events[number];
    uint32_t object = dpor_object_of(e->kind, e->object);
    dpor->last_of_thread[e->thread] = number;
    if (object != DPOR_NONE) {
        dpor_object(dpor, object)->last = number;
    }
    if (e->is_timed) {
        dpor->last_time = number;
    }
    if (e->changes) {
        dpor->last_change = number;
    }
    dpor->clock_count += e->thread == TRACE_CLOCK;
}

/* The clock may move before any step that is about time. */
static void want_clock(struct dpor *dpor, const struct dpor_event *e) {
    if (e->node != DPOR_NONE && e->is_timed && e->thread != TRACE_CLOCK) {
        dpor->nodes[e->node].wanted |= dpor->nodes[e->node].enabled & dpor_bit(TRACE_CLOCK);
    }
}

/* The engine counts neither the beginning of a thread nor its end. */
static bool is_counted(unsigned kind) {
    return kind != STEP_START && kind != STEP_EXIT && kind != STEP_PANIC;
}

static uint32_t steps_before(const struct dpor *dpor) {
    if (dpor->event_count == 0) {
        return 0;
    }
    const struct dpor_event *last = &dpor->events[dpor->event_count - 1];
    return last->step + (is_counted(last->kind) ? 1 : 0);
}

static bool has_deadline(unsigned kind, unsigned bytes) {
    return bytes == WAITS_UNTIL_DEADLINE &&
           (kind == STEP_LOCK || kind == STEP_JOIN || kind == STEP_TIMED_OUT);
}

static bool is_plain_join(unsigned kind, unsigned bytes) {
    return kind == STEP_JOIN && bytes == WAITS;
}

static bool looks_once(const struct dpor *dpor, const struct step *step) {
    if (step->kind != STEP_LOCK && step->kind != STEP_JOIN) {
        return false;
    }
    uint32_t enabler = dpor->enabler[step->thread];
    return step->bytes == LOOKS_ONCE ||
           (enabler != DPOR_NONE && dpor->events[enabler].thread == TRACE_CLOCK);
}

/* The clock moves, and threads stop waiting for locks that they would have taken earlier. */
static void give_up(struct dpor *dpor) {
    for (uint32_t thread = 0; dpor->pending != NULL && thread < TRACE_CLOCK; thread++) {
        const struct pending *pending = &dpor->pending[thread];
        uint32_t last = dpor->last_of_thread[thread];
        if (last != DPOR_NONE && dpor->events[last].kind != STEP_EXIT &&
            pending->kind == STEP_TIMED_OUT && pending->object != 0 &&
            pending->bytes == WAITS_UNTIL_DEADLINE) {
            dpor_add_pending(dpor, thread);
        }
    }
}

void dpor_add(struct dpor *dpor, const struct step *step) {
    struct arrival arrival;
    dpor_reserve(dpor, step->thread == TRACE_CLOCK ? 1 : step->thread + 2u);
    if (step->thread == TRACE_CLOCK) {
        give_up(dpor);
    }
    uint32_t number = dpor->event_count;
    uint32_t last = dpor->last_of_thread[step->thread];
    arrival.found_count = 0;
    arrival.base_latest = DPOR_NONE;
    arrival.clock = dpor_clock(dpor, number);
    memset(arrival.clock, 0, dpor->width * sizeof(*arrival.clock));
    arrival.event = (struct dpor_event){
        .thread = step->thread, .kind = step->kind, .order = step->order, .object = step->object,
        .number = last == DPOR_NONE ? 1 : dpor->events[last].number + 1, .node = dpor->node_now,
        .step = steps_before(dpor),
        .has_failed = step->kind == STEP_LOCK && step->value == 0,
        .looks_once = looks_once(dpor, step),
        .has_deadline = has_deadline(step->kind, step->bytes),
        .is_timed = dpor_is_timed(step->kind) && !is_plain_join(step->kind, step->bytes),
        .changes = dpor_is_change(step->kind, step->order) &&
                   (step->kind != STEP_LOCK || step->value != 0),
        .older = DPOR_NONE, .newer = DPOR_NONE, .source = DPOR_NONE };
    if (step->kind == STEP_EXIT && last != DPOR_NONE) {
        arrival.event.node = dpor->events[last].node;
    }
    arrival.event.lets_go = arrival.event.changes && dpor->yielding != 0;
    follow_reasons(dpor, &arrival, step);
    look_all_back(dpor, &arrival);
    arrival.clock[dpor_slot(step->thread)] = arrival.event.number;
    dpor->events[number] = arrival.event;
    dpor->numbers[arrival.event.step] = number;
    dpor->event_count++;
    link_last(dpor, number);
    dpor_place(dpor, number, step);
    want_clock(dpor, &arrival.event);
}

/* Step `number`, made before, turns out to be one of a chain: its place there, its races. */
static void join_chain(struct dpor *dpor, uint32_t number, enum dpor_chain chain,
                       uint32_t *last) {
    struct dpor_event *e = &dpor->events[number];
    struct arrival arrival = { .event = *e, .base_latest = e->latest_before,
                               .clock = dpor_clock(dpor, number) };
    if (*last != number) {
        e->before[chain] = *last;
        *last = number;
    }
    look_back(dpor, &arrival, chain, e->before[chain]);
    for (uint32_t i = 0; i < arrival.found_count; i++) {
        uint32_t found = arrival.found[i];
        e->latest_before = e->latest_before == DPOR_NONE || found > e->latest_before
                               ? found : e->latest_before;
    }
}

static bool can_join(uint32_t last, uint32_t number) {
    return last == DPOR_NONE || last <= number;   /* else it came there long ago */
}

void dpor_arrive(struct dpor *dpor, uint32_t thread) {
    const struct pending *pending = &dpor->pending[thread];
    uint32_t number = dpor->made_by[thread];
    if (thread == TRACE_CLOCK || number == DPOR_NONE ||
        dpor->events[number].kind == STEP_EXIT) {
        return;
    }
    struct dpor_event *e = &dpor->events[number];
    bool is_new = dpor->event_at == dpor->event_count;
    bool waits = (pending->kind == STEP_TIMED_OUT && pending->object == 0) ||
                 ((pending->kind == STEP_LOCK || pending->kind == STEP_JOIN) &&
                  pending->bytes == WAITS_UNTIL_DEADLINE);
    if (waits && (e->is_timed || can_join(dpor->last_time, number))) {
        dpor->asleep &= ~dpor_bit(TRACE_CLOCK);
        if (is_new && !e->is_timed) {
            e->is_timed = true;
            join_chain(dpor, number, CHAIN_TIME, &dpor->last_time);
            want_clock(dpor, e);
        }
    }
    if (pending->kind == STEP_YIELD && (e->yields || can_join(dpor->last_change, number))) {
        dpor->spinners |= dpor_bit(thread);
        dpor->yielding |= dpor_bit(thread);
        dpor->asleep = 0;   /* the step of any of them, or its end, would let this one go on */
        if (is_new && !e->yields) {
            e->yields = true;
            dpor->yield_count++;
            join_chain(dpor, number, CHAIN_CHANGE, &dpor->last_change);
        }
    }
}

void dpor_forget(struct dpor *dpor, uint32_t count) {
    while (dpor->event_count > count) {
        uint32_t number = --dpor->event_count;
        const struct dpor_event *e = &dpor->events[number];
        uint32_t object = dpor_object_of(e->kind, e->object);
        dpor_unplace(dpor, number);
        dpor->last_of_thread[e->thread] = e->before[CHAIN_THREAD];
        if (object != DPOR_NONE) {
            dpor_object(dpor, object)->last = e->before[CHAIN_OBJECT];
        }
        if (e->is_timed) {
            dpor->last_time = e->before[CHAIN_TIME];
        }
        if (e->changes || e->yields) {
            dpor->last_change = e->before[CHAIN_CHANGE];
        }
        dpor->clock_count -= e->thread == TRACE_CLOCK;
        dpor->yield_count -= e->yields;
    }
}

void dpor_add_pending(struct dpor *dpor, uint32_t thread) {
    const struct pending *pending = &dpor->pending[thread];
    struct arrival arrival;
    if (pending->kind == STEP_WOKEN || is_plain_join(pending->kind, pending->bytes)) {
        return;   /* nothing that was done made it wait */
    }
    dpor_reserve(dpor, thread + 2);
    uint32_t last = dpor->last_of_thread[thread];
    arrival.found_count = 0;
    arrival.base_latest = DPOR_NONE;
    arrival.clock = dpor_clock(dpor, dpor->event_count);
    memset(arrival.clock, 0, dpor->width * sizeof(*arrival.clock));
    bool was_lock = pending->kind == STEP_TIMED_OUT && pending->bytes == WAITS_UNTIL_DEADLINE;
    uint8_t kind = was_lock ? STEP_LOCK : pending->kind;
    arrival.event = (struct dpor_event){
        .thread = (uint8_t)thread, .kind = kind, .order = pending->order,
        .object = pending->object, .number = dpor->events[last].number + 1,
        .node = DPOR_NONE, .is_timed = dpor_is_timed(kind),
        .changes = dpor_is_change(kind, pending->order),
        .has_deadline = has_deadline(kind, pending->bytes),
        .looks_once = (pending->kind == STEP_LOCK || pending->kind == STEP_JOIN) &&
                      pending->bytes == LOOKS_ONCE };
    follow(dpor, &arrival, last);
    look_all_back(dpor, &arrival);
}
