/* spool.c - memory, then a temporary file. */
#include "spool.h"

#include "sync/memory.h"

enum { GROW_FIRST_BYTES = 4096, COPY_BYTES = 1 << 16 };

/* Room for `wanted` bytes, by half as much again. */
static bool grow(struct spool *spool, size_t wanted) {
    if (wanted <= spool->room) {
        return true;
    }
    size_t next = spool->room < GROW_FIRST_BYTES ? GROW_FIRST_BYTES
                                                 : spool->room + spool->room / 2;
    next = next < wanted ? wanted : next;
    uint8_t *grown = sync_resize(spool->buffer, next);
    if (grown == NULL) {
        return false;
    }
    spool->buffer = grown;
    spool->room = next;
    return true;
}

void spool_init(struct spool *spool, const char *path, size_t limit_bytes) {
    *spool = (struct spool){ .path = path, .limit = limit_bytes };
}

static void spool_flush(struct spool *spool) {
    if (spool->file == NULL) {
        spool->status = sync_file_open(spool->path, SYNC_FILE_CREATE, &spool->file, &spool->diag);
        if (spool->status == STATUS_OK) {
            /* The open file is all we need; without a name nothing is left when we die. */
            spool->status = sync_file_remove(spool->path, &spool->diag);
        }
    }
    if (spool->status == STATUS_OK) {
        spool->status = sync_file_append(spool->file, spool->buffer, spool->used, &spool->diag);
    }
    spool->used = 0;
}

void spool_put_slow(struct spool *spool, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    while (count > 0 && spool->status == STATUS_OK) {
        size_t wanted = spool->used + count;
        size_t room = spool->path != NULL && wanted > spool->limit ? spool->limit : wanted;
        if (!grow(spool, room)) {
            spool->status = diag_no_memory(&spool->diag);
            return;
        }
        size_t left = spool->room - spool->used;
        size_t piece = count < left ? count : left;
        memcpy(spool->buffer + spool->used, p, piece);
        spool->used += piece;
        spool->total += piece;
        p += piece;
        count -= piece;
        if (count > 0) {
            spool_flush(spool);
        }
    }
}

enum status spool_read(struct spool *spool, uint64_t offset, void *bytes, size_t count,
                       struct diag *diag) {
    uint64_t in_file = spool->file != NULL ? sync_file_size(spool->file) : 0;
    uint8_t *p = bytes;
    if (spool->status != STATUS_OK) {
        return diag_fail(diag, spool->status, spool->diag.offset, spool->diag.reason);
    }
    if (offset < in_file) {
        size_t piece = in_file - offset < count ? (size_t)(in_file - offset) : count;
        enum status status = sync_file_read_at(spool->file, offset, p, piece, diag);
        if (status != STATUS_OK) {
            return status;
        }
        p += piece;
        offset += piece;
        count -= piece;
    }
    if (count > 0) {
        memcpy(p, spool->buffer + (size_t)(offset - in_file), count);
    }
    return STATUS_OK;
}

void spool_drain(struct spool *spool, struct sink *sink) {
    uint64_t in_file = spool->file != NULL ? sync_file_size(spool->file) : 0;
    if (spool->status != STATUS_OK) {
        sink_fail(sink, spool->status, spool->diag.reason);
    }
    uint8_t *copy = in_file > 0 ? sync_alloc(COPY_BYTES) : NULL;
    if (in_file > 0 && copy == NULL) {
        sink_fail(sink, STATUS_NO_MEMORY, "out of memory");
    }
    for (uint64_t at = 0; at < in_file && sink->status == STATUS_OK;) {
        size_t piece = in_file - at < COPY_BYTES ? (size_t)(in_file - at) : COPY_BYTES;
        enum status status = sync_file_read_at(spool->file, at, copy, piece, &sink->diag);
        if (status != STATUS_OK) {
            sink->status = status;
            break;
        }
        sink_put(sink, copy, piece);
        at += piece;
    }
    sync_free(copy);
    if (spool->used > 0) {
        sink_put(sink, spool->buffer, spool->used);
    }
}

void spool_finish(struct spool *spool) {
    if (spool->file != NULL) {
        sync_file_close(spool->file);
    }
    sync_free(spool->buffer);
    *spool = (struct spool){ .status = STATUS_CLOSED };
}
