/*
 * inflate_table.c - code lengths to decoding tables.
 *
 * Codes are read lowest bit first, so a code of n bits owns every table entry
 * whose low n bits are the code, reversed.  The table is filled for one length
 * after the other: what shorter codes have put into the first half is copied to
 * the second half when the table doubles.  Codes longer than the table continue
 * in subtables behind it.
 */
#include "inflate.h"

#include <string.h>

#include "base/assert.h"

enum { CODE_BITS_MAX = 15 };

struct builder {
    const struct inflate_code *code;
    uint32_t *table;
    uint16_t counts[CODE_BITS_MAX + 1];          /* codes of each length */
    uint16_t sorted[INFLATE_LITLEN_SYMBOLS];     /* symbols by length, then by number */
    uint32_t longest;
    uint32_t used;                               /* entries of table that are spoken for */
    uint32_t word;                               /* the current code, reversed */
};

/* Count lengths and sort the symbols; false when the lengths over-subscribe or leave gaps. */
static bool sort_symbols(struct builder *builder, bool *out_is_complete) {
    const struct inflate_code *code = builder->code;
    memset(builder->counts, 0, sizeof(builder->counts));
    for (uint32_t symbol = 0; symbol < code->symbol_count; symbol++) {
        builder->counts[code->lengths[symbol]]++;
    }
    uint16_t starts[CODE_BITS_MAX + 2];
    int32_t left = 1;
    builder->longest = 0;
    starts[1] = 0;
    for (uint32_t length = 1; length <= CODE_BITS_MAX; length++) {
        left = left * 2 - builder->counts[length];
        if (left < 0) {
            return false;
        }
        builder->longest = builder->counts[length] != 0 ? length : builder->longest;
        starts[length + 1] = (uint16_t)(starts[length] + builder->counts[length]);
    }
    for (uint32_t symbol = 0; symbol < code->symbol_count; symbol++) {
        uint32_t length = code->lengths[symbol];
        if (length != 0) {
            builder->sorted[starts[length]++] = (uint16_t)symbol;
        }
    }
    *out_is_complete = left == 0;
    return left == 0 || (code->allows_incomplete && builder->longest <= 1);
}

/* The next code of `length` bits in canonical order, reversed; wraps to 0 after the last. */
static inline uint32_t next_word(uint32_t word, uint32_t length) {
    uint32_t free_bits = word ^ ((1u << length) - 1);
    if (free_bits == 0) {
        return 0;
    }
    uint32_t bit = 1u << (31 - __builtin_clz(free_bits));
    return (word & (bit - 1)) | bit;
}

static inline uint32_t entry_of(const struct builder *builder, uint32_t rank, uint32_t bits) {
    return builder->code->results[builder->sorted[rank]] + (bits << 8 | bits);
}

/* The codes that fit the main table; returns how many. */
static uint32_t fill_main(struct builder *builder, uint32_t table_bits) {
    uint32_t rank = 0;
    for (uint32_t length = 1; length <= table_bits; length++) {
        uint32_t half = 1u << (length - 1);
        memcpy(builder->table + half, builder->table, half * sizeof(*builder->table));
        for (uint32_t left = builder->counts[length]; left > 0; left--) {
            builder->table[builder->word] = entry_of(builder, rank++, length);
            builder->word = next_word(builder->word, length);
        }
    }
    return rank;
}

/* How many bits a subtable that begins with codes of `length` bits must have. */
static uint32_t subtable_bits(const struct builder *builder, uint32_t length, uint32_t left,
                              uint32_t table_bits) {
    uint32_t bits = length - table_bits;
    for (uint32_t space = left; space < 1u << bits && length < CODE_BITS_MAX;) {
        bits++;
        length++;
        space = space * 2 + builder->counts[length];
    }
    return bits;
}

/* The codes that do not fit: a subtable for each of their first table_bits bits. */
static void fill_subtables(struct builder *builder, uint32_t rank, uint32_t table_bits) {
    uint32_t mask = (1u << table_bits) - 1;
    uint32_t prefix = UINT32_MAX;
    uint32_t start = 0;
    uint32_t bits = 0;
    builder->used = 1u << table_bits;
    for (uint32_t length = table_bits + 1; length <= builder->longest; length++) {
        for (uint32_t left = builder->counts[length]; left > 0; left--) {
            if ((builder->word & mask) != prefix) {
                prefix = builder->word & mask;
                start = builder->used;
                bits = subtable_bits(builder, length, left, table_bits);
                builder->used += 1u << bits;
                builder->table[prefix] = start << 16 | INFLATE_EXCEPTION | INFLATE_SUBTABLE |
                                         bits << 8 | table_bits;
            }
            uint32_t entry = entry_of(builder, rank++, length - table_bits);
            for (uint32_t i = builder->word >> table_bits; i < 1u << bits;
                 i += 1u << (length - table_bits)) {
                builder->table[start + i] = entry;
            }
            builder->word = next_word(builder->word, length);
        }
    }
}

uint32_t inflate_build(const struct inflate_code *code, uint32_t *table) {
    struct builder builder = { .code = code, .table = table };
    bool is_complete;
    if (!sort_symbols(&builder, &is_complete)) {
        return 0;
    }
    if (!is_complete) {
        /* At most one code, the bit 0: the bit 1 is nobody's. */
        table[0] = table[1] = INFLATE_EXCEPTION | INFLATE_INVALID | 1u << 8 | 1u;
        if (builder.longest == 1) {
            table[0] = entry_of(&builder, 0, 1);
        }
        return 1;
    }
    uint32_t bits = builder.longest < code->table_bits ? builder.longest : code->table_bits;
    uint32_t rank = fill_main(&builder, bits);
    if (builder.longest > bits) {
        fill_subtables(&builder, rank, bits);
    }
    return (1u << bits) - 1;
}
