/* helper.c - a helper thread: look for chunks, run them, report, look a little longer, sleep. */
#include "pool.h"
#include "sync/clock.h"
#include "sync/wait.h"

enum { SPINS_PER_LOOK = 64 };   /* at the clock */

static bool has_work(const struct workpool *pool) {
    uint64_t offer = sync_u64_load(&pool->offer, SYNC_SEQ_CST);
    return ((uint32_t)offer != 0 && offer >> OFFER_SEATS_AT != 0) ||
           sync_u32_load(&pool->queued, SYNC_SEQ_CST) != 0;
}

/*
 * Either this load sees a helper that is going to sleep, or that helper sees the
 * work: both sides write one word and then read the other's, all in one order.
 */
void helper_wake(struct workpool *pool, uint32_t count) {
    if (sync_u32_load(&pool->sleepers, SYNC_SEQ_CST) > 0) {
        sync_mutex_lock(&pool->queue);
        place_avoid_caller_locked(pool);
        sync_mutex_unlock(&pool->queue);
        sync_u32_add(&pool->epoch, 1, SYNC_SEQ_CST);
        sync_wake(&pool->epoch, count);
    }
}

/* Say that `chunks` are done.  From here on the region may end under us. */
static void report(struct workpool *pool, uint32_t chunks) {
    sync_u32_add(&pool->reported, chunks, SYNC_SEQ_CST);
    if (sync_u32_load(&pool->caller_sleeps, SYNC_SEQ_CST) != 0) {
        sync_wake(&pool->reported, 1);
    }
}

static bool spin_for_work(const struct workpool *pool) {
    uint64_t until = 0;
    for (uint32_t spins = 1; pool->spin_ns > 0; spins++) {
        if (has_work(pool)) {
            return true;
        }
        sync_spin_hint();
        if (spins % SPINS_PER_LOOK == 0) {
            uint64_t now = sync_clock_ns();
            until = until == 0 ? now + pool->spin_ns : until;
            if (now >= until) {
                break;
            }
        }
    }
    return false;
}

static void sleep_for_work(struct workpool *pool, uint32_t epoch) {
    sync_u32_add(&pool->sleepers, 1, SYNC_SEQ_CST);
    /* Work published before its maker could see us is seen here; later work wakes us. */
    if (!has_work(pool)) {
        (void)!sync_wait(&pool->epoch, epoch, SYNC_NO_DEADLINE);
    }
    sync_u32_sub(&pool->sleepers, 1, SYNC_RELAXED);
}

void helper_main(void *argument) {
    struct worker *worker = argument;
    struct workpool *pool = worker->pool;
    struct sync_cleanup wall;
    sync_slot_set(SYNC_SLOT_WORKPOOL, worker);
    chunk_wall_push(&wall);
    for (;;) {
        /* Read before looking, so that a wake after the look changes it. */
        uint32_t epoch = sync_u32_load(&pool->epoch, SYNC_ACQUIRE);
        uint32_t chunks = region_help(pool, worker);
        if (chunks > 0) {
            report(pool, chunks);
        }
        bool has_run = chunks > 0 || batch_help(pool, worker);
        if (sync_u32_load(&pool->is_stopping, SYNC_ACQUIRE) != 0) {
            sync_cleanup_pop(&wall, false);
            return;
        }
        if (!has_run && !spin_for_work(pool)) {
            sleep_for_work(pool, epoch);
        }
    }
}
