/* renderer.c - the renderer as an object, and the frame: prepare, plan, paint, count. */
#include "base/assert.h"
#include "renderer_impl.h"
#include "sync/memory.h"

enum {
    ITEMS_DEFAULT = 1 << 16,
    RECTS_DEFAULT = 1 << 16,
    PLAN_RECTS_DEFAULT = 1 << 22,
    TABLE_BYTES_DEFAULT = 16 << 20,
    LIST_FIRST = 32,
};

static struct renderer_options with_defaults(const struct renderer_options *given) {
    struct renderer_options o = given != NULL ? *given : (struct renderer_options){ 0 };
    o.items_max = o.items_max != 0 ? o.items_max : ITEMS_DEFAULT;
    o.rects_max = o.rects_max != 0 ? o.rects_max : RECTS_DEFAULT;
    o.plan_rects_max = o.plan_rects_max != 0 ? o.plan_rects_max : PLAN_RECTS_DEFAULT;
    o.table_bytes_max = o.table_bytes_max != 0 ? o.table_bytes_max : TABLE_BYTES_DEFAULT;
    return o;
}

enum status renderer_create(const struct renderer_options *options,
                            struct renderer **out_renderer) {
    *out_renderer = NULL;
    struct renderer_options o = with_defaults(options);
    if (o.rects_max > PICTURE_REGION_RECTS_MAX || o.items_max == UINT32_MAX) {
        return STATUS_LIMIT;
    }
    struct renderer *renderer = sync_alloc_zero(1, sizeof(*renderer));
    if (renderer == NULL) {
        return STATUS_NO_MEMORY;
    }
    renderer->options = o;
    picture_region_init(&renderer->damage, o.rects_max);
    picture_region_init(&renderer->unseen, o.rects_max);
    picture_region_init(&renderer->visible, o.rects_max);
    renderer->covers = sync_alloc_zero(TABLES_MAX, sizeof(*renderer->covers));
    renderer->shades = sync_alloc_zero(TABLES_MAX, sizeof(*renderer->shades));
    if (renderer->covers == NULL || renderer->shades == NULL) {
        renderer_destroy(renderer);
        return STATUS_NO_MEMORY;
    }
    *out_renderer = renderer;
    return STATUS_OK;
}

void renderer_destroy(struct renderer *renderer) {
    if (renderer == NULL) {
        return;
    }
    renderer_tables_drop(renderer);
    picture_region_finish(&renderer->damage);
    picture_region_finish(&renderer->unseen);
    picture_region_finish(&renderer->visible);
    sync_free(renderer->covers);
    sync_free(renderer->shades);
    sync_free(renderer->ops);
    sync_free(renderer->runs);
    sync_free(renderer->rects);
    sync_free(renderer->tallies);
    sync_free(renderer);
}

enum status renderer_reserve(void **list, uint32_t *capacity, struct renderer_room room) {
    if (room.needed <= *capacity) {
        return STATUS_OK;
    }
    if (room.needed > room.most) {
        return STATUS_LIMIT;
    }
    uint64_t wanted = (uint64_t)*capacity * 2;
    wanted = wanted < LIST_FIRST ? LIST_FIRST : wanted;
    wanted = wanted < room.needed ? room.needed : wanted;
    wanted = wanted < room.most ? wanted : room.most;
    void *bigger = sync_resize(*list, (size_t)wanted * room.item_bytes);
    if (bigger == NULL) {
        return STATUS_NO_MEMORY;
    }
    *list = bigger;
    *capacity = (uint32_t)wanted;
    return STATUS_OK;
}

/* The damage that counts: inside the picture. */
static enum status set_damage(struct renderer *renderer, const struct renderer_scene *scene,
                              const struct picture_region *damage) {
    struct picture_rect all = { 0, 0, (int32_t)scene->width, (int32_t)scene->height };
    return damage == NULL ? picture_region_set(&renderer->damage, all)
                          : picture_region_meet_rect(&renderer->damage, damage, all);
}

