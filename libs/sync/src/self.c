/* self.c - what a thread may ask about itself. */
#include "self.h"

uint64_t sync_thread_self_id(void) {
    return self_id(self_get());
}

struct sync_parker *sync_parker_self(void) {
    return &self_get()->parker;
}

void *sync_slot_get(enum sync_slot slot) {
    return self_get()->slots[slot];
}

void sync_slot_set(enum sync_slot slot, void *value) {
    self_get()->slots[slot] = value;
}

bool self_pop_held(struct self *self, const void *lock) {
    uint32_t at = self->held_count;
    while (at > 0 && self->held[at - 1].lock != lock) {
        at--;
    }
    if (at == 0) {
        return false;
    }
    for (; at < self->held_count; at++) {
        self->held[at - 1] = self->held[at];
    }
    self->held_count--;
    return true;
}
