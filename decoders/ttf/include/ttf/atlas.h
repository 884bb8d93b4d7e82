/*
 * ttf/atlas.h - the coverage of many glyphs, drawn in parallel, in one picture.
 *
 * A request is a list of keys in ascending order.  Keys are cut into segments of
 * TTF_SEGMENT_GLYPHS, each segment draws into a buffer of its own, and the
 * buffers are folded in key order: glyphs are laid from left to right on shelves
 * from top to bottom, so reading the atlas row-major meets the keys in order.
 * Entries and pixels depend on the font, the keys and the size alone.
 *
 * Units:    pixels; advances in 26.6; y grows down
 * Shapes:   entries are in key order; rectangles never overlap and keep `padding`
 *           clear pixels between each other and the right and bottom edge
 * Threads:  as the font; the pool may be NULL
 * Memory:   ttf_atlas_create() owns picture and entries until ttf_atlas_destroy().
 *           A segment may hold 64 * max(4 * px * px, 4096) bytes of coverage at
 *           `px` pixels an em; those being drawn and those kept hold at most
 *           limits.coverage_bytes each, and so does the picture.
 * Errors:   STATUS_LIMIT, STATUS_NO_MEMORY, and the status of the lowest key whose
 *           glyph is malformed, with the offset of its data
 * Parallel: partition = segments of 64 keys (ttf.segment), of 1024 keys for the copy
 *           (ttf.copy); reduction = by key, shelves in key order; caps = bytes a
 *           segment, bytes an atlas, keys a request; proof =
 *           decoders/ttf/test/atlas_test.c an_atlas_is_the_same_at_every_number_of_workers
 * Source:   none; next-fit shelves are common practice
 * Depends:  base, picture, workpool, ttf/font.h
 */
#ifndef TTF_ATLAS_H
#define TTF_ATLAS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "picture/image.h"
#include "picture/rect.h"
#include "ttf/font.h"
#include "workpool/workpool.h"

enum {
    TTF_SEGMENT_GLYPHS = 64,       /* part of the contract, not a tuning knob */
    TTF_QUARTERS = 4,              /* horizontal positions of a glyph within a pixel */
};

/* What a key names. */
enum ttf_key_kind {
    TTF_KEY_CODEPOINT,   /* a code point; those the font lacks are left out */
    TTF_KEY_GLYPH,       /* ttf_key_glyph(): a glyph shifted right by quarters of a pixel */
};

static inline uint32_t ttf_key_glyph(uint32_t glyph, uint32_t quarter) {
    return glyph * TTF_QUARTERS + quarter;
}

struct ttf_request {
    const uint32_t *keys;          /* strictly ascending, which is asserted */
    uint32_t key_count;
    enum ttf_key_kind kind;
    uint32_t size_26_6;            /* pixels an em */
    uint32_t width;                /* of the atlas; 0 for a power of two near square */
    uint32_t padding;              /* clear pixels between glyphs, at most 64 */
};

struct ttf_entry {
    uint32_t key;
    uint32_t glyph;
    struct picture_rect rect;      /* in the atlas; empty for a glyph without ink */
    int32_t left;                  /* rect's left edge from the pen's pixel, to the right */
    int32_t top;                   /* rect's top edge from the baseline, down: often < 0 */
    int32_t advance;               /* to the next pen position, 26.6 */
};

struct ttf_atlas {
    struct picture_view view;      /* PICTURE_A8; at least 1 x 1 */
    struct ttf_entry *entries;
    uint32_t entry_count;
    uint32_t size_26_6;
};

/*
 * Draw and pack.  A glyph number outside the font is left out like a code point
 * that the font lacks.  On failure *out_atlas is empty.
 */
MUST_CHECK enum status ttf_atlas_create(struct ttf_font *font, struct workpool *pool,
                                        const struct ttf_request *request,
                                        struct ttf_atlas *out_atlas, struct diag *diag);

/* Frees and empties.  An empty atlas is ignored. */
void ttf_atlas_destroy(struct ttf_atlas *atlas);

/* The entry of a key, or NULL. */
const struct ttf_entry *ttf_atlas_find(const struct ttf_atlas *atlas, uint32_t key);

/* The kinds of job this component gives to a pool. */
extern const struct workpool_kind_set ttf_kinds;

#endif
