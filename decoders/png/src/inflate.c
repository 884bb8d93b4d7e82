/* inflate.c - blocks, and the symbol loop for every machine. */
#include "inflate.h"

#include "base/assert.h"
#include "base/cpu.h"
#include "inflate_loop.h"

void inflate_start(struct inflate *inflate) {
    inflate->span_begin = inflate->in;
    inflate->bits = 0;
    inflate->bit_count = 0;
    inflate->state = INFLATE_AT_HEADER;
    inflate->is_final = false;
    inflate->has_fixed_tables = false;
    inflate->window_bits = INFLATE_WINDOW_BITS;
    inflate->stored_left = 0;
    inflate->reason = NULL;
}

const uint8_t *inflate_position(const struct inflate *inflate) {
    size_t unused = inflate->bit_count / 8;
    size_t read = (size_t)(inflate->in - inflate->span_begin);
    return inflate->in - (unused < read ? unused : read);
}

static enum inflate_result fail(struct inflate *inflate, const char *reason) {
    inflate->reason = reason;
    return INFLATE_FAILED;
}

enum inflate_result inflate_exception(struct inflate *inflate, uint32_t exception) {
    if (exception == INFLATE_TRUNCATED) {
        return fail(inflate, "compressed data ends too early");
    }
    if (exception & INFLATE_END) {
        return INFLATE_DONE;
    }
    if (exception & INFLATE_INVALID) {
        return fail(inflate, "compressed data uses a code that stands for nothing");
    }
    return fail(inflate, (exception & INFLATE_TOO_FAR) == INFLATE_TOO_FAR
                             ? "match reaches back farther than the window"
                             : "match reaches back before the first byte");
}

/* The entry for the next bits, subtable resolved; INFLATE_TRUNCATED when they are too few. */
static uint32_t next_entry(struct inflate *inflate, const uint32_t *table, uint32_t mask) {
    inflate_refill(inflate);
    uint32_t entry = table[inflate->bits & mask];
    uint32_t skipped = 0;
    if (entry & INFLATE_SUBTABLE) {
        skipped = entry & 0xff;
        entry = table[(entry >> 16) +
                      (inflate->bits >> skipped & ((1u << (entry >> 8 & 15)) - 1))];
    }
    if (skipped + (entry & 0xff) > inflate->bit_count) {
        return INFLATE_TRUNCATED;
    }
    inflate_drop(inflate, skipped);
    return entry;
}

static uint32_t entry_value(struct inflate *inflate, uint32_t entry) {
    uint64_t with_code = inflate->bits & ((1ull << (entry & 63)) - 1);
    inflate_drop(inflate, entry & 0xff);
    return (entry >> 16) + (uint32_t)(with_code >> (entry >> 8 & 15));
}

uint32_t inflate_one_symbol(struct inflate *inflate, struct inflate_output *output) {
    uint32_t entry = next_entry(inflate, inflate->litlen, inflate->litlen_mask);
    if (entry & INFLATE_LITERAL) {
        inflate_drop(inflate, entry & 0xff);
        *output->next++ = (uint8_t)(entry >> 16);
        return 0;
    }
    if (entry & INFLATE_EXCEPTION) {
        inflate_drop(inflate, entry == INFLATE_TRUNCATED ? 0 : entry & 0xff);
        return entry;
    }
    uint32_t length = entry_value(inflate, entry);
    entry = next_entry(inflate, inflate->offset, inflate->offset_mask);
    if (entry & INFLATE_EXCEPTION) {
        return entry;
    }
    uint32_t offset = entry_value(inflate, entry);
    if (offset > (size_t)(output->next - output->begin)) {
        return INFLATE_EXCEPTION;
    }
    copy_match(output->next, length, offset);
    output->next += length;
    return 0;
}

enum inflate_result inflate_codes_portable(struct inflate *inflate,
                                           struct inflate_output *output) {
    return inflate_codes_body(inflate, output);
}

