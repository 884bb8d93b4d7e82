/* check.c - verify a whole index: every file's name, sums and structure. */
#include <stdio.h>
#include <string.h>

#include "index_impl.h"
#include "segment_impl.h"
#include "sync/memory.h"

static void name_segment(const struct index *index, uint32_t number, struct index_blame *blame) {
    char name[MANIFEST_NAME_BYTES];
    manifest_segment_name(index->manifest.segments[number].summary.digest, name);
    snprintf(blame->file, sizeof(blame->file), "%s", name);
}

static enum status check_file(const struct index *index, uint32_t number, struct diag *diag) {
    uint8_t digest[DIGEST_BYTES];
    struct digest_state state;
    enum status status = segment_check(&index->parts[number].segment, diag);
    if (status != STATUS_OK) {
        return status;
    }
    digest_init(&state);
    digest_update(&state, index->maps[number].bytes, index->maps[number].count);
    digest_finish(&state, digest);
    if (memcmp(digest, index->manifest.segments[number].summary.digest, DIGEST_BYTES) != 0) {
        return diag_fail(diag, STATUS_BAD_DATA, 0, "segment is not the one in the manifest");
    }
    return STATUS_OK;
}

/* Deleted documents and their lengths are as the manifest says. */
static enum status check_deleted(const struct index *index, uint32_t number, struct diag *diag) {
    const struct manifest_segment *listed = &index->manifest.segments[number];
    const struct index_part *part = &index->parts[number];
    uint64_t live = 0;
    for (uint32_t i = 0; i < part->segment.document_count; i++) {
        struct segment_document document;
        if (!index_part_is_deleted(part, i)) {
            enum status status = segment_document(&part->segment, i, &document, diag);
            if (status != STATUS_OK) {
                return status;
            }
            live += document.token_count;
        }
    }
    return live == listed->live_tokens
               ? STATUS_OK
               : diag_fail(diag, STATUS_BAD_DATA, DIAG_NO_OFFSET,
                           "live documents do not add up to what the manifest says");
}

/* No document of one part is alive in another as well. */
static enum status check_alone(const struct index *index, uint32_t number, struct diag *diag) {
    const struct index_part *part = &index->parts[number];
    for (uint32_t i = 0; i < part->segment.document_count; i++) {
        struct segment_document document;
        if (index_part_is_deleted(part, i)) {
            continue;
        }
        enum status status = segment_document(&part->segment, i, &document, diag);
        for (uint32_t other = 0; other < number && status == STATUS_OK; other++) {
            uint32_t found;
            if (segment_document_find(&index->parts[other].segment, document.id,
                                      document.id_bytes, &found, NULL) == STATUS_OK &&
                !index_part_is_deleted(&index->parts[other], found)) {
                status = diag_fail(diag, STATUS_BAD_DATA, DIAG_NO_OFFSET,
                                   "a document is alive in two segments");
            }
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status check_all(const struct index *index, struct index_blame *blame,
                             struct diag *diag) {
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < index->manifest.segment_count && status == STATUS_OK; i++) {
        name_segment(index, i, blame);
        status = check_file(index, i, diag);
        if (status == STATUS_OK) {
            status = check_deleted(index, i, diag);
        }
    }
    for (uint32_t i = 1; i < index->part_count && status == STATUS_OK; i++) {
        name_segment(index, i < index->manifest.segment_count ? i : 0, blame);
        status = check_alone(index, i, diag);
    }
    return status;
}

enum status index_check(const char *path, char out_file[INDEX_FILE_NAME_BYTES],
                        struct diag *diag) {
    struct index_blame blame = { "" };
    struct index *index;
    enum status status = index_load(path, &index, &blame, diag);
    if (status == STATUS_OK) {
        status = check_all(index, &blame, diag);
        index_close(index);
    }
    snprintf(out_file, INDEX_FILE_NAME_BYTES, "%s", status == STATUS_OK ? "" : blame.file);
    return status;
}
