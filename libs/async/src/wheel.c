/*
 * wheel.c - the timer wheel.
 *
 * `place` says where a timer is: 0 nowhere, DUE, FAR, or the number of its slot.  Lists
 * of slots and the far one are without order; that of what is due is sorted, so expiring
 * takes its head.
 */
#include "async/timer.h"

#include <stddef.h>

#include "base/assert.h"
#include "sync/wait.h"

enum { DIGIT_BITS = 6, SLOT_MASK = ASYNC_WHEEL_SLOTS - 1, FAR_BITS = 24 };
enum { PLACE_NONE = 0, PLACE_DUE, PLACE_FAR, PLACE_SLOT };   /* and the slots from there on */

static uint64_t tick_of(uint64_t time_ns) {
    return time_ns / ASYNC_WHEEL_TICK_NS;
}

static bool is_before(const struct async_timer *a, const struct async_timer *b) {
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns
                                            : a->number < b->number;
}

void async_wheel_init(struct async_wheel *wheel, uint64_t now_ns) {
    *wheel = (struct async_wheel){ .tick = tick_of(now_ns), .next_ns = SYNC_NO_DEADLINE,
                                   .is_next_known = true };
}

/* ---- where a timer belongs ---- */

/* Its slot's list, or the far one; not for what is due. */
static struct async_timer **place(struct async_wheel *wheel, struct async_timer *timer) {
    uint64_t tick = tick_of(timer->deadline_ns);
    uint64_t differing = tick ^ wheel->tick;   /* not 0 */
    if (differing >> FAR_BITS != 0) {
        timer->place = PLACE_FAR;
        return &wheel->far;
    }
    uint32_t level = (63u - (uint32_t)__builtin_clzll(differing)) / DIGIT_BITS;
    uint32_t slot = (uint32_t)(tick >> (level * DIGIT_BITS)) & SLOT_MASK;
    uint64_t *earliest_ns = &wheel->earliest_ns[level][slot];
    bool is_first = wheel->slots[level][slot] == NULL;
    if (is_first || timer->deadline_ns < *earliest_ns) {
        *earliest_ns = timer->deadline_ns;   /* 0, not known, stays so */
    }
    timer->place = PLACE_SLOT + level * ASYNC_WHEEL_SLOTS + slot;
    wheel->occupied[level] |= (uint64_t)1 << slot;
    return &wheel->slots[level][slot];
}

static void insert(struct async_wheel *wheel, struct async_timer *timer) {
    struct async_timer **list = place(wheel, timer);
    timer->previous = NULL;
    timer->next = *list;
    if (timer->next != NULL) {
        timer->next->previous = timer;
    }
    *list = timer;
}

/* Into the sorted list, from its end. */
static void insert_due(struct async_wheel *wheel, struct async_timer *timer) {
    struct async_timer *before = wheel->due_last;
    while (before != NULL && is_before(timer, before)) {
        before = before->previous;
    }
    timer->place = PLACE_DUE;
    timer->previous = before;
    timer->next = before != NULL ? before->next : wheel->due;
    if (timer->next != NULL) {
        timer->next->previous = timer;
    } else {
        wheel->due_last = timer;
    }
    if (before != NULL) {
        before->next = timer;
    } else {
        wheel->due = timer;
    }
}

void async_wheel_add(struct async_wheel *wheel, struct async_timer *timer, uint64_t deadline_ns) {
    ASSERT(timer->place == PLACE_NONE);
    timer->deadline_ns = deadline_ns;
    timer->number = wheel->numbers++;
    wheel->count++;
    if (tick_of(deadline_ns) <= wheel->tick) {
        insert_due(wheel, timer);
    } else {
        insert(wheel, timer);
    }
    if (wheel->is_next_known && deadline_ns < wheel->next_ns) {
        wheel->next_ns = deadline_ns;
    }
}

static struct async_timer **list_of(struct async_wheel *wheel, const struct async_timer *timer) {
    if (timer->place == PLACE_DUE) {
        return &wheel->due;
    }
    if (timer->place == PLACE_FAR) {
        return &wheel->far;
    }
    uint32_t slot = timer->place - PLACE_SLOT;
    return &wheel->slots[slot / ASYNC_WHEEL_SLOTS][slot % ASYNC_WHEEL_SLOTS];
}

static void left_slot(struct async_wheel *wheel, const struct async_timer *timer,
                      bool was_last) {
    uint32_t level = (timer->place - PLACE_SLOT) / ASYNC_WHEEL_SLOTS;
    uint32_t slot = (timer->place - PLACE_SLOT) % ASYNC_WHEEL_SLOTS;
    if (was_last) {
        wheel->occupied[level] &= ~((uint64_t)1 << slot);
    } else if (timer->deadline_ns == wheel->earliest_ns[level][slot]) {
        wheel->earliest_ns[level][slot] = 0;
    }
}

static void take_out(struct async_wheel *wheel, struct async_timer *timer) {
    struct async_timer **list = list_of(wheel, timer);
    if (timer->previous != NULL) {
        timer->previous->next = timer->next;
    } else {
        *list = timer->next;
    }
    if (timer->next != NULL) {
        timer->next->previous = timer->previous;
    } else if (timer->place == PLACE_DUE) {
        wheel->due_last = timer->previous;
    }
    if (timer->place >= PLACE_SLOT) {
        left_slot(wheel, timer, *list == NULL);
    }
    timer->place = PLACE_NONE;
    wheel->count--;
    if (wheel->is_next_known && timer->deadline_ns == wheel->next_ns) {
        wheel->is_next_known = false;   /* another may have the same, or not */
    }
}

