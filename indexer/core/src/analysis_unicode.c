/* analysis_unicode.c - characters: which belong to words, and what they fold to. */
#include <string.h>

#include <utf8proc.h>

#include "analysis_impl.h"
#include "base/assert.h"
#include "base/attr.h"

/* A character decomposes to at most this many (U+FDFA). */
enum { DECOMPOSED_MAX = 18 };

static bool is_tail(const uint8_t *text, size_t text_bytes, size_t at) {
    return at < text_bytes && (text[at] & 0xc0) == 0x80;
}

int32_t analysis_decode(const uint8_t *text, size_t text_bytes, size_t at, uint32_t *out_bytes) {
    uint8_t lead = text[at];
    *out_bytes = 1;
    if (lead < 0x80) {
        return lead;
    }
    uint32_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4) {
        return -1;
    }
    int32_t character = lead & (0x7f >> count);
    for (uint32_t i = 1; i < count; i++) {
        if (!is_tail(text, text_bytes, at + i)) {
            return -1;
        }
        character = character << 6 | (text[at + i] & 0x3f);
    }
    static const int32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (character < least[count] || character > 0x10ffff
        || (character >= 0xd800 && character <= 0xdfff)) {
        return -1;
    }
    *out_bytes = count;
    return character;
}

static bool is_written_without_spaces(int32_t c) {
    return (c >= 0x3041 && c <= 0x309f)      /* Hiragana */
        || (c >= 0x3400 && c <= 0x9fff)      /* Han */
        || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

enum analysis_class analysis_class_of(int32_t character) {
    if (character < 0) {
        return ANALYSIS_GAP;
    }
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
        return is_written_without_spaces(character) ? ANALYSIS_ALONE : ANALYSIS_LETTER;
    case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME:
        return ANALYSIS_MARK;
    default:
        return ANALYSIS_GAP;
    }
}

size_t analysis_word_end(const uint8_t *text, size_t text_bytes, size_t begin) {
    uint32_t bytes;
    enum analysis_class first =
        analysis_class_of(analysis_decode(text, text_bytes, begin, &bytes));
    size_t at = begin + bytes;
    while (at < text_bytes) {
        int32_t character = analysis_decode(text, text_bytes, at, &bytes);
        enum analysis_class class = analysis_class_of(character);
        bool goes_on = class == ANALYSIS_MARK
                       || (class == ANALYSIS_LETTER && first == ANALYSIS_LETTER);
        if (!goes_on) {
            break;
        }
        at += bytes;
    }
    return at;
}

uint32_t analysis_cut(const uint8_t *bytes, size_t count) {
    if (count <= ANALYSIS_TERM_BYTES_MAX) {
        return (uint32_t)count;
    }
    uint32_t cut = ANALYSIS_TERM_BYTES_MAX;
    while (cut > 0 && (bytes[cut] & 0xc0) == 0x80) {
        cut--;
    }
    return cut;
}

static bool is_accent(int32_t c) {
    return (c >= 0x0300 && c <= 0x036f) || (c >= 0x1ab0 && c <= 0x1aff)
        || (c >= 0x1dc0 && c <= 0x1dff) || (c >= 0x20d0 && c <= 0x20ff)
        || (c >= 0xfe20 && c <= 0xfe2f);
}

/*
 * Accents go where people search without them: over Latin and Greek letters, and
 * the two dots of the Cyrillic io.  Elsewhere a mark makes another letter.
 */
static size_t drop_accents(int32_t *characters, size_t count) {
    size_t kept = 0;
    int32_t base = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t c = characters[i];
        if (is_accent(c)) {
            if ((base > 0 && base < 0x0400) || (base == 0x0435 && c == 0x0308)) {
                continue;
            }
        } else {
            base = c;
        }
        characters[kept++] = c;
    }
    return kept;
}

uint32_t analysis_fold_word(const uint8_t *word, uint32_t count,
                            uint8_t out[ANALYSIS_TERM_BYTES_MAX]) {
    ASSERT(count >= 1 && count <= ANALYSIS_TERM_BYTES_MAX);
    int32_t characters[ANALYSIS_TERM_BYTES_MAX * DECOMPOSED_MAX + 4];
    utf8proc_ssize_t room = COUNT_OF(characters) - 4;
    utf8proc_ssize_t found = utf8proc_decompose(
        word, (utf8proc_ssize_t)count, characters, room,
        UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD
            | UTF8PROC_IGNORE);
    ASSERT(found >= 0 && found <= room);
    size_t kept = drop_accents(characters, (size_t)found);
    if (kept == 0) {
        return 0;
    }
    /* Writes UTF-8 over the characters: at most 4 bytes each, and a NUL. */
    utf8proc_ssize_t bytes = utf8proc_reencode(characters, (utf8proc_ssize_t)kept,
                                               UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    ASSERT(bytes > 0);
    uint32_t cut = analysis_cut((const uint8_t *)characters, (size_t)bytes);
    memcpy(out, characters, cut);
    return cut;
}
