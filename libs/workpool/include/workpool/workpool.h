/*
 * workpool/workpool.h - run an index range on several threads and get the same
 * bytes whatever the number of threads.
 *
 * A job is the range [0, count) cut into chunks of `grain` indices, the last one
 * possibly shorter.  The cut follows from count and grain alone, never from the
 * machine or the load, and a body writes only where its chunk says, so the
 * output is that of one thread.  Chunks start in ascending order and may finish
 * in any order; whoever needs an order folds the chunks' slots by number after
 * the run.  Bodies come from a registry given when the pool is made; they see
 * their chunk and a capped arena, no clock and no worker number.
 * Why the cut is fixed rather than adaptive: docs/adr/0003-fixed-chunks.md.
 * The policy every user follows: docs/parallelism.md.
 *
 * Units:    `count`, `grain`, `begin`, `end` are indices, memory is in bytes,
 *           deadlines are nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  workpool_run() may be called from any thread; calls on one pool queue
 *           up and run one at a time.  create and destroy need external order.
 * Memory:   everything is allocated in workpool_create(); a run on a pool
 *           allocates nothing, unless it is called from inside a body
 * Errors:   enum status; misuse (zero grain, NULL body) is a bug and asserts, and so does
 *           a panic (sync/panic.h) that a body does not contain
 * Source:   seed 000; fixed chunks are common practice, the failure rule is ours
 * Depends:  base, sync
 */
#ifndef WORKPOOL_WORKPOOL_H
#define WORKPOOL_WORKPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "sync/atomic.h"

enum {
    WORKPOOL_WORKERS_MAX = 16,                 /* the caller of run included */
    WORKPOOL_QUEUE_DEPTH_MAX = 1024,           /* batch credits, see batch.h */
    WORKPOOL_KINDS_MAX = 64,                   /* kinds in one pool's registry */
    WORKPOOL_JOB_MEMORY_DEFAULT = 1 << 20,     /* bytes of arena a job may take */
    WORKPOOL_JOB_MEMORY_MAX = 1 << 28,
    WORKPOOL_CHUNKS_MAX = 1 << 26,             /* chunks in one job */
    WORKPOOL_NAME_BYTES_MAX = 32,              /* of a pool's or a kind's name, its NUL included */
};

struct workpool;   /* opaque; owned by whoever created it */

/* What one call of a body works on: begin < end <= count. */
struct workpool_chunk {
    void *context;         /* the job's */
    uint64_t begin;        /* first index */
    uint64_t end;          /* one past the last index */
    uint32_t number;       /* position of this chunk in the job, from 0 */
    struct arena *arena;   /* empty, of the kind's memory_bytes; void after the call */
    struct diag *diag;     /* where to say why the chunk failed, or NULL */
};

/*
 * The work for one chunk.  Called at most once a chunk, on any thread.  Writes
 * only memory that belongs to its chunk, never waits for another chunk, and takes
 * no lock but those of SYNC_RANK_LEAF.  Returns STATUS_OK or why this chunk failed.
 */
typedef enum status (*workpool_body)(const struct workpool_chunk *chunk);

/* A kind of job.  Kinds are constants of the component that defines the body. */
struct workpool_kind {
    const char *name;       /* "png.segment": component, dot, noun */
    workpool_body body;
    size_t memory_bytes;    /* arena a chunk needs, at most the pool's job_memory_bytes */
    bool can_coalesce;      /* batch.h: a job not yet folded may be replaced by a newer one */
    size_t input_bytes;     /* batch.h: most a job is given, 0 for nothing */
    size_t output_bytes;    /* batch.h: most a job gives back, 0 for nothing */
};

/* The kinds of one component, exported as `<component>_kinds`. */
struct workpool_kind_set {
    const struct workpool_kind *const *kinds;
    uint32_t count;
};

/* What a batch does when every credit is taken, see batch.h. */
enum workpool_full {
    WORKPOOL_FULL_REJECT,     /* refuse: STATUS_BUSY, the caller decides */
    WORKPOOL_FULL_COALESCE,   /* replace the newest open job of that kind and key, else refuse */
    WORKPOOL_FULL_INLINE,     /* the slow path: run it now on the submitting thread */
};

/*
 * Receives one line of audit text without its newline, on the thread that creates or
 * submits (at once on several, if several submit); see docs/parallelism.md.
 */
