/*
 * image_jpeg.c - look a JPEG through before stb_image may decode it.
 *
 * stb_image trusts tables and scans more than it should and does not notice every
 * end of file (docs/adr/0020-image-formats.md), so every marker segment is checked
 * here: Huffman tables that fit, tables defined before a scan uses them, one frame, an
 * end.  This also bounds the work before any is done.
 */
#include "base/endian.h"
#include "image_codec.h"
#include "image_stb.h"

enum { COMPONENTS_MAX = 4, TABLES = 4, SCANS_MAX = 128, VALUES_MAX = 256, BLOCK_SIDE = 8 };
enum {
    MARK_SOF0 = 0xc0, MARK_SOF1 = 0xc1, MARK_SOF2 = 0xc2, MARK_DHT = 0xc4, MARK_JPG = 0xc8,
    MARK_SOF15 = 0xcf, MARK_DAC = 0xcc, MARK_RST0 = 0xd0, MARK_RST7 = 0xd7, MARK_SOI = 0xd8,
    MARK_EOI = 0xd9, MARK_SOS = 0xda, MARK_DQT = 0xdb, MARK_DRI = 0xdd,
};

struct component {
    uint8_t name;
    uint8_t quantiser;
};

struct jpeg {
    const struct image_source *source;
    struct cursor cursor;
    uint32_t width;
    uint32_t height;
    size_t size_offset;
    uint32_t component_count;    /* 0 before the frame header */
    struct component components[COMPONENTS_MAX];
    bool is_progressive;
    uint64_t unit_count;         /* in an interleaved scan */
    bool has_quantiser[TABLES];
    bool has_dc[TABLES];
    bool has_ac[TABLES];
    uint32_t scan_count;
    uint64_t scan_bytes;         /* of coded data in all scans */
};

/* A marker segment: `cursor` reads its payload and stops at its end. */
struct segment {
    size_t offset;               /* of the marker */
    uint8_t mark;
    struct cursor cursor;
};

static bool is_jpeg(const uint8_t *bytes, size_t count) {
    return count >= 3 && bytes[0] == 0xff && bytes[1] == MARK_SOI && bytes[2] == 0xff;
}

/* Next marker code, fill bytes skipped. */
static enum status take_mark(struct jpeg *jpeg, struct segment *segment) {
    struct cursor *cursor = &jpeg->cursor;
    segment->offset = cursor->position;
    uint8_t byte = cursor_u8(cursor);
    if (!cursor->failed && byte != 0xff) {
        return image_bad(jpeg->source, segment->offset, "no marker where one must stand");
    }
    do {
        segment->offset = cursor->position - 1;
        segment->mark = cursor_u8(cursor);
    } while (segment->mark == 0xff && !cursor->failed);
    return cursor->failed ? image_short(jpeg->source) : STATUS_OK;
}

static enum status take_payload(struct jpeg *jpeg, struct segment *segment) {
    struct cursor *cursor = &jpeg->cursor;
    uint32_t count = cursor_be16(cursor);
    if (!cursor->failed && count < 2) {
        return image_bad(jpeg->source, segment->offset + 2, "a segment shorter than its length");
    }
    segment->cursor = *cursor;
    cursor_skip(cursor, count - 2u);
    if (cursor->failed) {
        return image_short(jpeg->source);
    }
    segment->cursor.count = cursor->position;
    return STATUS_OK;
}

/* One Huffman table: counts of codes by length, which must fit a binary tree, and values. */
static bool take_huffman(struct jpeg *jpeg, struct cursor *cursor) {
    uint32_t head = cursor_u8(cursor);
    const uint8_t *counts = cursor_take(cursor, 16);
    if (counts == NULL || (head >> 4) > 1 || (head & 15) >= TABLES) {
        return false;
    }
    uint32_t total = 0;
    uint32_t room = 1;
    for (uint32_t i = 0; i < 16; i++) {
        room *= 2;
        if (counts[i] > room) {
            return false;
        }
        room -= counts[i];
        total += counts[i];
    }
    if (total > VALUES_MAX || cursor_take(cursor, total) == NULL) {
        return false;
    }
    bool *has = head >> 4 == 0 ? jpeg->has_dc : jpeg->has_ac;
    has[head & 15] = true;
    return true;
}

