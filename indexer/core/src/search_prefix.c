/*
 * search_prefix.c - all terms with a common beginning, as if they were one term.
 *
 * The postings of the terms are added up in one array of frequencies, so memory
 * depends on the number of documents and not on the number of terms, and the
 * answer is exact however many there are.  When few documents are touched a list
 * of postings is sorted instead.
 */
#include <string.h>

#include "base/assert.h"
#include "search_impl.h"
#include "sync/memory.h"

enum {
    SPARSE_SHARE = 16,    /* a list, when it has under 1 / SPARSE_SHARE of the documents */
    RADIX_BITS = 8,
    RADIX = 1 << RADIX_BITS,
};

/* Postings of one source while they are added up. */
struct gather {
    struct search_plan *plan;
    const struct search_source *source;
    struct segment_cursor *cursor;
    uint32_t *frequencies;       /* by document; NULL when sparse */
    uint64_t *pairs;             /* document << 32 | frequency, when sparse */
    uint64_t pair_count;
};

typedef enum status (*term_visitor)(struct gather *gather, const struct segment_term *term);

static bool begins_with(const struct segment_terms *terms, const struct query_element *prefix) {
    return terms->term_bytes >= prefix->byte_count
           && memcmp(terms->term, prefix->bytes, prefix->byte_count) == 0;
}

/* The stem's own term, unless the prefix covers it. */
static enum status visit_stem(struct gather *gather, const struct query_element *prefix,
                              term_visitor visit) {
    if (prefix->stem == NULL
        || (prefix->stem_bytes >= prefix->byte_count
            && memcmp(prefix->stem, prefix->bytes, prefix->byte_count) == 0)) {
        return STATUS_OK;
    }
    struct segment_term term;
    enum status status = segment_find(gather->source->segment, prefix->stem, prefix->stem_bytes,
                                      &term, gather->plan->diag);
    return status == STATUS_NOT_FOUND ? STATUS_OK
           : status == STATUS_OK      ? visit(gather, &term) : status;
}

