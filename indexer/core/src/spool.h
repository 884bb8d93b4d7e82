/*
 * spool.h - bytes kept aside until their turn: in memory first, then in a file.
 *
 * Failures stick, as in sink.h.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  a spool belongs to one thread
 * Memory:   about limit_bytes when there is a path, else everything
 * Errors:   `status` and `diag`: STATUS_IO, STATUS_NO_MEMORY
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_SPOOL_H
#define INDEXER_SPOOL_H

#include "sink.h"

struct spool {
    enum status status;
    struct diag diag;
    const char *path;             /* of the temporary file; the caller's; NULL for memory only */
    struct sync_file *file;
    uint8_t *buffer;
    size_t used;
    size_t room;
    size_t limit;                 /* bytes of memory before the file is used */
    uint64_t total;
};

void spool_init(struct spool *spool, const char *path, size_t limit_bytes);
void spool_put_slow(struct spool *spool, const void *bytes, size_t count);

static inline void spool_put(struct spool *spool, const void *bytes, size_t count) {
    if (count < spool->room - spool->used) {
        memcpy(spool->buffer + spool->used, bytes, count);
        spool->used += count;
        spool->total += count;
    } else {
        spool_put_slow(spool, bytes, count);
    }
}

/* Append everything to the sink, which takes over a failure of the spool. */
void spool_drain(struct spool *spool, struct sink *sink);

/* Exactly `count` bytes from `offset` of what was put. */
MUST_CHECK enum status spool_read(struct spool *spool, uint64_t offset, void *bytes,
                                  size_t count, struct diag *diag);

/* Frees memory and the file, which has had no name since it was opened. */
void spool_finish(struct spool *spool);

#endif
