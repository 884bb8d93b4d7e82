/*
 * ttf_impl.h - what the files of decoders/ttf share.
 *
 * ttf_sfnt.c reads the table directory, ttf_glyf.c bounds composite glyphs, ttf_cff.c
 * and ttf_charstring.c look for dice in charstrings, ttf_context.c owns FreeType,
 * ttf_glyph.c draws one glyph, ttf_atlas.c and ttf_pack.c many, ttf_utf8.c, ttf_bidi.c
 * and ttf_run.c set text, ttf_mask.c draws it.
 */
#ifndef TTF_IMPL_H
#define TTF_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H
#include FT_OUTLINE_H
#include FT_SYSTEM_H

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "sync/mutex.h"
#include "ttf/atlas.h"
#include "ttf/font.h"
#include "workpool/workpool.h"

/* ---- ttf_sfnt.c: the table directory of one face ---- */

struct ttf_table {
    size_t offset;
    size_t byte_count;     /* 0 when the face has no such table */
};

struct ttf_sfnt {
    const uint8_t *bytes;
    size_t byte_count;
    uint32_t face_count;
    struct ttf_table head, maxp, hhea, hmtx, loca, glyf, cff;
    uint32_t glyph_count;      /* of maxp */
    bool long_loca;
};

MUST_CHECK enum status ttf_sfnt_read(const void *bytes, size_t byte_count, uint32_t face_index,
                                     struct ttf_sfnt *out_sfnt, struct diag *diag);

/* Where a glyph's data begins, for messages; the outline table when that is not known. */
uint64_t ttf_sfnt_glyph_offset(const struct ttf_sfnt *sfnt, uint32_t glyph);

/* The bytes of a TrueType glyph; no bytes for an empty one and for one without a place. */
struct ttf_table ttf_sfnt_glyph_data(const struct ttf_sfnt *sfnt, uint32_t glyph);

/* ---- ttf_glyf.c: composites that would keep FreeType busy or exhaust the stack ---- */

enum { TTF_COMPOSITE_DEPTH_MAX = 16, TTF_COMPONENTS_MAX = 1024 };

MUST_CHECK enum status ttf_glyf_check(const struct ttf_sfnt *sfnt, uint32_t glyph,
                                      struct diag *diag);

/* ---- ttf_cff.c, ttf_charstring.c ---- */

struct ttf_cff;

/* Read what walking charstrings needs; a malformed table is not an error here. */
MUST_CHECK enum status ttf_cff_create(const struct ttf_sfnt *sfnt, struct ttf_cff **out_cff);

/* NULL is ignored. */
void ttf_cff_destroy(struct ttf_cff *cff);

/* Whether a glyph may use the operator `random`; true when that cannot be told. */
bool ttf_cff_may_roll(const struct ttf_cff *cff, uint32_t glyph);

/* Where a CFF glyph's charstring lies in the file; the table when that is not known. */
uint64_t ttf_cff_glyph_offset(const struct ttf_sfnt *sfnt, uint32_t glyph);

/* ---- ttf_context.c: a FreeType library and face for one worker at a time ---- */

struct ttf_context {
    struct FT_MemoryRec_ memory;   /* FreeType's door to sync/memory.h */
    FT_Library library;
    FT_Face face;
    uint64_t live_bytes;           /* held through `memory` */
    uint64_t limit_bytes;
    bool starved;                  /* an allocation failed since the last look */
    bool over_limit;               /* and it was our limit that refused it */
    uint32_t size_26_6;            /* the face is set to; 0 for none */
    bool is_unscaled;              /* glyphs are loaded in font units now */
    bool has_rolled;               /* the face may have used its dice */
    struct ttf_context *next;      /* in the font's list of free contexts */
};

struct hb_font_t;

struct ttf_font {
    struct ttf_sfnt sfnt;
    uint32_t face_index;
    struct ttf_limits limits;
    struct ttf_info info;
    struct ttf_cff *dice;          /* NULL when no glyph can use `random`, see ADR 0031 */
    struct hb_font_t *shaper;      /* made by the first run */
    uint32_t context_count;
    struct ttf_context *contexts[WORKPOOL_WORKERS_MAX];
    struct sync_mutex mutex;       /* over `free` */
    struct ttf_context *free;
};

/* Make contexts until there is one for each worker of the pool. */
MUST_CHECK enum status ttf_contexts_ensure(struct ttf_font *font, const struct workpool *pool,
                                           struct diag *diag);
void ttf_contexts_destroy(struct ttf_font *font);

