/*
 * image_bmp.c - Windows and OS/2 bitmaps: 1 to 32 bits, bit fields, RLE4 and RLE8.
 *
 * A 32-bit picture whose alpha is 0 everywhere is opaque, since most writers leave
 * that byte empty.  Pixels that RLE skips are transparent.
 */
#include <string.h>

#include "base/endian.h"
#include "image_codec.h"

enum { FILE_HEADER_BYTES = 14, CORE_HEADER_BYTES = 12, PALETTE_MAX = 256 };
enum { COMPRESS_NONE = 0, COMPRESS_RLE8 = 1, COMPRESS_RLE4 = 2, COMPRESS_FIELDS = 3,
       COMPRESS_ALPHA_FIELDS = 6 };

struct field {
    uint32_t mask;
    uint32_t shift;
    uint32_t bits;
};

struct bmp {
    uint32_t width;
    uint32_t height;
    bool is_top_down;
    uint32_t header_bytes;       /* of the second header */
    uint32_t bits;               /* a pixel */
    uint32_t compression;
    uint64_t pixel_offset;
    uint64_t row_bytes;
    struct field fields[4];      /* red, green, blue, alpha */
    uint32_t palette_count;
    uint8_t palette[PALETTE_MAX][3];
};

static bool is_bmp(const uint8_t *bytes, size_t count) {
    return count >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
}

static bool set_field(struct field *field, uint32_t mask) {
    *field = (struct field){ .mask = mask };
    if (mask == 0) {
        return true;
    }
    field->shift = (uint32_t)__builtin_ctz(mask);
    uint32_t run = mask >> field->shift;
    field->bits = 32 - (uint32_t)__builtin_clz(run);
    return (run & (run + 1)) == 0;   /* one run of ones */
}

/* The 8-bit value of a field: high bits repeated into the low ones. */
static unsigned get_field(const struct field *field, uint32_t pixel) {
    uint32_t value = (pixel & field->mask) >> field->shift;
    if (field->bits >= 8) {
        return value >> (field->bits - 8);
    }
    uint32_t spread = value << (8 - field->bits);
    for (uint32_t done = field->bits; done < 8; done *= 2) {
        spread |= spread >> done;
    }
    return spread;
}

static bool set_fields(struct bmp *bmp, uint32_t red, uint32_t green, uint32_t blue,
                       uint32_t alpha) {
    return set_field(&bmp->fields[0], red) && set_field(&bmp->fields[1], green) &&
           set_field(&bmp->fields[2], blue) && set_field(&bmp->fields[3], alpha);
}

static enum status read_fields(const struct image_source *source, struct bmp *bmp) {
    static const size_t at = FILE_HEADER_BYTES + 40;
    if (bmp->compression == COMPRESS_NONE) {
        bool is_16 = bmp->bits == 16;
        (void)(is_16 ? set_fields(bmp, 0x7c00, 0x3e0, 0x1f, 0)
                     : set_fields(bmp, 0xff0000, 0xff00, 0xff, 0xff000000));
        return STATUS_OK;
    }
    bool has_alpha = bmp->header_bytes >= 56 || bmp->compression == COMPRESS_ALPHA_FIELDS;
    if (source->count < at + 16) {
        return image_short(source);
    }
    const uint8_t *masks = source->bytes + at;
    uint32_t alpha = has_alpha ? get_le32(masks + 12) : 0;
    uint32_t red = get_le32(masks);
    uint32_t green = get_le32(masks + 4);
    uint32_t blue = get_le32(masks + 8);
    bool is_valid = red != 0 && green != 0 && blue != 0 && (red & green) == 0 &&
                    (red & blue) == 0 && (green & blue) == 0 &&
                    (alpha & (red | green | blue)) == 0;
    if (!is_valid || !set_fields(bmp, red, green, blue, alpha)) {
        return image_bad(source, at, "bit fields overlap or have holes");
    }
    return STATUS_OK;
}

