/*
 * deque.c - async/deque.h.
 *
 * Indices grow for ever; item i lies in slot i modulo the capacity, and the deque holds
 * [top, bottom).  Each order and its partner:
 *
 *  [1] push stores bottom, release; steal loads it, acquire: who sees the new bottom sees
 *      the item in its slot, and what the pusher wrote into the item before.
 *  [2] pop lowers bottom, release: a thief that reads this store must see the items below
 *      it as well.  C11 would have let [1]'s store head a release sequence here; C++20 and
 *      RC11 do not, so relaxed would let a thief read an empty slot.
 *  [3] pop: store bottom, fence, load top; steal: load top, fence, load bottom; both
 *      fences sequentially consistent.  Of a pop and a steal that want the same item at
 *      least one sees the other: either the thief sees the lowered bottom and finds
 *      nothing, or the owner sees a top that makes it the last item, and both go through
 *      the compare-exchange, which one wins.  The fences also order thief after thief:
 *      who reads a top written after a pop's fence reads that pop's bottom or a later one.
 *      Hence the loads of top themselves are relaxed.
 *  [4] pop raises bottom again, relaxed: the deque is empty then, a thief that reads it
 *      takes nothing on its strength.
 *  [5] steal moves top, release; push loads it, acquire: the thief has read the slot
 *      before the owner writes it again.  (In a model without load buffering, as RC11 is,
 *      relaxed gives the same outcomes; compilers and RISC-V need it.)
 *  [6] grow stores the ring, release; steal loads it, acquire: the copied slots, and the
 *      mask, are seen.  The published code had relaxed here, which CDSChecker refuted.
 *      A thief may still hold the old ring; its slots are never written again.
 *  [7] slots are relaxed: a thief may read one that is being reused, and then loses [5]'s
 *      compare-exchange, as top has passed it.
 */
#include "async/deque.h"

#include <stddef.h>

#include "base/assert.h"
#include "sync/memory.h"

struct deque_ring {
    struct deque_ring *smaller;   /* that it grew out of, or NULL */
    uint64_t mask;
    struct sync_pointer slots[];
};

static struct deque_ring *ring_create(uint64_t capacity, struct deque_ring *smaller) {
    struct deque_ring *ring =
        sync_alloc(sizeof(*ring) + (size_t)capacity * sizeof(ring->slots[0]));
    if (ring != NULL) {
        ring->smaller = smaller;
        ring->mask = capacity - 1;
    }
    return ring;
}

static bool is_capacity(uint64_t capacity) {
    return capacity >= 2 && capacity <= ASYNC_DEQUE_CAPACITY_MAX &&
           (capacity & (capacity - 1)) == 0;
}

enum status async_deque_init(struct async_deque *deque, uint64_t capacity,
                             uint64_t capacity_max) {
    ASSERT(is_capacity(capacity) && is_capacity(capacity_max) && capacity <= capacity_max);
    struct deque_ring *ring = ring_create(capacity, NULL);
    if (ring == NULL) {
        return STATUS_NO_MEMORY;
    }
    deque->top_seen = 0;
    deque->capacity_max = capacity_max;
    sync_u64_store(&deque->bottom, 0, SYNC_RELAXED);
    sync_u64_store(&deque->top, 0, SYNC_RELAXED);
    sync_pointer_store(&deque->ring, ring, SYNC_RELAXED);
    return STATUS_OK;
}

void async_deque_finish(struct async_deque *deque) {
    struct deque_ring *ring = sync_pointer_load(&deque->ring, SYNC_RELAXED);
    while (ring != NULL) {
        struct deque_ring *smaller = ring->smaller;
        sync_free(ring);
        ring = smaller;
    }
    sync_pointer_store(&deque->ring, NULL, SYNC_RELAXED);
}

