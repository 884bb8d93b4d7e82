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
