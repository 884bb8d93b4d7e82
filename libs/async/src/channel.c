/*
 * channel.c - async/channel.h: one poll function for the three calls on one channel, one
 * for select.
 *
 * A waiter that polled in vain stands in line; leaving the line takes the channel's lock,
 * under which wakers are called, so a future that ended has its waker nowhere.
 */
#include "async/channel.h"

#include <stddef.h>

/* Ready, unless the channel said to wait: then the token decides. */
static enum async_poll conclude(struct async_future *future, struct async_watch *watch,
                                enum status status, const struct async_context *context) {
    if (status == STATUS_BUSY) {
        if (async_watch_begin(watch, &context->waker)) {
            return ASYNC_PENDING;
        }
        status = STATUS_CANCELLED;
    }
    future->kind->drop(future);   /* out of the line, and no longer watching */
    return async_finish(future, status);
}

/* ---- send ---- */

static enum async_poll send_poll(struct async_future *future, struct async_context *context) {
    struct async_send *send = CONTAINER_OF(future, struct async_send, future);
    enum status status =
        channel_poll_send(send->channel, send->value, &send->waiter, context->waker);
    return conclude(future, &send->watch, status, context);
}

static void send_drop(struct async_future *future) {
    struct async_send *send = CONTAINER_OF(future, struct async_send, future);
    channel_waiter_leave(&send->waiter);
    async_watch_end(&send->watch);
}

static const struct async_kind send_kind = { .name = "send", .poll = send_poll,
                                             .drop = send_drop };

void async_send_init(struct async_send *send, struct channel *channel, const void *value,
                     struct sync_cancel *token) {
    *send = (struct async_send){ .channel = channel, .value = value };
    async_future_init(&send->future, &send_kind);
    async_watch_init(&send->watch, token);
}

/* ---- receive ---- */

static enum async_poll receive_poll(struct async_future *future, struct async_context *context) {
    struct async_receive *receive = CONTAINER_OF(future, struct async_receive, future);
    enum status status = channel_poll_receive(receive->channel, receive->out_value,
                                              &receive->waiter, context->waker);
    return conclude(future, &receive->watch, status, context);
}

static void receive_drop(struct async_future *future) {
    struct async_receive *receive = CONTAINER_OF(future, struct async_receive, future);
    channel_waiter_leave(&receive->waiter);
    async_watch_end(&receive->watch);
}

static const struct async_kind receive_kind = { .name = "receive", .poll = receive_poll,
                                                .drop = receive_drop };

void async_receive_init(struct async_receive *receive, struct channel *channel, void *out_value,
                        struct sync_cancel *token) {
    *receive = (struct async_receive){ .channel = channel, .out_value = out_value };
    async_future_init(&receive->future, &receive_kind);
    async_watch_init(&receive->watch, token);
}

/* ---- reserve ---- */

static enum async_poll reserve_poll(struct async_future *future, struct async_context *context) {
    struct async_reserve *reserve = CONTAINER_OF(future, struct async_reserve, future);
    enum status status = channel_poll_reserve(reserve->channel, reserve->out_permit,
                                              &reserve->waiter, context->waker);
    return conclude(future, &reserve->watch, status, context);
}

static void reserve_drop(struct async_future *future) {
    struct async_reserve *reserve = CONTAINER_OF(future, struct async_reserve, future);
    channel_waiter_leave(&reserve->waiter);
    async_watch_end(&reserve->watch);
}

static const struct async_kind reserve_kind = { .name = "reserve", .poll = reserve_poll,
                                                .drop = reserve_drop };

void async_reserve_init(struct async_reserve *reserve, struct channel *channel,
                        struct channel_permit *out_permit, struct sync_cancel *token) {
    *out_permit = (struct channel_permit){ .channel = NULL };
    *reserve = (struct async_reserve){ .channel = channel, .out_permit = out_permit };
    async_future_init(&reserve->future, &reserve_kind);
    async_watch_init(&reserve->watch, token);
}

/* ---- select ---- */

static enum async_poll select_poll(struct async_future *future, struct async_context *context) {
    struct async_select *choice = CONTAINER_OF(future, struct async_select, future);
    enum status status = channel_poll_select(choice->select, context->waker, &choice->index);
    enum async_poll poll = conclude(future, &choice->watch, status, context);
    if (poll == ASYNC_READY && future->status == STATUS_CANCELLED) {
        choice->index = choice->select->arm_count;
    }
    return poll;
}

static void select_drop(struct async_future *future) {
    struct async_select *choice = CONTAINER_OF(future, struct async_select, future);
    channel_select_leave(choice->select);
    async_watch_end(&choice->watch);
}

static const struct async_kind select_kind = { .name = "select", .poll = select_poll,
                                               .drop = select_drop };

void async_select_init(struct async_select *choice, struct channel_select *select,
                       struct sync_cancel *token) {
    *choice = (struct async_select){ .select = select, .index = select->arm_count };
    async_future_init(&choice->future, &select_kind);
    async_watch_init(&choice->watch, token);
}