static bool take_quantiser(struct jpeg *jpeg, struct cursor *cursor) {
    uint32_t head = cursor_u8(cursor);
    if (head >> 4 > 1 || (head & 15) >= TABLES) {
        return false;
    }
    jpeg->has_quantiser[head & 15] = true;
    return cursor_take(cursor, head >> 4 == 0 ? 64 : 128) != NULL;
}

static enum status take_tables(struct jpeg *jpeg, struct segment *segment) {
    while (cursor_left(&segment->cursor) > 0) {
        size_t at = segment->cursor.position;
        bool is_valid = segment->mark == MARK_DHT ? take_huffman(jpeg, &segment->cursor)
                                                  : take_quantiser(jpeg, &segment->cursor);
        if (!is_valid) {
            return image_bad(jpeg->source, at, "a table that is not valid");
        }
    }
    return STATUS_OK;
}

static enum status take_components(struct jpeg *jpeg, struct segment *segment) {
    uint32_t across_max = 1;
    uint32_t down_max = 1;
    for (uint32_t i = 0; i < jpeg->component_count; i++) {
        size_t at = segment->cursor.position;
        struct component *component = &jpeg->components[i];
        component->name = cursor_u8(&segment->cursor);
        uint32_t sampling = cursor_u8(&segment->cursor);
        component->quantiser = cursor_u8(&segment->cursor);
        uint32_t across = sampling >> 4;
        uint32_t down = sampling & 15;
        if (across < 1 || across > 4 || down < 1 || down > 4 || component->quantiser >= TABLES) {
            return image_bad(jpeg->source, at, "a component that is not valid");
        }
        across_max = across > across_max ? across : across_max;
        down_max = down > down_max ? down : down_max;
    }
    uint32_t unit_width = BLOCK_SIDE * across_max;
    uint32_t unit_height = BLOCK_SIDE * down_max;
    jpeg->unit_count = (uint64_t)((jpeg->width + unit_width - 1) / unit_width) *
                       ((jpeg->height + unit_height - 1) / unit_height);
    return STATUS_OK;
}

static enum status take_frame(struct jpeg *jpeg, struct segment *segment) {
    struct cursor *cursor = &segment->cursor;
    if (jpeg->component_count != 0) {
        return image_bad(jpeg->source, segment->offset, "a second frame");
    }
    uint32_t precision = cursor_u8(cursor);
    jpeg->size_offset = cursor->position;
    jpeg->height = cursor_be16(cursor);
    jpeg->width = cursor_be16(cursor);
    jpeg->component_count = cursor_u8(cursor);
    jpeg->is_progressive = segment->mark == MARK_SOF2;
    if (cursor->failed || cursor_left(cursor) != (size_t)jpeg->component_count * 3) {
        return image_bad(jpeg->source, segment->offset + 2, "a frame header of another length");
    }
    if (precision != 8) {
        return image_strange(jpeg->source, segment->offset + 4, "samples of other than 8 bits");
    }
    if (jpeg->height == 0 || jpeg->width == 0) {
        return image_bad(jpeg->source, segment->offset + 5, "a width or height of nothing");
    }
    if (jpeg->component_count != 1 && jpeg->component_count != 3 && jpeg->component_count != 4) {
        return image_bad(jpeg->source, segment->offset + 9, "a number of components not allowed");
    }
    return take_components(jpeg, segment);
}

/* Whether the tables that one component of a scan names have been defined. */
static bool has_tables(const struct jpeg *jpeg, uint8_t name, uint32_t tables, bool needs_dc,
                       bool needs_ac) {
    uint32_t dc = tables >> 4;
    uint32_t ac = tables & 15;
    for (uint32_t i = 0; i < jpeg->component_count; i++) {
        const struct component *component = &jpeg->components[i];
        if (component->name == name) {
            return dc < TABLES && ac < TABLES && (!needs_dc || jpeg->has_dc[dc]) &&
                   (!needs_ac || jpeg->has_ac[ac]) && jpeg->has_quantiser[component->quantiser];
        }
    }
    return false;
}

