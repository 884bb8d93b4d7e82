/*
 * wary.c - noticing that helpers cost more than they bring.
 *
 * On a busy machine a helper may lose its CPU in the middle of a chunk, and the caller,
 * done with all the rest, waits for a whole time slice of somebody else's.  That first
 * long wait makes the pool wary: for a while each region is judged by the CPU time that
 * helpers put in, against the time the caller slept for them and the helpers were ready
 * to run and could not.  A bad region sends the pool alone for some milliseconds, longer
 * each time; a good one shortens that again.  Chunks, results, audit and every counter
 * but `helped` are the same either way.
 */
#include "pool.h"
#include "sync/clock.h"

enum {
    WATCHED_REGIONS = 16,
    LONG_WAIT_NS = 1000000,       /* shorter than a time slice, longer than a wake-up */
    BACKOFF_MIN_NS = 4000000,
    BACKOFF_MAX_NS = 128000000,   /* how late, at most, an idle machine is noticed */
};

/* Sums over the helpers; all zero, which judges nothing as bad, where the system is silent. */
static struct sync_thread_times times_of_helpers(const struct workpool *pool) {
    struct sync_thread_times sum = { 0 };
    for (uint32_t i = 1; i < pool->worker_count; i++) {
        struct sync_thread_times one;
        if (sync_thread_times_read(&pool->workers[i].thread, &one) == STATUS_OK) {
            sum.used_ns += one.used_ns;
            sum.delayed_ns += one.delayed_ns;
        }
    }
    return sum;
}

bool wary_may_ask(struct workpool *pool) {
    struct wary *wary = &pool->wary;
    if (LIKELY(wary->left == 0)) {
        return true;
    }
    if (wary->alone_until_ns != 0 && sync_clock_ns() < wary->alone_until_ns) {
        return false;
    }
    wary->alone_until_ns = 0;
    wary->times = times_of_helpers(pool);
    return true;
}

static void back_off(struct wary *wary) {
    wary->left = WATCHED_REGIONS;
    wary->backoff_ns = wary->backoff_ns < BACKOFF_MIN_NS ? BACKOFF_MIN_NS : 2 * wary->backoff_ns;
    wary->backoff_ns = wary->backoff_ns < BACKOFF_MAX_NS ? wary->backoff_ns : BACKOFF_MAX_NS;
    wary->alone_until_ns = sync_clock_ns() + wary->backoff_ns;
}

void wary_judge(struct workpool *pool, uint64_t waited_ns) {
    struct wary *wary = &pool->wary;
    if (LIKELY(wary->left == 0)) {
        wary->left = waited_ns >= LONG_WAIT_NS ? WATCHED_REGIONS : 0;
        return;
    }
    struct sync_thread_times now = times_of_helpers(pool);
    uint64_t brought_ns = now.used_ns - wary->times.used_ns;
    uint64_t delayed_ns = now.delayed_ns - wary->times.delayed_ns;
    if (waited_ns > brought_ns && delayed_ns > waited_ns / 2) {
        back_off(wary);
    } else {
        wary->left--;
        wary->backoff_ns /= 2;
    }
}
