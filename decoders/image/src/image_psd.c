/*
 * image_psd.c - the merged picture of a Photoshop file: RGB or grey, 8 or 16 bits.
 *
 * Layers are not read; writers keep a merged picture for readers like this.  It is
 * matted against white where it is not opaque, which is undone: colour = (c - (255 - a))
 * * 255 / a, in integers, held to 0..255.
 */
#include "base/endian.h"
#include "image_codec.h"

enum { CHANNELS_MAX = 56, MODE_GREY = 1, MODE_RGB = 3, PACKED_MAX = 128 };

struct psd {
    uint32_t width;
    uint32_t height;
    uint32_t channels;
    uint32_t depth;              /* bits a sample: 8 or 16 */
    uint32_t mode;
    bool is_packed;
    size_t data_offset;          /* of the samples, or of the table of row lengths */
};

static bool is_psd(const uint8_t *bytes, size_t count) {
    return count >= 4 && bytes[0] == '8' && bytes[1] == 'B' && bytes[2] == 'P' && bytes[3] == 'S';
}

/* A section that begins with its length. */
static void skip_section(struct cursor *cursor) {
    cursor_skip(cursor, cursor_be32(cursor));
}

static enum status check_variety(const struct image_source *source, const struct psd *psd) {
    if (psd->channels == 0 || psd->channels > CHANNELS_MAX) {
        return image_bad(source, 12, "a number of channels that is not allowed");
    }
    if (psd->width == 0 || psd->height == 0) {
        return image_bad(source, 14, "a width or height of nothing");
    }
    if (psd->depth != 8 && psd->depth != 16) {
        return image_strange(source, 22, "a depth that is not read");
    }
    bool has_colours = psd->mode == MODE_RGB && psd->channels >= 3;
    if (!has_colours && psd->mode != MODE_GREY) {
        return image_strange(source, 24, "a colour mode that is not read");
    }
    return STATUS_OK;
}

/* Whether all samples are there, those of channels that are not read too. */
static enum status check_samples(const struct image_source *source, const struct psd *psd) {
    uint64_t row = (uint64_t)psd->width * (psd->depth / 8);
    uint64_t rows = (uint64_t)psd->height * psd->channels;
    uint64_t left = source->count - psd->data_offset;
    uint64_t needed;
    if (__builtin_mul_overflow(psd->is_packed ? 2 : row, rows, &needed) || needed > left) {
        return image_short(source);
    }
    const uint8_t *table = source->bytes + psd->data_offset;
    uint64_t row_least = (row + PACKED_MAX - 1) / PACKED_MAX * 2;
    for (uint64_t i = 0; psd->is_packed && i < rows; i++) {
        uint32_t packed = get_be16(table + i * 2);
        if (packed < row_least) {
            return image_bad(source, psd->data_offset + i * 2, "packed row is too short");
        }
        needed += packed;
    }
    return needed > left ? image_short(source) : STATUS_OK;
}

static enum status parse(const struct image_source *source, struct psd *psd) {
    struct cursor cursor = cursor_over(source->bytes, source->count);
    cursor_skip(&cursor, 4);
    uint32_t version = cursor_be16(&cursor);
    cursor_skip(&cursor, 6);
    *psd = (struct psd){ .channels = cursor_be16(&cursor) };
    psd->height = cursor_be32(&cursor);
    psd->width = cursor_be32(&cursor);
    psd->depth = cursor_be16(&cursor);
    psd->mode = cursor_be16(&cursor);
    if (cursor.failed) {
        return image_short(source);
    }
    if (version != 1) {
        return image_strange(source, 4, "a version that is not read");
    }
    enum status status = check_variety(source, psd);
    if (status != STATUS_OK) {
        return status;
    }
    skip_section(&cursor);   /* palette */
    skip_section(&cursor);   /* resources */
    skip_section(&cursor);   /* layers */
    size_t at = cursor.position;
    uint32_t packing = cursor_be16(&cursor);
    if (cursor.failed) {
        return image_short(source);
    }
    if (packing > 1) {
        return image_strange(source, at, "a compression that is not read");
    }
    psd->is_packed = packing == 1;
    psd->data_offset = cursor.position;
    return check_samples(source, psd);
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct psd psd;
    enum status status = parse(source, &psd);
    out_header->width = psd.width;
    out_header->height = psd.height;
    out_header->size_offset = 14;
    return status;
}

/* Where the bytes of one row go: every fourth byte, the high bytes of 16-bit samples. */
struct row {
    uint8_t *to;
    uint32_t samples;        /* bytes expected */
    uint32_t done;
    uint32_t sample_bytes;
    uint32_t high;           /* the high byte of a sample that is not complete */
};

