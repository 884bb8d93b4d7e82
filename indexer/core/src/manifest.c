/* manifest.c - read, write and change the list of segments. */
#include "manifest.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hash.h"
#include "build.h"
#include "sync/memory.h"
#include "varint.h"

#define MANIFEST_MAGIC "WEFTIDX\n"

enum {
    MANIFEST_VERSION = 1,
    MANIFEST_MAGIC_BYTES = 8,
    MANIFEST_HEADER_BYTES = 32,
    MANIFEST_SEGMENT_BYTES = DIGEST_BYTES + 8 + 4 + 8 + 8 + 4,
    MANIFEST_FLAG_TEXT = 1,
    MANIFEST_NAME_DIGEST_BYTES = 16,
    MANIFEST_BYTES_MAX = 1 << 30,
};

static void hex_name(const uint8_t digest[DIGEST_BYTES], const char *ending,
                     char out_name[MANIFEST_NAME_BYTES]) {
    char text[DIGEST_TEXT_BYTES];
    digest_text(digest, text);
    snprintf(out_name, MANIFEST_NAME_BYTES, "%.*s%s", 2 * MANIFEST_NAME_DIGEST_BYTES, text,
             ending);
}

void manifest_segment_name(const uint8_t digest[DIGEST_BYTES],
                           char out_name[MANIFEST_NAME_BYTES]) {
    hex_name(digest, ".seg", out_name);
}

void manifest_log_name(const struct manifest *manifest, char out_name[MANIFEST_NAME_BYTES]) {
    hex_name(manifest->digest, ".log", out_name);
}

void manifest_finish(struct manifest *manifest) {
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        sync_free(manifest->segments[i].deleted);
    }
    sync_free(manifest->segments);
    *manifest = (struct manifest){ 0 };
}

enum status manifest_add(struct manifest *manifest, const struct segment_summary *summary,
                         uint64_t live_tokens) {
    if (manifest->segment_count == MANIFEST_SEGMENTS_MAX) {
        return STATUS_LIMIT;
    }
    size_t count = (size_t)manifest->segment_count + 1;
    struct manifest_segment *grown = sync_resize(manifest->segments, count * sizeof(*grown));
    if (grown == NULL) {
        return STATUS_NO_MEMORY;
    }
    manifest->segments = grown;
    grown[manifest->segment_count++] =
        (struct manifest_segment){ .summary = *summary, .live_tokens = live_tokens };
    return STATUS_OK;
}

void manifest_drop(struct manifest *manifest, uint32_t number) {
    sync_free(manifest->segments[number].deleted);
    manifest->segment_count--;
    memmove(manifest->segments + number, manifest->segments + number + 1,
            (manifest->segment_count - number) * sizeof(*manifest->segments));
}

/* ---- reading ---- */

/* Gaps of deleted documents behind a segment's record. */
static const uint8_t *read_deleted(const uint8_t *p, const uint8_t *end,
                                   struct manifest_segment *segment, bool *out_of_memory) {
    if (segment->deleted_count == 0) {
        return p;
    }
    segment->deleted = sync_alloc_zero(manifest_words(segment->summary.document_count),
                                       sizeof(*segment->deleted));
    *out_of_memory = segment->deleted == NULL;
    uint64_t document = UINT64_MAX;
    for (uint32_t i = 0; i < segment->deleted_count && p != NULL && !*out_of_memory; i++) {
        uint32_t gap;
        p = varint_get(p, end, &gap);
        document += p != NULL ? (uint64_t)gap + 1 : 0;
        if (p == NULL || document >= segment->summary.document_count) {
            return NULL;
        }
        segment->deleted[document / 64] |= UINT64_C(1) << (document % 64);
    }
    return *out_of_memory ? NULL : p;
}

