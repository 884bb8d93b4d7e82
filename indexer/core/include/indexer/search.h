/*
 * indexer/search.h - ask an index: the best documents for a query, in one total order.
 *
 * Documents are ranked by BM25 in integers, the same on every machine: score
 * descending, then external id ascending.  Neither the order nor a score depends on
 * how the index came about: not on segments, deletions still kept, or workers.
 * Search skips what cannot be among the best; the result is that of looking at
 * everything.
 *
 * The query language (docs/formats/query.md): words in a row mean OR, the more of
 * them a document has the better it ranks; AND, OR, NOT in capitals; "a phrase"; a
 * prefix*; parentheses.
 *
 * Parallel: partition = one chunk a query of a batch; reduction = a slot a query, in
 *           the order of the queries; caps = QUERY_BYTES_MAX and SEARCH_TOP_MAX a
 *           query, memory from the heap as for a single search; proof =
 *           indexer/core/test/search_test.c,
 *           answers_a_batch_alike_at_any_number_of_workers
 *
 * Units:    scores in 1/65536 of a bit (docs/formats/ranking.md); offsets in bytes of
 *           the query; lengths of texts in bytes
 * Shapes:   texts of results end with a NUL and may hold none elsewhere, except ids,
 *           which may
 * Threads:  a search belongs to one thread at a time; many may share an index
 * Memory:   a search keeps buffers between calls; results own theirs
 * Errors:   STATUS_BAD_DATA for a query that cannot be understood, with its offset, and
 *           for a damaged index (search_damaged_file()); a text is verified when a
 *           snippet is made of it, all else by index_check(); STATUS_LIMIT for a query
 *           too long, deep or wordy; STATUS_CLOSED for a page token of another state of
 *           the index
 * Source:   Robertson and Zaragoza, The Probabilistic Relevance Framework (2009)
 * Depends:  base, workpool, indexer/index.h
 */
#ifndef INDEXER_SEARCH_H
#define INDEXER_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "indexer/index.h"

enum {
    SEARCH_TOP_DEFAULT = 10,
    SEARCH_TOP_MAX = 10000,
    SEARCH_SNIPPET_DEFAULT = 200,   /* bytes of text, marks left out */
    SEARCH_SNIPPET_MAX = 4096,
};

struct search;

/* The index must outlive the search.  STATUS_NO_MEMORY. */
MUST_CHECK enum status search_create(const struct index *index, struct search **out_search);
void search_destroy(struct search *search);

struct search_request {
    const char *query;
    size_t query_bytes;
    uint32_t top;                /* hits wanted, 1..SEARCH_TOP_MAX; 0 means the default */
    bool needs_all_words;        /* words in a row mean AND */
    bool is_exhaustive;          /* look at everything: slow, the same result */
    bool wants_explanations;
    const char *page;            /* go on after the page that gave this token; NULL */
    uint32_t snippet_bytes;      /* 0 for no snippets */
    const char *mark_begin;      /* put around hits in snippets; NULL for "" */
    const char *mark_end;
};

/* What one term, prefix or phrase of the query adds to a score. */
struct search_part {
    const char *text;            /* as searched for: folded and stemmed */
    uint64_t document_count;     /* documents with it; 0 for phrases */
    uint32_t frequency;          /* in this document */
    uint32_t weight;             /* idf, 1/65536 of a bit */
    uint32_t saturation;         /* 1/65536 */
    uint32_t score;              /* weight * saturation / 65536, rounded down */
};

struct search_hit {
    uint64_t score;
    const char *id;
    size_t id_bytes;
    const char *title;           /* empty when there is none */
    const char *snippet;         /* empty when none was wanted or no text is kept */
    uint32_t length;             /* words of the document */
    uint32_t ranked_length;      /* the length that its class stands for in the formula */
    const struct search_part *parts;   /* their scores add up to `score` */
    uint32_t part_count;
};

struct search_results {
    const struct search_hit *hits;
    uint32_t hit_count;
    uint32_t first_rank;         /* of hits[0] among all pages: 1 on the first */
    const char *next_page;       /* token for the hits after these; NULL when there are none */
    bool is_nothing_left;        /* every word of the query was too common or no word at all */
};

/*
 * On STATUS_OK *out_results ends with search_results_destroy(); else it is NULL.
 * `request` and its texts are not kept.
 */
MUST_CHECK enum status search_run(struct search *search, const struct search_request *request,
                                  struct search_results **out_results, struct diag *diag);

/*
 * The name of the file in the index's folder in which the last search_run() found
 * damage, if its diag's offset is in one; NULL else.  Valid as long as the index.
 */
const char *search_damaged_file(const struct search *search);

/* NULL is ignored. */
void search_results_destroy(struct search_results *results);

/* One query of a batch and what became of it. */
struct search_slot {
    struct search_request request;
    enum status status;              /* filled in, as the rest */
    struct diag diag;
    struct search_results *results;  /* NULL when status is not STATUS_OK */
    const char *damaged_file;        /* as search_damaged_file() */
};

/*
 * Run every slot, queries in parallel on `pool` (NULL: one after the other).
 * A failing query does not touch the others; STATUS_NO_MEMORY only when the batch
 * could not be run at all.
 */
MUST_CHECK enum status search_batch(const struct index *index, struct workpool *pool,
                                    struct search_slot *slots, size_t slot_count);

#endif
