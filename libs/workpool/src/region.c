/*
 * region.c - one run of a job: chunks are offered, taken, run and reported.
 *
 * The caller writes the region, puts its chunks on offer, takes chunks like
 * everybody else until none is left, and waits for those that helpers took.
 */
#include "base/assert.h"
#include "pool.h"
#include "sync/clock.h"
#include "sync/wait.h"

enum {
    CLAIMS_PER_REGION = 2048,   /* about; more chunks than twice this are taken in batches */
    SPINS_PER_LOOK = 64,        /* at the clock, while waiting */
    CALLER_SPIN_NS = 50000,     /* then the caller sleeps until the last helper reports */
};

struct claim {
    uint32_t number;
    uint32_t count;
};

/* Take chunks.  After success the region stands still until they are reported. */
static bool take(struct workpool *pool, bool needs_seat, struct claim *out_claim) {
    uint64_t offer = sync_u64_load(&pool->offer, SYNC_RELAXED);
    for (;;) {
        uint32_t chunks = (uint32_t)offer;
        if (chunks == 0 || (needs_seat && offer >> OFFER_SEATS_AT == 0)) {
            return false;
        }
        uint32_t batch = 1u << (offer >> OFFER_BATCH_AT & 31);
        uint32_t count = batch < chunks ? batch : chunks;
        uint64_t after = offer - count - (needs_seat ? OFFER_SEAT : 0);
        /* Acquire pairs with the offer in open_region(). */
        if (sync_u64_compare_exchange(&pool->offer, &offer, after, SYNC_ACQ_REL)) {
            *out_claim = (struct claim){ .number = pool->task.chunk_count - chunks,
                                         .count = count };
            return true;
        }
    }
}

static void lower_failed(struct workpool *pool, const struct tally *tally) {
    uint64_t mine = (uint64_t)tally->lowest << 32 | (uint32_t)tally->status;
    uint64_t lowest = sync_u64_load(&pool->failed, SYNC_RELAXED);
    while (mine < lowest &&
           !sync_u64_compare_exchange(&pool->failed, &lowest, mine, SYNC_RELAXED)) {
    }
}

/* Only the worker itself writes its counters, so a load and a store do. */
static void count(struct worker *worker, const struct tally *tally) {
    uint64_t chunks = sync_u64_load(&worker->chunks, SYNC_RELAXED);
    sync_u64_store(&worker->chunks, chunks + tally->chunks, SYNC_RELAXED);
    if (tally->failures > 0) {
        uint64_t failures = sync_u64_load(&worker->failures, SYNC_RELAXED);
        sync_u64_store(&worker->failures, failures + tally->failures, SYNC_RELAXED);
    }
    sync_u64_store(&worker->arena_peak, worker->arena.peak_bytes, SYNC_RELAXED);
}

/* Run the claim, and more while there is more. */
static uint32_t drain(struct workpool *pool, struct worker *worker, struct claim claim) {
    const struct task task = pool->task;   /* a copy: the line it is on is busy */
    struct tally tally = { .lowest = UINT32_MAX };
    ASSERT(task.memory_bytes <= worker->arena_bytes);
    worker->arena.capacity_bytes = task.memory_bytes;
    do {
        chunk_run(&task, &worker->arena, claim.number, claim.count, &tally);
    } while (take(pool, false, &claim));
    count(worker, &tally);
    if (tally.failures > 0) {
        lower_failed(pool, &tally);
    }
    return tally.chunks;
}

uint32_t region_help(struct workpool *pool, struct worker *worker) {
    struct claim claim;
    return take(pool, true, &claim) ? drain(pool, worker, claim) : 0;
}

static uint32_t batch_log2(uint32_t chunk_count) {
    uint32_t log2 = 0;
    while (chunk_count >> log2 > 2 * CLAIMS_PER_REGION) {
        log2++;
    }
    return log2;
}

/* How many helpers could have something to do. */
static uint32_t seats_for(const struct workpool *pool, const struct workpool_job *job,
                          uint32_t chunks) {
    uint32_t workers = pool->worker_count;
    if (job->workers_max != 0 && job->workers_max < workers) {
        workers = job->workers_max;
    }
    return workers - 1 < chunks ? workers - 1 : chunks;
}

/* Offer all chunks but the caller's first ones, which are returned. */
static struct claim open_region(struct workpool *pool, const struct workpool_job *job,
                                uint32_t chunk_count) {
    uint64_t log2 = batch_log2(chunk_count);
    uint32_t first = 1u << log2 < chunk_count ? 1u << log2 : chunk_count;
    uint32_t seats = seats_for(pool, job, chunk_count - first);
    seats = seats > 0 && wary_may_ask(pool) ? seats : 0;
    ASSERT(sync_u64_load(&pool->offer, SYNC_RELAXED) << 32 == 0);
    ASSERT(sync_u32_load(&pool->reported, SYNC_RELAXED) == pool->expected);
    pool->task = chunk_task_of(job, chunk_count);
    sync_u64_store(&pool->failed, UINT64_MAX, SYNC_RELAXED);
    if (seats == 0) {
        return (struct claim){ .count = chunk_count };
    }
    /* Publishes the task to whoever takes a chunk; for the order see helper_wake(). */
    sync_u64_exchange(&pool->offer, (chunk_count - first) | log2 << OFFER_BATCH_AT |
                                        (uint64_t)seats << OFFER_SEATS_AT, SYNC_SEQ_CST);
    helper_wake(pool, seats);
    return (struct claim){ .count = first };
}

