/*
 * log.h - documents added and deleted since the manifest, appended one group a commit.
 *
 * A log belongs to one manifest: its name and its header come from the manifest's
 * digest, so a new manifest leaves the old log behind as an orphan.  Records carry
 * a checksum that goes on from the one before; a group counts once its commit
 * record is there, so a torn tail is as if it had not been written.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  none
 * Memory:   records are built in a growing buffer of the caller's
 * Errors:   STATUS_NO_MEMORY; a tail that does not count is told by `valid_bytes`
 * Source:   docs/formats/index.md, "Log"
 * Depends:  base, sync
 */
#ifndef INDEXER_LOG_H
#define INDEXER_LOG_H

#include "indexer/index.h"
#include "invert.h"

enum { LOG_HEADER_BYTES = 24, LOG_FLUSH_BYTES = 1 << 20 };

/* Bytes on their way to a log. */
struct log_buffer {
    uint8_t *bytes;
    size_t used;
    size_t room;
    uint32_t crc;            /* of the record before */
};

void log_header(const uint8_t manifest_digest[DIGEST_BYTES], uint8_t out_header[LOG_HEADER_BYTES]);

/* What a log of that manifest starts its records' checksums with. */
uint32_t log_first_crc(const uint8_t manifest_digest[DIGEST_BYTES]);

MUST_CHECK enum status log_put(struct log_buffer *buffer, const struct index_input *input,
                               enum run_kind kind);
MUST_CHECK enum status log_put_commit(struct log_buffer *buffer);

/* A log as it was read. */
struct log_image {
    const uint8_t *bytes;
    size_t count;
    const uint8_t *manifest_digest;   /* DIGEST_BYTES */
};

/* Called for each record of a committed group, in order; inputs borrow from the log. */
struct log_visitor {
    enum status (*visit)(void *context, const struct index_input *input, enum run_kind kind,
                         struct diag *diag);
    void *context;
};

struct log_extent {
    size_t valid_bytes;      /* up to the last commit record, header included; 0: no header */
    size_t record_count;     /* puts and deletes in them */
    uint32_t crc;            /* to go on with */
    bool is_damaged;         /* what follows is not just a write cut short */
    uint64_t damage_offset;  /* then: of the first record that is not sound */
};

/*
 * Read a log, whose manifest has that digest.  `visitor` may be NULL.  Returns
 * what a visitor returned first; a damaged or foreign log is just short, and so
 * told.
 */
MUST_CHECK enum status log_read(const struct log_image *log, const struct log_visitor *visitor,
                                struct log_extent *out_extent, struct diag *diag);

/* Like log_read() over records without a header, all of them committed or not. */
MUST_CHECK enum status log_replay(const struct log_buffer *buffer,
                                  const struct log_visitor *visitor, struct diag *diag);

#endif
