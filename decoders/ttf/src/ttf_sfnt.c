/*
 * ttf_sfnt.c - the table directory, read before FreeType reads it.
 *
 * FreeType skips tables that lie outside the file and fails later without saying
 * where.  We refuse them here, with the offset of the record that lied.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/endian.h"
#include "ttf_impl.h"

enum {
    HEADER_BYTES = 12,             /* of the directory, before its records */
    RECORD_BYTES = 16,
    COLLECTION_FACES_MAX = 4096,
    HEAD_BYTES = 54,
    HEAD_LOCA_FORMAT_AT = 50,
    MAXP_BYTES = 6,
    MAXP_GLYPHS_AT = 4,
    HHEA_BYTES = 36,
};

#define TAG(a, b, c, d)                                                                          \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Where the face's directory begins, through the collection header if there is one. */
static enum status find_face(struct cursor *cursor, uint32_t face_index,
                             struct ttf_sfnt *sfnt, struct diag *diag) {
    sfnt->face_count = 1;
    if (cursor->count >= 4 && get_be32(cursor->bytes) == TAG('t', 't', 'c', 'f')) {
        cursor_skip(cursor, 8);
        sfnt->face_count = cursor_be32(cursor);
        if (cursor->failed) {
            return diag_fail(diag, STATUS_BAD_DATA, cursor->position, "collection header cut off");
        }
        if (sfnt->face_count == 0 || sfnt->face_count > COLLECTION_FACES_MAX) {
            return diag_fail(diag, STATUS_BAD_DATA, 8, "collection of an impossible size");
        }
    }
    if (face_index >= sfnt->face_count) {
        return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "no such face in the file");
    }
    if (cursor->position != 0) {
        cursor_skip(cursor, (size_t)face_index * 4);
        size_t at = cursor->position;
        size_t begin = cursor_be32(cursor);
        if (cursor->failed || begin > cursor->count) {
            return diag_fail(diag, STATUS_BAD_DATA, at, "face outside the file");
        }
        cursor->position = begin;
    }
    return STATUS_OK;
}

static enum status check_magic(struct cursor *cursor, struct diag *diag) {
    size_t at = cursor->position;
    uint32_t magic = cursor_be32(cursor);
    if (cursor->failed) {
        return diag_fail(diag, STATUS_BAD_DATA, at, "too short for a font");
    }
    switch (magic) {
    case 0x00010000:
    case TAG('t', 'r', 'u', 'e'):
    case TAG('O', 'T', 'T', 'O'):
        return STATUS_OK;
    case TAG('w', 'O', 'F', 'F'):
    case TAG('w', 'O', 'F', '2'):
        return diag_fail(diag, STATUS_UNSUPPORTED, at, "a web font; unpack it first");
    case TAG('t', 'y', 'p', '1'):
    case TAG('%', '!', 'P', 'S'):
        return diag_fail(diag, STATUS_UNSUPPORTED, at, "a Type 1 font");
    default:
        return diag_fail(diag, STATUS_BAD_DATA, at, "not a TrueType or OpenType font");
    }
}

static struct ttf_table *slot_of(struct ttf_sfnt *sfnt, uint32_t tag) {
    switch (tag) {
    case TAG('h', 'e', 'a', 'd'): return &sfnt->head;
    case TAG('m', 'a', 'x', 'p'): return &sfnt->maxp;
    case TAG('h', 'h', 'e', 'a'): return &sfnt->hhea;
    case TAG('h', 'm', 't', 'x'): return &sfnt->hmtx;
    case TAG('l', 'o', 'c', 'a'): return &sfnt->loca;
    case TAG('g', 'l', 'y', 'f'): return &sfnt->glyf;
    case TAG('C', 'F', 'F', ' '): return &sfnt->cff;
    default:                      return NULL;
    }
}

static enum status read_records(struct cursor *cursor, struct ttf_sfnt *sfnt,
                                struct diag *diag) {
    size_t at = cursor->position;
    uint32_t table_count = cursor_be16(cursor);
    cursor_skip(cursor, HEADER_BYTES - 4 - 2);
    if (cursor->failed || table_count == 0) {
        return diag_fail(diag, STATUS_BAD_DATA, at, "table directory without tables");
    }
    for (uint32_t i = 0; i < table_count; i++) {
        at = cursor->position;
        uint32_t tag = cursor_be32(cursor);
        cursor_skip(cursor, 4);   /* the checksum: most writers of subsets get it wrong */
        struct ttf_table table = { .offset = cursor_be32(cursor) };
        table.byte_count = cursor_be32(cursor);
        if (cursor->failed) {
            return diag_fail(diag, STATUS_BAD_DATA, at, "table directory cut off");
        }
        if (table.offset > sfnt->byte_count ||
            table.byte_count > sfnt->byte_count - table.offset) {
            return diag_fail(diag, STATUS_BAD_DATA, at, "table outside the file");
        }
        /* The first of a tag counts, and an empty one does not: as FreeType looks up. */
        struct ttf_table *slot = slot_of(sfnt, tag);
        if (slot != NULL && slot->byte_count == 0) {
            *slot = table;
        }
    }
    return STATUS_OK;
}