static enum status visit_terms(struct gather *gather, const struct query_element *prefix,
                               term_visitor visit) {
    struct segment_terms terms;
    segment_terms_seek(&terms, gather->source->segment, prefix->bytes, prefix->byte_count);
    while (segment_terms_next(&terms) && begins_with(&terms, prefix)) {
        enum status status = visit(gather, &terms.where);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (terms.status != STATUS_OK) {
        return diag_fail(gather->plan->diag, terms.status, terms.damage_offset,
                         "terms are damaged");
    }
    return visit_stem(gather, prefix, visit);
}

static enum status count_postings(struct gather *gather, const struct segment_term *term) {
    gather->pair_count += term->document_count;
    return STATUS_OK;
}

static void add_block(struct gather *gather, const struct segment_cursor *cursor) {
    for (uint32_t i = cursor->at; i < cursor->count; i++) {
        if (gather->frequencies != NULL) {
            gather->frequencies[cursor->documents[i]] += cursor->frequencies[i];
        } else {
            gather->pairs[gather->pair_count++] =
                (uint64_t)cursor->documents[i] << 32 | cursor->frequencies[i];
        }
    }
}

static enum status add_postings(struct gather *gather, const struct segment_term *term) {
    struct segment_cursor *cursor = gather->cursor;
    enum status status = segment_cursor_open(cursor, gather->source->segment, term,
                                             gather->plan->diag);
    if (status != STATUS_OK) {
        return status;
    }
    while (cursor->document != SEGMENT_NO_DOCUMENT) {
        segment_cursor_frequencies(cursor);
        if (cursor->count == 0) {
            break;
        }
        add_block(gather, cursor);
        segment_cursor_seek(cursor, cursor->documents[cursor->count - 1] + 1);
    }
    return cursor->status == STATUS_OK
               ? STATUS_OK
               : diag_fail(gather->plan->diag, cursor->status, cursor->damage_offset,
                           "postings are damaged");
}

/* ---- lists ---- */

static enum status list_take(struct gather *gather, uint64_t count, struct search_list *list) {
    list->documents = pile_take(gather->plan->pile, count * sizeof(*list->documents));
    list->frequencies = pile_take(gather->plan->pile, count * sizeof(*list->frequencies));
    size_t blocks = (count + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK;
    list->block_bounds = pile_take_zero(gather->plan->pile, blocks, sizeof(*list->block_bounds));
    return list->documents == NULL || list->frequencies == NULL || list->block_bounds == NULL
               ? STATUS_NO_MEMORY : STATUS_OK;
}

static void list_add(struct gather *gather, struct search_list *list, uint32_t document,
                     uint32_t frequency) {
    uint8_t norm = gather->source->segment->norms[document];
    uint32_t saturation = rank_saturation(gather->plan->table, frequency, norm);
    uint32_t *bound = &list->block_bounds[list->count / SEGMENT_BLOCK];
    *bound = saturation > *bound ? saturation : *bound;
    list->documents[list->count] = document;
    list->frequencies[list->count++] = frequency;
}

static enum status list_from_array(struct gather *gather, struct search_list *list) {
    uint32_t documents = gather->source->segment->document_count;
    uint32_t count = 0;
    for (uint32_t d = 0; d < documents; d++) {
        count += gather->frequencies[d] != 0;
    }
    enum status status = list_take(gather, count, list);
    for (uint32_t d = 0; status == STATUS_OK && d < documents; d++) {
        if (gather->frequencies[d] != 0) {
            list_add(gather, list, d, gather->frequencies[d]);
        }
    }
    return status;
}

/* Sort by the document, the upper half; stable, lowest byte first. */
static void sort_pairs(uint64_t *pairs, uint64_t *scratch, uint64_t count) {
    for (uint32_t shift = 32; shift < 64; shift += RADIX_BITS) {
        uint64_t starts[RADIX] = { 0 };
        for (uint64_t i = 0; i < count; i++) {
            starts[pairs[i] >> shift & (RADIX - 1)]++;
        }
        uint64_t sum = 0;
        for (uint32_t digit = 0; digit < RADIX; digit++) {
            uint64_t here = starts[digit];
            starts[digit] = sum;
            sum += here;
        }
        for (uint64_t i = 0; i < count; i++) {
            scratch[starts[pairs[i] >> shift & (RADIX - 1)]++] = pairs[i];
        }
        memcpy(pairs, scratch, count * sizeof(*pairs));
    }
}

static enum status list_from_pairs(struct gather *gather, uint64_t *scratch,
                                   struct search_list *list) {
    enum status status = list_take(gather, gather->pair_count, list);
    if (status != STATUS_OK) {
        return status;
    }
    sort_pairs(gather->pairs, scratch, gather->pair_count);
    for (uint64_t i = 0; i < gather->pair_count;) {
        uint32_t document = (uint32_t)(gather->pairs[i] >> 32);
        uint32_t frequency = 0;
        for (; i < gather->pair_count && gather->pairs[i] >> 32 == document; i++) {
            frequency += (uint32_t)gather->pairs[i];
        }
        list_add(gather, list, document, frequency);
    }
    return STATUS_OK;
}

/* ---- one source ---- */

static enum status gather_sparse(struct gather *gather, const struct query_element *prefix,
                                 uint64_t postings, struct search_list *list) {
    gather->pairs = sync_alloc(postings * sizeof(*gather->pairs) * 2);
    if (gather->pairs == NULL) {
        return STATUS_NO_MEMORY;
    }
    gather->pair_count = 0;
    enum status status = visit_terms(gather, prefix, add_postings);
    if (status == STATUS_OK) {
        ASSERT(gather->pair_count <= postings);
        status = list_from_pairs(gather, gather->pairs + postings, list);
    }
    sync_free(gather->pairs);
    return status;
}

static enum status gather_dense(struct gather *gather, const struct query_element *prefix,
                                struct search_list *list) {
    gather->frequencies = sync_alloc_zero(gather->source->segment->document_count,
                                          sizeof(*gather->frequencies));
    if (gather->frequencies == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = visit_terms(gather, prefix, add_postings);
    if (status == STATUS_OK) {
        status = list_from_array(gather, list);
    }
    sync_free(gather->frequencies);
    return status;
}

static enum status read_source(struct search_plan *plan, const struct search_source *source,
                               const struct query_element *prefix, struct search_list *list) {
    struct gather gather = { .plan = plan, .source = source };
    enum status status = visit_terms(&gather, prefix, count_postings);
    uint64_t postings = gather.pair_count;
    if (status != STATUS_OK || postings == 0) {
        return status;
    }
    gather.cursor = pile_take(plan->pile, sizeof(*gather.cursor));
    if (gather.cursor == NULL) {
        return STATUS_NO_MEMORY;
    }
    return postings < source->segment->document_count / SPARSE_SHARE
               ? gather_sparse(&gather, prefix, postings, list)
               : gather_dense(&gather, prefix, list);
}

enum status search_prefix_read(struct search_plan *plan, struct search_leaf *leaf) {
    leaf->lists = pile_take_zero(plan->pile, plan->source_count, sizeof(*leaf->lists));
    if (leaf->lists == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t s = 0; s < plan->source_count; s++) {
        plan->reading = s;
        const struct search_source *source = &plan->sources[s];
        struct search_list *list = &leaf->lists[s];
        enum status status = read_source(plan, source, &leaf->node->elements[0], list);
        if (status != STATUS_OK) {
            return status;
        }
        for (uint32_t i = 0; i < list->count; i++) {
            leaf->document_count += !search_is_deleted(source, list->documents[i]);
        }
    }
    return STATUS_OK;
}
