/*
 * image_hdr.c - Radiance pictures (RGBE), plain or with run-length packed rows.
 *
 * A sample is mantissa * 2^(exponent - 136).  Only light from 2^-20 to 1 makes a
 * difference to 8 bits, which in units of 2^-32 is an integer, so the way to the shown
 * value is a search in a table and has no rounding of its own.
 */
#include <string.h>

#include "image_codec.h"
#include "image_gamma_table.h"
#include "sync/memory.h"

enum { LINE_MAX = 4096, PACKED_WIDTH_MIN = 8, PACKED_WIDTH_MAX = 32767, HEADER_LINES_MAX = 1000 };
enum { EXPONENT_ONE = 136, LIGHT_BITS = 32 };

struct hdr {
    uint32_t width;
    uint32_t height;
    size_t size_offset;
    size_t data_offset;
};

static const char first_line[] = "#?RADIANCE\n";
static const char other_first_line[] = "#?RGBE\n";

static bool begins_with(const uint8_t *bytes, size_t count, const char *text) {
    size_t text_bytes = strlen(text);
    return count >= text_bytes && memcmp(bytes, text, text_bytes) == 0;
}

static bool is_hdr(const uint8_t *bytes, size_t count) {
    return begins_with(bytes, count, first_line) || begins_with(bytes, count, other_first_line);
}

/* The next line without its end, or NULL when there is no line end within LINE_MAX. */
static const uint8_t *take_line(struct cursor *cursor, size_t *out_bytes) {
    size_t left = cursor_left(cursor);
    const uint8_t *line = cursor->bytes + cursor->position;
    const uint8_t *end = memchr(line, '\n', left < LINE_MAX ? left : LINE_MAX);
    if (end == NULL) {
        return NULL;
    }
    *out_bytes = (size_t)(end - line);
    cursor_skip(cursor, *out_bytes + 1);
    return line;
}

/* A decimal number of at most 7 digits at line[*at]; 0 when there is none. */
static uint32_t number_at(const uint8_t *line, size_t count, size_t *at) {
    uint32_t value = 0;
    for (size_t digits = 0; *at < count && line[*at] >= '0' && line[*at] <= '9'; (*at)++) {
        if (++digits > 7) {
            return 0;
        }
        value = value * 10 + (line[*at] - '0');
    }
    return value;
}

/* "-Y height +X width", the only orientation that is written in practice. */
static bool parse_size(const uint8_t *line, size_t count, struct hdr *hdr) {
    size_t at = 3;
    if (!begins_with(line, count, "-Y ")) {
        return false;
    }
    hdr->height = number_at(line, count, &at);
    if (!begins_with(line + at, count - at, " +X ")) {
        return false;
    }
    at += 4;
    hdr->width = number_at(line, count, &at);
    return at == count && hdr->width > 0 && hdr->height > 0;
}

/* Up to and with the empty line; false when it never comes. */
static bool skip_header(struct cursor *cursor, bool *out_is_rgbe) {
    *out_is_rgbe = false;
    for (uint32_t i = 0; i < HEADER_LINES_MAX; i++) {
        size_t count = 0;
        const uint8_t *line = take_line(cursor, &count);
        if (line == NULL) {
            return false;
        }
        if (count == 0) {
            return true;
        }
        if (begins_with(line, count, "FORMAT=32-bit_rle_rgbe")) {
            *out_is_rgbe = true;
        }
    }
    return false;
}

static enum status parse(const struct image_source *source, struct hdr *hdr) {
    struct cursor cursor = cursor_over(source->bytes, source->count);
    bool is_rgbe;
    *hdr = (struct hdr){ 0 };
    if (!skip_header(&cursor, &is_rgbe)) {
        return image_bad(source, cursor.position, "the header does not end");
    }
    if (!is_rgbe) {
        return image_strange(source, 0, "samples that are not RGBE");
    }
    size_t count = 0;
    size_t at = cursor.position;
    const uint8_t *line = take_line(&cursor, &count);
    if (line == NULL || !parse_size(line, count, hdr)) {
        return image_bad(source, at, "no size, or an orientation that is not read");
    }
    hdr->size_offset = at;
    hdr->data_offset = cursor.position;
    /* The least a row can take: two bytes make at most 127 samples of one of 4 parts. */
    bool may_be_packed = hdr->width >= PACKED_WIDTH_MIN && hdr->width <= PACKED_WIDTH_MAX;
    uint64_t row = may_be_packed ? 4 + 8 * (((uint64_t)hdr->width + 126) / 127)
                                 : (uint64_t)hdr->width * 4;
    row = row < (uint64_t)hdr->width * 4 ? row : (uint64_t)hdr->width * 4;
    return cursor_left(&cursor) < row * hdr->height ? image_short(source) : STATUS_OK;
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct hdr hdr;
    enum status status = parse(source, &hdr);
    out_header->width = hdr.width;
    out_header->height = hdr.height;
    out_header->size_offset = hdr.size_offset;
    return status;
}

