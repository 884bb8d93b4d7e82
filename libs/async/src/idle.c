/*
 * idle.c - how workers fall asleep and are woken, without losing work or burning time.
 *
 * `idle` has a bit for each worker that sleeps or is about to; `searching` counts those
 * that look for work.  Both lie in one word, so that who wakes a worker counts it in the
 * same step: `searching` is never too low.  Whoever publishes work looks at both; whoever
 * falls asleep looks for work after it has said so:
 *
 *     publisher                              sleeper
 *     put the task into a queue              set its bit of idle; searching - 1
 *     fence (seq_cst)                [1]     fence (seq_cst)
 *     searching == 0 and idle != 0?          any queue not empty?  the next deadline?
 *       then wake one                          then stay awake
 *
 * The two fences have an order.  If the publisher's is first, the sleeper's look finds
 * the task, unless somebody took it.  If the sleeper's is first, the publisher sees the
 * bit, and that the sleeper searches no more.  A publisher that wakes nobody because
 * another one searches is covered by that one: it either finds the task, or becomes the
 * sleeper above.  A searcher that finds other work first wakes the next, [2], so that
 * there is one who looks as long as there is more.  The same holds for a timer that comes
 * earlier than all others, with the timekeeper for the sleeper and next_ns for the queue.
 *
 * A bit of idle is cleared by whoever wakes its worker, or by the worker itself, with a
 * read-modify-write that says which: only the one that found it set may act on it.
 *
 *  [3] set the bit: release; clear it to wake: acquire.  So the signal that follows is
 *      written after the sleeper's reset of it, and not wiped out.
 *  [4] signal: relaxed.  It says only that it is time to look; what there is to see comes
 *      with the queues, and the fences order the looks.
 *  [5] nudge: release; the driver's exchange: acquire.  It takes the nudge off and looks
 *      at what it waits for, which has to be what the nudger saw.
 *  [6] The timekeeper stores that it is none any more, then looks for one that sleeps
 *      without a deadline; a sleeper sets its bit, then tries to become the timekeeper.
 *      Between both steps of each a fence, seq_cst: one sees the other.
 */
#include "base/assert.h"
#include "runtime.h"
#include "sync/clock.h"
#include "sync/wait.h"

#define SEARCHER (UINT64_C(1) << 32)

static uint64_t bit_of(const struct worker *worker) {
    return UINT64_C(1) << worker->index;
}

static uint32_t idle_of(uint64_t rest) {
    return (uint32_t)rest;
}

static uint32_t searching_of(uint64_t rest) {
    return (uint32_t)(rest >> 32);
}

/* The worker's bit was ours to clear. */
static void signal_worker(struct async_executor *executor, uint32_t index) {
    struct worker *worker = &executor->workers[index];
    sync_u32_store(&worker->signal, 1, SYNC_RELAXED);   /* [4] */
    sync_wake(&worker->signal, 1);
}

/* Clear one bit out of `wanted`, and wake its worker as a searcher; false: none was set. */
static bool wake_of(struct async_executor *executor, uint32_t wanted) {
    uint64_t rest = sync_u64_load(&executor->rest, SYNC_RELAXED);
    while ((idle_of(rest) & wanted) != 0) {
        uint32_t index = (uint32_t)__builtin_ctz(idle_of(rest) & wanted);
        uint64_t after = (rest & ~(UINT64_C(1) << index)) + SEARCHER;
        if (sync_u64_compare_exchange(&executor->rest, &rest, after, SYNC_ACQUIRE)) {   /* [3] */
            signal_worker(executor, index);
            return true;
        }
    }
    return false;
}

/* The timekeeper is woken last: somebody has to look at the clock. */
static void wake_one(struct async_executor *executor) {
    uint32_t keeper = sync_u32_load(&executor->keeper, SYNC_RELAXED);
    uint32_t others = keeper != 0 ? ~(1u << (keeper - 1)) : UINT32_MAX;
    if (!wake_of(executor, others)) {
        (void)wake_of(executor, UINT32_MAX);
    }
}

void idle_notify(struct async_executor *executor) {
    sync_fence(SYNC_SEQ_CST);   /* [1] */
    uint64_t rest = sync_u64_load(&executor->rest, SYNC_RELAXED);
    if (idle_of(rest) != 0 && searching_of(rest) == 0) {
        wake_one(executor);
    }
}

void idle_tell_keeper(struct async_executor *executor) {
    sync_fence(SYNC_SEQ_CST);   /* [1] */
    uint32_t keeper = sync_u32_load(&executor->keeper, SYNC_RELAXED);
    if (keeper == 0) {
        wake_one(executor);     /* it will sleep as the keeper */
    } else {
        (void)wake_of(executor, 1u << (keeper - 1));   /* awake already: it looks again */
    }
}

