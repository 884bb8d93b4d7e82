/*
 * ttf_glyf.c - walk the components of a composite glyph before FreeType does.
 *
 * FreeType 2.12 follows components by recursion.  It notices a glyph that contains
 * itself, but neither a chain of thousands (its stack) nor a tree in which every
 * node has two children below an empty leaf (its time: two to the depth).  Glyphs
 * of real fonts nest a few deep, so a small budget tells them apart.
 */
#include "base/cursor.h"
#include "ttf_impl.h"

enum {
    ARGUMENTS_ARE_WORDS = 1 << 0,
    HAS_SCALE = 1 << 3,
    MORE_COMPONENTS = 1 << 5,
    HAS_X_AND_Y_SCALE = 1 << 6,
    HAS_TWO_BY_TWO = 1 << 7,
    GLYPH_HEADER_BYTES = 10,
};

/* One glyph being walked: what is left of its component records. */
struct level {
    struct cursor records;
    bool has_more;
};

/* Set up the walk of a glyph's records; a simple glyph has none. */
static struct level enter(const struct ttf_sfnt *sfnt, uint32_t glyph) {
    struct ttf_table data = ttf_sfnt_glyph_data(sfnt, glyph);
    struct level level = { .records = cursor_over(sfnt->bytes + data.offset, data.byte_count) };
    int16_t contours = (int16_t)cursor_be16(&level.records);
    cursor_skip(&level.records, GLYPH_HEADER_BYTES - 2);
    level.has_more = !level.records.failed && contours < 0;
    return level;
}

/* The next component's glyph; false at the end. */
static bool next_component(struct level *level, uint32_t *out_glyph) {
    if (!level->has_more) {
        return false;
    }
    struct cursor *records = &level->records;
    uint16_t flags = cursor_be16(records);
    *out_glyph = cursor_be16(records);
    cursor_skip(records, (flags & ARGUMENTS_ARE_WORDS) != 0 ? 4 : 2);
    cursor_skip(records, (flags & HAS_SCALE) != 0           ? 2
                         : (flags & HAS_X_AND_Y_SCALE) != 0 ? 4
                         : (flags & HAS_TWO_BY_TWO) != 0    ? 8
                                                            : 0);
    level->has_more = (flags & MORE_COMPONENTS) != 0;
    /* A record that is cut off is FreeType's to refuse; there is nothing to walk. */
    return !records->failed;
}

enum status ttf_glyf_check(const struct ttf_sfnt *sfnt, uint32_t glyph, struct diag *diag) {
    struct level levels[TTF_COMPOSITE_DEPTH_MAX];
    uint32_t depth = 0;
    uint32_t components = 0;
    levels[0] = enter(sfnt, glyph);
    for (;;) {
        uint32_t child;
        if (!next_component(&levels[depth], &child)) {
            if (depth == 0) {
                return STATUS_OK;
            }
            depth--;
            continue;
        }
        if (++components > TTF_COMPONENTS_MAX) {
            return diag_fail(diag, STATUS_LIMIT, ttf_sfnt_glyph_offset(sfnt, glyph),
                             "glyph of too many components");
        }
        struct level below = enter(sfnt, child);
        if (!below.has_more) {
            continue;
        }
        if (++depth == TTF_COMPOSITE_DEPTH_MAX) {
            return diag_fail(diag, STATUS_LIMIT, ttf_sfnt_glyph_offset(sfnt, glyph),
                             "components nested too deeply");
        }
        levels[depth] = below;
    }
}
