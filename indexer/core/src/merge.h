/*
 * merge.h - several sources into one segment.
 *
 * Documents are numbered anew in id order; of several with one id the one with
 * the highest sequence stays, and none when that is a deletion.  The result
 * follows from the documents that stay, not from how they lie in the sources.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  the caller's
 * Memory:   three words a source, and a piece of text
 * Errors:   those of sources and writer
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_MERGE_H
#define INDEXER_MERGE_H

#include "segment_writer.h"
#include "source.h"

/* Told of every id in the sources once, in order, deletions included. */
typedef enum status (*merge_witness)(void *context, const uint8_t *id, uint32_t id_bytes,
                                     struct diag *diag);

struct merge_job {
    struct source *sources;           /* opened; reordered by the merge */
    uint32_t source_count;
    struct segment_writer *writer;    /* opened, nothing put yet */
    merge_witness witness;            /* NULL for none */
    void *witness_context;
    const struct sync_u32 *cancel;    /* as in index_options */
};

/* Everything up to, not including, segment_writer_finish(). */
MUST_CHECK enum status merge_run(const struct merge_job *job, struct diag *diag);

#endif
