/*
 * inflate_loop.h - the symbol loop, written once and compiled for each machine level.
 *
 * Up to three literals and one match, or four literals, are decoded for each
 * refill of the bit buffer to 56 bits or more.  Three literals of the main table
 * take at most 33 and a length 20; an offset takes up to 28 and refills when
 * these, and the 11 bits that the look-up of the next entry wants, are not there.
 * Every entry is looked up before the refill that follows, so that the refill is
 * not waited for.  After four literals, of 33 bits and 15, the 11 bits looked at may
 * lie beyond those counted, but all 64 that the refill put into the buffer are
 * input.
 * Copies go in whole words beyond the end of the match, into the slack that the
 * caller leaves behind its limit.
 */
#ifndef WPNG_INFLATE_LOOP_H
#define WPNG_INFLATE_LOOP_H

#include <string.h>

#include "base/attr.h"
#include "base/endian.h"
#include "inflate.h"
#include "inflate_bits.h"

enum { INFLATE_LOOP_INPUT_BYTES = 24, INFLATE_OFFSET_TAKES_BITS = 28 + INFLATE_LITLEN_BITS };

/* The reader's state in registers. */
struct inflate_reader {
    const uint8_t *in;
    uint64_t bits;
    uint32_t count;   /* see reader_drop() */
};

static ALWAYS_INLINE void reader_refill(struct inflate_reader *reader) {
    reader->bits |= get_le64(reader->in) << (reader->count & 63);
    reader->in += 7;
    reader->in -= reader->count >> 3 & 7;
    reader->count |= 56;
}

/* Only the low 8 bits of the count mean anything, so the whole entry may be subtracted. */
static ALWAYS_INLINE void reader_drop(struct inflate_reader *reader, uint32_t entry) {
    reader->bits >>= entry & 63;
    reader->count -= entry;
}

/* Base value and extra bits of a length or an offset: a regular entry, whose flags are 0. */
static ALWAYS_INLINE uint32_t reader_value(struct inflate_reader *reader, uint32_t entry) {
    uint64_t with_code = reader->bits & ((1ull << (uint8_t)entry) - 1);
    reader_drop(reader, entry);
    return (entry >> 16) + (uint32_t)(with_code >> (entry >> 8 & 63));
}

static ALWAYS_INLINE uint32_t reader_subtable(struct inflate_reader *reader,
                                              const uint32_t *table, uint32_t entry) {
    reader_drop(reader, entry & 0xff);
    return table[(entry >> 16) + (reader->bits & ((1u << (entry >> 8 & 15)) - 1))];
}

/*
 * A match that repeats 2 to 7 bytes: widen them to a word, then store it
 * at distances that are a multiple of the period.
 */
static ALWAYS_INLINE void copy_pattern(uint8_t *to, const uint8_t *end, uint32_t offset) {
    static const uint8_t steps[8] = { 8, 8, 8, 6, 8, 5, 6, 7 };
    uint32_t shift = 8 * offset;
    uint64_t word = get_le64(to - offset) & ((1ull << shift) - 1);
    word |= word << shift;
    word |= offset < 4 ? word << 2 * shift : 0;
    uint32_t step = steps[offset];
    do {
        put_le64(to, word);
        put_le64(to + step, word);
        to += 2 * step;
    } while (to < end);
}

/* The rest of a long match, in the widest words that its offset allows. */
static ALWAYS_INLINE void copy_long(uint8_t *to, const uint8_t *end, uint32_t offset) {
    const uint8_t *from = to - offset;
    if (LIKELY(offset >= 32)) {
        do {
            memcpy(to, from, 32);
            to += 32;
            from += 32;
        } while (to < end);
    } else {
        do {
            memcpy(to, from, 8);
            to += 8;
            from += 8;
            __asm__ volatile("" ::: "memory");   /* else the compiler makes it a worse loop */
        } while (to < end);
    }
}

/* Most matches are short: three words go without asking. */
static ALWAYS_INLINE void copy_match(uint8_t *to, uint32_t length, uint32_t offset) {
    const uint8_t *from = to - offset;
    const uint8_t *end = to + length;
    if (LIKELY(offset >= 8)) {
        memcpy(to, from, 8);
        memcpy(to + 8, from + 8, 8);
        memcpy(to + 16, from + 16, 8);
        if (length > 24) {
            copy_long(to + 24, end, offset);
        }
    } else if (offset == 1) {
        uint64_t word = *from * 0x0101010101010101u;
        do {
            memcpy(to, &word, 8);
            memcpy(to + 8, &word, 8);
            to += 16;
        } while (to < end);
    } else {
        copy_pattern(to, end, offset);
    }
}

/* The entry at the reader's bits, from the main table. */
static ALWAYS_INLINE uint32_t reader_litlen(const struct inflate_reader *reader,
                                            const struct inflate *inflate, uint32_t mask) {
    return inflate->litlen[reader->bits & mask];
}

