/* script_read.c - the words, numbers and colours of a scene file. */
#include "script_read.h"

#include <string.h>

enum status renderer_refuse(struct renderer_reader *reader, const char *reason) {
    return diag_fail(reader->diag, STATUS_BAD_DATA, reader->at, reason);
}

void renderer_skip_spaces(struct renderer_reader *reader) {
    while (renderer_peek(reader) == ' ' || renderer_peek(reader) == '\t') {
        reader->at++;
    }
    bool ends_line = reader->at + 1 >= reader->count || reader->bytes[reader->at + 1] == '\n';
    if (renderer_peek(reader) == '\r' && ends_line) {
        reader->at++;   /* editors of other systems end lines with two bytes */
    }
}

enum status renderer_expect(struct renderer_reader *reader, uint8_t byte, const char *reason) {
    if (reader->at >= reader->count || reader->bytes[reader->at] != byte) {
        return renderer_refuse(reader, reason);
    }
    reader->at++;
    return STATUS_OK;
}

static bool is_word_byte(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_';
}

enum status renderer_read_word(struct renderer_reader *reader, struct renderer_word *out) {
    size_t start = reader->at;
    while (is_word_byte(renderer_peek(reader))) {
        reader->at++;
    }
    *out = (struct renderer_word){ .text = (const char *)reader->bytes + start,
                                   .byte_count = reader->at - start, .offset = start };
    return out->byte_count > 0 ? STATUS_OK : renderer_refuse(reader, "a word was expected");
}

bool renderer_word_is(const struct renderer_word *word, const char *text) {
    return strlen(text) == word->byte_count && memcmp(word->text, text, word->byte_count) == 0;
}

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

/* The ranges of numbers in scene files, each with the reason for refusing others. */
static const struct {
    int32_t low;
    int32_t high;
    const char *reason;
} ranges[] = {
    { 0, 255, "the number must be from 0 to 255" },
    { 0, RENDERER_BLUR_MAX, "the number must be from 0 to 128" },
    { 0, RENDERER_RADIUS_MAX, "the number must be from 0 to 512" },
    { 0, 1000, "the number must be from 0 to 1000" },
    { 0, 65535, "the number must be from 0 to 65535" },
    { 1, 1024, "the number must be from 1 to 1024" },
    { 1, PICTURE_SIDE_MAX, "the number must be from 1 to 1048576" },
    { -RENDERER_COORDINATE_MAX, RENDERER_COORDINATE_MAX,
      "the number must be from -1048576 to 1048576" },
};
_Static_assert(RENDERER_BLUR_MAX == 128 && RENDERER_RADIUS_MAX == 512 &&
                   PICTURE_SIDE_MAX == 1048576 && RENDERER_COORDINATE_MAX == 1048576,
               "the reasons above say these numbers");

static const char *range_reason(int32_t low, int32_t high) {
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        if (ranges[i].low == low && ranges[i].high == high) {
            return ranges[i].reason;
        }
    }
    return "number out of range";
}

enum status renderer_read_number(struct renderer_reader *reader, int32_t low, int32_t high,
                                 int32_t *out) {
    size_t start = reader->at;
    bool is_negative = renderer_peek(reader) == '-';
    int64_t value = 0;
    reader->at += is_negative;
    if (!is_digit(renderer_peek(reader))) {
        return renderer_refuse(reader, "a number was expected");
    }
    while (is_digit(renderer_peek(reader))) {
        value = value * 10 + (reader->bytes[reader->at] - '0');
        value = value < INT32_MAX ? value : INT32_MAX;   /* any longer is as much too large */
        reader->at++;
    }
    value = is_negative ? -value : value;
    if (value < low || value > high) {
        reader->at = start;
        return renderer_refuse(reader, range_reason(low, high));
    }
    *out = (int32_t)value;
    return STATUS_OK;
}

enum status renderer_read_list(struct renderer_reader *reader, int32_t *out, uint32_t count) {
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        if (i > 0) {
            status = renderer_expect(reader, ',', "a comma was expected");
        }
        if (status == STATUS_OK) {
            status = renderer_read_number(reader, -RENDERER_COORDINATE_MAX,
                                          RENDERER_COORDINATE_MAX, &out[i]);
        }
    }
    return status;
}

