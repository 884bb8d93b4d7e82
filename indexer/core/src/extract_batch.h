/*
 * extract_batch.h - the kind of pool job that extracts from a file of a batch.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   none
 * Errors:   none
 * Source:   none
 * Depends:  workpool
 */
#ifndef INDEXER_EXTRACT_BATCH_H
#define INDEXER_EXTRACT_BATCH_H

#include "workpool/workpool.h"

extern const struct workpool_kind extract_batch_kind;

#endif
