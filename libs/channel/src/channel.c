/* channel.c - channel/channel.h: making, closing, looking, and its calls as data. */
#include "core.h"

#include "sync/memory.h"

/* ---- making and ending ---- */

static bool is_within_limits(const struct channel_options *options) {
    return options->value_bytes <= CHANNEL_VALUE_BYTES_MAX &&
           options->capacity <= CHANNEL_CAPACITY_MAX && options->ceiling <= CHANNEL_CEILING_MAX &&
           (options->capacity == 0) != (options->ceiling == 0);
}

enum status channel_create(const struct channel_options *options, struct channel **out_channel) {
    *out_channel = NULL;
    if (!is_within_limits(options)) {
        return STATUS_LIMIT;
    }
    struct channel *channel = sync_alloc_aligned(sizeof(*channel), CACHE_LINE_BYTES);
    if (channel == NULL) {
        return STATUS_NO_MEMORY;
    }
    memset(channel, 0, sizeof(*channel));
    channel->value_bytes = options->value_bytes;
    channel->slot_bytes = sizeof(struct slot) + (options->value_bytes + 7) / 8 * 8;
    channel->capacity = options->capacity != 0 ? options->capacity : options->ceiling;
    channel->is_length_marked = options->is_length_marked;
    sync_u64_add(&channel->memory_bytes, sizeof(*channel), SYNC_RELAXED);
    enum status status = options->capacity != 0 ? ring_init(channel) : segments_init(channel);
    if (status != STATUS_OK) {
        sync_free(channel);
        return status;
    }
    sync_mutex_init(&channel->lock, SYNC_RANK_CHANNEL);
    *out_channel = channel;
    return STATUS_OK;
}

void channel_destroy(struct channel *channel) {
    if (channel == NULL) {
        return;
    }
    ASSERT(channel->lines[SIDE_SEND].first == NULL);
    ASSERT(channel->lines[SIDE_RECEIVE].first == NULL);
    ASSERT(channel_permits(channel) == 0);
    sync_mutex_finish(&channel->lock);
    segments_finish(channel);
    sync_free(channel->ring);
    sync_free(channel);
}

void channel_close(struct channel *channel) {
    /*
     * release: whoever is told of the close sees what came before it.  Who joins a line after
     * the wakes below sees the bit when it tries again, through the lock.
     */
    uint64_t tail = sync_u64_or(&channel->tail, TAIL_CLOSED, SYNC_RELEASE);
    if (!(tail & TAIL_CLOSED)) {
        line_wake_all(channel, SIDE_SEND);
        line_wake_all(channel, SIDE_RECEIVE);
    }
}

/* ---- calls ---- */

/*
 * The first attempt is made here and not as a struct call, since most calls need nothing
 * else.
 */

enum status channel_send(struct channel *channel, const void *value, uint64_t deadline_ns,
                         struct sync_cancel *cancel) {
    enum attempt attempt = line_is_held(channel, SIDE_SEND) ? ATTEMPT_WAIT
                                                            : attempt_send(channel, value);
    if (LIKELY(attempt == ATTEMPT_DONE)) {
        call_sent(channel);
        return STATUS_OK;
    }
    struct call call = { .channel = channel, .kind = CALL_SEND, .value = value };
    return call_wait(&call, attempt, deadline_ns, cancel);
}

enum status channel_try_send(struct channel *channel, const void *value) {
    enum attempt attempt = attempt_send(channel, value);
    if (LIKELY(attempt == ATTEMPT_DONE)) {
        call_sent(channel);
        return STATUS_OK;
    }
    struct call call = { .channel = channel, .kind = CALL_SEND, .value = value };
    return call_settle(&call, attempt);
}

enum status channel_poll_send(struct channel *channel, const void *value,
                              struct channel_waiter *waiter, struct sync_waker waker) {
    struct call call = { .channel = channel, .kind = CALL_SEND, .value = value };
    return call_poll(&call, waiter, waker);
}

enum status channel_receive(struct channel *channel, void *out_value, uint64_t deadline_ns,
                            struct sync_cancel *cancel) {
    enum attempt attempt = line_is_held(channel, SIDE_RECEIVE)
                               ? ATTEMPT_WAIT
                               : attempt_receive(channel, out_value);
    if (LIKELY(attempt == ATTEMPT_DONE)) {
        call_received(channel);
        return STATUS_OK;
    }
    struct call call = { .channel = channel, .kind = CALL_RECEIVE, .out_value = out_value };
    return call_wait(&call, attempt, deadline_ns, cancel);
}