/* Borrow a context; there always is one, because ensure() made enough. */
struct ttf_context *ttf_context_take(struct ttf_font *font);
void ttf_context_give(struct ttf_font *font, struct ttf_context *context);

/* Set the size, 0 for font units. */
MUST_CHECK enum status ttf_context_begin(struct ttf_font *font, struct ttf_context *context,
                                         uint32_t size_26_6, struct diag *diag);

/* Before a glyph that may roll dice: a face that has not rolled any, at the same size. */
MUST_CHECK enum status ttf_context_renew(struct ttf_font *font, struct ttf_context *context,
                                         struct diag *diag);

/*
 * What a FreeType error means, `offset` being where the fault lies.  Looks at the
 * allocator first: FreeType forgives itself failed allocations of optional parts.
 */
MUST_CHECK enum status ttf_context_status(struct ttf_context *context, FT_Error error,
                                          uint64_t offset, struct diag *diag);

/* ---- ttf_glyph.c ---- */

/* A drawn glyph in its segment's buffer. */
struct ttf_cell {
    uint32_t glyph;
    size_t offset;                 /* of its rows in the segment's buffer, width bytes each */
    uint32_t width;                /* 0 without ink */
    uint32_t height;
    int32_t left;
    int32_t top;
    int32_t advance;
    bool is_present;
};

/* Coverage of glyphs one after the other, growing up to a limit. */
struct ttf_coverage {
    uint8_t *bytes;
    size_t used_bytes;
    size_t capacity_bytes;
    size_t start_bytes;            /* capacity of the first allocation */
    size_t limit_bytes;
};

/* Load an outline into the context's glyph slot. */
MUST_CHECK enum status ttf_glyph_load(struct ttf_font *font, struct ttf_context *context,
                                      uint32_t glyph, struct diag *diag);

/* What drawing needs besides the glyph. */
struct ttf_drawing {
    struct ttf_font *font;
    struct ttf_context *context;
    struct ttf_coverage *coverage;
    struct diag *diag;
};

/* Draw cell->glyph, moved right by `quarter` quarters of a pixel, and fill the cell. */
MUST_CHECK enum status ttf_glyph_draw(const struct ttf_drawing *drawing, uint32_t quarter,
                                      struct ttf_cell *cell);

/* ---- ttf_pack.c ---- */

/*
 * Give every entry its rectangle from the cell of the same index, and find the
 * atlas's size.  STATUS_LIMIT when it has more than `limit_bytes` pixels.
 */
MUST_CHECK enum status ttf_pack(const struct ttf_request *request, struct ttf_atlas *atlas,
                                uint64_t limit_bytes, struct diag *diag);

/* ---- ttf_utf8.c, ttf_bidi.c ---- */

/*
 * Decode one character at *position and move past it: U+FFFD for a malformed
 * piece, a space for a control character.
 */
uint32_t ttf_utf8_next(const uint8_t *bytes, size_t byte_count, size_t *position);

/* A stretch of one direction and one script; [begin, end) in characters. */
struct ttf_item {
    uint32_t begin;
    uint32_t end;
    uint32_t script;               /* an ISO 15924 tag, as HarfBuzz's hb_script_t */
    uint8_t level;                 /* of UAX #9; odd is right to left */
};

/* A decoded line. */
struct ttf_line {
    uint32_t *characters;
    uint32_t *offsets;             /* of each character in the UTF-8 text */
    uint32_t count;
    struct ttf_item *items;        /* in visual order */
    uint32_t item_count;
    bool is_rtl;
};

/* Find directions and scripts of line->characters, and set the items in visual order. */
MUST_CHECK enum status ttf_bidi_itemize(struct ttf_line *line, int direction, struct diag *diag);

/* ---- ttf_run.c ---- */

void ttf_shaper_destroy(struct ttf_font *font);

/* Round a pen position to a pixel and a quarter. */
struct ttf_spot {
    int32_t x;
    int32_t y;
    uint32_t quarter;
};

static inline struct ttf_spot ttf_spot_of(int32_t x_26_6, int32_t y_26_6) {
    enum { QUARTER = TTF_SIZE_ONE / TTF_QUARTERS };
    /* Arithmetic shifts: floor division, also left of and above the origin. */
    int32_t quarters = (x_26_6 + QUARTER / 2) >> 4;
    return (struct ttf_spot){ .x = quarters >> 2,
                              .y = (y_26_6 + TTF_SIZE_ONE / 2) >> 6,
                              .quarter = (uint32_t)quarters & (TTF_QUARTERS - 1) };
}

#endif
