/*
 * word.h - which stores a load may see, and where a store may go.
 *
 * RC11 as far as a machine goes that makes one step after another: stores of a word are
 * in modification order; a thread reads none that is older than one it knows of, and
 * what it knows travels by release and acquire, fences, locks, start and join.
 */
#ifndef EXPLORE_WORD_H
#define EXPLORE_WORD_H

#include "core.h"
#include "race.h"

/* The store that a load reads: a decision when there are several. */
struct store *word_choose_older(struct core *e, struct object *word, unsigned order);

/*
 * That of an exchange, or with `swap` of a compare-exchange: one that is replaced has no
 * exchange right after it.
 */
struct store *word_choose_modified(struct core *e, struct object *word, unsigned order,
                                   const struct explore_swap *swap);

/* The store that a new one comes before; 0: it is the newest. */
uint32_t word_place(struct core *e, struct object *word, unsigned order);

/* Make it. */
struct store *word_write(struct core *e, struct object *word, uint32_t before, uint64_t value,
                         unsigned order);

/* Whether the thread knows of the store, and may read none older. */
static ALWAYS_INLINE bool word_is_known(const struct core *e, const struct object *word,
                                        uint32_t at, unsigned order) {
    const struct store *store = &e->stores[at];
    const struct clock *clock = &e->running->clock;
    if (clock_knows_any(core_seen(e, clock), store->seen_by, e->blocks)) {
        return true;
    }
    if (order == __ATOMIC_SEQ_CST && !e->is_exact &&
        (word->last_sc == at ||
         (e->has_fences && clock_knows_any(e->fences.seen, store->seen_by, e->blocks)))) {
        return true;
    }
    return e->has_fences && store->is_sc && store->step < clock->fence_step;
}

static ALWAYS_INLINE struct store *word_choose(struct core *e, struct object *word,
                                               unsigned order) {
    if (LIKELY(!e->is_weak || word_is_known(e, word, word->newest, order))) {
        return &e->stores[word->newest];
    }
    return word_choose_older(e, word, order);
}

/* The running thread has read it: what that lets it know, and when. */
static ALWAYS_INLINE void word_read(struct core *e, struct object *word, struct store *store,
                                    unsigned order) {
    struct thread *self = e->running;
    if (e->is_watching) {
        race_atomic(e, word, false);
    }
    if (e->is_weak && core_epoch(self) < clock_lane(store->seen_by, self->number)) {
        clock_lane_set(store->seen_by, self->number, core_epoch(self));
    }
    if (!store->has_release) {
        return;
    }
    if (order == __ATOMIC_RELAXED || order == __ATOMIC_RELEASE) {
        if (!self->has_unfenced) {
            self->has_unfenced = true;
            core_clock_zero(e, &self->unfenced);
        }
        core_clock_join(e, &self->unfenced, &store->release);
    } else {
        core_clock_join(e, &self->clock, &store->release);
    }
}

/* What the store gives to those who acquire; `from` is the store that an exchange read. */
static ALWAYS_INLINE void word_release(struct core *e, struct store *store, unsigned order,
                                       const struct store *from) {
    struct thread *self = e->running;
    if (order == __ATOMIC_RELAXED || order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME) {
        store->has_release = self->has_fence;
        if (self->has_fence) {
            core_clock_copy(e, &store->release, &self->fence);
        }
    } else {
        store->has_release = true;
        core_clock_copy(e, &store->release, &self->clock);
        core_next_epoch(e, self);
    }
    if (from == NULL || !from->has_release) {
        return;
    }
    if (store->has_release) {
        core_clock_join(e, &store->release, &from->release);
    } else {
        core_clock_copy(e, &store->release, &from->release);
        store->has_release = true;
    }
}

#endif
