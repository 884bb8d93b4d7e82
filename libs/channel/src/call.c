/* call.c - one call on a channel: tried, polled, or waited for. */
#include "core.h"

#include "sync/thread.h"

enum { SPINS_BEFORE_YIELD = 64 };

int64_t channel_distance(const struct channel *channel, uint64_t from, uint64_t to) {
    return channel->ring != NULL ? ring_distance(channel, from, to) : position_distance(from, to);
}

static inline enum attempt attempt_once(const struct call *call) {
    struct channel *channel = call->channel;
    return call->kind == CALL_SEND      ? attempt_send(channel, call->value)
           : call->kind == CALL_RECEIVE ? attempt_receive(channel, call->out_value)
                                        : attempt_reserve(channel);
}

/* The number is exact but for receives between our claim and this look. */
void call_mark_length(struct channel *channel) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_RELAXED);
    uint64_t head = sync_u64_load(&channel->head, SYNC_RELAXED);
    int64_t length = channel_distance(channel, head, tail_position(tail));
    uint64_t most = sync_u64_load(&channel->length_max, SYNC_RELAXED);
    while (length > (int64_t)most && !sync_u64_compare_exchange(&channel->length_max, &most,
                                                                (uint64_t)length, SYNC_RELAXED)) {}
}

/* What follows a call that was done. */
static inline void done(const struct call *call) {
    if (call->kind == CALL_RECEIVE) {
        call_received(call->channel);
    } else if (call->kind == CALL_SEND) {
        call_sent(call->channel);
    } else {
        call->out_permit->channel = call->channel;
    }
}

enum status call_settle(const struct call *call, enum attempt attempt) {
    for (uint32_t tries = 0;; tries++) {
        switch (attempt) {
        case ATTEMPT_DONE:
            done(call);
            return STATUS_OK;
        case ATTEMPT_WAIT:
            return STATUS_BUSY;
        case ATTEMPT_CLOSED:
            return STATUS_CLOSED;
        case ATTEMPT_NO_MEMORY:
            return STATUS_NO_MEMORY;
        case ATTEMPT_LIMIT:
            return STATUS_LIMIT;
        case ATTEMPT_AGAIN:
            /* another thread is copying: a few instructions, unless it lost its CPU */
            if (tries < SPINS_BEFORE_YIELD) {
                sync_spin_hint();
            } else {
                sync_thread_yield();
            }
        }
        attempt = attempt_once(call);
    }
}

enum status call_try(const struct call *call) {
    return call_settle(call, attempt_once(call));
}

enum status call_stand(const struct call *call, struct channel_waiter *waiter,
                       struct sync_waker waker) {
    enum side side = call_side(call);
    bool is_woken = false;
    bool may_try = false;
    if (waiter->channel == NULL) {
        may_try = line_join(call->channel, side, waiter, waker);
    } else {
        ASSERT(waiter->channel == call->channel && waiter->side == side);
        may_try = line_look(waiter, waker);
    }
    while (may_try) {
        enum status status = call_try(call);
        if (status != STATUS_BUSY) {
            line_leave(waiter);
            return status;
        }
        may_try = line_failed(waiter, &is_woken);
    }
    return STATUS_BUSY;
}

enum status call_poll(const struct call *call, struct channel_waiter *waiter,
                      struct sync_waker waker) {
    if (waiter->channel == NULL && !line_is_held(call->channel, call_side(call))) {
        enum status status = call_try(call);
        if (status != STATUS_BUSY) {
            return status;
        }
    }
    return call_stand(call, waiter, waker);
}

static void unpark(void *parker) {
    sync_unpark(parker);
}

/*
 * Poll and park by turns.  What ends it, in this order: the poll, the token, the deadline.
 * Afterwards waiters may still stand in line, so the parker is the caller's, who ends them.
 */
enum status call_park(call_poller poll, void *self, struct sync_parker *parker,
                      uint64_t deadline_ns, struct sync_cancel *cancel) {
    struct sync_cancel_handler handler = { .run = unpark, .argument = parker };
    bool is_watched = false;
    bool is_late = false;
    enum status status;
    while ((status = poll(self)) == STATUS_BUSY) {
        if (cancel != NULL && !is_watched) {
            is_watched = sync_cancel_watch(cancel, &handler);
        }
        if (sync_cancel_is_fired(cancel)) {
            status = STATUS_CANCELLED;
            break;
        }
        if (is_late) {
            status = STATUS_TIMED_OUT;
            break;
        }
        is_late = sync_parker_park(parker, deadline_ns) == STATUS_TIMED_OUT;
    }
    if (is_watched) {
        (void)sync_cancel_unwatch(cancel, &handler);
    }
    return status;
}

struct waiting_call {
    const struct call *call;
    struct channel_waiter waiter;
};

static enum status poll_waiting_call(void *self) {
    struct waiting_call *waiting = self;
    struct channel_waiter *waiter = &waiting->waiter;
    return call_poll(waiting->call, waiter, sync_parker_waker(waiter->parker));
}

enum status call_wait(const struct call *call, enum attempt attempt, uint64_t deadline_ns,
                      struct sync_cancel *cancel) {
    enum status status = call_settle(call, attempt);
    if (status != STATUS_BUSY) {
        return status;
    }
    struct sync_parker parker = { 0 };
    struct waiting_call waiting = { .call = call, .waiter = { .parker = &parker } };
    status = call_park(poll_waiting_call, &waiting, &parker, deadline_ns, cancel);
    line_leave(&waiting.waiter);
    return status;
}
