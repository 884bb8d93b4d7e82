/*
 * writer.c - a build or a change, from begin to commit.
 *
 * Small changes are records: one append to the log and one sync.  When log and
 * records together pass LOG_FLUSH_BYTES, all of them go through a builder into a
 * segment, and a new manifest takes the log's place.
 */
#include "index_impl.h"
#include "store.h"
#include "sync/memory.h"

struct index_writer {
    char *path;
    struct index_options options;
    struct sync_lock_file lock;
    bool has_lock;
    bool made_folder;
    bool is_build;
    struct manifest manifest;       /* what is there; empty for a build */
    struct log_extent log;
    struct log_buffer records;      /* not yet committed */
    struct builder *builder;        /* NULL while the log is enough */
};

static void writer_free(struct index_writer *writer) {
    builder_destroy(writer->builder);
    manifest_finish(&writer->manifest);
    sync_free(writer->records.bytes);
    if (writer->has_lock) {
        sync_lock_file_release(&writer->lock);
    }
    sync_free(writer->path);
    sync_free(writer);
}

/* For certain: where one cannot look there may be an index. */
static bool has_no_manifest(const struct index_writer *writer) {
    char *path = build_path(writer->path, "manifest");
    struct sync_entry entry;
    bool is_absent = path != NULL && sync_path_kind(path, &entry, NULL) == STATUS_NOT_FOUND;
    sync_free(path);
    return is_absent;
}

void index_writer_abort(struct index_writer *writer) {
    if (writer == NULL) {
        return;
    }
    builder_destroy(writer->builder);
    writer->builder = NULL;
    bool leaves_nothing = writer->has_lock && has_no_manifest(writer);
    char *lock = leaves_nothing ? build_path(writer->path, "lock") : NULL;
    if (lock != NULL) {
        (void)!folder_clean(writer->path, NULL, NULL);
        (void)!sync_file_remove(lock, NULL);
    }
    sync_free(lock);
    if (writer->made_folder) {
        (void)!sync_folder_remove(writer->path, NULL);   /* fails once an index is there */
    }
    writer_free(writer);
}

static enum status writer_create(const char *path, const struct index_options *options,
                                 struct index_writer **out_writer, struct diag *diag) {
    *out_writer = NULL;
    struct index_writer *writer = sync_alloc_zero(1, sizeof(*writer));
    if (writer == NULL) {
        return diag_no_memory(diag);
    }
    if (path[0] == '\0') {
        sync_free(writer);   /* it would be the root's */
        return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "the path is empty");
    }
    writer->options = *options;
    writer->path = build_path(path, "");
    if (writer->path == NULL) {
        sync_free(writer);
        return diag_no_memory(diag);
    }
    *out_writer = writer;
    return STATUS_OK;
}

struct build_options store_build_options(const char *path, const struct index_options *options,
                                         const struct manifest *manifest) {
    size_t memory = options->memory_bytes != 0 ? options->memory_bytes : INDEX_MEMORY_DEFAULT;
    return (struct build_options){
        .folder = path,
        .memory_bytes = memory > INDEX_MEMORY_MIN ? memory : INDEX_MEMORY_MIN,
        .pool = options->pool,
        .language = manifest->language,
        .keeps_text = manifest->keeps_text,
        .cancel = options->cancel,
    };
}

static enum status start_builder(struct index_writer *writer, struct diag *diag) {
    struct build_options options =
        store_build_options(writer->path, &writer->options, &writer->manifest);
    return builder_create(&options, &writer->builder, diag);
}