static const uint8_t *read_segment(const uint8_t *p, const uint8_t *end,
                                   struct manifest *manifest, bool *out_of_memory) {
    if (end - p < MANIFEST_SEGMENT_BYTES) {
        return NULL;
    }
    struct segment_summary summary;
    memcpy(summary.digest, p, DIGEST_BYTES);
    p += DIGEST_BYTES;
    summary.byte_count = get_le64(p);
    summary.document_count = get_le32(p + 8);
    summary.token_count = get_le64(p + 12);
    uint64_t live_tokens = get_le64(p + 20);
    uint32_t deleted_count = get_le32(p + 28);
    if (summary.document_count > SEGMENT_DOCUMENTS_MAX ||
        deleted_count > summary.document_count || live_tokens > summary.token_count) {
        return NULL;
    }
    *out_of_memory = manifest_add(manifest, &summary, live_tokens) == STATUS_NO_MEMORY;
    if (*out_of_memory) {
        return NULL;
    }
    struct manifest_segment *segment = &manifest->segments[manifest->segment_count - 1];
    segment->deleted_count = deleted_count;
    return read_deleted(p + 32, end, segment, out_of_memory);
}

static enum status parse(const struct sync_bytes *file, struct manifest *manifest,
                         struct diag *diag) {
    const uint8_t *bytes = file->bytes;
    if (file->count < MANIFEST_HEADER_BYTES + 4 || memcmp(bytes, MANIFEST_MAGIC, 8) != 0) {
        return diag_fail(diag, STATUS_BAD_DATA, 0, "not an index manifest");
    }
    const uint8_t *end = bytes + file->count - 4;
    if (hash_crc32c(0, bytes, file->count - 4) != get_le32(end)) {
        return diag_fail(diag, STATUS_BAD_DATA, file->count - 4, "manifest is damaged");
    }
    if (get_le32(bytes + 8) != MANIFEST_VERSION) {
        return diag_fail(diag, STATUS_UNSUPPORTED, 8, "index of another format version");
    }
    if (get_le32(bytes + 12) != ANALYSIS_VERSION) {
        return diag_fail(diag, STATUS_UNSUPPORTED, 12, "index of another analysis version");
    }
    char language[9] = { 0 };
    memcpy(language, bytes + 16, 8);
    if (!analysis_lang_from_name(language, &manifest->language)) {
        return diag_fail(diag, STATUS_UNSUPPORTED, 16, "index of an unknown language");
    }
    manifest->keeps_text = (get_le32(bytes + 24) & MANIFEST_FLAG_TEXT) != 0;
    uint32_t count = get_le32(bytes + 28);
    const uint8_t *p = bytes + MANIFEST_HEADER_BYTES;
    for (uint32_t i = 0; i < count; i++) {
        bool out_of_memory = false;
        const uint8_t *next = read_segment(p, end, manifest, &out_of_memory);
        if (out_of_memory) {
            return diag_no_memory(diag);
        }
        if (next == NULL) {
            return diag_fail(diag, STATUS_BAD_DATA, (uint64_t)(p - bytes),
                             "manifest contradicts itself");
        }
        p = next;
    }
    return p == end ? STATUS_OK : diag_fail(diag, STATUS_BAD_DATA, (uint64_t)(p - bytes),
                                            "manifest is longer than its list");
}

static void take_digest(struct manifest *manifest, const uint8_t *bytes, size_t count) {
    struct digest_state state;
    digest_init(&state);
    digest_update(&state, bytes, count);
    digest_finish(&state, manifest->digest);
    manifest->byte_count = count;
}

enum status manifest_look(const char *folder, bool *out_is_there, struct diag *diag) {
    *out_is_there = false;
    if (folder[0] == '\0') {
        return STATUS_OK;
    }
    char *path = build_path(folder, "manifest");
    if (path == NULL) {
        return diag_no_memory(diag);
    }
    struct sync_map map;
    struct diag found = { STATUS_OK, DIAG_NO_OFFSET, NULL };
    enum status status = sync_map_open(path, &map, &found);
    sync_free(path);
    if (status == STATUS_OK) {
        *out_is_there = map.count >= MANIFEST_MAGIC_BYTES &&
                        memcmp(map.bytes, MANIFEST_MAGIC, MANIFEST_MAGIC_BYTES) == 0;
        sync_map_close(&map);
    }
    return status == STATUS_OK || status == STATUS_NOT_FOUND
               ? STATUS_OK
               : diag_fail(diag, status, found.offset, found.reason);
}

