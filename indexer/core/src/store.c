/* store.c - commit a build, a change, records of a log; merge and compact. */
#include "store.h"

#include <stdio.h>
#include <string.h>

#include "index_impl.h"
#include "sync/memory.h"

enum { LOG_READ_MAX = 1 << 30, MERGE_RATIO = 4 };

static const char temporary_segment[] = BUILD_TEMPORARY_SEGMENT;

enum status store_lock(const char *path, struct sync_lock_file *out_lock, struct diag *diag) {
    char *name = build_path(path, "lock");
    if (name == NULL) {
        return diag_no_memory(diag);
    }
    struct diag found = { STATUS_OK, 0, NULL };
    enum status status = sync_lock_file_take(name, out_lock, &found);
    sync_free(name);
    if (status == STATUS_BUSY) {
        return diag_fail(diag, status, DIAG_NO_OFFSET, "another writer has the index");
    }
    return status == STATUS_OK ? status : diag_fail(diag, status, found.offset, found.reason);
}

/* ---- the log ---- */

static char *log_path(const char *path, const struct manifest *manifest) {
    char name[MANIFEST_NAME_BYTES];
    manifest_log_name(manifest, name);
    return build_path(path, name);
}

enum status store_read_log(const char *path, const struct manifest *manifest,
                           struct sync_bytes *out_log, struct diag *diag) {
    *out_log = (struct sync_bytes){ 0 };
    char *name = log_path(path, manifest);
    if (name == NULL) {
        return diag_no_memory(diag);
    }
    struct diag found = { STATUS_OK, 0, NULL };
    enum status status = sync_file_read(name, LOG_READ_MAX, out_log, &found);
    sync_free(name);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return diag_fail(diag, status, found.offset, found.reason);
    }
    return STATUS_OK;
}

/* Header and records as one piece, so that a new log comes into being in one write. */
static enum status new_log(struct sync_file *file, const struct manifest *manifest,
                           const struct log_buffer *records, struct diag *diag) {
    uint8_t *bytes = sync_alloc(LOG_HEADER_BYTES + records->used);
    if (bytes == NULL) {
        return diag_no_memory(diag);
    }
    log_header(manifest->digest, bytes);
    memcpy(bytes + LOG_HEADER_BYTES, records->bytes, records->used);
    enum status status = sync_file_append(file, bytes, LOG_HEADER_BYTES + records->used, diag);
    sync_free(bytes);
    return status;
}

static enum status append(struct sync_file *file, const struct manifest *manifest,
                          const struct log_extent *log, const struct log_buffer *records,
                          struct diag *diag) {
    enum status status = STATUS_OK;
    if (sync_file_size(file) > log->valid_bytes) {
        status = sync_file_truncate(file, log->valid_bytes, diag);   /* a torn tail */
    }
    if (status == STATUS_OK) {
        status = log->valid_bytes == 0 ? new_log(file, manifest, records, diag)
                                       : sync_file_append(file, records->bytes, records->used,
                                                          diag);
    }
    return status == STATUS_OK ? sync_file_sync(file, diag) : status;
}

enum status store_append_log(const char *path, const struct manifest *manifest,
                             const struct log_extent *log, const struct log_buffer *records,
                             struct diag *diag) {
    char *name = log_path(path, manifest);
    if (name == NULL) {
        return diag_no_memory(diag);
    }
    struct sync_file *file;
    enum status status = sync_file_open(name, SYNC_FILE_APPEND, &file, diag);
    if (status == STATUS_OK) {
        status = append(file, manifest, log, records, diag);
        if (status == STATUS_OK && log->valid_bytes == 0) {
            status = sync_folder_sync(path, diag);
        }
        if (status != STATUS_OK) {
            (void)!sync_file_truncate(file, log->valid_bytes, NULL);
        }
        sync_file_close(file);
        if (status != STATUS_OK && log->valid_bytes == 0) {
            (void)!sync_file_remove(name, NULL);
        }
    }
    sync_free(name);
    return status;
}

/* ---- segments ---- */

