/* segment_terms.c - the dictionary: blocks of front-coded terms under an index of blocks. */
#include <string.h>

#include "segment_impl.h"

static const char *const damaged = "dictionary is damaged";

/* Where block `number` begins in the part; false when the index is damaged. */
static bool block_span(const struct segment *segment, uint32_t number, uint64_t *out_begin,
                       uint64_t *out_end) {
    const uint8_t *entry = segment_part(segment, SEGMENT_TERM_INDEX) +
                           (uint64_t)number * SEGMENT_TERM_ENTRY_BYTES;
    uint64_t all = segment->parts[SEGMENT_TERMS].count;
    *out_begin = get_le64(entry);
    *out_end = number + 1 < segment->term_blocks ? get_le64(entry + SEGMENT_TERM_ENTRY_BYTES)
                                                 : all;
    return *out_begin <= *out_end && *out_end <= all;
}

/* Read block headers into the iterator, which then stands before the block's first term. */
static bool enter_block(struct segment_terms *terms, uint32_t number) {
    const struct segment *segment = terms->segment;
    uint64_t begin;
    if (!block_span(segment, number, &begin, &terms->end)) {
        return false;
    }
    const uint8_t *part = segment_part(segment, SEGMENT_TERMS);
    const uint8_t *end = part + terms->end;
    const uint8_t *p = varint_get64(part + begin, end, &terms->next_postings);
    if (p == NULL || (p = varint_get64(p, end, &terms->next_positions)) == NULL ||
        terms->next_postings > segment->parts[SEGMENT_POSTINGS].count ||
        terms->next_positions > segment->parts[SEGMENT_POSITIONS].count) {
        return false;
    }
    uint64_t before = (uint64_t)number * SEGMENT_TERM_BLOCK;
    uint64_t left = segment->term_count - before;
    terms->block = number;
    terms->left_in_block = (uint32_t)(left < SEGMENT_TERM_BLOCK ? left : SEGMENT_TERM_BLOCK);
    terms->read = (uint64_t)(p - part);
    terms->term_bytes = 0;
    return true;
}

static bool end_damaged(struct segment_terms *terms) {
    terms->status = STATUS_BAD_DATA;
    terms->damage_offset = terms->segment->parts[SEGMENT_TERMS].offset + terms->read;
    terms->left_in_block = 0;
    terms->block = terms->segment->term_blocks;
    return false;
}

/* What stands behind a term of one document. */
static const uint8_t *read_single(const uint8_t *p, const uint8_t *end,
                                  struct segment_terms *terms) {
    struct segment_term *where = &terms->where;
    if ((p = varint_get(p, end, &where->only_document)) == NULL ||
        (p = varint_get(p, end, &where->only_frequency)) == NULL ||
        where->only_document >= terms->segment->document_count || where->only_frequency == 0) {
        return NULL;
    }
    if (where->only_frequency == 1) {
        return varint_get(p, end, &where->only_position);
    }
    return varint_get64(p, end, &where->positions_bytes);
}

static const uint8_t *read_where(const uint8_t *p, const uint8_t *end,
                                 struct segment_terms *terms) {
    const struct segment *segment = terms->segment;
    struct segment_term *where = &terms->where;
    *where = (struct segment_term){ .postings_offset = terms->next_postings,
                                    .positions_offset = terms->next_positions };
    if ((p = varint_get(p, end, &where->document_count)) == NULL || where->document_count == 0 ||
        where->document_count > segment->document_count) {
        return NULL;
    }
    if (where->document_count == 1) {
        p = read_single(p, end, terms);
    } else if ((p = varint_get64(p, end, &where->postings_bytes)) != NULL) {
        p = varint_get64(p, end, &where->positions_bytes);
    }
    if (p == NULL ||
        where->postings_bytes > segment->parts[SEGMENT_POSTINGS].count - terms->next_postings ||
        where->positions_bytes > segment->parts[SEGMENT_POSITIONS].count - terms->next_positions) {
        return NULL;
    }
    terms->next_postings += where->postings_bytes;
    terms->next_positions += where->positions_bytes;
    return p;
}

