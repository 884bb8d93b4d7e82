/* object.c - what threads share, found by its address, numbered by first use. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

struct object *core_object_make(struct core *e, const void *address, enum object_kind kind,
                                struct address_slot *slot) {
    if (e->object_count * 2 > e->slot_mask) {
        core_slots_grow(e);
        slot = core_slot(e, address);
    }
    if (e->object_count == CORE_OBJECTS_MAX) {
        core_fail(e, VERDICT_LIVELOCK, "more than %d locks and words", CORE_OBJECTS_MAX);
    }
    struct object *object = &e->objects[e->object_count];
    *slot = (struct address_slot){ .address = address, .run = e->run, .object = e->object_count };
    *object = (struct object){ .address = address, .kind = (uint8_t)kind, .owner = CORE_NOBODY,
                               .first_sleeper = CORE_NOBODY, .last_sleeper = CORE_NOBODY,
                               .number = ++e->object_count };
    return object;
}

void core_slots_grow(struct core *e) {
    uint32_t count = e->slot_mask + 1;
    struct address_slot *old = e->slots;
    struct address_slot *slots = calloc(2 * (size_t)count, sizeof(*slots));
    ASSERT(slots != NULL);
    e->slots = slots;
    e->slot_mask = 2 * count - 1;
    for (uint32_t i = 0; i < count; i++) {
        if (old[i].run == e->run) {
            *core_slot(e, old[i].address) = old[i];
        }
    }
    free(old);
}
