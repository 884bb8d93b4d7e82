/*
 * extract_encoding.c - whatever text is written in, to UTF-8.
 *
 * A byte order mark decides.  Without one a text is UTF-8 unless it holds more bad
 * bytes than sequences of several good ones; then it is Windows-1252, which is
 * Latin-1 with quotation marks where Latin-1 has controls.
 */
#include <string.h>

#include "analysis_impl.h"
#include "extract_impl.h"

/* Windows-1252 from 0x80 to 0x9f; 0 is undefined there. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

/* Bytes of the run of ASCII without carriage returns at `at`. */
static size_t plain_run(const uint8_t *bytes, size_t count, size_t at) {
    size_t end = at;
    while (end < count && bytes[end] < 0x80 && bytes[end] != '\r') {
        end++;
    }
    return end - at;
}

/* A carriage return, alone or before a line feed, is a line end. */
static size_t put_return(const uint8_t *bytes, size_t count, size_t at,
                         struct extract_buffer *out) {
    extract_put_byte(out, '\n');
    return at + 1 < count && bytes[at + 1] == '\n' ? 2 : 1;
}

/* Put plain runs and line ends; gives where something else stands, `count` if nothing does. */
static size_t put_plain(const uint8_t *bytes, size_t count, size_t at,
                        struct extract_buffer *out) {
    while (at < count && out->status == STATUS_OK) {
        size_t run = plain_run(bytes, count, at);
        extract_put(out, bytes + at, run);
        at += run;
        if (at == count || bytes[at] != '\r') {
            return at;
        }
        at += put_return(bytes, count, at, out);
    }
    return count;
}

static bool is_mostly_utf8(const uint8_t *bytes, size_t count) {
    size_t good = 0;
    size_t bad = 0;
    for (size_t at = 0; at < count;) {
        if (bytes[at] < 0x80) {
            at++;
            continue;
        }
        uint32_t width;
        if (analysis_decode(bytes, count, at, &width) < 0) {
            bad++;
        } else {
            good++;
        }
        at += width;
    }
    return bad <= good;
}

static void from_utf8(const uint8_t *bytes, size_t count, struct extract_buffer *out) {
    for (size_t at = 0; (at = put_plain(bytes, count, at, out)) < count;) {
        uint32_t width;
        int32_t character = analysis_decode(bytes, count, at, &width);
        extract_put_character(out, character < 0 ? 0xfffd : (uint32_t)character);
        at += width;
    }
}

static void from_windows_1252(const uint8_t *bytes, size_t count, struct extract_buffer *out) {
    for (size_t at = 0; (at = put_plain(bytes, count, at, out)) < count;) {
        uint32_t character = bytes[at];
        if (character < 0xa0) {
            character = windows_1252[character - 0x80];
        }
        extract_put_character(out, character == 0 ? 0xfffd : character);
        at++;
    }
}

static uint32_t unit_at(const uint8_t *bytes, size_t at, bool is_big) {
    return is_big ? (uint32_t)bytes[at] << 8 | bytes[at + 1]
                  : (uint32_t)bytes[at + 1] << 8 | bytes[at];
}

static enum status from_utf16(const uint8_t *bytes, size_t count, bool is_big,
                              struct extract_buffer *out, struct diag *diag) {
    uint32_t before = 0;
    for (size_t at = 0; at + 1 < count && out->status == STATUS_OK; at += 2) {
        uint32_t character = unit_at(bytes, at, is_big);
        if (character >= 0xd800 && character < 0xdc00 && at + 3 < count) {
            uint32_t low = unit_at(bytes, at + 2, is_big);
            if (low >= 0xdc00 && low < 0xe000) {
                character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
                at += 2;
            }
        }
        if (character == 0) {
            return diag_fail(diag, STATUS_UNSUPPORTED, at, "not a text file");
        }
        if (character == '\n' && before == '\r') {
            before = character;
            continue;
        }
        extract_put_character(out, character == '\r' ? '\n' : character);
        before = character;
    }
    return STATUS_OK;
}

enum status extract_to_utf8(const uint8_t *bytes, size_t count, struct extract_buffer *out,
                            struct diag *diag) {
    if (count >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe)
                       || (bytes[0] == 0xfe && bytes[1] == 0xff))) {
        return from_utf16(bytes + 2, count - 2, bytes[0] == 0xfe, out, diag);
    }
    const uint8_t *nul = count > 0 ? memchr(bytes, 0, count) : NULL;
    if (nul != NULL) {
        return diag_fail(diag, STATUS_UNSUPPORTED, (uint64_t)(nul - bytes), "not a text file");
    }
    if (count >= 5 && memcmp(bytes, "%PDF-", 5) == 0) {
        return diag_fail(diag, STATUS_UNSUPPORTED, 0, "PDF files are not read");
    }
    if (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        from_utf8(bytes + 3, count - 3, out);
    } else if (is_mostly_utf8(bytes, count)) {
        from_utf8(bytes, count, out);
    } else {
        from_windows_1252(bytes, count, out);
    }
    return STATUS_OK;
}
