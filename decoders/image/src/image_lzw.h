/*
 * image_lzw.h - the packed pixels of a GIF frame, one after the other.
 *
 * Units:    offsets in bytes from the start of the file
 * Shapes:   data comes in sub-blocks of 1 to 255 bytes, ended by an empty one
 * Threads:  a decoder belongs to one thread
 * Memory:   about 20 KiB, the caller's; nothing else
 * Errors:   enum image_lzw_end
 * Source:   GIF89a, appendix F
 * Depends:  base
 */
#ifndef IMAGE_LZW_H
#define IMAGE_LZW_H

#include <stdbool.h>

#include "base/cursor.h"

enum { LZW_CODES = 4096, LZW_CODE_BITS = 12 };

enum image_lzw_end {
    LZW_PIXEL,      /* *out_index is the next pixel */
    LZW_END,        /* the data says that no more pixels come */
    LZW_BROKEN,     /* a code that cannot stand here */
};

struct image_lzw {
    struct cursor cursor;      /* at the next byte of the file */
    uint32_t block_left;       /* bytes in the sub-block */
    uint32_t bits;             /* read and not used yet */
    uint32_t bit_count;
    uint32_t root_bits;
    uint32_t code_bits;        /* of the next code */
    uint32_t next_code;        /* the one that gets a meaning next */
    uint32_t previous;         /* last code, LZW_CODES after a clear */
    uint8_t first;             /* first pixel of the last code */
    uint32_t pending_count;    /* pixels of the last code, last one first */
    uint8_t pending[LZW_CODES];
    uint16_t prefix[LZW_CODES];
    uint8_t suffix[LZW_CODES];
};

/* Begin at `position`, the first sub-block; `root_bits` is 1 to 8. */
void image_lzw_init(struct image_lzw *lzw, const uint8_t *bytes, size_t count, size_t position,
                    uint32_t root_bits);

enum image_lzw_end image_lzw_next(struct image_lzw *lzw, uint8_t *out_index);

#endif
