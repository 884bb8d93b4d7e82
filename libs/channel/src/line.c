/*
 * line.c - who waits, in order, and who is woken.
 *
 * A waiter is IDLE, QUEUED in one line of a channel, or WOKEN: taken out of the line
 * with its waker called, and owing either a try that succeeds or a wake passed on.
 * README.md has the table of transitions and the race that each step closes.
 */
#include "core.h"

/* Write what the line wants.  seq_cst: the other half of line_notify(). */
static void signal_locked(struct channel *channel, enum side side) {
    const struct line *line = &channel->lines[side];
    uint32_t bits = 0;
    if (line->first != NULL && line->prompt_woken == 0) {
        bits |= SIGNAL_WANTED;
    }
    if (line->starving > 0) {
        bits |= SIGNAL_HELD;
    }
    sync_u32_store(&channel->signal[side], bits, SYNC_SEQ_CST);
}

/* How many calls of this side could go on now; it is up to those who are woken to find out. */
static int64_t chances(const struct channel *channel, enum side side) {
    uint64_t tail = sync_u64_load(&channel->tail, SYNC_SEQ_CST);
    uint64_t head = sync_u64_load(&channel->head, SYNC_SEQ_CST);
    int64_t length = channel_distance(channel, head, tail_position(tail));
    int64_t permits = (int64_t)tail_permits(tail);
    bool is_closed = (tail & TAIL_CLOSED) != 0;
    if (side == SIDE_RECEIVE) {
        /* the head may have passed a tail read before it */
        return is_closed && permits == 0 ? INT64_MAX : length;
    }
    return is_closed ? INT64_MAX : (int64_t)channel->capacity - length - permits;
}

static void unlink_locked(struct line *line, struct channel_waiter *waiter) {
    if (waiter->previous != NULL) {
        waiter->previous->next = waiter->next;
    } else {
        line->first = waiter->next;
    }
    if (waiter->next != NULL) {
        waiter->next->previous = waiter->previous;
    } else {
        line->last = waiter->previous;
    }
    waiter->next = NULL;
    waiter->previous = NULL;
}

/* By ticket; newcomers have the highest, and those who come back one of the lowest. */
static void link_locked(struct line *line, struct channel_waiter *waiter) {
    struct channel_waiter *before = NULL;
    struct channel_waiter *after = line->first;
    if (line->last != NULL && line->last->ticket < waiter->ticket) {
        before = line->last;
        after = NULL;
    }
    while (after != NULL && after->ticket < waiter->ticket) {
        before = after;
        after = after->next;
    }
    waiter->previous = before;
    waiter->next = after;
    *(before != NULL ? &before->next : &line->first) = waiter;
    *(after != NULL ? &after->previous : &line->last) = waiter;
    waiter->state = WAITER_QUEUED;
}

/*
 * A thread is woken in two halves: the parker returned, if any, is for sync_unpark_end()
 * when the lock is given back, since the thread's first step is to take it.
 */
MUST_CHECK static struct sync_parker *wake_first_locked(struct channel *channel, enum side side) {
    struct line *line = &channel->lines[side];
    struct channel_waiter *waiter = line->first;
    struct sync_parker *parker = waiter->parker;
    unlink_locked(line, waiter);
    waiter->state = WAITER_WOKEN;
    line->woken++;
    if (parker != NULL) {
        line->prompt_woken++;
    }
    signal_locked(channel, side);
    if (parker == NULL) {
        sync_waker_wake(&waiter->waker);
        return NULL;
    }
    return sync_unpark_begin(parker) ? parker : NULL;
}

/*
 * One wake goes to the first in line, if there still is something to wake it for.  While
 * a thread that was woken is on its way nobody else is woken: it comes to line_failed() or
 * line_leave() soon, whatever it finds, and these let wakes out again.  A task may come
 * late or wait for another one, so a woken task holds up nobody.
 */
static void wake_and_unlock(struct channel *channel, enum side side) {
    const struct line *line = &channel->lines[side];
    struct sync_parker *parker = NULL;
    if (line->first != NULL && line->prompt_woken == 0 && chances(channel, side) > 0) {
        parker = wake_first_locked(channel, side);
    }
    sync_mutex_unlock(&channel->lock);
    if (parker != NULL) {
        sync_unpark_end(parker);
    }
}

