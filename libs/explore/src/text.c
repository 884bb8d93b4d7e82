/* text.c - text that grows. */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

/* Room for `count` more bytes and the NUL. */
static bool has_room(struct text *text, size_t count) {
    if (text->is_cut || count > SIZE_MAX / 4 - text->count) {
        text->is_cut = true;
        return false;
    }
    size_t room = text->room > 0 ? text->room : FIRST_ROOM;
    while (room < text->count + count + 1) {
        room *= 2;
    }
    if (room == text->room) {
        return true;
    }
    char *bytes = realloc(text->bytes, room);
    if (bytes == NULL) {
        text->is_cut = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void text_put(struct text *text, const char *bytes, size_t count) {
    if (has_room(text, count)) {
        memcpy(text->bytes + text->count, bytes, count);
        text->count += count;
        text->bytes[text->count] = '\0';
    }
}

void text_add(struct text *text, const char *string) {
    text_put(text, string, strlen(string));
}

void text_print(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int count = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (count >= 0 && has_room(text, (size_t)count)) {
        vsnprintf(text->bytes + text->count, (size_t)count + 1, format, again);
        text->count += (size_t)count;
    }
    va_end(again);
}

void text_repeat(struct text *text, char byte, size_t count) {
    if (has_room(text, count)) {
        memset(text->bytes + text->count, byte, count);
        text->count += count;
        text->bytes[text->count] = '\0';
    }
}

/* The smallest code point that needs so many bytes. */
static const uint32_t utf8_least[] = { 0, 0, 0x80, 0x800, 0x10000 };

size_t text_utf8(const char *at) {
    const unsigned char *byte = (const unsigned char *)at;
    size_t count = byte[0] < 0x80 ? 1 : byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
    if (count == 1) {
        return 1;
    }
    if (byte[0] < 0xc2 || byte[0] > 0xf4) {
        return 0;
    }
    uint32_t point = byte[0] & (0x7fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((byte[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (byte[i] & 0x3f);
    }
    bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    return point >= utf8_least[count] && point <= 0x10ffff && !is_surrogate ? count : 0;
}

void text_json(struct text *text, const char *string) {
    text_add(text, "\"");
    for (const char *at = string; *at != '\0';) {
        size_t count = text_utf8(at);
        if (count == 0) {
            text_add(text, "\\ufffd");
            count = 1;
        } else if (*at == '"' || *at == '\\') {
            text_print(text, "\\%c", *at);
        } else if ((unsigned char)*at < 0x20 || *at == 0x7f || *at == '<') {
            text_print(text, "\\u%04x", (unsigned)*at);
        } else {
            text_put(text, at, count);
        }
        at += count;
    }
    text_add(text, "\"");
}

void text_html(struct text *text, const char *string) {
    for (const char *at = string; *at != '\0';) {
        size_t count = text_utf8(at);
        if (count == 0) {
            text_add(text, "&#xfffd;");
            count = 1;
        } else if (strchr("<>&\"'", *at) != NULL || (unsigned char)*at < 0x20) {
            text_print(text, "&#%d;", *at);
        } else {
            text_put(text, at, count);
        }
        at += count;
    }
}

const char *text_string(const struct text *text) {
    return text->bytes != NULL ? text->bytes : "";
}

void text_finish(struct text *text) {
    free(text->bytes);
    *text = (struct text){ .bytes = NULL };
}
