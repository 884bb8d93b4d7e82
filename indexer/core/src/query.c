/* query.c - the grammar, by recursive descent of at most QUERY_DEPTH_MAX levels. */
#include "query_impl.h"

#include <string.h>

#include "base/assert.h"
#include "sync/memory.h"

static enum status parse_any(struct query_parse *parse, uint32_t depth,
                             struct query_node **out_node);

static enum status refuse(struct query_parse *parse, uint32_t offset, const char *reason) {
    return diag_fail(parse->diag, STATUS_BAD_DATA, offset, reason);
}

/* Children while they are gathered. */
struct gathering {
    struct query_node *first;
    struct query_node **end;
    struct query_node *excluded;
    struct query_node **excluded_end;
    uint32_t child_count;
    bool has_positive;        /* one was written, even if it was dropped */
    bool has_excluded;
    uint32_t excluded_offset;
};

static void gathering_init(struct gathering *g) {
    *g = (struct gathering){ .first = NULL };
    g->end = &g->first;
    g->excluded_end = &g->excluded;
}

/* A chain of nodes; NULL is a word that was dropped. */
static void gather(struct gathering *g, struct query_node *node) {
    g->has_positive = true;
    for (; node != NULL; node = node->next) {
        *g->end = node;
        g->end = &node->next;
        g->child_count++;
    }
}

static void gather_excluded(struct gathering *g, uint32_t offset, struct query_node *node) {
    if (!g->has_excluded) {
        g->excluded_offset = offset;
    }
    g->has_excluded = true;
    if (node != NULL) {
        *g->excluded_end = node;
        g->excluded_end = &node->next;
    }
}

/* The node of what was gathered: NULL for nothing, the child itself when alone. */
static enum status gathered(struct query_parse *parse, struct gathering *g, enum query_kind kind,
                            struct query_node **out_node) {
    if (!g->has_positive && g->has_excluded) {
        return refuse(parse, g->excluded_offset, "NOT without anything to take away from");
    }
    *out_node = g->first;
    if (g->first == NULL || (g->child_count == 1 && g->excluded == NULL)) {
        return STATUS_OK;
    }
    struct query_node *node = query_node_make(parse, kind, g->first->offset);
    if (node == NULL) {
        return STATUS_NO_MEMORY;
    }
    node->first = g->first;
    node->excluded = g->excluded;
    *out_node = node;
    return STATUS_OK;
}

static enum status parse_group(struct query_parse *parse, uint32_t depth,
                               struct query_node **out_node) {
    uint32_t open = parse->token.begin;
    if (depth == QUERY_DEPTH_MAX) {
        return diag_fail(parse->diag, STATUS_LIMIT, open, "parentheses too deep");
    }
    query_lex_next(parse);
    enum status status = parse_any(parse, depth + 1, out_node);
    if (status != STATUS_OK) {
        return status;
    }
    if (parse->token.kind != QUERY_LEX_CLOSE) {
        return refuse(parse, open, "parenthesis is not closed");
    }
    query_lex_next(parse);
    return STATUS_OK;
}

static const char *missing_operand(const struct query_parse *parse) {
    switch (parse->token.kind) {
    case QUERY_LEX_END:
        return "query ends where a word is expected";
    case QUERY_LEX_CLOSE:
        return "closing parenthesis where a word is expected";
    default:
        return "operator where a word is expected";
    }
}

static enum status parse_unit(struct query_parse *parse, uint32_t depth,
                              struct query_node **out_node) {
    *out_node = NULL;
    switch (parse->token.kind) {
    case QUERY_LEX_WORD:
    case QUERY_LEX_QUOTED: {
        enum status status = query_leaf(parse, &parse->token, out_node);
        query_lex_next(parse);
        return status;
    }
    case QUERY_LEX_OPEN:
        return parse_group(parse, depth, out_node);
    case QUERY_LEX_UNCLOSED:
        return refuse(parse, parse->token.begin, "quotation mark is not closed");
    default:
        return refuse(parse, parse->token.begin, missing_operand(parse));
    }
}