static void put_sample_byte(struct row *row, uint8_t byte) {
    uint32_t at = row->done++;
    if (row->sample_bytes == 1) {
        row->to[(size_t)at * 4] = byte;
    } else if (at % 2 == 0) {
        row->high = byte;
    } else {
        row->to[(size_t)(at / 2) * 4] = (uint8_t)image_from_16(row->high << 8 | byte);
    }
}

/* PackBits: n < 128: n + 1 bytes follow; n > 128: the next byte 257 - n times; 128: nothing. */
static enum status unpack_row(const struct image_source *source, struct cursor *cursor,
                              size_t packed_bytes, struct row *row) {
    size_t end = cursor->position + packed_bytes;
    if (packed_bytes > cursor_left(cursor)) {
        return image_short(source);
    }
    while (cursor->position < end) {
        size_t at = cursor->position;
        uint32_t head = cursor_u8(cursor);
        if (head == 128) {
            continue;
        }
        uint32_t count = head < 128 ? head + 1 : 257 - head;
        uint32_t bytes = head < 128 ? count : 1;
        if (bytes > end - cursor->position || count > row->samples - row->done) {
            return image_bad(source, at, "packed row runs over its end");
        }
        for (uint32_t i = 0; i < count; i++) {
            put_sample_byte(row, source->bytes[cursor->position + (head < 128 ? i : 0)]);
        }
        cursor_skip(cursor, bytes);
    }
    return row->done == row->samples ? STATUS_OK
                                     : image_bad(source, end, "packed row is too short");
}

static enum status plain_row(struct cursor *cursor, struct row *row) {
    while (row->done < row->samples) {
        put_sample_byte(row, cursor_u8(cursor));
    }
    return STATUS_OK;   /* check_samples() knew them to be there */
}

/* Channel `channel` into byte `place` of every pixel. */
static enum status read_channel(const struct image_source *source, const struct psd *psd,
                                struct cursor *cursor, uint32_t channel,
                                const struct picture_view *view) {
    uint32_t place = psd->mode == MODE_GREY && channel == 1 ? 3 : channel;
    size_t table = psd->data_offset + (size_t)channel * psd->height * 2;
    for (uint32_t y = 0; y < psd->height; y++) {
        struct row row = { .to = picture_row(view, y) + place,
                           .sample_bytes = psd->depth / 8,
                           .samples = psd->width * (psd->depth / 8) };
        enum status status =
            psd->is_packed ? unpack_row(source, cursor,
                                        get_be16(source->bytes + table + (size_t)y * 2), &row)
                           : plain_row(cursor, &row);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static uint8_t without_white(unsigned colour, unsigned alpha) {
    unsigned white = 255 - alpha;
    if (colour <= white) {
        return 0;
    }
    unsigned value = (colour - white) * 255 / alpha;
    return (uint8_t)(value > 255 ? 255 : value);
}

static void finish_pixels(const struct psd *psd, const struct picture_view *view, bool has_alpha) {
    for (uint32_t y = 0; y < psd->height; y++) {
        uint8_t *pixel = picture_row(view, y);
        for (uint32_t x = 0; x < psd->width; x++, pixel += 4) {
            if (psd->mode == MODE_GREY) {
                pixel[1] = pixel[2] = pixel[0];
            }
            if (!has_alpha) {
                pixel[3] = 255;
            } else if (pixel[3] != 0 && pixel[3] != 255) {
                pixel[0] = without_white(pixel[0], pixel[3]);
                pixel[1] = without_white(pixel[1], pixel[3]);
                pixel[2] = without_white(pixel[2], pixel[3]);
            }
        }
    }
}

static enum status decode(const struct image_source *source, const struct picture_view *view) {
    struct psd psd;
    enum status status = parse(source, &psd);
    if (status != STATUS_OK) {
        return status;
    }
    struct cursor cursor = cursor_over(source->bytes, source->count);
    size_t table_bytes = psd.is_packed ? (size_t)psd.height * psd.channels * 2 : 0;
    cursor_skip(&cursor, psd.data_offset + table_bytes);
    uint32_t colours = psd.mode == MODE_GREY ? 1 : 3;
    bool has_alpha = psd.channels > colours;
    for (uint32_t channel = 0; channel < colours + has_alpha && status == STATUS_OK; channel++) {
        status = read_channel(source, &psd, &cursor, channel, view);
    }
    if (status == STATUS_OK) {
        finish_pixels(&psd, view, has_alpha);
    }
    return status;
}

const struct image_codec image_psd = {
    .name = "psd", .is_mine = is_psd, .probe = probe, .decode = decode,
};
