/* inflate_codes.c - the two Huffman codes of a block, read from its header. */
#include "inflate.h"
#include "inflate_bits.h"

#include <string.h>

#define LITERAL_1(n) (INFLATE_LITERAL | (uint32_t)(n) << 16)
#define LITERAL_4(n) LITERAL_1(n), LITERAL_1((n) + 1), LITERAL_1((n) + 2), LITERAL_1((n) + 3)
#define LITERAL_16(n) LITERAL_4(n), LITERAL_4((n) + 4), LITERAL_4((n) + 8), LITERAL_4((n) + 12)
#define LITERAL_64(n) \
    LITERAL_16(n), LITERAL_16((n) + 16), LITERAL_16((n) + 32), LITERAL_16((n) + 48)
#define BASE(base, extra_bits) ((uint32_t)(base) << 16 | (extra_bits))
#define NOTHING (INFLATE_EXCEPTION | INFLATE_INVALID)

/* RFC 1951, 3.2.5: what each literal/length symbol means. */
static const uint32_t litlen_results[INFLATE_LITLEN_SYMBOLS] = {
    LITERAL_64(0), LITERAL_64(64), LITERAL_64(128), LITERAL_64(192),
    INFLATE_EXCEPTION | INFLATE_END,
    BASE(3, 0), BASE(4, 0), BASE(5, 0), BASE(6, 0), BASE(7, 0), BASE(8, 0), BASE(9, 0),
    BASE(10, 0), BASE(11, 1), BASE(13, 1), BASE(15, 1), BASE(17, 1), BASE(19, 2), BASE(23, 2),
    BASE(27, 2), BASE(31, 2), BASE(35, 3), BASE(43, 3), BASE(51, 3), BASE(59, 3), BASE(67, 4),
    BASE(83, 4), BASE(99, 4), BASE(115, 4), BASE(131, 5), BASE(163, 5), BASE(195, 5),
    BASE(227, 5), BASE(258, 0), NOTHING, NOTHING,
};

static const uint32_t offset_results[INFLATE_OFFSET_SYMBOLS] = {
    BASE(1, 0), BASE(2, 0), BASE(3, 0), BASE(4, 0), BASE(5, 1), BASE(7, 1), BASE(9, 2),
    BASE(13, 2), BASE(17, 3), BASE(25, 3), BASE(33, 4), BASE(49, 4), BASE(65, 5), BASE(97, 5),
    BASE(129, 6), BASE(193, 6), BASE(257, 7), BASE(385, 7), BASE(513, 8), BASE(769, 8),
    BASE(1025, 9), BASE(1537, 9), BASE(2049, 10), BASE(3073, 10), BASE(4097, 11),
    BASE(6145, 11), BASE(8193, 12), BASE(12289, 12), BASE(16385, 13), BASE(24577, 13),
    NOTHING, NOTHING,
};

enum { OFFSETS_WITH_MEANING = INFLATE_OFFSET_SYMBOLS - 2 };   /* that stand for something */

static const uint32_t precode_results[INFLATE_PRECODE_SYMBOLS] = {
    BASE(0, 0), BASE(1, 0), BASE(2, 0), BASE(3, 0), BASE(4, 0), BASE(5, 0), BASE(6, 0),
    BASE(7, 0), BASE(8, 0), BASE(9, 0), BASE(10, 0), BASE(11, 0), BASE(12, 0), BASE(13, 0),
    BASE(14, 0), BASE(15, 0), BASE(16, 0), BASE(17, 0), BASE(18, 0),
};

static const uint8_t precode_order[INFLATE_PRECODE_SYMBOLS] = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
};

static bool fail(struct inflate *inflate, const char *reason) {
    inflate->reason = reason;
    return false;
}

/*
 * Each two symbols double the distance: those from 2 n on lie beyond a window of n bits.
 * A table in which they are exceptions keeps the window without a comparison in the loop.
 */
static const uint32_t *offset_meanings(const struct inflate *inflate, uint32_t *room) {
    if (inflate->window_bits == INFLATE_WINDOW_BITS) {
        return offset_results;
    }
    memcpy(room, offset_results, sizeof(offset_results));
    for (uint32_t symbol = 2 * inflate->window_bits; symbol < OFFSETS_WITH_MEANING; symbol++) {
        room[symbol] = INFLATE_TOO_FAR;
    }
    return room;
}

