/* parallel.c - check the tasks, run them all, order them, then errors or a merge. */
#include "workpool/parallel.h"

#include <string.h>

#include "base/assert.h"
#include "base/checked.h"
#include "order.h"
#include "pool.h"
#include "sync/memory.h"

/*
 * Everything one call needs, in one piece of memory.  It begins with room for every
 * task to fail, and then goes to the caller: a list of errors must not be lost for
 * want of memory after the tasks have run.
 */
struct call {
    const struct workpool_parallel *parallel;
    struct workpool_error *errors;
    const struct workpool_task **sorted;
    enum status *statuses;
    struct diag *diags;
    size_t memory_bytes;    /* the largest arena of the tasks' kinds */
};

static uint64_t index_of(const struct call *call, const struct workpool_task *task) {
    return (uint64_t)(task - call->parallel->tasks);
}

static bool task_is_before(const void *items, size_t a, size_t b) {
    const struct call *call = items;
    const struct workpool_task *x = call->sorted[a];
    const struct workpool_task *y = call->sorted[b];
    int order = call->parallel->order(x->key, y->key);
    return order < 0 || (order == 0 && x < y);   /* one array, so y is submitted later */
}

static void swap_tasks(void *items, size_t a, size_t b) {
    struct call *call = items;
    const struct workpool_task *kept = call->sorted[a];
    call->sorted[a] = call->sorted[b];
    call->sorted[b] = kept;
}

/* A comparator that is no order would make the result depend on the sort. */
static void check_order(const struct call *call, uint64_t count) {
    int (*order)(const void *, const void *) = call->parallel->order;
    for (uint64_t i = 0; i < count; i++) {
        ASSERT_SLOW(order(call->sorted[i]->key, call->sorted[i]->key) == 0);
        ASSERT_SLOW(i == 0 || order(call->sorted[i - 1]->key, call->sorted[i]->key) <= 0);
        ASSERT_SLOW(i == 0 || order(call->sorted[i]->key, call->sorted[i - 1]->key) >= 0);
    }
    (void)order;
}

static void sort_tasks(struct call *call) {
    static const struct order by_key = { task_is_before, swap_tasks };
    uint64_t count = call->parallel->count;
    for (uint64_t i = 0; i < count; i++) {
        call->sorted[i] = &call->parallel->tasks[i];
    }
    order_sort(&by_key, call, count);
    if (ASSERT_IS_SLOW) {
        check_order(call, count);
    }
}

static enum status allocate(struct call *call) {
    size_t count = call->parallel->count;
    size_t bytes;
    size_t each = sizeof(*call->errors) + sizeof(*call->sorted) + sizeof(*call->diags) +
                  sizeof(*call->statuses);
    call->errors = checked_mul(count, each, &bytes) ? sync_alloc(bytes) : NULL;
    if (call->errors == NULL) {
        return STATUS_NO_MEMORY;
    }
    call->sorted = (const struct workpool_task **)(void *)(call->errors + count);
    call->diags = (struct diag *)(void *)(call->sorted + count);
    call->statuses = (enum status *)(void *)(call->diags + count);
    return STATUS_OK;
}

static void fail_task(struct call *call, uint64_t index, enum status status,
                      const char *reason) {
    call->statuses[index] = diag_fail(&call->diags[index], status, DIAG_NO_OFFSET, reason);
}

/* How many tasks cannot be run at all. */
static uint64_t check_tasks(struct call *call) {
    const struct workpool_parallel *parallel = call->parallel;
    uint64_t refused = 0;
    for (uint64_t i = 0; i < parallel->count; i++) {
        const struct workpool_kind *kind = parallel->tasks[i].kind;
        call->statuses[i] = STATUS_OK;
        if (kind == NULL || kind->body == NULL) {
            fail_task(call, i, STATUS_UNSUPPORTED, "task has no kind");
        } else if (parallel->pool != NULL && !pool_has_kind(parallel->pool, kind)) {
            fail_task(call, i, STATUS_UNSUPPORTED, "task of a kind the pool does not know");
        } else if (kind->memory_bytes > WORKPOOL_JOB_MEMORY_MAX) {
            fail_task(call, i, STATUS_LIMIT, "task needs more memory than a job may have");
        } else if (kind->memory_bytes > call->memory_bytes) {
            call->memory_bytes = kind->memory_bytes;
        }
        refused += call->statuses[i] != STATUS_OK;
    }
    return refused;
}

