/*
 * explore_cells.h - for explored cases: values that stand for plain memory.
 *
 * Values are the numbers of plain cells that the sender writes before it sends and the
 * receiver reads after: a channel that did not order the two would be a data race.
 */
#ifndef CHANNEL_EXPLORE_CELLS_H
#define CHANNEL_EXPLORE_CELLS_H

#include <string.h>

#include "explore_crew.h"

enum { SENDERS = 3, EACH = 3 }; /* value = sender * 16 + number from 0 */

static struct {
    struct channel *channel;
    uint32_t cells[SENDERS * 16];
    uint32_t received[SENDERS * 16];
    uint32_t refused_count, late_count;
} s;

static inline void forget(void) {
    memset(&s, 0, sizeof(s));
}

static inline enum status send_cell(uint32_t value) {
    s.cells[value] = value + 100;
    return channel_send(s.channel, &value, SYNC_NO_DEADLINE, NULL);
}

static inline void send_cells(uint32_t sender, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        EXPLORE_CHECK(send_cell(sender * 16 + i) == STATUS_OK);
    }
}

/* Each value once; those of one sender in their order, as far as one receiver sees them. */
struct view {
    uint32_t next[SENDERS];
};

static inline void look_at(struct view *view, uint32_t value) {
    EXPLORE_CHECK(value < SENDERS * 16 && s.cells[value] == value + 100);
    EXPLORE_CHECK(value % 16 >= view->next[value / 16]);
    view->next[value / 16] = value % 16 + 1;
    s.received[value]++;
}

static inline void receive_cells(struct view *view, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = UINT32_MAX;
        EXPLORE_CHECK(channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
        look_at(view, value);
    }
}

static inline void receive_till_closed(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    uint32_t value = UINT32_MAX;
    enum status status;
    while ((status = channel_receive(s.channel, &value, SYNC_NO_DEADLINE, NULL)) == STATUS_OK) {
        look_at(&view, value);
    }
    EXPLORE_CHECK(status == STATUS_CLOSED);
    EXPLORE_CHECK(channel_try_receive(s.channel, &value) == STATUS_CLOSED);
}

static inline void expect_received(uint32_t sender, uint32_t count) {
    for (uint32_t i = 0; i < 16; i++) {
        EXPLORE_CHECK(s.received[sender * 16 + i] == (i < count));
    }
}

static inline void begin(uint32_t capacity, uint32_t ceiling) {
    s.channel = crew_channel(capacity, ceiling);
}

static inline void end(void) {
    EXPLORE_CHECK(channel_length(s.channel) == 0);
    channel_destroy(s.channel);
}

static inline void send_two_of_0(void *unused) {
    (void)unused;
    send_cells(0, 2);
}

static inline void send_two_of_1(void *unused) {
    (void)unused;
    send_cells(1, 2);
}

static inline void receive_two(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    receive_cells(&view, 2);
}

static inline void send_one_of_0(void *unused) {
    (void)unused;
    send_cells(0, 1);
}

static inline void receive_one(void *unused) {
    (void)unused;
    struct view view = { { 0 } };
    receive_cells(&view, 1);
}

static inline void close_it(void *unused) {
    (void)unused;
    channel_close(s.channel);
}

/* What a send said yes to is received; what it refused is not. */
static inline void expect_sent_is_received(uint32_t sender) {
    for (uint32_t i = 0; i < EACH; i++) {
        EXPLORE_CHECK(s.received[sender * 16 + i] == (s.cells[sender * 16 + i] != 0));
    }
}

#endif
