/*
 * renderer_impl.h - what the parts of the renderer tell each other.
 *
 * scene -> prepare (check each item, make its tables) -> ops -> plan (who may be
 * seen where) -> runs of rectangles -> paint (bands, back to front).
 *
 * Units:    as in renderer/scene.h
 * Shapes:   ops[0] is the background; ops[i + 1] is item i
 * Threads:  painting reads ops, runs and tables from many threads; all else is one thread's
 * Memory:   everything belongs to struct renderer
 * Errors:   enum status
 * Source:   none
 * Depends:  base, sync, picture, workpool
 */
#ifndef RENDERER_IMPL_H
#define RENDERER_IMPL_H

#include "kernels.h"
#include "renderer/render.h"

enum {
    TABLES_MAX = 1024,          /* of each kind, in one frame */
    STRIP_PIXELS = 256,         /* sources are made this many pixels at a time, on the stack */
};

/*
 * Coverage of a round or ring-shaped corner: rows of left corner then its mirror
 * image, so that the top right needs no turning.  Bottom corners read rows upwards.
 */
struct renderer_cover {
    uint32_t radius;
    uint32_t ring;
    uint32_t side;      /* of the corner's square: the larger of radius and ring */
    uint8_t *mask;      /* side rows of 2 * side bytes */
};

/*
 * Coverage of a blurred box.  A box longer than both soft ends together repeats
 * its middle, so the table holds at most 2 * end + 1 columns and rows, and of the
 * rows only the upper half.
 */
struct renderer_shade {
    uint32_t radius;
    uint32_t blur;
    uint32_t columns;   /* of the table: box and both rims, cut to 2 * end + 1 */
    uint32_t rows;
    uint32_t end;       /* blur + radius + blur: from here on nothing changes */
    uint8_t *mask;      /* (rows + 1) / 2 rows of `columns` bytes */
};

/* An item made ready to paint. */
struct renderer_op {
    const struct renderer_item *item;       /* NULL for the background */
    struct picture_rect box;                /* where coverage may be above zero, not clipped */
    struct picture_rect bounds;             /* box, clip and canvas together */
    uint32_t colour;                        /* of SOLID, SHADOW, GLYPHS, with opacity */
    bool is_opaque;                         /* where coverage is 255, nothing shines through */
    struct picture_rect opaque;             /* source pixels here have alpha 255 */
    bool is_scaled;
    uint32_t fade;                          /* opacity still to be put on each pixel */
    uint32_t ring;                          /* 0 when filled */
    const struct renderer_cover *cover;     /* NULL: every corner is square */
    const struct renderer_shade *shade;
    struct renderer_stop stops[RENDERER_STOPS_MAX];   /* with opacity */
    uint32_t paint_ps;                      /* estimate of a pixel's cost in picoseconds */
};

/* The rectangles of one op that have to be painted: a part of renderer->rects. */
struct renderer_run {
    uint32_t op;
    uint32_t first;
    uint32_t count;
    int32_t y0;         /* rows of the first and past the last */
    int32_t y1;
};

struct renderer {
    struct renderer_options options;
    struct renderer_op *ops;
    uint32_t op_count;
    uint32_t op_capacity;
    struct renderer_run *runs;              /* topmost first */
    uint32_t run_count;
    uint32_t run_capacity;
    struct picture_rect *rects;
    uint32_t rect_count;
    uint32_t rect_capacity;
    struct renderer_tally *tallies;         /* one a band */
    uint32_t tally_capacity;
    struct picture_region damage;           /* of this frame */
    struct picture_region unseen;           /* what no opaque item covers yet */
    struct picture_region visible;
    struct renderer_cover *covers;          /* TABLES_MAX of each */
    uint32_t cover_count;
    struct renderer_shade *shades;
    uint32_t shade_count;
    size_t table_bytes;
};

/* What a band did. */
struct renderer_tally {
    uint64_t copied;
    uint64_t blended;
};

/* What painting needs: read by every band. */
struct renderer_canvas {
    const struct renderer *renderer;
    const struct renderer_kernels *kernels;
    struct picture_view target;
    uint32_t tile_rows;
    uint32_t first_band;
};

