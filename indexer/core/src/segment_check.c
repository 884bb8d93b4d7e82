/* segment_check.c - every promise of a segment, looked at one by one. */
#include <string.h>

#include "base/hash.h"
#include "bests.h"
#include "pack.h"
#include "segment_impl.h"
#include "sink.h"

static enum status bad(struct diag *diag, uint64_t offset, const char *reason) {
    return diag_fail(diag, STATUS_BAD_DATA, offset, reason);
}

/* ---- sums ---- */

enum status segment_check_sums(const struct segment *segment, struct diag *diag) {
    const uint8_t *foot = segment->bytes + segment->byte_count - SEGMENT_FOOTER_BYTES;
    const struct segment_span *sums = &segment->parts[SEGMENT_SUMS];
    const uint8_t *sum = segment_part(segment, SEGMENT_SUMS);
    if (hash_crc32c(0, sum, sums->count) != get_le32(foot + SEGMENT_FOOT_SUMS_CRC)) {
        return bad(diag, sums->offset, "page sums are damaged");
    }
    for (uint64_t at = 0; at < sums->offset; at += SINK_PAGE_BYTES, sum += 4) {
        uint64_t left = sums->offset - at;
        size_t count = left < SINK_PAGE_BYTES ? (size_t)left : (size_t)SINK_PAGE_BYTES;
        if (hash_crc32c(0, segment->bytes + at, count) != get_le32(sum)) {
            return bad(diag, at, "page is damaged");
        }
    }
    return get_le32(segment->bytes + 12) == 0 ? STATUS_OK
                                              : bad(diag, 12, "header is not zero where it must");
}

/* ---- documents ---- */

struct document_totals {
    uint64_t tokens;
    uint64_t text;
};

static enum status check_document(const struct segment *segment, uint32_t number,
                                  const struct segment_document *document,
                                  struct document_totals *totals, struct diag *diag) {
    uint64_t at = segment->parts[SEGMENT_DOCUMENTS].offset;
    if (segment->norms[number] != segment_norm(document->token_count)) {
        return bad(diag, segment->parts[SEGMENT_NORMS].offset + number,
                   "norm is not that of the length");
    }
    if (segment->has_text) {
        if (document->text != segment_part(segment, SEGMENT_TEXT) + totals->text) {
            return bad(diag, at, "texts do not follow each other");
        }
        if (!segment_document_is_sound(document)) {
            return bad(diag, at, "text is not the one of its fingerprint");
        }
    }
    totals->tokens += document->token_count;
    totals->text += document->text_bytes;
    return STATUS_OK;
}