/* Give the finished temporary file its name. */
static enum status install(const char *path, const struct build_result *result,
                           struct diag *diag) {
    char name[MANIFEST_NAME_BYTES];
    manifest_segment_name(result->summary.digest, name);
    char *from = build_path(path, temporary_segment);
    char *to = build_path(path, name);
    enum status status = from == NULL || to == NULL ? diag_no_memory(diag)
                                                    : sync_file_rename(from, to, diag);
    sync_free(from);
    sync_free(to);
    return status;
}

/* Whether `manifest` is, byte for byte, the one that stands in the folder. */
static enum status is_standing(const char *path, const struct manifest *manifest,
                               bool *out_is_standing, struct diag *diag) {
    struct manifest now;
    struct diag found = { STATUS_OK, DIAG_NO_OFFSET, NULL };
    enum status status = manifest_read(path, &now, &found);
    *out_is_standing = status == STATUS_OK &&
                       memcmp(now.digest, manifest->digest, DIGEST_BYTES) == 0;
    if (status == STATUS_OK) {
        manifest_finish(&now);
    }
    return status == STATUS_NO_MEMORY || status == STATUS_IO
               ? diag_fail(diag, status, found.offset, found.reason)
               : STATUS_OK;
}

static enum status remove_log(const char *path, const struct manifest *manifest,
                              struct diag *diag) {
    char *name = log_path(path, manifest);
    if (name == NULL) {
        return diag_no_memory(diag);
    }
    struct diag found = { STATUS_OK, DIAG_NO_OFFSET, NULL };
    enum status status = sync_file_remove(name, &found);
    sync_free(name);
    return status == STATUS_OK || status == STATUS_NOT_FOUND
               ? STATUS_OK
               : diag_fail(diag, status, found.offset, found.reason);
}

/*
 * Make `manifest` the index.  A log belongs to it by its bytes, so when the same bytes
 * come again, a log that went on from them would count again.  If they stand there now,
 * taking their log away is the commit; if they stood there once, a log left over must
 * be gone for good before they return.  The names of new segments must be there for
 * good before them, too.
 */
static enum status commit_manifest(const char *path, struct manifest *manifest,
                                   struct diag *diag) {
    struct sync_bytes file;
    bool is_there = false;
    enum status status = manifest_encode(manifest, &file, diag);
    if (status == STATUS_OK) {
        status = is_standing(path, manifest, &is_there, diag);
    }
    if (status == STATUS_OK) {
        status = remove_log(path, manifest, diag);
    }
    if (status == STATUS_OK) {
        status = sync_folder_sync(path, diag);
    }
    if (status == STATUS_OK && !is_there) {
        status = manifest_replace(path, &file, diag);
    }
    sync_free(file.bytes);
    return status;
}

/* Install the result if it has documents, add it to `manifest`, and make that the index. */
static enum status publish(const char *path, struct manifest *manifest,
                           const struct build_result *result, struct diag *diag) {
    enum status status = STATUS_OK;
    if (result->summary.document_count > 0) {
        status = install(path, result, diag);
        if (status == STATUS_OK) {
            status = manifest_add(manifest, &result->summary, result->summary.token_count);
            status = status == STATUS_OK ? status
                                         : diag_fail(diag, status, DIAG_NO_OFFSET,
                                                     status_name(status));
        }
    }
    if (status == STATUS_OK) {
        status = commit_manifest(path, manifest, diag);
    }
    if (status == STATUS_OK) {
        /* What is left over does no harm; the next writer tries again. */
        (void)!folder_clean(path, manifest, NULL);
    }
    return status;
}

static enum status finish_file(const char *path, struct builder *builder,
                               const struct build_target *target, struct build_result *out_result,
                               struct diag *diag) {
    struct build_target to = *target;
    char *temporary = build_path(path, temporary_segment);
    if (temporary == NULL) {
        return diag_no_memory(diag);
    }
    to.path = temporary;
    enum status status = builder_finish(builder, &to, out_result, diag);
    sync_free(temporary);
    return status;
}

