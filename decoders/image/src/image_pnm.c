/*
 * image_pnm.c - Netpbm: P1 to P6 (bit, grey, colour; text or bytes) and P7 (PAM).
 *
 * Samples are scaled from 0..maxval to 0..255, to the nearest.  Only the first picture
 * of a file with several is read.
 */
#include <string.h>

#include "image_codec.h"

enum { SAMPLE_MAX = 65535, NUMBER_DIGITS = 7, PAM_LINE_MAX = 256, PAM_LINES_MAX = 64 };

struct pnm {
    uint32_t width;
    uint32_t height;
    uint32_t depth;              /* samples a pixel, 1 to 4 */
    uint32_t maximum;
    bool is_text;
    bool is_bits;                /* packed, 1 is black */
    size_t data_offset;
};

static bool is_pnm(const uint8_t *bytes, size_t count) {
    return count >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
           (bytes[2] == '\n' || bytes[2] == ' ' || bytes[2] == '\t' || bytes[2] == '\r' ||
            bytes[2] == '#');
}

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void skip_space(struct cursor *cursor) {
    bool is_comment = false;
    while (cursor_left(cursor) > 0) {
        uint8_t byte = cursor->bytes[cursor->position];
        is_comment = is_comment ? byte != '\n' : byte == '#';
        if (!is_comment && !is_space(byte)) {
            return;
        }
        cursor->position++;
    }
}

/* A number after white space and comments; false, standing at the fault, when there is none. */
static bool take_number(struct cursor *cursor, uint32_t *out_value) {
    skip_space(cursor);
    uint32_t value = 0;
    uint32_t digits = 0;
    while (cursor_left(cursor) > 0) {
        uint8_t byte = cursor->bytes[cursor->position];
        if (byte < '0' || byte > '9') {
            break;
        }
        if (++digits > NUMBER_DIGITS) {
            return false;
        }
        value = value * 10 + (byte - '0');
        cursor->position++;
    }
    *out_value = value;
    return digits > 0;
}

static enum status bad_number(const struct image_source *source, const struct cursor *cursor) {
    return cursor_left(cursor) == 0 ? image_short(source)
                                    : image_bad(source, cursor->position, "not a number");
}

static enum status parse_plain(const struct image_source *source, struct cursor *cursor,
                               struct pnm *pnm) {
    uint8_t kind = source->bytes[1] - '0';
    pnm->is_text = kind <= 3;
    pnm->depth = kind % 3 == 0 ? 3 : 1;
    bool is_bitmap = kind == 1 || kind == 4;
    pnm->is_bits = kind == 4;
    pnm->maximum = 1;
    if (!take_number(cursor, &pnm->width) || !take_number(cursor, &pnm->height) ||
        (!is_bitmap && !take_number(cursor, &pnm->maximum))) {
        return bad_number(source, cursor);
    }
    if (cursor_left(cursor) == 0) {
        return image_short(source);
    }
    if (!is_space(source->bytes[cursor->position])) {
        return image_bad(source, cursor->position, "no space before the samples");
    }
    cursor->position++;   /* exactly one; samples may look like space */
    return STATUS_OK;
}

/* If the line begins with `name` and a space, point `line` behind them. */
static bool is_field(struct cursor *line, const char *name) {
    size_t count = strlen(name);
    if (cursor_left(line) <= count || memcmp(line->bytes + line->position, name, count) != 0 ||
        !is_space(line->bytes[line->position + count])) {
        return false;
    }
    line->position += count;
    return true;
}

static enum status parse_pam_line(const struct image_source *source, struct cursor *line,
                                  struct pnm *pnm) {
    static const char *const names[] = { "WIDTH", "HEIGHT", "DEPTH", "MAXVAL" };
    uint32_t *const values[] = { &pnm->width, &pnm->height, &pnm->depth, &pnm->maximum };
    skip_space(line);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (is_field(line, names[i])) {
            return take_number(line, values[i]) ? STATUS_OK : bad_number(source, line);
        }
    }
    bool is_nothing = cursor_left(line) == 0 || is_field(line, "TUPLTYPE");
    return is_nothing ? STATUS_OK
                      : image_bad(source, line->position, "a PAM field that is not known");
}

