/* executor.c - making an executor, ending it, and waiting for it from outside. */
#include "async/executor.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "runtime.h"
#include "sync/clock.h"
#include "sync/memory.h"

enum { QUEUE_FIRST = 256 };   /* items of a deque before it grows */

static uint32_t value_or(uint32_t value, uint32_t otherwise) {
    return value != 0 ? value : otherwise;
}

static uint64_t round_up_to_power(uint32_t value) {
    uint64_t power = 2;
    while (power < value) {
        power *= 2;
    }
    return power;
}

static void fill(struct async_executor *executor, const struct async_executor_options *options) {
    executor->hooks = options->hooks;
    executor->is_inline = options->workers == 0;
    executor->worker_count = value_or(options->workers, 1);
    executor->tasks_max = value_or(options->tasks_max, ASYNC_TASKS_DEFAULT);
    executor->budget = value_or(options->budget, ASYNC_BUDGET_DEFAULT);
    executor->spins = value_or(options->spins, ASYNC_SPINS_DEFAULT);
    sync_u32_store(&executor->credits, executor->tasks_max, SYNC_RELAXED);
    sync_mutex_init(&executor->timers.lock, SYNC_RANK_TIMER);
    async_wheel_init(&executor->timers.wheel, sync_clock_ns());
    sync_u64_store(&executor->timers.next_ns, SYNC_NO_DEADLINE, SYNC_RELAXED);
}

static enum status make_workers(struct async_executor *executor,
                                const struct async_executor_options *options) {
    size_t bytes = executor->worker_count * sizeof(struct worker);
    executor->workers = sync_alloc_aligned(bytes, CACHE_LINE_BYTES);
    if (executor->workers == NULL) {
        return STATUS_NO_MEMORY;
    }
    memset(executor->workers, 0, bytes);
    uint64_t queue_max = round_up_to_power(value_or(options->queue_max, ASYNC_QUEUE_DEFAULT));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < executor->worker_count && status == STATUS_OK; i++) {
        struct worker *worker = &executor->workers[i];
        worker->executor = executor;
        worker->index = i;
        worker->victims.state = options->seed + i;
        status = async_deque_init(&worker->deque,
                                  queue_max < QUEUE_FIRST ? queue_max : QUEUE_FIRST, queue_max);
    }
    return status;
}

static enum status start_threads(struct async_executor *executor) {
    enum status status = STATUS_OK;
    while (!executor->is_inline && executor->thread_count < executor->worker_count &&
           status == STATUS_OK) {
        struct worker *worker = &executor->workers[executor->thread_count];
        char name[16];
        snprintf(name, sizeof(name), "async/%u", worker->index & 0xff);
        struct sync_thread_options options = { .name = name, .cpu = SYNC_CPU_ANY };
        status = sync_thread_start(&worker->thread, &options, worker_main, worker);
        executor->thread_count += status == STATUS_OK;
    }
    return status;
}

/* No task is live. */
static void end(struct async_executor *executor) {
    sync_u32_store(&executor->is_stopping, 1, SYNC_RELEASE);
    idle_wake_all(executor);
    for (uint32_t i = 0; i < executor->thread_count; i++) {
        sync_thread_join(&executor->workers[i].thread);
    }
    for (uint32_t i = 0; executor->workers != NULL && i < executor->worker_count; i++) {
        async_deque_finish(&executor->workers[i].deque);
    }
    sync_mutex_finish(&executor->timers.lock);
    sync_free(executor->workers);
    sync_free(executor);
}

enum status async_executor_create(const struct async_executor_options *options,
                                  struct async_executor **out_executor) {
    *out_executor = NULL;
    if (options->workers > ASYNC_WORKERS_MAX || options->tasks_max > ASYNC_TASKS_MAX ||
        options->queue_max > ASYNC_DEQUE_CAPACITY_MAX) {
        return STATUS_LIMIT;
    }
    struct async_executor *executor =
        sync_alloc_aligned(sizeof(*executor), CACHE_LINE_BYTES);
    if (executor == NULL) {
        return STATUS_NO_MEMORY;
    }
    memset(executor, 0, sizeof(*executor));
    fill(executor, options);
    enum status status = make_workers(executor, options);
    if (status == STATUS_OK) {
        status = start_threads(executor);
    }
    if (status != STATUS_OK) {
        end(executor);
        return status;
    }
    *out_executor = executor;
    return STATUS_OK;
}

void async_executor_destroy(struct async_executor *executor) {
    if (executor != NULL) {
        enum status status = async_executor_shutdown(executor, SYNC_NO_DEADLINE);
        ASSERT(status == STATUS_OK);
        end(executor);
    }
}

enum status async_spawn(struct async_executor *executor, struct async_task *task,
                        struct async_future *future) {
    enum status status = live_begin(executor);
    if (status == STATUS_OK) {
        task_init(task, executor, future);
        task_begin(task);
    }
    return status;
}

void async_executor_run(struct async_executor *executor) {
    ASSERT(worker_self(executor) == NULL);
    enum status status = live_wait(executor, SYNC_NO_DEADLINE);
    ASSERT(status == STATUS_OK);
}

enum status async_executor_shutdown(struct async_executor *executor, uint64_t deadline_ns) {
    ASSERT(worker_self(executor) == NULL);
    sync_u32_store(&executor->is_closed, 1, SYNC_SEQ_CST);   /* live_begin() says why */
    return live_wait(executor, deadline_ns);
}

uint32_t async_executor_live(const struct async_executor *executor) {
    return executor->tasks_max - sync_u32_load(&executor->credits, SYNC_RELAXED);
}

void async_executor_counts(const struct async_executor *executor,
                           struct async_counts *out_counts) {
    *out_counts = (struct async_counts){ .polls = 0 };
    for (uint32_t i = 0; i < executor->worker_count; i++) {
        const struct worker *worker = &executor->workers[i];
        out_counts->polls += sync_u64_load(&worker->polls, SYNC_RELAXED);
        out_counts->steals += sync_u64_load(&worker->steals, SYNC_RELAXED);
        out_counts->parks += sync_u64_load(&worker->parks, SYNC_RELAXED);
    }
}
