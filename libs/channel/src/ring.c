/*
 * ring.c - the bounded channel: a ring of slots with sequence-numbered stamps.
 *
 * The stamp of a slot says for which position it is good, and whether the value of
 * that position is there:
 *
 *     free(p) --the tail claims, written--> full(p) --the head claims, read--> free(p + lap)
 *
 * Doubling the position leaves a bit for full, so that a ring of one slot cannot take
 * full(p) for free(p + 1).  The invariant that makes permits free of waiting: the slots
 * from the tail on, as many as permits are out, are free.  Whoever takes room looks at
 * the slot behind them, and the tail's compare-exchange makes sure that they are still
 * the same.
 */
#include "core.h"

#include "base/checked.h"
#include "sync/memory.h"

static inline uint64_t stamp_free(uint64_t position) {
    return position << 1;
}

static inline uint64_t stamp_full(uint64_t position) {
    return position << 1 | 1;
}

static inline uint64_t ring_index(const struct channel *channel, uint64_t position) {
    return position & (channel->lap - 1);
}

static inline struct slot *ring_slot(const struct channel *channel, uint64_t position) {
    return (struct slot *)(void *)(channel->ring +
                                   ring_index(channel, position) * channel->slot_bytes);
}

enum status ring_init(struct channel *channel) {
    size_t bytes;
    if (!checked_mul(channel->capacity, channel->slot_bytes, &bytes)) {
        return STATUS_NO_MEMORY;
    }
    channel->ring = sync_alloc_aligned(bytes, CACHE_LINE_BYTES);
    if (channel->ring == NULL) {
        return STATUS_NO_MEMORY;
    }
    sync_u64_add(&channel->memory_bytes, bytes, SYNC_RELAXED);
    channel->lap = 1;
    while (channel->lap < channel->capacity) {
        channel->lap *= 2;
    }
    for (uint64_t i = 0; i < channel->capacity; i++) {
        /* relaxed: the channel is not shared yet */
        sync_u64_store(&ring_slot(channel, i)->stamp, stamp_free(i), SYNC_RELAXED);
    }
    return STATUS_OK;
}

/* The position `count` values later, count <= capacity. */
static inline uint64_t ring_step(const struct channel *channel, uint64_t position, uint64_t count) {
    uint64_t index = ring_index(channel, position) + count;
    uint64_t next = position + count;
    if (index >= channel->capacity) {
        next += channel->lap - channel->capacity;
    }
    return next & POSITION_MASK;
}

int64_t ring_distance(const struct channel *channel, uint64_t from, uint64_t to) {
    uint64_t from_index = ring_index(channel, from);
    uint64_t to_index = ring_index(channel, to);
    int64_t laps = position_distance(from - from_index, to - to_index) / (int64_t)channel->lap;
    return laps * (int64_t)channel->capacity + (int64_t)to_index - (int64_t)from_index;
}

/*
 * The tail was `tail` during this try and the head had not passed `head` then, so there
 * was no room if these leave none.
 */
static enum attempt ring_refuse(const struct channel *channel, uint64_t tail) {
    uint64_t head = sync_u64_load(&channel->head, SYNC_SEQ_CST);
    int64_t taken = ring_distance(channel, head, tail_position(tail)) + (int64_t)tail_permits(tail);
    return taken >= (int64_t)channel->capacity ? ATTEMPT_WAIT : ATTEMPT_AGAIN;
}

/* Whether there is room for one more behind the permits that `tail` has. */
static inline enum attempt ring_room(const struct channel *channel, uint64_t tail) {
    if (UNLIKELY(tail & TAIL_CLOSED)) {
        return ATTEMPT_CLOSED;
    }
    uint64_t last = tail_position(tail);
    if (UNLIKELY(tail_permits(tail) != 0)) {
        last = ring_step(channel, last, tail_permits(tail));
    }
    /* pairs with the release in ring_receive(): its copy out is over before ours in begins */
    uint64_t stamp = sync_u64_load(&ring_slot(channel, last)->stamp, SYNC_ACQUIRE);
    return LIKELY(stamp == stamp_free(last)) ? ATTEMPT_DONE : ring_refuse(channel, tail);
}

