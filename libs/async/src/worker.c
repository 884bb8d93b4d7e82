/* worker.c - the loop that finds a task and polls it. */
#include "base/assert.h"
#include "runtime.h"
#include "sync/clock.h"

/* Every so many polls: look at the clock, the worker's own oldest task, the shared queue. */
enum { CLOCK_PERIOD = 16, OLDEST_PERIOD = 16, SHARED_PERIOD = 61, STOLEN_MAX = 64 };

struct worker *worker_self(const struct async_executor *executor) {
    struct worker *worker = sync_slot_get(SYNC_SLOT_ASYNC);
    return worker != NULL && worker->executor == executor ? worker : NULL;
}

static struct async_task *steal_from(struct worker *worker, uint32_t victim) {
    const struct async_hooks *hooks = &worker->executor->hooks;
    void *task = NULL;
    enum async_steal result = ASYNC_STEAL_LOST;
    while (result == ASYNC_STEAL_LOST) {   /* lost to one who has it: somebody goes on */
        result = async_deque_steal(&worker->executor->workers[victim].deque, &task);
    }
    if (result == ASYNC_STEAL_TAKEN && victim != worker->index) {
        sync_u64_store(&worker->steals, sync_u64_load(&worker->steals, SYNC_RELAXED) + 1,
                       SYNC_RELAXED);
        if (hooks->on_steal != NULL) {
            hooks->on_steal(hooks->context, worker->index, victim);
        }
    }
    return result == ASYNC_STEAL_TAKEN ? task : NULL;
}

/*
 * With a task of the victim's in hand and the own deque empty: take half of the rest too.
 * Each look at another's deque stalls its owner; so look seldom, and take some away.
 */
static void steal_more(struct worker *worker, uint32_t victim) {
    uint64_t count = async_deque_count(&worker->executor->workers[victim].deque) / 2;
    count = count < STOLEN_MAX ? count : STOLEN_MAX;
    bool is_any = false;
    for (; count > 0; count--) {
        struct async_task *task = steal_from(worker, victim);
        if (task == NULL) {
            break;
        }
        if (!async_deque_push(&worker->deque, task)) {
            schedule_last(worker->executor, task);
            break;
        }
        is_any = true;
    }
    if (is_any) {
        idle_notify(worker->executor);   /* on its way here a task is in no deque */
    }
}

/* One round over all victims, from a seeded one on: O(workers). */
static struct async_task *steal(struct worker *worker) {
    uint32_t count = worker->executor->worker_count;
    if (count == 1) {
        return NULL;
    }
    uint32_t first = (uint32_t)sync_sequence_below(&worker->victims, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t victim = first + i < count ? first + i : first + i - count;
        struct async_task *task = victim != worker->index ? steal_from(worker, victim) : NULL;
        if (task != NULL) {
            steal_more(worker, victim);
            return task;
        }
    }
    return NULL;
}

static void look_at_clock(struct worker *worker) {
    struct async_executor *executor = worker->executor;
    uint64_t next_ns = sync_u64_load(&executor->timers.next_ns, SYNC_RELAXED);
    if (next_ns != SYNC_NO_DEADLINE && next_ns <= sync_clock_ns()) {
        timers_fire(executor);
    }
}

/* From the worker's own deque or the shared queue. */
static struct async_task *find_near(struct worker *worker) {
    uint32_t tick = worker->tick++;
    struct async_task *task = NULL;
    if (tick % CLOCK_PERIOD == 0) {
        look_at_clock(worker);
    }
    if (tick % SHARED_PERIOD == 0) {
        task = schedule_take(worker);
    } else if (tick % OLDEST_PERIOD == 0 && async_deque_count(&worker->deque) > 1) {
        task = steal_from(worker, worker->index);
    }
    if (task == NULL) {
        task = async_deque_pop(&worker->deque);
    }
    return task != NULL ? task : schedule_take(worker);
}

/* Nothing near.  What gathered here is given back before others are looked at for long. */
static struct async_task *find_far(struct worker *worker) {
    struct async_executor *executor = worker->executor;
    struct async_task *task = steal(worker);
    if (task != NULL) {
        return task;   /* not counted as searching, so nobody relied on us */
    }
    idle_search(worker);
    scope_flush(worker);
    live_flush(worker);
    look_at_clock(worker);
    task = find_near(worker);   /* both may have woken tasks */
    for (uint32_t spin = 0; task == NULL && spin < executor->spins; spin++) {
        sync_spin_hint();
        task = steal(worker);
        task = task != NULL ? task : schedule_take(worker);
    }
    return task;
}

static struct async_task *find(struct worker *worker) {
    struct async_task *task = find_near(worker);
    if (task == NULL && worker->executor->is_inline) {
        look_at_clock(worker);
        return find_near(worker);
    }
    return task != NULL ? task : find_far(worker);
}

static void poll(struct worker *worker, struct async_task *task) {
    idle_found(worker);
    idle_keep_no_more(worker);
    if (worker->ended != NULL && worker->ended_scope != task->scope) {
        scope_flush(worker);
    }
    sync_u64_store(&worker->polls, sync_u64_load(&worker->polls, SYNC_RELAXED) + 1,
                   SYNC_RELAXED);
    task_run(worker, task);
}

static void loop(void *argument) {
    struct worker *worker = argument;
    for (;;) {
        struct async_task *task = find(worker);
        if (task != NULL) {
            poll(worker, task);
        } else if (sync_u32_load(&worker->executor->is_stopping, SYNC_ACQUIRE) != 0) {
            return;   /* no task lives, so there was none to find */
        } else {
            idle_park(worker, SYNC_NO_DEADLINE);
        }
    }
}

/* A panic of a poll comes out here; it ends the task, and the loop begins again. */
static void contain(struct worker *worker, void (*body)(void *argument), void *argument) {
    struct sync_panic panic;
    while (sync_panic_catch(body, argument, &panic)) {
        task_panicked(worker, &panic);
    }
}

void worker_main(void *argument) {
    struct worker *worker = argument;
    sync_slot_set(SYNC_SLOT_ASYNC, worker);
    contain(worker, loop, worker);
}

struct drive {
    struct worker *worker;
    bool (*is_over)(void *argument);
    void *argument;
    uint64_t deadline_ns;
    enum status status;
};

static void drive(void *argument) {
    struct drive *drive = argument;
    while (!drive->is_over(drive->argument)) {
        struct async_task *task = find(drive->worker);
        if (task != NULL) {
            poll(drive->worker, task);
        } else if (drive->deadline_ns != SYNC_NO_DEADLINE &&
                   sync_clock_ns() >= drive->deadline_ns) {
            drive->status = STATUS_TIMED_OUT;
            return;
        } else if (!drive->is_over(drive->argument)) {
            idle_park(drive->worker, drive->deadline_ns);
        }
    }
}

enum status worker_drive(struct async_executor *executor, bool (*is_over)(void *argument),
                         void *argument, uint64_t deadline_ns) {
    struct worker *worker = &executor->workers[0];
    struct drive state = { .worker = worker, .is_over = is_over, .argument = argument,
                           .deadline_ns = deadline_ns, .status = STATUS_OK };
    void *before = sync_slot_get(SYNC_SLOT_ASYNC);
    ASSERT(executor->is_inline && worker_self(executor) == NULL);
    sync_slot_set(SYNC_SLOT_ASYNC, worker);
    contain(worker, drive, &state);
    idle_found(worker);
    idle_keep_no_more(worker);
    sync_slot_set(SYNC_SLOT_ASYNC, before);
    return state.status;
}
