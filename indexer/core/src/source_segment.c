/* source_segment.c - a segment read as a run: its blocks turned back into codes. */
#include <string.h>

#include "source_impl.h"
#include "varint.h"

enum status segment_source_next_document(struct source *source, bool *out_has,
                                         struct diag *diag) {
    while (source->documents_read < source->document_count) {
        uint32_t number = source->documents_read++;
        if (source->deleted != NULL && (source->deleted[number / 64] >> (number % 64) & 1) != 0) {
            source->map[number] = SOURCE_DROPPED;
            continue;
        }
        *out_has = true;
        source->sequence = 0;
        source->kind = RUN_PUT;
        return segment_document(source->segment, number, &source->document, diag);
    }
    return STATUS_OK;
}

enum status segment_source_next_term(struct source *source, bool *out_has, struct diag *diag) {
    *out_has = segment_terms_next(&source->terms);
    if (!*out_has) {
        return source->terms.status == STATUS_OK
                   ? STATUS_OK
                   : diag_fail(diag, STATUS_BAD_DATA, source->terms.damage_offset,
                               "dictionary is damaged");
    }
    memcpy(source->term, source->terms.term, source->terms.term_bytes);
    source->term_bytes = source->terms.term_bytes;
    source->gaps_done = 0;
    source->last_document = UINT32_MAX;
    source->p = source->buffer;
    source->safe = source->buffer;
    return segment_cursor_open(&source->cursor, source->segment, &source->terms.where, diag);
}

/* One piece of a posting: a document code when it begins, and some of its gaps. */
static uint8_t *put_piece(struct source *source, uint8_t *p) {
    struct segment_cursor *cursor = &source->cursor;
    uint32_t gaps[SOURCE_GAPS];
    uint32_t count = segment_cursor_gaps(cursor, source->gaps_done, gaps, SOURCE_GAPS);
    for (uint32_t i = 0; i < count; i++) {
        if (source->gaps_done + i == 0) {
            uint32_t gap = cursor->document - source->last_document - 1;
            p = varint_put(p, (uint64_t)gap << 1 | 1);
            p = varint_put(p, gaps[0]);
            source->last_document = cursor->document;
        } else {
            p = varint_put(p, (uint64_t)gaps[i] << 1);
        }
    }
    source->gaps_done += count;
    if (count > 0 && source->gaps_done >= segment_cursor_frequency(cursor)) {
        source->gaps_done = 0;
        segment_cursor_next(cursor);
    }
    return p;
}

enum status segment_source_more(struct source *source, bool *out_has, struct diag *diag) {
    struct segment_cursor *cursor = &source->cursor;
    uint8_t *p = source->buffer;
    const uint8_t *enough = source->buffer + SOURCE_CODE_BYTES_MAX;
    while (cursor->document != SEGMENT_NO_DOCUMENT && p < enough) {
        p = put_piece(source, p);
    }
    source->p = source->buffer;
    source->safe = p;
    *out_has = p > source->buffer;
    return cursor->status == STATUS_OK
               ? STATUS_OK
               : diag_fail(diag, STATUS_BAD_DATA, cursor->damage_offset, "postings are damaged");
}
