/*
 * extract_man.c - manual pages: requests become lines, or nothing.
 *
 * This is no formatter.  Words keep their order and what must not be found (fonts,
 * motions, definitions, table formats, equations) is left out.
 */
#include "extract_man.h"

#include <string.h>

/* ---- lines to requests ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The next word of a request, quoted or not; moves *at behind it. */
static struct man_span take_word(struct man_span line, size_t *at) {
    size_t begin = *at;
    if (line.at[begin] == '"') {
        size_t end = begin + 1;
        while (end < line.count && line.at[end] != '"') {
            end++;
        }
        *at = end < line.count ? end + 1 : end;
        return (struct man_span){ line.at + begin + 1, end - begin - 1 };
    }
    size_t end = begin;
    while (end < line.count && !is_blank(line.at[end])) {
        end += line.at[end] == '\\' && end + 1 < line.count ? 2 : 1;
    }
    *at = end;
    return (struct man_span){ line.at + begin, end - begin };
}

/* Where a comment begins: an escape before a quotation mark. */
static size_t comment_at(struct man_span line) {
    for (size_t at = 0; at + 1 < line.count; at++) {
        if (line.at[at] == '\\') {
            if (line.at[at + 1] == '"') {
                return at;
            }
            at++;
        }
    }
    return line.count;
}

static void split_request(struct man_span line, struct man_request *request) {
    size_t at = 0;
    line.count = comment_at(line);
    while (at < line.count && is_blank(line.at[at])) {
        at++;
    }
    size_t begin = at;
    while (at < line.count && !is_blank(line.at[at]) && line.at[at] != '\\') {
        at++;
    }
    request->name = (struct man_span){ line.at + begin, at - begin };
    request->word_count = 0;
    while (at < line.count && is_blank(line.at[at])) {
        at++;
    }
    request->rest = (struct man_span){ line.at + at, line.count - at };
    while (at < line.count && request->word_count < EXTRACT_MAN_WORDS_MAX) {
        request->words[request->word_count++] = take_word(line, &at);
        while (at < line.count && is_blank(line.at[at])) {
            at++;
        }
    }
}

static bool is_one_of(struct man_span name, const char *const *words) {
    for (; *words != NULL; words++) {
        if (extract_man_is(name, *words)) {
            return true;
        }
    }
    return false;
}

/* ---- man(7) ---- */

static void put_words(struct man_page *page, const struct man_request *request, uint32_t from,
                      const char *between) {
    struct extract_buffer *out = &page->out->text;
    for (uint32_t i = from; i < request->word_count; i++) {
        extract_man_text(request->words[i], out);
        if (i + 1 < request->word_count) {
            extract_put_text(out, between);
        }
    }
    extract_end_line(out);
}

static void take_heading(struct man_page *page, const struct man_request *request) {
    extract_man_break(page);
    size_t begin = page->out->text.count;
    put_words(page, request, 0, " ");
    extract_man_section(page, begin);
}

/* Requests that set text in a font, print a tag, or begin a section. */
static bool text_request(struct man_page *page, const struct man_request *request) {
    static const char *const alternating[] = { "BR", "BI", "RB", "RI", "IR", "IB", NULL };
    static const char *const plain[] = { "B", "I", "SM", "SB", "R", "OP", "SY", "UR", "MT",
                                         "URL", "CW", "MR", NULL };
    static const char *const headings[] = { "SH", "SS", NULL };
    if (is_one_of(request->name, alternating)) {
        put_words(page, request, 0, "");
    } else if (is_one_of(request->name, plain)) {
        put_words(page, request, 0, " ");
    } else if (is_one_of(request->name, headings)) {
        take_heading(page, request);
    } else if (extract_man_is(request->name, "IP") || extract_man_is(request->name, "TQ")) {
        if (request->word_count > 0) {
            extract_man_text(request->words[0], &page->out->text);
            extract_end_line(&page->out->text);
        }
    } else if (extract_man_is(request->name, "TH")) {
        page->name = request->word_count > 0 ? request->words[0] : page->name;
        page->section = request->word_count > 1 ? request->words[1] : page->section;
        extract_man_start_title(page);
    } else if (extract_man_is(request->name, "so")) {
        extract_put_text(&page->out->text, "see ");
        put_words(page, request, 0, " ");
    } else {
        return false;
    }
    return true;
}

