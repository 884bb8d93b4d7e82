/*
 * run_impl.h - growing byte strings, and the order of terms, for invert.c.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  none
 * Memory:   run_bytes grows by half
 * Errors:   false when there is no memory
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_RUN_IMPL_H
#define INDEXER_RUN_IMPL_H

#include "invert.h"

/* A term and the first eight bytes of it, big endian, zeros behind short ones. */
struct term_key {
    uint64_t prefix;
    uint32_t term;
    uint32_t bytes;
};

/*
 * Sort by bytes.  `scratch` has room for as many.  Equal prefixes are settled by
 * looking at the terms.
 */
void term_keys_sort(struct term_key *keys, struct term_key *scratch, uint32_t count,
                    const struct analysis *analysis);

#endif
