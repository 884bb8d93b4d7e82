/* object.c - what threads share, found by its address, numbered by first use. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "race.h"

enum { LOCK_BYTES = 4 };   /* of the lock of libs/sync */

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
    object->address = address;
    object->waiters = 0;
    object->newest = 0;
    object->kind = (uint8_t)kind;
    object->owner = object->first_sleeper = object->last_sleeper = CORE_NOBODY;
    object->number = ++e->object_count;
    object->cell = e->is_watching ? core_cell_of(e, object) : NULL;
    if (kind == OBJECT_LOCK) {
        object->bytes = LOCK_BYTES;
        object->checked = 0;
        clock_blocks_fill(object->accesses, 0, e->blocks);
        core_clock_zero(e, &object->clock);
    }
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
