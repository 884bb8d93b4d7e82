/* expand.h - finished rows of any PNG format to RGBA8. */
#ifndef WPNG_EXPAND_H
#define WPNG_EXPAND_H

#include <stddef.h>
#include <stdint.h>

#include "header.h"

/*
 * `pixels` pixels from `from` to `to`, 4 bytes each.  Prepared once a picture,
 * because low gray depths become a palette.
 */
struct expand;
typedef void (*expand_row)(const struct expand *expand, const uint8_t *from, uint8_t *to,
                           size_t pixels);

struct expand {
    expand_row row;
    uint32_t bit_depth;
    bool has_key;
    uint16_t key[3];
    const uint32_t *palette;
    uint32_t gray[16];       /* RGBA8 of gray values of 1, 2 and 4 bits */
};

void expand_prepare(struct expand *expand, const struct header *header);

#endif
