/* index.c - open a snapshot: manifest, segments, and the log as one more segment. */
#include "indexer/index.h"

#include <stdio.h>
#include <string.h>

#include "index_impl.h"
#include "sync/memory.h"

enum { OPEN_ATTEMPTS = 8 };

static void set_blame(struct index_blame *blame, const char *name) {
    if (blame != NULL) {
        snprintf(blame->file, sizeof(blame->file), "%s", name);
    }
}

void index_close(struct index *index) {
    if (index == NULL) {
        return;
    }
    for (uint32_t i = 0; i < index->manifest.segment_count; i++) {
        if (index->maps != NULL) {
            sync_map_close(&index->maps[i]);
        }
        if (index->deleted != NULL) {
            sync_free(index->deleted[i]);
        }
    }
    sync_free(index->maps);
    sync_free(index->deleted);
    sync_free(index->parts);
    sync_free(index->tail.bytes);
    manifest_finish(&index->manifest);
    sync_free(index);
}

/* ---- segments ---- */

static enum status take_arrays(struct index *index, struct diag *diag) {
    size_t count = (size_t)index->manifest.segment_count + 1;
    index->maps = sync_alloc_zero(count, sizeof(*index->maps));
    index->deleted = sync_alloc_zero(count, sizeof(*index->deleted));
    index->parts = sync_alloc_zero(count, sizeof(*index->parts));
    return index->maps != NULL && index->deleted != NULL && index->parts != NULL
               ? STATUS_OK
               : diag_no_memory(diag);
}

/* The segment is of the manifest's version and language, and as large as it says. */
static enum status compare_summary(const struct index *index, const struct segment *segment,
                                   const struct manifest_segment *listed, struct diag *diag) {
    const char *language = analysis_lang_name(index->manifest.language);
    if (segment->analysis_version != ANALYSIS_VERSION ||
        strncmp(segment->language, language, sizeof(segment->language)) != 0) {
        return diag_fail(diag, STATUS_UNSUPPORTED, DIAG_NO_OFFSET,
                         "segment of another analysis");
    }
    if (segment->document_count != listed->summary.document_count ||
        segment->byte_count != listed->summary.byte_count ||
        segment->token_count != listed->summary.token_count ||
        segment->has_text != index->manifest.keeps_text) {
        return diag_fail(diag, STATUS_BAD_DATA, DIAG_NO_OFFSET,
                         "segment is not the one in the manifest");
    }
    return STATUS_OK;
}

static enum status load_segment(struct index *index, const char *folder, uint32_t number,
                                struct index_blame *blame, struct diag *diag) {
    const struct manifest_segment *listed = &index->manifest.segments[number];
    struct index_part *part = &index->parts[number];
    char name[MANIFEST_NAME_BYTES] = "";
    manifest_segment_name(listed->summary.digest, name);
    memcpy(part->file, name, sizeof(part->file));
    set_blame(blame, name);
    enum status status = folder_map(folder, name, &index->maps[number], diag);
    if (status == STATUS_OK) {
        status = segment_open(index->maps[number].bytes, index->maps[number].count,
                              &part->segment, diag);
    }
    if (status == STATUS_OK) {
        status = compare_summary(index, &part->segment, listed, diag);
    }
    if (status == STATUS_OK && listed->deleted_count > 0) {
        size_t bytes = manifest_words(listed->summary.document_count) * sizeof(uint64_t);
        index->deleted[number] = sync_alloc(bytes);
        if (index->deleted[number] == NULL) {
            return diag_no_memory(diag);
        }
        memcpy(index->deleted[number], listed->deleted, bytes);
        part->deleted = index->deleted[number];
        part->deleted_count = listed->deleted_count;
    }
    index->document_count += listed->summary.document_count - listed->deleted_count;
    index->token_count += listed->live_tokens;
    index->part_count = number + 1;
    return status;
}

/* ---- the log ---- */

