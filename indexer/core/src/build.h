/*
 * build.h - any number of documents into one segment, in bounded memory.
 *
 * Documents are collected into a wave, cut into batches of about wave_bytes / 16,
 * inverted by the pool and spilled as runs; at the end the runs are merged.  How
 * many runs there are depends on the memory limit, the segment does not.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  a builder belongs to one thread; its jobs run on the pool
 * Memory:   memory_bytes: three eighths text, two eighths runs, three eighths
 *           inverters; at the end the merge's buffers.  A document longer than its
 *           share is held all the same, and four bytes a document while merging.
 * Errors:   STATUS_NO_MEMORY, STATUS_IO, STATUS_LIMIT
 * Source:   none
 * Depends:  base, sync, workpool
 */
#ifndef INDEXER_BUILD_H
#define INDEXER_BUILD_H

#include "indexer/index.h"
#include "invert.h"
#include "merge.h"

struct build_options {
    const char *folder;            /* for temporary files; NULL: everything in memory */
    size_t memory_bytes;
    struct workpool *pool;         /* NULL: sequential */
    enum analysis_lang language;
    bool keeps_text;
    const struct sync_u32 *cancel; /* as in index_options */
};

bool build_is_cancelled(const struct sync_u32 *cancel);

/* STATUS_CANCELLED with its reason. */
enum status build_cancelled(struct diag *diag);

struct builder;

MUST_CHECK enum status builder_create(const struct build_options *options,
                                      struct builder **out_builder, struct diag *diag);
void builder_destroy(struct builder *builder);

/* The text of a RUN_DELETE is not looked at.  Sizes have been checked by the caller. */
MUST_CHECK enum status builder_put(struct builder *builder, const struct index_input *input,
                                   enum run_kind kind, struct diag *diag);

/* What comes out of a merge. */
struct build_result {
    struct segment_summary summary;
    struct sync_bytes image;       /* when it was made in memory; freed with sync_free() */
};

struct build_inputs {
    struct source *sources;        /* opened; the caller closes them */
    uint32_t source_count;
};

struct build_target {
    const char *path;              /* of the finished file; NULL: an image in memory */
    merge_witness witness;         /* as in merge.h */
    void *witness_context;
};

/* Only builder_destroy() may follow. */
MUST_CHECK enum status builder_finish(struct builder *builder, const struct build_target *target,
                                      struct build_result *out_result, struct diag *diag);

/* The same end for other sources. */
MUST_CHECK enum status build_merge(const struct build_options *options,
                                   const struct build_inputs *inputs,
                                   const struct build_target *target,
                                   struct build_result *out_result, struct diag *diag);

/* "folder/name" in fresh memory, or NULL. */
char *build_path(const char *folder, const char *name);

/* A segment until it has its name. */
#define BUILD_TEMPORARY_SEGMENT "weft-tmp-segment"

/*
 * All names of temporary files, up to a NULL.  They are there for moments only: a writer
 * removes what a crash left.
 */
extern const char *const build_temporary_names[];

#endif
