/*
 * image_tga.c - Truevision TGA: mapped, true colour and grey, plain or run-length packed.
 *
 * TGA has no signature, so is_tga() looks whether all fields of the header make sense
 * together.  Alpha of 15- and 16-bit colours is not looked at: most writers leave it 0.
 */
#include "base/endian.h"
#include "image_codec.h"

enum { HEADER_BYTES = 18, RUN_MAX = 128 };
enum { KIND_MAPPED = 1, KIND_COLOUR = 2, KIND_GREY = 3, KIND_PACKED = 8 };
enum { FROM_RIGHT = 0x10, FROM_TOP = 0x20 };

struct tga {
    uint32_t width;
    uint32_t height;
    uint32_t kind;               /* without KIND_PACKED */
    bool is_packed;
    bool is_from_right;
    bool is_from_top;
    uint32_t pixel_bytes;        /* in the file */
    uint32_t colour_bits;        /* of what a pixel or map entry means */
    const uint8_t *map;
    uint32_t map_first;
    uint32_t map_count;
    size_t pixel_offset;
};

static bool is_colour_depth(uint32_t bits) {
    return bits == 15 || bits == 16 || bits == 24 || bits == 32;
}

static bool is_tga(const uint8_t *bytes, size_t count) {
    if (count < HEADER_BYTES || bytes[1] > 1 || (bytes[17] & 0xc0) != 0) {
        return false;
    }
    uint32_t kind = bytes[2] & ~(uint32_t)KIND_PACKED;
    uint32_t bits = bytes[16];
    bool has_map = bytes[1] == 1;
    if (get_le16(bytes + 12) == 0 || get_le16(bytes + 14) == 0) {
        return false;
    }
    if (has_map && (!is_colour_depth(bytes[7]) || get_le16(bytes + 5) == 0)) {
        return false;
    }
    switch (kind) {
    case KIND_MAPPED:
        return has_map && (bits == 8 || bits == 16);
    case KIND_COLOUR:
        return is_colour_depth(bits);
    case KIND_GREY:
        return bits == 8 || bits == 16;
    default:
        return false;
    }
}

static enum status parse(const struct image_source *source, struct tga *tga) {
    const uint8_t *header = source->bytes;   /* is_tga() has looked at it */
    *tga = (struct tga){
        .kind = header[2] & ~(uint32_t)KIND_PACKED,
        .is_packed = (header[2] & KIND_PACKED) != 0,
        .is_from_right = (header[17] & FROM_RIGHT) != 0,
        .is_from_top = (header[17] & FROM_TOP) != 0,
        .width = get_le16(header + 12),
        .height = get_le16(header + 14),
        .pixel_bytes = (header[16] + 7u) / 8,
    };
    bool has_map = header[1] == 1;
    bool is_mapped = tga->kind == KIND_MAPPED;
    tga->colour_bits = is_mapped ? header[7] : header[16];
    uint32_t map_count = has_map ? get_le16(header + 5) : 0;
    size_t map_bytes = (size_t)map_count * ((header[7] + 7u) / 8);
    size_t map_offset = HEADER_BYTES + (size_t)header[0];
    tga->pixel_offset = map_offset + map_bytes;
    if (tga->pixel_offset > source->count) {
        return image_short(source);
    }
    if (is_mapped) {
        tga->map = source->bytes + map_offset;
        tga->map_first = get_le16(header + 3);
        tga->map_count = map_count;
    }
    uint64_t pixels = (uint64_t)tga->width * tga->height;
    uint64_t needed = tga->is_packed ? (pixels + RUN_MAX - 1) / RUN_MAX * (1 + tga->pixel_bytes)
                                     : pixels * tga->pixel_bytes;
    return source->count - tga->pixel_offset < needed ? image_short(source) : STATUS_OK;
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct tga tga;
    enum status status = parse(source, &tga);
    out_header->width = tga.width;
    out_header->height = tga.height;
    out_header->size_offset = 12;
    return status;
}

static void put_colour(uint8_t *pixel, const uint8_t *from, uint32_t bits) {
    if (bits <= 16) {
        unsigned word = get_le16(from);
        image_put(pixel, (word >> 10 & 31) * 255 / 31, (word >> 5 & 31) * 255 / 31,
                  (word & 31) * 255 / 31, 255);
    } else {
        image_put(pixel, from[2], from[1], from[0], bits == 32 ? from[3] : 255);
    }
}

/* The pixel at `from` in the file; false when it is not in the map. */
static bool put_pixel(const struct tga *tga, uint8_t *pixel, const uint8_t *from) {
    if (tga->kind == KIND_GREY) {
        image_put(pixel, from[0], from[0], from[0], tga->pixel_bytes == 2 ? from[1] : 255);
        return true;
    }
    if (tga->kind == KIND_COLOUR) {
        put_colour(pixel, from, tga->colour_bits);
        return true;
    }
    uint32_t index = tga->pixel_bytes == 1 ? from[0] : get_le16(from);
    if (index < tga->map_first || index - tga->map_first >= tga->map_count) {
        return false;
    }
    size_t entry_bytes = (tga->colour_bits + 7) / 8;
    put_colour(pixel, tga->map + (index - tga->map_first) * entry_bytes, tga->colour_bits);
    return true;
}

/* Pixels in file order, as runs or one by one. */
struct reader {
    struct cursor cursor;
    const uint8_t *pixel;     /* of the current run */
    uint32_t left;            /* pixels in the run */
    bool is_repeated;
};

static const uint8_t *next_pixel(const struct tga *tga, struct reader *reader) {
    if (!tga->is_packed) {
        return cursor_take(&reader->cursor, tga->pixel_bytes);
    }
    if (reader->left == 0) {
        uint8_t head = cursor_u8(&reader->cursor);
        reader->left = 1 + (head & 127u);
        reader->is_repeated = (head & 128) != 0;
        reader->pixel = NULL;
    }
    reader->left--;
    if (!reader->is_repeated || reader->pixel == NULL) {
        reader->pixel = cursor_take(&reader->cursor, tga->pixel_bytes);
    }
    return reader->pixel;
}

static enum status decode(const struct image_source *source, const struct picture_view *view) {
    struct tga tga;
    enum status status = parse(source, &tga);
    if (status != STATUS_OK) {
        return status;
    }
    struct reader reader = { .cursor = cursor_over(source->bytes, source->count) };
    cursor_skip(&reader.cursor, tga.pixel_offset);
    for (uint32_t y = 0; y < tga.height; y++) {
        uint8_t *row = picture_row(view, tga.is_from_top ? y : tga.height - 1 - y);
        for (uint32_t x = 0; x < tga.width; x++) {
            const uint8_t *from = next_pixel(&tga, &reader);
            if (from == NULL) {
                return image_short(source);
            }
            size_t column = tga.is_from_right ? tga.width - 1 - x : x;
            if (!put_pixel(&tga, row + column * 4, from)) {
                return image_bad(source, (uint64_t)(from - source->bytes),
                                 "a colour outside the map");
            }
        }
    }
    return STATUS_OK;
}

const struct image_codec image_tga = {
    .name = "tga", .is_mine = is_tga, .probe = probe, .decode = decode,
};
