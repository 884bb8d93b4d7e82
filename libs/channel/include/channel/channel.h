/*
 * channel/channel.h - values handed from any number of senders to any number of
 * receivers, threads and tasks alike.
 *
 * A channel is a queue of values of one fixed size, copied in and copied out.  A
 * bounded one is a ring of slots; an unbounded one grows by segments up to a ceiling
 * that the caller states.  Both are linearizable first-in first-out queues: a send
 * takes effect when it claims its place, a receive when it claims the front, and what
 * try calls say about full and empty was true at a moment of the call.  So the values
 * of one sender are received in the order they were sent, and a value sent after
 * another send returned is received after it.  How this works: README.md.
 *
 * A value is never lost: a send that does not return STATUS_OK has not sent, and the
 * value is still the caller's.  To be sure of room before making a value, reserve a
 * permit; committing it never waits and never fails.
 *
 * Who waits, waits in line.  A woken waiter may find that a caller who just came was
 * faster; after CHANNEL_OVERTAKEN_MAX such losses newcomers queue up behind it, except
 * for try calls, which never wait and are never held back.  A waiter that gives up
 * passes its wake on.
 *
 * Units:    capacity, ceiling and lengths in values; deadlines are absolute
 *           nanoseconds of sync_clock_ns(), SYNC_NO_DEADLINE for none
 * Shapes:   a value is `value_bytes` bytes without alignment; 0 bytes is a valid value
 * Threads:  any, but for create and destroy; send, receive and reserve block, poll and
 *           try calls do not.  Without waiters no call takes a lock or calls the system,
 *           but for one in many of an unbounded channel, which changes segments
 * Memory:   a bounded channel takes all in create; an unbounded one takes and gives back
 *           segments.  Waiters are the caller's
 * Errors:   STATUS_CLOSED, STATUS_TIMED_OUT, STATUS_CANCELLED, STATUS_BUSY (of try and
 *           poll), STATUS_NO_MEMORY (of a send to an unbounded channel)
 * Source:   D. Vyukov's bounded MPMC queue (2010) for the sequence-numbered slots;
 *           Tokio's permits
 * Depends:  base, sync
 */
#ifndef CHANNEL_CHANNEL_H
#define CHANNEL_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/cancel.h"
#include "sync/wait.h"
#include "sync/waker.h"

enum {
    CHANNEL_CAPACITY_MAX = 1 << 24, /* of a bounded channel */
    CHANNEL_CEILING_MAX = 1 << 30,  /* of an unbounded one */
    CHANNEL_VALUE_BYTES_MAX = 1 << 16,
    CHANNEL_PERMITS_MAX = (1 << 23) - 1, /* out at once */
    CHANNEL_OVERTAKEN_MAX = 2,           /* wakes in vain before newcomers are held back */
};

struct channel;
struct sync_parker;

struct channel_options {
    size_t value_bytes;    /* of every value, at most CHANNEL_VALUE_BYTES_MAX */
    uint32_t capacity;     /* values at most, any number from 1; 0 for an unbounded channel */
    uint32_t ceiling;      /* of an unbounded channel: values at most; 0 for a bounded one */
    bool is_length_marked; /* keep the mark that channel_length_max() reads; costs a little */
};

/*
 * Make a channel.  STATUS_LIMIT: a size above its maximum, or not exactly one of
 * capacity and ceiling given; STATUS_NO_MEMORY.  On failure *out_channel is NULL.
 */
MUST_CHECK enum status channel_create(const struct channel_options *options,
                                      struct channel **out_channel);

/*
 * Free the channel and the values left in it.  Nobody may be in a call, wait or hold a
 * permit; that a value was received does not prove that its send has returned.
 * NULL is ignored.
 */
void channel_destroy(struct channel *channel);

/*
 * Send the value, waiting for room.  Tried in this order, so that ties have one answer:
 * the channel, the token, the deadline.
 *
 * STATUS_CLOSED: the channel was closed; STATUS_CANCELLED: the token is fired;
 * STATUS_TIMED_OUT: no room until the deadline; STATUS_NO_MEMORY: an unbounded channel
 * found none.  In each of these cases nothing was sent.  `cancel` may be NULL.
 */
MUST_CHECK enum status channel_send(struct channel *channel, const void *value,
                                    uint64_t deadline_ns, struct sync_cancel *cancel);

