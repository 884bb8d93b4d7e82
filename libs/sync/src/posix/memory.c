/* memory.c - the only caller of malloc in the tree. */
#include "sync/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "base/checked.h"
#include "fault.h"
#include "sync/atomic.h"

/* From here on a piece is worth whole huge pages: pictures, above all. */
enum { HUGE_PAGE_BYTES = 2 << 20, HUGE_FROM_BYTES = 2 * HUGE_PAGE_BYTES };

static struct sync_u64 live;

static void *counted(void *memory) {
    if (memory != NULL) {
        sync_u64_add(&live, 1, SYNC_RELAXED);
    }
    return memory;
}

void *sync_alloc(size_t bytes) {
    if (fault_is_due(SYNC_FAULT_MEMORY)) {
        return NULL;
    }
    return counted(malloc(bytes != 0 ? bytes : 1));
}

void *sync_alloc_zero(size_t count, size_t item_bytes) {
    size_t bytes;
    if (!checked_mul(count, item_bytes, &bytes) || fault_is_due(SYNC_FAULT_MEMORY)) {
        return NULL;
    }
    return counted(calloc(bytes != 0 ? bytes : 1, 1));
}

void *sync_alloc_aligned(size_t bytes, size_t align) {
    ASSERT(align >= 16 && align <= 4096 && (align & (align - 1)) == 0);
    bool is_huge = bytes >= HUGE_FROM_BYTES;
    align = is_huge ? HUGE_PAGE_BYTES : align;
    size_t padded;
    if (!checked_add(bytes, align, &padded) || fault_is_due(SYNC_FAULT_MEMORY)) {
        return NULL;
    }
    void *memory = aligned_alloc(align, padded & ~(align - 1));
    if (is_huge && memory != NULL) {
        /* A wish: refused, the piece is as good and only slower. */
        (void)madvise(memory, padded & ~(align - 1), MADV_HUGEPAGE);
    }
    return counted(memory);
}

void *sync_resize(void *memory, size_t bytes) {
    if (fault_is_due(SYNC_FAULT_MEMORY)) {
        return NULL;
    }
    void *resized = realloc(memory, bytes != 0 ? bytes : 1);
    return memory == NULL ? counted(resized) : resized;
}

void sync_free(void *memory) {
    if (memory != NULL) {
        sync_u64_sub(&live, 1, SYNC_RELAXED);
        free(memory);
    }
}

uint64_t sync_memory_live(void) {
    return sync_u64_load(&live, SYNC_RELAXED);
}
