/* text.c - text of others, such as file names, on its way to a terminal. */
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

int cli_measure_character(const uint8_t *at) {
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

/* Would it order a terminal about?  C0, DEL, and C1 in its two bytes of UTF-8. */
static bool is_control(const uint8_t *at, int bytes) {
    return bytes == 1 ? at[0] < 0x20 || at[0] == 0x7f : at[0] == 0xc2 && at[1] < 0xa0;
}

void cli_write_text(FILE *stream, const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    while (*at != 0) {
        int bytes = cli_measure_character(at);
        bool is_plain = bytes > 0 && !is_control(at, bytes);
        for (int left = bytes > 0 ? bytes : -bytes; left > 0; left--, at++) {
            if (is_plain) {
                putc(*at, stream);
            } else {
                fprintf(stream, "\\x%02x", *at);
            }
        }
    }
}

void cli_put_text(const char *text) {
    cli_write_text(stdout, text);
}

const char *cli_plural(uint64_t count) {
    return count == 1 ? "" : "s";
}
