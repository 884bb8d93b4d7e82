/* select.c - channel/select.h: every arm is a call that is polled; the first that goes ends all. */
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

/* The order of one look at the arms: Fisher and Yates, or as they are. */
static void order_arms(const struct channel_select *select, uint8_t order[CHANNEL_ARMS_MAX]) {
    for (uint32_t i = 0; i < select->arm_count; i++) {
        order[i] = (uint8_t)i;
    }
    for (uint32_t i = select->arm_count; select->sequence != NULL && i > 1; i--) {
        uint32_t other = (uint32_t)sync_sequence_below(select->sequence, i);
        uint8_t moved = order[i - 1];
        order[i - 1] = order[other];
        order[other] = moved;
    }
}

/* One look: the index of the arm that went, with its status; or STATUS_BUSY. */
static enum status look(struct channel_select *select, const struct sync_waker *waker,
                        uint32_t *out_index) {
    uint8_t order[CHANNEL_ARMS_MAX];
    ASSERT(select->arm_count >= 1 && select->arm_count <= CHANNEL_ARMS_MAX);
    order_arms(select, order);
    for (uint32_t i = 0; i < select->arm_count; i++) {
        struct channel_arm *arm = &select->arms[order[i]];
        if (arm->channel == NULL) {
            continue;
        }
        struct call call = call_of(arm);
        enum status status = waker != NULL ? call_poll(&call, &arm->waiter, *waker)
                                           : call_try(&call);
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
    return look(select, NULL, out_index);
}

enum status channel_poll_select(struct channel_select *select, struct sync_waker waker,
                                uint32_t *out_index) {
    enum status status = look(select, &waker, out_index);
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
    return look(waiting->select, &waiting->waker, &waiting->index);
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
    enum status status = wait_for(poll_waiting_select, &waiting, &parker, deadline_ns, cancel);
    channel_select_leave(select);
    set_parker(select, NULL);
    *out_index = waiting.index;
    return status;
}