/*
 * Up to three literals of the main table, `entry` being the first; returns the
 * entry that follows them, not used yet.  Its table is looked up before the
 * literal is stored, for the look-up is what the next step waits for.
 */
static ALWAYS_INLINE uint32_t fast_literals(const struct inflate *inflate, uint32_t mask,
                                            struct inflate_reader *reader, uint32_t entry,
                                            uint8_t **out) {
    if (entry & INFLATE_LITERAL) {
        uint32_t literal = entry >> 16;
        reader_drop(reader, entry);
        entry = reader_litlen(reader, inflate, mask);
        *(*out)++ = (uint8_t)literal;
        if (entry & INFLATE_LITERAL) {
            literal = entry >> 16;
            reader_drop(reader, entry);
            entry = reader_litlen(reader, inflate, mask);
            *(*out)++ = (uint8_t)literal;
            if (entry & INFLATE_LITERAL) {
                literal = entry >> 16;
                reader_drop(reader, entry);
                entry = reader_litlen(reader, inflate, mask);
                *(*out)++ = (uint8_t)literal;
            }
        }
    }
    return entry;
}

/* The entry of an offset, subtable resolved, with enough bits in the buffer for its value. */
static ALWAYS_INLINE uint32_t fast_offset(const struct inflate *inflate, uint32_t mask,
                                          struct inflate_reader *reader) {
    uint32_t entry = inflate->offset[reader->bits & mask];
    if (UNLIKELY((reader->count & 0xff) < INFLATE_OFFSET_TAKES_BITS)) {
        reader_refill(reader);
        entry = inflate->offset[reader->bits & mask];
    }
    if (UNLIKELY(entry & INFLATE_SUBTABLE)) {
        entry = reader_subtable(reader, inflate->offset, entry);
    }
    return entry;
}

/*
 * The fast loop.  Returns 0 when it stopped for want of input or output, and the
 * exceptional entry that it met otherwise; INFLATE_EXCEPTION alone means a match
 * that reaches back too far.  The bit buffer is full at the head of the loop, and
 * `entry` looked up.
 */
static ALWAYS_INLINE uint32_t inflate_fast(struct inflate *inflate,
                                           struct inflate_reader *reader,
                                           struct inflate_output *output) {
    const uint8_t *in_end = inflate->in_end;
    const uint8_t *begin = output->begin;
    const uint32_t litlen_mask = inflate->litlen_mask;
    const uint32_t offset_mask = inflate->offset_mask;
    uint8_t *out = output->next;
    uint8_t *limit = output->limit;
    uint32_t exception = 0;
    reader_refill(reader);
    uint32_t entry = reader_litlen(reader, inflate, litlen_mask);
    do {
        entry = fast_literals(inflate, litlen_mask, reader, entry, &out);
        if (UNLIKELY(entry & INFLATE_SUBTABLE)) {
            entry = reader_subtable(reader, inflate->litlen, entry);
        }
        if (entry & INFLATE_LITERAL) {
            *out++ = (uint8_t)(entry >> 16);
            reader_drop(reader, entry);
            entry = reader_litlen(reader, inflate, litlen_mask);
            reader_refill(reader);
            continue;
        }
        if (UNLIKELY(entry & INFLATE_EXCEPTION)) {
            reader_drop(reader, entry);
            exception = entry;
            break;
        }
        uint32_t length = reader_value(reader, entry);
        entry = fast_offset(inflate, offset_mask, reader);
        if (UNLIKELY(entry & INFLATE_EXCEPTION)) {
            exception = entry;
            break;
        }
        uint32_t offset = reader_value(reader, entry);
        if (UNLIKELY(offset > (size_t)(out - begin))) {
            exception = INFLATE_EXCEPTION;
            break;
        }
        entry = reader_litlen(reader, inflate, litlen_mask);
        reader_refill(reader);
        copy_match(out, length, offset);
        out += length;
    } while (out < limit && in_end - reader->in >= INFLATE_LOOP_INPUT_BYTES);
    output->next = out;
    return exception;
}

/* Symbols up to the end of the block (INFLATE_DONE), the limit, or a failure. */
static ALWAYS_INLINE enum inflate_result inflate_codes_body(struct inflate *inflate,
                                                            struct inflate_output *output) {
    while (output->next < output->limit) {
        uint32_t exception = 0;
        if (inflate->in_end - inflate->in >= INFLATE_LOOP_INPUT_BYTES) {
            struct inflate_reader reader = { .in = inflate->in, .bits = inflate->bits,
                                             .count = inflate->bit_count };
            exception = inflate_fast(inflate, &reader, output);
            inflate->in = reader.in;
            inflate->bits = reader.bits;
            inflate->bit_count = reader.count & 0xff;
        } else {
            exception = inflate_one_symbol(inflate, output);
        }
        if (exception != 0) {
            return inflate_exception(inflate, exception);
        }
    }
    return INFLATE_MORE;
}

#endif
