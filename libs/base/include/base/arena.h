/*
 * base/arena.h - memory handed out front to back from one capped piece.
 *
 * The piece is the caller's; its size is the cap.  Nothing is freed one by one:
 * remember a mark and go back to it, or reset the whole.  A request that does
 * not fit gives NULL and changes nothing, at the same request every time, which
 * is what makes a job's memory limit reproducible.
 *
 * Units:    bytes
 * Shapes:   results are aligned as asked, a power of two up to 4096
 * Threads:  an arena belongs to one thread at a time
 * Memory:   borrows the piece until the caller stops using the arena
 * Errors:   NULL when the cap is met
 * Source:   none
 * Depends:  base/attr.h
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { ARENA_ALIGN_DEFAULT = 16, ARENA_ALIGN_MAX = 4096 };

struct arena {
    uint8_t *memory;
    size_t capacity_bytes;
    size_t used_bytes;
    size_t peak_bytes;     /* highest used_bytes since init */
};

/* `memory` may be NULL only when `capacity_bytes` is 0. */
void arena_init(struct arena *arena, void *memory, size_t capacity_bytes);

/* `bytes` uninitialised bytes, or NULL; 0 bytes gives a valid pointer. */
MUST_CHECK void *arena_take(struct arena *arena, size_t bytes, size_t align);

/* Like arena_take() with the default alignment for `count` items, zeroed. */
MUST_CHECK void *arena_take_zero(struct arena *arena, size_t count, size_t item_bytes);

static inline size_t arena_mark(const struct arena *arena) {
    return arena->used_bytes;
}

/* Give back everything taken after `mark`. */
void arena_release(struct arena *arena, size_t mark);

#endif