static uint64_t sleep_for_rest(struct workpool *pool, uint64_t since_ns) {
    /* As in helper_wake(): a report either sees this flag or is seen below. */
    sync_u32_store(&pool->caller_sleeps, 1, SYNC_SEQ_CST);
    uint32_t reported = sync_u32_load(&pool->reported, SYNC_SEQ_CST);
    while (reported != pool->expected) {
        (void)!sync_wait(&pool->reported, reported, SYNC_NO_DEADLINE);
        reported = sync_u32_load(&pool->reported, SYNC_SEQ_CST);
    }
    sync_u32_store(&pool->caller_sleeps, 0, SYNC_RELAXED);
    return sync_clock_ns() - since_ns;
}

/*
 * Wait until the helpers that took chunks have reported them; how long that was, or 0
 * when they did while we were still looking.
 */
static uint64_t wait_for_rest(struct workpool *pool) {
    uint64_t since_ns = 0;
    for (uint32_t spins = 1;; spins++) {
        /* Acquire pairs with the reports: what the helpers wrote is ours to read. */
        if (sync_u32_load(&pool->reported, SYNC_ACQUIRE) == pool->expected) {
            return 0;
        }
        sync_spin_hint();
        if (spins % SPINS_PER_LOOK == 0) {
            uint64_t now_ns = sync_clock_ns();
            since_ns = since_ns == 0 ? now_ns : since_ns;
            if (now_ns - since_ns >= CALLER_SPIN_NS) {
                return sleep_for_rest(pool, since_ns);
            }
        }
    }
}

static enum status run_here(struct workpool *pool, const struct workpool_job *job,
                            uint32_t chunk_count, uint32_t *out_failed) {
    struct worker *worker = &pool->workers[0];
    struct sync_cleanup wall;
    sync_slot_set(SYNC_SLOT_WORKPOOL, worker);
    chunk_wall_push(&wall);
    struct claim first = open_region(pool, job, chunk_count);
    uint32_t done = drain(pool, worker, first);
    if (done < chunk_count) {
        pool->expected += chunk_count - done;
        wary_judge(pool, wait_for_rest(pool));
    }
    sync_u64_add(&pool->runs, 1, SYNC_RELAXED);
    sync_cleanup_pop(&wall, false);
    sync_slot_set(SYNC_SLOT_WORKPOOL, NULL);
    uint64_t failed = sync_u64_load(&pool->failed, SYNC_RELAXED);
    *out_failed = (uint32_t)(failed >> 32);
    return failed == UINT64_MAX ? STATUS_OK : (enum status)(uint32_t)failed;
}

enum status region_run(struct workpool *pool, const struct workpool_job *job,
                       uint32_t chunk_count, uint32_t *out_failed) {
    *out_failed = UINT32_MAX;
    if (chunk_count == 0) {
        return STATUS_OK;
    }
    if (pool == NULL || sync_slot_get(SYNC_SLOT_WORKPOOL) != NULL) {
        return chunk_run_in_place(pool, job, chunk_count, out_failed);
    }
    sync_mutex_lock(&pool->caller);
    if (pool->audit != NULL) {
        audit_submit(pool, sync_u64_load(&pool->runs, SYNC_RELAXED), job->kind, "run");
    }
    enum status status = run_here(pool, job, chunk_count, out_failed);
    sync_mutex_unlock(&pool->caller);
    return status;
}

enum status workpool_run(struct workpool *pool, const struct workpool_job *job,
                         uint32_t *out_failed) {
    ASSERT(job->kind != NULL && job->kind->body != NULL && job->grain > 0);
    uint32_t ignored;
    uint32_t *failed = out_failed != NULL ? out_failed : &ignored;
    *failed = UINT32_MAX;
    uint64_t chunk_count = job->count / job->grain + (job->count % job->grain != 0);
    if (chunk_count > WORKPOOL_CHUNKS_MAX) {
        return STATUS_LIMIT;
    }
    if (pool != NULL && !pool_has_kind(pool, job->kind)) {
        return STATUS_UNSUPPORTED;
    }
    if (job->kind->memory_bytes > WORKPOOL_JOB_MEMORY_MAX) {
        return STATUS_LIMIT;   /* a pool's kinds were checked at create */
    }
    return region_run(pool, job, (uint32_t)chunk_count, failed);
}