void line_wake(struct channel *channel, enum side side) {
    sync_mutex_lock(&channel->lock);
    wake_and_unlock(channel, side);
}

void line_wake_all(struct channel *channel, enum side side) {
    sync_mutex_lock(&channel->lock);
    while (channel->lines[side].first != NULL) {
        const struct sync_parker *parker = wake_first_locked(channel, side);
        if (parker != NULL) {
            sync_unpark_end(parker);
        }
    }
    sync_mutex_unlock(&channel->lock);
}

/* A woken waiter is back: wakes may go out again. */
static void settle_locked(struct channel_waiter *waiter) {
    struct line *line = &waiter->channel->lines[waiter->side];
    if (waiter->state != WAITER_WOKEN) {
        return;
    }
    line->woken--;
    if (waiter->parker != NULL) {
        line->prompt_woken--;
    }
}

/*
 * While somebody in line has lost too often, the others in line wait to be woken, unless
 * there is more than those who were woken will take.
 */
static bool may_try_locked(const struct channel_waiter *waiter) {
    const struct line *line = &waiter->channel->lines[waiter->side];
    return line->starving == 0 || waiter->losses == CHANNEL_OVERTAKEN_MAX ||
           waiter->state == WAITER_WOKEN || chances(waiter->channel, waiter->side) > line->woken;
}

/* Stand in line, at the end.  True: try again now; false: others go first. */
bool line_join(struct channel *channel, enum side side, struct channel_waiter *waiter,
               struct sync_waker waker) {
    struct line *line = &channel->lines[side];
    sync_mutex_lock(&channel->lock);
    waiter->channel = channel;
    waiter->side = (uint8_t)side;
    waiter->waker = waker;
    waiter->losses = 0;
    waiter->ticket = line->tickets++;
    link_locked(line, waiter);
    signal_locked(channel, side);
    bool may_try = may_try_locked(waiter);
    sync_mutex_unlock(&channel->lock);
    return may_try;
}

/* A waiter that waits already polls again.  True: it may try. */
bool line_look(struct channel_waiter *waiter, struct sync_waker waker) {
    struct channel *channel = waiter->channel;
    /* only the waiter's own thread writes the waker, so it may compare without the lock */
    if (!line_is_held(channel, waiter->side) && waiter->waker.wake == waker.wake &&
        waiter->waker.self == waker.self) {
        return true;
    }
    sync_mutex_lock(&channel->lock);
    waiter->waker = waker;
    bool may_try = may_try_locked(waiter);
    sync_mutex_unlock(&channel->lock);
    return may_try;
}

/*
 * The waiter tried and could not.  True: try again.  One that is woken may have been so
 * only during its try, and just tries again; that seen, *is_woken, it was woken for
 * nothing: it goes back to its place and tries once more, since wakes are sent only to
 * those who stand in line.
 */
bool line_failed(struct channel_waiter *waiter, bool *is_woken) {
    struct channel *channel = waiter->channel;
    struct line *line = &channel->lines[waiter->side];
    sync_mutex_lock(&channel->lock);
    bool again = waiter->state == WAITER_WOKEN;
    if (again && *is_woken) {
        if (waiter->losses < CHANNEL_OVERTAKEN_MAX && ++waiter->losses == CHANNEL_OVERTAKEN_MAX) {
            line->starving++;
        }
        settle_locked(waiter);
        link_locked(line, waiter);
        signal_locked(channel, waiter->side);
        *is_woken = false;
    } else {
        *is_woken = again;
    }
    sync_mutex_unlock(&channel->lock);
    return again;
}

/* The waiter waits no more, served or not: the next in line may have cause to be woken. */
void line_leave(struct channel_waiter *waiter) {
    struct channel *channel = waiter->channel;
    if (channel == NULL) {
        return;
    }
    enum side side = waiter->side;
    struct line *line = &channel->lines[side];
    sync_mutex_lock(&channel->lock);
    if (waiter->state == WAITER_QUEUED) {
        unlink_locked(line, waiter);
    }
    settle_locked(waiter);
    if (waiter->losses == CHANNEL_OVERTAKEN_MAX) {
        line->starving--;
    }
    waiter->state = WAITER_IDLE;
    waiter->channel = NULL;
    signal_locked(channel, side);
    wake_and_unlock(channel, side);
}
