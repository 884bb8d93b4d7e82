/*
 * self.h - what a thread knows of itself: its number, the locks it holds, its cleanups.
 *
 * On threads it is a thread-local variable, zeroed when a thread begins; a body whose
 * threads are fibres keeps one for each and calls self_begin() on it.
 */
#ifndef SYNC_SELF_H
#define SYNC_SELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/attr.h"
#include "order.h"
#include "sync/atomic.h"
#include "sync/local.h"
#include "sync/park.h"
#include "sync/rank.h"
#include "sync/thread.h"

enum { HELD_MAX = 32 };

/* What a kind of lock does when the thread that holds it panics: poison it, give it back. */
struct held_kind {
    const char *name;              /* "mutex", for messages */
    void (*abandon)(void *lock);   /* must not touch the list: the lock is off it already */
    const char *(*name_of)(const void *lock);   /* its own name, or NULL; may be NULL */
};

struct held {
    void *lock;
    const struct held_kind *kind;
    struct sync_cleanup *cleanup;   /* the newest when it was taken */
    enum sync_rank rank;
};

struct self {
    uint64_t id;                    /* 0 until it is asked for: self_id() */
    struct sync_cleanup *cleanup;   /* newest first */
    struct panic_frame *frame;      /* where a panic goes; NULL: nowhere */
    struct thread *thread;          /* that this is; NULL in threads that are not ours */
    uint32_t held_count;
    bool is_unwinding;
    bool is_reporting;              /* a circle of locks: see order.c */
    uint32_t values_set;            /* a bit a key: see local.c */
    struct sync_parker parker;
    void *slots[SYNC_SLOT_COUNT];
    /* From here on nothing is read before it was written. */
    struct held held[HELD_MAX];     /* in the order of taking */
    struct { void *value; uint32_t key; } values[SYNC_LOCALS_MAX];
};

/* The body's: a number that no thread before had, at least 1. */
uint64_t self_next_id(void);

/* posix/self.c: where a body on the system's threads keeps it. */
extern __attribute__((visibility("hidden"))) _Thread_local struct self self_of_thread;

#ifdef SYNC_CALLS

/* The body's: of the calling thread. */
struct self *self_get(void);

#else

/* Hidden from the compiler, which would else compute it anew for each use. */
static inline struct self *self_get(void) {
    struct self *self = &self_of_thread;
    __asm__("" : "+r"(self));
    return self;
}

#endif

/* Make it that of a thread that begins now. */
static inline void self_begin(struct self *self) {
    self->id = 0;
    self->cleanup = NULL;
    self->frame = NULL;
    self->thread = NULL;
    self->held_count = 0;
    self->is_unwinding = false;
    self->is_reporting = false;
    self->values_set = 0;
    self->parker = (struct sync_parker){ { 0 } };
    for (int i = 0; i < SYNC_SLOT_COUNT; i++) {
        self->slots[i] = NULL;
    }
}

static inline uint64_t self_id(struct self *self) {
    if (UNLIKELY(self->id == 0)) {
        self->id = self_next_id();
    }
    return self->id;
}

/* thread.c: before a thread ends: values are destroyed, and nothing may be held. */
void self_end(struct self *self);

/* local.c: as if no local had ever been made, for a body that begins the world anew. */
void local_forget_all(void);

/* misuse.c: stop with "a mutex of rank leaf is asked for by the ...". */
_Noreturn void misuse(const char *object, enum sync_rank rank, const char *what);

/* Before waiting for a lock, in check builds: a broken order is told, not met as a deadlock. */
static inline void held_check(const struct self *self, const char *object, enum sync_rank rank) {
    for (uint32_t i = self->held_count; ASSERT_IS_SLOW && rank != SYNC_RANK_NONE && i > 0; i--) {
        if (self->held[i - 1].rank >= rank) {
            misuse(object, rank, "is asked for while one of the same or a later rank is held");
        }
    }
}

/* Before waiting for a lock: the order in which locks are taken may be watched. */
static inline void held_watch(struct self *self, const void *lock, const struct held_kind *kind,
                              enum sync_rank rank) {
    if (STATS_ARE_KEPT && self->held_count > 0 &&
        sync_u32_load(&order_is_watched, SYNC_RELAXED) != 0) {
        order_wanted(self, lock, kind, rank);
    }
}

/* Before a lock is finished. */
static inline void held_forget(const void *lock) {
    if (STATS_ARE_KEPT && sync_u32_load(&order_is_watched, SYNC_RELAXED) != 0) {
        order_forget(lock);
    }
}

/* After taking a lock, or a share of it. */
static inline void held_push(struct self *self, void *lock, const struct held_kind *kind,
                             enum sync_rank rank) {
    if (UNLIKELY(self->held_count == HELD_MAX)) {
        misuse(kind->name, rank, "is one more than a thread may hold");
    }
    self->held[self->held_count++] = (struct held){ lock, kind, self->cleanup, rank };
}

/* self.c: the same for a lock that was not the last to be taken. */
MUST_CHECK bool self_pop_held(struct self *self, const void *lock);

/* Before giving it back: the newest entry of the lock; false when there is none. */
MUST_CHECK static inline bool held_pop(struct self *self, const void *lock) {
    uint32_t last = self->held_count - 1;
    if (LIKELY(self->held_count > 0 && self->held[last].lock == lock)) {
        self->held_count = last;
        return true;
    }
    return self_pop_held(self, lock);
}

#endif
