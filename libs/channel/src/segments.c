/*
 * segments.c - the unbounded channel: a table of segments, each used once and then again
 * elsewhere.
 *
 * Positions count up for ever, and the table says where the segment of a position is.
 * `limit` is the position up to which there are both memory and room below the ceiling;
 * a claim below it needs nothing more.  Only who meets the limit takes the lock, takes
 * back the segments at the old end that have been read to the last value, and puts one
 * at the new end: once in as many values as a segment has, unless the ceiling is near.
 *
 * Only who has claimed a position touches its segment, so a segment whose values all
 * have been read is nobody's, and may be freed.  That is why a receive claims its
 * position before it looks whether the value has been written already: it is being
 * written, since the tail is past it.
 */
#include "core.h"

#include "sync/memory.h"
#include "sync/thread.h"

enum {
    SEGMENT_BYTES_MAX = 1 << 16,
    SEGMENT_VALUES_MIN = 2,
    SEGMENT_VALUES_MAX = 1024,
    SEGMENTS_PER_CEILING = 16, /* so that a small channel has small segments */
    SPARES_MAX = 2,            /* segments kept for use again; more are freed */
    SPINS_BEFORE_YIELD = 64,
};

/* Stamps of a segment's slots; they only count up while it is in the table. */
enum { STAMP_EMPTY, STAMP_FULL, STAMP_READ };

struct segment {
    struct segment *next_spare;
    unsigned char slots[];
};

static inline uint64_t segment_values(const struct segments *segments) {
    return UINT64_C(1) << segments->values_shift;
}

static size_t segment_bytes(const struct channel *channel) {
    return sizeof(struct segment) + (channel->slot_bytes << channel->segments.values_shift);
}

static inline struct segment **segment_at(const struct segments *segments, uint64_t position) {
    return &segments->table[(position >> segments->values_shift) & (segments->table_count - 1)];
}

static inline struct slot *slot_in(const struct channel *channel, struct segment *segment,
                                   uint64_t position) {
    uint64_t index = position & (segment_values(&channel->segments) - 1);
    return (struct slot *)(void *)(segment->slots + index * channel->slot_bytes);
}

/* Of a position that the caller has claimed, so that its segment stays. */
static inline struct slot *slot_of(const struct channel *channel, uint64_t position) {
    return slot_in(channel, *segment_at(&channel->segments, position), position);
}

/* ---- making and finishing ---- */

/* Small segments for small ceilings and large values. */
static uint32_t choose_values_shift(const struct channel *channel) {
    uint32_t shift = 1;
    while ((UINT64_C(2) << shift) <= SEGMENT_VALUES_MAX &&
           (UINT64_C(2) << shift) * SEGMENTS_PER_CEILING <= channel->capacity &&
           (channel->slot_bytes * 2) << shift <= SEGMENT_BYTES_MAX) {
        shift++;
    }
    return shift;
}

enum status segments_init(struct channel *channel) {
    struct segments *segments = &channel->segments;
    segments->values_shift = choose_values_shift(channel);
    /* two more than the ceiling fills: one begun at each end */
    uint64_t needed = (channel->capacity >> segments->values_shift) + 3;
    segments->table_count = 1;
    while (segments->table_count < needed) {
        segments->table_count *= 2;
    }
    segments->table = sync_alloc_zero(segments->table_count, sizeof(struct segment *));
    if (segments->table == NULL) {
        return STATUS_NO_MEMORY;
    }
    sync_u64_add(&channel->memory_bytes, segments->table_count * sizeof(struct segment *),
                 SYNC_RELAXED);
    sync_mutex_init(&segments->lock, SYNC_RANK_LEAF);
    return STATUS_OK;
}

static void free_list(struct segment *segment) {
    while (segment != NULL) {
        struct segment *next = segment->next_spare;
        sync_free(segment);
        segment = next;
    }
}

void segments_finish(struct channel *channel) {
    struct segments *segments = &channel->segments;
    if (segments->table == NULL) {
        return;
    }
    for (uint64_t i = 0; i < segments->table_count; i++) {
        sync_free(segments->table[i]);
    }
    free_list(segments->spares);
    sync_mutex_finish(&segments->lock);
    sync_free(segments->table);
}

/* ---- under the lock ---- */

static bool is_read(const struct channel *channel, struct segment *segment) {
    for (uint64_t i = 0; i < segment_values(&channel->segments); i++) {
        /* pairs with the release in take(): its copy out is over before the slot is used again */
        if (sync_u64_load(&slot_in(channel, segment, i)->stamp, SYNC_ACQUIRE) != STAMP_READ) {
            return false;
        }
    }
    return true;
}