static enum status mark_in(struct index *index, uint32_t number, uint32_t document,
                           struct diag *diag) {
    struct index_part *part = &index->parts[number];
    if (index->deleted[number] == NULL) {
        index->deleted[number] = sync_alloc_zero(manifest_words(part->segment.document_count),
                                                 sizeof(uint64_t));
        if (index->deleted[number] == NULL) {
            return diag_no_memory(diag);
        }
        part->deleted = index->deleted[number];
    }
    uint64_t bit = UINT64_C(1) << (document % 64);
    if ((index->deleted[number][document / 64] & bit) != 0) {
        return STATUS_OK;
    }
    struct segment_document about;
    enum status status = segment_document(&part->segment, document, &about, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct manifest_segment *listed = &index->manifest.segments[number];
    if (about.token_count > listed->live_tokens || about.token_count > index->token_count) {
        return diag_fail(diag, STATUS_BAD_DATA, DIAG_NO_OFFSET, "document lengths do not add up");
    }
    index->deleted[number][document / 64] |= bit;
    listed->live_tokens -= about.token_count;
    part->deleted_count++;
    index->document_count--;
    index->token_count -= about.token_count;
    return STATUS_OK;
}

enum status index_mark_deleted(struct index *index, const uint8_t *id, uint32_t id_bytes,
                               struct diag *diag) {
    for (uint32_t i = 0; i < index->manifest.segment_count; i++) {
        uint32_t document;
        enum status status = segment_document_find(&index->parts[i].segment, id, id_bytes,
                                                   &document, NULL);
        if (status == STATUS_OK) {
            status = mark_in(index, i, document, diag);
        }
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            return diag_fail(diag, status, DIAG_NO_OFFSET, "document table is damaged");
        }
    }
    return STATUS_OK;
}

static enum status witness_id(void *context, const uint8_t *id, uint32_t id_bytes,
                              struct diag *diag) {
    return index_mark_deleted(context, id, id_bytes, diag);
}

static enum status put_record(void *context, const struct index_input *input,
                              enum run_kind kind, struct diag *diag) {
    return builder_put(context, input, kind, diag);
}

