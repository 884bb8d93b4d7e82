/* html_writer.c - canonical white space; see html_writer.h. */
#include "html_writer.h"

#include <string.h>

#include "sync/memory.h"

enum { ROOM_MIN = 256 };

void html_writer_gap(struct html_writer *writer, enum html_gap gap) {
    if (gap > writer->gap) {
        writer->gap = gap;
    }
}

static void append(struct html_writer *writer, const char *bytes, size_t count) {
    if (writer->status != STATUS_OK) {
        return;
    }
    if (count > writer->limit - writer->count) {
        writer->status = STATUS_LIMIT;
        return;
    }
    if (count > writer->room - writer->count) {
        size_t room = writer->room + writer->room / 2 + count + ROOM_MIN;
        char *grown = sync_resize(writer->bytes, room);
        if (grown == NULL) {
            writer->status = STATUS_NO_MEMORY;
            return;
        }
        writer->bytes = grown;
        writer->room = room;
    }
    memcpy(writer->bytes + writer->count, bytes, count);
    writer->count += count;
}

static void append_word(struct html_writer *writer, const char *word, size_t count) {
    if (writer->gap != HTML_GAP_NONE && writer->count > 0) {
        append(writer, writer->gap == HTML_GAP_LINE ? "\n" : " ", 1);
    }
    writer->gap = HTML_GAP_NONE;
    append(writer, word, count);
}

/* Bytes of white space at `text`: the ASCII ones, or the two of U+00A0; 0 when a word is there. */
static size_t space_at(const char *text) {
    switch (text[0]) {
    case ' ':
    case '\t':
    case '\n':
    case '\f':
    case '\r':
        return 1;
    case '\xc2':
        return text[1] == '\xa0' ? 2 : 0;
    default:
        return 0;
    }
}

void html_writer_text(struct html_writer *writer, const char *text, bool keep_lines) {
    while (*text != '\0') {
        size_t space = space_at(text);
        if (space > 0) {
            bool is_line = keep_lines && *text == '\n';
            html_writer_gap(writer, is_line ? HTML_GAP_LINE : HTML_GAP_SPACE);
            text += space;
            continue;
        }
        const char *word = text;
        do {
            text++;
        } while (*text != '\0' && space_at(text) == 0);
        append_word(writer, word, (size_t)(text - word));
    }
}

void html_writer_end(struct html_writer *writer, const char *end) {
    if (writer->count > 0) {
        append(writer, end, strlen(end));
    }
    writer->limit += writer->status == STATUS_OK;   /* the NUL is free */
    append(writer, "", 1);
    writer->count -= writer->status == STATUS_OK;
}
