/* search_exhaustive.c - the plain way: whole lists, a score for every document. */
#include <string.h>

#include "base/assert.h"
#include "search_impl.h"

/* For each document of the source whether a node matches, and its score then. */
struct table {
    bool *matches;
    uint32_t *scores;
};

struct exhaustive {
    struct search_plan *plan;
    uint32_t source;
    uint32_t document_count;
};

static enum status table_take(struct exhaustive *all, struct table *out_table) {
    out_table->matches = pile_take_zero(all->plan->pile, all->document_count, sizeof(bool));
    out_table->scores = pile_take_zero(all->plan->pile, all->document_count, sizeof(uint32_t));
    return out_table->matches == NULL || out_table->scores == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static void set(struct exhaustive *all, const struct search_leaf *leaf, struct table *table,
                uint32_t document, uint32_t frequency) {
    uint8_t norm = all->plan->sources[all->source].segment->norms[document];
    table->matches[document] = true;
    table->scores[document] =
        rank_part(leaf->weight, rank_saturation(all->plan->table, frequency, norm));
}

static enum status cursor_status(struct exhaustive *all, const struct segment_cursor *cursor) {
    return cursor->status == STATUS_OK
               ? STATUS_OK
               : diag_fail(all->plan->diag, cursor->status, cursor->damage_offset,
                           "postings are damaged");
}

/* A cursor on element `number` of the leaf; NULL when the source does not have it. */
static enum status open_element(struct exhaustive *all, const struct search_leaf *leaf,
                                uint32_t number, struct segment_cursor **out_cursor) {
    const struct segment_term *term =
        &leaf->terms[all->source * leaf->node->element_count + number];
    *out_cursor = NULL;
    if (term->document_count == 0) {
        return STATUS_OK;
    }
    *out_cursor = pile_take(all->plan->pile, sizeof(**out_cursor));
    return *out_cursor == NULL
               ? STATUS_NO_MEMORY
               : segment_cursor_open(*out_cursor, all->plan->sources[all->source].segment, term,
                                     all->plan->diag);
}

static enum status term_table(struct exhaustive *all, const struct search_leaf *leaf,
                              struct table *table) {
    struct segment_cursor *cursor;
    enum status status = open_element(all, leaf, 0, &cursor);
    if (status != STATUS_OK || cursor == NULL) {
        return status;
    }
    for (; cursor->document != SEGMENT_NO_DOCUMENT; segment_cursor_next(cursor)) {
        set(all, leaf, table, cursor->document, segment_cursor_frequency(cursor));
    }
    return cursor_status(all, cursor);
}

static void list_table(struct exhaustive *all, const struct search_leaf *leaf,
                       struct table *table) {
    const struct search_list *list = &leaf->lists[all->source];
    for (uint32_t i = 0; i < list->count; i++) {
        set(all, leaf, table, list->documents[i], list->frequencies[i]);
    }
}

/* ---- phrases: place sets, one element after the other ---- */

/* For each place where the phrase could begin, how many elements agreed so far. */
struct places {
    uint32_t *begins;
    uint32_t count;
};

static enum status read_places(struct exhaustive *all, struct segment_cursor *cursor,
                               uint32_t distance, struct places *out_places) {
    uint32_t frequency = segment_cursor_frequency(cursor);
    uint64_t most = all->plan->sources[all->source].segment->position_count;
    frequency = frequency < most ? frequency : (uint32_t)most;
    uint32_t *positions = pile_take(all->plan->pile, (size_t)frequency * sizeof(*positions));
    if (positions == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint32_t count = segment_cursor_positions(cursor, positions, frequency);
    *out_places = (struct places){ .begins = positions };
    for (uint32_t i = 0; i < count; i++) {
        if (positions[i] >= distance) {
            positions[out_places->count++] = positions[i] - distance;
        }
    }
    return STATUS_OK;
}

static bool holds(const struct places *places, uint32_t begin) {
    for (uint32_t i = 0; i < places->count; i++) {
        if (places->begins[i] == begin) {
            return true;
        }
    }
    return false;
}

/* How often the phrase is in `document`, each element's cursor on it or behind. */
static enum status count_in_document(struct exhaustive *all, const struct search_leaf *leaf,
                                     struct segment_cursor **cursors, uint32_t document,
                                     uint32_t *out_count) {
    struct places common = { .count = 0 };
    *out_count = 0;
    for (uint32_t e = 0; e < leaf->node->element_count; e++) {
        while (cursors[e]->document < document) {
            segment_cursor_next(cursors[e]);
        }
        if (cursors[e]->document != document) {
            return STATUS_OK;
        }
        struct places here;
        enum status status =
            read_places(all, cursors[e], leaf->node->elements[e].distance, &here);
        if (status != STATUS_OK) {
            return status;
        }
        uint32_t kept = 0;
        for (uint32_t i = 0; e > 0 && i < common.count; i++) {
            if (holds(&here, common.begins[i])) {
                common.begins[kept++] = common.begins[i];
            }
        }
        common = e == 0 ? here : (struct places){ common.begins, kept };
    }
    *out_count = common.count;
    return STATUS_OK;
}

static enum status phrase_table(struct exhaustive *all, const struct search_leaf *leaf,
                                struct table *table) {
    uint32_t elements = leaf->node->element_count;
    struct segment_cursor **cursors = pile_take_zero(all->plan->pile, elements, sizeof(*cursors));
    if (cursors == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t e = 0; e < elements; e++) {
        enum status status = open_element(all, leaf, e, &cursors[e]);
        if (status != STATUS_OK || cursors[e] == NULL) {
            return status;
        }
    }
    for (uint32_t document = 0; document < all->document_count; document++) {
        uint32_t count;
        enum status status = count_in_document(all, leaf, cursors, document, &count);
        if (status != STATUS_OK) {
            return status;
        }
        if (count > 0) {
            set(all, leaf, table, document, count);
        }
    }
    for (uint32_t e = 0; e < elements; e++) {
        enum status status = cursor_status(all, cursors[e]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* ---- AND, OR, NOT ---- */

static enum status node_table(struct exhaustive *all, const struct query_node *node,
                              struct table *out_table);

static void combine(struct exhaustive *all, enum query_kind kind, bool is_first,
                    const struct table *child, struct table *table) {
    for (uint32_t d = 0; d < all->document_count; d++) {
        bool matches = child->matches[d];
        table->matches[d] = is_first                ? matches
                            : kind == QUERY_ALL ? table->matches[d] && matches
                                                : table->matches[d] || matches;
        table->scores[d] += matches ? child->scores[d] : 0;
    }
}

static enum status group_table(struct exhaustive *all, const struct query_node *node,
                               struct table *table) {
    for (const struct query_node *child = node->first; child != NULL; child = child->next) {
        struct table found;
        enum status status = node_table(all, child, &found);
        if (status != STATUS_OK) {
            return status;
        }
        combine(all, node->kind, child == node->first, &found, table);
    }
    for (const struct query_node *child = node->excluded; child != NULL; child = child->next) {
        struct table found;
        enum status status = node_table(all, child, &found);
        if (status != STATUS_OK) {
            return status;
        }
        for (uint32_t d = 0; d < all->document_count; d++) {
            table->matches[d] = table->matches[d] && !found.matches[d];
        }
    }
    return STATUS_OK;
}

static enum status node_table(struct exhaustive *all, const struct query_node *node,
                              struct table *out_table) {
    enum status status = table_take(all, out_table);
    if (status != STATUS_OK) {
        return status;
    }
    switch (node->kind) {
    case QUERY_TERM:
        return term_table(all, &all->plan->leaves[node->leaf], out_table);
    case QUERY_PREFIX:
        list_table(all, &all->plan->leaves[node->leaf], out_table);
        return STATUS_OK;
    case QUERY_PHRASE:
        return phrase_table(all, &all->plan->leaves[node->leaf], out_table);
    default:
        return group_table(all, node, out_table);
    }
}

enum status search_exhaustive(struct search_plan *plan, uint32_t source, struct search_top *top) {
    struct exhaustive all = { .plan = plan, .source = source,
                              .document_count = plan->sources[source].segment->document_count };
    struct table table;
    enum status status = node_table(&all, plan->query->root, &table);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t d = 0; d < all.document_count; d++) {
        if (table.matches[d] && !search_is_deleted(&plan->sources[source], d)) {
            search_top_offer(top, d, table.scores[d]);
        }
    }
    return STATUS_OK;
}
