/* search_explain.c - look at one document again, leaf by leaf. */
#include "search_explain.h"

#include <string.h>

struct explaining {
    struct search_plan *plan;
    const struct search_candidate *candidate;
    struct pile *pile;
    struct search_part *parts;
    uint32_t part_count;
};

static const char *leaf_text(const struct query_node *leaf, struct pile *pile) {
    size_t bytes = 4;
    for (uint32_t e = 0; e < leaf->element_count; e++) {
        bytes += leaf->elements[e].byte_count + 1;
    }
    char *text = pile_take(pile, bytes);
    if (text == NULL) {
        return NULL;
    }
    size_t at = 0;
    bool is_phrase = leaf->kind == QUERY_PHRASE;
    if (is_phrase) {
        text[at++] = '"';
    }
    for (uint32_t e = 0; e < leaf->element_count; e++) {
        if (e > 0) {
            text[at++] = ' ';
        }
        memcpy(text + at, leaf->elements[e].bytes, leaf->elements[e].byte_count);
        at += leaf->elements[e].byte_count;
    }
    if (is_phrase || leaf->kind == QUERY_PREFIX) {
        text[at++] = is_phrase ? '"' : '*';
    }
    text[at] = '\0';
    return text;
}

static uint32_t frequency_in(struct search_node *node) {
    return node->kind == SEARCH_TERM   ? segment_cursor_frequency(node->cursor)
           : node->kind == SEARCH_LIST ? node->list->frequencies[node->list_at]
                                       : search_phrase_frequency(node);
}

static enum status explain_leaf(struct explaining *all, const struct query_node *leaf,
                                bool *out_matches) {
    struct search_node *node;
    enum status status = search_node_make(all->plan, all->candidate->source, leaf, &node);
    if (status != STATUS_OK || node == NULL) {
        return status;
    }
    uint32_t document = all->candidate->document;
    *out_matches = search_node_seek(node, document) == document;
    if (!*out_matches) {
        return search_node_status(node, all->plan->diag);
    }
    uint32_t frequency = frequency_in(node);
    uint32_t saturation = rank_saturation(all->plan->table, frequency,
                                          node->scorer.norms[document]);
    struct search_part *part = &all->parts[all->part_count++];
    *part = (struct search_part){
        .text = leaf_text(leaf, all->pile), .document_count = node->leaf->document_count,
        .frequency = frequency, .weight = node->weight, .saturation = saturation,
        .score = rank_part(node->weight, saturation) };
    return part->text == NULL ? STATUS_NO_MEMORY : search_node_status(node, all->plan->diag);
}

static enum status explain_node(struct explaining *all, const struct query_node *node,
                                bool *out_matches);

/* Whether any of the excluded siblings matches; none of their parts are kept. */
static enum status explain_excluded(struct explaining *all, const struct query_node *first,
                                    bool *out_excludes) {
    uint32_t parts = all->part_count;
    *out_excludes = false;
    for (const struct query_node *node = first; node != NULL && !*out_excludes;
         node = node->next) {
        enum status status = explain_node(all, node, out_excludes);
        all->part_count = parts;
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status explain_group(struct explaining *all, const struct query_node *group,
                                 bool *out_matches) {
    uint32_t parts = all->part_count;
    bool has_all = true;
    bool has_any = false;
    for (const struct query_node *node = group->first; node != NULL; node = node->next) {
        bool matches;
        enum status status = explain_node(all, node, &matches);
        if (status != STATUS_OK) {
            return status;
        }
        has_all = has_all && matches;
        has_any = has_any || matches;
    }
    bool excludes;
    enum status status = explain_excluded(all, group->excluded, &excludes);
    *out_matches = !excludes && (group->kind == QUERY_ALL ? has_all : has_any);
    if (!*out_matches) {
        all->part_count = parts;
    }
    return status;
}

/* As deep as the query, see QUERY_DEPTH_MAX. */
static enum status explain_node(struct explaining *all, const struct query_node *node,
                                bool *out_matches) {
    *out_matches = false;
    return node->kind == QUERY_ALL || node->kind == QUERY_ANY
               ? explain_group(all, node, out_matches)
               : explain_leaf(all, node, out_matches);
}

enum status search_explain(struct search_plan *plan, const struct search_candidate *candidate,
                           struct pile *pile, struct search_hit *hit) {
    struct explaining all = { .plan = plan, .candidate = candidate, .pile = pile };
    all.parts = pile_take_zero(pile, plan->query->leaf_count, sizeof(*all.parts));
    if (all.parts == NULL) {
        return STATUS_NO_MEMORY;
    }
    bool matches;
    enum status status = explain_node(&all, plan->query->root, &matches);
    hit->parts = all.parts;
    hit->part_count = all.part_count;
    return status;
}
