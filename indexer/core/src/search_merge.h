/*
 * search_merge.h - the total order over several segments: score, then external id.
 *
 * Units:    as search_impl.h
 * Shapes:   none
 * Threads:  as search_impl.h
 * Memory:   working memory on the pile
 * Errors:   STATUS_BAD_DATA for documents that cannot be read, STATUS_NO_MEMORY
 * Source:   none
 * Depends:  search_impl.h
 */
#ifndef INDEXER_SEARCH_MERGE_H
#define INDEXER_SEARCH_MERGE_H

#include "search_impl.h"

/* The best hits of all sources searched so far, best first. */
struct search_merge {
    struct search_plan *plan;
    struct search_candidate *best;
    uint32_t count;
    uint32_t capacity;
    struct search_candidate *scratch;        /* capacity of them */
    struct segment_document *documents;      /* two, for comparing */
};

MUST_CHECK enum status search_merge_init(struct search_merge *merge, struct search_plan *plan,
                                         uint32_t capacity);

/* Take the sorted hits of another source. */
MUST_CHECK enum status search_merge_add(struct search_merge *merge, const struct search_top *top);

/* What a candidate of a further source must score at least: ties may win by id. */
uint64_t search_merge_need(const struct search_merge *merge);

/* The last document of `source` whose id is not above that of `last`; -1 for none. */
MUST_CHECK enum status search_merge_place(struct search_merge *merge,
                                          const struct search_candidate *last, uint32_t source,
                                          int64_t *out_document);

#endif