/* A chunk is a task: its own body, context and memory cap. */
static enum status run_task(const struct workpool_chunk *chunk) {
    const struct workpool_parallel *parallel = chunk->context;
    const struct workpool_task *task = &parallel->tasks[chunk->number];
    struct workpool_chunk own = *chunk;
    own.context = task->context;
    size_t capacity_bytes = chunk->arena->capacity_bytes;
    chunk->arena->capacity_bytes = task->kind->memory_bytes;
    enum status status = task->kind->body(&own);
    chunk->arena->capacity_bytes = capacity_bytes;
    return status;
}

static enum status run_tasks(struct call *call) {
    const struct workpool_parallel *parallel = call->parallel;
    int64_t workers = parallel->max_workers;
    struct workpool_kind kind = { .name = "workpool.task", .body = run_task,
                                  .memory_bytes = call->memory_bytes };
    struct workpool_job job = {
        .kind = &kind, .count = parallel->count, .grain = 1,
        .context = (void *)(uintptr_t)parallel, .out_statuses = call->statuses,
        .out_diags = call->diags,
        .workers_max = workers <= 1                     ? 1
                       : workers < WORKPOOL_WORKERS_MAX ? (uint32_t)workers
                                                        : WORKPOOL_WORKERS_MAX };
    uint32_t failed;
    /* Also with one worker: audit and counters are the same at any number. */
    return region_run(parallel->pool, &job, (uint32_t)parallel->count, &failed);
}

/* The call's memory becomes that of the list. */
static enum status list_errors(struct call *call, struct workpool_errors *out_errors) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < call->parallel->count; i++) {
        uint64_t index = index_of(call, call->sorted[i]);
        if (call->statuses[index] != STATUS_OK) {
            call->errors[count++] = (struct workpool_error){
                .task = call->sorted[i], .index = index, .status = call->statuses[index],
                .offset = call->diags[index].offset, .message = call->diags[index].reason };
        }
    }
    *out_errors = (struct workpool_errors){ .errors = call->errors, .count = count };
    call->errors = NULL;
    return out_errors->errors[0].status;
}

static enum status merge_tasks(const struct call *call) {
    const struct workpool_parallel *parallel = call->parallel;
    enum status status = parallel->merge(call->sorted, parallel->count, parallel->out);
    if (ASSERT_IS_SLOW && parallel->digest != NULL && status == STATUS_OK) {
        uint64_t first = parallel->digest(parallel->out);
        status = parallel->merge(call->sorted, parallel->count, parallel->out);
        ASSERT(status == STATUS_OK);
        ASSERT(first == parallel->digest(parallel->out));   /* the merge is pure */
    }
    return status;
}

static enum status run_and_merge(struct call *call, struct workpool_errors *out_errors) {
    bool has_failed = check_tasks(call) > 0;
    if (!has_failed && call->parallel->count > 0) {
        enum status status = run_tasks(call);
        uint64_t first = 0;
        while (first < call->parallel->count && call->statuses[first] == STATUS_OK) {
            first++;
        }
        has_failed = first < call->parallel->count;
        if (status != STATUS_OK && !has_failed) {
            return status;   /* no memory for an arena: nothing was run */
        }
    }
    sort_tasks(call);
    return has_failed ? list_errors(call, out_errors) : merge_tasks(call);
}

enum status workpool_run_parallel(const struct workpool_parallel *parallel,
                                  struct workpool_errors *out_errors) {
    ASSERT(parallel->order != NULL && parallel->merge != NULL);
    ASSERT(parallel->tasks != NULL || parallel->count == 0);
    *out_errors = (struct workpool_errors){ .errors = NULL };
    if (parallel->count > WORKPOOL_CHUNKS_MAX) {
        return STATUS_LIMIT;
    }
    struct call call = { .parallel = parallel };
    enum status status = allocate(&call);
    if (status == STATUS_OK) {
        status = run_and_merge(&call, out_errors);
        sync_free(call.errors);
    }
    return status;
}

void workpool_errors_free(struct workpool_errors *errors) {
    sync_free(errors->errors);
    *errors = (struct workpool_errors){ .errors = NULL };
}