/* The folder made, ours, and locked. */
static enum status enter_folder(struct index_writer *writer, struct diag *diag) {
    struct diag found = { STATUS_OK, 0, NULL };
    enum status status = sync_folder_create(writer->path, &found);
    writer->made_folder = status == STATUS_OK;
    if (status != STATUS_OK && status != STATUS_EXISTS) {
        return diag_fail(diag, status, found.offset, found.reason);
    }
    char foreign[INDEX_FILE_NAME_BYTES];
    status = folder_is_ours(writer->path, foreign, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = store_lock(writer->path, &writer->lock, diag);
    writer->has_lock = status == STATUS_OK;
    return status;
}

enum status index_build_begin(const char *path, const struct index_options *options,
                              struct index_writer **out_writer, struct diag *diag) {
    struct index_writer *writer;
    enum status status = writer_create(path, options, &writer, diag);
    *out_writer = NULL;
    if (status != STATUS_OK) {
        return status;
    }
    writer->is_build = true;
    writer->manifest.language = options->language == INDEX_LANGUAGE_ENGLISH ? ANALYSIS_ENGLISH
                                                                            : ANALYSIS_NONE;
    writer->manifest.keeps_text = !options->omits_text;
    status = enter_folder(writer, diag);
    if (status == STATUS_OK) {
        status = start_builder(writer, diag);
    }
    if (status != STATUS_OK) {
        index_writer_abort(writer);
        return status;
    }
    *out_writer = writer;
    return STATUS_OK;
}

/* How much of the log counts, and what its next record goes on from. */
static enum status measure_log(struct index_writer *writer, struct diag *diag) {
    struct sync_bytes log;
    enum status status = store_read_log(writer->path, &writer->manifest, &log, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct log_image image = { log.bytes, log.count, writer->manifest.digest };
    status = log_read(&image, NULL, &writer->log, diag);
    writer->records.crc = writer->log.crc;
    if (writer->log.valid_bytes == 0) {
        writer->records.crc = log_first_crc(writer->manifest.digest);
    }
    sync_free(log.bytes);
    if (status == STATUS_OK && writer->log.is_damaged) {
        return diag_fail(diag, STATUS_BAD_DATA, writer->log.damage_offset, "log is damaged");
    }
    return status;
}

enum status index_change_begin(const char *path, const struct index_options *options,
                               struct index_writer **out_writer, struct diag *diag) {
    struct index_writer *writer;
    enum status status = writer_create(path, options, &writer, diag);
    *out_writer = NULL;
    if (status != STATUS_OK) {
        return status;
    }
    /* Looked at before the lock too, so that no lock file is left where no index is. */
    status = manifest_read(writer->path, &writer->manifest, diag);
    if (status == STATUS_OK) {
        status = store_lock(writer->path, &writer->lock, diag);
        writer->has_lock = status == STATUS_OK;
        manifest_finish(&writer->manifest);
    }
    if (status == STATUS_OK) {
        status = manifest_read(writer->path, &writer->manifest, diag);
    }
    if (status == STATUS_OK) {
        status = folder_clean(writer->path, &writer->manifest, diag);
    }
    if (status == STATUS_OK) {
        status = measure_log(writer, diag);
    }
    if (status != STATUS_OK) {
        writer_free(writer);
        return status;
    }
    *out_writer = writer;
    return STATUS_OK;
}

/* ---- documents ---- */

static enum status put_in_builder(void *context, const struct index_input *input,
                                  enum run_kind kind, struct diag *diag) {
    return builder_put(context, input, kind, diag);
}

/* From the log to a builder: everything the log holds, then what was to be appended. */
static enum status promote(struct index_writer *writer, struct diag *diag) {
    struct sync_bytes log;
    struct log_extent extent;
    enum status status = start_builder(writer, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct log_visitor visitor = { put_in_builder, writer->builder };
    status = store_read_log(writer->path, &writer->manifest, &log, diag);
    if (status == STATUS_OK) {
        struct log_image image = { log.bytes, log.count, writer->manifest.digest };
        status = log_read(&image, &visitor, &extent, diag);
        sync_free(log.bytes);
    }
    if (status == STATUS_OK) {
        status = log_replay(&writer->records, &visitor, diag);
    }
    sync_free(writer->records.bytes);
    writer->records = (struct log_buffer){ 0 };
    return status;
}

static enum status put_any(struct index_writer *writer, const struct index_input *input,
                           enum run_kind kind, struct diag *diag) {
    size_t bytes = writer->log.valid_bytes + writer->records.used + input->id_bytes +
                   input->title_bytes + input->text_bytes;
    if (writer->builder == NULL && bytes > LOG_FLUSH_BYTES) {
        enum status status = promote(writer, diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (writer->builder != NULL) {
        return builder_put(writer->builder, input, kind, diag);
    }
    return log_put(&writer->records, input, kind) == STATUS_OK ? STATUS_OK : diag_no_memory(diag);
}

enum status index_writer_put(struct index_writer *writer, const struct index_input *input,
                             struct diag *diag) {
    if (input->id_bytes == 0 || input->id_bytes > INDEX_ID_BYTES_MAX) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "document id empty or too long");
    }
    if (input->title_bytes > INDEX_TITLE_BYTES_MAX) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "document title too long");
    }
    if (input->text_bytes > INDEX_TEXT_BYTES_MAX) {
        return diag_fail(diag, STATUS_LIMIT, INDEX_TEXT_BYTES_MAX, "document too long");
    }
    return put_any(writer, input, RUN_PUT, diag);
}

enum status index_writer_delete(struct index_writer *writer, const uint8_t *id, size_t id_bytes,
                                struct diag *diag) {
    struct index_input input = { .id = id, .id_bytes = id_bytes };
    if (id_bytes == 0 || id_bytes > INDEX_ID_BYTES_MAX) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "document id empty or too long");
    }
    return put_any(writer, &input, RUN_DELETE, diag);
}

/* ---- commit ---- */

static enum status commit_records(struct index_writer *writer, struct diag *diag) {
    if (writer->records.used == 0) {
        return STATUS_OK;
    }
    if (log_put_commit(&writer->records) != STATUS_OK) {
        return diag_no_memory(diag);
    }
    return store_append_log(writer->path, &writer->manifest, &writer->log, &writer->records, diag);
}

enum status index_writer_commit(struct index_writer *writer, struct diag *diag) {
    enum status status;
    if (build_is_cancelled(writer->options.cancel)) {
        index_writer_abort(writer);
        return build_cancelled(diag);
    }
    if (writer->is_build) {
        status = store_commit_build(writer->path, &writer->manifest, writer->builder, diag);
    } else if (writer->builder != NULL) {
        status = store_commit_change(writer->path, &writer->options, writer->builder, diag);
    } else {
        status = commit_records(writer, diag);
    }
    if (status != STATUS_OK) {
        index_writer_abort(writer);
        return status;
    }
    writer_free(writer);
    return STATUS_OK;
}