/* Forget the rest of the current byte and read the length of a stored block. */
static enum inflate_result read_stored_header(struct inflate *inflate) {
    uint32_t count;
    uint32_t complement;
    inflate_drop(inflate, inflate->bit_count % 8);
    if (!inflate_take(inflate, 16, &count) || !inflate_take(inflate, 16, &complement)) {
        return fail(inflate, "compressed data ends inside a block header");
    }
    if (count != (complement ^ 0xffff)) {
        return fail(inflate, "length of a stored block does not match its complement");
    }
    inflate->stored_left = count;
    inflate->state = INFLATE_IN_STORED;
    return INFLATE_MORE;
}

static enum inflate_result read_header(struct inflate *inflate) {
    uint32_t header;
    if (inflate->bit_count == 0) {
        inflate_refill(inflate);
        if (inflate->bit_count == 0) {
            return INFLATE_INPUT_END;
        }
    }
    inflate->header_bit = (uint64_t)(inflate->in - inflate->span_begin) * 8 - inflate->bit_count;
    if (!inflate_take(inflate, 3, &header)) {
        return fail(inflate, "compressed data ends inside a block header");
    }
    inflate->is_final = (header & 1) != 0;
    switch (header >> 1) {
    case 0:
        return read_stored_header(inflate);
    case 1:
        inflate_fixed_codes(inflate);
        break;
    case 2:
        if (!inflate_read_codes(inflate)) {
            return INFLATE_FAILED;
        }
        break;
    default:
        return fail(inflate, "block of a type that does not exist");
    }
    inflate->state = INFLATE_IN_CODES;
    return INFLATE_MORE;
}

/* Bytes of a stored block: first those in the bit buffer, then straight from the input. */
static enum inflate_result copy_stored(struct inflate *inflate, struct inflate_output *output) {
    while (inflate->stored_left > 0 && output->next < output->limit) {
        if (inflate->bit_count >= 8) {
            *output->next++ = (uint8_t)inflate->bits;
            inflate_drop(inflate, 8);
            inflate->stored_left--;
            continue;
        }
        inflate->bits = 0;   /* nothing counted is left; what lies above belongs to `in` */
        size_t count = (size_t)(inflate->in_end - inflate->in);
        if (count == 0) {
            if (!inflate->next_span(inflate)) {
                return fail(inflate, "compressed data ends too early");
            }
            continue;
        }
        size_t room = (size_t)(output->limit - output->next);
        count = count < inflate->stored_left ? count : inflate->stored_left;
        count = count < room ? count : room;
        memcpy(output->next, inflate->in, count);
        output->next += count;
        inflate->in += count;
        inflate->stored_left -= (uint32_t)count;
    }
    return inflate->stored_left == 0 ? INFLATE_DONE : INFLATE_MORE;
}

static void end_block(struct inflate *inflate) {
    inflate->state = inflate->is_final ? INFLATE_AT_END : INFLATE_AT_HEADER;
}

enum inflate_result inflate_run(struct inflate *inflate, struct inflate_output *output) {
    inflate_codes codes = cpu_level() >= CPU_AVX2 ? inflate_codes_vector() : NULL;
    codes = codes != NULL ? codes : inflate_codes_portable;
    while (output->next < output->limit) {
        enum inflate_result result = INFLATE_DONE;
        switch (inflate->state) {
        case INFLATE_AT_HEADER:
            result = read_header(inflate);
            if (result != INFLATE_MORE) {
                return result;
            }
            continue;
        case INFLATE_IN_STORED:
            result = copy_stored(inflate, output);
            break;
        case INFLATE_IN_CODES:
            result = codes(inflate, output);
            break;
        case INFLATE_AT_END:
            return INFLATE_DONE;
        }
        if (result != INFLATE_DONE) {
            return result;
        }
        end_block(inflate);
    }
    return INFLATE_MORE;
}

int inflate_byte(struct inflate *inflate) {
    uint32_t value;
    inflate_drop(inflate, inflate->bit_count % 8);
    return inflate_take(inflate, 8, &value) ? (int)value : -1;
}
