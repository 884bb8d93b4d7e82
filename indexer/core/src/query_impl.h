/*
 * query_impl.h - what the query parser's source files share.
 *
 * Units:    as query.h
 * Shapes:   none
 * Threads:  as query.h
 * Memory:   as query.h
 * Errors:   as query.h
 * Source:   none
 * Depends:  query.h
 */
#ifndef INDEXER_QUERY_IMPL_H
#define INDEXER_QUERY_IMPL_H

#include "query.h"

enum query_lex {
    QUERY_LEX_END,
    QUERY_LEX_WORD,        /* text that is none of the below */
    QUERY_LEX_QUOTED,      /* what stands between two quotation marks */
    QUERY_LEX_UNCLOSED,    /* a quotation mark without its partner */
    QUERY_LEX_OPEN,
    QUERY_LEX_CLOSE,
    QUERY_LEX_AND,
    QUERY_LEX_OR,
    QUERY_LEX_NOT,
};

struct query_token {
    enum query_lex kind;
    uint32_t begin;     /* of the token */
    uint32_t from;      /* what it holds, without quotation marks */
    uint32_t to;
};

struct query_parser {
    enum analysis_lang lang;
    struct analysis *words;      /* of the index's language */
    struct analysis *prefixes;   /* folds only; NULL until a prefix is met, or = words */
};

/* One query being parsed. */
struct query_parse {
    struct query_parser *parser;
    const uint8_t *text;
    uint32_t text_bytes;
    bool all_words;
    struct diag *diag;
    struct query_token token;    /* the one to look at */
    uint32_t next;               /* where the one after it starts */
    uint32_t element_count;
    uint32_t leaf_count;
    struct pile *pile;
};

/* Read the next token into `token`. */
void query_lex_next(struct query_parse *parse);

/* The leaf for a word or quoted words; *out_node is NULL when all of it is dropped. */
MUST_CHECK enum status query_leaf(struct query_parse *parse, const struct query_token *token,
                                  struct query_node **out_node);

/* A chain of leaves, one for each element of a phrase, which is used up; NULL: no memory. */
struct query_node *query_phrase_split(struct query_parse *parse, struct query_node *phrase);

/* Zeroed, or NULL. */
struct query_node *query_node_make(struct query_parse *parse, enum query_kind kind,
                                   uint32_t offset);

#endif
