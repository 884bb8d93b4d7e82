/*
 * renderer/render.h - paint a scene, or the damaged part of it, into pixels.
 *
 * A frame is planned once, from front to back: what each opaque item covers is
 * taken from what may still be seen, so nothing hidden is painted.  Then full-width
 * bands of rows are painted from back to front.  Bands because rows of a tile
 * narrower than the picture defeat the prefetcher (docs/adr/0040-bands.md).
 * Pixels are the same with culling on or off, at any band height and any
 * number of workers, and painting only the damage gives the pixels of painting
 * everything.
 *
 * Parallel: partition = bands of tile_rows rows, each the width of the picture, in
 *           row-major order; reduction = work counters folded by band number;
 *           caps = no arena, 16 KiB of stack a band, queue as the pool's;
 *           proof = renderer/test/render_test.c
 *           random_scenes_equal_a_naive_painter_however_they_are_cut
 *
 * Units:    pixels; estimates in nanoseconds
 * Shapes:   the target is PICTURE_ARGB32 of the scene's size, 4-byte aligned rows
 * Threads:  one call at a time on a renderer; different renderers are independent
 * Memory:   tables and lists belong to the renderer, grow to the options' caps and
 *           are kept from frame to frame, so a steady scene stops allocating
 * Errors:   STATUS_LIMIT over a cap, STATUS_BAD_DATA for a scene that breaks its own
 *           rules (diag's offset is the item's number), STATUS_NO_MEMORY; in each
 *           case no pixel was changed
 * Source:   docs/formats/scene.md; OVER, SRC and masks are Porter and Duff's with
 *           pixman's rounding
 * Depends:  base, sync, picture, workpool
 */
#ifndef RENDERER_RENDER_H
#define RENDERER_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "picture/image.h"
#include "picture/region.h"
#include "renderer/scene.h"
#include "workpool/workpool.h"

enum {
    RENDERER_TILE_ROWS_DEFAULT = 32,
    RENDERER_TILE_ROWS_MAX = 4096,
    RENDERER_SMALL_NS = 100000,   /* below this estimate a frame stays on the caller's thread */
};

struct renderer;   /* opaque; owned by whoever created it */

/* Zero in a field means its default, given here. */
struct renderer_options {
    uint32_t items_max;         /* 65,536 items a scene */
    uint32_t rects_max;         /* 65,536 rectangles in what is left to be seen */
    uint32_t plan_rects_max;    /* 4,194,304 rectangles in a frame's plan */
    size_t table_bytes_max;     /* 16 MiB of corner and shadow tables */
};

/* STATUS_NO_MEMORY, or STATUS_LIMIT for an option that cannot be.  `options` may be NULL. */
MUST_CHECK enum status renderer_create(const struct renderer_options *options,
                                       struct renderer **out_renderer);

/* NULL is ignored. */
void renderer_destroy(struct renderer *renderer);

struct renderer_frame {
    struct picture_view target;
    const struct picture_region *damage;   /* repaint only this; NULL for everything */
    uint32_t tile_rows;                    /* 0 means RENDERER_TILE_ROWS_DEFAULT */
    bool is_uncut;                         /* paint hidden pixels too: a test of culling */
    struct workpool *pool;                 /* NULL for the caller's thread alone */
};

/* What a frame took.  Every field is a function of scene, damage and culling alone. */
struct renderer_work {
    uint64_t pixels_copied;     /* written without looking at what was there */
    uint64_t pixels_blended;    /* read, mixed and written */
    uint64_t pixels_skipped;    /* of items, in the damage, not painted since hidden */
    uint64_t rects;             /* rectangles in the plan */
    uint64_t estimate_ns;       /* what the plan was expected to take on one worker */
};

/*
 * Paint the scene into frame->target.  With damage, pixels outside it are neither
 * read nor written.  `out_work` may be NULL.
 */
MUST_CHECK enum status renderer_paint(struct renderer *renderer,
                                      const struct renderer_scene *scene,
                                      const struct renderer_frame *frame,
                                      struct renderer_work *out_work, struct diag *diag);

/* The kinds of job the renderer gives to a pool; see workpool.h. */
extern const struct workpool_kind_set renderer_kinds;

#endif
