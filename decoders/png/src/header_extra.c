/* header_extra.c - palette, transparency and restart markers. */
#include <string.h>

#include "base/endian.h"
#include "header.h"

enum { MARK_FIXED_BYTES = 6, OPAQUE = 255 };

/* R, G, B, A in memory order, as one word. */
static uint32_t rgba_word(const uint8_t rgb[3], uint8_t alpha) {
    uint8_t bytes[4] = { rgb[0], rgb[1], rgb[2], alpha };
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* Indices without an entry are opaque black, as in libpng. */
enum status header_take_palette(struct header *header, const struct chunk *chunk,
                                struct diag *diag) {
    if (chunk->data_bytes == 0 || chunk->data_bytes % 3 != 0 ||
        chunk->data_bytes > 3 * HEADER_PALETTE_MAX) {
        return diag_fail(diag, STATUS_BAD_DATA, chunk->offset,
                         "palette of a length it cannot have");
    }
    uint32_t indices = 1u << header->info.bit_depth;
    uint32_t count = chunk->data_bytes / 3;
    count = count < indices ? count : indices;
    for (uint32_t i = 0; i < indices; i++) {
        static const uint8_t black[3] = { 0, 0, 0 };
        header->palette[i] = rgba_word(i < count ? chunk->data + 3 * (size_t)i : black, OPAQUE);
    }
    header->info.palette_count = count;
    return STATUS_OK;
}

static void take_palette_alpha(struct header *header, const struct chunk *chunk) {
    if (chunk->data_bytes == 0 || chunk->data_bytes > header->info.palette_count) {
        return;
    }
    for (uint32_t i = 0; i < chunk->data_bytes; i++) {
        memcpy((uint8_t *)&header->palette[i] + 3, chunk->data + i, 1);
    }
    header->info.has_transparency = true;
}

/* The first tRNS that can apply counts; samples use as many low bits as the depth has. */
void header_take_transparency(struct header *header, const struct chunk *chunk) {
    enum wpng_colour colour = header->info.colour;
    uint32_t samples = colour == WPNG_GRAY ? 1 : 3;
    if (header->info.has_transparency) {
        return;
    }
    if (colour == WPNG_PALETTE) {
        take_palette_alpha(header, chunk);
        return;
    }
    if (chunk->data_bytes != 2 * samples) {
        return;
    }
    uint32_t mask = (1u << header->info.bit_depth) - 1;
    for (uint32_t i = 0; i < samples; i++) {
        header->key[i] = (uint16_t)(get_be16(chunk->data + 2 * (size_t)i) & mask);
    }
    header->has_key = true;
    header->info.has_transparency = true;
}

/*
 * mARK: method, type, count, offsets.  Anything that is not as the proposal says
 * leaves the picture to the sequential decoder.
 */
void header_take_segments(struct header *header, const struct chunk *chunk) {
    if (header->info.is_interlaced || header->segments.count != 0 ||
        chunk->data_bytes < MARK_FIXED_BYTES || chunk->data[0] != 0) {
        return;
    }
    uint32_t count = get_be32(chunk->data + 2);
    uint32_t offset_bytes = chunk->data_bytes - MARK_FIXED_BYTES;
    if (count < 2 || count >= header->info.height) {
        return;
    }
    bool has_offsets = chunk->data[1] == 0;
    if (chunk->data[1] > 1 || offset_bytes != (has_offsets ? 4 * (uint64_t)(count - 1) : 0)) {
        return;
    }
    header->segments = (struct header_segments){
        .count = count, .offsets = has_offsets ? chunk->data + MARK_FIXED_BYTES : NULL };
    header->info.segment_count = count;
}
