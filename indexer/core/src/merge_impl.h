/*
 * merge_impl.h - the state that merge.c (documents) and merge_terms.c share.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   as merge.h
 * Errors:   as merge.h
 * Source:   none
 * Depends:  none
 */
#ifndef INDEXER_MERGE_IMPL_H
#define INDEXER_MERGE_IMPL_H

#include "merge.h"

/* How far one source's list of the current term has been copied. */
struct merge_list {
    uint32_t local;           /* last posting decoded, or -1 */
    uint32_t pending;         /* its document in the result, not yet written, or none */
    uint32_t pending_gap;     /* its first position */
    bool is_kept;             /* further positions belong to a document that stays */
};

struct merge {
    const struct merge_job *job;
    struct diag *diag;
    uint32_t *heap;           /* of sources */
    uint32_t heap_count;
    uint32_t *group;          /* sources that hold the current term, when they interleave */
    struct merge_list *lists; /* by source */
    uint8_t *scratch;
    bool is_disjoint;         /* no two sources' documents interleave in the result */
    uint64_t prefix;          /* the current term */
    uint8_t term[SEGMENT_TERM_BYTES_MAX];
    uint32_t term_bytes;
    bool term_is_open;        /* a posting of it has been written */
};

/* The writer's failure, or that somebody wants the merge to stop. */
MUST_CHECK enum status merge_goes_on(const struct merge *merge);

enum status merge_terms(struct merge *merge);

#endif
