/*
 * ttf_cff.c - find charstrings and subroutines in a CFF table.
 *
 * FreeType draws; this only tells where a glyph's bytes lie, for messages and for
 * ttf_charstring.c.  What is not as the format wants it is "not understood", which is
 * no error: it is FreeType's to refuse.
 */
#include <string.h>

#include "base/cursor.h"
#include "sync/memory.h"
#include "ttf_cff.h"

static uint32_t read_offset(const struct cursor *table, const struct ttf_cff_index *index,
                            uint32_t i) {
    struct cursor at = *table;
    at.position = index->offsets_at + (size_t)i * index->offset_bytes;
    uint32_t value = 0;
    for (uint32_t b = 0; b < index->offset_bytes; b++) {
        value = value << 8 | cursor_u8(&at);
    }
    return value;
}

static bool index_read(const struct cursor *table, size_t at, struct ttf_cff_index *out_index) {
    struct cursor cursor = *table;
    *out_index = (struct ttf_cff_index){ .end = at + 2 };
    if (at > table->count) {
        return false;
    }
    cursor.position = at;
    out_index->count = cursor_be16(&cursor);
    if (cursor.failed || out_index->count == 0) {
        return !cursor.failed;
    }
    out_index->offset_bytes = cursor_u8(&cursor);
    out_index->offsets_at = cursor.position;
    if (cursor.failed || out_index->offset_bytes < 1 || out_index->offset_bytes > 4) {
        return false;
    }
    size_t offsets_bytes = ((size_t)out_index->count + 1) * out_index->offset_bytes;
    if (offsets_bytes > cursor_left(&cursor)) {
        return false;
    }
    out_index->data_at = out_index->offsets_at + offsets_bytes - 1;
    size_t last = read_offset(table, out_index, out_index->count);
    out_index->end = out_index->data_at + last;
    return last >= 1 && out_index->end <= table->count;
}

bool ttf_cff_item(const struct cursor *table, const struct ttf_cff_index *index, uint32_t i,
                       struct ttf_cff_piece *out_piece) {
    if (i >= index->count) {
        return false;
    }
    size_t begin = read_offset(table, index, i), end = read_offset(table, index, i + 1);
    if (begin < 1 || end < begin || end > table->count - index->data_at) {
        return false;
    }
    *out_piece = (struct ttf_cff_piece){ .at = index->data_at + begin, .byte_count = end - begin };
    return true;
}

int32_t ttf_cff_number(struct cursor *cursor, uint8_t first) {
    if (first >= 32 && first <= 246) {
        return first - 139;
    }
    if (first >= 247 && first <= 250) {
        return (first - 247) * 256 + ttf_cff_byte(cursor) + 108;
    }
    if (first >= 251 && first <= 254) {
        return -(first - 251) * 256 - ttf_cff_byte(cursor) - 108;
    }
    if (first == 28) {
        uint32_t high = ttf_cff_byte(cursor);
        return (int16_t)(high << 8 | ttf_cff_byte(cursor));
    }
    if (first == 29) {
        return (int32_t)cursor_be32(cursor);
    }
    uint8_t nibbles;
    do {
        nibbles = ttf_cff_byte(cursor);
    } while (!cursor->failed && (nibbles & 0xf) != 0xf && nibbles >> 4 != 0xf);
    return TTF_CFF_UNKNOWN;
}

/*
 * Keep what an operator says.  Readers disagree about which of too many operands
 * count, so the number of them has to be right: false if not.
 */
static bool dict_operator(struct ttf_cff_dict *dict, uint32_t operator, const int32_t last[2],
                          uint32_t count) {
    switch (operator) {
    case 17:           dict->charstrings = last[1]; return count == 1;
    case 18:           dict->private_bytes = last[0]; dict->private_at = last[1]; return count == 2;
    case 19:           dict->subrs = last[1]; return count == 1;
    case 12 << 8 | 6:  dict->charstring_type = last[1]; return count == 1;
    case 12 << 8 | 30: dict->is_cid = true; return true;
    case 12 << 8 | 36: dict->fd_array = last[1]; return count == 1;
    case 12 << 8 | 37: dict->fd_select = last[1]; return count == 1;
    default:           return true;
    }
}

static bool dict_read(const struct cursor *table, struct ttf_cff_piece piece,
                      struct ttf_cff_dict *out_dict) {
    struct cursor cursor = cursor_over(table->bytes + piece.at, piece.byte_count);
    int32_t last[2] = { 0 };
    uint32_t count = 0;
    *out_dict = (struct ttf_cff_dict){ .charstring_type = 2 };
    while (cursor_left(&cursor) > 0) {
        uint8_t first = cursor_u8(&cursor);
        if ((first > 21 && first < 28) || first == 31 || first == 255) {
            return false;   /* reserved */
        }
        if (first >= 28) {
            last[0] = last[1];
            last[1] = ttf_cff_number(&cursor, first);
            count++;
        } else {
            uint32_t operator = first != 12 ? first : 12u << 8 | cursor_u8(&cursor);
            if (!dict_operator(out_dict, operator, last, count)) {
                return false;
            }
            count = 0;
        }
        if (cursor.failed) {
            return false;
        }
    }
    return true;
}

/* Where the subroutines of a dictionary's private part are; none is an empty list. */
static bool private_subrs(const struct cursor *table, const struct ttf_cff_dict *dict,
                          struct ttf_cff_index *out_subrs) {
    struct ttf_cff_dict private;
    *out_subrs = (struct ttf_cff_index){ 0 };
    if (dict->private_bytes == 0) {
        return true;
    }
    struct ttf_cff_piece piece = { .at = (size_t)dict->private_at,
                           .byte_count = (size_t)dict->private_bytes };
    if (dict->private_at < 0 || dict->private_bytes < 0 || piece.at > table->count ||
        piece.byte_count > table->count - piece.at || !dict_read(table, piece, &private)) {
        return false;
    }
    return private.subrs == 0 ||
           (private.subrs > 0 &&
            index_read(table, piece.at + (size_t)private.subrs, out_subrs));
}

