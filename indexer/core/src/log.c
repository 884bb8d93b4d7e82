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
    LOG_COMMIT_BYTES = LOG_RECORD_HEADER_BYTES + 1,
    LOG_NAME_BYTES = 16,           /* of the manifest's digest */
    LOG_SECTOR_BYTES = 512,        /* what a disk writes whole or not at all */
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

/* ---- torn or damaged ---- */

static bool is_zero(const uint8_t *bytes, size_t count) {
    size_t i = 0;
    while (i < count && bytes[i] == 0) {
        i++;
    }
    return i == count;
}

/*
 * Whether a commit record begins at or behind `p`.  What it goes on from is not known
 * there, so it is told by its own second sum.
 */
static bool has_commit(const uint8_t *p, const uint8_t *end) {
    for (; (size_t)(end - p) >= LOG_COMMIT_BYTES; p++) {
        if (p[0] == 1 && is_zero(p + 1, 3) && p[LOG_RECORD_HEADER_BYTES] == LOG_COMMIT &&
            get_le32(p + 8) == hash_crc32c(get_le32(p + 4), p + LOG_RECORD_HEADER_BYTES, 1)) {
            return true;
        }
    }
    return false;
}

/*
 * Whether the bytes to the end of the file, as long as a commit record, are what is left
 * of one.  A write that was cut short leaves whole sectors of it, and zeros: only a
 * record across the border of two can be in part there.
 */
static bool is_damaged_commit(const struct log_image *log, size_t at, uint32_t crc) {
    uint8_t wanted[LOG_COMMIT_BYTES];
    const uint8_t *p = log->bytes + at;
    size_t first = LOG_SECTOR_BYTES - at % LOG_SECTOR_BYTES;
    if (log->count - at != LOG_COMMIT_BYTES) {
        return false;
    }
    struct log_buffer buffer = { .bytes = wanted, .room = sizeof(wanted), .crc = crc };
    wanted[LOG_RECORD_HEADER_BYTES] = LOG_COMMIT;
    seal(&buffer, wanted, wanted + sizeof(wanted));
    if (first >= sizeof(wanted)) {
        return !is_zero(p, sizeof(wanted));
    }
    bool has_first = memcmp(p, wanted, first) == 0;
    bool has_last = memcmp(p + first, wanted + first, sizeof(wanted) - first) == 0;
    return !(has_first || is_zero(p, first)) ||
           !(has_last || is_zero(p + first, sizeof(wanted) - first));
}

/*
 * Whether the bytes from `at` on, where no sound record begins, are more than a write
 * that was cut short, which may leave any of its pages behind and zeros for the others.
 * Nothing was promised of a group before its commit record, so without a sound one
 * behind the place it is torn; but the last record of all is a commit record itself.
 */
static bool is_damage(const struct log_image *log, size_t at, uint32_t crc) {
    return has_commit(log->bytes + at, log->bytes + log->count) ||
           is_damaged_commit(log, at, crc);
}

/* ---- reading ---- */

/* A header that is not this log's may be the zeros of a page that was not written. */
static bool header_is_damage(const struct log_image *log, const uint8_t *header, size_t count) {
    const uint8_t *end = log->bytes + log->count;
    return memcmp(log->bytes, header, count) != 0 &&
           (!is_zero(log->bytes, count) || has_commit(log->bytes + count, end));
}

enum status log_read(const struct log_image *log, const struct log_visitor *visitor,
                     struct log_extent *out_extent, struct diag *diag) {
    const uint8_t *bytes = log->bytes;
    size_t count = log->count;
    uint8_t header[LOG_HEADER_BYTES];
    log_header(log->manifest_digest, header);
    size_t common = count < LOG_HEADER_BYTES ? count : (size_t)LOG_HEADER_BYTES;
    *out_extent = (struct log_extent){ .is_damaged = common > 0 &&
                                                     header_is_damage(log, header, common) };
    if (common < LOG_HEADER_BYTES || memcmp(bytes, header, LOG_HEADER_BYTES) != 0) {
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
            *out_extent = (struct log_extent){ .valid_bytes = at, .record_count = records,
                                               .crc = crc };
        }
    }
    out_extent->is_damaged = state == RECORD_DAMAGED && is_damage(log, at, crc);
    out_extent->damage_offset = at;
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
