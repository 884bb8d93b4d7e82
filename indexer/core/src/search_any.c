/*
 * search_any.c - ranked OR: block-max MAXSCORE.
 *
 * Clauses are sorted by their best score anywhere.  The longest run of weak ones
 * whose bounds together stay below what is needed cannot bring in a document
 * alone; the others are essential.  The segment is walked in windows in which the
 * blocks of the stronger clauses do not end, so that block bounds sharpen the
 * split; a window whose bounds together are too low is skipped unread.  Essential
 * clauses are added up in an array over the window; a document that may still be
 * good enough then looks for itself in the weak clauses, strongest first.
 */
#include <string.h>

#include "base/attr.h"
#include "search_impl.h"

enum { WINDOW_DOCUMENTS = 4096 };

struct clause {
    struct search_node *node;
    uint64_t bound;             /* in the window */
};

struct any {
    const struct search_source *source;
    struct search_node *root;            /* what excludes, if it is a group */
    struct search_top *top;
    struct clause *clauses;              /* weakest anywhere first; sorted anew in each window */
    struct search_node **by_bound;       /* weakest anywhere first */
    uint32_t clause_count;
    uint32_t essential;                  /* first of the clauses that are, in the window */
    uint64_t weak_bound;                 /* the sum of the bounds before it */
    uint32_t begin;                      /* the window: [begin, end) */
    uint32_t end;
    uint64_t seen[WINDOW_DOCUMENTS / 64];
    uint32_t scores[WINDOW_DOCUMENTS];
};

/* ---- windows ---- */

static void sort_nodes(struct search_node **nodes, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        struct search_node *moved = nodes[i];
        uint32_t at = i;
        for (; at > 0 && nodes[at - 1]->bound > moved->bound; at--) {
            nodes[at] = nodes[at - 1];
        }
        nodes[at] = moved;
    }
}

static void sort_clauses(struct clause *clauses, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        struct clause moved = clauses[i];
        uint32_t at = i;
        for (; at > 0 && clauses[at - 1].bound > moved.bound; at--) {
            clauses[at] = clauses[at - 1];
        }
        clauses[at] = moved;
    }
}

/*
 * Bounds for the window that begins at `begin`; returns the last document they hold
 * for, SEGMENT_NO_DOCUMENT when nothing good enough can come any more.
 */
static uint32_t bound_window(struct any *any, uint32_t begin, uint64_t *out_sum) {
    uint64_t sum = 0;
    uint32_t weak = 0;
    while (weak < any->clause_count && sum + any->by_bound[weak]->bound < any->top->need) {
        sum += any->by_bound[weak]->bound;
        any->clauses[weak] = (struct clause){ any->by_bound[weak], any->by_bound[weak]->bound };
        weak++;
    }
    uint32_t window = SEGMENT_NO_DOCUMENT;
    for (uint32_t i = weak; i < any->clause_count; i++) {
        uint32_t bound;
        uint32_t last = search_node_window(any->by_bound[i], begin, &bound);
        window = last < window ? last : window;
        any->clauses[i] = (struct clause){ any->by_bound[i], bound };
        sum += bound;
    }
    *out_sum = sum;
    return window;
}

/* Split the clauses of the window into weak and essential ones. */
static void split_window(struct any *any) {
    sort_clauses(any->clauses, any->clause_count);
    any->weak_bound = 0;
    any->essential = 0;
    while (any->essential < any->clause_count
           && any->weak_bound + any->clauses[any->essential].bound < any->top->need) {
        any->weak_bound += any->clauses[any->essential++].bound;
    }
}

/* ---- documents ---- */

/* `score` is the sum over the essential clauses. */
static NO_INLINE void complete(struct any *any, uint32_t document, uint64_t score) {
    uint64_t left = any->weak_bound;
    for (uint32_t i = any->essential; i-- > 0;) {
        if (score + left < any->top->need) {
            return;
        }
        struct search_node *node = any->clauses[i].node;
        left -= any->clauses[i].bound;
        if (search_node_seek(node, document) == document) {
            score += search_node_score(node);
        }
    }
    if (score >= any->top->need && !search_is_deleted(any->source, document)
        && !search_node_excludes(any->root, document)) {
        search_top_offer(any->top, document, score);
    }
}

