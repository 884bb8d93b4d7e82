/*
 * pile.h - memory for one query, given back all at once.
 *
 * Units:    bytes
 * Shapes:   results are aligned to 16
 * Threads:  a pile belongs to one thread at a time
 * Memory:   chunks from sync/memory.h until pile_clear()
 * Errors:   NULL
 * Source:   none
 * Depends:  sync
 */
#ifndef INDEXER_PILE_H
#define INDEXER_PILE_H

#include <stddef.h>

#include "base/attr.h"

struct pile_chunk;

/* Zeroed is empty. */
struct pile {
    struct pile_chunk *newest;
};

/* `bytes` uninitialised bytes. */
MUST_CHECK void *pile_take(struct pile *pile, size_t bytes);

/* `count` zeroed items; NULL also when the product overflows. */
MUST_CHECK void *pile_take_zero(struct pile *pile, size_t count, size_t item_bytes);

void pile_clear(struct pile *pile);

#endif
