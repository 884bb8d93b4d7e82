/* feed.c - read files in groups on the pool, put them in their order. */
#include "feed.h"

#include <string.h>

#include "indexer/extract.h"
#include "sync/memory.h"

/* A stream is held as a whole; a file, which is mapped, may be larger. */
#define TSV_STREAM_BYTES_MAX ((size_t)16 << 30)

enum {
    GROUP_FILES = 256,                  /* files extracted at a time, at most */
    GROUP_BYTES = 32 << 20,             /* and their bytes, as stored */
};

/* Put one document; a document out of bounds is the file's failure, not the index's. */
static bool put_document(struct feed *feed, const char *file, const struct index_input *input,
                         uint64_t offset) {
    struct diag diag = { .status = STATUS_OK };
    enum status status = index_writer_put(feed->writer, input, &diag);
    if (status == STATUS_OK) {
        feed->document_count++;
        return true;
    }
    if (status == STATUS_LIMIT) {
        diag.offset = offset;
        cli_complain(file, &diag);
        feed->has_failed = true;
        return true;
    }
    feed->is_stopped = status == STATUS_CANCELLED;
    if (!feed->is_stopped) {
        complain_index(feed->index, NULL, &diag);
    }
    return false;
}

static bool is_stopped(struct feed *feed) {
    feed->is_stopped = sync_u32_load(feed->wish, SYNC_RELAXED) != 0;
    return feed->is_stopped;
}

static bool put_slot(struct feed *feed, const struct file *file, struct extract_slot *slot) {
    if (slot->status == STATUS_OK) {
        struct index_input input = {
            .id = (const uint8_t *)file->path, .id_bytes = strlen(file->path),
            .title = (const uint8_t *)slot->text.title, .title_bytes = slot->text.title_bytes,
            .text = slot->text.text, .text_bytes = slot->text.text_bytes };
        return put_document(feed, file->path, &input, DIAG_NO_OFFSET);
    }
    if (slot->status == STATUS_UNSUPPORTED && !file->is_named) {
        feed->skipped++;
        if (feed->is_verbose) {
            files_say_skipped(file->path, slot->diag.reason);
        }
    } else {
        cli_complain(shown_path(file->path), &slot->diag);
        feed->has_failed = true;
    }
    return true;
}

/* Files from `first` that make a group. */
static size_t group_end(const struct files *files, size_t first) {
    size_t end = first;
    uint64_t bytes = 0;
    while (end < files->count && end - first < GROUP_FILES
           && (end == first || bytes + files->list[end].byte_count <= GROUP_BYTES)) {
        bytes += files->list[end++].byte_count;
    }
    return end;
}

static bool feed_group(struct feed *feed, const struct files *files, size_t first, size_t end) {
    size_t count = end - first;
    struct extract_slot *slots = sync_alloc_zero(count, sizeof(*slots));
    enum status status = slots == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK) {
        for (size_t i = 0; i < count; i++) {
            slots[i].path = files->list[first + i].path;
        }
        status = extract_batch(feed->pool, NULL, slots, count);
    }
    if (status != STATUS_OK) {
        sync_free(slots);
        cli_say("%s", status_name(status));
        return false;
    }
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        is_good = is_good && put_slot(feed, &files->list[first + i], &slots[i]);
        extract_free(&slots[i].text);
    }
    sync_free(slots);
    return is_good;
}

bool feed_files(struct feed *feed, const struct files *files) {
    struct cli_progress progress;
    uint64_t done = 0;
    bool is_good = true;
    cli_progress_begin(&progress, "indexing", files->byte_count);
    for (size_t first = 0; first < files->count && is_good && !is_stopped(feed);) {
        size_t end = group_end(files, first);
        is_good = feed_group(feed, files, first, end);
        for (; first < end; first++) {
            done += files->list[first].byte_count;
        }
        cli_progress_step(&progress, done);
    }
    cli_progress_end(&progress);
    return is_good && !feed->is_stopped;
}

/* ---- TSV ---- */

static void complain_line(struct feed *feed, const char *path, uint64_t offset,
                          const char *reason) {
    struct diag diag = { STATUS_BAD_DATA, offset, reason };
    cli_complain(path, &diag);
    feed->has_failed = true;
}

static bool put_line(struct feed *feed, const char *path, const uint8_t *line, size_t count,
                     uint64_t offset) {
    if (count > 0 && line[count - 1] == '\r') {
        count--;
    }
    if (count == 0) {
        return true;
    }
    const uint8_t *tab = memchr(line, '\t', count);
    if (tab == NULL || tab == line) {
        complain_line(feed, path, offset,
                      tab == NULL ? "line without a tab" : "line without an id");
        return true;
    }
    size_t id_bytes = (size_t)(tab - line);
    struct index_input input = { .id = line, .id_bytes = id_bytes, .text = tab + 1,
                                 .text_bytes = count - id_bytes - 1 };
    return put_document(feed, path, &input, offset);
}

static bool put_lines(struct feed *feed, const char *path, const uint8_t *bytes, size_t count) {
    struct cli_progress progress;
    bool is_good = true;
    cli_progress_begin(&progress, "indexing", count);
    for (size_t at = 0; at < count && is_good && !is_stopped(feed);) {
        const uint8_t *end = memchr(bytes + at, '\n', count - at);
        size_t line = end == NULL ? count - at : (size_t)(end - (bytes + at));
        is_good = put_line(feed, path, bytes + at, line, at);
        at += line + 1;
        cli_progress_step(&progress, at);
    }
    cli_progress_end(&progress);
    return is_good && !feed->is_stopped;
}

bool feed_tsv(struct feed *feed, const struct tsv *tsv) {
    return put_lines(feed, tsv->path, tsv->bytes, tsv->byte_count);
}

/* A pipe has no size to map; a folder fails here as it does anywhere. */
static enum status read_stream(struct tsv *tsv, struct diag *diag) {
    const char *name = strcmp(tsv->path, "-") == 0 ? "/dev/stdin" : tsv->path;
    enum status status = sync_file_read(name, TSV_STREAM_BYTES_MAX, &tsv->read, diag);
    tsv->bytes = tsv->read.bytes;
    tsv->byte_count = tsv->read.count;
    return status;
}

bool tsv_open(struct tsv *tsv, const char *path) {
    struct diag diag = { .status = STATUS_OK };
    struct sync_entry entry;
    *tsv = (struct tsv){ .path = path };
    bool is_file = strcmp(path, "-") != 0 && sync_path_kind(path, &entry, NULL) == STATUS_OK
                   && entry.kind == SYNC_ENTRY_FILE;
    enum status status;
    if (is_file) {
        status = sync_map_open(path, &tsv->map, &diag);
        tsv->bytes = tsv->map.bytes;
        tsv->byte_count = tsv->map.count;
    } else {
        status = read_stream(tsv, &diag);
    }
    if (status != STATUS_OK) {
        tsv->byte_count = 0;
        cli_complain(shown_path(path), &diag);
    }
    return status == STATUS_OK;
}

void tsv_close(struct tsv *tsv) {
    if (tsv->map.bytes != NULL) {
        sync_map_close(&tsv->map);
    }
    sync_free(tsv->read.bytes);
    *tsv = (struct tsv){ .path = NULL };
}
