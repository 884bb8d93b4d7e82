/*
 * snapshot.h - what the query side sees of an open index: its segments.
 *
 * Segments are numbered in the manifest's order; the documents of the log stand
 * in one more, in memory, which is the last.  A document lives in at most one
 * segment; those replaced or deleted are marked in that segment's bit set.
 *
 * Units:    documents of a segment from 0
 * Shapes:   a deleted set has one bit a document, in words of 64, NULL for none
 * Threads:  an open index may be read by many threads
 * Memory:   everything belongs to the index and lasts until index_close()
 * Errors:   none
 * Source:   docs/formats/index.md
 * Depends:  base
 */
#ifndef INDEXER_SNAPSHOT_H
#define INDEXER_SNAPSHOT_H

#include "indexer/index.h"
#include "segment.h"

struct index_part {
    struct segment segment;
    const uint64_t *deleted;      /* NULL when nothing is */
    uint32_t deleted_count;
    char file[64];                /* its name in the folder; empty for the log's documents */
};

uint32_t index_part_count(const struct index *index);
const struct index_part *index_part_at(const struct index *index, uint32_t number);

/* Live documents and their tokens, and the language, are in index_statistics_read(). */

static inline bool index_part_is_deleted(const struct index_part *part, uint32_t document) {
    return part->deleted != NULL && (part->deleted[document / 64] >> (document % 64) & 1) != 0;
}

#endif
