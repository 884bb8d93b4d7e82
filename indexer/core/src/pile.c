/* pile.c - chunks of 16 KiB, larger requests in chunks of their own. */
#include "pile.h"

#include <stdint.h>
#include <string.h>

#include "base/checked.h"
#include "sync/memory.h"

enum { CHUNK_BYTES = (16 << 10) - 64 };

struct pile_chunk {
    struct pile_chunk *older;
    size_t used;
    size_t capacity;
    _Alignas(16) uint8_t bytes[];
};

void *pile_take(struct pile *pile, size_t bytes) {
    size_t rounded;
    if (!checked_add(bytes, 15, &rounded)) {
        return NULL;
    }
    rounded &= ~(size_t)15;
    struct pile_chunk *chunk = pile->newest;
    if (chunk == NULL || chunk->capacity - chunk->used < rounded) {
        size_t capacity = rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES;
        size_t total;
        if (!checked_add(capacity, sizeof(*chunk), &total)) {
            return NULL;
        }
        chunk = sync_alloc(total);
        if (chunk == NULL) {
            return NULL;
        }
        *chunk = (struct pile_chunk){ .older = pile->newest, .capacity = capacity };
        pile->newest = chunk;
    }
    void *taken = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return taken;
}

void *pile_take_zero(struct pile *pile, size_t count, size_t item_bytes) {
    size_t bytes;
    if (!checked_mul(count, item_bytes, &bytes)) {
        return NULL;
    }
    void *taken = pile_take(pile, bytes);
    if (taken != NULL) {
        memset(taken, 0, bytes);
    }
    return taken;
}

void pile_clear(struct pile *pile) {
    while (pile->newest != NULL) {
        struct pile_chunk *older = pile->newest->older;
        sync_free(pile->newest);
        pile->newest = older;
    }
}