static enum status read_size(const struct image_source *source, struct cursor *cursor,
                             struct bmp *bmp) {
    int64_t width;
    int64_t height;
    if (bmp->header_bytes == CORE_HEADER_BYTES) {
        width = cursor_le16(cursor);
        height = cursor_le16(cursor);
    } else {
        width = (int32_t)cursor_le32(cursor);
        height = (int32_t)cursor_le32(cursor);
    }
    if (cursor->failed) {
        return image_short(source);
    }
    if (width <= 0 || height == 0) {
        return image_bad(source, FILE_HEADER_BYTES + 4, "a width or height of nothing");
    }
    bmp->width = (uint32_t)width;
    bmp->is_top_down = height < 0;
    bmp->height = (uint32_t)(height < 0 ? -height : height);
    return STATUS_OK;
}

static enum status check_variety(const struct image_source *source, const struct bmp *bmp) {
    uint32_t bits = bmp->bits;
    bool is_depth = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 ||
                    bits == 32;
    if (!is_depth) {
        return image_bad(source, FILE_HEADER_BYTES, "a depth that bitmaps do not have");
    }
    switch (bmp->compression) {
    case COMPRESS_NONE:
        return STATUS_OK;
    case COMPRESS_RLE8:
    case COMPRESS_RLE4:
        if (bits != (bmp->compression == COMPRESS_RLE8 ? 8 : 4) || bmp->is_top_down) {
            return image_bad(source, FILE_HEADER_BYTES + 16, "run lengths do not fit the depth");
        }
        return STATUS_OK;
    case COMPRESS_FIELDS:
    case COMPRESS_ALPHA_FIELDS:
        if (bits != 16 && bits != 32) {
            return image_bad(source, FILE_HEADER_BYTES + 16, "bit fields do not fit the depth");
        }
        return STATUS_OK;
    default:
        return image_strange(source, FILE_HEADER_BYTES + 16, "a compression that is not read");
    }
}

static enum status read_palette(const struct image_source *source, struct bmp *bmp,
                                uint32_t colours_used) {
    uint32_t entry_bytes = bmp->header_bytes == CORE_HEADER_BYTES ? 3 : 4;
    uint32_t count = 1u << bmp->bits;
    if (colours_used != 0 && colours_used < count) {
        count = colours_used;
    }
    uint64_t begin = FILE_HEADER_BYTES + (uint64_t)bmp->header_bytes;
    if (begin + (uint64_t)count * entry_bytes > source->count) {
        return image_short(source);
    }
    /* Some writers give fewer than they announce; the pixels then begin inside. */
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = source->bytes + begin + (size_t)i * entry_bytes;
        bmp->palette[i][0] = entry[2];
        bmp->palette[i][1] = entry[1];
        bmp->palette[i][2] = entry[0];
    }
    bmp->palette_count = count;
    return STATUS_OK;
}

/* Whether the pixels can be in the file, before any memory is taken for them. */
static enum status check_pixels(const struct image_source *source, struct bmp *bmp) {
    uint64_t headers = FILE_HEADER_BYTES + (uint64_t)bmp->header_bytes;
    bmp->row_bytes = ((uint64_t)bmp->width * bmp->bits + 31) / 32 * 4;
    if (bmp->pixel_offset < headers) {
        return image_bad(source, 10, "pixels inside the header");
    }
    bool is_packed = bmp->compression == COMPRESS_RLE4 || bmp->compression == COMPRESS_RLE8;
    /* Two bytes of run lengths make at most 255 pixels. */
    uint64_t rows = bmp->height;
    uint64_t needed = is_packed ? 2 : bmp->row_bytes * rows;
    if (bmp->pixel_offset > source->count || source->count - bmp->pixel_offset < needed) {
        return image_short(source);
    }
    return STATUS_OK;
}

