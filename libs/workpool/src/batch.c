/*
 * batch.c - the ring of open tickets, and what a full one does.
 *
 * A ticket's slot goes FREE -> QUEUED -> RUNNING -> DONE -> FREE, under the pool's
 * queue lock.  A job that is coalesced while RUNNING is marked stale and goes back
 * to QUEUED with its other input when the body returns; one that was DONE is queued
 * again.  Everything that is decided is decided from `submitted` and `folded`, which
 * only the owner changes.
 */
#include "batch.h"

#include <string.h>

#include "base/assert.h"
#include "base/checked.h"
#include "base/endian.h"
#include "base/hash.h"
#include "sync/clock.h"
#include "sync/memory.h"
#include "sync/wait.h"

enum { ROOM_ALIGN = 64 };

static size_t padded(size_t bytes) {
    return (bytes + ROOM_ALIGN - 1) & ~(size_t)(ROOM_ALIGN - 1);
}

/* Largest needs of the pool's kinds; each is at most WORKPOOL_JOB_MEMORY_MAX. */
static void rooms_of(const struct workpool *pool, size_t *out_input, size_t *out_output,
                     size_t *out_memory) {
    *out_input = 0;
    *out_output = 0;
    *out_memory = 0;
    for (uint32_t i = 0; i < pool->kind_count; i++) {
        const struct workpool_kind *kind = pool->kinds[i];
        *out_input = kind->input_bytes > *out_input ? kind->input_bytes : *out_input;
        *out_output = kind->output_bytes > *out_output ? kind->output_bytes : *out_output;
        *out_memory = kind->memory_bytes > *out_memory ? kind->memory_bytes : *out_memory;
    }
}

static void give_rooms(struct workpool_batch *batch, size_t input, size_t output, size_t memory) {
    uint8_t *at = batch->memory;
    for (uint32_t i = 0; i <= batch->depth; i++) {
        struct slot *slot = &batch->slots[i];
        slot->inputs[0] = at;
        slot->inputs[1] = at + input;
        slot->output = at + 2 * input;
        at += 2 * input + output;
    }
    batch->arena = memory > 0 ? at : NULL;
}

enum status workpool_batch_create(const struct workpool_batch_options *options,
                                  struct workpool_batch **out_batch) {
    ASSERT(options->pool != NULL && options->fold != NULL);
    struct workpool *pool = options->pool;
    size_t input;
    size_t output;
    size_t memory;
    *out_batch = NULL;
    rooms_of(pool, &input, &output, &memory);
    input = padded(input);
    output = padded(output);
    uint32_t depth = pool->queue_depth;
    /* At most 1025 x 3 x 256 MiB: no overflow in 64 bits. */
    size_t bytes = (depth + 1) * (2 * input + output) + padded(memory) + ROOM_ALIGN;
    struct workpool_batch *batch =
        sync_alloc_zero(1, sizeof(*batch) + (depth + 1) * sizeof(struct slot));
    uint8_t *rooms = batch != NULL ? sync_alloc_aligned(bytes, ROOM_ALIGN) : NULL;
    if (rooms == NULL) {
        sync_free(batch);
        return STATUS_NO_MEMORY;
    }
    batch->options = *options;
    batch->depth = depth;
    batch->memory = rooms;
    batch->is_in_place = sync_slot_get(SYNC_SLOT_WORKPOOL) != NULL;
    give_rooms(batch, input, output, memory);
    if (!batch->is_in_place) {
        sync_mutex_lock(&pool->queue);
        batch->next = pool->batches;
        pool->batches = batch;
        sync_mutex_unlock(&pool->queue);
    }
    *out_batch = batch;
    return STATUS_OK;
}

static void batch_free(struct workpool_batch *batch) {
    sync_free(batch->memory);
    sync_free(batch);
}

static struct slot *slot_of(struct workpool_batch *batch, uint64_t ticket) {
    return &batch->slots[ticket % batch->depth];
}

static void set_queued_locked(struct workpool_batch *batch, struct slot *slot) {
    slot->state = SLOT_QUEUED;
    batch->queued++;
    batch->scan = slot->item.ticket < batch->scan ? slot->item.ticket : batch->scan;
    if (!batch->is_in_place) {
        sync_u32_add(&batch->options.pool->queued, 1, SYNC_SEQ_CST);
    }
}

static void unset_queued_locked(struct workpool_batch *batch, struct slot *slot,
                                enum slot_state state) {
    ASSERT(slot->state == SLOT_QUEUED);
    slot->state = state;
    batch->queued--;
    if (!batch->is_in_place) {
        sync_u32_sub(&batch->options.pool->queued, 1, SYNC_RELAXED);
    }
}

