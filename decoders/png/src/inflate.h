/*
 * inflate.h - DEFLATE (RFC 1951) decoding that can stop at any amount of output
 * and go on later, and that knows at each moment how far it has read.
 *
 * The input is a chain of spans (the data of consecutive IDAT chunks), read in
 * place.  The output is a window of the caller's: matches reach back into bytes
 * already there.  A run stops at the first symbol boundary at or after `limit`,
 * so up to INFLATE_SLACK_BYTES behind the limit may be written.
 */
#ifndef WPNG_INFLATE_H
#define WPNG_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum {
    INFLATE_WINDOW_BITS = 15,
    INFLATE_WINDOW_BYTES = 1 << INFLATE_WINDOW_BITS,   /* how far a match may reach back */
    /* Three literals, a match of 258 and the rounding of its copy. */
    INFLATE_SLACK_BYTES = 320,
    INFLATE_LITLEN_BITS = 11,
    INFLATE_OFFSET_BITS = 9,
    INFLATE_PRECODE_BITS = 7,
    /* Entries that main table and subtables can need for 288 (32) symbols of up to 15 bits. */
    INFLATE_LITLEN_ENTRIES = 2342,
    INFLATE_OFFSET_ENTRIES = 594,
    INFLATE_PRECODE_ENTRIES = 1 << INFLATE_PRECODE_BITS,
    INFLATE_LITLEN_SYMBOLS = 288,
    INFLATE_OFFSET_SYMBOLS = 32,
    INFLATE_PRECODE_SYMBOLS = 19,
};

/*
 * A decoding table entry.  Bits 0-7: bits to drop, extra bits included.  Bits
 * 8-11: bits of the code alone, or the index width of a subtable.  Bits 16-30:
 * base value, literal or start of a subtable.
 */
#define INFLATE_LITERAL   0x80000000u
#define INFLATE_EXCEPTION 0x00008000u   /* one of the next three */
#define INFLATE_SUBTABLE  0x00004000u
#define INFLATE_END       0x00002000u
#define INFLATE_INVALID   0x00001000u
#define INFLATE_TOO_FAR   (INFLATE_EXCEPTION | 0x00010000u)   /* an offset beyond the window */

enum inflate_result {
    INFLATE_MORE,        /* the limit is reached */
    INFLATE_DONE,        /* the final block has ended */
    INFLATE_INPUT_END,   /* the input ended between two blocks, on a byte boundary */
    INFLATE_FAILED,      /* see `reason` */
};

enum inflate_state { INFLATE_AT_HEADER, INFLATE_IN_STORED, INFLATE_IN_CODES, INFLATE_AT_END };

/* The next span of input into state->in and in_end; false when there is none. */
struct inflate;
typedef bool (*inflate_next_span)(struct inflate *inflate);

struct inflate {
    const uint8_t *in;
    const uint8_t *in_end;
    const uint8_t *span_begin;      /* of the span being read */
    inflate_next_span next_span;
    const uint8_t *input_end;       /* for next_span: no span begins here or later */
    uint64_t bits;                  /* read and not used, lowest first */
    unsigned bit_count;
    enum inflate_state state;
    bool is_final;
    bool has_fixed_tables;          /* the tables hold the fixed codes */
    uint32_t window_bits;           /* 8 to 15: a match reaches back 1 << this at most */
    uint32_t stored_left;
    uint64_t header_bit;            /* where in the span the last block header began */
    uint32_t litlen_mask;
    uint32_t offset_mask;
    const char *reason;
    uint32_t litlen[INFLATE_LITLEN_ENTRIES];
    uint32_t offset[INFLATE_OFFSET_ENTRIES];
};

/* Where output goes: matches may reach back to `begin`; `next` moves. */
struct inflate_output {
    const uint8_t *begin;
    uint8_t *next;
    uint8_t *limit;
};

/*
 * Begin at a block header; the caller has set in, in_end, next_span and input_end.
 * The window is the largest; who knows of a smaller one sets window_bits now.
 */
void inflate_start(struct inflate *inflate);

/* Decode until output->next >= output->limit or there is nothing more to do. */
MUST_CHECK enum inflate_result inflate_run(struct inflate *inflate,
                                           struct inflate_output *output);

/* The first byte of input that is not used yet. */
const uint8_t *inflate_position(const struct inflate *inflate);

/* After INFLATE_DONE: the next whole byte of input, -1 when there is none. */
int inflate_byte(struct inflate *inflate);

/* Codes of a block: fill both tables, from the block's header or the standard's. */
bool inflate_read_codes(struct inflate *inflate);
void inflate_fixed_codes(struct inflate *inflate);

/*
 * Fill a table of 1 << table_bits entries and its subtables for the given code
 * lengths.  `results` holds the entry of each symbol without its code length.
 * Returns the mask of the main table, or 0 when the lengths are no prefix code.
 */
struct inflate_code {
    const uint8_t *lengths;
    uint32_t symbol_count;
    const uint32_t *results;
    uint32_t table_bits;
    bool allows_incomplete;   /* no code at all, or one of one bit, is accepted */
};
MUST_CHECK uint32_t inflate_build(const struct inflate_code *code, uint32_t *table);

/* Decode symbols of a block with Huffman codes; the twin for machines with BMI2 is in x86_64. */
typedef enum inflate_result (*inflate_codes)(struct inflate *inflate,
                                             struct inflate_output *output);
enum inflate_result inflate_codes_portable(struct inflate *inflate,
                                           struct inflate_output *output);
/*
 * The slow way for the last bytes of a span: one symbol.  Returns 0 or an
 * exceptional entry as the fast loop does; with INFLATE_TRUNCATED the input ended.
 */
#define INFLATE_TRUNCATED (INFLATE_EXCEPTION | INFLATE_INVALID | INFLATE_END)
uint32_t inflate_one_symbol(struct inflate *inflate, struct inflate_output *output);

/* What an exceptional entry means: INFLATE_DONE for the end of the block, else a failure. */
enum inflate_result inflate_exception(struct inflate *inflate, uint32_t exception);

/* NULL where the machine has nothing better. */
inflate_codes inflate_codes_vector(void);

#endif