bool async_wheel_cancel(struct async_wheel *wheel, struct async_timer *timer) {
    if (timer->place == PLACE_NONE) {
        return false;
    }
    take_out(wheel, timer);
    return true;
}

/* ---- time goes on ---- */

static struct async_timer *merge(struct async_timer *a, struct async_timer *b) {
    struct async_timer *first = NULL;
    struct async_timer **end = &first;
    while (a != NULL && b != NULL) {
        struct async_timer **least = is_before(b, a) ? &b : &a;
        *end = *least;
        *least = (*least)->next;
        end = &(*end)->next;
    }
    *end = a != NULL ? a : b;
    return first;
}

/* By deadline and number: bottom up, so that no stack is needed. */
static struct async_timer *sort(struct async_timer *list) {
    struct async_timer *runs[64] = { NULL };   /* runs[i] has 2^i of them */
    while (list != NULL) {
        struct async_timer *run = list;
        list = list->next;
        run->next = NULL;
        int i = 0;
        for (; runs[i] != NULL; i++) {
            run = merge(runs[i], run);
            runs[i] = NULL;
        }
        runs[i] = run;
    }
    struct async_timer *sorted = NULL;
    for (int i = 0; i < 64; i++) {
        sorted = runs[i] != NULL ? merge(runs[i], sorted) : sorted;
    }
    return sorted;
}

/* All of `list`, whose ticks are reached, become due. */
static void make_due(struct async_wheel *wheel, struct async_timer *list) {
    wheel->due = merge(wheel->due, sort(list));
    struct async_timer *previous = NULL;
    for (struct async_timer *timer = wheel->due; timer != NULL; timer = timer->next) {
        timer->previous = previous;
        timer->place = PLACE_DUE;
        previous = timer;
    }
    wheel->due_last = previous;
}

/* Put each of `list` where it belongs now. */
static void spread(struct async_wheel *wheel, struct async_timer *list) {
    struct async_timer *due = NULL;
    while (list != NULL) {
        struct async_timer *timer = list;
        list = timer->next;
        if (tick_of(timer->deadline_ns) <= wheel->tick) {
            timer->next = due;
            due = timer;
        } else {
            insert(wheel, timer);
        }
    }
    if (due != NULL) {
        make_due(wheel, due);
    }
}

/* The lowest level that has something, and its first slot; false: only far ones, or none. */
static bool first_slot(const struct async_wheel *wheel, uint32_t *out_level, uint32_t *out_slot) {
    for (uint32_t level = 0; level < ASYNC_WHEEL_LEVELS; level++) {
        if (wheel->occupied[level] != 0) {
            *out_level = level;
            *out_slot = (uint32_t)__builtin_ctzll(wheel->occupied[level]);
            return true;
        }
    }
    return false;
}

/* The tick at which a slot begins: the wheel's digits above its level, and its own. */
static uint64_t slot_tick(const struct async_wheel *wheel, uint32_t level, uint32_t slot) {
    uint32_t shift = (level + 1) * DIGIT_BITS;
    return (wheel->tick >> shift << shift) | (uint64_t)slot << (level * DIGIT_BITS);
}

static void advance(struct async_wheel *wheel, uint64_t tick) {
    uint32_t level = 0;
    uint32_t slot = 0;
    while (first_slot(wheel, &level, &slot) && slot_tick(wheel, level, slot) <= tick) {
        struct async_timer *list = wheel->slots[level][slot];
        wheel->tick = slot_tick(wheel, level, slot);
        wheel->slots[level][slot] = NULL;
        wheel->occupied[level] &= ~((uint64_t)1 << slot);
        spread(wheel, list);
    }
    bool is_far_nearer = tick >> FAR_BITS != wheel->tick >> FAR_BITS;
    wheel->tick = tick > wheel->tick ? tick : wheel->tick;
    if (is_far_nearer && wheel->far != NULL) {
        struct async_timer *far = wheel->far;
        wheel->far = NULL;
        spread(wheel, far);
    }
}

struct async_timer *async_wheel_expire(struct async_wheel *wheel, uint64_t now_ns) {
    if (tick_of(now_ns) > wheel->tick) {
        advance(wheel, tick_of(now_ns));
    }
    struct async_timer *timer = wheel->due;
    if (timer == NULL || timer->deadline_ns > now_ns) {
        return NULL;
    }
    take_out(wheel, timer);
    return timer;
}

static uint64_t earliest(const struct async_timer *list) {
    uint64_t deadline_ns = SYNC_NO_DEADLINE;
    for (; list != NULL; list = list->next) {
        deadline_ns = list->deadline_ns < deadline_ns ? list->deadline_ns : deadline_ns;
    }
    return deadline_ns;
}

uint64_t async_wheel_next_ns(struct async_wheel *wheel) {
    if (!wheel->is_next_known) {
        uint32_t level = 0;
        uint32_t slot = 0;
        if (wheel->due != NULL) {
            wheel->next_ns = wheel->due->deadline_ns;
        } else if (first_slot(wheel, &level, &slot)) {
            uint64_t *earliest_ns = &wheel->earliest_ns[level][slot];
            *earliest_ns = *earliest_ns != 0 ? *earliest_ns
                                             : earliest(wheel->slots[level][slot]);
            wheel->next_ns = *earliest_ns;
        } else {
            wheel->next_ns = earliest(wheel->far);
        }
        wheel->is_next_known = true;
    }
    return wheel->next_ns;
}
