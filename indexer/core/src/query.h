/*
 * query.h - the query language: text to a tree of what is looked for.
 *
 *   query  = any                         words in a row mean OR, or AND on demand
 *   any    = all { [ "OR" ] all | "NOT" unit }
 *   all    = unit { "AND" [ "NOT" ] unit }
 *   unit   = word | word "*" | '"' words '"' | "(" any ")"
 *
 * Operators are the capital words AND, OR and NOT.  NOT takes away from all that
 * stands beside it in its parentheses.  A word of several terms (foo-bar) stands for
 * each of them where any word will do, as it does in a document, and for the phrase
 * where a word is required (AND, all_words) or excluded.  Words that are dropped
 * (stop words, punctuation) drop out of their parentheses.  With `all_words`, words
 * in a row mean AND and bind before OR.
 * The language is documented for users in docs/formats/query.md.
 *
 * Units:    offsets are bytes from the start of the query
 * Shapes:   nodes form a tree through `first` and `next`, positives and excluded
 *           apart; leaves name a run of elements
 * Threads:  a parser belongs to one thread; a query is read by any number
 * Memory:   one pile a query, freed by query_destroy()
 * Errors:   STATUS_BAD_DATA with the offset and what is wrong there; STATUS_LIMIT for a
 *           query that is too long, too deep or of too many words; STATUS_NO_MEMORY
 * Source:   none
 * Depends:  base, sync, analysis.h, pile.h
 */
#ifndef INDEXER_QUERY_H
#define INDEXER_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis.h"
#include "base/diag.h"
#include "pile.h"

enum {
    QUERY_BYTES_MAX = 1 << 16,
    QUERY_DEPTH_MAX = 64,        /* parentheses inside each other */
    QUERY_ELEMENTS_MAX = 1024,   /* terms and prefixes, those of phrases included */
};

enum query_kind {
    QUERY_TERM,      /* documents with the term */
    QUERY_PREFIX,    /* documents with any term that begins so, as if they were one term */
    QUERY_PHRASE,    /* the elements at their distances */
    QUERY_ALL,       /* every child */
    QUERY_ANY,       /* at least one child */
};

struct query_element {
    const uint8_t *bytes;     /* a term; of a prefix the folded beginning */
    uint32_t byte_count;
    uint32_t distance;        /* positions from the first element of its phrase */
    const uint8_t *stem;      /* of a prefix: also this very term; NULL for none */
    uint32_t stem_bytes;
};

struct query_node {
    enum query_kind kind;
    uint32_t offset;              /* where it stands in the query */
    struct query_node *next;      /* sibling */
    struct query_node *first;     /* of ALL and ANY: children, at least one */
    struct query_node *excluded;  /* of ALL and ANY: children that must not match */
    struct query_element *elements;
    uint32_t element_count;       /* of leaves; 1 but for phrases */
    uint32_t leaf;                /* number of the leaf */
    bool is_one_word;             /* a PHRASE that was written as a word */
};

struct query {
    struct query_node *root;      /* NULL: every word was dropped, nothing matches */
    uint32_t element_count;       /* of all leaves */
    uint32_t leaf_count;
    struct pile pile;             /* private */
};

struct query_parser;

MUST_CHECK enum status query_parser_create(enum analysis_lang lang,
                                           struct query_parser **out_parser);
void query_parser_destroy(struct query_parser *parser);

struct query_text {
    const char *text;
    size_t text_bytes;
    bool all_words;      /* words in a row mean AND */
};

/* On success *out_query ends with query_destroy(); on failure it is empty. */
MUST_CHECK enum status query_parse(struct query_parser *parser, const struct query_text *text,
                                   struct query *out_query, struct diag *diag);
void query_destroy(struct query *query);

/* The parser's analyser, for other texts of the same language between parses. */
struct analysis *query_parser_analysis(struct query_parser *parser);

#endif
