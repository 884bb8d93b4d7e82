/* extract_man_escape.c - roff escapes: fonts and motions go, characters stay. */
#include <string.h>

#include "extract_man.h"

/* Names of characters, of two bytes, and what they are in UTF-8: the usual ones of pages. */
static const struct { char name[4]; char text[8]; } characters[] = {
    { "em", "\xe2\x80\x94" }, { "en", "\xe2\x80\x93" }, { "hy", "-" }, { "mi", "-" },
    { "bu", "\xe2\x80\xa2" }, { "co", "\xc2\xa9" }, { "rg", "\xc2\xae" }, { "tm", "\xe2\x84\xa2" },
    { "lq", "\"" }, { "rq", "\"" }, { "dq", "\"" }, { "oq", "'" }, { "cq", "'" }, { "aq", "'" },
    { "ga", "`" }, { "ha", "^" }, { "ti", "~" }, { "rs", "\\" }, { "sl", "/" }, { "ba", "|" },
    { "bv", "|" }, { "or", "|" }, { "at", "@" }, { "sh", "#" }, { "Do", "$" }, { "lB", "[" },
    { "rB", "]" }, { "lC", "{" }, { "rC", "}" }, { "la", "<" }, { "ra", ">" }, { "eq", "=" },
    { "pl", "+" }, { "mu", "\xc3\x97" }, { "di", "\xc3\xb7" }, { "+-", "\xc2\xb1" },
    { "->", "\xe2\x86\x92" }, { "<-", "\xe2\x86\x90" }, { ">=", "\xe2\x89\xa5" },
    { "<=", "\xe2\x89\xa4" }, { "!=", "\xe2\x89\xa0" }, { "de", "\xc2\xb0" },
    { "'a", "\xc3\xa1" }, { "'e", "\xc3\xa9" }, { "'i", "\xc3\xad" }, { "'o", "\xc3\xb3" },
    { "'u", "\xc3\xba" }, { "'y", "\xc3\xbd" }, { "'c", "\xc4\x87" }, { "'n", "\xc5\x84" },
    { "'A", "\xc3\x81" }, { "'E", "\xc3\x89" }, { "'I", "\xc3\x8d" }, { "'O", "\xc3\x93" },
    { "'U", "\xc3\x9a" }, { "'Y", "\xc3\x9d" }, { "'C", "\xc4\x86" }, { "'N", "\xc5\x83" },
    { "`a", "\xc3\xa0" }, { "`e", "\xc3\xa8" }, { "`i", "\xc3\xac" }, { "`o", "\xc3\xb2" },
    { "`u", "\xc3\xb9" }, { "`A", "\xc3\x80" }, { "`E", "\xc3\x88" }, { "`I", "\xc3\x8c" },
    { "`O", "\xc3\x92" }, { "`U", "\xc3\x99" }, { "^a", "\xc3\xa2" }, { "^e", "\xc3\xaa" },
    { "^i", "\xc3\xae" }, { "^o", "\xc3\xb4" }, { "^u", "\xc3\xbb" }, { "^A", "\xc3\x82" },
    { "^E", "\xc3\x8a" }, { "^I", "\xc3\x8e" }, { "^O", "\xc3\x94" }, { "^U", "\xc3\x9b" },
    { "~a", "\xc3\xa3" }, { "~n", "\xc3\xb1" }, { "~o", "\xc3\xb5" }, { "~A", "\xc3\x83" },
    { "~N", "\xc3\x91" }, { "~O", "\xc3\x95" }, { ":a", "\xc3\xa4" }, { ":e", "\xc3\xab" },
    { ":i", "\xc3\xaf" }, { ":o", "\xc3\xb6" }, { ":u", "\xc3\xbc" }, { ":y", "\xc3\xbf" },
    { ":A", "\xc3\x84" }, { ":E", "\xc3\x8b" }, { ":I", "\xc3\x8f" }, { ":O", "\xc3\x96" },
    { ":U", "\xc3\x9c" }, { ":Y", "\xc5\xb8" }, { ",c", "\xc3\xa7" }, { ",C", "\xc3\x87" },
    { ",s", "\xc5\x9f" }, { ",S", "\xc5\x9e" }, { "oa", "\xc3\xa5" }, { "oA", "\xc3\x85" },
    { "/o", "\xc3\xb8" }, { "/O", "\xc3\x98" }, { "/l", "\xc5\x82" }, { "/L", "\xc5\x81" },
    { "ae", "\xc3\xa6" }, { "AE", "\xc3\x86" }, { "oe", "\xc5\x93" }, { "OE", "\xc5\x92" },
    { "ss", "\xc3\x9f" }, { "vs", "\xc5\xa1" }, { "vS", "\xc5\xa0" }, { "vz", "\xc5\xbe" },
    { "vZ", "\xc5\xbd" }, { "-D", "\xc3\x90" }, { "Sd", "\xc3\xb0" }, { "TP", "\xc3\x9e" },
    { "Tp", "\xc3\xbe" }, { "Fo", "\xc2\xab" }, { "Fc", "\xc2\xbb" }, { "Bq", "\xe2\x80\x9e" },
    { "bq", "\xe2\x80\x9a" }, { "r!", "\xc2\xa1" }, { "r?", "\xc2\xbf" }, { "Eu", "\xe2\x82\xac" },
    { "Po", "\xc2\xa3" }, { "sc", "\xc2\xa7" }, { "Of", "\xc2\xaa" }, { "Om", "\xc2\xba" },
    { "12", "\xc2\xbd" }, { "14", "\xc2\xbc" }, { "34", "\xc2\xbe" }, { "mc", "\xc2\xb5" },
    { "*a", "\xce\xb1" }, { "*b", "\xce\xb2" }, { "*m", "\xce\xbc" }, { "*p", "\xcf\x80" },
    { "fm", "'" }, { "sd", "\"" }, { "aa", "'" }, { "a^", "^" }, { "a~", "~" }, { "ul", "_" },
};

