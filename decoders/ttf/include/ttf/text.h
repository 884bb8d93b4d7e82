/*
 * ttf/text.h - a line of text as placed glyphs, and as a mask of coverage.
 *
 * UTF-8 is decoded (each maximal malformed piece becomes U+FFFD, each control
 * character a space), cut into pieces of one direction and one script, each piece
 * is shaped by HarfBuzz, and the pieces are put in visual order.  The result is
 * glyphs from left to right with positions from the pen's start.  It depends on
 * the font, the text and the options alone: no locale, no environment (but for
 * HB_OPTIONS, a debugging switch that HarfBuzz reads once a process).
 *
 * For drawing, a glyph is put at the nearest quarter of a pixel across and the
 * nearest pixel down, so that its coverage comes out of an atlas.  Where glyphs
 * overlap, coverage is added and stops at 255.
 *
 * Units:    26.6 pixels; y grows down; clusters are byte offsets in the text
 * Shapes:   glyphs are in visual order, left to right
 * Threads:  as the font; the pool may be NULL
 * Memory:   each create has its destroy.  HarfBuzz and FriBidi use the C library's
 *           allocator; their failures are STATUS_NO_MEMORY too
 * Errors:   STATUS_LIMIT too much text, too many glyphs, too large a mask;
 *           STATUS_NO_MEMORY; STATUS_BAD_DATA a malformed glyph
 * Parallel: partition = segments of the atlas, see ttf/atlas.h; shaping and the sum of
 *           stamps stay on the caller; reduction = stamps in the run's order; caps =
 *           limits.text_bytes, limits.glyphs, limits.coverage_bytes; proof =
 *           decoders/ttf/test/text_test.c a_mask_is_the_sum_of_its_glyphs
 * Source:   UAX #9 (FriBidi), OpenType layout (HarfBuzz), Unicode 15 section 3.9
 *           on malformed UTF-8
 * Depends:  base, picture, workpool, ttf/font.h, ttf/atlas.h
 */
#ifndef TTF_TEXT_H
#define TTF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "picture/image.h"
#include "picture/rect.h"
#include "ttf/atlas.h"
#include "ttf/font.h"
#include "workpool/workpool.h"

enum ttf_direction {
    TTF_DIRECTION_AUTO,   /* of the first strong character, else left to right */
    TTF_DIRECTION_LTR,
    TTF_DIRECTION_RTL,
};

struct ttf_text {
    const char *utf8;          /* need not end in NUL */
    size_t byte_count;
    uint32_t size_26_6;        /* pixels an em */
    enum ttf_direction direction;
    const char *language;      /* BCP 47 tag; NULL for undetermined */
};

struct ttf_placed {
    uint32_t glyph;
    int32_t x;                 /* pen position of the glyph, from the start of the line */
    int32_t y;
    uint32_t cluster;          /* byte offset of the text it stands for */
};

struct ttf_run {
    struct ttf_placed *glyphs;
    uint32_t glyph_count;
    uint32_t size_26_6;
    int32_t advance;           /* width of the line */
    int32_t ascent;            /* of the font at this size, above the baseline positive */
    int32_t descent;           /* below the baseline negative */
    int32_t line_height;
    bool is_rtl;               /* the paragraph's direction */
};

/* Shape one line.  On failure *out_run is empty. */
MUST_CHECK enum status ttf_run_create(struct ttf_font *font, const struct ttf_text *text,
                                      struct ttf_run *out_run, struct diag *diag);
void ttf_run_destroy(struct ttf_run *run);

/* One glyph to draw: copy `rect` of an atlas to (x, y), in pixels from the pen's start. */
struct ttf_stamp {
    struct picture_rect rect;
    int32_t x;
    int32_t y;
};

/* An atlas of TTF_KEY_GLYPH keys that has every glyph of a run. */
MUST_CHECK enum status ttf_run_atlas(struct ttf_font *font, struct workpool *pool,
                                     const struct ttf_run *run, struct ttf_atlas *out_atlas,
                                     struct diag *diag);

/*
 * Where the glyphs of a run lie in an atlas and go on the page.  Writes at most
 * run->glyph_count stamps, in the run's order, and returns how many: glyphs
 * without ink, and those the atlas does not have, are left out.
 */
uint32_t ttf_run_stamps(const struct ttf_run *run, const struct ttf_atlas *atlas,
                        struct ttf_stamp *out_stamps);

/* The coverage of a whole line. */
struct ttf_mask {
    struct picture_view view;  /* PICTURE_A8, as small as the ink allows, at least 1 x 1 */
    int32_t left;              /* of the mask's left edge, in pixels from the pen's start */
    int32_t top;               /* of its top edge from the baseline; y grows down */
    int32_t advance;           /* 26.6 */
};

/* Draw a run.  A run without ink gives one clear pixel.  On failure *out_mask is empty. */
MUST_CHECK enum status ttf_mask_create(struct ttf_font *font, struct workpool *pool,
                                       const struct ttf_run *run, struct ttf_mask *out_mask,
                                       struct diag *diag);
void ttf_mask_destroy(struct ttf_mask *mask);

#endif
