/* search_node.c - the tree that walks a segment: terms, prefixes, AND, OR. */
#include "base/assert.h"
#include "search_impl.h"

uint32_t search_best_saturation(const struct rank_table *table,
                                const struct segment_impact *impacts, uint32_t count) {
    uint32_t best = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t here = rank_saturation(table, impacts[i].frequency, impacts[i].norm);
        best = here > best ? here : best;
    }
    return best;
}

/* ---- terms ---- */

static uint32_t term_window(struct search_node *node, uint32_t target, uint32_t *out_bound) {
    uint32_t last = segment_cursor_window(node->cursor, target);
    if (last == SEGMENT_NO_DOCUMENT) {
        *out_bound = 0;
        return last;
    }
    if (!node->has_window || node->window_last != last) {
        struct segment_impact impacts[SEGMENT_IMPACTS_MAX];
        uint32_t count = segment_cursor_impacts(node->cursor, impacts);
        node->window_last = last;
        node->window_bound = rank_part(
            node->weight, search_best_saturation(node->scorer.table, impacts, count));
        node->has_window = true;
    }
    *out_bound = node->window_bound;
    return last;
}

static enum status term_make(struct search_plan *plan, uint32_t source,
                             struct search_node *node) {
    const struct segment_term *term = &node->leaf->terms[source];
    node->cursor = pile_take(plan->pile, sizeof(*node->cursor));
    if (node->cursor == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = segment_cursor_open(node->cursor, plan->sources[source].segment, term,
                                             plan->diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct segment_impact impacts[SEGMENT_IMPACTS_MAX];
    uint32_t count = segment_cursor_list_impacts(node->cursor, impacts);
    node->bound = rank_part(node->weight,
                            search_best_saturation(node->scorer.table, impacts, count));
    node->cost = term->document_count;
    node->document = node->cursor->document;
    return STATUS_OK;
}

/* ---- lists of prefixes ---- */

static void list_make(uint32_t source, struct search_node *node) {
    const struct search_list *list = &node->leaf->lists[source];
    node->list = list;
    node->cost = list->count;
    node->document = list->documents[0];
    for (uint32_t b = 0; b < (list->count + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK; b++) {
        uint32_t bound = rank_part(node->weight, list->block_bounds[b]);
        node->bound = bound > node->bound ? bound : node->bound;
    }
}

/* The first place from `from` on with a document >= target; list->count if none. */
static uint32_t list_find(const struct search_list *list, uint32_t from, uint32_t target) {
    uint32_t step = 1;
    uint32_t high = from;
    while (high < list->count && list->documents[high] < target) {
        from = high + 1;
        high += step;
        step *= 2;
    }
    high = high < list->count ? high : list->count;
    while (from < high) {
        uint32_t middle = from + (high - from) / 2;
        if (list->documents[middle] < target) {
            from = middle + 1;
        } else {
            high = middle;
        }
    }
    return from;
}

static uint32_t list_seek(struct search_node *node, uint32_t target) {
    node->list_at = list_find(node->list, node->list_at, target);
    return node->list_at < node->list->count ? node->list->documents[node->list_at]
                                             : SEGMENT_NO_DOCUMENT;
}

static uint32_t list_window(const struct search_node *node, uint32_t target,
                            uint32_t *out_bound) {
    const struct search_list *list = node->list;
    uint32_t at = list_find(list, node->list_at, target);
    *out_bound = 0;
    if (at == list->count) {
        return SEGMENT_NO_DOCUMENT;
    }
    uint32_t block = at / SEGMENT_BLOCK;
    uint32_t end = (block + 1) * SEGMENT_BLOCK;
    *out_bound = rank_part(node->weight, list->block_bounds[block]);
    return list->documents[(end < list->count ? end : list->count) - 1];
}

/* ---- AND and OR ---- */

static uint32_t seek_all(struct search_node *node, uint32_t target) {
    uint32_t document = search_node_seek(node->children[0], target);
    uint32_t at = 1;
    while (at < node->child_count && document != SEGMENT_NO_DOCUMENT) {
        uint32_t found = search_node_seek(node->children[at], document);
        if (found == document) {
            at++;
            continue;
        }
        document = found == SEGMENT_NO_DOCUMENT ? found
                                                : search_node_seek(node->children[0], found);
        at = 1;
    }
    return document;
}

static uint32_t seek_any(struct search_node *node, uint32_t target) {
    uint32_t document = SEGMENT_NO_DOCUMENT;
    for (uint32_t i = 0; i < node->child_count; i++) {
        uint32_t found = search_node_seek(node->children[i], target);
        document = found < document ? found : document;
    }
    return document;
}

static uint32_t seek_group(struct search_node *node, uint32_t target) {
    for (;;) {
        uint32_t document = node->kind == SEARCH_ALL ? seek_all(node, target)
                                                     : seek_any(node, target);
        if (document == SEGMENT_NO_DOCUMENT || !search_node_excludes(node, document)) {
            return document;
        }
        target = document + 1;
    }
}

static uint32_t group_score(struct search_node *node) {
    uint32_t score = 0;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (node->children[i]->document == node->document) {
            score += search_node_score(node->children[i]);
        }
    }
    return score;
}

/* AND ends with its first child to end, OR with its last. */
static uint32_t group_window(struct search_node *node, uint32_t target, uint32_t *out_bound) {
    uint32_t window = SEGMENT_NO_DOCUMENT;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < node->child_count; i++) {
        uint32_t bound;
        uint32_t last = search_node_window(node->children[i], target, &bound);
        if (last == SEGMENT_NO_DOCUMENT && node->kind == SEARCH_ALL) {
            *out_bound = 0;
            return SEGMENT_NO_DOCUMENT;
        }
        window = last < window ? last : window;
        sum += bound;
    }
    *out_bound = sum;
    return window;
}

bool search_node_excludes(struct search_node *node, uint32_t document) {
    for (uint32_t i = 0; i < node->excluded_count; i++) {
        if (search_node_seek(node->excluded[i], document) == document) {
            return true;
        }
    }
    return false;
}

static void sort_by_cost(struct search_node **children, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        struct search_node *moved = children[i];
        uint32_t at = i;
        for (; at > 0 && children[at - 1]->cost > moved->cost; at--) {
            children[at] = children[at - 1];
        }
        children[at] = moved;
    }
}

