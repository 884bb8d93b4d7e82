/* pool.c - making a pool: everything is checked, then everything is allocated. */
#include "pool.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "sync/memory.h"
#include "sync/wait.h"

enum { SPIN_NS = 50000 };   /* what a helper with a CPU of its own looks on after its last chunk */

static enum status refuse(struct diag *diag, const char *reason) {
    return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, reason);
}

/* Names go into audit lines, so they are short and have no space or control byte. */
static bool is_name(const char *name) {
    size_t bytes = name != NULL ? strnlen(name, WORKPOOL_NAME_BYTES_MAX) : 0;
    bool good = bytes > 0 && bytes < WORKPOOL_NAME_BYTES_MAX;
    for (size_t i = 0; good && i < bytes; i++) {
        good = name[i] > ' ' && name[i] < 127;
    }
    return good;
}

static enum status check_kind(const struct workpool_kind *kind, size_t job_memory_bytes,
                              struct diag *diag) {
    ASSERT(kind != NULL && kind->body != NULL);
    if (!is_name(kind->name)) {
        return refuse(diag, "a kind's name is empty, too long or has a space");
    }
    if (kind->memory_bytes > job_memory_bytes || kind->input_bytes > job_memory_bytes ||
        kind->output_bytes > job_memory_bytes) {
        return refuse(diag, "a kind needs more memory than a job may have");
    }
    return STATUS_OK;
}