static ALWAYS_INLINE void take_document(struct any *any, bool is_alone, uint32_t document,
                                        uint32_t part) {
    if (is_alone) {
        if (part + any->weak_bound >= any->top->need) {
            complete(any, document, part);
        }
        return;
    }
    uint32_t at = document - any->begin;
    any->seen[at / 64] |= UINT64_C(1) << (at % 64);
    any->scores[at] += part;
}

/* A whole block's postings in the window without a call a posting. */
static ALWAYS_INLINE void walk_term(struct any *any, struct search_node *node, bool is_alone) {
    struct segment_cursor *cursor = node->cursor;
    const struct rank_table *table = node->scorer.table;
    const uint8_t *norms = node->scorer.norms;
    uint32_t document = segment_cursor_seek(cursor, any->begin);
    while (document < any->end) {
        segment_cursor_frequencies(cursor);
        uint32_t i = cursor->at;
        for (; i < cursor->count && cursor->documents[i] < any->end; i++) {
            uint32_t saturation = rank_saturation(table, cursor->frequencies[i],
                                                  norms[cursor->documents[i]]);
            take_document(any, is_alone, cursor->documents[i],
                          rank_part(node->weight, saturation));
        }
        if (cursor->count == 0) {
            document = SEGMENT_NO_DOCUMENT;
            break;
        }
        document = segment_cursor_seek(cursor, i < cursor->count ? cursor->documents[i]
                                                                 : cursor->documents[i - 1] + 1);
    }
    node->document = document;
}

static void walk_node(struct any *any, struct search_node *node, bool is_alone) {
    uint32_t document = search_node_seek(node, any->begin);
    while (document < any->end) {
        take_document(any, is_alone, document, search_node_score(node));
        document = search_node_seek(node, document + 1);
    }
}

static void walk_clause(struct any *any, struct search_node *node, bool is_alone) {
    if (node->kind != SEARCH_TERM) {
        walk_node(any, node, is_alone);
    } else if (is_alone) {
        walk_term(any, node, true);
    } else {
        walk_term(any, node, false);
    }
}

static void take_sums(struct any *any) {
    for (uint32_t word = 0; word < WINDOW_DOCUMENTS / 64; word++) {
        for (uint64_t bits = any->seen[word]; bits != 0; bits &= bits - 1) {
            uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(bits);
            uint64_t score = any->scores[at];
            any->scores[at] = 0;
            if (score + any->weak_bound >= any->top->need) {
                complete(any, any->begin + at, score);
            }
        }
        any->seen[word] = 0;
    }
}

static void walk_window(struct any *any) {
    bool is_alone = any->essential + 1 == any->clause_count;
    for (uint32_t i = any->essential; i < any->clause_count; i++) {
        walk_clause(any, any->clauses[i].node, is_alone);
    }
    if (!is_alone) {
        take_sums(any);
    }
}

static void walk(struct any *any, uint32_t document_count) {
    uint32_t begin = 0;
    while (begin < document_count) {
        uint64_t sum;
        uint32_t last = bound_window(any, begin, &sum);
        if (last == SEGMENT_NO_DOCUMENT) {
            return;
        }
        if (sum < any->top->need) {
            begin = last + 1;
            continue;
        }
        uint32_t room = last - begin < WINDOW_DOCUMENTS ? last - begin + 1
                                                        : (uint32_t)WINDOW_DOCUMENTS;
        any->begin = begin;
        any->end = begin + room;
        split_window(any);
        walk_window(any);
        begin = any->end;
    }
}

enum status search_any(struct search_plan *plan, uint32_t source, struct search_node *root,
                       struct search_top *top) {
    struct any *any = pile_take_zero(plan->pile, 1, sizeof(*any));
    if (any == NULL) {
        return STATUS_NO_MEMORY;
    }
    any->source = &plan->sources[source];
    any->root = root;
    any->top = top;
    any->clause_count = root->kind == SEARCH_ANY ? root->child_count : 1;
    any->clauses = pile_take_zero(plan->pile, any->clause_count, sizeof(*any->clauses));
    any->by_bound = pile_take_zero(plan->pile, any->clause_count, sizeof(*any->by_bound));
    if (any->clauses == NULL || any->by_bound == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < any->clause_count; i++) {
        any->by_bound[i] = root->kind == SEARCH_ANY ? root->children[i] : root;
    }
    sort_nodes(any->by_bound, any->clause_count);
    walk(any, plan->sources[source].segment->document_count);
    return STATUS_OK;
}
