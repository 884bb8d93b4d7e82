/*
 * search_explain.h - a score as the sum of its parts.
 *
 * Units:    as indexer/search.h
 * Shapes:   none
 * Threads:  as search_impl.h
 * Memory:   results on the pile given; working nodes on the plan's
 * Errors:   STATUS_NO_MEMORY, STATUS_BAD_DATA
 * Source:   none
 * Depends:  search_impl.h
 */
#ifndef INDEXER_SEARCH_EXPLAIN_H
#define INDEXER_SEARCH_EXPLAIN_H

#include "indexer/search.h"
#include "search_impl.h"

/* The parts of the candidate's score, in the order of the query. */
MUST_CHECK enum status search_explain(struct search_plan *plan,
                                      const struct search_candidate *candidate,
                                      struct pile *pile, struct search_hit *hit);

#endif
