/* cancel_after.c - async/cancel_after.h. */
#include "async/cancel_after.h"

#include "runtime.h"
#include "sync/clock.h"

/* The waker is nowhere any more, and the inner future is over. */
static void give_up(struct async_cancel_after *after) {
    async_watch_end(&after->watch);
    if (after->executor != NULL) {
        timers_cancel(after->executor, &after->timer);
        after->executor = NULL;
    }
    async_drop(after->inner);
}

static enum async_poll cancel_after_poll(struct async_future *future,
                                         struct async_context *context) {
    struct async_cancel_after *after = CONTAINER_OF(future, struct async_cancel_after, future);
    enum status status = STATUS_OK;
    if (async_poll(after->inner, context) == ASYNC_READY) {
        status = after->inner->status;
    } else if (!async_watch_begin(&after->watch, &context->waker)) {
        status = STATUS_CANCELLED;
    } else if (after->deadline_ns == SYNC_NO_DEADLINE) {
        return ASYNC_PENDING;
    } else if (sync_clock_ns() >= after->deadline_ns) {
        status = STATUS_TIMED_OUT;
    } else {
        after->executor = context->executor;
        timers_wait(after->executor, &after->timer, after->deadline_ns, &context->waker);
        return ASYNC_PENDING;
    }
    give_up(after);
    return async_finish(future, status);
}

static void cancel_after_drop(struct async_future *future) {
    give_up(CONTAINER_OF(future, struct async_cancel_after, future));
}

static const struct async_kind cancel_after_kind = {
    .name = "cancel_after", .poll = cancel_after_poll, .drop = cancel_after_drop
};

void async_cancel_after_init(struct async_cancel_after *after, struct async_future *inner,
                             uint64_t deadline_ns, struct sync_cancel *token) {
    *after = (struct async_cancel_after){ .inner = inner, .deadline_ns = deadline_ns };
    async_future_init(&after->future, &cancel_after_kind);
    async_watch_init(&after->watch, token);
}
