/*
 * async/channel.h - tasks that wait for channels.
 *
 * The same channels that threads use (channel/channel.h), and at the same time.  Each
 * future does one call; its status is what the call returns, and its payload lies where
 * the call would put it.  Looked at in this order: the channel, then the token.  For a
 * deadline wrap it into async/cancel_after.h, which looks at the channel first, too.
 *
 * A future that is dropped, or ends with STATUS_CANCELLED, has sent nothing, taken nothing
 * and keeps no room; a wake that it had and did not use goes to the next in line.
 *
 * Units:    none
 * Shapes:   values of the channel's size
 * Threads:  one task's; the channel is shared
 * Memory:   the caller's; channel, value, permit and token are borrowed until it ends
 * Errors:   those of the call, and STATUS_CANCELLED: the token was fired
 * Source:   none
 * Depends:  base, sync, channel, async/task.h, async/watch.h
 */
#ifndef ASYNC_CHANNEL_H
#define ASYNC_CHANNEL_H

#include <stdint.h>

#include "async/task.h"
#include "async/watch.h"
#include "channel/channel.h"
#include "channel/select.h"
#include "sync/cancel.h"

struct async_send {
    struct async_future future;
    struct channel *channel;
    const void *value;
    struct channel_waiter waiter;   /* private */
    struct async_watch watch;
};

/* `*value` is copied when there is room for it; `token` may be NULL, here and below. */
void async_send_init(struct async_send *send, struct channel *channel, const void *value,
                     struct sync_cancel *token);

struct async_receive {
    struct async_future future;
    struct channel *channel;
    void *out_value;
    struct channel_waiter waiter;   /* private */
    struct async_watch watch;
};

/* `*out_value` is written with STATUS_OK only. */
void async_receive_init(struct async_receive *receive, struct channel *channel, void *out_value,
                        struct sync_cancel *token);

struct async_reserve {
    struct async_future future;
    struct channel *channel;
    struct channel_permit *out_permit;
    struct channel_waiter waiter;   /* private */
    struct async_watch watch;
};

/* With STATUS_OK the permit is the caller's, to commit or release. */
void async_reserve_init(struct async_reserve *reserve, struct channel *channel,
                        struct channel_permit *out_permit, struct sync_cancel *token);

struct async_select {
    struct async_future future;
    struct channel_select *select;
    uint32_t index;                 /* of the arm that happened; arm_count: none */
    struct async_watch watch;
};

/* Exactly one arm happens, or none with STATUS_CANCELLED. */
void async_select_init(struct async_select *choice, struct channel_select *select,
                       struct sync_cancel *token);

#endif
