/*
 * store.h - the steps by which an index's folder goes from one state to the next.
 *
 * Every change ends in one rename of the manifest or one committed record of the
 * log; what comes before is invisible, and what a crash leaves is cleaned by the
 * next writer.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  the caller holds the folder's lock
 * Memory:   as build.h
 * Errors:   as indexer/index.h
 * Source:   docs/formats/index.md, "Commit"
 * Depends:  base, sync
 */
#ifndef INDEXER_STORE_H
#define INDEXER_STORE_H

#include "build.h"
#include "log.h"
#include "manifest.h"

MUST_CHECK enum status store_lock(const char *path, struct sync_lock_file *out_lock,
                                  struct diag *diag);

struct build_options store_build_options(const char *path, const struct index_options *options,
                                         const struct manifest *manifest);

/* The manifest's log, whole; empty when there is none.  Freed with sync_free(). */
MUST_CHECK enum status store_read_log(const char *path, const struct manifest *manifest,
                                      struct sync_bytes *out_log, struct diag *diag);

/* Append records that end in a commit behind what counts of the log, and sync. */
MUST_CHECK enum status store_append_log(const char *path, const struct manifest *manifest,
                                        const struct log_extent *log,
                                        const struct log_buffer *records, struct diag *diag);

/* A builder's documents instead of everything; of `manifest` language and text flag count. */
MUST_CHECK enum status store_commit_build(const char *path, const struct manifest *manifest,
                                          struct builder *builder, struct diag *diag);

/* A builder's documents, those of the log among them, over what is there. */
MUST_CHECK enum status store_commit_change(const char *path, const struct index_options *options,
                                           struct builder *builder, struct diag *diag);

#endif
