/* query_leaf.c - words of a query to terms, as documents' words are. */
#include <string.h>

#include "base/assert.h"
#include "query_impl.h"
#include "sync/memory.h"

enum { TOKENS_AT_ONCE = 64 };

static void *take(struct query_parse *parse, size_t bytes) {
    return pile_take(parse->pile, bytes);
}

void query_destroy(struct query *query) {
    pile_clear(&query->pile);
    *query = (struct query){ .root = NULL };
}

enum status query_parser_create(enum analysis_lang lang, struct query_parser **out_parser) {
    *out_parser = NULL;
    struct query_parser *parser = sync_alloc_zero(1, sizeof(*parser));
    if (parser == NULL) {
        return STATUS_NO_MEMORY;
    }
    parser->lang = lang;
    enum status status = analysis_create(lang, &parser->words);
    if (status != STATUS_OK) {
        query_parser_destroy(parser);
        return status;
    }
    *out_parser = parser;
    return STATUS_OK;
}

void query_parser_destroy(struct query_parser *parser) {
    if (parser == NULL) {
        return;
    }
    if (parser->prefixes != parser->words) {
        analysis_destroy(parser->prefixes);
    }
    analysis_destroy(parser->words);
    sync_free(parser);
}

struct analysis *query_parser_analysis(struct query_parser *parser) {
    return parser->words;
}

struct query_node *query_node_make(struct query_parse *parse, enum query_kind kind,
                                   uint32_t offset) {
    struct query_node *node = take(parse, sizeof(*node));
    if (node != NULL) {
        *node = (struct query_node){ .kind = kind, .offset = offset };
    }
    return node;
}

/* ---- elements ---- */

/* Elements of the leaf being made, in a growing array of the parse's arena. */
struct elements {
    struct query_element *list;
    uint32_t count;
    uint32_t capacity;
    uint32_t first_position;
};

static enum status copy_term(struct query_parse *parse, struct analysis *analysis, uint32_t term,
                             const uint8_t **out_bytes, uint32_t *out_count) {
    const uint8_t *bytes = analysis_term(analysis, term, out_count);
    uint8_t *copy = take(parse, *out_count);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(copy, bytes, *out_count);
    *out_bytes = copy;
    return STATUS_OK;
}