static bool outlines_read(const struct ttf_sfnt *sfnt, struct ttf_cff_outlines *out) {
    out->table = cursor_over(sfnt->bytes + sfnt->cff.offset, sfnt->cff.byte_count);
    struct cursor header = out->table;
    cursor_skip(&header, 2);
    size_t names_at = cursor_u8(&header);
    struct ttf_cff_index names, tops, strings;
    struct ttf_cff_piece top;
    return !header.failed && index_read(&out->table, names_at, &names) &&
           index_read(&out->table, names.end, &tops) && ttf_cff_item(&out->table, &tops, 0, &top) &&
           dict_read(&out->table, top, &out->top) &&
           index_read(&out->table, tops.end, &strings) &&
           index_read(&out->table, strings.end, &out->global_subrs) && out->top.charstrings > 0 &&
           index_read(&out->table, (size_t)out->top.charstrings, &out->charstrings);
}

/* The font dictionary of each glyph; of ranges that overlap the first counts. */
static bool read_fd_ranges(struct cursor *cursor, uint8_t *fds, uint32_t glyph_count) {
    uint32_t ranges = cursor_be16(cursor);
    uint32_t first = cursor_be16(cursor);
    uint32_t reached = 0;
    for (uint32_t i = 0; i < ranges; i++) {
        uint8_t fd = cursor_u8(cursor);
        uint32_t next = cursor_be16(cursor);
        /* Ranges out of order are somebody's trick; readers disagree about them. */
        if (cursor->failed || first != reached || next <= first) {
            return false;
        }
        for (; reached < next; reached++) {
            if (reached < glyph_count) {
                fds[reached] = fd;
            }
        }
        first = next;
    }
    return reached >= glyph_count;
}

static bool read_fd_select(struct ttf_cff *cff) {
    const struct ttf_cff_outlines *outlines = &cff->outlines;
    uint32_t glyph_count = outlines->charstrings.count;
    struct cursor cursor = outlines->table;
    cursor_skip(&cursor, (size_t)outlines->top.fd_select);
    uint8_t format = cursor_u8(&cursor);
    if (format == 3) {
        return read_fd_ranges(&cursor, cff->fd_of_glyph, glyph_count);
    }
    const uint8_t *fds = format == 0 ? cursor_take(&cursor, glyph_count) : NULL;
    if (fds != NULL) {
        memcpy(cff->fd_of_glyph, fds, glyph_count);
    }
    return fds != NULL;
}

static void read_local_subrs(struct ttf_cff *cff, const struct ttf_cff_index *dicts) {
    const struct cursor *table = &cff->outlines.table;
    cff->fd_count = dicts->count < TTF_CFF_DICTS_MAX ? dicts->count : TTF_CFF_DICTS_MAX;
    for (uint32_t fd = 0; fd < cff->fd_count; fd++) {
        struct ttf_cff_piece piece;
        struct ttf_cff_dict dict;
        cff->has_local_subrs[fd] = ttf_cff_item(table, dicts, fd, &piece) &&
                                   dict_read(table, piece, &dict) &&
                                   private_subrs(table, &dict, &cff->local_subrs[fd]);
    }
}

/* Fill `cff`; false when the table is not as it should be. */
static bool understand(struct ttf_cff *cff) {
    const struct ttf_cff_outlines *outlines = &cff->outlines;
    const struct ttf_cff_dict *top = &outlines->top;
    struct ttf_cff_index dicts;
    if (top->charstring_type != 2 || top->is_cid != (top->fd_array != 0)) {
        return false;
    }
    if (!top->is_cid) {
        cff->fd_count = 1;
        cff->has_local_subrs[0] = private_subrs(&outlines->table, top, &cff->local_subrs[0]);
        return true;
    }
    if (top->fd_array < 0 || top->fd_select <= 0 ||
        !index_read(&outlines->table, (size_t)top->fd_array, &dicts) || !read_fd_select(cff)) {
        return false;
    }
    read_local_subrs(cff, &dicts);
    return true;
}

enum status ttf_cff_create(const struct ttf_sfnt *sfnt, struct ttf_cff **out_cff) {
    struct ttf_cff *cff = sync_alloc_zero(1, sizeof(*cff));
    *out_cff = NULL;
    if (cff == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (outlines_read(sfnt, &cff->outlines)) {
        if (cff->outlines.top.is_cid) {
            cff->fd_of_glyph = sync_alloc_zero(cff->outlines.charstrings.count, 1);
            if (cff->fd_of_glyph == NULL) {
                ttf_cff_destroy(cff);
                return STATUS_NO_MEMORY;
            }
        }
        cff->is_understood = understand(cff);
    }
    *out_cff = cff;
    return STATUS_OK;
}

void ttf_cff_destroy(struct ttf_cff *cff) {
    if (cff != NULL) {
        sync_free(cff->fd_of_glyph);
        sync_free(cff);
    }
}

uint64_t ttf_cff_glyph_offset(const struct ttf_sfnt *sfnt, uint32_t glyph) {
    struct ttf_cff_outlines outlines;
    struct ttf_cff_piece piece;
    if (!outlines_read(sfnt, &outlines) ||
        !ttf_cff_item(&outlines.table, &outlines.charstrings, glyph, &piece)) {
        return sfnt->cff.offset;
    }
    return sfnt->cff.offset + piece.at;
}
