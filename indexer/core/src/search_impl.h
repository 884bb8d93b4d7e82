/*
 * search_impl.h - how a query is carried out, for the files that share the work.
 *
 * A plan knows, for each leaf of the query, where its terms are in each segment and
 * what the leaf weighs.  A segment is then searched by a tree of nodes.  A node
 * stands on a document or has ended; it can seek forwards, say its score for the
 * document it stands on, and bound its scores over a window of documents without
 * looking at them.  Every way of searching offers documents to a `search_top`, which
 * keeps the best; what it needs of a newcomer grows, and windows whose bound is
 * below that are skipped.
 *
 * Units:    scores in 1/65536 of a bit, see rank.h; documents by number in a segment
 * Shapes:   none
 * Threads:  all of it belongs to one thread; segments are shared for reading
 * Memory:   the pile of the query
 * Errors:   STATUS_BAD_DATA for a damaged index, STATUS_NO_MEMORY
 * Source:   Ding and Suel, Faster Top-k Document Retrieval Using Block-Max Indexes
 *           (2011); Turtle and Flood, Query Evaluation: Strategies and Optimizations (1995)
 * Depends:  base, sync, query.h, rank.h, segment.h
 */
#ifndef INDEXER_SEARCH_IMPL_H
#define INDEXER_SEARCH_IMPL_H

#include "pile.h"
#include "query.h"
#include "rank.h"
#include "segment.h"

/* What is searched: one segment and which of its documents are gone. */
struct search_source {
    const struct segment *segment;
    const uint64_t *deleted;       /* a bit a document; NULL for none */
    uint32_t deleted_count;
};

static inline bool search_is_deleted(const struct search_source *source, uint32_t document) {
    return source->deleted != NULL && (source->deleted[document / 64] >> (document % 64) & 1) != 0;
}

/* Postings of a prefix in one segment: the sum over its terms. */
struct search_list {
    uint32_t *documents;
    uint32_t *frequencies;
    uint32_t *block_bounds;        /* best saturation in each block of SEGMENT_BLOCK */
    uint32_t count;
};

struct search_leaf {
    const struct query_node *node;
    uint32_t weight;               /* idf, of a phrase the sum of its terms' */
    uint64_t document_count;       /* live ones with the term or prefix; 0 for phrases */
    struct segment_term *terms;    /* [source][element]; document_count 0 where absent */
    struct search_list *lists;     /* [source], of prefixes only */
};

struct search_plan {
    const struct search_source *sources;
    uint32_t source_count;
    uint64_t document_count;       /* live, of all sources */
    const struct rank_table *table;
    const struct query *query;
    struct search_leaf *leaves;    /* by leaf number */
    struct pile *pile;
    struct diag *diag;
    uint32_t reading;              /* the source whose damage it would be; for complaints */
};

#define SEARCH_NO_SOURCE UINT32_MAX

/* Look up and weigh everything. */
MUST_CHECK enum status search_plan_make(struct search_plan *plan);

/* Fill leaf->lists and leaf->document_count of a prefix. */
MUST_CHECK enum status search_prefix_read(struct search_plan *plan, struct search_leaf *leaf);

/* ---- the best so far ---- */

struct search_candidate {
    uint64_t score;
    uint32_t source;
    uint32_t document;
};

struct search_top {
    struct search_candidate *heap;   /* the worst at the root */
    uint32_t count;
    uint32_t capacity;
    uint64_t need;                   /* scores below this cannot enter */
    uint32_t source;                 /* of the documents offered now */
    bool has_page;                   /* only what comes after the page's last hit: */
    uint64_t page_score;
    int64_t page_document;           /* last document of this source up to that hit's id */
};

/* Offer a live document that matches.  Documents of a source come in ascending order. */
void search_top_offer(struct search_top *top, uint32_t document, uint64_t score);

/* Best first: score descending, then document ascending. */
void search_top_sort(struct search_top *top);

/* ---- nodes ---- */

enum search_kind { SEARCH_TERM, SEARCH_LIST, SEARCH_PHRASE, SEARCH_ALL, SEARCH_ANY };

/* What scores depend on beside the posting. */
struct search_scorer {
    const struct rank_table *table;
    const uint8_t *norms;
};

struct search_node {
    enum search_kind kind;
    uint32_t document;             /* stood on; SEGMENT_NO_DOCUMENT at the end */
    uint32_t cost;                 /* documents it may match, at most */
    uint32_t weight;
    uint32_t bound;                /* of its score, anywhere in the segment */
    uint32_t window_last;          /* the window that window_bound is for */
    uint32_t window_bound;
    bool has_window;
    const struct search_leaf *leaf;
    struct search_scorer scorer;
    struct segment_cursor *cursor;     /* TERM */
    const struct search_list *list;    /* LIST */
    uint32_t list_at;
    struct search_phrase *phrase;      /* PHRASE */
    struct search_node **children;     /* ALL: rarest first */
    uint32_t child_count;
    struct search_node **excluded;
    uint32_t excluded_count;
};

/*
 * The node for a source, or NULL when nothing there can match.  It stands on its
 * first document.
 */
MUST_CHECK enum status search_node_make(struct search_plan *plan, uint32_t source,
                                        const struct query_node *query,
                                        struct search_node **out_node);

/* The first match >= target. */
uint32_t search_node_seek(struct search_node *node, uint32_t target);

/* Score of the document stood on. */
uint32_t search_node_score(struct search_node *node);

/*
 * *out_bound bounds the scores of documents from `target` to the one returned;
 * SEGMENT_NO_DOCUMENT and 0 when there is no match from `target` on.  Targets may not
 * fall from call to call.
 */
uint32_t search_node_window(struct search_node *node, uint32_t target, uint32_t *out_bound);

/* Whether an excluded node matches; documents may not fall from call to call. */
bool search_node_excludes(struct search_node *node, uint32_t document);

/* STATUS_BAD_DATA if a list ended on damage, else STATUS_OK. */
MUST_CHECK enum status search_node_status(const struct search_node *node, struct diag *diag);

/* The best saturation among impacts. */
uint32_t search_best_saturation(const struct rank_table *table,
                                const struct segment_impact *impacts, uint32_t count);

/* ---- phrases ---- */

MUST_CHECK enum status search_phrase_make(struct search_plan *plan, uint32_t source,
                                          struct search_node *node);
uint32_t search_phrase_seek(struct search_node *node, uint32_t target);
uint32_t search_phrase_frequency(const struct search_node *node);
uint32_t search_phrase_window(struct search_node *node, uint32_t target, uint32_t *out_bound);
enum status search_phrase_status(const struct search_node *node, uint64_t *out_offset);
/* Documents scoring below this need not be found any more. */
void search_phrase_set_need(struct search_node *node, uint64_t need);

/* ---- ways of searching ---- */

/* Block-max MAXSCORE over the children of an ANY, or over the node alone. */
MUST_CHECK enum status search_any(struct search_plan *plan, uint32_t source,
                                  struct search_node *root, struct search_top *top);

/* The children of an ALL, led by the rarest. */
MUST_CHECK enum status search_all(struct search_plan *plan, uint32_t source,
                                  struct search_node *root, struct search_top *top);

/* Document by document, skipping windows whose bound is too low. */
void search_scan(struct search_plan *plan, uint32_t source, struct search_node *root,
                 struct search_top *top);

/*
 * Every document of the source, from whole lists, without bounds, windows or seeks:
 * what the others are compared with.
 */
MUST_CHECK enum status search_exhaustive(struct search_plan *plan, uint32_t source,
                                         struct search_top *top);

#endif