/* Strings that pages use as if they were characters. */
static const struct { char name[4]; char text[8]; } strings[] = {
    { "lq", "\"" }, { "rq", "\"" }, { "L\"", "\"" }, { "R\"", "\"" }, { "--", "-" },
    { "C+", "C++" }, { "R", "\xc2\xae" }, { "Tm", "\xe2\x84\xa2" }, { "Aq", "'" },
    { "Lq", "\"" }, { "Rq", "\"" }, { "``", "\"" }, { "''", "\"" },
};

bool extract_man_is(struct man_span span, const char *word) {
    return span.count == strlen(word) && memcmp(span.at, word, span.count) == 0;
}

/* "uXXXX" names a character by number. */
static bool put_numbered(struct man_span name, struct extract_buffer *out) {
    uint32_t value = 0;
    if (name.count < 5 || name.count > 7 || name.at[0] != 'u') {
        return false;
    }
    for (size_t i = 1; i < name.count; i++) {
        char c = name.at[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) : 16;
        if (digit == 16) {
            return false;
        }
        value = value << 4 | digit;
    }
    extract_put_character(out, value == 0 ? 0xfffd : value);
    return true;
}

static void put_named(struct man_span name, struct extract_buffer *out) {
    for (size_t i = 0; name.count == 2 && i < COUNT_OF(characters); i++) {
        if (memcmp(name.at, characters[i].name, 2) == 0) {
            extract_put_text(out, characters[i].text);
            return;
        }
    }
    if (!put_numbered(name, out)) {
        extract_put_byte(out, ' ');
    }
}

static void put_string(struct man_span name, struct extract_buffer *out) {
    for (size_t i = 0; i < COUNT_OF(strings); i++) {
        if (extract_man_is(name, strings[i].name)) {
            extract_put_text(out, strings[i].text);
            return;
        }
    }
}

