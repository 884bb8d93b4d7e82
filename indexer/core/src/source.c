/* source.c - what both kinds of source have in common, and the runs. */
#include "source.h"

#include <string.h>

#include "base/endian.h"
#include "source_impl.h"
#include "sync/memory.h"
#include "varint.h"

static const char *const run_damaged = "temporary file is damaged";

static enum status take_memory(struct source *source, size_t buffer_bytes) {
    source->room = buffer_bytes;
    source->buffer = sync_alloc_zero(1, buffer_bytes + SOURCE_PAD);
    source->map = sync_alloc(((size_t)source->document_count + 1) * sizeof(*source->map));
    if (source->buffer == NULL || source->map == NULL) {
        source_close(source);
        return STATUS_NO_MEMORY;
    }
    source->p = source->buffer;
    source->end = source->buffer;
    source->first = UINT32_MAX;
    source->last = 0;
    return STATUS_OK;
}

enum status source_open_run(struct source *source, struct spool *runs, struct spool *text,
                            const struct run_place *place, size_t buffer_bytes) {
    memset(source, 0, sizeof(*source));
    source->runs = runs;
    source->text = text;
    source->place = *place;
    source->document_count = place->document_count;
    source->read = place->offset;
    source->read_end = place->offset + place->documents_bytes;
    return take_memory(source, buffer_bytes > SOURCE_RECORD_BYTES_MAX ? buffer_bytes
                                                                     : SOURCE_RECORD_BYTES_MAX);
}

enum status source_open_segment(struct source *source, const struct segment *segment,
                                const uint64_t *deleted) {
    memset(source, 0, sizeof(*source));
    source->segment = segment;
    source->deleted = deleted;
    source->document_count = segment->document_count;
    return take_memory(source, (SOURCE_GAPS + 2) * SOURCE_CODE_BYTES_MAX);
}

void source_close(struct source *source) {
    sync_free(source->buffer);
    sync_free(source->map);
    source->buffer = NULL;
    source->map = NULL;
}

/* Have `wanted` bytes at p, or all that are left of the section. */
static enum status fill(struct source *source, size_t wanted, struct diag *diag) {
    size_t held = (size_t)(source->end - source->p);
    if (held >= wanted || source->read == source->read_end) {
        return STATUS_OK;
    }
    memmove(source->buffer, source->p, held);
    size_t room = source->room - held;
    uint64_t left = source->read_end - source->read;
    size_t count = left < room ? (size_t)left : room;
    source->p = source->buffer;
    source->end = source->buffer + held;
    enum status status = spool_read(source->runs, source->read, source->buffer + held, count, diag);
    if (status != STATUS_OK) {
        return status;
    }
    source->read += count;
    source->end = source->buffer + held + count;
    memset(source->buffer + held + count, 0, SOURCE_PAD);
    return STATUS_OK;
}

static enum status bad_run(const struct source *source, struct diag *diag) {
    return diag_fail(diag, STATUS_BAD_DATA, source->place.offset, run_damaged);
}

/* What follows the kind of a document that is put. */
static const uint8_t *read_put(struct source *source, const uint8_t *p, const uint8_t *end) {
    struct segment_document *document = &source->document;
    if ((p = varint_get(p, end, &document->title_bytes)) == NULL ||
        document->title_bytes > SEGMENT_TITLE_BYTES_MAX ||
        document->title_bytes > (size_t)(end - p)) {
        return NULL;
    }
    document->title = p;
    p = varint_get(p + document->title_bytes, end, &document->token_count);
    if (p == NULL || end - p < 8) {
        return NULL;
    }
    document->fingerprint = get_le64(p);
    p = varint_get64(p + 8, end, &source->text_offset);
    return p != NULL ? varint_get64(p, end, &document->text_bytes) : NULL;
}