/* The oldest queued job, now running; NULL when there is none. */
static struct slot *begin_locked(struct workpool_batch *batch) {
    while (batch->queued > 0) {
        ASSERT(batch->scan < batch->submitted);
        struct slot *slot = slot_of(batch, batch->scan++);
        if (slot->state == SLOT_QUEUED) {
            unset_queued_locked(batch, slot, SLOT_RUNNING);
            return slot;
        }
    }
    return NULL;
}

static void end_locked(struct workpool_batch *batch, struct slot *slot) {
    ASSERT(slot->state == SLOT_RUNNING);
    slot->state = SLOT_DONE;
    if (slot->is_stale) {
        slot->is_stale = false;
        slot->current ^= 1;
        set_queued_locked(batch, slot);
    }
}

static enum status stop_reason(const struct workpool_batch_options *options) {
    /* Pairs with the release in workpool_cancel_request(). */
    if (options->cancel != NULL &&
        sync_u32_load(&options->cancel->requested, SYNC_ACQUIRE) != 0) {
        return STATUS_CANCELLED;
    }
    return options->deadline_ns != 0 && sync_clock_ns() >= options->deadline_ns
               ? STATUS_TIMED_OUT : STATUS_OK;
}

/* Call the body of a slot that nobody else touches. */
static void run(const struct workpool_batch *batch, struct slot *slot, void *memory) {
    const struct workpool_kind *kind = slot->kind;
    struct arena arena;
    arena_init(&arena, memory, kind->memory_bytes);
    slot->diag = (struct diag){ .offset = DIAG_NO_OFFSET };
    slot->item.input = slot->inputs[slot->current];
    slot->item.input_bytes = slot->input_bytes[slot->current];
    slot->item.output = slot->output;
    slot->item.output_bytes = 0;
    struct workpool_chunk chunk = { .context = &slot->item, .begin = slot->item.ticket,
                                    .end = slot->item.ticket + 1,
                                    .number = (uint32_t)slot->item.ticket,
                                    .arena = &arena, .diag = &slot->diag };
    slot->status = stop_reason(&batch->options);
    if (slot->status == STATUS_OK) {
        slot->status = kind->body(&chunk);
    }
    if (slot->status != STATUS_OK && slot->diag.status == STATUS_OK) {
        (void)!diag_fail(&slot->diag, slot->status, DIAG_NO_OFFSET, status_name(slot->status));
    }
    slot->peak_bytes = arena.peak_bytes;
    ASSERT(slot->item.output_bytes <= kind->output_bytes);
}

static void run_here(struct workpool_batch *batch, struct slot *slot) {
    static const char in_place;   /* any address: "a body is running on this thread" */
    void *outer = sync_slot_get(SYNC_SLOT_WORKPOOL);
    sync_slot_set(SYNC_SLOT_WORKPOOL, outer != NULL ? outer : (void *)(uintptr_t)&in_place);
    struct sync_cleanup wall;
    chunk_wall_push(&wall);
    run(batch, slot, batch->arena);
    sync_cleanup_pop(&wall, false);
    sync_slot_set(SYNC_SLOT_WORKPOOL, outer);
}

bool batch_help(struct workpool *pool, struct worker *worker) {
    if (sync_u32_load(&pool->queued, SYNC_RELAXED) == 0) {
        return false;
    }
    sync_mutex_lock(&pool->queue);
    struct workpool_batch *batch = pool->batches;
    while (batch != NULL && batch->queued == 0) {
        batch = batch->next;
    }
    struct slot *slot = batch != NULL ? begin_locked(batch) : NULL;
    if (slot == NULL) {
        sync_mutex_unlock(&pool->queue);
        return false;
    }
    batch->running++;
    sync_mutex_unlock(&pool->queue);
    run(batch, slot, worker->arena.memory);
    sync_mutex_lock(&pool->queue);
    end_locked(batch, slot);
    batch->running--;
    bool is_last_of_orphan = batch->is_orphan && batch->running == 0;
    sync_u32_add(&batch->finished, 1, SYNC_RELEASE);
    if (batch->owner_waits) {
        sync_wake(&batch->finished, 1);   /* under the lock: the owner may free the batch */
    }
    sync_mutex_unlock(&pool->queue);
    if (is_last_of_orphan) {
        batch_free(batch);
    }
    return true;
}

/* No job of the batch will be begun any more. */
static void drop_queued(struct workpool_batch *batch) {
    sync_mutex_lock(&batch->options.pool->queue);
    for (uint32_t i = 0; i < batch->depth; i++) {
        batch->slots[i].is_stale = false;
        if (batch->slots[i].state == SLOT_QUEUED) {
            unset_queued_locked(batch, &batch->slots[i], SLOT_FREE);
        }
    }
    sync_mutex_unlock(&batch->options.pool->queue);
}

static enum status close_batch(struct workpool_batch *batch, enum status status) {
    batch->closed = status;
    drop_queued(batch);
    return status;
}

