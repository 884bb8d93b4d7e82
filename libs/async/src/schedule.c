/* schedule.c - where tasks that can run wait for their turn. */
#include "runtime.h"

/* The most that a worker takes from the shared queue at once. */
enum { SHARE_MAX = 32 };

static void append(struct queue *queue, struct async_task *task) {
    task->next = NULL;
    sync_lock_acquire(&queue->lock);
    if (queue->first == NULL) {
        queue->first = task;
    } else {
        queue->last->next = task;
    }
    queue->last = task;
    uint32_t count = sync_u32_load(&queue->count, SYNC_RELAXED);
    sync_u32_store(&queue->count, count + 1, SYNC_RELAXED);
    sync_lock_release(&queue->lock);
}

/* Up to `wanted` of the first, linked by `next`; NULL when there are none. */
static struct async_task *detach(struct queue *queue, uint32_t wanted) {
    sync_lock_acquire(&queue->lock);
    struct async_task *first = queue->first;
    struct async_task **end = &queue->first;
    uint32_t taken = 0;
    struct async_task *last = NULL;
    for (; taken < wanted && *end != NULL; taken++) {
        last = *end;
        end = &last->next;
    }
    if (last != NULL) {
        queue->first = last->next;
        last->next = NULL;
        uint32_t count = sync_u32_load(&queue->count, SYNC_RELAXED);
        sync_u32_store(&queue->count, count - taken, SYNC_RELAXED);
    }
    sync_lock_release(&queue->lock);
    return last != NULL ? first : NULL;
}

void schedule_last(struct async_executor *executor, struct async_task *task) {
    append(&executor->shared, task);
    idle_notify(executor);
}

void schedule_task(struct async_executor *executor, struct async_task *task) {
    struct worker *worker = worker_self(executor);
    if (worker == NULL || executor->is_inline || !async_deque_push(&worker->deque, task)) {
        append(&executor->shared, task);
    }
    idle_notify(executor);
}

struct async_task *schedule_take(struct worker *worker) {
    struct async_executor *executor = worker->executor;
    uint32_t count = sync_u32_load(&executor->shared.count, SYNC_RELAXED);
    if (count == 0) {
        return NULL;
    }
    uint32_t share = executor->is_inline ? 1 : count / executor->worker_count + 1;
    struct async_task *task = detach(&executor->shared, share < SHARE_MAX ? share : SHARE_MAX);
    struct async_task *rest = task != NULL ? task->next : NULL;
    bool has_more = rest != NULL;
    while (rest != NULL) {
        struct async_task *next = rest->next;
        if (!async_deque_push(&worker->deque, rest)) {
            append(&executor->shared, rest);
        }
        rest = next;
    }
    if (has_more) {
        idle_notify(executor);
    }
    return task;
}

bool schedule_has_work(struct async_executor *executor) {
    if (sync_u32_load(&executor->shared.count, SYNC_RELAXED) != 0) {
        return true;
    }
    for (uint32_t i = 0; i < executor->worker_count; i++) {
        if (async_deque_count(&executor->workers[i].deque) != 0) {
            return true;
        }
    }
    return false;
}