/* Take back what has been read at the old end; adds what is not kept to *surplus. */
static void retire_locked(struct channel *channel, struct segment **surplus) {
    struct segments *segments = &channel->segments;
    while (segments->oldest != segments->covered) {
        struct segment **at = segment_at(segments, segments->oldest);
        struct segment *segment = *at;
        if (!is_read(channel, segment)) {
            break;
        }
        *at = NULL;
        segments->oldest = (segments->oldest + segment_values(segments)) & POSITION_MASK;
        if (segments->spare_count < SPARES_MAX) {
            segment->next_spare = segments->spares;
            segments->spares = segment;
            segments->spare_count++;
        } else {
            segment->next_spare = *surplus;
            *surplus = segment;
            sync_u64_sub(&channel->memory_bytes, segment_bytes(channel), SYNC_RELAXED);
        }
    }
}

/* Put `segment` at the new end. */
static void cover_locked(struct channel *channel, struct segment *segment) {
    struct segments *segments = &channel->segments;
    for (uint64_t i = 0; i < segment_values(segments); i++) {
        /* relaxed: published by the release of `limit` */
        sync_u64_store(&slot_in(channel, segment, i)->stamp, STAMP_EMPTY, SYNC_RELAXED);
    }
    *segment_at(segments, segments->covered) = segment;
    segments->covered = (segments->covered + segment_values(segments)) & POSITION_MASK;
}

static struct segment *spare_locked(struct segments *segments) {
    struct segment *segment = segments->spares;
    if (segment != NULL) {
        segments->spares = segment->next_spare;
        segments->spare_count--;
    }
    return segment;
}

/*
 * Move the limit past `last`, the position that a claim needs.  *fresh is a new segment or
 * NULL, and taken when used; ATTEMPT_NO_MEMORY: one is needed.
 */
static enum attempt extend_locked(struct channel *channel, struct segment **fresh,
                                  struct segment **surplus) {
    struct segments *segments = &channel->segments;
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    uint64_t head = sync_u64_load(&channel->head, SYNC_SEQ_CST);
    uint64_t last = (tail_position(tail) + tail_permits(tail)) & POSITION_MASK;
    uint64_t end = (head + channel->capacity) & POSITION_MASK;
    if (position_distance(last, end) <= 0) {
        return ATTEMPT_WAIT;
    }
    if (position_distance(last, segments->covered) <= 0) {
        retire_locked(channel, surplus);
        uint64_t held = (uint64_t)position_distance(segments->oldest, segments->covered);
        if (held >> segments->values_shift == segments->table_count) {
            return ATTEMPT_AGAIN; /* a receive at the old end has not copied its value yet */
        }
        struct segment *segment = spare_locked(segments);
        if (segment == NULL) {
            segment = *fresh;
            *fresh = NULL;
        }
        if (segment == NULL) {
            return ATTEMPT_NO_MEMORY;
        }
        cover_locked(channel, segment);
    }
    uint64_t limit = position_distance(segments->covered, end) < 0 ? end : segments->covered;
    /* pairs with the acquire in has_room(): the segment, its stamps and its place in the table */
    sync_u64_store(&channel->limit, limit, SYNC_RELEASE);
    return ATTEMPT_DONE;
}

static enum attempt extend(struct channel *channel) {
    struct segment *fresh = NULL;
    for (;;) {
        bool has_fresh = fresh != NULL;
        struct segment *surplus = NULL;
        sync_mutex_lock(&channel->segments.lock);
        enum attempt attempt = extend_locked(channel, &fresh, &surplus);
        sync_mutex_unlock(&channel->segments.lock);
        free_list(surplus);
        if (attempt != ATTEMPT_NO_MEMORY || has_fresh) {
            if (fresh != NULL) {
                sync_u64_sub(&channel->memory_bytes, segment_bytes(channel), SYNC_RELAXED);
                sync_free(fresh);
            }
            return attempt;
        }
        fresh = sync_alloc(segment_bytes(channel));
        if (fresh == NULL) {
            return ATTEMPT_NO_MEMORY;
        }
        sync_u64_add(&channel->memory_bytes, segment_bytes(channel), SYNC_RELAXED);
    }
}

static void retire(struct channel *channel) {
    struct segment *surplus = NULL;
    sync_mutex_lock(&channel->segments.lock);
    retire_locked(channel, &surplus);
    sync_mutex_unlock(&channel->segments.lock);
    free_list(surplus);
}

/* ---- the calls ---- */

/* Whether there is room for one more behind the permits that `tail` has. */
static inline bool has_room(const struct channel *channel, uint64_t tail) {
    uint64_t last = tail_position(tail) + tail_permits(tail);
    /* pairs with the release in extend_locked() */
    return position_distance(last, sync_u64_load(&channel->limit, SYNC_ACQUIRE)) > 0;
}

