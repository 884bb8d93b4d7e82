/* log.c - records of the log. */
#include "log.h"

#include <string.h>

#include "base/endian.h"
#include "base/hash.h"
#include "sync/memory.h"
#include "varint.h"

#define LOG_MAGIC "WEFTLOG\n"

enum {
    LOG_RECORD_HEADER_BYTES = 12,  /* count of the body, checksum of that, checksum of the body */
    LOG_COMMIT = 2,                /* beside RUN_PUT and RUN_DELETE */
    LOG_NAME_BYTES = 16,           /* of the manifest's digest */
};

void log_header(const uint8_t manifest_digest[DIGEST_BYTES],
                uint8_t out_header[LOG_HEADER_BYTES]) {
    memcpy(out_header, LOG_MAGIC, 8);
    memcpy(out_header + 8, manifest_digest, LOG_NAME_BYTES);
}

uint32_t log_first_crc(const uint8_t manifest_digest[DIGEST_BYTES]) {
    uint8_t header[LOG_HEADER_BYTES];
    log_header(manifest_digest, header);
    return hash_crc32c(0, header, LOG_HEADER_BYTES);
}

static uint8_t *reserve(struct log_buffer *buffer, size_t more) {
    if (more > buffer->room - buffer->used) {
        size_t room = buffer->room + buffer->room / 2 + more + 1024;
        uint8_t *grown = sync_resize(buffer->bytes, room);
        if (grown == NULL) {
            return NULL;
        }
        buffer->bytes = grown;
        buffer->room = room;
    }
    return buffer->bytes + buffer->used;
}

/* The body has been written behind the room for the record's header. */
static void seal(struct log_buffer *buffer, uint8_t *record, const uint8_t *end) {
    size_t body_bytes = (size_t)(end - record) - LOG_RECORD_HEADER_BYTES;
    put_le32(record, (uint32_t)body_bytes);
    uint32_t crc = hash_crc32c(buffer->crc, record, 4);
    put_le32(record + 4, crc);
    buffer->crc = hash_crc32c(crc, record + LOG_RECORD_HEADER_BYTES, body_bytes);
    put_le32(record + 8, buffer->crc);
    buffer->used += (size_t)(end - record);
}