static enum status grow(struct query_parse *parse, struct elements *elements) {
    uint32_t capacity = elements->capacity == 0 ? 2 : elements->capacity * 2;
    struct query_element *larger = take(parse, capacity * sizeof(*larger));
    if (larger == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (elements->count > 0) {
        memcpy(larger, elements->list, elements->count * sizeof(*larger));
    }
    elements->list = larger;
    elements->capacity = capacity;
    return STATUS_OK;
}

static enum status add_element(struct query_parse *parse, struct analysis *analysis,
                               const struct analysis_token *token, struct elements *elements) {
    if (parse->element_count == QUERY_ELEMENTS_MAX) {
        return diag_fail(parse->diag, STATUS_LIMIT, parse->token.from + token->begin,
                         "too many words in the query");
    }
    enum status status = STATUS_OK;
    if (elements->count == elements->capacity) {
        status = grow(parse, elements);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (elements->count == 0) {
        elements->first_position = token->position;
    }
    struct query_element *element = &elements->list[elements->count];
    *element = (struct query_element){ .distance = token->position - elements->first_position };
    status = copy_term(parse, analysis, token->term, &element->bytes, &element->byte_count);
    if (status == STATUS_OK) {
        elements->count++;
        parse->element_count++;
    }
    return status;
}

/* Elements of all tokens in a piece of the query. */
static enum status analyse(struct query_parse *parse, uint32_t from, uint32_t to,
                           struct elements *elements) {
    struct analysis *analysis = parse->parser->words;
    struct analysis_token tokens[TOKENS_AT_ONCE];
    size_t count;
    analysis_reset(analysis);
    analysis_begin(analysis, parse->text + from, to - from);
    do {
        enum status status = analysis_next(analysis, tokens, TOKENS_AT_ONCE, &count);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            status = add_element(parse, analysis, &tokens[i], elements);
        }
        if (status != STATUS_OK) {
            return status;
        }
    } while (count > 0);
    return STATUS_OK;
}

static enum status leaf_of(struct query_parse *parse, const struct elements *elements,
                           enum query_kind one, struct query_node **out_node) {
    if (elements->count == 0) {
        return STATUS_OK;
    }
    struct query_node *node =
        query_node_make(parse, elements->count == 1 ? one : QUERY_PHRASE, parse->token.begin);
    if (node == NULL) {
        return STATUS_NO_MEMORY;
    }
    node->elements = elements->list;
    node->element_count = elements->count;
    node->leaf = parse->leaf_count++;
    node->is_one_word = parse->token.kind == QUERY_LEX_WORD && elements->count > 1;
    *out_node = node;
    return STATUS_OK;
}

struct query_node *query_phrase_split(struct query_parse *parse, struct query_node *phrase) {
    struct query_node *last = phrase;
    struct query_element *elements = phrase->elements;
    for (uint32_t e = 1; e < phrase->element_count; e++) {
        struct query_node *node = query_node_make(parse, QUERY_TERM, phrase->offset);
        if (node == NULL) {
            return NULL;
        }
        elements[e].distance = 0;
        node->elements = &elements[e];
        node->element_count = 1;
        node->leaf = parse->leaf_count++;
        last->next = node;
        last = node;
    }
    phrase->kind = QUERY_TERM;
    phrase->element_count = 1;
    phrase->is_one_word = false;
    return phrase;
}

/* ---- prefixes ---- */

/*
 * A prefix is folded but neither stemmed nor dropped as a stop word.  Where words
 * are stemmed it also stands for the term its letters would make as a word, so that
 * "running*" finds what was indexed as "run".
 */
static enum status fold_prefix(struct query_parse *parse, uint32_t to, struct elements *elements,
                               bool *out_is_prefix) {
    struct query_parser *parser = parse->parser;
    if (parser->prefixes == NULL) {
        if (parser->lang == ANALYSIS_NONE) {
            parser->prefixes = parser->words;
        } else {
            enum status status = analysis_create(ANALYSIS_NONE, &parser->prefixes);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    uint32_t from = parse->token.from;
    struct analysis_token tokens[2];
    size_t count;
    analysis_reset(parser->prefixes);
    analysis_begin(parser->prefixes, parse->text + from, to - from);
    enum status status = analysis_next(parser->prefixes, tokens, 2, &count);
    if (status != STATUS_OK) {
        return status;
    }
    *out_is_prefix = count > 0 && tokens[count - 1].end == to - from;
    if (!*out_is_prefix) {
        return STATUS_OK;
    }
    if (count > 1) {
        return diag_fail(parse->diag, STATUS_BAD_DATA, parse->token.begin,
                         "only a single word can be a prefix");
    }
    return add_element(parse, parser->prefixes, &tokens[0], elements);
}

static enum status add_stem(struct query_parse *parse, uint32_t to, struct query_element *prefix) {
    struct analysis *analysis = parse->parser->words;
    struct analysis_token token;
    size_t count;
    if (parse->parser->lang == ANALYSIS_NONE) {
        return STATUS_OK;
    }
    analysis_reset(analysis);
    analysis_begin(analysis, parse->text + parse->token.from, to - parse->token.from);
    enum status status = analysis_next(analysis, &token, 1, &count);
    if (status == STATUS_OK && count == 1) {
        status = copy_term(parse, analysis, token.term, &prefix->stem, &prefix->stem_bytes);
    }
    return status;
}

static enum status prefix_leaf(struct query_parse *parse, uint32_t to,
                               struct query_node **out_node, bool *out_is_prefix) {
    struct elements elements = { .list = NULL };
    enum status status = fold_prefix(parse, to, &elements, out_is_prefix);
    if (status != STATUS_OK || !*out_is_prefix) {
        return status;
    }
    status = add_stem(parse, to, &elements.list[0]);
    return status == STATUS_OK ? leaf_of(parse, &elements, QUERY_PREFIX, out_node) : status;
}

enum status query_leaf(struct query_parse *parse, const struct query_token *token,
                       struct query_node **out_node) {
    *out_node = NULL;
    uint32_t to = token->to;
    while (token->kind == QUERY_LEX_WORD && to > token->from && parse->text[to - 1] == '*') {
        to--;
    }
    if (to < token->to && to > token->from) {
        bool is_prefix;
        enum status status = prefix_leaf(parse, to, out_node, &is_prefix);
        if (status != STATUS_OK || is_prefix) {
            return status;
        }
    }
    struct elements elements = { .list = NULL };
    enum status status = analyse(parse, token->from, token->to, &elements);
    return status == STATUS_OK ? leaf_of(parse, &elements, QUERY_TERM, out_node) : status;
}