void workpool_batch_destroy(struct workpool_batch *batch) {
    if (batch == NULL) {
        return;
    }
    drop_queued(batch);
    struct workpool *pool = batch->options.pool;
    sync_mutex_lock(&pool->queue);
    struct workpool_batch **link = &pool->batches;
    while (*link != NULL && *link != batch) {
        link = &(*link)->next;
    }
    if (*link == batch) {
        *link = batch->next;
    }
    batch->is_orphan = true;
    bool is_free = batch->running == 0;
    sync_mutex_unlock(&pool->queue);
    if (is_free) {
        batch_free(batch);
    }
}

uint64_t workpool_batch_open(const struct workpool_batch *batch) {
    return batch->submitted - batch->folded;
}

/* Until the oldest open ticket is done: run queued jobs, or wait for those that run. */
static enum status wait_for_oldest(struct workpool_batch *batch, struct slot *oldest) {
    struct workpool *pool = batch->options.pool;
    uint64_t deadline = batch->options.deadline_ns != 0 ? batch->options.deadline_ns
                                                        : SYNC_NO_DEADLINE;
    enum status status = STATUS_OK;
    sync_mutex_lock(&pool->queue);
    while (status == STATUS_OK && oldest->state != SLOT_DONE) {
        struct slot *mine = begin_locked(batch);
        uint32_t finished = sync_u32_load(&batch->finished, SYNC_ACQUIRE);
        batch->owner_waits = mine == NULL;
        sync_mutex_unlock(&pool->queue);
        if (mine != NULL) {
            run_here(batch, mine);
        } else {
            (void)!sync_wait(&batch->finished, finished, deadline);
        }
        status = stop_reason(&batch->options);
        sync_mutex_lock(&pool->queue);
        batch->owner_waits = false;
        if (mine != NULL) {
            end_locked(batch, mine);
        }
    }
    sync_mutex_unlock(&pool->queue);
    return status;
}

static void fold(struct workpool_batch *batch, const struct slot *slot) {
    struct workpool *pool = batch->options.pool;
    struct workpool_result result = {
        .ticket = slot->item.ticket, .key = slot->item.key, .kind = slot->kind,
        .status = slot->status, .diag = &slot->diag, .output = slot->output,
        .output_bytes = slot->item.output_bytes };
    sync_u64_add(&pool->other_chunks, 1, SYNC_RELAXED);
    sync_u64_add(&pool->other_failures, slot->status != STATUS_OK, SYNC_RELAXED);
    chunk_note_peak(pool, slot->peak_bytes);   /* here: which jobs are folded is no accident */
    batch->is_folding = true;
    batch->options.fold(batch->options.accumulator, &result);
    batch->is_folding = false;
}

static enum status fold_oldest(struct workpool_batch *batch) {
    struct slot *slot = slot_of(batch, batch->folded);
    ASSERT(slot->item.ticket == batch->folded);
    enum status status = wait_for_oldest(batch, slot);
    if (status == STATUS_OK) {
        status = stop_reason(&batch->options);
    }
    if (status != STATUS_OK) {
        return close_batch(batch, status);
    }
    fold(batch, slot);
    sync_mutex_lock(&batch->options.pool->queue);
    slot->state = SLOT_FREE;
    batch->folded++;
    batch->scan = batch->scan > batch->folded ? batch->scan : batch->folded;
    sync_mutex_unlock(&batch->options.pool->queue);
    return STATUS_OK;
}

enum status workpool_batch_reduce(struct workpool_batch *batch, uint64_t at_most) {
    ASSERT(!batch->is_folding);
    enum status status = batch->closed;
    for (uint64_t i = 0; status == STATUS_OK && i < at_most && workpool_batch_open(batch) > 0;
         i++) {
        status = fold_oldest(batch);
    }
    return status;
}

/* A number that depends on what the job is, and on nothing else. */
static uint64_t seed_of(uint64_t ticket, const struct workpool_kind *kind, uint64_t key) {
    uint8_t bytes[16];
    put_le64(bytes, ticket);
    put_le64(bytes + 8, key);
    return hash_64(bytes, sizeof(bytes), hash_64(kind->name, strlen(kind->name), 0));
}

static void put_input(struct slot *slot, uint8_t which, const struct workpool_submission *given) {
    if (given->input_bytes > 0) {
        memcpy(slot->inputs[which], given->input, given->input_bytes);
    }
    slot->input_bytes[which] = given->input_bytes;
}

static void fill(struct slot *slot, uint64_t ticket, const struct workpool_submission *given) {
    slot->kind = given->kind;
    slot->is_stale = false;
    slot->current = 0;
    slot->item = (struct workpool_item){ .ticket = ticket, .key = given->key,
                                         .seed = seed_of(ticket, given->kind, given->key) };
    put_input(slot, 0, given);
}