/* An empty path would be that of the root. */
static enum status read_file(const char *folder, struct sync_bytes *out_file,
                             struct diag *diag) {
    if (folder[0] == '\0') {
        return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "holds no index");
    }
    char *path = build_path(folder, "manifest");
    if (path == NULL) {
        return diag_no_memory(diag);
    }
    struct diag found = { STATUS_OK, DIAG_NO_OFFSET, NULL };
    enum status status = sync_file_read(path, MANIFEST_BYTES_MAX, out_file, &found);
    sync_free(path);
    if (status == STATUS_NOT_FOUND) {
        struct sync_entry entry;
        bool is_there = sync_path_kind(folder, &entry, NULL) == STATUS_OK;
        found.reason = is_there ? "holds no index" : "no such folder";
    }
    return status == STATUS_OK ? status : diag_fail(diag, status, found.offset, found.reason);
}

enum status manifest_read(const char *folder, struct manifest *out_manifest, struct diag *diag) {
    *out_manifest = (struct manifest){ 0 };
    struct sync_bytes file;
    enum status status = read_file(folder, &file, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = parse(&file, out_manifest, diag);
    take_digest(out_manifest, file.bytes, file.count);
    sync_free(file.bytes);
    if (status != STATUS_OK) {
        manifest_finish(out_manifest);
    }
    return status;
}

/* ---- writing ---- */

static size_t bytes_max(const struct manifest *manifest) {
    size_t bytes = MANIFEST_HEADER_BYTES + 4;
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        bytes += MANIFEST_SEGMENT_BYTES + (size_t)manifest->segments[i].deleted_count * 5;
    }
    return bytes;
}

static uint8_t *put_deleted(uint8_t *p, const struct manifest_segment *segment) {
    uint64_t before = UINT64_MAX;
    for (uint32_t document = 0; segment->deleted_count > 0 &&
                                document < segment->summary.document_count; document++) {
        if ((segment->deleted[document / 64] >> (document % 64) & 1) != 0) {
            p = varint_put(p, document - before - 1);
            before = document;
        }
    }
    return p;
}

static uint8_t *put_segment(uint8_t *p, const struct manifest_segment *segment) {
    memcpy(p, segment->summary.digest, DIGEST_BYTES);
    p += DIGEST_BYTES;
    put_le64(p, segment->summary.byte_count);
    put_le32(p + 8, segment->summary.document_count);
    put_le64(p + 12, segment->summary.token_count);
    put_le64(p + 20, segment->live_tokens);
    put_le32(p + 28, segment->deleted_count);
    return put_deleted(p + 32, segment);
}

static size_t put_manifest(uint8_t *bytes, const struct manifest *manifest) {
    memset(bytes, 0, MANIFEST_HEADER_BYTES);
    memcpy(bytes, MANIFEST_MAGIC, 8);
    put_le32(bytes + 8, MANIFEST_VERSION);
    put_le32(bytes + 12, ANALYSIS_VERSION);
    const char *name = analysis_lang_name(manifest->language);
    memcpy(bytes + 16, name, strnlen(name, 8));
    put_le32(bytes + 24, manifest->keeps_text ? MANIFEST_FLAG_TEXT : 0);
    put_le32(bytes + 28, manifest->segment_count);
    uint8_t *p = bytes + MANIFEST_HEADER_BYTES;
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        p = put_segment(p, &manifest->segments[i]);
    }
    put_le32(p, hash_crc32c(0, bytes, (size_t)(p - bytes)));
    return (size_t)(p - bytes) + 4;
}

enum status manifest_encode(struct manifest *manifest, struct sync_bytes *out_file,
                            struct diag *diag) {
    *out_file = (struct sync_bytes){ .bytes = sync_alloc(bytes_max(manifest)) };
    if (out_file->bytes == NULL) {
        return diag_no_memory(diag);
    }
    out_file->count = put_manifest(out_file->bytes, manifest);
    take_digest(manifest, out_file->bytes, out_file->count);
    return STATUS_OK;
}

enum status manifest_replace(const char *folder, const struct sync_bytes *file,
                             struct diag *diag) {
    char *path = build_path(folder, "manifest");
    if (path == NULL) {
        return diag_no_memory(diag);
    }
    enum status status = sync_file_replace(path, file->bytes, file->count, diag);
    sync_free(path);
    return status;
}
