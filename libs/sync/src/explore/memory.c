/* memory.c - sync/memory.h from the heap of the execution. */
#include "sync/memory.h"

#include <string.h>

#include "base/assert.h"
#include "base/checked.h"
#include "explore/body.h"
#include "fault.h"

enum { ALIGN = 16 };

void *sync_alloc(size_t bytes) {
    return fault_is_due(SYNC_FAULT_MEMORY) ? NULL : explore_allocate(bytes, ALIGN);
}

void *sync_alloc_zero(size_t count, size_t item_bytes) {
    size_t bytes;
    void *memory = checked_mul(count, item_bytes, &bytes) ? sync_alloc(bytes) : NULL;
    return memory != NULL ? memset(memory, 0, bytes) : NULL;
}

void *sync_alloc_aligned(size_t bytes, size_t align) {
    ASSERT(align >= 16 && align <= 4096 && (align & (align - 1)) == 0);
    return fault_is_due(SYNC_FAULT_MEMORY) ? NULL : explore_allocate(bytes, align);
}

void *sync_resize(void *memory, size_t bytes) {
    return fault_is_due(SYNC_FAULT_MEMORY) ? NULL : explore_resize(memory, bytes);
}

void sync_free(void *memory) {
    explore_free(memory);
}

uint64_t sync_memory_live(void) {
    return explore_memory_live();
}
