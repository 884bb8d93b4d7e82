/*
 * sync/memory.h - the heap, as one of the things a test can make fail.
 *
 * Everything above libs/sync that needs memory beyond its caller's asks here,
 * and hands these functions to the libraries that accept an allocator.  See
 * sync/fault.h for how tests make the n-th request fail.
 *
 * Units:    bytes
 * Shapes:   results are aligned to 16, or as asked
 * Threads:  any
 * Memory:   what is taken is freed with sync_free()
 * Errors:   NULL; nothing was changed
 * Source:   malloc(3) in the posix body
 * Depends:  base
 */
#ifndef SYNC_MEMORY_H
#define SYNC_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* `bytes` uninitialised bytes; 0 bytes gives a pointer that may be freed. */
MUST_CHECK void *sync_alloc(size_t bytes);

/* `count` items of `item_bytes`, zeroed; NULL also when the product overflows. */
MUST_CHECK void *sync_alloc_zero(size_t count, size_t item_bytes);

/* Like sync_alloc(), aligned to `align`, a power of two from 16 to 4096. */
MUST_CHECK void *sync_alloc_aligned(size_t bytes, size_t align);

/* Resize, perhaps moving; on NULL the old piece is as it was.  Not for aligned pieces. */
MUST_CHECK void *sync_resize(void *memory, size_t bytes);

/* NULL is ignored. */
void sync_free(void *memory);

/* Pieces taken and not yet freed, for tests that look for leaks. */
uint64_t sync_memory_live(void);

#endif