enum status run_next_document(struct source *source, struct diag *diag) {
    enum status status = fill(source, SOURCE_RECORD_BYTES_MAX, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct segment_document *document = &source->document;
    const uint8_t *end = source->end;
    const uint8_t *p = varint_get(source->p, end, &document->id_bytes);
    if (p == NULL || document->id_bytes > SEGMENT_ID_BYTES_MAX ||
        document->id_bytes > (size_t)(end - p)) {
        return bad_run(source, diag);
    }
    memcpy(document->id, p, document->id_bytes);
    p = varint_get64(p + document->id_bytes, end, &source->sequence);
    if (p == NULL || p == end) {
        return bad_run(source, diag);
    }
    source->kind = *p++;
    if (source->kind == RUN_PUT && (p = read_put(source, p, end)) == NULL) {
        return bad_run(source, diag);
    }
    source->p = p;
    source->documents_read++;
    return STATUS_OK;
}

enum status source_next_document(struct source *source, bool *out_has, struct diag *diag) {
    *out_has = false;
    if (source->segment != NULL) {
        return segment_source_next_document(source, out_has, diag);
    }
    if (source->documents_read == source->document_count) {
        return STATUS_OK;
    }
    *out_has = true;
    return run_next_document(source, diag);
}

enum status source_text(struct source *source, uint64_t from, struct source_piece *piece,
                        struct diag *diag) {
    uint64_t left = source->document.text_bytes - from;
    if (source->segment != NULL) {
        piece->bytes = source->document.text + from;
        piece->count = (size_t)left;
        return STATUS_OK;
    }
    piece->bytes = piece->scratch;
    piece->count = left < piece->scratch_bytes ? (size_t)left : piece->scratch_bytes;
    return spool_read(source->text, source->text_offset + from, piece->scratch, piece->count,
                      diag);
}

enum status source_start_terms(struct source *source, struct diag *diag) {
    source->term_bytes = 0;
    if (source->segment != NULL) {
        segment_terms_seek(&source->terms, source->segment, NULL, 0);
        return STATUS_OK;
    }
    source->read = source->place.offset + source->place.documents_bytes;
    source->read_end = source->read + source->place.terms_bytes;
    source->p = source->buffer;
    source->end = source->buffer;
    source->payload_left = 0;
    source->window = source->p;
    return fill(source, 1, diag);
}

static uint64_t prefix_of(const uint8_t *term, uint32_t term_bytes) {
    uint8_t bytes[8] = { 0 };
    memcpy(bytes, term, term_bytes < 8 ? term_bytes : 8);
    return (uint64_t)get_be32(bytes) << 32 | get_be32(bytes + 4);
}

enum status run_more(struct source *source, bool *out_has, struct diag *diag) {
    source->payload_left -= (uint64_t)(source->p - source->window);
    source->window = source->p;
    *out_has = source->payload_left > 0;
    if (source->payload_left == 0) {
        return STATUS_OK;
    }
    enum status status = fill(source, SOURCE_PAD, diag);
    size_t held = (size_t)(source->end - source->p);
    source->window = source->p;
    if (held >= source->payload_left) {
        source->safe = source->p + source->payload_left;
    } else if (held >= SOURCE_PAD) {
        source->safe = source->end - (SOURCE_PAD - 1);
    } else if (status == STATUS_OK) {
        return bad_run(source, diag);
    }
    return status;
}

/* Step over what was not read of the current term. */
static enum status finish_term(struct source *source, struct diag *diag) {
    for (;;) {
        bool has;
        enum status status = run_more(source, &has, diag);
        if (status != STATUS_OK || !has) {
            return status;
        }
        source->p = source->safe;
    }
}

enum status run_next_term(struct source *source, bool *out_has, struct diag *diag) {
    enum { HEADER_BYTES_MAX = SEGMENT_TERM_BYTES_MAX + 3 * VARINT_BYTES_MAX };
    enum status status = finish_term(source, diag);
    if (status == STATUS_OK) {
        status = fill(source, HEADER_BYTES_MAX, diag);
    }
    *out_has = source->p < source->end;
    if (status != STATUS_OK || !*out_has) {
        return status;
    }
    uint32_t same, more;
    const uint8_t *end = source->end;
    const uint8_t *p = varint_get(source->p, end, &same);
    if (p == NULL || (p = varint_get(p, end, &more)) == NULL || same > source->term_bytes ||
        more > SEGMENT_TERM_BYTES_MAX - same || more > (size_t)(end - p)) {
        return bad_run(source, diag);
    }
    memcpy(source->term + same, p, more);
    source->term_bytes = same + more;
    p = varint_get64(p + more, end, &source->payload_left);
    if (p == NULL) {
        return bad_run(source, diag);
    }
    source->p = p;
    source->window = p;
    return STATUS_OK;
}

enum status source_next_term(struct source *source, bool *out_has, struct diag *diag) {
    enum status status = source->segment != NULL ? segment_source_next_term(source, out_has, diag)
                                                 : run_next_term(source, out_has, diag);
    if (status == STATUS_OK && *out_has) {
        source->prefix = prefix_of(source->term, source->term_bytes);
    } else if (status == STATUS_NO_MEMORY) {
        return diag_no_memory(diag);
    }
    return status;
}

enum status source_more(struct source *source, bool *out_has, struct diag *diag) {
    return source->segment != NULL ? segment_source_more(source, out_has, diag)
                                   : run_more(source, out_has, diag);
}