static inline uint64_t tail_moved(uint64_t tail) {
    return (tail & ~POSITION_MASK) | ((tail + 1) & POSITION_MASK);
}

static inline void put(struct channel *channel, uint64_t position, const void *value) {
    struct slot *slot = slot_of(channel, position);
    value_copy(slot->value, value, channel->value_bytes);
    /* pairs with the acquire in take() */
    sync_u64_store(&slot->stamp, STAMP_FULL, SYNC_RELEASE);
}

enum attempt segments_send(struct channel *channel, const void *value) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    for (;;) {
        if (UNLIKELY(tail & TAIL_CLOSED)) {
            return ATTEMPT_CLOSED;
        }
        if (UNLIKELY(!has_room(channel, tail))) {
            enum attempt attempt = extend(channel);
            if (attempt != ATTEMPT_DONE) {
                return attempt;
            }
            tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
            continue;
        }
        /* seq_cst: see line_notify(); release: the receiver sees the table as we do */
        if (LIKELY(
                sync_u64_compare_exchange(&channel->tail, &tail, tail_moved(tail), SYNC_SEQ_CST))) {
            put(channel, tail_position(tail), value);
            return ATTEMPT_DONE;
        }
    }
}

enum attempt segments_reserve(struct channel *channel) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    for (;;) {
        if (tail & TAIL_CLOSED) {
            return ATTEMPT_CLOSED;
        }
        if (tail_permits(tail) == CHANNEL_PERMITS_MAX) {
            return ATTEMPT_LIMIT;
        }
        if (!has_room(channel, tail)) {
            enum attempt attempt = extend(channel);
            if (attempt != ATTEMPT_DONE) {
                return attempt;
            }
            tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
            continue;
        }
        /* seq_cst for the refusal after a failure; the limit is looked at by who claims, too */
        if (sync_u64_compare_exchange(&channel->tail, &tail, tail + PERMIT_ONE, SYNC_SEQ_CST)) {
            return ATTEMPT_DONE;
        }
    }
}

uint64_t segments_commit(struct channel *channel, const void *value) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_RELAXED);
    for (;;) {
        uint64_t moved = tail_moved(tail) - PERMIT_ONE;
        /* acquire: what the permit's holder saw of the table; seq_cst: see line_notify() */
        if (sync_u64_compare_exchange(&channel->tail, &tail, moved, SYNC_SEQ_CST)) {
            put(channel, tail_position(tail), value);
            return moved;
        }
    }
}

/* The value of a position that the caller has claimed; its send has claimed it before. */
static inline void take(struct channel *channel, uint64_t position, void *out_value) {
    struct slot *slot = slot_of(channel, position);
    uint32_t spins = 0;
    /* pairs with the release in put() */
    while (UNLIKELY(sync_u64_load(&slot->stamp, SYNC_ACQUIRE) != STAMP_FULL)) {
        if (++spins < SPINS_BEFORE_YIELD) {
            sync_spin_hint();
        } else {
            sync_thread_yield();
        }
    }
    value_copy(out_value, slot->value, channel->value_bytes);
    /* pairs with the acquire in is_read() */
    sync_u64_store(&slot->stamp, STAMP_READ, SYNC_RELEASE);
}

enum attempt segments_receive(struct channel *channel, void *out_value) {
    uint64_t head = sync_u64_load(&channel->head, SYNC_RELAXED);
    for (;;) {
        /* acquire: pairs with the release below, so that the segment is seen too */
        uint64_t seen = sync_u64_load(&channel->tail_seen, SYNC_ACQUIRE);
        if (UNLIKELY(position_distance(head, seen) <= 0)) {
            /*
             * The head was at `head` or further on at this moment and not past the tail, so a
             * tail at `head` means that nothing was between them.
             */
            uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
            if (position_distance(head, tail_position(tail)) <= 0) {
                return (tail & TAIL_CLOSED) && tail_permits(tail) == 0 ? ATTEMPT_CLOSED
                                                                       : ATTEMPT_WAIT;
            }
            sync_u64_store(&channel->tail_seen, tail_position(tail), SYNC_RELEASE);
        }
        uint64_t next = (head + 1) & POSITION_MASK;
        /* seq_cst: see line_notify() */
        if (LIKELY(sync_u64_compare_exchange(&channel->head, &head, next, SYNC_SEQ_CST))) {
            take(channel, head, out_value);
            if (UNLIKELY((next & (segment_values(&channel->segments) - 1)) == 0)) {
                retire(channel);
            }
            return ATTEMPT_DONE;
        }
    }
}