enum status channel_try_receive(struct channel *channel, void *out_value) {
    enum attempt attempt = attempt_receive(channel, out_value);
    if (LIKELY(attempt == ATTEMPT_DONE)) {
        call_received(channel);
        return STATUS_OK;
    }
    struct call call = { .channel = channel, .kind = CALL_RECEIVE, .out_value = out_value };
    return call_settle(&call, attempt);
}

enum status channel_poll_receive(struct channel *channel, void *out_value,
                                 struct channel_waiter *waiter, struct sync_waker waker) {
    struct call call = { .channel = channel, .kind = CALL_RECEIVE, .out_value = out_value };
    return call_poll(&call, waiter, waker);
}

enum status channel_reserve(struct channel *channel, struct channel_permit *out_permit,
                            uint64_t deadline_ns, struct sync_cancel *cancel) {
    struct call call = { .channel = channel, .kind = CALL_RESERVE, .out_permit = out_permit };
    out_permit->channel = NULL;
    enum attempt attempt = line_is_held(channel, SIDE_SEND) ? ATTEMPT_WAIT
                                                            : attempt_reserve(channel);
    return call_wait(&call, attempt, deadline_ns, cancel);
}

enum status channel_try_reserve(struct channel *channel, struct channel_permit *out_permit) {
    struct call call = { .channel = channel, .kind = CALL_RESERVE, .out_permit = out_permit };
    out_permit->channel = NULL;
    return call_try(&call);
}

enum status channel_poll_reserve(struct channel *channel, struct channel_permit *out_permit,
                                 struct channel_waiter *waiter, struct sync_waker waker) {
    struct call call = { .channel = channel, .kind = CALL_RESERVE, .out_permit = out_permit };
    out_permit->channel = NULL;
    return call_poll(&call, waiter, waker);
}

void channel_waiter_leave(struct channel_waiter *waiter) {
    line_leave(waiter);
}

/* ---- permits ---- */

/* The last permit of a closed channel is gone: receivers need wait no more. */
static void permit_ended(struct channel *channel, uint64_t tail) {
    if ((tail & TAIL_CLOSED) && tail_permits(tail) == 0) {
        line_wake_all(channel, SIDE_RECEIVE);
    }
}

void channel_commit(struct channel_permit *permit, const void *value) {
    struct channel *channel = permit->channel;
    ASSERT(channel != NULL);
    permit->channel = NULL;
    uint64_t tail = channel->ring != NULL ? ring_commit(channel, value)
                                          : segments_commit(channel, value);
    call_sent(channel);
    permit_ended(channel, tail);
}

void channel_release(struct channel_permit *permit) {
    struct channel *channel = permit->channel;
    if (channel == NULL) {
        return;
    }
    permit->channel = NULL;
    /* seq_cst: see line_notify() */
    uint64_t tail = sync_u64_sub(&channel->tail, PERMIT_ONE, SYNC_SEQ_CST) - PERMIT_ONE;
    line_notify(channel, SIDE_SEND);
    permit_ended(channel, tail);
}

/* ---- looking ---- */

bool channel_is_closed(const struct channel *channel) {
    return (sync_u64_load(&channel->tail, SYNC_SEQ_CST) & TAIL_CLOSED) != 0;
}

uint64_t channel_length(const struct channel *channel) {
    uint64_t head = sync_u64_load(&channel->head, SYNC_SEQ_CST);
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    int64_t length = channel_distance(channel, head, tail_position(tail));
    ASSERT_SLOW(length >= 0);
    /* between the two looks more may have gone through than fit */
    return (uint64_t)length < channel->capacity ? (uint64_t)length : channel->capacity;
}

uint32_t channel_permits(const struct channel *channel) {
    return (uint32_t)tail_permits(sync_u64_load(&channel->tail, SYNC_SEQ_CST));
}

uint64_t channel_capacity(const struct channel *channel) {
    return channel->capacity;
}

uint64_t channel_length_max(const struct channel *channel) {
    return sync_u64_load(&channel->length_max, SYNC_RELAXED);
}

size_t channel_memory_bytes(const struct channel *channel) {
    return sync_u64_load(&channel->memory_bytes, SYNC_RELAXED);
}
