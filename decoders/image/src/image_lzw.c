/* image_lzw.c - variable-width codes to pixels; see image_lzw.h. */
#include "image_lzw.h"

#include "base/assert.h"

static void forget_codes(struct image_lzw *lzw) {
    lzw->code_bits = lzw->root_bits + 1;
    lzw->next_code = (1u << lzw->root_bits) + 2;
    lzw->previous = LZW_CODES;
}

void image_lzw_init(struct image_lzw *lzw, const uint8_t *bytes, size_t count, size_t position,
                    uint32_t root_bits) {
    ASSERT(root_bits >= 1 && root_bits <= 8);
    lzw->cursor = cursor_over(bytes, count);
    cursor_skip(&lzw->cursor, position);
    lzw->block_left = 0;
    lzw->bits = 0;
    lzw->bit_count = 0;
    lzw->root_bits = root_bits;
    lzw->pending_count = 0;
    lzw->first = 0;
    forget_codes(lzw);
}

/* False at the end of the data, and of the file. */
static bool next_byte(struct image_lzw *lzw, uint32_t *out_byte) {
    if (lzw->block_left == 0) {
        lzw->block_left = cursor_u8(&lzw->cursor);
        if (lzw->block_left == 0) {
            return false;
        }
    }
    lzw->block_left--;
    *out_byte = cursor_u8(&lzw->cursor);
    return !lzw->cursor.failed;
}

static bool next_code(struct image_lzw *lzw, uint32_t *out_code) {
    while (lzw->bit_count < lzw->code_bits) {
        uint32_t byte;
        if (!next_byte(lzw, &byte)) {
            return false;
        }
        lzw->bits |= byte << lzw->bit_count;
        lzw->bit_count += 8;
    }
    *out_code = lzw->bits & ((1u << lzw->code_bits) - 1);
    lzw->bits >>= lzw->code_bits;
    lzw->bit_count -= lzw->code_bits;
    return true;
}

/* Push the pixels of `code`, last one first; the first is left in lzw->first. */
static void push_pixels(struct image_lzw *lzw, uint32_t code) {
    while (code >= 1u << lzw->root_bits) {
        lzw->pending[lzw->pending_count++] = lzw->suffix[code];
        code = lzw->prefix[code];   /* always smaller, so this ends */
    }
    lzw->first = (uint8_t)code;
    lzw->pending[lzw->pending_count++] = lzw->first;
}

/* The code after the last known one means the last code and its own first pixel. */
static bool take_code(struct image_lzw *lzw, uint32_t code) {
    bool is_new = code == lzw->next_code;
    bool has_previous = lzw->previous != LZW_CODES;
    if (code > lzw->next_code || (is_new && !has_previous)) {
        return false;
    }
    if (is_new) {
        lzw->pending[lzw->pending_count++] = lzw->first;
        push_pixels(lzw, lzw->previous);
    } else {
        push_pixels(lzw, code);
    }
    if (has_previous && lzw->next_code < LZW_CODES) {
        lzw->prefix[lzw->next_code] = (uint16_t)lzw->previous;
        lzw->suffix[lzw->next_code] = lzw->first;
        lzw->next_code++;
        bool is_full = lzw->next_code == 1u << lzw->code_bits;
        lzw->code_bits += is_full && lzw->code_bits < LZW_CODE_BITS;
    }
    lzw->previous = code;
    return true;
}

enum image_lzw_end image_lzw_next(struct image_lzw *lzw, uint8_t *out_index) {
    uint32_t clear = 1u << lzw->root_bits;
    while (lzw->pending_count == 0) {
        uint32_t code;
        if (!next_code(lzw, &code)) {
            return LZW_END;
        }
        if (code == clear) {
            forget_codes(lzw);
        } else if (code == clear + 1) {
            return LZW_END;
        } else if (code == LZW_CODES || !take_code(lzw, code)) {
            return LZW_BROKEN;
        }
    }
    *out_index = lzw->pending[--lzw->pending_count];
    return LZW_PIXEL;
}
