/* lock.c - locks as the explorer has them: taking and giving back are one step each. */
#include "core.h"
#include "race.h"

static ALWAYS_INLINE void take(struct core *e, struct object *lock) {
    lock->owner = e->running->number;
    if (e->keeps_clocks) {
        race_lock(e, lock);
        core_clock_join(e, &e->running->clock, &lock->clock);
    }
    e->enabled &= ~lock->waiters;
    if (UNLIKELY(e->deadlined != 0)) {
        e->timed |= lock->waiters & e->deadlined;
    }
}

/* Say that the running thread comes to take the lock, and wait until it may. */
static ALWAYS_INLINE void come(struct core *e, struct object *lock) {
    struct thread *self = e->running;
    uint64_t bit = CORE_BIT(self->number);
    self->object = lock;
    self->blocked = BLOCKED_LOCK;
    lock->waiters |= bit;
    if (lock->owner != CORE_NOBODY) {
        e->enabled &= ~bit;
    }
    core_point(e, STEP_LOCK, lock->number, 0, WAITS);
    lock->waiters &= ~bit;
}

/* The same with a deadline that has not passed; afterwards the lock may still be held. */
static void come_until(struct core *e, struct object *lock, uint64_t deadline_ns) {
    struct thread *self = e->running;
    uint64_t bit = CORE_BIT(self->number);
    self->has_timed_out = false;
    self->object = lock;
    self->blocked = BLOCKED_LOCK;
    self->deadline_ns = deadline_ns;
    lock->waiters |= bit;
    e->deadlined |= bit;
    if (lock->owner != CORE_NOBODY) {
        e->enabled &= ~bit;
        e->timed |= bit;
    }
    core_point(e, STEP_LOCK, lock->number, 0, WAITS_UNTIL_DEADLINE);
    lock->waiters &= ~bit;
    e->deadlined &= ~bit;
}

/* The step of a thread that takes the lock only if it is free now. */
static bool look(struct core *e, struct object *lock, enum step_kind failure) {
    bool is_free = lock->owner == CORE_NOBODY;
    if (is_free) {
        take(e, lock);
    } else {
        race_lock(e, lock);
    }
    struct step_values values = { .value = is_free };
    core_made(e, is_free ? STEP_LOCK : failure, is_free, &values);
    return is_free;
}

static bool acquire_until(struct core *e, struct object *lock, uint64_t deadline_ns) {
    if (deadline_ns <= e->now_ns) {
        core_point(e, STEP_LOCK, lock->number, 0, LOOKS_ONCE);
    } else {
        come_until(e, lock, deadline_ns);
    }
    return look(e, lock, STEP_TIMED_OUT);
}

void explore_lock_take(void *lock) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return;
    }
    struct object *object = core_object(e, lock, OBJECT_LOCK);
    come(e, object);
    take(e, object);
    struct step_values values = { .value = true };
    core_made(e, STEP_LOCK, true, &values);
}

bool explore_lock_acquire(void *lock, uint64_t deadline_ns) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running || deadline_ns == EXPLORE_NO_DEADLINE)) {
        explore_lock_take(lock);
        return true;
    }
    return acquire_until(e, core_object(e, lock, OBJECT_LOCK), deadline_ns);
}

bool explore_lock_try(void *lock) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return true;
    }
    struct object *object = core_object(e, lock, OBJECT_LOCK);
    core_point(e, STEP_LOCK, object->number, 0, LOOKS_ONCE);
    return look(e, object, STEP_LOCK);
}

static NO_INLINE _Noreturn void refuse(struct core *e, const struct object *lock) {
    core_fail(e, VERDICT_MISUSE, "thread %u gives back lock %u, which %s", e->running->number,
              lock->number, lock->owner == CORE_NOBODY ? "nobody holds" : "another thread holds");
}

void explore_lock_release(void *lock) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running)) {
        return;
    }
    struct object *object = core_object(e, lock, OBJECT_LOCK);
    core_point(e, STEP_UNLOCK, object->number, 0, 0);
    struct thread *self = e->running;
    if (UNLIKELY(object->owner != self->number)) {
        refuse(e, object);
    }
    object->owner = CORE_NOBODY;
    if (e->keeps_clocks) {
        race_lock(e, object);
        core_clock_copy(e, &object->clock, &self->clock);   /* it knows all that the lock did */
        core_next_epoch(e, self);
    }
    e->enabled |= object->waiters;
    e->timed &= ~object->waiters;
    struct step_values values = { 0 };
    core_made(e, STEP_UNLOCK, true, &values);
}