enum status log_put(struct log_buffer *buffer, const struct index_input *input,
                    enum run_kind kind) {
    size_t most = LOG_RECORD_HEADER_BYTES + 1 + 2 * VARINT_BYTES_MAX + input->id_bytes +
                  input->title_bytes + input->text_bytes;
    uint8_t *record = reserve(buffer, most);
    if (record == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint8_t *p = record + LOG_RECORD_HEADER_BYTES;
    *p++ = (uint8_t)kind;
    p = varint_put(p, input->id_bytes);
    memcpy(p, input->id, input->id_bytes);
    p += input->id_bytes;
    if (kind == RUN_PUT) {
        p = varint_put(p, input->title_bytes);
        if (input->title_bytes > 0) {
            memcpy(p, input->title, input->title_bytes);
        }
        p += input->title_bytes;
        if (input->text_bytes > 0) {
            memcpy(p, input->text, input->text_bytes);
        }
        p += input->text_bytes;
    }
    seal(buffer, record, p);
    return STATUS_OK;
}

enum status log_put_commit(struct log_buffer *buffer) {
    uint8_t *record = reserve(buffer, LOG_RECORD_HEADER_BYTES + 1);
    if (record == NULL) {
        return STATUS_NO_MEMORY;
    }
    record[LOG_RECORD_HEADER_BYTES] = LOG_COMMIT;
    seal(buffer, record, record + LOG_RECORD_HEADER_BYTES + 1);
    return STATUS_OK;
}

/* One record. */
struct record {
    uint8_t kind;
    struct index_input input;
    size_t bytes;              /* header included */
    uint32_t crc;
};

static bool read_body(const uint8_t *p, const uint8_t *end, struct record *record) {
    uint32_t id_bytes, title_bytes = 0;
    struct index_input *input = &record->input;
    record->kind = *p++;
    if (record->kind == LOG_COMMIT) {
        return p == end;
    }
    if (record->kind > LOG_COMMIT || (p = varint_get(p, end, &id_bytes)) == NULL ||
        id_bytes == 0 || id_bytes > INDEX_ID_BYTES_MAX || id_bytes > (size_t)(end - p)) {
        return false;
    }
    *input = (struct index_input){ .id = p, .id_bytes = id_bytes };
    p += id_bytes;
    if (record->kind == RUN_DELETE) {
        return p == end;
    }
    if ((p = varint_get(p, end, &title_bytes)) == NULL || title_bytes > INDEX_TITLE_BYTES_MAX ||
        title_bytes > (size_t)(end - p)) {
        return false;
    }
    input->title = p;
    input->title_bytes = title_bytes;
    input->text = p + title_bytes;
    input->text_bytes = (size_t)(end - input->text);
    return true;
}

enum record_state { RECORD_SOUND, RECORD_TORN, RECORD_DAMAGED };

/*
 * The record at `p`.  Torn is what a write that was cut short leaves: all there is
 * of it is right.  A record that is wholly there and does not add up is damaged.
 */
static enum record_state read_record(const uint8_t *p, size_t left, uint32_t crc,
                                     struct record *record) {
    if (left < LOG_RECORD_HEADER_BYTES) {
        return RECORD_TORN;
    }
    size_t body_bytes = get_le32(p);
    crc = hash_crc32c(crc, p, 4);
    if (crc != get_le32(p + 4) || body_bytes == 0) {
        return RECORD_DAMAGED;
    }
    if (body_bytes > left - LOG_RECORD_HEADER_BYTES) {
        return RECORD_TORN;
    }
    record->crc = hash_crc32c(crc, p + LOG_RECORD_HEADER_BYTES, body_bytes);
    record->bytes = LOG_RECORD_HEADER_BYTES + body_bytes;
    return record->crc == get_le32(p + 8) &&
                   read_body(p + LOG_RECORD_HEADER_BYTES, p + record->bytes, record)
               ? RECORD_SOUND
               : RECORD_DAMAGED;
}

/* Visit the records up to `end`, which are known to be sound. */
static enum status visit(const struct log_image *log, size_t end,
                         const struct log_visitor *visitor, struct diag *diag) {
    struct record record;
    uint32_t crc = log_first_crc(log->manifest_digest);
    for (size_t at = LOG_HEADER_BYTES; at < end; at += record.bytes) {
        if (read_record(log->bytes + at, end - at, crc, &record) != RECORD_SOUND) {
            return diag_fail(diag, STATUS_BAD_DATA, at, "log is damaged");
        }
        if (record.kind != LOG_COMMIT) {
            enum status status = visitor->visit(visitor->context, &record.input, record.kind,
                                                diag);
            if (status != STATUS_OK) {
                return status;
            }
        }
        crc = record.crc;
    }
    return STATUS_OK;
}

/* A file system may leave zeros where a write was under way when the power went. */
static bool is_zero(const uint8_t *bytes, size_t count) {
    size_t i = 0;
    while (i < count && bytes[i] == 0) {
        i++;
    }
    return i == count;
}

enum status log_read(const struct log_image *log, const struct log_visitor *visitor,
                     struct log_extent *out_extent, struct diag *diag) {
    const uint8_t *bytes = log->bytes;
    size_t count = log->count;
    uint8_t header[LOG_HEADER_BYTES];
    log_header(log->manifest_digest, header);
    size_t common = count < LOG_HEADER_BYTES ? count : (size_t)LOG_HEADER_BYTES;
    *out_extent = (struct log_extent){ .is_damaged = common > 0 &&
                                                     memcmp(bytes, header, common) != 0 };
    if (common < LOG_HEADER_BYTES || out_extent->is_damaged) {
        return STATUS_OK;
    }
    uint32_t crc = log_first_crc(log->manifest_digest);
    size_t at = LOG_HEADER_BYTES;
    size_t records = 0;
    struct record record;
    enum record_state state;
    *out_extent = (struct log_extent){ .valid_bytes = at, .crc = crc };
    while ((state = read_record(bytes + at, count - at, crc, &record)) == RECORD_SOUND) {
        at += record.bytes;
        crc = record.crc;
        records += record.kind != LOG_COMMIT;
        if (record.kind == LOG_COMMIT) {
            *out_extent = (struct log_extent){ at, records, crc, false };
        }
    }
    out_extent->is_damaged = state == RECORD_DAMAGED && !is_zero(bytes + at, count - at);
    return visitor != NULL ? visit(log, out_extent->valid_bytes, visitor, diag) : STATUS_OK;
}

enum status log_replay(const struct log_buffer *buffer, const struct log_visitor *visitor,
                       struct diag *diag) {
    struct record record;
    for (size_t at = 0; at < buffer->used; at += record.bytes) {
        const uint8_t *p = buffer->bytes + at;
        record.bytes = LOG_RECORD_HEADER_BYTES + get_le32(p);
        if (!read_body(p + LOG_RECORD_HEADER_BYTES, p + record.bytes, &record)) {
            return diag_fail(diag, STATUS_BAD_DATA, at, "log record is damaged");
        }
        enum status status = visitor->visit(visitor->context, &record.input, record.kind, diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}