static enum status parse(const struct image_source *source, struct bmp *bmp) {
    struct cursor cursor = cursor_over(source->bytes, source->count);
    *bmp = (struct bmp){ 0 };
    cursor_skip(&cursor, 10);
    bmp->pixel_offset = cursor_le32(&cursor);
    bmp->header_bytes = cursor_le32(&cursor);
    uint32_t h = bmp->header_bytes;
    if (cursor.failed) {
        return image_short(source);
    }
    if (h != CORE_HEADER_BYTES && h != 40 && h != 52 && h != 56 && h != 64 && h != 108 &&
        h != 124) {
        return image_strange(source, FILE_HEADER_BYTES, "a bitmap header that is not known");
    }
    enum status status = read_size(source, &cursor, bmp);
    if (status != STATUS_OK) {
        return status;
    }
    uint16_t planes = cursor_le16(&cursor);
    bmp->bits = cursor_le16(&cursor);
    uint32_t colours_used = 0;
    if (h != CORE_HEADER_BYTES) {
        bmp->compression = cursor_le32(&cursor);
        cursor_skip(&cursor, 12);
        colours_used = cursor_le32(&cursor);
        cursor_skip(&cursor, 4);
    }
    if (cursor.failed) {
        return image_short(source);
    }
    if (planes != 1) {
        return image_bad(source, FILE_HEADER_BYTES + (h == CORE_HEADER_BYTES ? 8 : 12),
                         "a number of planes other than 1");
    }
    status = check_variety(source, bmp);
    if (status == STATUS_OK && bmp->bits <= 8) {
        status = read_palette(source, bmp, colours_used);
    } else if (status == STATUS_OK && bmp->bits != 24) {
        status = read_fields(source, bmp);
    }
    return status == STATUS_OK ? check_pixels(source, bmp) : status;
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct bmp bmp;
    enum status status = parse(source, &bmp);
    out_header->width = bmp.width;
    out_header->height = bmp.height;
    out_header->size_offset = 18;
    return status;
}

static uint8_t *target_row(const struct bmp *bmp, const struct picture_view *view, uint32_t y) {
    return picture_row(view, bmp->is_top_down ? y : bmp->height - 1 - y);
}

static bool put_index(const struct bmp *bmp, uint8_t *pixel, uint32_t index) {
    if (index >= bmp->palette_count) {
        return false;
    }
    image_put(pixel, bmp->palette[index][0], bmp->palette[index][1], bmp->palette[index][2], 255);
    return true;
}

static enum status indexed_row(const struct image_source *source, const struct bmp *bmp,
                               const uint8_t *from, uint8_t *to) {
    uint32_t mask = (1u << bmp->bits) - 1;
    for (uint32_t x = 0; x < bmp->width; x++) {
        uint64_t bit = (uint64_t)x * bmp->bits;
        uint32_t shift = 8 - bmp->bits - (uint32_t)(bit & 7);
        uint32_t index = from[bit >> 3] >> shift & mask;
        if (!put_index(bmp, to + (size_t)x * 4, index)) {
            return image_bad(source, (uint64_t)(from + (bit >> 3) - source->bytes),
                             "a colour outside the palette");
        }
    }
    return STATUS_OK;
}

static void fields_row(const struct bmp *bmp, const uint8_t *from, uint8_t *to) {
    uint32_t bytes = bmp->bits / 8;
    for (uint32_t x = 0; x < bmp->width; x++) {
        const uint8_t *at = from + (size_t)x * bytes;
        uint32_t pixel = bytes == 2 ? get_le16(at) : get_le32(at);
        unsigned alpha = bmp->fields[3].mask != 0 ? get_field(&bmp->fields[3], pixel) : 255;
        image_put(to + (size_t)x * 4, get_field(&bmp->fields[0], pixel),
                  get_field(&bmp->fields[1], pixel), get_field(&bmp->fields[2], pixel), alpha);
    }
}

static void opaque_if_all_clear(const struct picture_view *view) {
    unsigned any = 0;
    for (uint32_t y = 0; y < view->height; y++) {
        const uint8_t *row = picture_row(view, y);
        for (uint32_t x = 0; x < view->width; x++) {
            any |= row[(size_t)x * 4 + 3];
        }
    }
    for (uint32_t y = 0; any == 0 && y < view->height; y++) {
        uint8_t *row = picture_row(view, y);
        for (uint32_t x = 0; x < view->width; x++) {
            row[(size_t)x * 4 + 3] = 255;
        }
    }
}

