/*
 * index_impl.h - an open index, shared by index.c, digest, compact and check.
 *
 * Units:    none
 * Shapes:   parts: the manifest's segments in its order, then the log's if it
 *           has documents
 * Threads:  as indexer/index.h
 * Memory:   everything belongs to the index
 * Errors:   as indexer/index.h
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_INDEX_IMPL_H
#define INDEXER_INDEX_IMPL_H

#include "build.h"
#include "folder.h"
#include "log.h"
#include "manifest.h"
#include "snapshot.h"

struct index {
    struct manifest manifest;
    struct sync_map *maps;           /* one a segment */
    struct index_part *parts;
    uint64_t **deleted;              /* one a segment: manifest and log together; NULL for none */
    uint32_t part_count;
    struct sync_bytes tail;          /* the last part's image when the log has documents */
    struct log_extent log;
    uint64_t log_bytes;              /* of the file, a torn tail included */
    uint8_t files_digest[DIGEST_BYTES];
    uint64_t document_count;         /* live */
    uint64_t token_count;            /* of them */
};

/* Which file a failure was in; NULL allowed. */
struct index_blame {
    char file[INDEX_FILE_NAME_BYTES];
};

/* Like index_open(). */
MUST_CHECK enum status index_load(const char *path, struct index **out_index,
                                  struct index_blame *blame, struct diag *diag);

/* Mark the document of that id in every segment that holds it alive. */
MUST_CHECK enum status index_mark_deleted(struct index *index, const uint8_t *id,
                                          uint32_t id_bytes, struct diag *diag);

#endif