enum status store_commit_build(const char *path, const struct manifest *manifest,
                               struct builder *builder, struct diag *diag) {
    struct build_target target = { 0 };
    struct build_result result;
    enum status status = finish_file(path, builder, &target, &result, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct manifest next = { .language = manifest->language, .keeps_text = manifest->keeps_text };
    status = publish(path, &next, &result, diag);
    manifest_finish(&next);
    return status;
}

/* The index's segments [0, count) with their deleted sets, but for those quite deleted. */
static enum status carry_over(const struct index *index, uint32_t count,
                              struct manifest *out_manifest, struct diag *diag) {
    *out_manifest = (struct manifest){ .language = index->manifest.language,
                                       .keeps_text = index->manifest.keeps_text };
    for (uint32_t i = 0; i < count; i++) {
        const struct manifest_segment *from = &index->manifest.segments[i];
        uint32_t deleted_count = index->parts[i].deleted_count;
        if (deleted_count == from->summary.document_count) {
            continue;
        }
        if (manifest_add(out_manifest, &from->summary, from->live_tokens) != STATUS_OK) {
            return diag_no_memory(diag);
        }
        struct manifest_segment *to = &out_manifest->segments[out_manifest->segment_count - 1];
        if (deleted_count > 0) {
            size_t bytes = manifest_words(from->summary.document_count) * sizeof(uint64_t);
            to->deleted = sync_alloc(bytes);
            if (to->deleted == NULL) {
                return diag_no_memory(diag);
            }
            memcpy(to->deleted, index->deleted[i], bytes);
            to->deleted_count = deleted_count;
        }
    }
    return STATUS_OK;
}

static enum status mark_replaced(void *context, const uint8_t *id, uint32_t id_bytes,
                                 struct diag *diag) {
    return index_mark_deleted(context, id, id_bytes, diag);
}

/* ---- merging ---- */

/*
 * A merge gives all it copies sums of their own, so damage must be found before, or it
 * would pass for sound from then on.
 */
static enum status verify_segments(const struct index *index, uint32_t from,
                                   const struct index_options *options,
                                   struct index_blame *blame, struct diag *diag) {
    for (uint32_t i = from; i < index->manifest.segment_count; i++) {
        if (build_is_cancelled(options->cancel)) {
            return build_cancelled(diag);
        }
        enum status status = segment_check_sums(&index->parts[i].segment, diag);
        if (status != STATUS_OK) {
            manifest_segment_name(index->manifest.segments[i].summary.digest, blame->file);
            return status;
        }
    }
    return STATUS_OK;
}

/* Parts `from` and on of an index into one file. */
static enum status merge_parts(const struct index *index, uint32_t from,
                               const struct build_options *options,
                               struct build_result *out_result, struct diag *diag) {
    uint32_t count = index->part_count - from;
    char *path = build_path(options->folder, temporary_segment);
    struct source *sources = sync_alloc(((size_t)count + 1) * sizeof(*sources));
    *out_result = (struct build_result){ 0 };
    enum status status = path != NULL && sources != NULL ? STATUS_OK : diag_no_memory(diag);
    uint32_t opened = 0;
    for (; opened < count && status == STATUS_OK; opened++) {
        const struct index_part *part = &index->parts[from + opened];
        status = source_open_segment(&sources[opened], &part->segment, part->deleted);
        if (status != STATUS_OK) {
            status = diag_no_memory(diag);
            break;
        }
    }
    struct build_target target = { .path = path };
    if (status == STATUS_OK) {
        struct build_inputs inputs = { sources, opened };
        status = build_merge(options, &inputs, &target, out_result, diag);
    }
    for (uint32_t i = 0; i < opened; i++) {
        source_close(&sources[i]);
    }
    sync_free(sources);
    sync_free(path);
    return status;
}

/* Replace the index's parts from number `from` on, which are verified, by one segment. */
static enum status replace_parts(const char *path, const struct index *index, uint32_t from,
                                 const struct index_options *options, struct diag *diag) {
    struct build_options build = store_build_options(path, options, &index->manifest);
    struct build_result result;
    struct manifest next;
    enum status status = merge_parts(index, from, &build, &result, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = carry_over(index, from, &next, diag);
    if (status == STATUS_OK) {
        status = publish(path, &next, &result, diag);
    }
    manifest_finish(&next);
    return status;
}

/* Segments at the end that together outweigh a quarter of the one before are one. */
static uint32_t merge_start(const struct index *index) {
    uint32_t count = index->manifest.segment_count;
    if (count < 2) {
        return count;
    }
    uint32_t from = count - 1;
    uint64_t bytes = index->manifest.segments[from].summary.byte_count;
    while (from > 0 &&
           index->manifest.segments[from - 1].summary.byte_count < MERGE_RATIO * bytes) {
        bytes += index->manifest.segments[--from].summary.byte_count;
    }
    return from == count - 1 ? count : from;
}

static enum status tidy(const char *path, const struct index_options *options,
                        struct diag *diag) {
    struct index *index;
    enum status status = index_open(path, &index, diag);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t from = merge_start(index);
    if (from < index->manifest.segment_count) {
        struct index_blame ignored = { "" };
        status = verify_segments(index, from, options, &ignored, diag);
        if (status == STATUS_OK) {
            status = replace_parts(path, index, from, options, diag);
        }
    }
    index_close(index);
    return status;
}

enum status store_commit_change(const char *path, const struct index_options *options,
                                struct builder *builder, struct diag *diag) {
    struct index *index;
    struct build_result result;
    struct manifest next = { 0 };
    enum status status = index_open(path, &index, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct build_target target = { .witness = mark_replaced, .witness_context = index };
    status = finish_file(path, builder, &target, &result, diag);
    if (status == STATUS_OK) {
        status = carry_over(index, index->manifest.segment_count, &next, diag);
    }
    if (status == STATUS_OK) {
        status = publish(path, &next, &result, diag);
    }
    manifest_finish(&next);
    index_close(index);
    if (status == STATUS_OK) {
        /* The change is made; more segments than there need be is no failure of it. */
        (void)!tidy(path, options, NULL);
    }
    return status;
}

static bool is_canonical(const struct index *index) {
    const struct manifest *manifest = &index->manifest;
    return index->log_bytes == 0 && index->part_count == manifest->segment_count &&
           (manifest->segment_count == 0 ||
            (manifest->segment_count == 1 && manifest->segments[0].deleted_count == 0));
}

/* The lock is held. */
static enum status compact(const char *path, const struct index_options *options,
                           struct index_blame *blame, struct diag *diag) {
    struct index *index;
    enum status status = index_load(path, &index, blame, diag);
    if (status != STATUS_OK) {
        return status;
    }
    blame->file[0] = '\0';
    status = folder_clean(path, &index->manifest, diag);
    if (status == STATUS_OK && !is_canonical(index)) {
        status = verify_segments(index, 0, options, blame, diag);
        if (status == STATUS_OK) {
            status = replace_parts(path, index, 0, options, diag);
        }
    }
    index_close(index);
    return status;
}

enum status index_compact_naming(const char *path, const struct index_options *options,
                                 char out_file[INDEX_FILE_NAME_BYTES], struct diag *diag) {
    struct sync_lock_file lock;
    struct manifest manifest;
    struct index_blame blame = { "" };
    out_file[0] = '\0';
    /* Looked at before the lock, so that no lock file is left where no index is. */
    enum status status = manifest_read(path, &manifest, diag);
    if (status != STATUS_OK) {
        snprintf(out_file, INDEX_FILE_NAME_BYTES, "manifest");
        return status;
    }
    manifest_finish(&manifest);
    status = store_lock(path, &lock, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = compact(path, options, &blame, diag);
    snprintf(out_file, INDEX_FILE_NAME_BYTES, "%s", blame.file);
    sync_lock_file_release(&lock);
    return status;
}

enum status index_compact(const char *path, const struct index_options *options,
                          struct diag *diag) {
    char file[INDEX_FILE_NAME_BYTES];
    return index_compact_naming(path, options, file, diag);
}