/* Nodes of a run of siblings; those that cannot match are left out and counted. */
static enum status make_children(struct search_plan *plan, uint32_t source,
                                 const struct query_node *first, struct search_node ***out_nodes,
                                 uint32_t *out_count) {
    uint32_t siblings = 0;
    for (const struct query_node *query = first; query != NULL; query = query->next) {
        siblings++;
    }
    *out_count = 0;
    *out_nodes = pile_take_zero(plan->pile, siblings, sizeof(**out_nodes));
    if (*out_nodes == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (const struct query_node *query = first; query != NULL; query = query->next) {
        struct search_node *child;
        enum status status = search_node_make(plan, source, query, &child);
        if (status != STATUS_OK) {
            return status;
        }
        if (child != NULL) {
            (*out_nodes)[(*out_count)++] = child;
        }
    }
    return STATUS_OK;
}

static enum status group_make(struct search_plan *plan, uint32_t source,
                              const struct query_node *query, struct search_node *node,
                              bool *out_is_empty) {
    enum status status = make_children(plan, source, query->first, &node->children,
                                       &node->child_count);
    if (status == STATUS_OK) {
        status = make_children(plan, source, query->excluded, &node->excluded,
                               &node->excluded_count);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t wanted = 0;
    for (const struct query_node *child = query->first; child != NULL; child = child->next) {
        wanted++;
    }
    node->kind = query->kind == QUERY_ALL ? SEARCH_ALL : SEARCH_ANY;
    *out_is_empty = node->child_count == 0
                    || (node->kind == SEARCH_ALL && node->child_count < wanted);
    if (*out_is_empty) {
        return STATUS_OK;
    }
    sort_by_cost(node->children, node->child_count);
    uint64_t cost = 0;
    for (uint32_t i = 0; i < node->child_count; i++) {
        node->bound += node->children[i]->bound;
        cost += node->children[i]->cost;
    }
    node->cost = node->kind == SEARCH_ALL ? node->children[0]->cost
                 : cost < UINT32_MAX      ? (uint32_t)cost : UINT32_MAX;
    node->document = seek_group(node, 0);
    return STATUS_OK;
}

/* ---- any node ---- */

/* A leaf of which an element is absent from the source matches nothing there. */
static bool leaf_is_absent(const struct search_leaf *leaf, uint32_t source) {
    if (leaf->lists != NULL) {
        return leaf->lists[source].count == 0;
    }
    uint32_t elements = leaf->node->element_count;
    for (uint32_t e = 0; e < elements; e++) {
        if (leaf->terms[source * elements + e].document_count == 0) {
            return true;
        }
    }
    return false;
}

static enum status leaf_make(struct search_plan *plan, uint32_t source,
                             const struct query_node *query, struct search_node *node,
                             bool *out_is_empty) {
    node->leaf = &plan->leaves[query->leaf];
    node->weight = node->leaf->weight;
    *out_is_empty = leaf_is_absent(node->leaf, source);
    if (*out_is_empty) {
        return STATUS_OK;
    }
    switch (query->kind) {
    case QUERY_TERM:
        node->kind = SEARCH_TERM;
        return term_make(plan, source, node);
    case QUERY_PREFIX:
        node->kind = SEARCH_LIST;
        list_make(source, node);
        return STATUS_OK;
    default:
        ASSERT(query->kind == QUERY_PHRASE);
        node->kind = SEARCH_PHRASE;
        return search_phrase_make(plan, source, node);
    }
}

enum status search_node_make(struct search_plan *plan, uint32_t source,
                             const struct query_node *query, struct search_node **out_node) {
    *out_node = NULL;
    struct search_node *node = pile_take_zero(plan->pile, 1, sizeof(*node));
    if (node == NULL) {
        return STATUS_NO_MEMORY;
    }
    node->scorer.table = plan->table;
    node->scorer.norms = plan->sources[source].segment->norms;
    bool is_empty;
    bool is_group = query->kind == QUERY_ALL || query->kind == QUERY_ANY;
    enum status status = is_group ? group_make(plan, source, query, node, &is_empty)
                                  : leaf_make(plan, source, query, node, &is_empty);
    if (status == STATUS_OK && !is_empty) {
        *out_node = node;
    }
    return status;
}

uint32_t search_node_seek(struct search_node *node, uint32_t target) {
    if (node->document >= target) {
        return node->document;
    }
    switch (node->kind) {
    case SEARCH_TERM:
        return node->document = segment_cursor_seek(node->cursor, target);
    case SEARCH_LIST:
        return node->document = list_seek(node, target);
    case SEARCH_PHRASE:
        return node->document = search_phrase_seek(node, target);
    default:
        return node->document = seek_group(node, target);
    }
}

uint32_t search_node_score(struct search_node *node) {
    uint8_t norm = node->scorer.norms[node->document];
    uint32_t frequency;
    switch (node->kind) {
    case SEARCH_TERM:
        frequency = segment_cursor_frequency(node->cursor);
        break;
    case SEARCH_LIST:
        frequency = node->list->frequencies[node->list_at];
        break;
    case SEARCH_PHRASE:
        frequency = search_phrase_frequency(node);
        break;
    default:
        return group_score(node);
    }
    return rank_part(node->weight, rank_saturation(node->scorer.table, frequency, norm));
}

uint32_t search_node_window(struct search_node *node, uint32_t target, uint32_t *out_bound) {
    switch (node->kind) {
    case SEARCH_TERM:
        return term_window(node, target, out_bound);
    case SEARCH_LIST:
        return list_window(node, target, out_bound);
    case SEARCH_PHRASE:
        return search_phrase_window(node, target, out_bound);
    default:
        return group_window(node, target, out_bound);
    }
}

static enum status children_status(struct search_node *const *nodes, uint32_t count,
                                   struct diag *diag) {
    for (uint32_t i = 0; i < count; i++) {
        enum status status = search_node_status(nodes[i], diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status search_node_status(const struct search_node *node, struct diag *diag) {
    uint64_t offset = DIAG_NO_OFFSET;
    enum status status = STATUS_OK;
    if (node->kind == SEARCH_TERM) {
        status = node->cursor->status;
        offset = node->cursor->damage_offset;
    } else if (node->kind == SEARCH_PHRASE) {
        status = search_phrase_status(node, &offset);
    }
    if (status != STATUS_OK) {
        return diag_fail(diag, status, offset,
                         status == STATUS_NO_MEMORY ? "out of memory" : "postings are damaged");
    }
    status = children_status(node->children, node->child_count, diag);
    return status == STATUS_OK ? children_status(node->excluded, node->excluded_count, diag)
                               : status;
}
