/*
 * header.c - walk the chunks of a file: order, lengths, CRCs, limits.
 *
 * The walk alone decides whether the chunk structure is sound; whoever comes
 * after it (the reader of image data) follows lengths without checking them again.
 */
#include "header.h"

#include <libdeflate.h>
#include <string.h>

#include "base/checked.h"
#include "base/cursor.h"
#include "base/endian.h"

static const uint8_t signature[HEADER_SIGNATURE_BYTES] = { 137, 80, 78, 71, 13, 10, 26, 10 };

enum {
    TYPE_IHDR = CHUNK_TYPE('I', 'H', 'D', 'R'),
    TYPE_PLTE = CHUNK_TYPE('P', 'L', 'T', 'E'),
    TYPE_IDAT = CHUNK_TYPE('I', 'D', 'A', 'T'),
    TYPE_IEND = CHUNK_TYPE('I', 'E', 'N', 'D'),
    TYPE_TRNS = CHUNK_TYPE('t', 'R', 'N', 'S'),
    TYPE_MARK = CHUNK_TYPE('m', 'A', 'R', 'K'),
    CRITICAL_BIT = 1 << 29,   /* of the type's first letter: set means ancillary */
};

struct walk {
    struct cursor cursor;
    struct header *header;
    struct wpng_limits limits;
    enum header_scope scope;
    struct diag *diag;
    uint32_t chunk_count;
    bool has_palette;
    bool is_after_idat;   /* another chunk came after the image data */
};

bool wpng_is_png(const struct wpng_input *input) {
    return input->count >= sizeof(signature) &&
           memcmp(input->bytes, signature, sizeof(signature)) == 0;
}

static struct wpng_limits limits_or_defaults(const struct wpng_limits *limits) {
    struct wpng_limits use = limits != NULL ? *limits : (struct wpng_limits){ 0 };
    use.side_max = use.side_max != 0 ? use.side_max : WPNG_SIDE_DEFAULT;
    use.chunks_max = use.chunks_max != 0 ? use.chunks_max : WPNG_CHUNKS_DEFAULT;
    use.pixels_max = use.pixels_max != 0 ? use.pixels_max : WPNG_PIXELS_DEFAULT;
    return use;
}

static enum status bad(struct walk *walk, size_t offset, const char *reason) {
    return diag_fail(walk->diag, STATUS_BAD_DATA, offset, reason);
}

static enum status check_signature(struct walk *walk) {
    const struct cursor *cursor = &walk->cursor;
    for (size_t i = 0; i < sizeof(signature); i++) {
        if (i >= cursor->count) {
            return bad(walk, i, "file ends inside the PNG signature");
        }
        if (cursor->bytes[i] != signature[i]) {
            return bad(walk, i, "not a PNG file");
        }
    }
    cursor_skip(&walk->cursor, sizeof(signature));
    return STATUS_OK;
}

static bool is_letters(uint32_t type) {
    for (int shift = 0; shift < 32; shift += 8) {
        uint32_t letter = (type >> shift & 0xff) | 0x20;
        if (letter < 'a' || letter > 'z') {
            return false;
        }
    }
    return true;
}

/* The next chunk, its CRC verified if the scope says so. */
static enum status next_chunk(struct walk *walk, struct chunk *out_chunk) {
    size_t at = walk->cursor.position;
    uint32_t count = cursor_be32(&walk->cursor);
    uint32_t type = cursor_be32(&walk->cursor);
    if (walk->cursor.failed) {
        return bad(walk, walk->cursor.count, walk->header->idat_count == 0
                                                 ? "file ends before its image data"
                                                 : "file ends before its IEND chunk");
    }
    if (count > INT32_MAX) {
        return bad(walk, at, "chunk length over 2^31 - 1");
    }
    if (!is_letters(type)) {
        return bad(walk, at + 4, "chunk type is not four letters");
    }
    const uint8_t *data = cursor_take(&walk->cursor, count);
    uint32_t crc = cursor_be32(&walk->cursor);
    if (walk->cursor.failed) {
        return bad(walk, walk->cursor.count, "file ends inside a chunk");
    }
    bool is_checked = type != TYPE_IDAT || walk->scope != HEADER_WITHOUT_CRC;
    if (is_checked && libdeflate_crc32(0, data - 4, (size_t)count + 4) != crc) {
        return bad(walk, at + 8 + count, "CRC of a chunk does not match");
    }
    if (++walk->chunk_count > walk->limits.chunks_max) {
        return diag_fail(walk->diag, STATUS_LIMIT, at, "more chunks than the limit");
    }
    *out_chunk = (struct chunk){ .type = type, .data = data, .data_bytes = count, .offset = at };
    return STATUS_OK;
}

/* Bits a sample may have, as a set of powers of two, by colour type. */
static const uint8_t depths[7] = {
    [WPNG_GRAY] = 1 | 2 | 4 | 8 | 16, [WPNG_RGB] = 8 | 16, [WPNG_PALETTE] = 1 | 2 | 4 | 8,
    [WPNG_GRAY_ALPHA] = 8 | 16, [WPNG_RGBA] = 8 | 16,
};
static const uint8_t channels[7] = {
    [WPNG_GRAY] = 1, [WPNG_RGB] = 3, [WPNG_PALETTE] = 1, [WPNG_GRAY_ALPHA] = 2, [WPNG_RGBA] = 4,
};

static enum status check_limits(struct walk *walk, size_t offset) {
    const struct wpng_info *info = &walk->header->info;
    if (info->width > walk->limits.side_max || info->height > walk->limits.side_max) {
        return diag_fail(walk->diag, STATUS_LIMIT, offset, "picture side over the limit");
    }
    if ((uint64_t)info->width * info->height > walk->limits.pixels_max) {
        return diag_fail(walk->diag, STATUS_LIMIT, offset, "more pixels than the limit");
    }
    return STATUS_OK;
}