typedef void (*workpool_audit)(void *context, const char *line);

struct workpool_options {
    const char *name;                      /* for audit lines and thread names; not NULL */
    uint32_t workers;                      /* 0 and 1 mean sequential: no thread is started */
    uint32_t queue_depth;                  /* 0 means 2 x workers */
    size_t job_memory_bytes;               /* 0 means WORKPOOL_JOB_MEMORY_DEFAULT */
    enum workpool_full on_full;
    const struct workpool_kind_set *const *kind_sets;
    uint32_t kind_set_count;
    workpool_audit audit;                  /* NULL for none */
    void *audit_context;
};

/*
 * Start a pool.  The caller of workpool_run() is one of the workers, so N workers
 * are N - 1 threads.  Workers stay on one CPU each when the process may use at
 * least N CPUs (docs/adr/0004-placement.md).
 *
 * STATUS_LIMIT: a field is over its maximum, a kind needs more than
 * job_memory_bytes, or there are too many kinds.  STATUS_NO_MEMORY: no memory or
 * no thread to be had.  On failure *out_pool is NULL and nothing is left behind.
 */
MUST_CHECK enum status workpool_create(const struct workpool_options *options,
                                       struct workpool **out_pool, struct diag *diag);

/* Join the threads and free the pool.  No job may be running.  NULL is ignored. */
void workpool_destroy(struct workpool *pool);

/* A request to stop, set once, seen by every job that holds it.  Zero is "go on". */
struct workpool_cancel { struct sync_u32 requested; };

static inline void workpool_cancel_request(struct workpool_cancel *cancel) {
    sync_u32_store(&cancel->requested, 1, SYNC_RELEASE);   /* pairs with the look before a chunk */
}

struct workpool_job {
    const struct workpool_kind *kind;   /* one of the pool's registry */
    uint64_t count;                     /* 0 is a valid job with no chunk */
    uint64_t grain;                     /* at least 1 */
    void *context;                      /* borrowed until workpool_run() returns; may be NULL */
    struct workpool_cancel *cancel;     /* looked at before each chunk; NULL for never */
    uint64_t deadline_ns;               /* 0 for none; passed: chunks not begun are not begun */
    enum status *out_statuses;          /* one a chunk when not NULL; chunks not begun get
                                           STATUS_CANCELLED or STATUS_TIMED_OUT */
    struct diag *out_diags;             /* one a chunk when not NULL, for the bodies to fill */
    uint32_t workers_max;               /* use at most so many workers; 0 for all */
};

/*
 * Run the job to its end; every write by a body is visible to the caller on
 * return.  Every chunk runs even when another failed, so the result is the
 * same at any number of workers: the status of the lowest-numbered failing
 * chunk, whose number goes to *out_failed when that is not NULL.
 *
 * With `pool` NULL, or from inside a body, the chunks run in order on the
 * calling thread, with an arena allocated for this run (STATUS_NO_MEMORY).
 * STATUS_UNSUPPORTED: the kind is not in the pool's registry.  STATUS_LIMIT: more
 * than WORKPOOL_CHUNKS_MAX chunks, or, without a pool, a kind that asks for more
 * than WORKPOOL_JOB_MEMORY_MAX.  In these three cases no body was called and
 * *out_failed is UINT32_MAX, as it is on success.
 *
 * A helper that has not begun a chunk is never waited for, so on a machine with
 * no CPU to spare the caller does all the work itself at the price of a loop.
 */
MUST_CHECK enum status workpool_run(struct workpool *pool, const struct workpool_job *job,
                                    uint32_t *out_failed);

/* The number of workers, the caller included; 1 for NULL. */
uint32_t workpool_workers(const struct workpool *pool);

/* Sums since the pool was made.  `helped` depends on timing; the others do not. */
struct workpool_counters {
    uint64_t runs;            /* calls of workpool_run() that ran bodies */
    uint64_t chunks;          /* chunks run */
    uint64_t failures;        /* chunks that failed */
    uint64_t jobs_submitted;  /* batch.h */
    uint64_t jobs_rejected;
    uint64_t jobs_coalesced;
    uint64_t jobs_inline;
    uint64_t arena_peak_bytes;
    uint64_t helped;          /* chunks run by a thread other than the caller's */
};
void workpool_counters_read(const struct workpool *pool, struct workpool_counters *out_counters);

#endif
