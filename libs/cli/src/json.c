/* json.c - JSON strings (RFC 8259, section 7) from bytes that may not be UTF-8. */
#include <stdio.h>

#include "cli_impl.h"

/* Bytes of a whole UTF-8 sequence by its first byte, 0 for none (Unicode table 3-7). */
static unsigned sequence_bytes(uint8_t first) {
    return first < 0x80                     ? 1
           : first >= 0xc2 && first <= 0xdf ? 2
           : first >= 0xe0 && first <= 0xef ? 3
           : first >= 0xf0 && first <= 0xf4 ? 4
                                            : 0;
}

/* May `second` follow `first`?  Refuses overlong forms, surrogates and past U+10FFFF. */
static bool second_fits(uint8_t first, uint8_t second) {
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

/* Bytes at `at` that form one character, or minus the bytes that one U+FFFD replaces. */
static int measure_character(const uint8_t *at) {
    unsigned need = sequence_bytes(at[0]);
    if (need <= 1) {
        return need == 1 ? 1 : -1;
    }
    if (!second_fits(at[0], at[1])) {
        return -1;
    }
    for (unsigned i = 2; i < need; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return -(int)i;
        }
    }
    return (int)need;
}

static void put_plain(uint8_t byte) {
    switch (byte) {
    case '"':
        fputs("\\\"", stdout);
        break;
    case '\\':
        fputs("\\\\", stdout);
        break;
    case '\n':
        fputs("\\n", stdout);
        break;
    case '\t':
        fputs("\\t", stdout);
        break;
    case '\r':
        fputs("\\r", stdout);
        break;
    default:
        if (byte < 0x20 || byte == 0x7f) {
            printf("\\u%04x", byte);
        } else {
            putchar(byte);
        }
    }
}

void cli_json_text(const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    putchar('"');
    while (*at != 0) {
        int bytes = measure_character(at);
        if (bytes < 0) {
            fputs("\xef\xbf\xbd", stdout);
            bytes = -bytes;
        } else if (bytes == 1) {
            put_plain(*at);
        } else {
            fwrite(at, 1, (size_t)bytes, stdout);
        }
        at += bytes;
    }
    putchar('"');
}