static int hex_value(uint8_t byte) {
    if (is_digit(byte)) {
        return byte - '0';
    }
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
           : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                        : -1;
}

enum status renderer_read_colour(struct renderer_reader *reader, uint32_t *out) {
    size_t start = reader->at;
    enum status status = renderer_expect(reader, '#', "a colour was expected");
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t digits = 0;
    uint32_t value = 0;
    for (; digits < 9 && hex_value(renderer_peek(reader)) >= 0; digits++) {
        value = value << 4 | (uint32_t)hex_value(renderer_peek(reader));
        reader->at++;
    }
    if (digits != 6 && digits != 8) {
        reader->at = start;
        return renderer_refuse(reader, "a colour has 6 or 8 hex digits");
    }
    value = digits == 6 ? value << 8 | 255 : value;
    *out = renderer_colour(value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
    return STATUS_OK;
}

enum status renderer_read_size(struct renderer_reader *reader, uint32_t *out_26_6) {
    int32_t whole;
    enum status status = renderer_read_number(reader, 1, 1024, &whole);
    if (status != STATUS_OK) {
        return status;
    }
    *out_26_6 = (uint32_t)whole * 64;
    if (renderer_peek(reader) != '.') {
        return STATUS_OK;
    }
    reader->at++;
    static const struct { const char *text; uint32_t part; } parts[] = {
        { "25", 16 }, { "50", 32 }, { "75", 48 }, { "5", 32 }, { "0", 0 } };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        size_t length = strlen(parts[i].text);
        if (reader->count - reader->at >= length &&
            memcmp(reader->bytes + reader->at, parts[i].text, length) == 0) {
            reader->at += length;
            *out_26_6 += parts[i].part;
            return STATUS_OK;
        }
    }
    return renderer_refuse(reader, "sizes have quarters of a pixel");
}

/* Bytes of the UTF-8 character at the reader, 0 when it is malformed or a control. */
static size_t character_bytes(const struct renderer_reader *reader) {
    const uint8_t *p = reader->bytes + reader->at;
    size_t left = reader->count - reader->at;
    uint8_t first = p[0];
    if (first < 0x80) {
        return first >= 0x20 && first != 0x7f;
    }
    size_t bytes = first >= 0xc2 && first <= 0xdf ? 2
                   : first >= 0xe0 && first <= 0xef ? 3
                   : first >= 0xf0 && first <= 0xf4 ? 4
                                                    : 0;
    if (bytes == 0 || bytes > left) {
        return 0;
    }
    for (size_t i = 1; i < bytes; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    /* Overlong forms, surrogates and beyond U+10FFFF show in the second byte. */
    bool is_wrong = (first == 0xe0 && p[1] < 0xa0) || (first == 0xed && p[1] > 0x9f) ||
                    (first == 0xf0 && p[1] < 0x90) || (first == 0xf4 && p[1] > 0x8f) ||
                    (first == 0xc2 && p[1] < 0xa0);
    return is_wrong ? 0 : bytes;
}

enum status renderer_read_quoted(struct renderer_reader *reader, const char **out,
                                 size_t *out_bytes) {
    char *to = reader->strings;
    enum status status = renderer_expect(reader, '"', "text in quotes was expected");
    if (status != STATUS_OK) {
        return status;
    }
    for (;;) {
        if (reader->at >= reader->count || reader->bytes[reader->at] == '\n') {
            return renderer_refuse(reader, "the closing quote is missing");
        }
        if (reader->bytes[reader->at] == '"') {
            break;
        }
        if (reader->bytes[reader->at] == '\\') {
            reader->at++;
            if (renderer_peek(reader) != '"' && renderer_peek(reader) != '\\') {
                return renderer_refuse(reader, "only \\\" and \\\\ may follow a backslash");
            }
        }
        size_t bytes = character_bytes(reader);
        if (bytes == 0) {
            return renderer_refuse(reader, "not a character of UTF-8 text");
        }
        memcpy(to, reader->bytes + reader->at, bytes);
        to += bytes;
        reader->at += bytes;
    }
    reader->at++;
    *to = '\0';
    *out = reader->strings;
    *out_bytes = (size_t)(to - reader->strings);
    reader->strings = to + 1;   /* two quotes were read for one NUL written: it always fits */
    return STATUS_OK;
}
