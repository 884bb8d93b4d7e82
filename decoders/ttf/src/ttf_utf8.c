/*
 * ttf_utf8.c - UTF-8 to characters, never failing.
 *
 * A malformed piece is replaced once for each maximal prefix of a well-formed
 * sequence (Unicode 15, section 3.9, "U+FFFD substitution of maximal subparts").
 */
#include "ttf_impl.h"

enum { REPLACEMENT = 0xfffd, SPACE = ' ', DELETE = 0x7f, C1_END = 0x9f };

/* Well-formed sequences by lead byte: how many bytes follow, and the first one's range. */
struct lead {
    uint8_t follow;
    uint8_t low;
    uint8_t high;
};

static struct lead lead_of(uint8_t byte) {
    if (byte >= 0xc2 && byte <= 0xdf) {
        return (struct lead){ 1, 0x80, 0xbf };
    }
    if (byte >= 0xe0 && byte <= 0xef) {
        /* No overlong forms, no surrogates. */
        return (struct lead){ 2, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf };
    }
    if (byte >= 0xf0 && byte <= 0xf4) {
        /* No overlong forms, nothing above U+10FFFF. */
        return (struct lead){ 3, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf };
    }
    return (struct lead){ 0, 1, 0 };
}

uint32_t ttf_utf8_next(const uint8_t *bytes, size_t byte_count, size_t *position) {
    uint8_t first = bytes[(*position)++];
    if (first <= DELETE) {
        return first < SPACE || first == DELETE ? SPACE : first;
    }
    struct lead lead = lead_of(first);
    uint32_t character = first & (0x3fu >> lead.follow);
    for (uint8_t i = 0; i < lead.follow; i++) {
        if (*position == byte_count || bytes[*position] < lead.low ||
            bytes[*position] > lead.high) {
            return REPLACEMENT;
        }
        character = character << 6 | (bytes[(*position)++] & 0x3fu);
        lead.low = 0x80;
        lead.high = 0xbf;
    }
    if (lead.follow == 0) {
        return REPLACEMENT;
    }
    return character <= C1_END ? SPACE : character;
}