static enum status check_documents(const struct segment *segment, struct diag *diag) {
    struct document_totals totals = { 0, 0 };
    struct segment_document pair[2];
    uint64_t at = segment->parts[SEGMENT_DOCUMENTS].offset;
    for (uint32_t i = 0; i < segment->document_count; i++) {
        struct segment_document *now = &pair[i % 2];
        const struct segment_document *before = &pair[(i + 1) % 2];
        enum status status = segment_document(segment, i, now, diag);
        if (status == STATUS_OK && i > 0 &&
            segment_compare(before->id, before->id_bytes, now->id, now->id_bytes) >= 0) {
            status = bad(diag, at, "ids do not ascend");
        }
        if (status == STATUS_OK) {
            status = check_document(segment, i, now, &totals, diag);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (totals.tokens != segment->token_count ||
        totals.text != segment->parts[SEGMENT_TEXT].count) {
        return bad(diag, at, "documents do not add up");
    }
    return STATUS_OK;
}

/* ---- lists ---- */

/* Counts over all lists, and where the next list must begin. */
struct list_totals {
    uint64_t postings;
    uint64_t positions;
    uint64_t next_posting;
    uint64_t next_position;
};

/* One of the pairs has at least this frequency and at most this norm. */
static bool is_covered(const struct segment_impact *impacts, uint32_t count, uint32_t frequency,
                       uint8_t norm) {
    for (uint32_t i = 0; i < count; i++) {
        if (impacts[i].frequency >= frequency && impacts[i].norm <= norm) {
            return true;
        }
    }
    return false;
}

/* The block's impacts are exactly the front of its postings. */
static bool check_impacts(struct segment_cursor *cursor, struct segment_bests *list_bests) {
    struct segment_impact stored[SEGMENT_IMPACTS_MAX];
    struct segment_impact front[SEGMENT_IMPACTS_MAX];
    struct segment_bests bests;
    segment_cursor_window(cursor, cursor->document);
    uint32_t count = segment_cursor_impacts(cursor, stored);
    bests_clear(&bests);
    for (uint32_t i = 0; i < cursor->count; i++) {
        bests_add(&bests, cursor->frequencies[i], cursor->segment->norms[cursor->documents[i]]);
    }
    bests_merge(list_bests, &bests);
    uint32_t wanted = bests_front(&bests, front);
    for (uint32_t i = 0; i < wanted && i < count; i++) {
        if (stored[i].frequency != front[i].frequency || stored[i].norm != front[i].norm) {
            return false;
        }
    }
    return count == wanted;
}

static bool check_list_impacts(struct segment_cursor *cursor,
                               const struct segment_bests *list_bests) {
    struct segment_impact stored[SEGMENT_IMPACTS_MAX];
    struct segment_impact front[SEGMENT_IMPACTS_MAX];
    uint32_t count = segment_cursor_list_impacts(cursor, stored);
    uint32_t wanted = bests_front(list_bests, front);
    for (uint32_t i = 0; i < wanted; i++) {
        if (!is_covered(stored, count, front[i].frequency, front[i].norm)) {
            return false;
        }
    }
    return count == wanted;
}

/* Every position of the current document; false when they do not decode or ascend. */
static bool check_positions(struct segment_cursor *cursor, uint64_t *positions) {
    uint32_t frequency = segment_cursor_frequency(cursor);
    uint32_t gaps[PACK_VALUES];
    uint64_t last = UINT64_MAX;
    for (uint32_t from = 0; from < frequency;) {
        uint32_t count = segment_cursor_gaps(cursor, from, gaps, PACK_VALUES);
        if (count == 0) {
            return false;
        }
        for (uint32_t i = 0; i < count; i++) {
            last += (uint64_t)gaps[i] + 1;
        }
        if (last > UINT32_MAX) {
            return false;
        }
        from += count;
    }
    *positions += frequency;
    return frequency > 0;
}

/* Nothing lies between the packs and the end of what belongs to the block. */
static bool block_is_used_up(const struct segment_cursor *cursor, bool is_last) {
    const struct segment *segment = cursor->segment;
    if (cursor->where.document_count == 1 && cursor->where.only_frequency == 1) {
        return true;
    }
    const uint8_t *end = segment_part(segment, SEGMENT_POSITIONS) +
                         cursor->where.positions_offset + cursor->where.positions_bytes;
    bool fits = !is_last || cursor->position_read == end;
    if (cursor->where.document_count == 1) {
        return fits;
    }
    return fits && pack_skip(cursor->frequencies_bytes, cursor->block_end, cursor->count) ==
                       cursor->block_end;
}

static enum status check_list(const struct segment *segment, const struct segment_term *where,
                              struct list_totals *totals, struct diag *diag) {
    struct segment_cursor cursor;
    struct segment_bests list_bests;
    uint64_t at = segment->parts[SEGMENT_POSTINGS].offset + where->postings_offset;
    uint32_t seen = 0;
    if (where->postings_offset != totals->next_posting ||
        where->positions_offset != totals->next_position) {
        return bad(diag, at, "lists do not follow each other");
    }
    enum status status = segment_cursor_open(&cursor, segment, where, diag);
    if (status != STATUS_OK) {
        return status;
    }
    bests_clear(&list_bests);
    while (cursor.document != SEGMENT_NO_DOCUMENT) {
        bool is_first = cursor.at == 0;
        bool is_last = cursor.at + 1 == cursor.count;
        if (!check_positions(&cursor, &totals->positions) ||
            (is_first && cursor.skips != NULL && !check_impacts(&cursor, &list_bests)) ||
            (is_last &&
             !block_is_used_up(&cursor, cursor.block + 1 == cursor.block_count))) {
            return bad(diag, cursor.status != STATUS_OK ? cursor.damage_offset : at,
                       "block contradicts itself");
        }
        seen++;
        segment_cursor_next(&cursor);
    }
    if (cursor.status != STATUS_OK || seen != where->document_count ||
        (cursor.skips != NULL && !check_list_impacts(&cursor, &list_bests))) {
        return bad(diag, cursor.status != STATUS_OK ? cursor.damage_offset : at,
                   "list contradicts itself");
    }
    totals->postings += seen;
    totals->next_posting += where->postings_bytes;
    totals->next_position += where->positions_bytes;
    return STATUS_OK;
}

static enum status check_terms(const struct segment *segment, struct diag *diag) {
    struct segment_terms terms;
    struct list_totals totals = { 0 };
    uint8_t before[SEGMENT_TERM_BYTES_MAX];
    uint32_t before_bytes = 0;
    uint64_t count = 0;
    uint64_t at = segment->parts[SEGMENT_TERMS].offset;
    segment_terms_seek(&terms, segment, NULL, 0);
    while (segment_terms_next(&terms)) {
        if (count > 0 &&
            segment_compare(before, before_bytes, terms.term, terms.term_bytes) >= 0) {
            return bad(diag, at + terms.read, "terms do not ascend");
        }
        enum status status = check_list(segment, &terms.where, &totals, diag);
        if (status != STATUS_OK) {
            return status;
        }
        memcpy(before, terms.term, terms.term_bytes);
        before_bytes = terms.term_bytes;
        count++;
    }
    if (terms.status != STATUS_OK) {
        return bad(diag, terms.damage_offset, "dictionary is damaged");
    }
    if (count != segment->term_count || totals.postings != segment->posting_count ||
        totals.positions != segment->position_count ||
        segment->position_count != segment->token_count ||
        totals.next_posting != segment->parts[SEGMENT_POSTINGS].count ||
        totals.next_position != segment->parts[SEGMENT_POSITIONS].count) {
        return bad(diag, at, "terms do not add up");
    }
    return STATUS_OK;
}

enum status segment_check(const struct segment *segment, struct diag *diag) {
    enum status status = segment_check_sums(segment, diag);
    if (status == STATUS_OK) {
        status = check_documents(segment, diag);
    }
    return status == STATUS_OK ? check_terms(segment, diag) : status;
}