void idle_search(struct worker *worker) {
    if (!worker->is_searching) {
        worker->is_searching = true;
        sync_u64_add(&worker->executor->rest, SEARCHER, SYNC_RELAXED);
    }
}

void idle_found(struct worker *worker) {
    if (!worker->is_searching) {
        return;
    }
    worker->is_searching = false;
    struct async_executor *executor = worker->executor;
    if (searching_of(sync_u64_sub(&executor->rest, SEARCHER, SYNC_RELAXED)) != 1) {
        return;
    }
    sync_fence(SYNC_SEQ_CST);   /* [2] */
    if (idle_of(sync_u64_load(&executor->rest, SYNC_RELAXED)) != 0 &&
        schedule_has_work(executor)) {
        wake_one(executor);
    }
}

void idle_keep_no_more(struct worker *worker) {
    if (!worker->is_keeper) {
        return;
    }
    struct async_executor *executor = worker->executor;
    worker->is_keeper = false;
    sync_u32_store(&executor->keeper, 0, SYNC_RELAXED);
    sync_fence(SYNC_SEQ_CST);   /* [6] */
    if (sync_u64_load(&executor->timers.next_ns, SYNC_RELAXED) != SYNC_NO_DEADLINE &&
        searching_of(sync_u64_load(&executor->rest, SYNC_RELAXED)) == 0) {
        wake_one(executor);   /* who sleeps without a deadline takes the role over */
    }
}

/* Whether the worker sleeps until the next timer: when nobody else does. */
static bool try_to_keep(struct worker *worker) {
    uint32_t nobody = 0;
    if (!worker->is_keeper) {
        worker->is_keeper = sync_u32_compare_exchange(&worker->executor->keeper, &nobody,
                                                      worker->index + 1, SYNC_RELAXED);
    }
    return worker->is_keeper;
}

static void sleep_until(struct worker *worker, uint64_t deadline_ns) {
    const struct async_hooks *hooks = &worker->executor->hooks;
    sync_u64_store(&worker->parks, sync_u64_load(&worker->parks, SYNC_RELAXED) + 1,
                   SYNC_RELAXED);
    if (hooks->on_park != NULL) {
        hooks->on_park(hooks->context, worker->index);
    }
    enum status status = STATUS_OK;
    while (status == STATUS_OK && sync_u32_load(&worker->signal, SYNC_RELAXED) == 0) {   /* [4] */
        status = sync_wait(&worker->signal, 0, deadline_ns);
    }
    if (hooks->on_unpark != NULL) {
        hooks->on_unpark(hooks->context, worker->index);
    }
}

/* Something that worker_drive() waits for may have come. */
static bool was_nudged(struct async_executor *executor) {
    return executor->is_inline &&
           sync_u32_exchange(&executor->nudge, 0, SYNC_ACQUIRE) != 0;   /* [5] */
}

void idle_park(struct worker *worker, uint64_t deadline_ns) {
    struct async_executor *executor = worker->executor;
    sync_u32_store(&worker->signal, 0, SYNC_RELAXED);
    uint64_t change = bit_of(worker) - (worker->is_searching ? SEARCHER : 0);
    sync_u64_add(&executor->rest, change, SYNC_RELEASE);   /* [3] */
    sync_fence(SYNC_SEQ_CST);   /* [1] [6] */
    if (try_to_keep(worker)) {
        uint64_t next_ns = sync_u64_load(&executor->timers.next_ns, SYNC_RELAXED);
        deadline_ns = next_ns < deadline_ns ? next_ns : deadline_ns;
    }
    if (!schedule_has_work(executor) &&
        sync_u32_load(&executor->is_stopping, SYNC_RELAXED) == 0 && !was_nudged(executor)) {
        sleep_until(worker, deadline_ns);
    }
    uint64_t before = sync_u64_and(&executor->rest, ~bit_of(worker), SYNC_RELAXED);
    worker->is_searching = (before & bit_of(worker)) == 0;   /* who woke us counted us */
    idle_search(worker);   /* else we do: what we saw may be more than we take, see [2] */
}

void idle_nudge(struct async_executor *executor) {
    sync_u32_store(&executor->nudge, 1, SYNC_RELEASE);   /* [5] */
    idle_wake_all(executor);
}

void idle_wake_all(struct async_executor *executor) {
    sync_fence(SYNC_SEQ_CST);   /* [1], with is_stopping or nudge for the queue */
    while (wake_of(executor, UINT32_MAX)) {
    }
}