bool segment_terms_next(struct segment_terms *terms) {
    const struct segment *segment = terms->segment;
    if (terms->left_in_block == 0) {
        if (terms->block >= segment->term_blocks || terms->block + 1 == segment->term_blocks) {
            return false;
        }
        if (!enter_block(terms, terms->block + 1)) {
            return end_damaged(terms);
        }
    }
    const uint8_t *part = segment_part(segment, SEGMENT_TERMS);
    const uint8_t *end = part + terms->end;
    const uint8_t *p = segment_front_coded(part + terms->read, end, terms->term,
                                           &terms->term_bytes, SEGMENT_TERM_BYTES_MAX);
    if (p == NULL || (p = read_where(p, end, terms)) == NULL) {
        return end_damaged(terms);
    }
    terms->read = (uint64_t)(p - part);
    terms->left_in_block--;
    return true;
}

/* The first term of a block, in place: *out_term borrows from the image. */
static bool first_term(const struct segment *segment, uint32_t number, const uint8_t **out_term,
                       uint32_t *out_bytes) {
    uint64_t begin, end_at, ignored;
    uint32_t same;
    if (!block_span(segment, number, &begin, &end_at)) {
        return false;
    }
    const uint8_t *p = segment_part(segment, SEGMENT_TERMS) + begin;
    const uint8_t *end = segment_part(segment, SEGMENT_TERMS) + end_at;
    if ((p = varint_get64(p, end, &ignored)) == NULL ||
        (p = varint_get64(p, end, &ignored)) == NULL ||
        (p = varint_get(p, end, &same)) == NULL || same != 0 ||
        (p = varint_get(p, end, out_bytes)) == NULL || *out_bytes > (size_t)(end - p)) {
        return false;
    }
    *out_term = p;
    return true;
}

/* The last block whose first term is <= `key`, or block 0. */
static bool find_block(const struct segment *segment, const uint8_t *key, size_t key_bytes,
                       uint32_t *out_block) {
    uint32_t low = 0;
    uint32_t high = segment->term_blocks;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        const uint8_t *term;
        uint32_t term_bytes;
        if (!first_term(segment, middle, &term, &term_bytes)) {
            return false;
        }
        if (segment_compare(term, term_bytes, key, key_bytes) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *out_block = low;
    return true;
}

static void start_terms(struct segment_terms *terms, const struct segment *segment) {
    terms->segment = segment;
    terms->status = STATUS_OK;
    terms->damage_offset = 0;
    terms->term_bytes = 0;
    terms->left_in_block = 0;
    terms->read = 0;
    terms->block = segment->term_blocks;
}

void segment_terms_seek(struct segment_terms *terms, const struct segment *segment,
                        const uint8_t *prefix, size_t prefix_bytes) {
    start_terms(terms, segment);
    uint32_t block = 0;
    if (segment->term_blocks == 0) {
        return;
    }
    if (!find_block(segment, prefix, prefix_bytes, &block) || !enter_block(terms, block)) {
        (void)end_damaged(terms);
        return;
    }
    /* Remember the place before each term, to come back before the one that is not below. */
    for (;;) {
        struct segment_terms before = *terms;
        if (!segment_terms_next(terms)) {
            return;
        }
        if (segment_compare(terms->term, terms->term_bytes, prefix, prefix_bytes) >= 0) {
            *terms = before;
            return;
        }
    }
}

enum status segment_find(const struct segment *segment, const uint8_t *term, size_t term_bytes,
                         struct segment_term *out_term, struct diag *diag) {
    struct segment_terms terms;
    uint32_t block = 0;
    start_terms(&terms, segment);
    if (segment->term_blocks == 0) {
        return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "no such term");
    }
    if (!find_block(segment, term, term_bytes, &block) || !enter_block(&terms, block)) {
        return diag_fail(diag, STATUS_BAD_DATA, segment->parts[SEGMENT_TERMS].offset, damaged);
    }
    while (terms.left_in_block > 0 && segment_terms_next(&terms)) {
        int order = segment_compare(terms.term, terms.term_bytes, term, term_bytes);
        if (order == 0) {
            *out_term = terms.where;
            return STATUS_OK;
        }
        if (order > 0) {
            break;
        }
    }
    if (terms.status != STATUS_OK) {
        return diag_fail(diag, STATUS_BAD_DATA, terms.damage_offset, damaged);
    }
    return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "no such term");
}