/* The name after an escape letter: "x", "(xx" or "[...]"; moves *at behind it. */
static struct man_span take_name(struct man_span text, size_t *at) {
    struct man_span name = { text.at + *at, 0 };
    if (*at >= text.count) {
        return name;
    }
    char first = text.at[*at];
    if (first == '[') {
        const char *close = memchr(text.at + *at, ']', text.count - *at);
        size_t end = close == NULL ? text.count : (size_t)(close - text.at);
        name = (struct man_span){ text.at + *at + 1, end - *at - 1 };
        *at = end < text.count ? end + 1 : end;
        return name;
    }
    size_t skip = first == '(' ? 1 : 0;
    size_t wanted = first == '(' ? 2 : 1;
    size_t left = text.count - *at - skip;
    name = (struct man_span){ text.at + *at + skip, wanted < left ? wanted : left };
    *at += skip + name.count;
    return name;
}

/* Skip 'anything' between two equal characters. */
static void skip_quoted(struct man_span text, size_t *at) {
    if (*at >= text.count) {
        return;
    }
    const char *close = memchr(text.at + *at + 1, text.at[*at], text.count - *at - 1);
    *at = close == NULL ? text.count : (size_t)(close - text.at) + 1;
}

/* A size: a sign, then one digit, or a form with a name. */
static void skip_size(struct man_span text, size_t *at) {
    if (*at < text.count && (text.at[*at] == '+' || text.at[*at] == '-')) {
        (*at)++;
    }
    if (*at < text.count && (text.at[*at] == '\'' || text.at[*at] == '"')) {
        skip_quoted(text, at);
        return;
    }
    bool is_two = *at + 1 < text.count && text.at[*at] >= '1' && text.at[*at] <= '3'
                  && text.at[*at + 1] >= '0' && text.at[*at + 1] <= '9';
    take_name(text, at);
    *at += is_two;
}

/* The escape whose letter is at text.at[at]; returns where text goes on. */
static size_t take_escape(struct man_span text, size_t at, struct extract_buffer *out) {
    char letter = text.at[at++];
    switch (letter) {
    case '-': case '.': case '\'': case '`': case '_': case '!': case '?':
        extract_put_byte(out, (uint8_t)letter);
        return at;
    case 'e': case '\\': case 'E':
        extract_put_byte(out, '\\');
        return at;
    case ' ': case '~': case '0': case 't': case 'p':
        extract_put_byte(out, ' ');
        return at;
    case '(': case '[':
        at--;
        put_named(take_name(text, &at), out);
        return at;
    case 'C': {
        size_t from = at;
        skip_quoted(text, &at);
        put_named((struct man_span){ text.at + from + 1, at - from > 2 ? at - from - 2 : 0 }, out);
        return at;
    }
    case '*':
        put_string(take_name(text, &at), out);
        return at;
    case 'f': case 'F': case 'm': case 'M': case 'g': case 'k': case 'n': case 'V': case 'Y':
        if (letter == 'n' && at < text.count && (text.at[at] == '+' || text.at[at] == '-')) {
            at++;
        }
        take_name(text, &at);
        return at;
    case 's':
        skip_size(text, &at);
        return at;
    case 'b': case 'D': case 'h': case 'H': case 'l': case 'L': case 'N': case 'o': case 'R':
    case 'S': case 'v': case 'w': case 'x': case 'X': case 'Z':
        skip_quoted(text, &at);
        return at;
    case '"': case '#':
        return text.count;
    default:
        return at;   /* \& \/ \, \| \^ \% \: \c \) \{ \} and what is not known print nothing */
    }
}

void extract_man_text(struct man_span text, struct extract_buffer *out) {
    size_t at = 0;
    while (at < text.count) {
        const char *escape = memchr(text.at + at, '\\', text.count - at);
        size_t end = escape == NULL ? text.count : (size_t)(escape - text.at);
        extract_put(out, text.at + at, end - at);
        at = end + 1;
        if (at < text.count) {
            at = take_escape(text, at, out);
        }
    }
}
