/*
 * seed_ring.c - a bounded MPMC ring with a state a slot, as plans often have it, and
 * what is wrong with it.
 *
 * push: load tail; wait while its slot is full; compare-exchange the slot from EMPTY to
 * WRITING; write the value; store FULL; add 1 to tail.  pop: load head; wait while its
 * slot is not full; read the value; compare-exchange the slot from FULL to EMPTY; add 1
 * to head.  Every access is sequentially consistent, and a waiter hears each signal since
 * before its look, so that no fault below is one of memory orders or of the waiting:
 *
 *   - the value is read before the slot is taken, so it may be that of a round before:
 *     taken twice, while another is lost.  A state says that a slot is full, not for
 *     which round; libs/channel numbers the rounds instead.
 *   - between the compare-exchange and the add the position lies: whoever looks there
 *     sees an empty slot beside a full ring, and sleeps until a push that never comes.
 *
 * Each case must fail, and does so with one preemption.
 */
#include <string.h>

#include "explore/explore.h"
#include "base/attr.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { EMPTY, WRITING, FULL, SLOTS_MAX = 2 };

struct slot {
    struct sync_u32 state;
    struct sync_u32 shared;   /* the value, where a torn or stale one is to be seen */
    uint32_t plain;           /* the value, where the race itself is to be seen */
};

static struct ring {
    struct sync_u32 head, tail;
    struct sync_u32 pushed, popped;   /* signals: counted up, then woken */
    uint32_t capacity;
    bool is_plain;
    struct slot slots[SLOTS_MAX];
} ring;

static void signal(struct sync_u32 *word) {
    sync_u32_add(word, 1, SYNC_SEQ_CST);
    sync_wake(word, UINT32_MAX);
}

static void wait_for(const struct sync_u32 *word, uint32_t heard) {
    EXPLORE_CHECK(sync_wait(word, heard, SYNC_NO_DEADLINE) == STATUS_OK);
}

static void push(uint32_t item) {
    for (;;) {
        uint32_t heard = sync_u32_load(&ring.popped, SYNC_SEQ_CST);
        uint32_t tail = sync_u32_load(&ring.tail, SYNC_SEQ_CST);
        struct slot *slot = &ring.slots[tail % ring.capacity];
        uint32_t state = sync_u32_load(&slot->state, SYNC_SEQ_CST);
        if (state == FULL) {
            wait_for(&ring.popped, heard);
            continue;
        }
        state = EMPTY;
        if (sync_u32_compare_exchange(&slot->state, &state, WRITING, SYNC_SEQ_CST)) {
            if (ring.is_plain) {
                slot->plain = item;
            } else {
                sync_u32_store(&slot->shared, item, SYNC_SEQ_CST);
            }
            sync_u32_store(&slot->state, FULL, SYNC_SEQ_CST);
            sync_u32_add(&ring.tail, 1, SYNC_SEQ_CST);
            signal(&ring.pushed);
            return;
        }
    }
}

static uint32_t pop(void) {
    for (;;) {
        uint32_t heard = sync_u32_load(&ring.pushed, SYNC_SEQ_CST);
        uint32_t head = sync_u32_load(&ring.head, SYNC_SEQ_CST);
        struct slot *slot = &ring.slots[head % ring.capacity];
        uint32_t state = sync_u32_load(&slot->state, SYNC_SEQ_CST);
        if (state != FULL) {
            wait_for(&ring.pushed, heard);
            continue;
        }
        uint32_t item = ring.is_plain ? slot->plain : sync_u32_load(&slot->shared, SYNC_SEQ_CST);
        if (sync_u32_compare_exchange(&slot->state, &state, EMPTY, SYNC_SEQ_CST)) {
            sync_u32_add(&ring.head, 1, SYNC_SEQ_CST);
            signal(&ring.popped);
            return item;
        }
    }
}

/* The ring as it is after `count` pushes, of 1, 2, ...; before the execution, so no step of it. */
static void prepare(uint32_t capacity, uint32_t count, bool is_plain) {
    memset(&ring, 0, sizeof(ring));
    ring.capacity = capacity;
    ring.is_plain = is_plain;
    ring.tail.word = count;
    for (uint32_t i = 0; i < count; i++) {
        ring.slots[i].state.word = FULL;
        ring.slots[i].shared.word = i + 1;
        ring.slots[i].plain = i + 1;
    }
}

static void one_slot_one_item(void) {
    prepare(1, 1, false);
}

static void one_plain_slot_one_item(void) {
    prepare(1, 1, true);
}

static void two_slots_two_items(void) {
    prepare(2, 2, false);
}

static uint32_t theirs;

static void pop_one(void *unused) {
    (void)unused;
    theirs = pop();
}

static void push_another(void *unused) {
    (void)unused;
    push(2);
}

static uint32_t pop_beside(void (*const *bodies)(void *), uint32_t count) {
    struct sync_thread others[2];
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    for (uint32_t i = 0; i < count; i++) {
        EXPLORE_CHECK(sync_thread_start(&others[i], &options, bodies[i], NULL) == STATUS_OK);
    }
    uint32_t mine = pop();
    for (uint32_t i = 0; i < count; i++) {
        sync_thread_join(&others[i]);
    }
    return mine;
}

static void (*const pop_and_push[])(void *) = { pop_one, push_another };

static void an_item_is_taken_once(void) {
    uint32_t mine = pop_beside(pop_and_push, 2);
    EXPLORE_CHECK(mine + theirs == 3);
}

static void nobody_writes_what_is_read(void) {
    pop_beside(pop_and_push, 2);
}

static void two_items_serve_two_pops(void) {
    uint32_t mine = pop_beside(pop_and_push, 1);
    EXPLORE_CHECK(mine + theirs == 3);
}

static const struct explore_case cases[] = {
    { .name = "an_item_is_taken_once", .body = an_item_is_taken_once,
      .reset = one_slot_one_item },
    { .name = "nobody_writes_what_is_read", .body = nobody_writes_what_is_read,
      .reset = one_plain_slot_one_item },
    { .name = "two_items_serve_two_pops", .body = two_items_serve_two_pops,
      .reset = two_slots_two_items },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
