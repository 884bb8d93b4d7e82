/* core.h - what a channel is inside; README.md says why each step is safe. */
#ifndef CHANNEL_CORE_H
#define CHANNEL_CORE_H

#include <string.h>

#include "base/assert.h"
#include "channel/channel.h"
#include "sync/atomic.h"
#include "sync/mutex.h"
#include "sync/park.h"

/*
 * The tail, one word, so that one compare-exchange sees and changes all of it:
 *
 *     63       62 ... 40     39 ... 0
 *     closed   permits out   position of the next value
 *
 * A position of a ring is lap and index, the index in the low bits; of an unbounded
 * channel it simply counts.  Positions wrap; all comparisons are of distances.
 */
enum { POSITION_BITS = 40, PERMIT_BITS = 23 };
#define POSITION_MASK ((UINT64_C(1) << POSITION_BITS) - 1)
#define PERMIT_ONE (UINT64_C(1) << POSITION_BITS)
#define TAIL_CLOSED (UINT64_C(1) << 63)

_Static_assert(POSITION_BITS + PERMIT_BITS + 1 == 64, "the tail is one word");
_Static_assert(CHANNEL_PERMITS_MAX == (1 << PERMIT_BITS) - 1, "permits fit their bits");

/* What one try came to. */
enum attempt {
    ATTEMPT_DONE,
    ATTEMPT_WAIT,  /* full or empty, at a moment of the try */
    ATTEMPT_AGAIN, /* neither, but another thread is in the middle of its copy */
    ATTEMPT_CLOSED,
    ATTEMPT_NO_MEMORY,
    ATTEMPT_LIMIT, /* of permits */
};

enum side { SIDE_SEND, SIDE_RECEIVE, SIDES };

/* Bits of a signal: somebody in line wants to be woken; newcomers are held back. */
enum { SIGNAL_WANTED = 1, SIGNAL_HELD = 2 };

/* Of a waiter. */
enum { WAITER_IDLE, WAITER_QUEUED, WAITER_WOKEN };

/* One side's waiters, longest first; all under the channel's lock. */
struct line {
    struct channel_waiter *first, *last;
    uint64_t tickets;      /* given out */
    uint32_t woken;        /* that have not come back yet */
    uint32_t prompt_woken; /* of these, threads */
    uint32_t starving;     /* waiters, woken or not, that lost too often */
};

struct slot {
    struct sync_u64 stamp;
    unsigned char value[]; /* value_bytes, rounded up to 8 */
};

struct segment;

/* Of an unbounded channel; under `lock` but for `limit`, and but for what its claims read. */
struct segments {
    struct sync_mutex lock;
    struct segment **table; /* of position / segment_values, modulo table_count */
    uint64_t table_count;   /* a power of two */
    uint64_t oldest;        /* position where the oldest segment begins */
    uint64_t covered;       /* position where the newest segment ends */
    struct segment *spares;
    uint32_t spare_count;
    uint32_t values_shift; /* a segment has 1 << values_shift values */
};

struct channel {
    /* written by create only */
    size_t value_bytes;
    size_t slot_bytes;
    uint64_t capacity;   /* or ceiling */
    uint64_t lap;        /* of a ring: positions from one use of a slot to the next */
    unsigned char *ring; /* capacity slots, or NULL */
    bool is_length_marked;
    struct segments segments;

    _Alignas(CACHE_LINE_BYTES) struct sync_u64 tail;
    struct sync_u64 length_max;
    struct sync_u64 limit; /* of an unbounded channel: positions below it have memory and room */

    _Alignas(CACHE_LINE_BYTES) struct sync_u64 head;
    struct sync_u64 tail_seen; /* of an unbounded channel: a position the tail has passed */

    /* read by every call, written when waiters come and go */
    _Alignas(CACHE_LINE_BYTES) struct sync_u32 signal[SIDES];

    _Alignas(CACHE_LINE_BYTES) struct sync_mutex lock;
    struct line lines[SIDES];
    struct sync_u64 memory_bytes;
};

/* One call, as data, so that waiting is written once. */
enum call_kind { CALL_SEND, CALL_RECEIVE, CALL_RESERVE };

struct call {
    struct channel *channel;
    enum call_kind kind;
    const void *value;
    void *out_value;
    struct channel_permit *out_permit;
};

static inline enum side call_side(const struct call *call) {
    return call->kind == CALL_RECEIVE ? SIDE_RECEIVE : SIDE_SEND;
}

static inline uint64_t tail_position(uint64_t tail) {
    return tail & POSITION_MASK;
}