static enum status parse_pam(const struct image_source *source, struct cursor *cursor,
                             struct pnm *pnm) {
    for (uint32_t lines = 0; lines < PAM_LINES_MAX; lines++) {
        size_t left = cursor_left(cursor);
        const uint8_t *begin = cursor->bytes + cursor->position;
        const uint8_t *end = memchr(begin, '\n', left < PAM_LINE_MAX ? left : PAM_LINE_MAX);
        if (end == NULL) {
            return left < PAM_LINE_MAX ? image_short(source)
                                       : image_bad(source, cursor->position, "line too long");
        }
        struct cursor line = cursor_over(source->bytes, (size_t)(end - source->bytes));
        line.position = cursor->position;
        cursor->position = line.count + 1;
        if (line.count - line.position == 6 && memcmp(begin, "ENDHDR", 6) == 0) {
            return STATUS_OK;
        }
        enum status status = parse_pam_line(source, &line, pnm);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return image_bad(source, cursor->position, "the header does not end");
}

static enum status check(const struct image_source *source, const struct pnm *pnm) {
    if (pnm->width == 0 || pnm->height == 0) {
        return image_bad(source, 2, "a width or height of nothing");
    }
    if (pnm->maximum == 0 || pnm->maximum > SAMPLE_MAX) {
        return image_bad(source, 2, "a largest sample that is not allowed");
    }
    if (pnm->depth < 1 || pnm->depth > 4) {
        return image_strange(source, 2, "a number of samples a pixel that is not read");
    }
    /* The least a row can take; text needs a digit and, but for bits, a space a sample. */
    uint64_t samples = (uint64_t)pnm->width * pnm->depth;
    uint64_t row = pnm->is_bits ? ((uint64_t)pnm->width + 7) / 8
                                : samples * (!pnm->is_text && pnm->maximum > 255 ? 2 : 1);
    return source->count - pnm->data_offset < row * pnm->height ? image_short(source) : STATUS_OK;
}

static enum status parse(const struct image_source *source, struct pnm *pnm) {
    struct cursor cursor = cursor_over(source->bytes, source->count);
    *pnm = (struct pnm){ 0 };
    cursor_skip(&cursor, 2);
    enum status status = source->bytes[1] == '7' ? parse_pam(source, &cursor, pnm)
                                                 : parse_plain(source, &cursor, pnm);
    if (status != STATUS_OK) {
        return status;
    }
    pnm->data_offset = cursor.position;
    return check(source, pnm);
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct pnm pnm;
    enum status status = parse(source, &pnm);
    out_header->width = pnm.width;
    out_header->height = pnm.height;
    out_header->size_offset = 2;
    return status;
}

/* One sample, scaled to 8 bits. */
static enum status take_sample(const struct image_source *source, const struct pnm *pnm,
                               struct cursor *cursor, unsigned *out_value) {
    uint32_t value = 0;
    if (!pnm->is_text) {
        value = pnm->maximum > 255 ? cursor_be16(cursor) : cursor_u8(cursor);
    } else if (source->bytes[1] == '1') {
        skip_space(cursor);   /* bits of P1 need no space between */
        size_t at = cursor->position;
        value = (uint32_t)cursor_u8(cursor) - '0';
        if (!cursor->failed && value > 1) {
            return image_bad(source, at, "not a bit");
        }
        value = 1 - value;    /* 1 is black */
    } else if (!take_number(cursor, &value)) {
        return bad_number(source, cursor);
    }
    if (cursor->failed) {
        return image_short(source);
    }
    if (value > pnm->maximum) {
        return image_bad(source, cursor->position, "a sample above the largest");
    }
    *out_value = (value * 255 + pnm->maximum / 2) / pnm->maximum;
    return STATUS_OK;
}

static void put_samples(uint8_t *pixel, const unsigned *samples, uint32_t depth) {
    bool is_grey = depth <= 2;
    bool has_alpha = depth % 2 == 0;
    image_put(pixel, samples[0], samples[is_grey ? 0 : 1], samples[is_grey ? 0 : 2],
              has_alpha ? samples[depth - 1] : 255);
}

static void bits_row(const struct pnm *pnm, const uint8_t *from, uint8_t *to) {
    for (uint32_t x = 0; x < pnm->width; x++) {
        unsigned value = (from[x / 8] >> (7 - x % 8) & 1) != 0 ? 0 : 255;
        image_put(to + (size_t)x * 4, value, value, value, 255);
    }
}

static enum status samples_row(const struct image_source *source, const struct pnm *pnm,
                               struct cursor *cursor, uint8_t *to) {
    for (uint32_t x = 0; x < pnm->width; x++) {
        unsigned samples[4] = { 0 };
        for (uint32_t i = 0; i < pnm->depth; i++) {
            enum status status = take_sample(source, pnm, cursor, &samples[i]);
            if (status != STATUS_OK) {
                return status;
            }
        }
        put_samples(to + (size_t)x * 4, samples, pnm->depth);
    }
    return STATUS_OK;
}

static enum status decode(const struct image_source *source, const struct picture_view *view) {
    struct pnm pnm;
    enum status status = parse(source, &pnm);
    if (status != STATUS_OK) {
        return status;
    }
    struct cursor cursor = cursor_over(source->bytes, source->count);
    cursor_skip(&cursor, pnm.data_offset);
    for (uint32_t y = 0; y < pnm.height && status == STATUS_OK; y++) {
        if (pnm.is_bits) {
            bits_row(&pnm, cursor_take(&cursor, ((size_t)pnm.width + 7) / 8),
                     picture_row(view, y));
        } else {
            status = samples_row(source, &pnm, &cursor, picture_row(view, y));
        }
    }
    return status;
}

const struct image_codec image_pnm = {
    .name = "pnm", .is_mine = is_pnm, .probe = probe, .decode = decode,
};
