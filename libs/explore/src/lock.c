/* lock.c - locks as the explorer has them: taking and giving back are one step each. */
#include "core.h"

static void take(struct core *e, struct object *lock) {
    lock->owner = e->running->number;
    core_clock_join(e, &e->running->clock, &lock->clock);
    e->enabled &= ~lock->waiters;
    e->timed |= lock->waiters & e->deadlined;
}

/* Say that the running thread comes to take the lock, and wait until it may look. */
static void come(struct core *e, struct object *lock, uint64_t deadline_ns) {
    struct thread *self = e->running;
    uint64_t bit = CORE_BIT(self->number);
    self->has_timed_out = false;
    self->object = lock;
    if (deadline_ns <= e->now_ns) {
        self->blocked = BLOCKED_NOT;   /* looks once */
    } else {
        self->blocked = BLOCKED_LOCK;
        self->deadline_ns = deadline_ns;
        lock->waiters |= bit;
        if (deadline_ns != EXPLORE_NO_DEADLINE) {
            e->deadlined |= bit;
        }
        if (lock->owner != CORE_NOBODY) {
            e->enabled &= ~bit;
            e->timed |= bit & e->deadlined;
        }
    }
    enum patience patience = self->blocked == BLOCKED_NOT            ? LOOKS_ONCE
                             : deadline_ns != EXPLORE_NO_DEADLINE ? WAITS_UNTIL_DEADLINE
                                                                     : WAITS;
    core_point(e, STEP_LOCK, lock->number, 0, patience);
    self->blocked = BLOCKED_NOT;
    lock->waiters &= ~bit;
    e->deadlined &= ~bit;
}

bool explore_lock_acquire(void *lock, uint64_t deadline_ns) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return true;
    }
    struct object *object = core_object(e, lock, OBJECT_LOCK);
    come(e, object, deadline_ns);
    bool is_free = object->owner == CORE_NOBODY;
    if (LIKELY(is_free)) {
        take(e, object);
    }
    struct step_values values = { .value = is_free };
    core_made(e, is_free ? STEP_LOCK : STEP_TIMED_OUT, is_free, &values);
    return is_free;
}

bool explore_lock_try(void *lock) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return true;
    }
    struct object *object = core_object(e, lock, OBJECT_LOCK);
    core_point(e, STEP_LOCK, object->number, 0, LOOKS_ONCE);
    bool is_free = object->owner == CORE_NOBODY;
    if (is_free) {
        take(e, object);
    }
    struct step_values values = { .value = is_free };
    core_made(e, STEP_LOCK, is_free, &values);
    return is_free;
}

void explore_lock_release(void *lock) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return;
    }
    struct object *object = core_object(e, lock, OBJECT_LOCK);
    core_point(e, STEP_UNLOCK, object->number, 0, 0);
    if (UNLIKELY(object->owner != e->running->number)) {
        core_fail(e, VERDICT_MISUSE, "thread %u gives back lock %u, which %s", e->running->number,
                  object->number, object->owner == CORE_NOBODY ? "nobody holds"
                                                               : "another thread holds");
    }
    object->owner = CORE_NOBODY;
    core_clock_copy(e, &object->clock, &e->running->clock);   /* it knows all that the lock did */
    core_next_epoch(e, e->running);
    e->enabled |= object->waiters;
    e->timed &= ~object->waiters;
    struct step_values values = { 0 };
    core_made(e, STEP_UNLOCK, true, &values);
}

bool explore_locks_are_real(void) {
    return explore_core.has_real_locks;
}