static enum status check_tables(struct ttf_sfnt *sfnt, uint64_t directory, struct diag *diag) {
    const struct {
        const struct ttf_table *table;
        size_t bytes_min;
        const char *reason;
    } needed[] = {
        { &sfnt->head, HEAD_BYTES, "no whole head table" },
        { &sfnt->maxp, MAXP_BYTES, "no whole maxp table" },
        { &sfnt->hhea, HHEA_BYTES, "no whole hhea table" },
        { &sfnt->hmtx, 4, "no whole hmtx table" },
    };
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (needed[i].table->byte_count < needed[i].bytes_min) {
            uint64_t at = needed[i].table->byte_count == 0 ? directory : needed[i].table->offset;
            return diag_fail(diag, STATUS_BAD_DATA, at, needed[i].reason);
        }
    }
    if (sfnt->cff.byte_count == 0 && (sfnt->glyf.byte_count == 0 || sfnt->loca.byte_count == 0)) {
        return diag_fail(diag, STATUS_UNSUPPORTED, directory, "a font without outlines");
    }
    const uint8_t *head = sfnt->bytes + sfnt->head.offset;
    sfnt->long_loca = get_be16(head + HEAD_LOCA_FORMAT_AT) != 0;
    sfnt->glyph_count = get_be16(sfnt->bytes + sfnt->maxp.offset + MAXP_GLYPHS_AT);
    return STATUS_OK;
}

enum status ttf_sfnt_read(const void *bytes, size_t byte_count, uint32_t face_index,
                          struct ttf_sfnt *out_sfnt, struct diag *diag) {
    *out_sfnt = (struct ttf_sfnt){ .bytes = bytes, .byte_count = byte_count };
    struct cursor cursor = cursor_over(bytes, byte_count);
    enum status status = find_face(&cursor, face_index, out_sfnt, diag);
    uint64_t directory = cursor.position;
    if (status == STATUS_OK) {
        status = check_magic(&cursor, diag);
    }
    if (status == STATUS_OK) {
        status = read_records(&cursor, out_sfnt, diag);
    }
    if (status == STATUS_OK) {
        status = check_tables(out_sfnt, directory, diag);
    }
    return status;
}

struct ttf_table ttf_sfnt_glyph_data(const struct ttf_sfnt *sfnt, uint32_t glyph) {
    struct ttf_table none = { 0 };
    size_t entry_bytes = sfnt->long_loca ? 4 : 2;
    size_t at = sfnt->loca.offset + (size_t)glyph * entry_bytes;
    /* FreeType reads past a loca that is too short for maxp, as far as the file goes. */
    if (sfnt->glyf.byte_count == 0 || sfnt->loca.byte_count == 0 ||
        at + 2 * entry_bytes > sfnt->byte_count) {
        return none;
    }
    const uint8_t *entry = sfnt->bytes + at;
    size_t begin = sfnt->long_loca ? get_be32(entry) : (size_t)get_be16(entry) * 2;
    size_t end = sfnt->long_loca ? get_be32(entry + 4) : (size_t)get_be16(entry + 2) * 2;
    if (begin == end || begin >= sfnt->glyf.byte_count) {
        return none;
    }
    if (end < begin || end > sfnt->glyf.byte_count) {
        end = sfnt->glyf.byte_count;
    }
    return (struct ttf_table){ .offset = sfnt->glyf.offset + begin, .byte_count = end - begin };
}

uint64_t ttf_sfnt_glyph_offset(const struct ttf_sfnt *sfnt, uint32_t glyph) {
    if (sfnt->cff.byte_count != 0) {
        return ttf_cff_glyph_offset(sfnt, glyph);
    }
    struct ttf_table data = ttf_sfnt_glyph_data(sfnt, glyph);
    return data.byte_count != 0 ? data.offset : sfnt->glyf.offset;
}
