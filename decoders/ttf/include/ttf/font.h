/*
 * ttf/font.h - a TrueType or OpenType font: bytes in, facts and glyph numbers out.
 *
 * A font is opened from bytes that the caller keeps.  The table directory is
 * checked before FreeType sees it, so that truncation is reported with the offset
 * of the table record that points outside the file.  Glyphs are always taken
 * without hinting and without embedded bitmaps: an outline then is a pure
 * function of the file, the glyph and the size (docs/adr/0030-unhinted.md).
 *
 * A font holds one FreeType library and face for each worker that has ever worked
 * on it (a context).  Parallel jobs borrow contexts from a list; which one a job
 * gets never shows in its output (docs/adr/0031-contexts.md).
 *
 * Units:    sizes are pixels an em in 26.6 fixed point (16 px is 16 * 64); font
 *           units are 1/units_per_em of the em
 * Shapes:   none
 * Threads:  a font belongs to one thread at a time; the pool's workers that a call
 *           uses are that call's business
 * Memory:   ttf_font_create() owns the font, borrows the bytes until destroy.
 *           FreeType allocates through sync/memory.h, at most limits.memory_bytes
 *           a context.  HarfBuzz and FriBidi have no allocator hook: they use the
 *           C library's, outside our limits and outside sync_fault_arm().
 * Errors:   STATUS_BAD_DATA malformed, STATUS_UNSUPPORTED a font of another family
 *           (WOFF, Type 1, bitmap only), STATUS_LIMIT over a limit, STATUS_NOT_FOUND
 *           no such face in the collection, STATUS_NO_MEMORY
 * Source:   OpenType 1.9 (ISO/IEC 14496-22), "Organization of an OpenType font";
 *           FreeType 2.12
 * Depends:  base, sync
 */
#ifndef TTF_FONT_H
#define TTF_FONT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"

enum {
    TTF_SIZE_ONE = 64,             /* one pixel, in 26.6 */
    TTF_NAME_BYTES = 128,          /* of family and style, the NUL included */
    TTF_ENGINE_BYTES = 96,
};

/* What is refused with STATUS_LIMIT.  A zero means the default in brackets. */
struct ttf_limits {
    uint64_t file_bytes;       /* of the font file (256 MiB) */
    uint64_t memory_bytes;     /* FreeType may hold, a context (256 MiB) */
    uint64_t coverage_bytes;   /* of one atlas or one mask (256 MiB) */
    uint32_t glyphs;           /* in one atlas or one text run (65,536) */
    uint32_t size_26_6;        /* pixels an em (1024 px) */
    uint32_t text_bytes;       /* of one text run (1 MiB) */
};

struct ttf_options {
    uint32_t face_index;       /* in a collection; 0 otherwise */
    struct ttf_limits limits;
};

enum ttf_outline_kind {
    TTF_OUTLINE_TRUETYPE,      /* quadratic curves from `glyf` */
    TTF_OUTLINE_CFF,           /* cubic curves from `CFF ` */
};

struct ttf_info {
    char family[TTF_NAME_BYTES];   /* printable ASCII, as FreeType transliterates it */
    char style[TTF_NAME_BYTES];
    char engine[TTF_ENGINE_BYTES]; /* versions of the libraries: "freetype 2.12.1 ..." */
    uint32_t face_count;           /* faces in the file */
    uint32_t glyph_count;
    uint32_t units_per_em;
    int32_t ascent;                /* font units, above the baseline positive */
    int32_t descent;               /* font units, below the baseline negative */
    int32_t line_height;           /* font units between two baselines */
    enum ttf_outline_kind outline_kind;
};

struct ttf_font;   /* opaque; owned by whoever created it */

/*
 * Open face `options->face_index` of a font file.  `options` may be NULL for the
 * defaults.  On success *out_font is a font for ttf_font_destroy(), and `bytes`
 * must stay as they are until then.  On failure it is NULL, and `diag` tells the
 * offset of the header, table record or table that was refused.
 */
MUST_CHECK enum status ttf_font_create(const void *bytes, size_t byte_count,
                                       const struct ttf_options *options,
                                       struct ttf_font **out_font, struct diag *diag);

/* Frees the font; the bytes stay the caller's.  NULL is ignored. */
void ttf_font_destroy(struct ttf_font *font);

/* The facts read when the font was opened; valid until destroy. */
const struct ttf_info *ttf_font_info(const struct ttf_font *font);

/* The limits in force, defaults filled in. */
const struct ttf_limits *ttf_font_limits(const struct ttf_font *font);

/* The glyph of a Unicode code point, or 0 (the "missing" glyph) when there is none. */
uint32_t ttf_font_glyph(struct ttf_font *font, uint32_t codepoint);

#endif
