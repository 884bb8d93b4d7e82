/*
 * channel/select.h - wait for several channels, and let exactly one of them happen.
 *
 * An arm is a send or a receive on a channel.  A select performs one arm that can
 * happen and leaves the others as if they had never been tried: their values were not
 * sent, their channels not touched.  An arm whose channel is closed can happen, and its
 * status is STATUS_CLOSED; an arm without a channel never can, so arms are switched off
 * by setting their channel to NULL.
 *
 * The order in which arms are looked at is the caller's, never chance: by index, or
 * shuffled by a sequence that the caller seeds, or any, which is by index on threads and a
 * decision under the explorer.  They are looked at one after the other,
 * so an arm that could not happen when it was looked at may be able to when a later one does.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   1 to CHANNEL_ARMS_MAX arms; the same channel may be in several
 * Threads:  a select and its arms belong to one thread or task at a time
 * Memory:   arms are the caller's and are borrowed; nothing is allocated
 * Errors:   as of channel/channel.h; STATUS_BUSY of try and poll: no arm can happen now
 * Source:   Go's select, with the order made the caller's
 * Depends:  base, sync, channel/channel.h
 */
#ifndef CHANNEL_SELECT_H
#define CHANNEL_SELECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "channel/channel.h"
#include "sync/random.h"

enum { CHANNEL_ARMS_MAX = 64 };

enum channel_arm_kind { CHANNEL_ARM_RECEIVE, CHANNEL_ARM_SEND, CHANNEL_ARM_RESERVE };

/* Set the first fields, zero the rest. */
struct channel_arm {
    enum channel_arm_kind kind;
    struct channel *channel;           /* NULL: this arm never happens */
    const void *value;                 /* of a send: stays as it is */
    void *out_value;                   /* of a receive */
    struct channel_permit *out_permit; /* of a reserve */
    struct channel_waiter waiter;      /* private */
};

struct channel_select {
    struct channel_arm *arms;
    uint32_t arm_count;
    struct sync_sequence *sequence; /* shuffles the order at each look; NULL: lowest first */
    bool takes_any;                 /* no order is promised, so the explorer tries them all */
};

/*
 * Perform the first arm that can happen, waiting for one.  Returns what its send,
 * receive or reserve returns, with its index in *out_index: STATUS_OK, STATUS_CLOSED,
 * or STATUS_NO_MEMORY.  STATUS_CANCELLED and STATUS_TIMED_OUT: no arm happened, and
 * *out_index is arm_count.  Ties: arms, then the token, then the deadline.  Arms without
 * a channel alone wait for the token or the deadline.
 */
MUST_CHECK enum status channel_select(struct channel_select *select, uint64_t deadline_ns,
                                      struct sync_cancel *cancel, uint32_t *out_index);

/* Like channel_select(), at once: STATUS_BUSY when no arm can happen (a default). */
MUST_CHECK enum status channel_try_select(struct channel_select *select, uint32_t *out_index);

/*
 * Like channel_try_select(), but on STATUS_BUSY all arms stand in line, and `waker` is
 * called when it is worth polling again.  channel_select_leave() must come before the
 * arms' memory ends or their fields are changed.
 */
MUST_CHECK enum status channel_poll_select(struct channel_select *select, struct sync_waker waker,
                                           uint32_t *out_index);

/* Stop waiting in all arms, as channel_waiter_leave() does. */
void channel_select_leave(struct channel_select *select);

#endif
