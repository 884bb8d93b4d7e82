/* json.c - JSON strings (RFC 8259, section 7) from bytes that may not be UTF-8. */
#include <stdio.h>

#include "cli_impl.h"

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
        int bytes = cli_measure_character(at);
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