static enum status take_scan_header(struct jpeg *jpeg, struct segment *segment) {
    struct cursor *cursor = &segment->cursor;
    if (jpeg->component_count == 0) {
        return image_bad(jpeg->source, segment->offset, "a scan before the frame");
    }
    uint32_t count = cursor_u8(cursor);
    const uint8_t *selectors = cursor_take(cursor, (size_t)count * 2);
    const uint8_t *progression = cursor_take(cursor, 3);
    if (progression == NULL || cursor_left(cursor) != 0 || count < 1 ||
        count > jpeg->component_count) {
        return image_bad(jpeg->source, segment->offset + 2, "a scan header that is not valid");
    }
    bool is_refinement = progression[2] >> 4 != 0;
    bool needs_dc = !jpeg->is_progressive || (progression[0] == 0 && !is_refinement);
    bool needs_ac = !jpeg->is_progressive || progression[0] != 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!has_tables(jpeg, selectors[i * 2], selectors[i * 2 + 1], needs_dc, needs_ac)) {
            return image_bad(jpeg->source, (uint64_t)(selectors + i * 2 - jpeg->source->bytes),
                             "a scan of unknown tables or components");
        }
    }
    if (++jpeg->scan_count > SCANS_MAX) {
        return diag_fail(jpeg->source->diag, STATUS_LIMIT, segment->offset,
                         "more scans than the limit");
    }
    return STATUS_OK;
}

/* Coded data goes on until a marker that is neither a stuffed FF nor a restart. */
static enum status skip_coded(struct jpeg *jpeg) {
    const uint8_t *bytes = jpeg->source->bytes;
    size_t count = jpeg->source->count;
    size_t begin = jpeg->cursor.position;
    size_t at = begin;
    while (at + 1 < count) {
        bool is_mark = bytes[at] == 0xff && bytes[at + 1] != 0 && bytes[at + 1] != 0xff &&
                       (bytes[at + 1] < MARK_RST0 || bytes[at + 1] > MARK_RST7);
        if (is_mark) {
            jpeg->cursor.position = at;
            jpeg->scan_bytes += at - begin;
            return STATUS_OK;
        }
        at++;
    }
    return image_short(jpeg->source);
}

static enum status take_segment(struct jpeg *jpeg, struct segment *segment) {
    enum status status = take_payload(jpeg, segment);
    if (status != STATUS_OK) {
        return status;
    }
    switch (segment->mark) {
    case MARK_SOF0:
    case MARK_SOF1:
    case MARK_SOF2:
        return take_frame(jpeg, segment);
    case MARK_DHT:
    case MARK_DQT:
        return take_tables(jpeg, segment);
    case MARK_SOS:
        status = take_scan_header(jpeg, segment);
        return status == STATUS_OK ? skip_coded(jpeg) : status;
    default:
        return STATUS_OK;
    }
}

static bool is_other_frame(uint8_t mark) {
    return mark > MARK_SOF2 && mark <= MARK_SOF15 && mark != MARK_DHT;
}

static bool stands_alone(uint8_t mark) {
    return mark < MARK_SOF0 || (mark >= MARK_RST0 && mark <= MARK_SOI);
}

static enum status look_through(const struct image_source *source, struct jpeg *jpeg) {
    *jpeg = (struct jpeg){ .source = source,
                           .cursor = cursor_over(source->bytes, source->count) };
    cursor_skip(&jpeg->cursor, 2);
    for (;;) {
        struct segment segment;
        enum status status = take_mark(jpeg, &segment);
        if (status != STATUS_OK) {
            return status;
        }
        if (segment.mark == MARK_EOI) {
            break;
        }
        if (is_other_frame(segment.mark)) {
            return image_strange(source, segment.offset, "a coding process that is not read");
        }
        if (stands_alone(segment.mark)) {
            return image_bad(source, segment.offset, "a marker that cannot stand here");
        }
        status = take_segment(jpeg, &segment);
        if (status != STATUS_OK) {
            return status;
        }
    }
    /* Every unit takes a bit at least in the first scan of its component. */
    if (jpeg->scan_count == 0 || jpeg->scan_bytes * 8 < jpeg->unit_count) {
        return image_bad(source, jpeg->cursor.position - 2, "the picture ends before its pixels");
    }
    return STATUS_OK;
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct jpeg jpeg;
    enum status status = look_through(source, &jpeg);
    out_header->width = jpeg.width;
    out_header->height = jpeg.height;
    out_header->size_offset = jpeg.size_offset;
    return status;
}

const struct image_codec image_jpeg = {
    .name = "jpeg", .is_mine = is_jpeg, .probe = probe, .decode = image_stb_jpeg,
};