/* Paint what lies in one band, back to front. */
static enum status paint_band(const struct workpool_chunk *chunk) {
    const struct renderer_canvas *canvas = chunk->context;
    const struct renderer *renderer = canvas->renderer;
    struct renderer_brush brush = { .kernels = canvas->kernels, .target = canvas->target };
    int32_t y0 = (int32_t)((canvas->first_band + (uint32_t)chunk->begin) * canvas->tile_rows);
    int32_t y1 = y0 + (int32_t)canvas->tile_rows;
    for (uint32_t r = renderer->run_count; r-- > 0;) {
        const struct renderer_run *run = &renderer->runs[r];
        if (run->y0 >= y1 || run->y1 <= y0) {
            continue;
        }
        const struct picture_rect *rects = renderer->rects + run->first;
        for (uint32_t i = picture_rects_below(rects, run->count, y0);
             i < run->count && rects[i].y0 < y1; i++) {
            struct picture_rect rect = rects[i];
            rect.y0 = rect.y0 > y0 ? rect.y0 : y0;
            rect.y1 = rect.y1 < y1 ? rect.y1 : y1;
            renderer_paint_op(&brush, &renderer->ops[run->op], rect);
        }
    }
    renderer->tallies[chunk->begin] = brush.tally;
    return STATUS_OK;
}

static const struct workpool_kind band_kind = { .name = "renderer.band", .body = paint_band };
static const struct workpool_kind *const kinds[] = { &band_kind, &renderer_hash_kind };
const struct workpool_kind_set renderer_kinds = { .kinds = kinds, .count = COUNT_OF(kinds) };

/* A small frame is cheaper to paint here than to tell another thread about. */
static enum status paint_bands(struct renderer_canvas *canvas, uint32_t bands,
                               uint64_t estimate_ns, struct workpool *pool) {
    if (pool != NULL && estimate_ns >= RENDERER_SMALL_NS) {
        return workpool_run(pool, &(struct workpool_job){ .kind = &band_kind, .count = bands,
                                                          .grain = 1, .context = canvas },
                            NULL);
    }
    for (uint32_t band = 0; band < bands; band++) {
        struct workpool_chunk chunk = { .context = canvas, .begin = band, .end = band + 1,
                                        .number = band };
        enum status status = paint_band(&chunk);
        ASSERT(status == STATUS_OK);
    }
    return STATUS_OK;
}

/* Paint the plan; bands above and below the damage are left out. */
static enum status paint_plan(struct renderer *renderer, const struct renderer_frame *frame,
                              struct renderer_work *work) {
    struct picture_rect bounds = picture_region_bounds(&renderer->damage);
    uint32_t rows = frame->tile_rows != 0 ? frame->tile_rows : RENDERER_TILE_ROWS_DEFAULT;
    uint32_t first = (uint32_t)bounds.y0 / rows;
    uint32_t bands = ((uint32_t)bounds.y1 + rows - 1) / rows - first;
    struct renderer_canvas canvas = { .renderer = renderer,
                                      .kernels = renderer_kernels_for(cpu_level()),
                                      .target = frame->target,
                                      .tile_rows = rows,
                                      .first_band = first };
    void *tallies = renderer->tallies;
    enum status status =
        renderer_reserve(&tallies, &renderer->tally_capacity,
                         (struct renderer_room){ bands, PICTURE_SIDE_MAX,
                                                 sizeof(*renderer->tallies) });
    renderer->tallies = tallies;
    if (status == STATUS_OK) {
        status = paint_bands(&canvas, bands, work->estimate_ns, frame->pool);
    }
    for (uint32_t band = 0; band < bands && status == STATUS_OK; band++) {
        work->pixels_copied += renderer->tallies[band].copied;
        work->pixels_blended += renderer->tallies[band].blended;
    }
    return status;
}

enum status renderer_paint(struct renderer *renderer, const struct renderer_scene *scene,
                           const struct renderer_frame *frame, struct renderer_work *out_work,
                           struct diag *diag) {
    struct renderer_work work = { 0 };
    ASSERT(frame->target.format == PICTURE_ARGB32);
    ASSERT(frame->target.width == scene->width && frame->target.height == scene->height);
    ASSERT(frame->tile_rows <= RENDERER_TILE_ROWS_MAX);
    renderer_tables_trim(renderer);
    enum status status = renderer_prepare(renderer, scene, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = set_damage(renderer, scene, frame->damage);
    if (status == STATUS_OK) {
        status = renderer_plan(renderer, frame->is_uncut, &work);
    }
    if (status == STATUS_OK && !picture_region_is_empty(&renderer->damage)) {
        status = paint_plan(renderer, frame, &work);
    }
    if (out_work != NULL) {
        *out_work = work;
    }
    return status == STATUS_OK
               ? status
               : diag_fail(diag, status, DIAG_NO_OFFSET,
                           "the frame needs too many rectangles or too much memory");
}