static inline uint64_t tail_permits(uint64_t tail) {
    return (tail & ~TAIL_CLOSED) >> POSITION_BITS;
}

/* How far `to` is after `from`; negative when it is before. */
static inline int64_t position_distance(uint64_t from, uint64_t to) {
    return (int64_t)((to - from) << (64 - POSITION_BITS)) >> (64 - POSITION_BITS);
}

static inline void value_copy(void *to, const void *from, size_t bytes) {
    if (LIKELY(bytes == sizeof(uint64_t))) {
        memcpy(to, from, sizeof(uint64_t));
    } else if (bytes == sizeof(uint32_t)) {
        memcpy(to, from, sizeof(uint32_t));
    } else if (bytes != 0) {
        memcpy(to, from, bytes);
    }
}

/* ring.c */
enum status ring_init(struct channel *channel);
enum attempt ring_send(struct channel *channel, const void *value);
enum attempt ring_reserve(struct channel *channel);
uint64_t ring_commit(struct channel *channel, const void *value); /* the new tail */
enum attempt ring_receive(struct channel *channel, void *out_value);
int64_t ring_distance(const struct channel *channel, uint64_t from, uint64_t to);

/* segments.c */
enum status segments_init(struct channel *channel);
void segments_finish(struct channel *channel);
enum attempt segments_send(struct channel *channel, const void *value);
enum attempt segments_reserve(struct channel *channel);
uint64_t segments_commit(struct channel *channel, const void *value);
enum attempt segments_receive(struct channel *channel, void *out_value);

/* call.c: one call, tried and waited for */
enum status call_try(const struct call *call);
enum status call_settle(const struct call *call, enum attempt attempt);
enum status call_poll(const struct call *call, struct channel_waiter *waiter,
                      struct sync_waker waker);
enum status call_stand(const struct call *call, struct channel_waiter *waiter,
                       struct sync_waker waker); /* without a try before */
enum status call_wait(const struct call *call, enum attempt attempt, uint64_t deadline_ns,
                      struct sync_cancel *cancel);

/* Poll, park until woken, poll again ...; the poll's waiters are the caller's to end. */
typedef enum status (*call_poller)(void *self);
enum status call_park(call_poller poll, void *self, struct sync_parker *parker,
                      uint64_t deadline_ns, struct sync_cancel *cancel);
void call_mark_length(struct channel *channel);
int64_t channel_distance(const struct channel *channel, uint64_t from, uint64_t to);

/* line.c: who waits */
void line_wake(struct channel *channel, enum side side);
void line_wake_all(struct channel *channel, enum side side);
bool line_join(struct channel *channel, enum side side, struct channel_waiter *waiter,
               struct sync_waker waker);
bool line_look(struct channel_waiter *waiter, struct sync_waker waker);
bool line_failed(struct channel_waiter *waiter, bool *is_woken);
void line_leave(struct channel_waiter *waiter);

/*
 * After a send, or after a receive made room.  Either this load sees that somebody
 * waits, or that waiter, which wrote the signal before it looked at head and tail again,
 * sees the position that the caller claimed: all four accesses are in one order.
 */
static inline void line_notify(struct channel *channel, enum side side) {
    if (UNLIKELY(sync_u32_load(&channel->signal[side], SYNC_SEQ_CST) & SIGNAL_WANTED)) {
        line_wake(channel, side);
    }
}

/* Whether newcomers queue up; relaxed, since one more who overtakes does not matter. */
static inline bool line_is_held(const struct channel *channel, enum side side) {
    return UNLIKELY(sync_u32_load(&channel->signal[side], SYNC_RELAXED) & SIGNAL_HELD);
}

static inline enum attempt attempt_send(struct channel *channel, const void *value) {
    return LIKELY(channel->ring != NULL) ? ring_send(channel, value)
                                         : segments_send(channel, value);
}

static inline enum attempt attempt_receive(struct channel *channel, void *out_value) {
    return LIKELY(channel->ring != NULL) ? ring_receive(channel, out_value)
                                         : segments_receive(channel, out_value);
}

static inline enum attempt attempt_reserve(struct channel *channel) {
    return LIKELY(channel->ring != NULL) ? ring_reserve(channel) : segments_reserve(channel);
}

/* What follows a send, and a receive. */
static inline void call_sent(struct channel *channel) {
    if (UNLIKELY(channel->is_length_marked)) {
        call_mark_length(channel);
    }
    line_notify(channel, SIDE_RECEIVE);
}

static inline void call_received(struct channel *channel) {
    line_notify(channel, SIDE_SEND);
}

#endif
