/* sink.c - bytes on their way to a file, with their sums. */
#include "sink.h"

#include "base/endian.h"
#include "base/hash.h"
#include "sync/memory.h"

enum { GROW_FIRST_BYTES = 4096 };

void sink_fail(struct sink *sink, enum status status, const char *reason) {
    if (sink->status == STATUS_OK) {
        sink->status = diag_fail(&sink->diag, status, DIAG_NO_OFFSET, reason);
    }
}

/* Room for `wanted` bytes in a growing array; false when there is no memory. */
static bool grow_bytes(uint8_t **bytes, size_t *room, size_t wanted) {
    if (wanted <= *room) {
        return true;
    }
    size_t next = *room < GROW_FIRST_BYTES ? GROW_FIRST_BYTES : *room + *room / 2;
    next = next < wanted ? wanted : next;
    uint8_t *grown = sync_resize(*bytes, next);
    if (grown == NULL) {
        return false;
    }
    *bytes = grown;
    *room = next;
    return true;
}

enum status sink_open(struct sink *sink, const char *path, struct diag *diag) {
    *sink = (struct sink){ 0 };
    digest_init(&sink->digest);
    if (path != NULL) {
        enum status status = sync_output_open(path, &sink->output, diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
    sink->room = path != NULL ? SINK_BUFFER_BYTES : GROW_FIRST_BYTES;
    sink->buffer = sync_alloc(sink->room);
    if (sink->buffer == NULL) {
        sink_finish(sink);
        return diag_no_memory(diag);
    }
    return STATUS_OK;
}

static void end_page(struct sink *sink) {
    if (!grow_bytes(&sink->sums, &sink->sums_room, sink->sums_used + 4)) {
        sink_fail(sink, STATUS_NO_MEMORY, "out of memory");
        return;
    }
    put_le32(sink->sums + sink->sums_used, sink->page_crc);
    sink->sums_used += 4;
    sink->page_crc = 0;
}

/* Sum and digest bytes that will not change any more. */
static void account(struct sink *sink, const uint8_t *bytes, size_t count) {
    digest_update(&sink->digest, bytes, count);
    while (count > 0 && sink->status == STATUS_OK) {
        size_t left = SINK_PAGE_BYTES - (size_t)(sink->flushed % SINK_PAGE_BYTES);
        size_t piece = count < left ? count : left;
        sink->page_crc = hash_crc32c(sink->page_crc, bytes, piece);
        sink->flushed += piece;
        bytes += piece;
        count -= piece;
        if (piece == left) {
            end_page(sink);
        }
    }
}

static void flush(struct sink *sink) {
    if (sink->status != STATUS_OK) {
        return;
    }
    if (sink->output == NULL) {
        account(sink, sink->buffer + sink->flushed, sink->used - (size_t)sink->flushed);
        return;
    }
    account(sink, sink->buffer, sink->used);
    if (sink->status == STATUS_OK && sink->used > 0) {
        sink->status = sync_output_write(sink->output, sink->buffer, sink->used, &sink->diag);
    }
    sink->used = 0;
}

void sink_put_slow(struct sink *sink, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    if (sink->output == NULL) {
        if (sink->status == STATUS_OK &&
            !grow_bytes(&sink->buffer, &sink->room, sink->used + count + 1)) {
            sink_fail(sink, STATUS_NO_MEMORY, "out of memory");
        }
        if (sink->status == STATUS_OK) {
            sink_put(sink, bytes, count);
        }
        return;
    }
    while (count > 0 && sink->status == STATUS_OK) {
        size_t left = sink->room - sink->used;
        size_t piece = count < left ? count : left;
        memcpy(sink->buffer + sink->used, p, piece);
        sink->used += piece;
        sink->total += piece;
        p += piece;
        count -= piece;
        if (sink->used == sink->room) {
            flush(sink);
        }
    }
}

void sink_sums(struct sink *sink, const uint8_t **out_sums, size_t *out_count) {
    flush(sink);
    if (sink->flushed % SINK_PAGE_BYTES != 0 && sink->status == STATUS_OK) {
        end_page(sink);
    }
    *out_sums = sink->sums;
    *out_count = sink->sums_used;
}

enum status sink_digest(struct sink *sink, uint8_t out_digest[DIGEST_BYTES],
                        struct diag *diag) {
    flush(sink);
    digest_finish(&sink->digest, out_digest);
    if (sink->status != STATUS_OK) {
        return diag_fail(diag, sink->status, sink->diag.offset, sink->diag.reason);
    }
    return STATUS_OK;
}

enum status sink_commit(struct sink *sink, struct diag *diag) {
    struct sync_output *output = sink->output;
    sink->output = NULL;
    return output != NULL ? sync_output_commit(output, diag) : STATUS_OK;
}

void sink_take(struct sink *sink, struct sync_bytes *out_image) {
    *out_image = (struct sync_bytes){ .bytes = sink->buffer, .count = sink->used };
    sink->buffer = NULL;
    sink->used = 0;
    sink->room = 0;
}

void sink_finish(struct sink *sink) {
    sync_output_abort(sink->output);
    sync_free(sink->buffer);
    sync_free(sink->sums);
    *sink = (struct sink){ .status = STATUS_CLOSED };
}
