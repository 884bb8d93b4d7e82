/* chunk.c - calls of a body, one after the other, on one thread. */
#include <string.h>

#include "base/assert.h"
#include "pool.h"
#include "sync/clock.h"
#include "sync/memory.h"

enum { STALE = 0xa5 };   /* what check builds leave behind in an arena */

static enum status stop_reason(const struct workpool_job *job) {
    /* Pairs with the release in workpool_cancel_request(). */
    if (job->cancel != NULL && sync_u32_load(&job->cancel->requested, SYNC_ACQUIRE) != 0) {
        return STATUS_CANCELLED;
    }
    return job->deadline_ns != 0 && sync_clock_ns() >= job->deadline_ns ? STATUS_TIMED_OUT
                                                                        : STATUS_OK;
}

static void note_failure(const struct workpool_chunk *chunk, enum status status,
                         struct tally *tally) {
    ASSERT((unsigned)status < STATUS_COUNT);
    if (chunk->diag != NULL && chunk->diag->status == STATUS_OK) {
        (void)!diag_fail(chunk->diag, status, DIAG_NO_OFFSET, status_name(status));
    }
    tally->failures++;
    if (chunk->number < tally->lowest) {
        tally->lowest = chunk->number;
        tally->status = status;
    }
}

/* Whoever waits for the rest of the region would wait for ever, or go on without it. */
static void refuse_panic(void *unused) {
    (void)unused;
    assert_failed(__FILE__, __LINE__, "a body of the pool panicked, and did not contain it");
}

void chunk_wall_push(struct sync_cleanup *wall) {
    sync_cleanup_push(wall, refuse_panic, NULL);
}

struct task chunk_task_of(const struct workpool_job *job, uint32_t chunk_count) {
    ASSERT(job->kind->memory_bytes <= WORKPOOL_JOB_MEMORY_MAX);
    bool is_plain = job->cancel == NULL && job->deadline_ns == 0 && job->out_statuses == NULL &&
                    job->out_diags == NULL;
    return (struct task){ .body = job->kind->body, .context = job->context, .count = job->count,
                          .grain = job->grain, .job = is_plain ? NULL : job,
                          .chunk_count = chunk_count,
                          .memory_bytes = (uint32_t)job->kind->memory_bytes };
}

static enum status call_body(const struct task *task, const struct workpool_chunk *chunk) {
    enum status status = task->body(chunk);
    if (ASSERT_IS_SLOW && chunk->arena->used_bytes > 0) {
        memset(chunk->arena->memory, STALE, chunk->arena->used_bytes);
    }
    chunk->arena->used_bytes = 0;
    return status;
}

/* With a cancel, a deadline, or something to fill for each chunk. */
static enum status call_with_job(const struct task *task, struct workpool_chunk *chunk) {
    const struct workpool_job *job = task->job;
    if (job->out_diags != NULL) {
        chunk->diag = &job->out_diags[chunk->number];
        *chunk->diag = (struct diag){ .offset = DIAG_NO_OFFSET };
    }
    enum status status = stop_reason(job);
    if (status == STATUS_OK) {
        status = call_body(task, chunk);
    }
    if (job->out_statuses != NULL) {
        job->out_statuses[chunk->number] = status;
    }
    return status;
}

/*
 * Whole chunks with nothing to look at, to fill or to reset: the loop that matters for
 * bodies of a few nanoseconds.
 */
static void run_bare(const struct task *task, struct workpool_chunk *chunk, uint32_t end,
                     struct tally *tally) {
    const workpool_body body = task->body;
    const uint64_t grain = task->grain;
    uint64_t at = chunk->begin;
    for (uint32_t number = chunk->number; number < end; number++) {
        chunk->number = number;
        chunk->begin = at;
        at += grain;
        chunk->end = at;
        enum status status = body(chunk);
        if (UNLIKELY(status != STATUS_OK)) {
            note_failure(chunk, status, tally);
        }
    }
    chunk->number = end;
    chunk->begin = at;
}

static void run_full(const struct task *task, struct workpool_chunk *chunk, uint32_t end,
                     struct tally *tally) {
    for (; chunk->number < end; chunk->number++) {
        uint64_t left = task->count - chunk->begin;
        chunk->end = chunk->begin + (left < task->grain ? left : task->grain);
        enum status status = task->job != NULL ? call_with_job(task, chunk)
                                               : call_body(task, chunk);
        if (UNLIKELY(status != STATUS_OK)) {
            note_failure(chunk, status, tally);
        }
        chunk->begin = chunk->end;
    }
}

void chunk_run(const struct task *task, struct arena *arena, uint32_t number, uint32_t count,
               struct tally *tally) {
    struct workpool_chunk chunk = { .context = task->context, .number = number,
                                    .begin = number * task->grain, .arena = arena };
    uint32_t end = number + count;
    tally->chunks += count;
    if (task->job == NULL && task->memory_bytes == 0) {
        run_bare(task, &chunk, end - (end == task->chunk_count), tally);   /* the last: below */
    }
    run_full(task, &chunk, end, tally);
}

void chunk_note_peak(struct workpool *pool, uint64_t peak) {
    uint64_t before = sync_u64_load(&pool->other_peak, SYNC_RELAXED);
    while (before < peak &&
           !sync_u64_compare_exchange(&pool->other_peak, &before, peak, SYNC_RELAXED)) {
    }
}

static void count_nested(struct workpool *pool, const struct tally *tally, size_t peak) {
    sync_u64_add(&pool->other_runs, 1, SYNC_RELAXED);
    sync_u64_add(&pool->other_chunks, tally->chunks, SYNC_RELAXED);
    sync_u64_add(&pool->other_failures, tally->failures, SYNC_RELAXED);
    chunk_note_peak(pool, peak);
}

enum status chunk_run_in_place(struct workpool *pool, const struct workpool_job *job,
                               uint32_t chunk_count, uint32_t *out_failed) {
    struct task task = chunk_task_of(job, chunk_count);
    struct tally tally = { .lowest = UINT32_MAX };
    void *memory = NULL;
    if (task.memory_bytes > 0) {
        memory = sync_alloc_aligned(task.memory_bytes, CACHE_LINE_BYTES);
        if (memory == NULL) {
            return STATUS_NO_MEMORY;
        }
    }
    static const char in_place;   /* any address: "a body is running on this thread" */
    void *outer = sync_slot_get(SYNC_SLOT_WORKPOOL);
    sync_slot_set(SYNC_SLOT_WORKPOOL, outer != NULL ? outer : (void *)(uintptr_t)&in_place);
    struct arena arena;
    struct sync_cleanup wall;
    arena_init(&arena, memory, task.memory_bytes);
    chunk_wall_push(&wall);
    chunk_run(&task, &arena, 0, chunk_count, &tally);
    sync_cleanup_pop(&wall, false);
    sync_slot_set(SYNC_SLOT_WORKPOOL, outer);
    sync_free(memory);
    if (pool != NULL) {
        count_nested(pool, &tally, arena.peak_bytes);
    }
    *out_failed = tally.lowest;
    return tally.failures == 0 ? STATUS_OK : tally.status;
}