/* Requests that hide the lines after them. */
static bool hiding_request(struct man_page *page, const struct man_request *request) {
    static const char *const definitions[] = { "de", "de1", "dei", "am", "ig", NULL };
    if (is_one_of(request->name, definitions)) {
        bool is_ig = extract_man_is(request->name, "ig");
        uint32_t at = is_ig ? 0 : 1;
        page->skip_until = request->word_count > at ? request->words[at]
                                                    : (struct man_span){ ".", 1 };
    } else if (extract_man_is(request->name, "EQ")) {
        page->skip_until = (struct man_span){ "EN", 2 };
    } else if (extract_man_is(request->name, "TS")) {
        page->is_in_table = true;
        page->skips_format = true;
    } else if (extract_man_is(request->name, "TE")) {
        page->is_in_table = false;
        page->skips_format = false;
    } else if (extract_man_is(request->name, "T&")) {
        page->skips_format = page->is_in_table;
    } else {
        return false;
    }
    return true;
}

static void take_request(struct man_page *page, struct man_span line) {
    static const char *const breaks[] = { "br", "sp", "PP", "P", "LP", "TP", "TQ", "IP", "HP",
                                          "nf", "fi", "in", "ti", "ce", "RS", "RE", "EX", "TS",
                                          NULL };
    struct man_request request;
    split_request(line, &request);
    if (extract_man_is(request.name, "Dd") || extract_man_is(request.name, "Dt")) {
        page->is_mdoc = true;
    }
    if (page->is_in_names && is_one_of(request.name, breaks)) {
        extract_man_break(page);
    }
    if (hiding_request(page, &request)) {
        return;
    }
    if (page->is_mdoc && extract_mdoc_request(page, &request)) {
        if (page->has_own_name) {
            extract_man_start_title(page);   /* by then .Nm has said the name in its own letters */
        }
        return;
    }
    text_request(page, &request);
}

/* ---- lines of text ---- */

/* A row of a table: cells become words; "T{" and "T}" only hold text together. */
static void put_row(struct man_page *page, struct man_span line) {
    struct extract_buffer *out = &page->out->text;
    size_t begin = 0;
    for (size_t at = 0; at <= line.count; at++) {
        if (at < line.count && line.at[at] != '\t') {
            continue;
        }
        struct man_span cell = { line.at + begin, at - begin };
        bool is_block = extract_man_is(cell, "T{") || extract_man_is(cell, "T}");
        bool is_rule = extract_man_is(cell, "_") || extract_man_is(cell, "=");
        if (!is_block && !is_rule) {
            extract_man_text(cell, out);
            extract_put_byte(out, ' ');
        }
        begin = at + 1;
    }
    extract_end_line(out);
}

static void take_text(struct man_page *page, struct man_span line) {
    if (page->skips_format) {
        /* The format of a table ends with a dot; options before it with a semicolon. */
        page->skips_format = line.count == 0 || line.at[line.count - 1] != '.';
        return;
    }
    if (page->is_in_table) {
        put_row(page, line);
        return;
    }
    extract_man_text(line, &page->out->text);
    extract_put_byte(&page->out->text, '\n');
    if (line.count == 0) {
        extract_man_break(page);
    }
}

static bool ends_skip(const struct man_page *page, struct man_span line) {
    if (line.count == 0 || (line.at[0] != '.' && line.at[0] != '\'')) {
        return false;
    }
    struct man_request request;
    split_request((struct man_span){ line.at + 1, line.count - 1 }, &request);
    return request.name.count == page->skip_until.count
           && memcmp(request.name.at, page->skip_until.at, request.name.count) == 0;
}

static void take_line(struct man_page *page, struct man_span line) {
    if (page->skip_until.count > 0) {
        if (ends_skip(page, line)) {
            page->skip_until.count = 0;
        }
        return;
    }
    bool is_request = line.count > 0 && (line.at[0] == '.' || line.at[0] == '\'');
    if (is_request) {
        take_request(page, (struct man_span){ line.at + 1, line.count - 1 });
    } else {
        take_text(page, line);
    }
}

void extract_man(const char *name, const uint8_t *text, size_t count, struct extract_output *out) {
    struct man_page page = { .out = out, .file_name = name };
    size_t at = 0;
    while (at < count && out->text.status == STATUS_OK) {
        const uint8_t *end = memchr(text + at, '\n', count - at);
        size_t line = end == NULL ? count - at : (size_t)(end - (text + at));
        take_line(&page, (struct man_span){ (const char *)text + at, line });
        at += line + 1;
    }
    extract_man_break(&page);
    if (out->title.count == 0) {
        extract_title_from_name(name, &out->title);   /* neither .TH nor .Dt */
    }
}
