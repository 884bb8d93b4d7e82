/* select.c - channel/select.h: every arm is a call; the first that goes ends all. */
#include "core.h"

#include "channel/select.h"

static struct call call_of(struct channel_arm *arm) {
    static const enum call_kind kinds[] = {
        [CHANNEL_ARM_RECEIVE] = CALL_RECEIVE,
        [CHANNEL_ARM_SEND] = CALL_SEND,
        [CHANNEL_ARM_RESERVE] = CALL_RESERVE,
    };
    return (struct call){ .channel = arm->channel,
                          .kind = kinds[arm->kind],
                          .value = arm->value,
                          .out_value = arm->out_value,
                          .out_permit = arm->out_permit };
}

/* The order of one look at the arms: as they are, from any on, or by Fisher and Yates. */
static void order_arms(const struct channel_select *select, uint8_t order[CHANNEL_ARMS_MAX]) {
    ASSERT(select->arm_count >= 1 && select->arm_count <= CHANNEL_ARMS_MAX);
    uint32_t first = select->takes_any ? sync_choice(select->arm_count) : 0;
    for (uint32_t i = 0; i < select->arm_count; i++) {
        order[i] = (uint8_t)((first + i) % select->arm_count);
    }
    for (uint32_t i = select->arm_count; select->sequence != NULL && i > 1; i--) {
        uint32_t other = (uint32_t)sync_sequence_below(select->sequence, i);
        uint8_t moved = order[i - 1];
        order[i - 1] = order[other];
        order[other] = moved;
    }
}

static bool is_waiting(const struct channel_select *select) {
    for (uint32_t i = 0; i < select->arm_count; i++) {
        if (select->arms[i].waiter.channel != NULL) {
            return true;
        }
    }
    return false;
}

/* Try the arms in their order; with `minds_line` not those where others go first. */
static enum status try_arms(struct channel_select *select, const uint8_t *order, bool minds_line,
                            uint32_t *out_index) {
    for (uint32_t i = 0; i < select->arm_count; i++) {
        struct call call = call_of(&select->arms[order[i]]);
        if (call.channel == NULL || (minds_line && line_is_held(call.channel, call_side(&call)))) {
            continue;
        }
        enum status status = call_try(&call);
        if (status != STATUS_BUSY) {
            *out_index = order[i];
            return status;
        }
    }
    *out_index = select->arm_count;
    return STATUS_BUSY;
}

/*
 * The arms stand in line one after the other, and each tries once it does.  Before they
 * stand there all were tried without, so that a select which need not wait takes no lock.
 */
static enum status poll_arms(struct channel_select *select, struct sync_waker waker,
                             uint32_t *out_index) {
    uint8_t order[CHANNEL_ARMS_MAX];
    order_arms(select, order);
    if (!is_waiting(select)) {
        enum status status = try_arms(select, order, true, out_index);
        if (status != STATUS_BUSY) {
            return status;
        }
    }
    for (uint32_t i = 0; i < select->arm_count; i++) {
        struct channel_arm *arm = &select->arms[order[i]];
        struct call call = call_of(arm);
        if (call.channel == NULL) {
            continue;
        }
        enum status status = call_stand(&call, &arm->waiter, waker);
        if (status != STATUS_BUSY) {
            *out_index = order[i];
            return status;
        }
    }
    *out_index = select->arm_count;
    return STATUS_BUSY;
}

void channel_select_leave(struct channel_select *select) {
    for (uint32_t i = 0; i < select->arm_count; i++) {
        channel_waiter_leave(&select->arms[i].waiter);
    }
}

enum status channel_try_select(struct channel_select *select, uint32_t *out_index) {
    uint8_t order[CHANNEL_ARMS_MAX];
    order_arms(select, order);
    return try_arms(select, order, false, out_index);
}

enum status channel_poll_select(struct channel_select *select, struct sync_waker waker,
                                uint32_t *out_index) {
    enum status status = poll_arms(select, waker, out_index);
    if (status != STATUS_BUSY) {
        channel_select_leave(select);
    }
    return status;
}

struct waiting_select {
    struct channel_select *select;
    struct sync_waker waker;
    uint32_t index;
};

static enum status poll_waiting_select(void *self) {
    struct waiting_select *waiting = self;
    return poll_arms(waiting->select, waiting->waker, &waiting->index);
}

/* The arms' waiters are those of a thread that comes at once when it is woken. */
static void set_parker(struct channel_select *select, struct sync_parker *parker) {
    for (uint32_t i = 0; i < select->arm_count; i++) {
        select->arms[i].waiter.parker = parker;
    }
}

enum status channel_select(struct channel_select *select, uint64_t deadline_ns,
                           struct sync_cancel *cancel, uint32_t *out_index) {
    struct sync_parker parker = { 0 };
    struct waiting_select waiting = { .select = select, .waker = sync_parker_waker(&parker) };
    set_parker(select, &parker);
    enum status status = call_park(poll_waiting_select, &waiting, &parker, deadline_ns, cancel);
    channel_select_leave(select);
    set_parker(select, NULL);
    *out_index = waiting.index;
    return status;
}
