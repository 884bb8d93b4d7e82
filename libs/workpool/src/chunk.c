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

static void note_failure(const struct region *region, const struct workpool_chunk *chunk,
                         enum status status, struct tally *tally) {
    if (chunk->diag != NULL && chunk->diag->status == STATUS_OK) {
        (void)!diag_fail(chunk->diag, status, DIAG_NO_OFFSET, status_name(status));
    }
    ASSERT((unsigned)status < STATUS_COUNT && region->job != NULL);
    tally->failures++;
    if (chunk->number < tally->lowest) {
        tally->lowest = chunk->number;
        tally->status = status;
    }
}

void chunk_run(const struct region *region, struct arena *arena, uint32_t number, uint32_t count,
               struct tally *tally) {
    const struct workpool_job *job = region->job;
    struct workpool_chunk chunk = { .context = job->context, .arena = arena };
    chunk.begin = number * job->grain;
    tally->chunks += count;
    for (uint32_t end = number + count; number < end; number++) {
        chunk.number = number;
        chunk.end = job->count - chunk.begin > job->grain ? chunk.begin + job->grain : job->count;
        if (job->out_diags != NULL) {
            chunk.diag = &job->out_diags[number];
            *chunk.diag = (struct diag){ .offset = DIAG_NO_OFFSET };
        }
        arena->used_bytes = 0;
        enum status status = region->can_stop ? stop_reason(job) : STATUS_OK;
        if (status == STATUS_OK) {
            status = job->kind->body(&chunk);
            if (ASSERT_IS_SLOW && arena->used_bytes > 0) {
                memset(arena->memory, STALE, arena->used_bytes);
            }
        }
        if (UNLIKELY(status != STATUS_OK)) {
            note_failure(region, &chunk, status, tally);
        }
        if (job->out_statuses != NULL) {
            job->out_statuses[number] = status;
        }
        chunk.begin = chunk.end;
    }
}

static void count_nested(struct workpool *pool, const struct tally *tally, size_t peak) {
    sync_u64_add(&pool->nested_runs, 1, SYNC_RELAXED);
    sync_u64_add(&pool->nested_chunks, tally->chunks, SYNC_RELAXED);
    sync_u64_add(&pool->nested_failures, tally->failures, SYNC_RELAXED);
    uint64_t before = sync_u64_load(&pool->nested_peak, SYNC_RELAXED);
    while (before < peak &&
           !sync_u64_compare_exchange(&pool->nested_peak, &before, peak, SYNC_RELAXED)) {
    }
}

enum status chunk_run_in_place(struct workpool *pool, const struct workpool_job *job,
                               uint32_t chunk_count, uint32_t *out_failed) {
    struct region region = { .job = job, .memory_bytes = job->kind->memory_bytes,
                             .chunk_count = chunk_count,
                             .can_stop = job->cancel != NULL || job->deadline_ns != 0 };
    struct tally tally = { .lowest = UINT32_MAX };
    void *memory = NULL;
    *out_failed = UINT32_MAX;
    if (region.memory_bytes > 0) {
        memory = sync_alloc_aligned(region.memory_bytes, CACHE_LINE_BYTES);
        if (memory == NULL) {
            return STATUS_NO_MEMORY;
        }
    }
    static char in_place;   /* any address: "a body is running on this thread" */
    void *outer = sync_slot_get(SYNC_SLOT_WORKPOOL);
    sync_slot_set(SYNC_SLOT_WORKPOOL, outer != NULL ? outer : &in_place);
    struct arena arena;
    arena_init(&arena, memory, region.memory_bytes);
    chunk_run(&region, &arena, 0, chunk_count, &tally);
    sync_slot_set(SYNC_SLOT_WORKPOOL, outer);
    sync_free(memory);
    if (pool != NULL) {
        count_nested(pool, &tally, arena.peak_bytes);
    }
    *out_failed = tally.lowest;
    return tally.failures == 0 ? STATUS_OK : tally.status;
}