/* A band being painted. */
struct renderer_brush {
    const struct renderer_kernels *kernels;
    struct picture_view target;
    struct renderer_tally tally;
};

/*
 * Make room for `needed` items of `item_bytes` in the list at *list, keeping its
 * contents; STATUS_LIMIT over `most`.
 */
struct renderer_room {
    uint64_t needed;
    uint32_t most;
    size_t item_bytes;
};
MUST_CHECK enum status renderer_reserve(void **list, uint32_t *capacity,
                                        struct renderer_room room);

/* hash.c: rows of tiles. */
extern const struct workpool_kind renderer_hash_kind;

/* prepare.c: scene to ops.  On failure diag's offset is the item's number. */
MUST_CHECK enum status renderer_prepare(struct renderer *renderer,
                                        const struct renderer_scene *scene, struct diag *diag);

/* plan.c: ops and renderer->damage to runs; fills skipped, rects and the estimate. */
MUST_CHECK enum status renderer_plan(struct renderer *renderer, bool is_uncut,
                                     struct renderer_work *work);

/* cover.c and shade.c: tables, made once and kept; STATUS_LIMIT over the options' cap. */
MUST_CHECK enum status renderer_cover_find(struct renderer *renderer, uint32_t radius,
                                           uint32_t ring, const struct renderer_cover **out);
MUST_CHECK enum status renderer_shade_find(struct renderer *renderer, struct renderer_shade want,
                                           const struct renderer_shade **out);
/* Room for a table of `bytes` under the cap; the table itself, or NULL with the status. */
MUST_CHECK enum status renderer_table_take(struct renderer *renderer, size_t bytes,
                                           uint8_t **out);
/* Forget every table when the cap is half used, so that old radii do not pile up. */
void renderer_tables_trim(struct renderer *renderer);
void renderer_tables_drop(struct renderer *renderer);

/* The table a shadow of this box needs, without its mask. */
struct renderer_shade renderer_shade_for(struct picture_rect box, uint32_t radius, uint32_t blur);

/* paint.c and paint_*.c: one op within `rect`, which lies in its bounds and the target. */
void renderer_paint_op(struct renderer_brush *brush, const struct renderer_op *op,
                       struct picture_rect rect);
void renderer_paint_shadow(struct renderer_brush *brush, const struct renderer_op *op,
                           struct picture_rect rect);
void renderer_paint_glyphs(struct renderer_brush *brush, const struct renderer_op *op,
                           struct picture_rect rect);

/*
 * Sources of colour: fill `rect`, of which `mask` is the coverage (NULL for 255
 * everywhere), `mask_step` bytes from row to row, negative for upside down.
 */
struct renderer_mask {
    const uint8_t *bytes;
    ptrdiff_t step;
};
void renderer_fill_solid(struct renderer_brush *brush, const struct renderer_op *op,
                         struct picture_rect rect, struct renderer_mask mask);
void renderer_fill_gradient(struct renderer_brush *brush, const struct renderer_op *op,
                            struct picture_rect rect, struct renderer_mask mask);
void renderer_fill_image(struct renderer_brush *brush, const struct renderer_op *op,
                         struct picture_rect rect, struct renderer_mask mask);
void renderer_fill_scaled(struct renderer_brush *brush, const struct renderer_op *op,
                          struct picture_rect rect, struct renderer_mask mask);

/*
 * Put a row of source pixels over the target: opacity, then mask (NULL for none).  The row
 * goes by address: copied as a value it is read back wider than it was written, and
 * that waits for every pixel store before it (a third of a frame's time).
 */
struct renderer_row {
    uint32_t *to;
    const uint32_t *from;
    const uint8_t *mask;
    size_t count;
};
void renderer_put_row(struct renderer_brush *brush, const struct renderer_op *op,
                      const struct renderer_row *row);

static inline uint32_t *renderer_target_at(const struct renderer_brush *brush, int32_t x,
                                           int32_t y) {
    return (uint32_t *)(void *)picture_row(&brush->target, (uint32_t)y) + x;
}

static inline size_t renderer_columns(struct picture_rect rect) {
    return (size_t)(rect.x1 - rect.x0);
}

#endif