/* The owner's ring twice as large, with the items [top, bottom) in it; or NULL. */
static NO_INLINE struct deque_ring *grow(struct async_deque *deque, struct deque_ring *ring,
                                         uint64_t top, uint64_t bottom) {
    uint64_t capacity = ring->mask + 1;
    if (capacity >= deque->capacity_max) {
        return NULL;
    }
    struct deque_ring *larger = ring_create(2 * capacity, ring);
    if (larger == NULL) {
        return NULL;
    }
    for (uint64_t i = top; i != bottom; i++) {
        void *item = sync_pointer_load(&ring->slots[i & ring->mask], SYNC_RELAXED);
        sync_pointer_store(&larger->slots[i & larger->mask], item, SYNC_RELAXED);   /* [7] */
    }
    sync_pointer_store(&deque->ring, larger, SYNC_RELEASE);   /* [6] */
    return larger;
}

bool async_deque_push(struct async_deque *deque, void *item) {
    uint64_t bottom = sync_u64_load(&deque->bottom, SYNC_RELAXED);   /* only we write it */
    struct deque_ring *ring = sync_pointer_load(&deque->ring, SYNC_RELAXED);
    if (UNLIKELY(bottom - deque->top_seen > ring->mask)) {
        deque->top_seen = sync_u64_load(&deque->top, SYNC_ACQUIRE);   /* [5] */
        if (bottom - deque->top_seen > ring->mask) {
            ring = grow(deque, ring, deque->top_seen, bottom);
            if (ring == NULL) {
                return false;
            }
        }
    }
    sync_pointer_store(&ring->slots[bottom & ring->mask], item, SYNC_RELAXED);   /* [7] */
    sync_u64_store(&deque->bottom, bottom + 1, SYNC_RELEASE);                    /* [1] */
    return true;
}

void *async_deque_pop(struct async_deque *deque) {
    uint64_t bottom = sync_u64_load(&deque->bottom, SYNC_RELAXED);
    struct deque_ring *ring = sync_pointer_load(&deque->ring, SYNC_RELAXED);
    if (bottom == deque->top_seen) {
        return NULL;   /* empty for sure, as only we could have added */
    }
    bottom--;
    sync_u64_store(&deque->bottom, bottom, SYNC_RELEASE);     /* [2] */
    sync_fence(SYNC_SEQ_CST);                                 /* [3] */
    uint64_t top = sync_u64_load(&deque->top, SYNC_RELAXED);
    if ((int64_t)(bottom - top) > 0) {
        return sync_pointer_load(&ring->slots[bottom & ring->mask], SYNC_RELAXED);
    }
    void *item = NULL;
    if (bottom == top) {   /* the last one: thieves may want it too */
        item = sync_pointer_load(&ring->slots[bottom & ring->mask], SYNC_RELAXED);
        if (!sync_u64_compare_exchange(&deque->top, &top, top + 1, SYNC_RELAXED)) {
            item = NULL;
        }
    }
    sync_u64_store(&deque->bottom, bottom + 1, SYNC_RELAXED);      /* [4] */
    deque->top_seen = sync_u64_load(&deque->top, SYNC_ACQUIRE);    /* [5] */
    return item;
}

enum async_steal async_deque_steal(struct async_deque *deque, void **out_item) {
    uint64_t top = sync_u64_load(&deque->top, SYNC_RELAXED);
    sync_fence(SYNC_SEQ_CST);                                          /* [3] */
    uint64_t bottom = sync_u64_load(&deque->bottom, SYNC_ACQUIRE);     /* [1] [2] */
    if ((int64_t)(bottom - top) <= 0) {
        return ASYNC_STEAL_EMPTY;
    }
    struct deque_ring *ring = sync_pointer_load(&deque->ring, SYNC_ACQUIRE);   /* [6] */
    void *item = sync_pointer_load(&ring->slots[top & ring->mask], SYNC_RELAXED);
    if (!sync_u64_compare_exchange(&deque->top, &top, top + 1, SYNC_RELEASE)) {   /* [5] */
        return ASYNC_STEAL_LOST;
    }
    *out_item = item;
    return ASYNC_STEAL_TAKEN;
}

uint64_t async_deque_count(const struct async_deque *deque) {
    uint64_t bottom = sync_u64_load(&deque->bottom, SYNC_RELAXED);
    uint64_t top = sync_u64_load(&deque->top, SYNC_RELAXED);
    return (int64_t)(bottom - top) > 0 ? bottom - top : 0;
}
