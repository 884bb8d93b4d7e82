/*
 * sink.h - where the bytes of a segment go: a file that appears whole, or memory.
 *
 * A sink counts bytes, keeps the CRC32C of each page and the SHA-256 of all.
 * Failures stick: after the first, puts do nothing, and whoever needs to know looks
 * at `status`.
 *
 * Units:    bytes; a page is SINK_PAGE_BYTES
 * Shapes:   none
 * Threads:  a sink belongs to one thread
 * Memory:   SINK_BUFFER_BYTES for a file, the whole image for memory, and four
 *           bytes a page
 * Errors:   `status` and `diag`: STATUS_IO, STATUS_NO_MEMORY
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_SINK_H
#define INDEXER_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/diag.h"
#include "base/digest.h"
#include "sync/file.h"

enum { SINK_PAGE_BYTES = 1 << 16, SINK_BUFFER_BYTES = 1 << 18 };

struct sink {
    enum status status;
    struct diag diag;
    struct sync_output *output;   /* NULL for memory */
    uint8_t *buffer;
    size_t used;
    size_t room;
    uint64_t total;               /* bytes put so far */
    uint64_t flushed;             /* of them, summed and digested */
    struct digest_state digest;
    uint32_t page_crc;
    uint8_t *sums;                /* u32 a finished page */
    size_t sums_used;
    size_t sums_room;
};

/* `path` NULL collects in memory. */
MUST_CHECK enum status sink_open(struct sink *sink, const char *path, struct diag *diag);

/* Make `status` that failure unless there is one already. */
void sink_fail(struct sink *sink, enum status status, const char *reason);

void sink_put_slow(struct sink *sink, const void *bytes, size_t count);

static inline void sink_put(struct sink *sink, const void *bytes, size_t count) {
    if (count < sink->room - sink->used) {
        memcpy(sink->buffer + sink->used, bytes, count);
        sink->used += count;
        sink->total += count;
    } else {
        sink_put_slow(sink, bytes, count);
    }
}

/* End the page sums: those of every page so far, the last one perhaps shorter. */
void sink_sums(struct sink *sink, const uint8_t **out_sums, size_t *out_count);

/* Flush and give the digest; a file is complete under its temporary name after this. */
MUST_CHECK enum status sink_digest(struct sink *sink, uint8_t out_digest[DIGEST_BYTES],
                                   struct diag *diag);

/* Put the file in place.  Ends the output. */
MUST_CHECK enum status sink_commit(struct sink *sink, struct diag *diag);

/* The image of a memory sink, freed by the caller with sync_free(). */
void sink_take(struct sink *sink, struct sync_bytes *out_image);

/* Frees what is left, and removes a file not committed. */
void sink_finish(struct sink *sink);

#endif
