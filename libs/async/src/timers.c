/*
 * timers.c - the wheel of an executor, and the sleep future.
 *
 * Wakers are called with the lock held: so when timers_cancel() has had the lock, the
 * timer's waker is neither called nor being called.  next_ns may be too early after a
 * cancel, which costs one look at the clock; it is never too late.
 */
#include "runtime.h"
#include "sync/clock.h"

/* With the lock held. */
static void add(struct async_executor *executor, struct async_timer *timer,
                uint64_t deadline_ns) {
    struct timers *timers = &executor->timers;
    async_wheel_add(&timers->wheel, timer, deadline_ns);
    if (deadline_ns < sync_u64_load(&timers->next_ns, SYNC_RELAXED)) {
        /* Relaxed: the fence in idle_tell_keeper() orders it before the look at the keeper. */
        sync_u64_store(&timers->next_ns, deadline_ns, SYNC_RELAXED);
        idle_tell_keeper(executor);
    }
}

void timers_wait(struct async_executor *executor, struct async_timer *timer,
                 uint64_t deadline_ns, const struct sync_waker *waker) {
    struct timers *timers = &executor->timers;
    sync_mutex_lock(&timers->lock);
    timer->waker = *waker;
    if (timer->place == 0) {
        add(executor, timer, deadline_ns);
    }
    sync_mutex_unlock(&timers->lock);
}

void timers_cancel(struct async_executor *executor, struct async_timer *timer) {
    struct timers *timers = &executor->timers;
    sync_mutex_lock(&timers->lock);
    (void)async_wheel_cancel(&timers->wheel, timer);
    sync_mutex_unlock(&timers->lock);
}

void timers_fire(struct async_executor *executor) {
    struct timers *timers = &executor->timers;
    sync_mutex_lock(&timers->lock);
    uint64_t now_ns = sync_clock_ns();
    struct async_timer *timer = NULL;
    while ((timer = async_wheel_expire(&timers->wheel, now_ns)) != NULL) {
        sync_waker_wake(&timer->waker);
    }
    sync_u64_store(&timers->next_ns, async_wheel_next_ns(&timers->wheel), SYNC_RELAXED);
    sync_mutex_unlock(&timers->lock);
}

/* ---- async_sleep ---- */

static void give_up(struct async_sleep *sleep) {
    async_watch_end(&sleep->watch);
    if (sleep->executor != NULL) {
        timers_cancel(sleep->executor, &sleep->timer);
        sleep->executor = NULL;
    }
}

static enum async_poll sleep_poll(struct async_future *future, struct async_context *context) {
    struct async_sleep *sleep = CONTAINER_OF(future, struct async_sleep, future);
    enum status status = STATUS_OK;
    if (sync_clock_ns() < sleep->deadline_ns) {
        if (async_watch_begin(&sleep->watch, &context->waker)) {
            sleep->executor = context->executor;
            timers_wait(sleep->executor, &sleep->timer, sleep->deadline_ns, &context->waker);
            return ASYNC_PENDING;
        }
        status = STATUS_CANCELLED;
    }
    give_up(sleep);
    return async_finish(future, status);
}

static void sleep_drop(struct async_future *future) {
    give_up(CONTAINER_OF(future, struct async_sleep, future));
}

static const struct async_kind sleep_kind = { .name = "sleep", .poll = sleep_poll,
                                              .drop = sleep_drop };

void async_sleep_init(struct async_sleep *sleep, uint64_t deadline_ns,
                      struct sync_cancel *token) {
    *sleep = (struct async_sleep){ .deadline_ns = deadline_ns };
    async_future_init(&sleep->future, &sleep_kind);
    async_watch_init(&sleep->watch, token);
}
