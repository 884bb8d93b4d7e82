/*
 * extract_title.c - titles for what names none itself.
 *
 * The first line that says something does it.  Rules, comment marks, interpreters,
 * editors' settings and declarations say nothing to a reader.
 */
#include <string.h>

#include "analysis_impl.h"
#include "extract_impl.h"

struct line {
    const char *at;
    size_t count;
};

static bool is_blank(char c) {
    return (unsigned char)c <= ' ';
}

static struct line without(struct line line, size_t at_begin) {
    return (struct line){ line.at + at_begin, line.count - at_begin };
}

static struct line trimmed(struct line line) {
    while (line.count > 0 && is_blank(line.at[0])) {
        line = without(line, 1);
    }
    while (line.count > 0 && is_blank(line.at[line.count - 1])) {
        line.count--;
    }
    return line;
}

static bool begins_with(struct line line, const char *word) {
    return extract_begins_with(line.at, line.count, word);
}

/* The line at *at, which moves to the next; false at the end. */
static bool next_line(struct line text, size_t *at, struct line *out_line) {
    if (*at >= text.count) {
        return false;
    }
    struct line rest = without(text, *at);
    const char *end = memchr(rest.at, '\n', rest.count);
    rest.count = end == NULL ? rest.count : (size_t)(end - rest.at);
    *at += rest.count + 1;
    *out_line = rest;
    return true;
}

static bool has_letters(struct line line) {
    const uint8_t *bytes = (const uint8_t *)line.at;
    uint32_t length;
    for (size_t at = 0; at < line.count; at += length) {
        int32_t character = analysis_decode(bytes, line.count, at, &length);
        bool is_digit = character >= '0' && character <= '9';
        enum analysis_class class = analysis_class_of(character);
        if (!is_digit && (class == ANALYSIS_LETTER || class == ANALYSIS_ALONE)) {
            return true;
        }
    }
    return false;
}

/* ---- marks ---- */

/* Bytes of the comment, list or heading mark that the line begins with. */
static size_t mark_at_begin(struct line line) {
    static const char *const words[] = { "<!--", "dnl ", "@c ", ".\\\"", "'\\\"", NULL };
    static const char runs[] = "#*;%=-!";
    for (const char *const *word = words; *word != NULL; word++) {
        if (begins_with(line, *word)) {
            return strlen(*word);
        }
    }
    size_t count = 0;
    if (begins_with(line, "/*") || begins_with(line, "//")) {
        count = 2;
        while (count < line.count && memchr("*/!", line.at[count], 3) != NULL) {
            count++;
        }
        return count;
    }
    if (line.count == 0 || strchr(runs, line.at[0]) == NULL) {
        return 0;
    }
    while (count < line.count && line.at[count] == line.at[0]) {
        count++;
    }
    return count == line.count || is_blank(line.at[count]) ? count : 0;
}

/* Bytes of the mark that it ends with. */
static size_t mark_at_end(struct line line) {
    if (line.count >= 2 && memcmp(line.at + line.count - 2, "*/", 2) == 0) {
        return 2;
    }
    if (line.count >= 3 && memcmp(line.at + line.count - 3, "-->", 3) == 0) {
        return 3;
    }
    size_t count = 0;
    while (count < line.count && memchr("#*;%=", line.at[line.count - 1 - count], 5) != NULL) {
        count++;
    }
    return count < line.count && is_blank(line.at[line.count - 1 - count]) ? count : 0;
}

/* Emacs's settings stand between two of these marks. */
static struct line without_settings(struct line line) {
    const char *begin = line.count > 0 ? memmem(line.at, line.count, "-*-", 3) : NULL;
    if (begin == NULL) {
        return line;
    }
    struct line before = { line.at, (size_t)(begin - line.at) };
    struct line rest = without(line, before.count + 3);
    const char *end = memmem(rest.at, rest.count, "-*-", 3);
    if (end == NULL) {
        return line;
    }
    return has_letters(before) ? before : without(rest, (size_t)(end - rest.at) + 3);
}

static struct line without_marks(struct line line) {
    line = trimmed(without_settings(trimmed(line)));
    for (size_t mark = mark_at_begin(line); mark > 0; mark = mark_at_begin(line)) {
        line = trimmed(without(line, mark));
    }
    for (size_t mark = mark_at_end(line); mark > 0; mark = mark_at_end(line)) {
        line.count -= mark;
        line = trimmed(line);
    }
    return line;
}