/* Like channel_send(), at once: STATUS_BUSY when full. */
MUST_CHECK enum status channel_try_send(struct channel *channel, const void *value);

/*
 * Receive the value at the front, waiting for one.  STATUS_CLOSED: the channel was
 * closed, all of its values were received and no permit is out; STATUS_CANCELLED,
 * STATUS_TIMED_OUT as above.  *out_value is written with STATUS_OK only.
 */
MUST_CHECK enum status channel_receive(struct channel *channel, void *out_value,
                                       uint64_t deadline_ns, struct sync_cancel *cancel);

/* Like channel_receive(), at once: STATUS_BUSY when empty. */
MUST_CHECK enum status channel_try_receive(struct channel *channel, void *out_value);

/*
 * Room for one value, kept until the permit is committed or released.  Holding one
 * takes room, not a place in line: the value gets its place when it is committed, so a
 * permit that is held for long holds nobody up, and permits may be committed in any
 * order.  A zeroed permit is none.
 */
struct channel_permit {
    struct channel *channel;
};

/*
 * Wait for room and keep it; statuses as of channel_send(), and STATUS_LIMIT when
 * CHANNEL_PERMITS_MAX are out.  *out_permit is none but with STATUS_OK.
 */
MUST_CHECK enum status channel_reserve(struct channel *channel, struct channel_permit *out_permit,
                                       uint64_t deadline_ns, struct sync_cancel *cancel);

/* Like channel_reserve(), at once: STATUS_BUSY when full. */
MUST_CHECK enum status channel_try_reserve(struct channel *channel,
                                           struct channel_permit *out_permit);

/* Send the value in the room kept, also when the channel was closed since.  Ends the permit. */
void channel_commit(struct channel_permit *permit, const void *value);

/* Give the room back.  Ends the permit; none is ignored. */
void channel_release(struct channel_permit *permit);

/*
 * No send begins any more; permits that are out may still be committed; receivers
 * drain what is there and then get STATUS_CLOSED.  All who wait are woken.  What came
 * before the close is seen by whoever is told of it.  Closing again does nothing.
 */
void channel_close(struct channel *channel);

/*
 * A place in the line of those who wait, in the memory of who waits.  A zeroed one
 * waits for nothing.  While it waits it must not move, and channel_waiter_leave() must
 * come before its memory ends.
 */
struct channel_waiter {
    struct channel *channel; /* all private */
    struct channel_waiter *next, *previous;
    struct sync_waker waker;
    uint64_t ticket;
    struct sync_parker *parker;   /* of a thread in a call of ours, which comes when woken */
    uint8_t side, state, losses;
};

/*
 * Like the try calls, but on STATUS_BUSY the waiter stands in line, and `waker` is
 * called when it is worth polling again, with the same channel, waiter and kind of
 * call.  After any other status the waiter waits for nothing.
 */
MUST_CHECK enum status channel_poll_send(struct channel *channel, const void *value,
                                         struct channel_waiter *waiter, struct sync_waker waker);
MUST_CHECK enum status channel_poll_receive(struct channel *channel, void *out_value,
                                            struct channel_waiter *waiter, struct sync_waker waker);
MUST_CHECK enum status channel_poll_reserve(struct channel *channel,
                                            struct channel_permit *out_permit,
                                            struct channel_waiter *waiter, struct sync_waker waker);

/*
 * Stop waiting: afterwards the waker is not called, nor being called.  A wake that had
 * come and was not used goes to the next in line.  A waiter that waits for nothing is
 * left alone.
 */
void channel_waiter_leave(struct channel_waiter *waiter);

/* What there is at this moment; while others send and receive, soon stale. */
bool channel_is_closed(const struct channel *channel);
uint64_t channel_length(const struct channel *channel);  /* values, without permits */
uint32_t channel_permits(const struct channel *channel); /* that are out */

/* Values at most: the capacity, or the ceiling. */
uint64_t channel_capacity(const struct channel *channel);

/*
 * The largest length so far, 0 if it is not marked.  So many values were there at once;
 * a longer moment between a send and a receive at the same time may be missed.
 */
uint64_t channel_length_max(const struct channel *channel);

/* Bytes that the channel holds now. */
size_t channel_memory_bytes(const struct channel *channel);

#endif
