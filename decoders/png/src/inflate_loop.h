/*
 * inflate_loop.h - the symbol loop, written once and compiled for each machine level.
 *
 * Up to two literals and one match are decoded for each refill of the bit
 * buffer: two literals of the main table take at most 22 of the 56 bits there
 * are, and a length 20.  An offset takes up to 28 and may have to refill.
 * Copies go in 16 and 8 byte words beyond the end of the match, into the slack
 * that the caller leaves behind its limit.
 */
#ifndef WPNG_INFLATE_LOOP_H
#define WPNG_INFLATE_LOOP_H

#include <string.h>

#include "base/attr.h"
#include "base/endian.h"
#include "inflate.h"
#include "inflate_bits.h"

enum { INFLATE_LOOP_INPUT_BYTES = 16, INFLATE_OFFSET_TAKES_BITS = 28 };

/* The reader's state in registers. */
struct inflate_reader {
    const uint8_t *in;
    uint64_t bits;
    unsigned count;
};

static ALWAYS_INLINE void reader_refill(struct inflate_reader *reader) {
    reader->bits |= get_le64(reader->in) << reader->count;
    reader->in += (63 - reader->count) >> 3;
    reader->count |= 56;
}

static ALWAYS_INLINE void reader_drop(struct inflate_reader *reader, uint32_t entry) {
    reader->bits >>= entry & 63;
    reader->count -= entry & 0xff;
}

/* Base value and extra bits of a length or an offset. */
static ALWAYS_INLINE uint32_t reader_value(struct inflate_reader *reader, uint32_t entry) {
    uint64_t with_code = reader->bits & ((1ull << (entry & 63)) - 1);
    reader_drop(reader, entry);
    return (entry >> 16) + (uint32_t)(with_code >> (entry >> 8 & 15));
}

static ALWAYS_INLINE uint32_t reader_subtable(struct inflate_reader *reader,
                                              const uint32_t *table, uint32_t entry) {
    reader_drop(reader, entry & 0xff);
    return table[(entry >> 16) + (reader->bits & ((1u << (entry >> 8 & 15)) - 1))];
}

/* A match whose source overlaps its own output by less than a word: repeat the pattern. */
static ALWAYS_INLINE void copy_pattern(uint8_t *to, const uint8_t *end, uint32_t offset) {
    static const uint8_t steps[8] = { 0, 8, 8, 6, 8, 5, 6, 7 };
    uint8_t pattern[8];
    for (uint32_t i = 0; i < 8; i++) {
        pattern[i] = to[(int32_t)(i % offset) - (int32_t)offset];
    }
    uint32_t step = steps[offset];
    do {
        memcpy(to, pattern, 8);
        to += step;
    } while (to < end);
}

static ALWAYS_INLINE void copy_match(uint8_t *to, uint32_t length, uint32_t offset) {
    const uint8_t *from = to - offset;
    const uint8_t *end = to + length;
    if (LIKELY(offset >= 16)) {
        do {
            memcpy(to, from, 16);
            to += 16;
            from += 16;
        } while (to < end);
    } else if (offset == 1) {
        uint64_t word = *from * 0x0101010101010101u;
        do {
            memcpy(to, &word, 8);
            memcpy(to + 8, &word, 8);
            to += 16;
        } while (to < end);
    } else if (offset >= 8) {
        do {
            memcpy(to, from, 8);
            to += 8;
            from += 8;
        } while (to < end);
    } else {
        copy_pattern(to, end, offset);
    }
}

/*
 * Up to three literals from a full bit buffer.  Returns the entry that follows
 * them, subtable resolved; a literal when the third was written.
 */
static ALWAYS_INLINE uint32_t fast_literals(const struct inflate *inflate, uint32_t mask,
                                            struct inflate_reader *reader, uint8_t **out) {
    uint32_t entry = inflate->litlen[reader->bits & mask];
    for (int i = 0; i < 2 && (entry & INFLATE_LITERAL) != 0; i++) {
        reader_drop(reader, entry);
        *(*out)++ = (uint8_t)(entry >> 16);
        entry = inflate->litlen[reader->bits & mask];
    }
    if (UNLIKELY(entry & INFLATE_SUBTABLE)) {
        entry = reader_subtable(reader, inflate->litlen, entry);
    }
    if (entry & INFLATE_LITERAL) {
        reader_drop(reader, entry);
        *(*out)++ = (uint8_t)(entry >> 16);
    }
    return entry;
}

/* The entry of an offset, subtable resolved, with enough bits in the buffer for its value. */
static ALWAYS_INLINE uint32_t fast_offset(const struct inflate *inflate, uint32_t mask,
                                          struct inflate_reader *reader) {
    if (UNLIKELY(reader->count < INFLATE_OFFSET_TAKES_BITS)) {
        reader_refill(reader);
    }
    uint32_t entry = inflate->offset[reader->bits & mask];
    if (UNLIKELY(entry & INFLATE_SUBTABLE)) {
        entry = reader_subtable(reader, inflate->offset, entry);
    }
    return entry;
}

/*
 * The fast loop.  Returns 0 when it stopped for want of input or output, and the
 * exceptional entry that it met otherwise; INFLATE_EXCEPTION alone means a match
 * that reaches back too far.
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
    while (out < limit && in_end - reader->in >= INFLATE_LOOP_INPUT_BYTES) {
        reader_refill(reader);
        uint32_t entry = fast_literals(inflate, litlen_mask, reader, &out);
        if (entry & INFLATE_LITERAL) {
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
        copy_match(out, length, offset);
        out += length;
    }
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
            inflate->bit_count = reader.count;
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
