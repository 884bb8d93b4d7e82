/* query_lex.c - the tokens of a query. */
#include <string.h>

#include "query_impl.h"

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_special(uint8_t byte) {
    return byte == '(' || byte == ')' || byte == '"';
}

static bool token_is(const struct query_parse *parse, const char *name) {
    size_t count = strlen(name);
    return parse->token.to - parse->token.from == count
           && memcmp(parse->text + parse->token.from, name, count) == 0;
}

static enum query_lex word_kind(const struct query_parse *parse) {
    return token_is(parse, "AND")  ? QUERY_LEX_AND
           : token_is(parse, "OR") ? QUERY_LEX_OR
           : token_is(parse, "NOT") ? QUERY_LEX_NOT : QUERY_LEX_WORD;
}

static void lex_quoted(struct query_parse *parse, uint32_t at) {
    const uint8_t *close = memchr(parse->text + at + 1, '"', parse->text_bytes - at - 1);
    parse->token.from = at + 1;
    if (close == NULL) {
        parse->token.kind = QUERY_LEX_UNCLOSED;
        parse->token.to = parse->text_bytes;
        parse->next = parse->text_bytes;
        return;
    }
    parse->token.kind = QUERY_LEX_QUOTED;
    parse->token.to = (uint32_t)(close - parse->text);
    parse->next = parse->token.to + 1;
}

static void lex_word(struct query_parse *parse, uint32_t at) {
    uint32_t end = at;
    while (end < parse->text_bytes && !is_space(parse->text[end])
           && !is_special(parse->text[end])) {
        end++;
    }
    parse->token.from = at;
    parse->token.to = end;
    parse->token.kind = word_kind(parse);
    parse->next = end;
}

void query_lex_next(struct query_parse *parse) {
    uint32_t at = parse->next;
    while (at < parse->text_bytes && is_space(parse->text[at])) {
        at++;
    }
    parse->token = (struct query_token){ .kind = QUERY_LEX_END, .begin = at, .from = at,
                                         .to = at };
    parse->next = at;
    if (at == parse->text_bytes) {
        return;
    }
    uint8_t byte = parse->text[at];
    if (byte == '"') {
        lex_quoted(parse, at);
    } else if (byte == '(' || byte == ')') {
        parse->token.kind = byte == '(' ? QUERY_LEX_OPEN : QUERY_LEX_CLOSE;
        parse->next = at + 1;
    } else {
        lex_word(parse, at);
    }
}