/* A unit, or NOT and a unit, into what is gathered. */
static enum status parse_operand(struct query_parse *parse, uint32_t depth, struct gathering *g) {
    uint32_t offset = parse->token.begin;
    bool is_excluded = parse->token.kind == QUERY_LEX_NOT;
    if (is_excluded) {
        query_lex_next(parse);
    }
    struct query_node *node;
    enum status status = parse_unit(parse, depth, &node);
    if (status == STATUS_OK && is_excluded) {
        gather_excluded(g, offset, node);
    } else if (status == STATUS_OK) {
        gather(g, node);
    }
    return status;
}

static bool starts_operand(enum query_lex kind) {
    return kind == QUERY_LEX_WORD || kind == QUERY_LEX_QUOTED || kind == QUERY_LEX_OPEN
           || kind == QUERY_LEX_NOT || kind == QUERY_LEX_UNCLOSED;
}

static enum status parse_all(struct query_parse *parse, uint32_t depth,
                             struct query_node **out_node) {
    struct gathering g;
    gathering_init(&g);
    enum status status = parse_operand(parse, depth, &g);
    while (status == STATUS_OK) {
        if (parse->token.kind == QUERY_LEX_AND) {
            query_lex_next(parse);
        } else if (!parse->all_words || !starts_operand(parse->token.kind)) {
            return gathered(parse, &g, QUERY_ALL, out_node);
        }
        status = parse_operand(parse, depth, &g);
    }
    return status;
}

/* One step of `any`: an OR is behind us if `after_or`. */
static enum status parse_alternative(struct query_parse *parse, uint32_t depth, bool after_or,
                                     struct gathering *g) {
    if (parse->token.kind == QUERY_LEX_NOT && !parse->all_words) {
        if (after_or) {
            return refuse(parse, parse->token.begin, "NOT cannot follow OR");
        }
        return parse_operand(parse, depth, g);
    }
    struct query_node *node;
    enum status status = parse_all(parse, depth, &node);
    if (status != STATUS_OK) {
        return status;
    }
    if (node != NULL && node->is_one_word && !parse->all_words) {
        node = query_phrase_split(parse, node);
        if (node == NULL) {
            return STATUS_NO_MEMORY;
        }
    }
    gather(g, node);
    return STATUS_OK;
}

static enum status parse_any(struct query_parse *parse, uint32_t depth,
                             struct query_node **out_node) {
    struct gathering g;
    gathering_init(&g);
    bool after_or = false;
    for (;;) {
        enum status status = parse_alternative(parse, depth, after_or, &g);
        if (status != STATUS_OK) {
            return status;
        }
        after_or = parse->token.kind == QUERY_LEX_OR;
        if (after_or) {
            query_lex_next(parse);
        } else if (parse->token.kind == QUERY_LEX_END || parse->token.kind == QUERY_LEX_CLOSE) {
            return gathered(parse, &g, QUERY_ANY, out_node);
        } else if (parse->token.kind == QUERY_LEX_AND) {
            return refuse(parse, parse->token.begin, "AND without anything before it");
        }
    }
}

static enum status parse_text(struct query_parse *parse, struct query *out_query) {
    query_lex_next(parse);
    if (parse->token.kind == QUERY_LEX_END) {
        return refuse(parse, 0, "query is empty");
    }
    enum status status = parse_any(parse, 0, &out_query->root);
    if (status != STATUS_OK) {
        return status;
    }
    if (parse->token.kind == QUERY_LEX_CLOSE) {
        return refuse(parse, parse->token.begin, "closing parenthesis without an opening one");
    }
    ASSERT(parse->token.kind == QUERY_LEX_END);
    return STATUS_OK;
}

enum status query_parse(struct query_parser *parser, const struct query_text *text,
                        struct query *out_query, struct diag *diag) {
    *out_query = (struct query){ .root = NULL };
    if (text->text_bytes > QUERY_BYTES_MAX) {
        return diag_fail(diag, STATUS_LIMIT, QUERY_BYTES_MAX, "query too long");
    }
    struct query_parse parse = {
        .parser = parser, .text = (const uint8_t *)text->text,
        .text_bytes = (uint32_t)text->text_bytes, .all_words = text->all_words, .diag = diag,
        .pile = &out_query->pile };
    enum status status = parse_text(&parse, out_query);
    out_query->element_count = parse.element_count;
    out_query->leaf_count = parse.leaf_count;
    if (status != STATUS_OK) {
        query_destroy(out_query);
        if (status == STATUS_NO_MEMORY) {
            return diag_fail(diag, status, DIAG_NO_OFFSET, "out of memory");
        }
    }
    return status;
}
