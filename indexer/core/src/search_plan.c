/* search_plan.c - where each word of a query is, in how many documents, and its weight. */
#include "base/assert.h"
#include "search_impl.h"

/* A short list is walked and each document looked up among the deleted. */
static void walk_list(const struct search_source *source, struct segment_cursor *cursor,
                      uint64_t *out_count) {
    for (; cursor->document != SEGMENT_NO_DOCUMENT; segment_cursor_next(cursor)) {
        *out_count += search_is_deleted(source, cursor->document);
    }
}

/* In a long list each deleted document is sought. */
static void seek_deleted(const struct search_source *source, struct segment_cursor *cursor,
                         uint64_t *out_count) {
    uint32_t words = (source->segment->document_count + 63) / 64;
    for (uint32_t word = 0; word < words; word++) {
        for (uint64_t bits = source->deleted[word]; bits != 0; bits &= bits - 1) {
            uint32_t document = word * 64 + (uint32_t)__builtin_ctzll(bits);
            *out_count += segment_cursor_seek(cursor, document) == document;
        }
    }
}

/* Deleted documents of a source that hold the term: they do not count. */
static enum status count_deleted(const struct search_plan *plan,
                                 const struct search_source *source,
                                 const struct segment_term *term, uint64_t *out_count) {
    *out_count = 0;
    if (source->deleted == NULL) {
        return STATUS_OK;
    }
    struct segment_cursor *cursor = pile_take(plan->pile, sizeof(*cursor));
    if (cursor == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = segment_cursor_open(cursor, source->segment, term, plan->diag);
    if (status != STATUS_OK) {
        return status;
    }
    if (term->document_count < source->deleted_count) {
        walk_list(source, cursor, out_count);
    } else {
        seek_deleted(source, cursor, out_count);
    }
    return cursor->status == STATUS_OK
               ? STATUS_OK
               : diag_fail(plan->diag, cursor->status, cursor->damage_offset,
                           "postings are damaged");
}

/* Live documents with element `number` of the leaf; its places go to leaf->terms. */
static enum status find_element(struct search_plan *plan, struct search_leaf *leaf,
                                uint32_t number, uint64_t *out_count) {
    const struct query_element *element = &leaf->node->elements[number];
    *out_count = 0;
    for (uint32_t s = 0; s < plan->source_count; s++) {
        plan->reading = s;
        struct segment_term *term = &leaf->terms[s * leaf->node->element_count + number];
        enum status status = segment_find(plan->sources[s].segment, element->bytes,
                                          element->byte_count, term, plan->diag);
        if (status == STATUS_NOT_FOUND) {
            term->document_count = 0;
            continue;
        }
        uint64_t deleted = 0;
        if (status == STATUS_OK) {
            status = count_deleted(plan, &plan->sources[s], term, &deleted);
        }
        if (status != STATUS_OK) {
            return status;
        }
        *out_count += term->document_count - deleted;
    }
    return STATUS_OK;
}

static uint32_t weigh(const struct search_plan *plan, uint64_t count) {
    /* A damaged index may claim more documents than there are. */
    return rank_idf(plan->document_count,
                    count < plan->document_count ? count : plan->document_count);
}

static enum status find_terms(struct search_plan *plan, struct search_leaf *leaf) {
    uint32_t elements = leaf->node->element_count;
    leaf->terms = pile_take_zero(plan->pile, (size_t)plan->source_count * elements,
                                 sizeof(*leaf->terms));
    if (leaf->terms == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t e = 0; e < elements; e++) {
        uint64_t count;
        enum status status = find_element(plan, leaf, e, &count);
        if (status != STATUS_OK) {
            return status;
        }
        leaf->weight += weigh(plan, count);
        leaf->document_count = elements == 1 ? count : 0;
    }
    return STATUS_OK;
}

static enum status plan_leaf(struct search_plan *plan, const struct query_node *node) {
    struct search_leaf *leaf = &plan->leaves[node->leaf];
    leaf->node = node;
    if (node->kind != QUERY_PREFIX) {
        return find_terms(plan, leaf);
    }
    enum status status = search_prefix_read(plan, leaf);
    if (status == STATUS_OK) {
        leaf->weight = weigh(plan, leaf->document_count);
    }
    return status;
}

/* Depth is bounded by QUERY_DEPTH_MAX: two nodes a level of parentheses. */
static enum status plan_nodes(struct search_plan *plan, const struct query_node *node) {
    enum status status = STATUS_OK;
    for (; node != NULL && status == STATUS_OK; node = node->next) {
        if (node->kind == QUERY_ALL || node->kind == QUERY_ANY) {
            status = plan_nodes(plan, node->first);
            if (status == STATUS_OK) {
                status = plan_nodes(plan, node->excluded);
            }
        } else {
            status = plan_leaf(plan, node);
        }
    }
    return status;
}

enum status search_plan_make(struct search_plan *plan) {
    ASSERT(plan->query->root != NULL);
    plan->leaves = pile_take_zero(plan->pile, plan->query->leaf_count, sizeof(*plan->leaves));
    if (plan->leaves == NULL) {
        return STATUS_NO_MEMORY;
    }
    return plan_nodes(plan, plan->query->root);
}