/* The value shown for a mantissa under an exponent. */
static uint8_t shown(unsigned mantissa, unsigned exponent) {
    if (mantissa == 0 || exponent < EXPONENT_ONE - LIGHT_BITS) {
        return 0;
    }
    if (exponent > EXPONENT_ONE) {
        return 255;
    }
    uint64_t light = (uint64_t)mantissa << (exponent - (EXPONENT_ONE - LIGHT_BITS));
    unsigned low = 0;
    unsigned high = 255;
    while (low < high) {
        unsigned middle = (low + high + 1) / 2;
        if (light >= image_gamma_table[middle - 1]) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return (uint8_t)low;
}

static void put_row(uint8_t *to, const uint8_t *rgbe, uint32_t width) {
    for (uint32_t x = 0; x < width; x++, to += 4, rgbe += 4) {
        image_put(to, shown(rgbe[0], rgbe[3]), shown(rgbe[1], rgbe[3]), shown(rgbe[2], rgbe[3]),
                  255);
    }
}

/* One of the four parts of a packed row. */
static enum status unpack_part(const struct image_source *source, struct cursor *cursor,
                               uint8_t *to, uint32_t width) {
    uint32_t x = 0;
    while (x < width) {
        size_t at = cursor->position;
        uint32_t head = cursor_u8(cursor);
        bool is_run = head > 128;
        uint32_t count = is_run ? head - 128 : head;
        const uint8_t *from = cursor_take(cursor, is_run ? 1 : count);
        if (from == NULL || cursor->failed) {
            return image_short(source);
        }
        if (count == 0 || count > width - x) {
            return image_bad(source, at, "packed row runs over its end");
        }
        for (uint32_t i = 0; i < count; i++) {
            to[(size_t)(x + i) * 4] = from[is_run ? 0 : i];
        }
        x += count;
    }
    return STATUS_OK;
}

/* One row of samples into `rgbe`; both ways of writing rows may be in one file. */
static enum status read_row(const struct image_source *source, struct cursor *cursor,
                            const struct hdr *hdr, uint8_t *rgbe) {
    const uint8_t *head = cursor->bytes + cursor->position;
    bool may_be_packed = hdr->width >= PACKED_WIDTH_MIN && hdr->width <= PACKED_WIDTH_MAX;
    if (may_be_packed && cursor_left(cursor) >= 4 && head[0] == 2 && head[1] == 2 &&
        head[2] < 128) {
        if (((uint32_t)head[2] << 8 | head[3]) != hdr->width) {
            return image_bad(source, cursor->position, "packed row of another width");
        }
        cursor_skip(cursor, 4);
        enum status status = STATUS_OK;
        for (uint32_t part = 0; part < 4 && status == STATUS_OK; part++) {
            status = unpack_part(source, cursor, rgbe + part, hdr->width);
        }
        return status;
    }
    const uint8_t *from = cursor_take(cursor, (size_t)hdr->width * 4);
    if (from == NULL) {
        return image_short(source);
    }
    memcpy(rgbe, from, (size_t)hdr->width * 4);
    return STATUS_OK;
}

static enum status decode(const struct image_source *source, const struct picture_view *view) {
    struct hdr hdr;
    enum status status = parse(source, &hdr);
    if (status != STATUS_OK) {
        return status;
    }
    if ((uint64_t)hdr.width * 4 > source->scratch_bytes_max) {
        return diag_fail(source->diag, STATUS_LIMIT, hdr.size_offset,
                         "the picture takes more memory than the limit");
    }
    uint8_t *rgbe = sync_alloc((size_t)hdr.width * 4);
    if (rgbe == NULL) {
        return diag_fail(source->diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory for a row");
    }
    struct cursor cursor = cursor_over(source->bytes, source->count);
    cursor_skip(&cursor, hdr.data_offset);
    for (uint32_t y = 0; y < hdr.height && status == STATUS_OK; y++) {
        status = read_row(source, &cursor, &hdr, rgbe);
        if (status == STATUS_OK) {
            put_row(picture_row(view, y), rgbe, hdr.width);
        }
    }
    sync_free(rgbe);
    return status;
}

const struct image_codec image_hdr = {
    .name = "hdr", .is_mine = is_hdr, .probe = probe, .decode = decode,
};