static enum status decode_rows(const struct image_source *source, const struct bmp *bmp,
                               const struct picture_view *view) {
    for (uint32_t y = 0; y < bmp->height; y++) {
        const uint8_t *from = source->bytes + bmp->pixel_offset + y * bmp->row_bytes;
        uint8_t *to = target_row(bmp, view, y);
        if (bmp->bits <= 8) {
            enum status status = indexed_row(source, bmp, from, to);
            if (status != STATUS_OK) {
                return status;
            }
        } else if (bmp->bits == 24) {
            for (uint32_t x = 0; x < bmp->width; x++) {
                const uint8_t *at = from + (size_t)x * 3;
                image_put(to + (size_t)x * 4, at[2], at[1], at[0], 255);
            }
        } else {
            fields_row(bmp, from, to);
        }
    }
    if (bmp->bits > 8 && bmp->fields[3].mask != 0) {
        opaque_if_all_clear(view);
    }
    return STATUS_OK;
}

/* Where run lengths have got to.  The rest of a file is `cursor`. */
struct runs {
    const struct image_source *source;
    const struct bmp *bmp;
    const struct picture_view *view;
    struct cursor cursor;
    uint32_t x;
    uint32_t y;
};

/* Put one index; false when it is outside the picture or the palette. */
static bool put_run(struct runs *runs, uint32_t index) {
    if (runs->x >= runs->bmp->width || runs->y >= runs->bmp->height) {
        return false;
    }
    uint8_t *row = target_row(runs->bmp, runs->view, runs->y);
    return put_index(runs->bmp, row + (size_t)runs->x++ * 4, index);
}

/* `count` literal indices, padded to a 16-bit border. */
static enum status put_literals(struct runs *runs, uint32_t count) {
    bool is_4 = runs->bmp->bits == 4;
    size_t bytes = is_4 ? (count + 1) / 2 : count;
    size_t at = runs->cursor.position;
    const uint8_t *from = cursor_take(&runs->cursor, (bytes + 1) & ~(size_t)1);
    if (from == NULL) {
        return image_short(runs->source);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = !is_4 ? from[i] : i % 2 == 0 ? from[i / 2] >> 4 : from[i / 2] & 15u;
        if (!put_run(runs, index)) {
            return image_bad(runs->source, at, "pixels outside the picture or palette");
        }
    }
    return STATUS_OK;
}

static enum status put_repeated(struct runs *runs, uint32_t count, uint32_t value) {
    bool is_4 = runs->bmp->bits == 4;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = !is_4 ? value : i % 2 == 0 ? value >> 4 : value & 15;
        if (!put_run(runs, index)) {
            return image_bad(runs->source, runs->cursor.position - 2,
                             "pixels outside the picture or palette");
        }
    }
    return STATUS_OK;
}

static enum status decode_runs(const struct image_source *source, const struct bmp *bmp,
                               const struct picture_view *view) {
    enum { END_OF_LINE = 0, END_OF_PICTURE = 1, MOVE = 2 };
    struct runs runs = { .source = source, .bmp = bmp, .view = view };
    runs.cursor = cursor_over(source->bytes, source->count);
    cursor_skip(&runs.cursor, bmp->pixel_offset);
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        uint32_t count = cursor_u8(&runs.cursor);
        uint32_t value = cursor_u8(&runs.cursor);
        if (runs.cursor.failed) {
            return image_short(source);
        }
        if (count > 0) {
            status = put_repeated(&runs, count, value);
        } else if (value == END_OF_PICTURE) {
            return STATUS_OK;
        } else if (value == END_OF_LINE) {
            runs.x = 0;
            runs.y++;
        } else if (value == MOVE) {
            runs.x += cursor_u8(&runs.cursor);
            runs.y += cursor_u8(&runs.cursor);
        } else {
            status = put_literals(&runs, value);
        }
    }
    return status;
}

static enum status decode(const struct image_source *source, const struct picture_view *view) {
    struct bmp bmp;
    enum status status = parse(source, &bmp);
    if (status != STATUS_OK) {
        return status;
    }
    bool is_packed = bmp.compression == COMPRESS_RLE4 || bmp.compression == COMPRESS_RLE8;
    return is_packed ? decode_runs(source, &bmp, view) : decode_rows(source, &bmp, view);
}

const struct image_codec image_bmp = {
    .name = "bmp", .is_mine = is_bmp, .probe = probe, .decode = decode,
};
