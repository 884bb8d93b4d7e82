/*
 * race.h - data races: two accesses of one byte by two threads, at least one of them a
 * plain one and at least one a write, neither of which happens before the other.
 *
 * Each byte keeps its last write and the reads since, as FastTrack does (Flanagan and
 * Freund 2009), so that there is no false alarm and no miss within an execution.  Bytes
 * of one word of eight that are accessed alike share that record.
 */
#ifndef EXPLORE_RACE_H
#define EXPLORE_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "core.h"

/* Accesses of some bytes of a word of memory. */
struct record {
    uint8_t bytes;           /* a bit for each; 0: none was accessed */
    uint8_t write_thread;
    uint8_t read_thread;
    uint8_t unused;
    uint32_t next;           /* record of other bytes, 0: none */
    int32_t write_epoch;     /* 0: never */
    int32_t read_epoch;      /* 0: not since the write, or shared */
    uint32_t shared;         /* reads by several threads, 0: not */
    const void *write_caller;
    const void *read_caller;
};

/* What is known of eight bytes. */
struct cell {
    uint32_t run;            /* the execution it is of */
    uint8_t atomic;          /* bytes that are, or were, of words and locks */
    bool is_freed;
    struct record record;
};

MUST_CHECK bool core_race_create(void);
void core_race_destroy(void);
void core_race_begin(struct core *e);

/* Whether some code of the program tells of its accesses. */
bool core_race_is_wanted(void);

/* The program reads or writes `bytes` at `address`, from the code at `caller`. */
void core_access(const void *address, size_t bytes, bool is_write, const void *caller);

/* The cell of an object, which is now known to be there. */
struct cell *core_cell_of(struct core *e, const struct object *object);

/* The memory begins to be, or ceases. */
void core_race_allocate(struct core *e, const void *memory, size_t bytes);
void core_race_free(struct core *e, const void *memory, size_t bytes);

/* The running thread accesses a word or lock; its plain writes have to be known. */
void core_race_check_atomic(struct core *e, struct object *word, bool is_write);

static ALWAYS_INLINE void race_atomic(struct core *e, struct object *word, bool is_write) {
    struct thread *self = e->running;
    int32_t epoch = core_epoch(self);
    clock_lane_set(word->accesses, self->number, epoch);
    if (is_write) {
        clock_lane_set(word->writes, self->number, epoch);
    }
    if (UNLIKELY((word->checked & CORE_BIT(self->number)) == 0)) {
        core_race_check_atomic(e, word, is_write);
    }
}

/*
 * The running thread takes, tries or gives back a lock: what takes the lock's memory away has
 * to know of that.
 */
static ALWAYS_INLINE void race_lock(struct core *e, struct object *lock) {
    if (e->is_watching) {
        race_atomic(e, lock, false);
    }
}

#endif