static enum status take_ihdr(struct walk *walk, const struct chunk *chunk) {
    struct header *header = walk->header;
    const uint8_t *data = chunk->data;
    size_t at = chunk->offset + 8;
    if (chunk->type != TYPE_IHDR || chunk->data_bytes != 13) {
        return bad(walk, chunk->offset, "first chunk is not an IHDR of 13 bytes");
    }
    uint32_t width = get_be32(data);
    uint32_t height = get_be32(data + 4);
    if (width == 0 || width > INT32_MAX || height == 0 || height > INT32_MAX) {
        return bad(walk, width == 0 || width > INT32_MAX ? at : at + 4,
                   "width or height is 0 or over 2^31 - 1");
    }
    uint8_t depth = data[8];
    if (data[9] >= sizeof(depths) || (depths[data[9]] & depth) == 0 || (depth & (depth - 1)) != 0) {
        return bad(walk, at + 8, "bit depth and colour type do not go together");
    }
    if (data[10] != 0 || data[11] != 0 || data[12] > 1) {
        return bad(walk, at + 10, "unknown compression, filter or interlace method");
    }
    header->info = (struct wpng_info){ .width = width, .height = height, .bit_depth = depth,
                                       .colour = (enum wpng_colour)data[9],
                                       .is_interlaced = data[12] == 1, .segment_count = 1,
                                       .has_transparency = (data[9] & 4) != 0 };
    header->pixel_bits = (uint32_t)channels[data[9]] * depth;
    header->row_bytes = ((size_t)width * header->pixel_bits + 7) / 8;
    return check_limits(walk, at);
}

static enum status take_idat(struct walk *walk, const struct chunk *chunk) {
    struct header *header = walk->header;
    if (walk->is_after_idat) {
        return bad(walk, chunk->offset, "IDAT chunks do not follow each other");
    }
    if (header->idat_count == 0) {
        if (header->info.colour == WPNG_PALETTE && !walk->has_palette) {
            return bad(walk, chunk->offset, "no palette before the image data");
        }
        header->idat_offset = chunk->offset;
    }
    header->idat_count++;
    return STATUS_OK;
}

static enum status take_palette(struct walk *walk, const struct chunk *chunk) {
    const struct wpng_info *info = &walk->header->info;
    if (walk->has_palette) {
        return bad(walk, chunk->offset, "second palette");
    }
    if (walk->header->idat_count > 0 && info->colour == WPNG_PALETTE) {
        return bad(walk, chunk->offset, "palette after the image data");
    }
    walk->has_palette = true;
    return info->colour == WPNG_PALETTE ? header_take_palette(walk->header, chunk, walk->diag)
                                        : STATUS_OK;
}

static enum status take_chunk(struct walk *walk, const struct chunk *chunk) {
    struct header *header = walk->header;
    if (chunk->type == TYPE_IDAT) {
        return take_idat(walk, chunk);
    }
    bool is_early = header->idat_count == 0;
    walk->is_after_idat = !is_early;
    if (chunk->type == TYPE_PLTE) {
        return take_palette(walk, chunk);
    }
    if (chunk->type == TYPE_TRNS && is_early &&
        (walk->has_palette || header->info.colour != WPNG_PALETTE)) {
        header_take_transparency(header, chunk);
    } else if (chunk->type == TYPE_MARK && is_early) {
        header_take_segments(header, chunk);
    } else if (chunk->type == TYPE_IHDR) {
        return bad(walk, chunk->offset, "second IHDR");
    } else if (chunk->type != TYPE_IEND && (chunk->type & CRITICAL_BIT) == 0) {
        return diag_fail(walk->diag, STATUS_UNSUPPORTED, chunk->offset + 4,
                         "critical chunk of a type we do not know");
    }
    return STATUS_OK;
}

static enum status walk_chunks(struct walk *walk) {
    struct chunk chunk;
    enum status status = next_chunk(walk, &chunk);
    if (status == STATUS_OK) {
        status = take_ihdr(walk, &chunk);
    }
    while (status == STATUS_OK && chunk.type != TYPE_IEND &&
           (walk->scope != HEADER_TO_IMAGE || walk->header->idat_count == 0)) {
        status = next_chunk(walk, &chunk);
        if (status == STATUS_OK) {
            status = take_chunk(walk, &chunk);
        }
    }
    if (status == STATUS_OK && walk->header->idat_count == 0) {
        return bad(walk, chunk.offset, "no image data");
    }
    return status;
}

enum status header_read(const struct wpng_input *input, const struct wpng_limits *limits,
                        enum header_scope scope, struct header *out_header, struct diag *diag) {
    out_header->idat_count = 0;
    out_header->has_key = false;
    out_header->segments = (struct header_segments){ 0 };
    struct walk walk = { .cursor = cursor_over(input->bytes, input->count),
                         .header = out_header, .limits = limits_or_defaults(limits),
                         .scope = scope, .diag = diag };
    enum status status = check_signature(&walk);
    return status == STATUS_OK ? walk_chunks(&walk) : status;
}

enum status wpng_info_read(const struct wpng_input *input, const struct wpng_limits *limits,
                           struct wpng_info *out_info, struct diag *diag) {
    struct header header;
    enum status status = header_read(input, limits, HEADER_TO_IMAGE, &header, diag);
    *out_info = status == STATUS_OK ? header.info : (struct wpng_info){ 0 };
    return status;
}
