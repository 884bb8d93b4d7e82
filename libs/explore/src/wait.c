/* wait.c - sleeping on a word, sleeping for a time, and the clock. */
#include <string.h>

#include "core.h"
#include "word.h"

static uint32_t word_now(const void *word) {
    uint32_t value;
    memcpy(&value, word, sizeof(value));
    return value;
}

/* The newest value was seen, so no older one will be; nothing happens before that way. */
static void word_look(struct core *e, struct object *word, uint32_t value) {
    word->bytes = sizeof(value);
    if (word->newest == 0) {
        core_word_begin(e, word);
    }
    if (e->stores[word->newest].value != value) {
        core_word_refresh(e, word, value);
    }
    word_read(e, word, &e->stores[word->newest], __ATOMIC_RELAXED);
}

static void sleep_on(struct core *e, struct object *word, uint64_t deadline_ns) {
    struct thread *self = e->running;
    self->next_sleeper = CORE_NOBODY;
    if (word->first_sleeper == CORE_NOBODY) {
        word->first_sleeper = self->number;
    } else {
        e->threads[word->last_sleeper].next_sleeper = self->number;
    }
    word->last_sleeper = self->number;
    self->blocked = BLOCKED_WORD;
    self->object = word;
    self->deadline_ns = deadline_ns;
    self->has_timed_out = false;
    e->enabled &= ~CORE_BIT(self->number);
    if (deadline_ns != EXPLORE_NO_DEADLINE) {
        e->timed |= CORE_BIT(self->number);
    }
    core_point(e, STEP_WOKEN, word->number, 0, 4);
}

/* The strategy may let a wait return for no reason, so many times in an execution. */
static bool is_spurious(struct core *e) {
    if (e->spurious_wakes_left == 0 || core_decide(e, DECIDE_SPURIOUS, 2, NULL) == 0) {
        return false;
    }
    e->spurious_wakes_left--;
    return true;
}

bool explore_wait(const void *word, uint32_t expected, uint64_t deadline_ns) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return deadline_ns == EXPLORE_NO_DEADLINE || word_now(word) != expected;
    }
    struct object *object = core_object(e, word, OBJECT_WORD);
    core_point(e, STEP_WAIT, object->number, 0, 4);
    struct step_values values = { .value = expected, .before = word_now(word) };
    word_look(e, object, values.before);
    bool sleeps = values.before == expected && !is_spurious(e);
    bool is_late = sleeps && deadline_ns <= e->now_ns;
    e->running->expected = expected;
    core_made(e, STEP_WAIT, false, &values);
    if (!sleeps || is_late) {
        return !is_late;
    }
    sleep_on(e, object, deadline_ns);
    bool was_woken = !e->running->has_timed_out;
    core_made(e, was_woken ? STEP_WOKEN : STEP_TIMED_OUT, false, &values);
    return was_woken;
}

/* The sleeper that is `place` places behind the first. */
static void let_go(struct core *e, struct object *word, uint32_t place) {
    uint8_t before = CORE_NOBODY;
    uint8_t at = word->first_sleeper;
    for (uint32_t i = 0; i < place; i++) {
        before = at;
        at = e->threads[at].next_sleeper;
    }
    struct thread *thread = &e->threads[at];
    if (before == CORE_NOBODY) {
        word->first_sleeper = thread->next_sleeper;
    } else {
        e->threads[before].next_sleeper = thread->next_sleeper;
    }
    if (word->last_sleeper == at) {
        word->last_sleeper = before;
    }
    thread->blocked = BLOCKED_NOT;
    e->enabled |= CORE_BIT(at);
    e->timed &= ~CORE_BIT(at);
}

void explore_wake(const void *word, uint32_t count) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return;
    }
    struct object *object = core_object(e, word, OBJECT_WORD);
    core_point(e, STEP_WAKE, object->number, 0, 4);
    uint32_t sleepers = 0;
    for (uint8_t at = object->first_sleeper; at != CORE_NOBODY; at = e->threads[at].next_sleeper) {
        sleepers++;
    }
    struct step_values values = { .value = count, .before = sleepers };
    for (uint32_t woken = 0; woken < count && sleepers > 0; woken++, sleepers--) {
        bool is_choice = count - woken < sleepers;
        let_go(e, object, is_choice ? core_decide(e, DECIDE_WAITER, sleepers, NULL) : 0);
    }
    core_made(e, STEP_WAKE, true, &values);
}

void explore_yield(void) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return;
    }
    e->yielded |= CORE_BIT(e->running->number);
    e->running->yields++;
    core_point(e, STEP_YIELD, 0, 0, 0);
    struct step_values values = { 0 };
    core_made(e, STEP_YIELD, false, &values);
}

uint64_t explore_clock_ns(void) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return e->now_ns;
    }
    core_point(e, STEP_CLOCK_READ, 0, 0, 0);
    struct step_values values = { .value = e->now_ns };
    core_made(e, STEP_CLOCK_READ, false, &values);
    return values.value;
}

void explore_sleep(uint64_t duration_ns) {
    struct core *e = &explore_core;
    if (!e->is_running || duration_ns == 0) {
        explore_yield();
        return;
    }
    struct thread *self = e->running;
    self->blocked = BLOCKED_SLEEP;
    self->deadline_ns = duration_ns < UINT64_MAX - e->now_ns ? e->now_ns + duration_ns
                                                             : UINT64_MAX - 1;
    self->has_timed_out = false;
    e->enabled &= ~CORE_BIT(self->number);
    e->timed |= CORE_BIT(self->number);
    core_point(e, STEP_TIMED_OUT, 0, 0, 0);
    struct step_values values = { .value = e->now_ns };
    core_made(e, STEP_TIMED_OUT, false, &values);
}

uint64_t explore_random(void) {
    struct core *e = &explore_core;
    uint64_t z = e->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