/* For a program and not for a reader. */
static bool is_declaration(struct line line) {
    static const char *const signs[] = { "#!", "<?", "<!", ".. ", "vim:", "spdx-", "\\input ",
                                         "@setfilename", "%yaml", NULL };
    for (const char *const *sign = signs; *sign != NULL; sign++) {
        if (begins_with(line, *sign)) {
            return !begins_with(line, "<!--");
        }
    }
    return false;
}

/* ---- names ---- */

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

void extract_title_from_name(const char *path, struct extract_buffer *title) {
    const char *name = base_of(path);
    size_t count = strlen(name);
    if (count > 3 && memcmp(name + count - 3, ".gz", 3) == 0) {
        count -= 3;
    }
    extract_put(title, name, count);
}

/* "folder/name": what tells one package's "copyright" from another's. */
static void title_from_folder(const char *path, struct extract_buffer *title) {
    size_t begin = (size_t)(base_of(path) - path);
    size_t end = begin;
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    size_t folder = end;
    while (folder > 0 && path[folder - 1] != '/') {
        folder--;
    }
    bool is_named = end > folder && path[folder] != '.';
    if (is_named) {
        extract_put(title, path + folder, end - folder);
        extract_put_byte(title, '/');
    }
    extract_title_from_name(path, title);
}

/*
 * Debian's copyright files all begin alike, with their format or where the work came
 * from.  The first paragraph may name it.
 */
static bool is_copyright(const char *path, struct line words) {
    return strcmp(base_of(path), "copyright") == 0 || begins_with(words, "format: http")
           || begins_with(words, "format-specification:");
}

static void title_of_copyright(const char *path, struct line text, size_t at,
                               struct extract_buffer *title) {
    static const char field[] = "upstream-name:";
    struct line line;
    while (next_line(text, &at, &line) && trimmed(line).count > 0) {
        if (begins_with(line, field)) {
            struct line value = trimmed(without(line, sizeof(field) - 1));
            extract_put(title, value.at, value.count);
        }
        if (title->count > 0) {
            return;
        }
    }
    title_from_folder(path, title);
}

/* ---- front matter ---- */

static bool is_rule(struct line line, const char *rule) {
    line = trimmed(line);
    return line.count == 3 && memcmp(line.at, rule, 3) == 0;
}

/* "key: value" or "key:" */
static bool is_field(struct line line) {
    size_t at = 0;
    while (at < line.count && line.at[at] != ':' && !is_blank(line.at[at])) {
        at++;
    }
    return at > 0 && at < line.count && line.at[at] == ':'
           && (at + 1 == line.count || is_blank(line.at[at + 1]));
}

/* The value of a field "title:", unquoted; empty for other lines and for blocks. */
static struct line title_field(struct line line) {
    struct line value = { line.at, 0 };
    if (begins_with(line, "title:")) {
        value = trimmed(without(line, 6));
    }
    bool is_quoted = value.count >= 2 && (value.at[0] == '"' || value.at[0] == '\'')
                     && value.at[value.count - 1] == value.at[0];
    bool is_block = value.count > 0 && (value.at[0] == '|' || value.at[0] == '>');
    return is_quoted ? (struct line){ value.at + 1, value.count - 2 }
           : is_block ? (struct line){ value.at, 0 } : value;
}

size_t extract_front_matter(const uint8_t *bytes, size_t count, struct extract_buffer *title) {
    struct line text = { (const char *)bytes, count };
    struct line line;
    struct line found = { NULL, 0 };
    size_t at = 0;
    if (!next_line(text, &at, &line) || line.count < 3 || line.at[0] != '-'
        || !is_rule(line, "---")) {
        return 0;
    }
    for (bool is_first = true; next_line(text, &at, &line); is_first = false) {
        if (!is_first && (is_rule(line, "---") || is_rule(line, "..."))) {
            extract_put(title, found.at, found.count);
            return at < count ? at : count;
        }
        if (is_first && !is_field(line)) {
            return 0;
        }
        if (found.count == 0) {
            found = title_field(line);
        }
    }
    return 0;
}

/* ---- the first line that says something ---- */

void extract_title_from_text(struct extract_output *out) {
    if (out->title.count > 0 || out->text.status != STATUS_OK) {
        return;
    }
    struct line text = { (const char *)out->text.bytes, out->text.count };
    struct line line;
    size_t at = out->body_begin;
    while (next_line(text, &at, &line)) {
        struct line words = without_marks(line);
        if (is_declaration(trimmed(line)) || is_declaration(words) || !has_letters(words)) {
            continue;
        }
        if (is_copyright(out->path, words)) {
            title_of_copyright(out->path, text, out->body_begin, &out->title);
        } else {
            extract_put(&out->title, words.at, words.count);
        }
        return;
    }
    extract_title_from_name(out->path, &out->title);
}
