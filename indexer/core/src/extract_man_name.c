/*
 * extract_man_name.c - the title of a page: its name, and what the section NAME says.
 *
 * man(7) writes "ls \- list directory contents", on one line or on many.  The section
 * is the one called NAME, or the first, which other languages call otherwise, if its
 * first line has the dash or what is before the dash names the page.
 */
#include <string.h>

#include "extract_man.h"

enum { NAMES_BYTES_MAX = 4096, NAME_BYTES_MAX = 128 };

static char to_small(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/* "LS" in a file "ls.1" is "ls": many pages are headed in capitals. */
static struct man_span own_spelling(const struct man_page *page) {
    size_t count = page->name.count;
    if (strlen(page->file_name) < count) {
        return page->name;
    }
    for (size_t i = 0; i < count; i++) {
        char c = page->name.at[i];
        if (page->file_name[i] != c && page->file_name[i] != to_small(c)) {
            return page->name;
        }
    }
    return (struct man_span){ page->file_name, count };
}

void extract_man_start_title(struct man_page *page) {
    struct extract_buffer *title = &page->out->title;
    if (title->count > 0 || page->name.count == 0) {
        return;
    }
    extract_man_text(own_spelling(page), title);
    if (page->section.count > 0) {
        extract_put_byte(title, '(');
        extract_man_text(page->section, title);
        extract_put_byte(title, ')');
    }
}

/* ---- names - description ---- */

/* The text from `begin` to its end so far. */
static struct man_span text_from(const struct man_page *page, size_t begin) {
    const struct extract_buffer *text = &page->out->text;
    return text->bytes == NULL ? (struct man_span){ "", 0 }
                               : (struct man_span){ (const char *)text->bytes + begin,
                                                    text->count - begin };
}

/* Bytes of the run of dashes that the text begins with. */
static size_t dash_bytes(struct man_span text) {
    static const char *const dashes[] = { "-", "\xe2\x80\x93", "\xe2\x80\x94",
                                          "\xe2\x88\x92" };
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(dashes); i++) {
        size_t bytes = strlen(dashes[i]);
        while (text.count - count >= bytes && memcmp(text.at + count, dashes[i], bytes) == 0) {
            count += bytes;
        }
    }
    return count;
}

/*
 * Where the first dash is that parts names from a description, and where it ends:
 * one between spaces, or else one with a space on one side.
 */
static bool find_dash(struct man_span text, size_t *out_begin, size_t *out_end) {
    bool is_found = false;
    size_t bytes = 0;
    for (size_t at = 0; at < text.count; at += bytes > 0 ? bytes : 1) {
        bytes = dash_bytes((struct man_span){ text.at + at, text.count - at });
        if (bytes == 0) {
            continue;
        }
        size_t end = at + bytes;
        bool is_after_space = at == 0 || is_space(text.at[at - 1]);
        bool is_before_space = end == text.count || is_space(text.at[end]);
        bool is_apart = is_after_space && is_before_space;
        if (is_apart || (!is_found && (is_after_space || is_before_space))) {
            *out_begin = at;
            *out_end = end;
            is_found = true;
        }
        if (is_apart) {
            return true;
        }
    }
    return is_found;
}

static bool is_of_word(char c) {
    return (to_small(c) >= 'a' && to_small(c) <= 'z') || (c >= '0' && c <= '9');
}

/* Whether a word stands at text.at[at], in letters of any case. */
static bool is_word_at(struct man_span text, size_t at, struct man_span word) {
    for (size_t i = 0; i < word.count; i++) {
        if (to_small(text.at[at + i]) != to_small(word.at[i])) {
            return false;
        }
    }
    size_t end = at + word.count;
    return (at == 0 || !is_of_word(text.at[at - 1]))
           && (end == text.count || !is_of_word(text.at[end]));
}

/* Whether the names before the dash hold the page's, as the title has it. */
static bool names_page(const struct man_page *page, struct man_span names) {
    const struct extract_buffer *title = &page->out->title;
    const uint8_t *end = title->count > 0 ? memchr(title->bytes, '(', title->count) : NULL;
    size_t count = end == NULL ? title->count : (size_t)(end - title->bytes);
    if (count == 0 || count > NAME_BYTES_MAX || names.count > NAMES_BYTES_MAX) {
        return false;
    }
    struct man_span name = { (const char *)title->bytes, count };
    for (size_t at = 0; at + count <= names.count; at++) {
        if (is_word_at(names, at, name)) {
            return true;
        }
    }
    return false;
}

/* Look for the dash in what is new since the last break. */
static void pass_dash(struct man_page *page) {
    struct man_span text = text_from(page, page->names_at);
    size_t begin;
    size_t end;
    page->is_after_dash = find_dash(text, &begin, &end);
    if (!page->is_after_dash) {
        page->names_at = page->out->text.count;
        return;
    }
    struct man_span names = text_from(page, page->names_begin);
    names.count = page->names_at - page->names_begin + begin;
    bool is_first_line = names.count > 0 && memchr(names.at, '\n', names.count) == NULL;
    page->is_in_names = page->is_called_name || is_first_line || names_page(page, names);
    page->names_at += end;
}

void extract_man_break(struct man_page *page) {
    if (page->is_in_names && !page->is_after_dash) {
        pass_dash(page);
    }
    if (!page->is_in_names || !page->is_after_dash) {
        return;
    }
    struct man_span text = text_from(page, page->names_at);
    size_t skip = 0;
    while (skip < text.count && is_space(text.at[skip])) {
        skip++;
    }
    page->names_at += skip;
    if (skip == text.count) {
        return;      /* the description comes after the break */
    }
    if (page->out->title.count == 0) {
        extract_title_from_name(page->file_name, &page->out->title);
    }
    extract_put_text(&page->out->title, " - ");
    extract_put(&page->out->title, text.at + skip, text.count - skip);
    page->has_description = true;
    page->is_in_names = false;
}

void extract_man_section(struct man_page *page, size_t heading_begin) {
    struct man_span heading = text_from(page, heading_begin);
    while (heading.count > 0 && is_space(heading.at[heading.count - 1])) {
        heading.count--;
    }
    page->is_called_name = extract_man_is(heading, "NAME") || extract_man_is(heading, "Name");
    page->is_in_names = !page->has_description && !page->is_mdoc
                        && (page->is_called_name || !page->has_section);
    page->is_after_dash = false;
    page->names_begin = page->out->text.count;
    page->names_at = page->names_begin;
    page->has_section = true;
}