static bool build_both(struct inflate *inflate, const uint8_t *lengths, uint32_t litlen_count,
                       uint32_t offset_count) {
    inflate->litlen_mask = inflate_build(
        &(struct inflate_code){ .lengths = lengths, .symbol_count = litlen_count,
                                .results = litlen_results, .table_bits = INFLATE_LITLEN_BITS,
                                .allows_incomplete = true },
        inflate->litlen);
    uint32_t in_window[INFLATE_OFFSET_SYMBOLS];
    inflate->offset_mask = inflate_build(
        &(struct inflate_code){ .lengths = lengths + litlen_count, .symbol_count = offset_count,
                                .results = offset_meanings(inflate, in_window),
                                .table_bits = INFLATE_OFFSET_BITS,
                                .allows_incomplete = true },
        inflate->offset);
    return inflate->litlen_mask != 0 && inflate->offset_mask != 0;
}

void inflate_fixed_codes(struct inflate *inflate) {
    if (inflate->has_fixed_tables) {
        return;
    }
    uint8_t lengths[INFLATE_LITLEN_SYMBOLS + INFLATE_OFFSET_SYMBOLS];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    memset(lengths + INFLATE_LITLEN_SYMBOLS, 5, INFLATE_OFFSET_SYMBOLS);
    (void)build_both(inflate, lengths, INFLATE_LITLEN_SYMBOLS, INFLATE_OFFSET_SYMBOLS);
    inflate->has_fixed_tables = true;
}

static bool read_precode(struct inflate *inflate, uint32_t count, uint32_t *table,
                         uint32_t *out_mask) {
    uint8_t lengths[INFLATE_PRECODE_SYMBOLS] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length;
        if (!inflate_take(inflate, 3, &length)) {
            return fail(inflate, "compressed data ends inside a block header");
        }
        lengths[precode_order[i]] = (uint8_t)length;
    }
    *out_mask = inflate_build(
        &(struct inflate_code){ .lengths = lengths, .symbol_count = INFLATE_PRECODE_SYMBOLS,
                                .results = precode_results,
                                .table_bits = INFLATE_PRECODE_BITS },
        table);
    return *out_mask != 0 || fail(inflate, "code lengths of a block header are no prefix code");
}

/* Symbols 16, 17, 18: a repeated length.  How often, and what. */
static bool read_repeat(struct inflate *inflate, uint32_t symbol, uint32_t *out_times) {
    static const uint8_t bits[3] = { 2, 3, 7 };
    static const uint8_t bases[3] = { 3, 3, 11 };
    if (!inflate_take(inflate, bits[symbol - 16], out_times)) {
        return fail(inflate, "compressed data ends inside a block header");
    }
    *out_times += bases[symbol - 16];
    return true;
}

static bool read_lengths(struct inflate *inflate, const uint32_t *precode, uint32_t mask,
                         uint8_t *lengths, uint32_t count) {
    uint32_t i = 0;
    while (i < count) {
        inflate_refill(inflate);
        uint32_t entry = precode[inflate->bits & mask];
        if ((entry & 0xff) > inflate->bit_count) {
            return fail(inflate, "compressed data ends inside a block header");
        }
        inflate_drop(inflate, entry & 0xff);
        uint32_t symbol = entry >> 16;
        if (symbol < 16) {
            lengths[i++] = (uint8_t)symbol;
            continue;
        }
        uint32_t times;
        if (!read_repeat(inflate, symbol, &times)) {
            return false;
        }
        if (times > count - i || (symbol == 16 && i == 0)) {
            return fail(inflate, "code lengths of a block header repeat out of range");
        }
        memset(lengths + i, symbol == 16 ? lengths[i - 1] : 0, times);
        i += times;
    }
    return true;
}

bool inflate_read_codes(struct inflate *inflate) {
    uint32_t litlen_count;
    uint32_t offset_count;
    uint32_t precode_count;
    if (!inflate_take(inflate, 5, &litlen_count) || !inflate_take(inflate, 5, &offset_count) ||
        !inflate_take(inflate, 4, &precode_count)) {
        return fail(inflate, "compressed data ends inside a block header");
    }
    litlen_count += 257;
    offset_count += 1;
    if (litlen_count > 286 || offset_count > 30) {
        return fail(inflate, "block header counts too many symbols");
    }
    uint32_t precode[INFLATE_PRECODE_ENTRIES];
    uint32_t mask;
    uint8_t lengths[INFLATE_LITLEN_SYMBOLS + INFLATE_OFFSET_SYMBOLS];
    if (!read_precode(inflate, precode_count + 4, precode, &mask) ||
        !read_lengths(inflate, precode, mask, lengths, litlen_count + offset_count)) {
        return false;
    }
    inflate->has_fixed_tables = false;
    if (lengths[256] == 0) {
        return fail(inflate, "block has no code for its end");
    }
    return build_both(inflate, lengths, litlen_count, offset_count) ||
           fail(inflate, "code lengths of a block are no prefix code");
}
