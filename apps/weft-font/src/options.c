/* options.c - ranges of characters and colours, as users write them. */
#include <string.h>

#include "sync/memory.h"
#include "weft_font.h"

static int hex_value(char c) {
    return c >= '0' && c <= '9' ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/* "U+41" or "u+41"; moves past it. */
static bool parse_codepoint(const char **text, uint32_t *out_codepoint) {
    const char *at = *text;
    uint32_t value = 0;
    if ((at[0] != 'U' && at[0] != 'u') || at[1] != '+' || hex_value(at[2]) < 0) {
        return false;
    }
    for (at += 2; hex_value(*at) >= 0; at++) {
        value = value * 16 + (uint32_t)hex_value(*at);
        if (value > FONT_CODEPOINT_LAST) {
            return false;
        }
    }
    *text = at;
    *out_codepoint = value;
    return true;
}

/* "U+41" or "U+41..U+5A", marked in a table of all code points. */
static bool parse_range(const char **text, uint8_t *marks) {
    uint32_t first, last;
    if (!parse_codepoint(text, &first)) {
        return false;
    }
    last = first;
    if (strncmp(*text, "..", 2) == 0) {
        *text += 2;
        if (!parse_codepoint(text, &last) || last < first) {
            return false;
        }
    }
    memset(marks + first, 1, last - first + 1);
    return true;
}

static bool parse_ranges(const char *text, uint8_t *marks) {
    while (parse_range(&text, marks)) {
        if (*text == '\0') {
            return true;
        }
        if (*text++ != ',') {
            return false;
        }
    }
    return false;
}

static bool list_marks(const uint8_t *marks, struct font_keys *keys) {
    for (uint32_t c = 0; c <= FONT_CODEPOINT_LAST; c++) {
        keys->count += marks[c];
    }
    keys->keys = sync_alloc_zero(keys->count, sizeof(*keys->keys));
    if (keys->keys == NULL) {
        cli_say("no memory");
        return false;
    }
    uint32_t count = 0;
    for (uint32_t c = 0; c <= FONT_CODEPOINT_LAST; c++) {
        if (marks[c] != 0) {
            keys->keys[count++] = c;
        }
    }
    return true;
}

bool font_keys_parse(const char *text, struct font_keys *out_keys) {
    *out_keys = (struct font_keys){ 0 };
    uint8_t *marks = sync_alloc_zero(FONT_CODEPOINT_LAST + 1, 1);
    if (marks == NULL) {
        cli_say("no memory");
        return false;
    }
    bool is_good = parse_ranges(text, marks);
    if (!is_good) {
        cli_say("--range is '%s', not like U+20..U+7E,U+A0", text);
    } else {
        is_good = list_marks(marks, out_keys);
    }
    sync_free(marks);
    return is_good;
}

bool font_colour_parse(const char *option, const char *text, uint8_t out_rgba[4]) {
    size_t digits = strlen(text);
    bool is_good = (digits == 6 || digits == 8) && strspn(text, "0123456789abcdefABCDEF") == digits;
    if (!is_good) {
        cli_say("--%s is '%s', not RRGGBB or RRGGBBAA in hexadecimal", option, text);
        return false;
    }
    out_rgba[3] = 255;
    for (size_t i = 0; i < 4 && 2 * i < digits; i++) {
        out_rgba[i] = (uint8_t)(hex_value(text[2 * i]) * 16 + hex_value(text[2 * i + 1]));
    }
    return true;
}
