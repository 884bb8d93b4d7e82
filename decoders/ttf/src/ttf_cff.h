/*
 * ttf_cff.h - the parts of a CFF table that ttf_cff.c finds and ttf_charstring.c walks.
 *
 * Source: Adobe technical note 5176 (CFF).
 */
#ifndef TTF_CFF_H
#define TTF_CFF_H

#include "base/cursor.h"
#include "ttf_impl.h"

enum {
    TTF_CFF_DICTS_MAX = 256,
    TTF_CFF_UNKNOWN = INT32_MAX,   /* an operand that is no small integer */
};

/* A list of byte strings inside the table. */
struct ttf_cff_index {
    uint32_t count;
    uint32_t offset_bytes;
    size_t offsets_at;
    size_t data_at;               /* offsets count from the byte before the data: they begin at 1 */
    size_t end;                   /* of the whole list */
};

struct ttf_cff_piece {
    size_t at;
    size_t byte_count;
};

/* The entries of a dictionary that lead to charstrings. */
struct ttf_cff_dict {
    int32_t charstrings;
    int32_t private_bytes;
    int32_t private_at;
    int32_t fd_array;
    int32_t fd_select;
    int32_t subrs;
    int32_t charstring_type;
    bool is_cid;                  /* glyphs choose among font dictionaries */
};

/* What all glyphs share. */
struct ttf_cff_outlines {
    struct cursor table;
    struct ttf_cff_dict top;
    struct ttf_cff_index charstrings;
    struct ttf_cff_index global_subrs;
};

/* And what is found once, because the walk of each glyph needs it. */
struct ttf_cff {
    struct ttf_cff_outlines outlines;
    bool is_understood;           /* else every glyph may roll */
    uint32_t fd_count;            /* font dictionaries; 1 without a choice */
    uint8_t *fd_of_glyph;         /* NULL without a choice */
    struct ttf_cff_index local_subrs[TTF_CFF_DICTS_MAX];
    bool has_local_subrs[TTF_CFF_DICTS_MAX];   /* false where they could not be read */
};

/* cursor_u8() without the call: a charstring is read byte by byte. */
static inline uint8_t ttf_cff_byte(struct cursor *cursor) {
    if (cursor->position < cursor->count && !cursor->failed) {
        return cursor->bytes[cursor->position++];
    }
    cursor->failed = true;
    return 0;
}

/* A number of a dictionary or a charstring, its first byte read; reals are UNKNOWN. */
int32_t ttf_cff_number(struct cursor *cursor, uint8_t first);

/* The bytes of item `i`; false when it has no proper place. */
MUST_CHECK bool ttf_cff_item(const struct cursor *table, const struct ttf_cff_index *index,
                             uint32_t i, struct ttf_cff_piece *out_piece);

#endif