static void enqueue(struct workpool_batch *batch, const struct workpool_submission *given) {
    struct workpool *pool = batch->options.pool;
    struct slot *slot = slot_of(batch, batch->submitted);
    sync_mutex_lock(&pool->queue);
    ASSERT(slot->state == SLOT_FREE);
    fill(slot, batch->submitted, given);
    batch->submitted++;
    set_queued_locked(batch, slot);
    sync_mutex_unlock(&pool->queue);
    if (!batch->is_in_place) {
        helper_wake(pool, 1);
    }
}

/* Give the newest open job of that kind and key the new input; false when there is none. */
static bool replace(struct workpool_batch *batch, const struct workpool_submission *given,
                    uint64_t *out_ticket) {
    uint64_t ticket = batch->submitted;
    struct slot *slot = NULL;
    while (ticket > batch->folded && slot == NULL) {
        struct slot *open = slot_of(batch, --ticket);
        slot = open->kind == given->kind && open->item.key == given->key ? open : NULL;
    }
    if (slot == NULL || !given->kind->can_coalesce) {
        return false;
    }
    struct workpool *pool = batch->options.pool;
    sync_mutex_lock(&pool->queue);
    if (slot->state == SLOT_RUNNING) {
        put_input(slot, slot->current ^ 1, given);   /* the body reads the other one */
        slot->is_stale = true;
    } else {
        put_input(slot, slot->current, given);
        if (slot->state == SLOT_DONE) {
            set_queued_locked(batch, slot);
        }
    }
    sync_mutex_unlock(&pool->queue);
    if (!batch->is_in_place) {
        helper_wake(pool, 1);
    }
    *out_ticket = ticket;
    return true;
}

/* The slow path: everything open is folded, then this job, run on this thread. */
static enum status run_inline(struct workpool_batch *batch,
                              const struct workpool_submission *given) {
    struct slot *slot = &batch->slots[batch->depth];
    fill(slot, batch->submitted, given);
    run_here(batch, slot);
    enum status status = workpool_batch_reduce(batch, batch->depth);
    if (status != STATUS_OK) {
        return status;
    }
    fold(batch, slot);
    sync_mutex_lock(&batch->options.pool->queue);
    batch->submitted++;
    batch->folded++;
    batch->scan = batch->submitted;
    sync_mutex_unlock(&batch->options.pool->queue);
    return STATUS_OK;
}

static void note(struct workpool_batch *batch, const struct workpool_submission *given,
                 struct sync_u64 *counter, uint64_t ticket, const char *decision) {
    sync_u64_add(counter, 1, SYNC_RELAXED);
    if (!batch->is_in_place) {
        audit_submit(batch->options.pool, ticket, given->kind, decision);
    }
}

static enum status submit_when_full(struct workpool_batch *batch,
                                    const struct workpool_submission *given,
                                    uint64_t *out_ticket) {
    struct workpool *pool = batch->options.pool;
    if (pool->on_full == WORKPOOL_FULL_INLINE) {
        note(batch, given, &pool->jobs_inline, *out_ticket, "inline");
        return run_inline(batch, given);
    }
    if (pool->on_full == WORKPOOL_FULL_COALESCE && replace(batch, given, out_ticket)) {
        note(batch, given, &pool->jobs_coalesced, *out_ticket, "coalesce");
        return STATUS_OK;
    }
    note(batch, given, &pool->jobs_rejected, *out_ticket, "reject");
    return STATUS_BUSY;
}

enum status workpool_batch_submit(struct workpool_batch *batch,
                                  const struct workpool_submission *given,
                                  uint64_t *out_ticket) {
    ASSERT(!batch->is_folding && given->kind != NULL);
    ASSERT(given->input != NULL || given->input_bytes == 0);
    struct workpool *pool = batch->options.pool;
    *out_ticket = batch->submitted;
    if (batch->closed != STATUS_OK) {
        return batch->closed;
    }
    if (!pool_has_kind(pool, given->kind)) {
        note(batch, given, &pool->jobs_rejected, *out_ticket, "refuse");
        return STATUS_UNSUPPORTED;
    }
    if (given->input_bytes > given->kind->input_bytes) {
        note(batch, given, &pool->jobs_rejected, *out_ticket, "refuse");
        return STATUS_LIMIT;
    }
    enum status stopped = stop_reason(&batch->options);
    if (stopped != STATUS_OK) {
        return close_batch(batch, stopped);
    }
    if (workpool_batch_open(batch) == batch->depth) {
        return submit_when_full(batch, given, out_ticket);
    }
    note(batch, given, &pool->jobs_submitted, *out_ticket, "queue");
    enqueue(batch, given);
    return STATUS_OK;
}