static enum status check_kinds(const struct workpool_options *options, size_t job_memory_bytes,
                               uint32_t *out_count, struct diag *diag) {
    uint32_t count = 0;
    for (uint32_t set = 0; set < options->kind_set_count; set++) {
        const struct workpool_kind_set *kinds = options->kind_sets[set];
        if (kinds->count > WORKPOOL_KINDS_MAX - count) {
            return refuse(diag, "too many kinds");
        }
        count += kinds->count;
        for (uint32_t i = 0; i < kinds->count; i++) {
            enum status status = check_kind(kinds->kinds[i], job_memory_bytes, diag);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    *out_count = count;
    return STATUS_OK;
}

static size_t job_memory_of(const struct workpool_options *options) {
    return options->job_memory_bytes != 0 ? options->job_memory_bytes
                                          : WORKPOOL_JOB_MEMORY_DEFAULT;
}

static enum status check(const struct workpool_options *options, uint32_t *out_kind_count,
                         struct diag *diag) {
    if (!is_name(options->name)) {
        return refuse(diag, "the pool's name is empty, too long or has a space");
    }
    if (options->workers > WORKPOOL_WORKERS_MAX) {
        return refuse(diag, "more than 16 workers");
    }
    if (options->queue_depth > WORKPOOL_QUEUE_DEPTH_MAX) {
        return refuse(diag, "queue deeper than 1024");
    }
    if (job_memory_of(options) > WORKPOOL_JOB_MEMORY_MAX) {
        return refuse(diag, "more than 256 MiB of memory a job");
    }
    if ((unsigned)options->on_full > WORKPOOL_FULL_INLINE) {
        return refuse(diag, "unknown behaviour for a full queue");
    }
    return check_kinds(options, job_memory_of(options), out_kind_count, diag);
}

/* Copy the options; returns the largest arena that any kind asks for. */
static size_t fill(struct workpool *pool, const struct workpool_options *options) {
    size_t arena_bytes = 0;
    pool->worker_count = options->workers > 1 ? options->workers : 1;
    pool->queue_depth = options->queue_depth != 0 ? options->queue_depth : 2 * pool->worker_count;
    pool->job_memory_bytes = job_memory_of(options);
    pool->on_full = options->on_full;
    pool->audit = options->audit;
    pool->audit_context = options->audit_context;
    snprintf(pool->name, sizeof(pool->name), "%s", options->name);
    for (uint32_t set = 0; set < options->kind_set_count; set++) {
        for (uint32_t i = 0; i < options->kind_sets[set]->count; i++) {
            const struct workpool_kind *kind = options->kind_sets[set]->kinds[i];
            pool->kinds[pool->kind_count++] = kind;
            arena_bytes = kind->memory_bytes > arena_bytes ? kind->memory_bytes : arena_bytes;
        }
    }
    return arena_bytes;
}

static enum status give_arenas(struct workpool *pool, size_t arena_bytes) {
    for (uint32_t i = 0; i < pool->worker_count; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        void *memory = arena_bytes > 0 ? sync_alloc_aligned(arena_bytes, CACHE_LINE_BYTES) : NULL;
        if (memory == NULL && arena_bytes > 0) {
            return STATUS_NO_MEMORY;
        }
        worker->arena_bytes = arena_bytes;
        arena_init(&worker->arena, memory, arena_bytes);
    }
    return STATUS_OK;
}

static enum status start_threads(struct workpool *pool) {
    place_workers(pool);
    pool->spin_ns = pool->is_placed ? SPIN_NS : 0;
    for (uint32_t i = 1; i < pool->worker_count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%.11s/%u", pool->name, i & 0xff);
        struct sync_thread_options options = { .name = name, .cpu = pool->workers[i].cpu };
        enum status status = sync_thread_start(&pool->workers[i].thread, &options, helper_main,
                                               &pool->workers[i]);
        if (status != STATUS_OK) {
            return status;
        }
        pool->thread_count++;
    }
    return STATUS_OK;
}

enum status workpool_create(const struct workpool_options *options, struct workpool **out_pool,
                            struct diag *diag) {
    *out_pool = NULL;
    uint32_t kind_count = 0;
    enum status status = check(options, &kind_count, diag);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t workers = options->workers > 1 ? options->workers : 1;
    size_t bytes = sizeof(struct workpool) + workers * sizeof(struct worker);
    struct workpool *pool = sync_alloc_aligned(bytes, CACHE_LINE_BYTES);
    if (pool == NULL) {
        return diag_no_memory(diag);
    }
    memset(pool, 0, bytes);
    sync_mutex_init(&pool->caller, SYNC_RANK_WORKPOOL_CALLER);
    sync_mutex_init(&pool->queue, SYNC_RANK_WORKPOOL);
    size_t arena_bytes = fill(pool, options);
    ASSERT(pool->kind_count == kind_count && pool->worker_count == workers);
    status = give_arenas(pool, arena_bytes);
    if (status == STATUS_OK) {
        status = start_threads(pool);
    }
    if (status != STATUS_OK) {
        workpool_destroy(pool);
        return diag_fail(diag, status, DIAG_NO_OFFSET, "no memory or no thread for a worker");
    }
    audit_create(pool);
    *out_pool = pool;
    return STATUS_OK;
}

void workpool_destroy(struct workpool *pool) {
    if (pool == NULL) {
        return;
    }
    sync_u32_store(&pool->is_stopping, 1, SYNC_RELEASE);
    sync_u32_add(&pool->epoch, 1, SYNC_SEQ_CST);
    sync_wake(&pool->epoch, UINT32_MAX);
    for (uint32_t i = 1; i <= pool->thread_count; i++) {
        sync_thread_join(&pool->workers[i].thread);
    }
    for (uint32_t i = 0; i < pool->worker_count; i++) {
        sync_free(pool->workers[i].arena.memory);
    }
    ASSERT(pool->batches == NULL);
    sync_mutex_finish(&pool->queue);
    sync_mutex_finish(&pool->caller);
    sync_free(pool);
}

bool pool_has_kind(const struct workpool *pool, const struct workpool_kind *kind) {
    uint32_t i = 0;
    while (i < pool->kind_count && pool->kinds[i] != kind) {
        i++;
    }
    return i < pool->kind_count;
}

uint32_t workpool_workers(const struct workpool *pool) {
    return pool != NULL ? pool->worker_count : 1;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

void workpool_counters_read(const struct workpool *pool, struct workpool_counters *out_counters) {
    struct workpool_counters sum = {
        .runs = sync_u64_load(&pool->runs, SYNC_RELAXED) +
                sync_u64_load(&pool->other_runs, SYNC_RELAXED),
        .chunks = sync_u64_load(&pool->other_chunks, SYNC_RELAXED),
        .failures = sync_u64_load(&pool->other_failures, SYNC_RELAXED),
        .arena_peak_bytes = sync_u64_load(&pool->other_peak, SYNC_RELAXED),
        .jobs_submitted = sync_u64_load(&pool->jobs_submitted, SYNC_RELAXED),
        .jobs_rejected = sync_u64_load(&pool->jobs_rejected, SYNC_RELAXED),
        .jobs_coalesced = sync_u64_load(&pool->jobs_coalesced, SYNC_RELAXED),
        .jobs_inline = sync_u64_load(&pool->jobs_inline, SYNC_RELAXED),
    };
    for (uint32_t i = 0; i < pool->worker_count; i++) {
        const struct worker *worker = &pool->workers[i];
        uint64_t chunks = sync_u64_load(&worker->chunks, SYNC_RELAXED);
        sum.chunks += chunks;
        sum.helped += i > 0 ? chunks : 0;
        sum.failures += sync_u64_load(&worker->failures, SYNC_RELAXED);
        uint64_t peak = sync_u64_load(&worker->arena_peak, SYNC_RELAXED);
        sum.arena_peak_bytes = larger(sum.arena_peak_bytes, peak);
    }
    *out_counters = sum;
}
