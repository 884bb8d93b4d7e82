/*
 * search_batch.h - the kind of pool job that answers a query of a batch.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   none
 * Errors:   none
 * Source:   none
 * Depends:  workpool
 */
#ifndef INDEXER_SEARCH_BATCH_H
#define INDEXER_SEARCH_BATCH_H

#include "workpool/workpool.h"

extern const struct workpool_kind search_batch_kind;

#endif
