/* compress.c - compressors that outlive a segment: making one costs as much as a small segment. */
#include <libdeflate.h>

#include "compress.h"
#include "sync/memory.h"

/* Before main(), as the library's setting is not made for threads. */
__attribute__((constructor)) static void use_our_memory(void) {
    libdeflate_set_memory_allocator(sync_alloc, sync_free);
}

struct libdeflate_compressor *compressor_take(struct compressors *compressors) {
    for (uint32_t i = 0; i < WORKPOOL_WORKERS_MAX; i++) {
        /* Pairs with the release in compressor_give(). */
        void *found = sync_pointer_exchange(&compressors->slots[i], NULL, SYNC_ACQ_REL);
        if (found != NULL) {
            return found;
        }
    }
    return libdeflate_alloc_compressor(compressors->level);
}

void compressor_give(struct compressors *compressors, struct libdeflate_compressor *compressor) {
    for (uint32_t i = 0; i < WORKPOOL_WORKERS_MAX; i++) {
        void *expected = NULL;
        if (sync_pointer_compare_exchange(&compressors->slots[i], &expected, compressor,
                                          SYNC_ACQ_REL)) {
            return;
        }
    }
    libdeflate_free_compressor(compressor);
}

void compressors_finish(struct compressors *compressors) {
    for (uint32_t i = 0; i < WORKPOOL_WORKERS_MAX; i++) {
        void *found = sync_pointer_exchange(&compressors->slots[i], NULL, SYNC_ACQ_REL);
        if (found != NULL) {
            libdeflate_free_compressor(found);
        }
    }
}