static inline void ring_put(struct channel *channel, uint64_t position, const void *value) {
    struct slot *slot = ring_slot(channel, position);
    value_copy(slot->value, value, channel->value_bytes);
    /* pairs with the acquire in ring_receive() */
    sync_u64_store(&slot->stamp, stamp_full(position), SYNC_RELEASE);
}

static inline uint64_t tail_moved(const struct channel *channel, uint64_t tail) {
    return (tail & ~POSITION_MASK) | ring_step(channel, tail_position(tail), 1);
}

/* Whether the tail has moved on since it was read; then it is read again. */
static bool ring_is_stale(const struct channel *channel, uint64_t *tail) {
    uint64_t now = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    bool is_stale = now != *tail;
    *tail = now;
    return is_stale;
}

enum attempt ring_send(struct channel *channel, const void *value) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    for (;;) {
        enum attempt room = ring_room(channel, tail);
        if (UNLIKELY(room != ATTEMPT_DONE)) {
            if (room == ATTEMPT_AGAIN && ring_is_stale(channel, &tail)) {
                continue;
            }
            return room;
        }
        /* seq_cst: see line_notify(); acquire also for slots that a permit's holder saw free */
        if (LIKELY(sync_u64_compare_exchange(&channel->tail, &tail, tail_moved(channel, tail),
                                             SYNC_SEQ_CST))) {
            ring_put(channel, tail_position(tail), value);
            return ATTEMPT_DONE;
        }
    }
}

enum attempt ring_reserve(struct channel *channel) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    for (;;) {
        enum attempt room = ring_room(channel, tail);
        if (room != ATTEMPT_DONE) {
            if (room == ATTEMPT_AGAIN && ring_is_stale(channel, &tail)) {
                continue;
            }
            return room;
        }
        if (tail_permits(tail) == CHANNEL_PERMITS_MAX) {
            return ATTEMPT_LIMIT;
        }
        /* release: passes on that the slot was seen free; seq_cst: the refusal after a failure */
        if (sync_u64_compare_exchange(&channel->tail, &tail, tail + PERMIT_ONE, SYNC_SEQ_CST)) {
            return ATTEMPT_DONE;
        }
    }
}

uint64_t ring_commit(struct channel *channel, const void *value) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_RELAXED);
    for (;;) {
        uint64_t moved = tail_moved(channel, tail) - PERMIT_ONE;
        /* acquire: the permit's holder saw the slot free; seq_cst: see line_notify() */
        if (sync_u64_compare_exchange(&channel->tail, &tail, moved, SYNC_SEQ_CST)) {
            ring_put(channel, tail_position(tail), value);
            return moved;
        }
    }
}

/*
 * The head was `head` or further on when this try loaded the tail, and never behind it;
 * so a tail at `head` means that both were there at that moment, and nothing between.
 */
static enum attempt ring_nothing(const struct channel *channel, uint64_t head) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    if (tail_position(tail) != head) {
        return ATTEMPT_AGAIN;
    }
    return (tail & TAIL_CLOSED) && tail_permits(tail) == 0 ? ATTEMPT_CLOSED : ATTEMPT_WAIT;
}

enum attempt ring_receive(struct channel *channel, void *out_value) {
    /* relaxed: only a guess, which the compare-exchange checks */
    uint64_t head = sync_u64_load(&channel->head, SYNC_RELAXED);
    for (;;) {
        struct slot *slot = ring_slot(channel, head);
        /* pairs with the release in ring_put(), and with the one below */
        uint64_t stamp = sync_u64_load(&slot->stamp, SYNC_ACQUIRE);
        if (UNLIKELY(stamp != stamp_full(head))) {
            if (stamp == stamp_free(head)) {
                return ring_nothing(channel, head);
            }
            /* others went past: who made the stamp moved the head before, so this one is newer */
            head = sync_u64_load(&channel->head, SYNC_RELAXED);
            continue;
        }
        uint64_t next = ring_step(channel, head, 1);
        /* seq_cst: see line_notify() */
        if (LIKELY(sync_u64_compare_exchange(&channel->head, &head, next, SYNC_SEQ_CST))) {
            value_copy(out_value, slot->value, channel->value_bytes);
            /* pairs with the acquire in ring_room() */
            sync_u64_store(&slot->stamp, stamp_free((head + channel->lap) & POSITION_MASK),
                           SYNC_RELEASE);
            return ATTEMPT_DONE;
        }
    }
}
