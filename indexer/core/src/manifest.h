/*
 * manifest.h - the one file that says what an index consists of.
 *
 * Units:    bytes
 * Shapes:   a segment's file is named by its digest's first 16 bytes in hex
 * Threads:  a manifest belongs to one thread, or is read by many
 * Memory:   the manifest owns its segments and their deleted sets
 * Errors:   STATUS_NOT_FOUND no manifest; STATUS_BAD_DATA with the offset;
 *           STATUS_UNSUPPORTED another version of format or analysis
 * Source:   docs/formats/index.md, "Manifest"
 * Depends:  base, sync
 */
#ifndef INDEXER_MANIFEST_H
#define INDEXER_MANIFEST_H

#include <stdbool.h>

#include "analysis.h"
#include "base/diag.h"
#include "segment_writer.h"
#include "sync/file.h"

enum { MANIFEST_NAME_BYTES = 64, MANIFEST_SEGMENTS_MAX = 4096 };

struct manifest_segment {
    struct segment_summary summary;
    uint64_t live_tokens;
    uint64_t *deleted;            /* a bit a document; NULL when none is */
    uint32_t deleted_count;
};

struct manifest {
    enum analysis_lang language;
    bool keeps_text;
    struct manifest_segment *segments;
    uint32_t segment_count;
    uint8_t digest[DIGEST_BYTES];    /* of the file; filled by read and encode */
    uint64_t byte_count;
};

MUST_CHECK enum status manifest_read(const char *folder, struct manifest *out_manifest,
                                     struct diag *diag);

/* The bytes of the file, freed with sync_free(); fills in digest and byte count. */
MUST_CHECK enum status manifest_encode(struct manifest *manifest, struct sync_bytes *out_file,
                                       struct diag *diag);

/* Replace the file at once.  On failure the old one stands. */
MUST_CHECK enum status manifest_replace(const char *folder, const struct sync_bytes *file,
                                        struct diag *diag);
void manifest_finish(struct manifest *manifest);

/* Whether the folder has a manifest by its first bytes, sound or not. */
MUST_CHECK enum status manifest_look(const char *folder, bool *out_is_there, struct diag *diag);

/* One more segment behind the others; its deleted set is empty. */
MUST_CHECK enum status manifest_add(struct manifest *manifest,
                                    const struct segment_summary *summary, uint64_t live_tokens);

/* Take segment `number` out. */
void manifest_drop(struct manifest *manifest, uint32_t number);

/* Words of a deleted set. */
static inline size_t manifest_words(uint32_t document_count) {
    return ((size_t)document_count + 63) / 64;
}

void manifest_segment_name(const uint8_t digest[DIGEST_BYTES],
                           char out_name[MANIFEST_NAME_BYTES]);
void manifest_log_name(const struct manifest *manifest, char out_name[MANIFEST_NAME_BYTES]);

#endif
