/* batch.h - the inside of a batch. */
#ifndef WORKPOOL_BATCH_INSIDE_H
#define WORKPOOL_BATCH_INSIDE_H

#include "pool.h"
#include "workpool/batch.h"

enum slot_state { SLOT_FREE, SLOT_QUEUED, SLOT_RUNNING, SLOT_DONE };

struct slot {
    enum slot_state state;     /* under the pool's queue lock */
    bool is_stale;             /* same; RUNNING only: inputs[current ^ 1] is newer */
    uint8_t current;           /* the input to run with */
    uint8_t *inputs[2];
    size_t input_bytes[2];
    uint8_t *output;
    /* Written by whoever runs the slot, read by the owner when DONE. */
    const struct workpool_kind *kind;
    struct workpool_item item;
    size_t peak_bytes;         /* of the arena */
    enum status status;
    struct diag diag;
};

struct workpool_batch {
    struct workpool_batch_options options;
    uint8_t *memory;           /* of all inputs, outputs and the arena */
    void *arena;               /* of jobs run on the owner's thread; NULL if none is needed */
    uint32_t depth;
    bool is_in_place;          /* made inside a body: helpers never see it */

    /* The owner's alone. */
    bool is_folding;
    enum status closed;        /* why no more is accepted; STATUS_OK while open */

    /* Written by the owner under the queue lock, read under it or by the owner. */
    uint64_t submitted;
    uint64_t folded;

    /* Under the queue lock. */
    struct workpool_batch *next;
    uint64_t scan;             /* no ticket below is queued */
    uint32_t queued;
    uint32_t running;          /* on helpers */
    bool owner_waits;
    bool is_orphan;            /* destroyed; the last helper frees it */

    struct sync_u32 finished;  /* one up whenever a helper ends a job; the owner sleeps on it */
    struct slot slots[];       /* ticket modulo depth; the last is for inline jobs */
};

#endif
