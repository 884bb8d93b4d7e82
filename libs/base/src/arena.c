/* arena.c - memory handed out front to back. */
#include "base/arena.h"

#include "base/assert.h"
#include "base/checked.h"

void arena_init(struct arena *arena, void *memory, size_t capacity_bytes) {
    ASSERT(memory != NULL || capacity_bytes == 0);
    *arena = (struct arena){ .memory = memory, .capacity_bytes = capacity_bytes };
}

void *arena_take(struct arena *arena, size_t bytes, size_t align) {
    ASSERT(align != 0 && (align & (align - 1)) == 0 && align <= ARENA_ALIGN_MAX);
    uintptr_t at = (uintptr_t)arena->memory + arena->used_bytes;
    size_t padding = (size_t)(-at & (align - 1));
    size_t end;
    if (!checked_add(arena->used_bytes, padding, &end) || !checked_add(end, bytes, &end) ||
        end > arena->capacity_bytes) {
        return NULL;
    }
    uint8_t *taken = arena->memory + arena->used_bytes + padding;
    arena->used_bytes = end;
    if (end > arena->peak_bytes) {
        arena->peak_bytes = end;
    }
    return taken;
}

void *arena_take_zero(struct arena *arena, size_t count, size_t item_bytes) {
    size_t bytes;
    if (!checked_mul(count, item_bytes, &bytes)) {
        return NULL;
    }
    uint8_t *taken = arena_take(arena, bytes, ARENA_ALIGN_DEFAULT);
    if (taken != NULL) {
        __builtin_memset(taken, 0, bytes);
    }
    return taken;
}

void arena_release(struct arena *arena, size_t mark) {
    ASSERT(mark <= arena->used_bytes);
    arena->used_bytes = mark;
}
