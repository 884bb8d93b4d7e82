/*
 * workpool/batch.h - a stream of small jobs with a bounded queue, folded in the
 * order they were submitted.
 *
 * Each accepted job gets the next ticket and takes a credit; there are as many
 * credits as the pool's queue is deep.  A credit comes back when the ticket is
 * folded, in ticket order, by the thread that submits, and not when some worker
 * happens to finish.  So whether a job is queued, refused, merged with an older one
 * or run in place follows from the sequence of submit and reduce calls alone, and
 * is the same at any number of workers and under any schedule.  (The depth is part
 * of that sequence: set it, if worker counts are to be compared.)
 *
 * A job is a message: the input is copied in, the body writes the output into room
 * of a declared size, and the fold sees it.  With coalescing a body may also be run
 * on an input that was replaced meanwhile, and its output is thrown away; bodies of
 * batch jobs therefore write to their output and arena only.
 *
 * Units:    bytes; deadlines are nanoseconds of sync_clock_ns()
 * Shapes:   inputs and outputs are aligned to 64
 * Threads:  a batch belongs to the thread that made it; many batches may share a pool
 * Memory:   all of it is allocated at create: (depth + 1) x (two inputs, one output)
 *           of the largest kinds of the pool, and one arena
 * Errors:   see each call; a failing body is told to the fold, not to the caller
 * Source:   seed 000, rule 4; logical credits are ours
 * Depends:  base, sync
 *
 * Parallel: partition = a job a ticket; reduction = ticket order, on the submitting
 *           thread; caps = the pool's queue_depth jobs, job_memory_bytes each;
 *           proof = libs/workpool/test/batch_test.c
 *           decisions_are_the_same_at_any_worker_count_when_rejecting
 */
#ifndef WORKPOOL_BATCH_H
#define WORKPOOL_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "workpool/workpool.h"

/* What the body of a batch job finds in chunk->context. */
struct workpool_item {
    uint64_t ticket;
    uint64_t key;
    uint64_t seed;           /* of (ticket, kind, key): for bodies that need random choices */
    const void *input;
    size_t input_bytes;
    void *output;            /* room for the kind's output_bytes */
    size_t output_bytes;     /* 0; the body sets how much it wrote */
};

/* What the fold is told of a job. */
struct workpool_result {
    uint64_t ticket;
    uint64_t key;
    const struct workpool_kind *kind;
    enum status status;      /* of the body */
    const struct diag *diag; /* why it failed, when it did */
    const void *output;      /* void after the fold */
    size_t output_bytes;
};

/* Called once a ticket in ticket order; does not call back into the batch. */
typedef void (*workpool_fold)(void *accumulator, const struct workpool_result *result);

struct workpool_batch_options {
    struct workpool *pool;            /* outlives the batch */
    workpool_fold fold;
    void *accumulator;
    struct workpool_cancel *cancel;   /* looked at before each job; NULL for never */
    uint64_t deadline_ns;             /* 0 for none */
};

struct workpool_batch;   /* opaque; owned by whoever created it */

/* STATUS_NO_MEMORY: *out_batch is NULL and nothing is left behind. */
MUST_CHECK enum status workpool_batch_create(const struct workpool_batch_options *options,
                                             struct workpool_batch **out_batch);

/*
 * Forget what was not folded and free the batch.  Waits for nobody: a body that a
 * helper is running ends later, so what the input, and the options' `cancel`,
 * point to must live until workpool_destroy().  NULL is ignored.
 */
void workpool_batch_destroy(struct workpool_batch *batch);

struct workpool_submission {
    const struct workpool_kind *kind;   /* one of the pool's registry */
    uint64_t key;
    const void *input;                  /* copied; NULL when there are no bytes */
    size_t input_bytes;                 /* at most the kind's */
};

/*
 * Submit a job; *out_ticket is its number (of the replaced job when coalesced).
 *
 * With every credit taken the pool's on_full decides: STATUS_BUSY and nothing
 * happened (REJECT, and COALESCE when no open job of that kind and key can be
 * replaced); the newest such job gets the new input (COALESCE); or the job is run
 * now on this thread, all open tickets are folded, and then this one (INLINE).
 *
 * STATUS_UNSUPPORTED: the kind is not in the registry.  STATUS_LIMIT: the input is
 * larger than the kind declares.  Both come before the credits are looked at.
 * STATUS_CANCELLED, STATUS_TIMED_OUT: as workpool_batch_reduce().
 */
MUST_CHECK enum status workpool_batch_submit(struct workpool_batch *batch,
                                             const struct workpool_submission *submission,
                                             uint64_t *out_ticket);

/*
 * Fold up to `at_most` open tickets in order, running what no helper has begun and
 * waiting for what one has.  Their credits come back.
 *
 * STATUS_CANCELLED, STATUS_TIMED_OUT: the batch is closed for good, nothing more
 * will be folded and every later call returns the same; the pool goes on.
 */
MUST_CHECK enum status workpool_batch_reduce(struct workpool_batch *batch, uint64_t at_most);

/* Tickets submitted and not yet folded. */
uint64_t workpool_batch_open(const struct workpool_batch *batch);

#endif
