/* pool.h - the inside of a pool, shared by its sources.  The protocol is in ../README.md. */
#ifndef WORKPOOL_POOL_H
#define WORKPOOL_POOL_H

#include <stdalign.h>

#include "base/attr.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "workpool/workpool.h"

/*
 * The chunks on offer, in one word, so that taking some of them and joining the
 * region are the same step: whoever has not taken a chunk has touched nothing.
 *   bits 0..31   chunks not yet taken; 0 is "no offer"
 *   bits 32..39  log2 of the chunks taken at a time
 *   bits 40..47  seats: helpers that may still join
 * The word says all that a taker needs, so an equal word of a later region is
 * as good as the first, and there is no ABA problem.
 */
enum { OFFER_BATCH_AT = 32, OFFER_SEATS_AT = 40 };
#define OFFER_SEAT (UINT64_C(1) << OFFER_SEATS_AT)

/* What the open region runs: the part of the job that every chunk needs. */
struct task {
    workpool_body body;
    void *context;
    uint64_t count;
    uint64_t grain;
    const struct workpool_job *job;   /* NULL when it has nothing else to look at or to fill */
    uint32_t chunk_count;
    uint32_t memory_bytes;
};

struct worker {
    alignas(CACHE_LINE_BYTES) struct workpool *pool;
    struct arena arena;
    size_t arena_bytes;      /* what it was allocated with; a kind may get less */
    struct sync_thread thread;
    int cpu;                 /* where it is kept, or SYNC_CPU_ANY; under `queue` */
    struct sync_u64 chunks;  /* written by this worker alone, read by anyone */
    struct sync_u64 failures;
    struct sync_u64 arena_peak;
};

/*
 * What is known of a machine that may be too busy to help, under `caller`.  See wary.c.
 */
struct wary {
    uint32_t left;             /* regions still to be watched; 0 most of the time */
    uint64_t alone_until_ns;   /* no helper is asked before; 0 for "ask" */
    uint64_t backoff_ns;       /* how long to stay alone the next time */
    struct sync_thread_times times;   /* sums over the helpers when the region opened */
};

struct workpool {
    /*
     * One cache line, so that an idle helper who sees the offer has all of it.
     * `task` is written by the caller while nothing is on offer and nobody holds a
     * chunk, and read only by those who hold one.
     */
    alignas(CACHE_LINE_BYTES) struct sync_u64 offer;
    struct task task;
    struct sync_u32 reported;    /* chunks that helpers have finished, for ever, modulo 2^32 */

    /* Another, that is hardly ever written while regions follow each other. */
    alignas(CACHE_LINE_BYTES) struct sync_u32 epoch;   /* idle helpers sleep on it */
    struct sync_u32 sleepers;       /* helpers asleep or about to be */
    struct sync_u32 queued;         /* jobs of batches that nobody has begun */
    struct sync_u32 caller_sleeps;  /* on `reported` */
    struct sync_u32 is_stopping;
    struct sync_u64 failed;         /* lowest failing chunk: number << 32 | status */
    uint64_t spin_ns;               /* how long a helper looks before it sleeps; constant */

    alignas(CACHE_LINE_BYTES) struct sync_mutex caller;   /* held for a whole run */
    uint32_t expected;           /* under `caller`: `reported` when no region is open */
    struct sync_u64 runs;        /* written under `caller` */
    struct wary wary;

    struct sync_mutex queue;     /* of batch jobs, see batch.c; and of places */
    struct workpool_batch *batches;   /* under `queue`: those that helpers may help */
    int spare_cpu;               /* under `queue`: one of our CPUs that no helper is kept on */

    /* Sums that any thread adds to. */
    alignas(CACHE_LINE_BYTES) struct sync_u64 other_runs;   /* nested runs */
    struct sync_u64 other_chunks;                            /* of those and of batches */
    struct sync_u64 other_failures;
    struct sync_u64 other_peak;
    struct sync_u64 jobs_submitted;
    struct sync_u64 jobs_rejected;
    struct sync_u64 jobs_coalesced;
    struct sync_u64 jobs_inline;

    /* Constant after create. */
    uint32_t worker_count;
    uint32_t thread_count;       /* threads started: worker_count - 1 once create is over */
    uint32_t queue_depth;
    size_t job_memory_bytes;
    enum workpool_full on_full;
    bool is_placed;
    uint32_t kind_count;
    const struct workpool_kind *kinds[WORKPOOL_KINDS_MAX];
    workpool_audit audit;
    void *audit_context;
    char name[WORKPOOL_NAME_BYTES_MAX];
    struct worker workers[];     /* 0 is whoever holds `caller` */
};

/* What the chunks run by one thread in one region came to. */
struct tally {
    uint32_t chunks;
    uint32_t failures;
    uint32_t lowest;          /* number of the lowest failing chunk, UINT32_MAX for none */
    enum status status;       /* of that chunk */
};

/* pool.c */
bool pool_has_kind(const struct workpool *pool, const struct workpool_kind *kind);

/* chunk.c */
/* Until the wall is popped again, a panic stops the program: no body may panic. */
void chunk_wall_push(struct sync_cleanup *wall);
struct task chunk_task_of(const struct workpool_job *job, uint32_t chunk_count);
/* Run chunks [number, number + count) in order; adds to the tally. */
void chunk_run(const struct task *task, struct arena *arena, uint32_t number, uint32_t count,
               struct tally *tally);
/* The whole job on this thread, counted as nested when there is a pool. */
enum status chunk_run_in_place(struct workpool *pool, const struct workpool_job *job,
                               uint32_t chunk_count, uint32_t *out_failed);

/* What an arena that no worker owns came to. */
void chunk_note_peak(struct workpool *pool, uint64_t peak);

/* helper.c: the life of a helper thread; `argument` is its struct worker. */
void helper_main(void *argument);
/* After work was published: wake up to `count` helpers if any sleeps. */
void helper_wake(struct workpool *pool, uint32_t count);

/* region.c: take a seat and chunks until none is on offer; how many were run. */
uint32_t region_help(struct workpool *pool, struct worker *worker);

/* One pass over all chunks in order, wherever `pool` and this thread allow; kind unchecked. */
enum status region_run(struct workpool *pool, const struct workpool_job *job,
                       uint32_t chunk_count, uint32_t *out_failed);

/* batch.c: run one queued job, if there is one. */
bool batch_help(struct workpool *pool, struct worker *worker);

/* wary.c: may helpers be asked for the region about to open? */
bool wary_may_ask(struct workpool *pool);
/* After a region in which helpers took chunks and the caller slept `waited_ns` for them. */
void wary_judge(struct workpool *pool, uint64_t waited_ns);

/* What placement goes by. */
struct place {
    int cpus[SYNC_CPUS_MAX];   /* allowed, ascending */
    uint32_t count;
    int caller_cpu;            /* SYNC_CPU_ANY when unknown */
};

/*
 * place.c: a CPU for each worker, [0] the caller's to be left free for it; with fewer
 * CPUs than workers, or one worker, all SYNC_CPU_ANY.
 */
void place_choose(const struct place *place, uint32_t workers, int *out_cpus);
/* Choose CPUs at create; move a sleeping helper away from the caller's CPU. */
void place_workers(struct workpool *pool);
void place_avoid_caller_locked(struct workpool *pool);

/* audit.c */
void audit_create(const struct workpool *pool);
void audit_submit(const struct workpool *pool, uint64_t ticket, const struct workpool_kind *kind,
                  const char *decision);

#endif