/* The log's documents as a segment in memory; they hide those of the same id. */
static enum status load_tail(struct index *index, const struct sync_bytes *log,
                             struct diag *diag) {
    struct build_options options = {
        .memory_bytes = INDEX_MEMORY_MIN,
        .language = index->manifest.language,
        .keeps_text = index->manifest.keeps_text,
    };
    struct builder *builder;
    enum status status = builder_create(&options, &builder, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct log_image image = { log->bytes, log->count, index->manifest.digest };
    struct log_visitor visitor = { put_record, builder };
    status = log_read(&image, &visitor, &index->log, diag);
    if (status == STATUS_OK && index->log.is_damaged) {
        status = diag_fail(diag, STATUS_BAD_DATA, index->log.damage_offset, "log is damaged");
    }
    struct build_target target = { .witness = witness_id, .witness_context = index };
    struct build_result result = { .image = { 0 } };
    if (status == STATUS_OK && index->log.record_count > 0) {
        status = builder_finish(builder, &target, &result, diag);
    }
    builder_destroy(builder);
    if (status != STATUS_OK || result.summary.document_count == 0) {
        sync_free(result.image.bytes);
        return status;
    }
    index->tail = result.image;
    struct index_part *part = &index->parts[index->part_count++];
    index->document_count += result.summary.document_count;
    index->token_count += result.summary.token_count;
    return segment_open(index->tail.bytes, index->tail.count, &part->segment, diag);
}

static void name_files(struct index *index, const struct sync_bytes *log) {
    struct digest_state state;
    digest_init(&state);
    digest_update(&state, index->manifest.digest, DIGEST_BYTES);
    if (index->log.record_count > 0) {
        digest_update(&state, log->bytes, index->log.valid_bytes);
    }
    digest_finish(&state, index->files_digest);
}

static enum status load_log(struct index *index, const char *folder, struct index_blame *blame,
                            struct diag *diag) {
    char name[MANIFEST_NAME_BYTES];
    manifest_log_name(&index->manifest, name);
    set_blame(blame, name);
    char *path = build_path(folder, name);
    if (path == NULL) {
        return diag_no_memory(diag);
    }
    struct sync_bytes log;
    struct diag ignored = { STATUS_OK, 0, NULL };
    enum status status = sync_file_read(path, (size_t)1 << 31, &log, &ignored);
    sync_free(path);
    if (status == STATUS_NOT_FOUND) {
        name_files(index, &log);
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        return diag_fail(diag, status, ignored.offset, ignored.reason);
    }
    index->log_bytes = log.count;
    status = load_tail(index, &log, diag);
    name_files(index, &log);
    sync_free(log.bytes);
    return status;
}

/* ---- opening ---- */

static enum status load_once(const char *path, struct index **out_index,
                             struct index_blame *blame, struct diag *diag) {
    *out_index = NULL;
    struct index *index = sync_alloc_zero(1, sizeof(*index));
    if (index == NULL) {
        return diag_no_memory(diag);
    }
    set_blame(blame, "manifest");
    enum status status = manifest_read(path, &index->manifest, diag);
    if (status == STATUS_OK) {
        status = take_arrays(index, diag);
    }
    for (uint32_t i = 0; i < index->manifest.segment_count && status == STATUS_OK; i++) {
        status = load_segment(index, path, i, blame, diag);
    }
    if (status == STATUS_OK) {
        status = load_log(index, path, blame, diag);
    }
    if (status != STATUS_OK) {
        index_close(index);
        return status;
    }
    *out_index = index;
    return STATUS_OK;
}

/* Whether a writer has put another manifest in place since this one was read. */
static bool is_overtaken(const char *path, const uint8_t digest[DIGEST_BYTES]) {
    struct manifest now;
    if (manifest_read(path, &now, NULL) != STATUS_OK) {
        return false;
    }
    bool is_other = memcmp(now.digest, digest, DIGEST_BYTES) != 0;
    manifest_finish(&now);
    return is_other;
}

enum status index_load(const char *path, struct index **out_index, struct index_blame *blame,
                       struct diag *diag) {
    for (int attempt = 1;; attempt++) {
        struct manifest before;
        enum status status = manifest_read(path, &before, diag);
        if (status != STATUS_OK) {
            set_blame(blame, "manifest");
            *out_index = NULL;
            return status;
        }
        struct diag found = { STATUS_OK, 0, NULL };
        status = load_once(path, out_index, blame, &found);
        bool is_stale = attempt < OPEN_ATTEMPTS && is_overtaken(path, before.digest);
        manifest_finish(&before);
        if (!is_stale) {
            return status == STATUS_OK ? status
                                       : diag_fail(diag, status, found.offset, found.reason);
        }
        index_close(*out_index);
    }
}

enum status index_open(const char *path, struct index **out_index, struct diag *diag) {
    return index_load(path, out_index, NULL, diag);
}

enum status index_open_naming(const char *path, struct index **out_index,
                              char out_file[INDEX_FILE_NAME_BYTES], struct diag *diag) {
    struct index_blame blame = { "" };
    enum status status = index_load(path, out_index, &blame, diag);
    snprintf(out_file, INDEX_FILE_NAME_BYTES, "%s", status == STATUS_OK ? "" : blame.file);
    return status;
}

bool index_is_at(const char *path) {
    bool is_there;
    return manifest_look(path, &is_there, NULL) == STATUS_OK && is_there;
}

bool index_find_foreign(const char *path, char out_file[INDEX_FILE_NAME_BYTES]) {
    return folder_is_ours(path, out_file, NULL) == STATUS_EXISTS;
}

uint32_t index_part_count(const struct index *index) {
    return index->part_count;
}

const struct index_part *index_part_at(const struct index *index, uint32_t number) {
    return &index->parts[number];
}
