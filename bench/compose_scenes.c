/*
 * compose_scenes.c - a desktop, ours beside pixman's.
 *
 * A wallpaper and 20 windows (10 opaque, 6 with a soft rim around an opaque core, 4
 * translucent), 4.4 screens of pixels.  The peer composes the way weston's pixman
 * renderer does: visible regions front to back, SRC where a window is opaque, OVER
 * elsewhere, clipped to the region.  On two workers its picture is cut in two bands on
 * the same pool; there time is wall time, the least of the rounds.
 */
#include <stdio.h>
#include <string.h>

#include <pixman.h>

#include "base/assert.h"
#include "base/attr.h"
#include "compose.h"
#include "measure.h"
#include "renderer/render.h"
#include "sync/memory.h"

enum { SCENE_ROUNDS = 41, WINDOWS = 20, RIM = 24, DAMAGES = 3 };

struct desk {
    uint32_t width;
    uint32_t height;
    struct renderer_item items[WINDOWS + 1];
    struct renderer_scene scene;
    pixman_image_t *images[WINDOWS + 1];
    uint32_t *ours;
    uint32_t *theirs;
    struct renderer *renderer;
    struct workpool *pool;             /* NULL for one worker */
    struct picture_region damage;
    const struct picture_region *area; /* &damage, or NULL for everything */
    pixman_region32_t peer_damage;
};

static struct picture_view desk_image(uint32_t width, uint32_t height, int kind) {
    struct picture_view view;
    ASSERT(picture_image_create(width, height, PICTURE_ARGB32, &view) == STATUS_OK);
    for (uint32_t y = 0; y < height; y++) {
        uint32_t *row = (uint32_t *)(void *)picture_row(&view, y);
        for (uint32_t x = 0; x < width; x++) {
            bool is_rim = kind == 1 &&
                          (x < RIM || y < RIM || x + RIM >= width || y + RIM >= height);
            uint32_t alpha = is_rim ? compose_random() % 100 : kind == 2 ? 208 : 255;
            row[x] = compose_pixel(compose_random(), alpha);
        }
    }
    return view;
}

static void desk_item(struct desk *d, uint32_t number, struct picture_rect box, int kind) {
    uint32_t width = (uint32_t)(box.x1 - box.x0);
    uint32_t height = (uint32_t)(box.y1 - box.y0);
    struct picture_view view = desk_image(width, height, kind);
    int32_t rim = kind == 1 ? RIM : 0;
    struct picture_rect opaque = { rim, rim, (int32_t)view.width - rim,
                                   (int32_t)view.height - rim };
    d->items[number] = (struct renderer_item){ .kind = RENDERER_IMAGE, .opacity = 255, .box = box };
    d->items[number].as.image.pixels = view;
    d->items[number].as.image.opaque = kind == 2 ? (struct picture_rect){ 0 } : opaque;
    d->images[number] =
        pixman_image_create_bits(kind == 0 ? PIXMAN_x8r8g8b8 : PIXMAN_a8r8g8b8, (int)view.width,
                                 (int)view.height, (uint32_t *)(void *)view.pixels,
                                 (int)view.stride_bytes);
}

static void desk_make(struct desk *d, uint32_t width, uint32_t height) {
    size_t bytes = (size_t)width * height * 4;
    *d = (struct desk){ .width = width, .height = height, .ours = compose_take(bytes),
                        .theirs = compose_take(bytes) };
    compose_seed(42);
    desk_item(d, 0, (struct picture_rect){ 0, 0, (int32_t)width, (int32_t)height }, 0);
    for (uint32_t i = 1; i <= WINDOWS; i++) {
        uint32_t w = width / 4 + compose_random() % (width / 3);
        uint32_t h = height / 4 + compose_random() % (height / 3);
        int32_t x = (int32_t)(compose_random() % (width - w * 3 / 4)) - (int32_t)w / 8;
        int32_t y = (int32_t)(compose_random() % (height - h * 3 / 4)) - (int32_t)h / 8;
        int kind = i % 2 == 0 ? 0 : i % 10 < 7 ? 1 : 2;
        desk_item(d, i, (struct picture_rect){ x, y, x + (int32_t)w, y + (int32_t)h }, kind);
    }
    d->scene = (struct renderer_scene){ width, height, 0xff000000, d->items, WINDOWS + 1 };
    ASSERT(renderer_create(NULL, &d->renderer) == STATUS_OK);
    picture_region_init(&d->damage, 1 << 16);
    pixman_region32_init(&d->peer_damage);
}

static void desk_free(struct desk *d) {
    for (uint32_t i = 0; i <= WINDOWS; i++) {
        pixman_image_unref(d->images[i]);
        picture_image_destroy(&d->items[i].as.image.pixels);
    }
    sync_free(d->ours);
    sync_free(d->theirs);
    renderer_destroy(d->renderer);
    picture_region_finish(&d->damage);
    pixman_region32_fini(&d->peer_damage);
}

/* Everything; one rectangle of a twentieth; forty small ones of a twentieth together. */
static void desk_damage(struct desk *d, int which) {
    struct picture_rect rects[40];
    int32_t w = (int32_t)d->width, h = (int32_t)d->height;
    uint32_t count = which == 2 ? 40 : 1;
    rects[0] = which == 0 ? (struct picture_rect){ 0, 0, w, h }
                          : (struct picture_rect){ w * 3 / 8, h * 3 / 8, w * 3 / 8 + w * 28 / 125,
                                                   h * 3 / 8 + h * 28 / 125 };
    compose_seed(5);
    for (uint32_t i = 0; which == 2 && i < count; i++) {
        int32_t x = (int32_t)(compose_random() % (uint32_t)(w - w / 28));
        int32_t y = (int32_t)(compose_random() % (uint32_t)(h - h / 28));
        rects[i] = (struct picture_rect){ x, y, x + w / 28, y + h / 28 };
    }
    ASSERT(picture_region_set_rects(&d->damage, rects, count) == STATUS_OK);
    d->area = which == 0 ? NULL : &d->damage;
    pixman_region32_clear(&d->peer_damage);
    for (uint32_t i = 0; i < count; i++) {
        pixman_region32_union_rect(&d->peer_damage, &d->peer_damage, rects[i].x0, rects[i].y0,
                                   (unsigned)(rects[i].x1 - rects[i].x0),
                                   (unsigned)(rects[i].y1 - rects[i].y0));
    }
}

static void ours_scene(void *context) {
    struct desk *d = context;
    struct renderer_frame frame = { .target = { (uint8_t *)d->ours, d->width, d->height,
                                                (size_t)d->width * 4, PICTURE_ARGB32 },
                                    .damage = d->area, .pool = d->pool };
    ASSERT(renderer_paint(d->renderer, &d->scene, &frame, NULL, NULL) == STATUS_OK);
}

static void peer_window(struct desk *d, pixman_image_t *to, uint32_t number,
                        pixman_region32_t *region, pixman_op_t op) {
    const struct renderer_item *item = &d->items[number];
    if (pixman_region32_not_empty(region)) {
        pixman_image_set_clip_region32(to, region);
        pixman_image_composite32(op, d->images[number], NULL, to, 0, 0, 0, 0, item->box.x0,
                                 item->box.y0, item->box.x1 - item->box.x0,
                                 item->box.y1 - item->box.y0);
    }
}

/* Compose the part of the damage in rows [y0, y1): what each thread of the peer does. */
static void peer_part(struct desk *d, int y0, int y1) {
    pixman_region32_t left, part[WINDOWS + 1], opaque[WINDOWS + 1];
    pixman_region32_init_rect(&left, 0, y0, d->width, (unsigned)(y1 - y0));
    pixman_region32_intersect(&left, &left, &d->peer_damage);
    for (int i = WINDOWS; i >= 0; i--) {
        struct picture_rect b = d->items[i].box, o = d->items[i].as.image.opaque;
        pixman_region32_init_rect(&part[i], b.x0, b.y0, (unsigned)(b.x1 - b.x0),
                                  (unsigned)(b.y1 - b.y0));
        pixman_region32_init_rect(&opaque[i], b.x0 + o.x0, b.y0 + o.y0, (unsigned)(o.x1 - o.x0),
                                  (unsigned)(o.y1 - o.y0));
        pixman_region32_intersect(&part[i], &part[i], &left);
        pixman_region32_intersect(&opaque[i], &opaque[i], &part[i]);
        pixman_region32_subtract(&left, &left, &opaque[i]);
        pixman_region32_subtract(&part[i], &part[i], &opaque[i]);
    }
    pixman_image_t *to = pixman_image_create_bits(PIXMAN_a8r8g8b8, (int)d->width, (int)d->height,
                                                  d->theirs, (int)d->width * 4);
    for (uint32_t i = 0; i <= WINDOWS; i++) {
        peer_window(d, to, i, &opaque[i], PIXMAN_OP_SRC);
        peer_window(d, to, i, &part[i], PIXMAN_OP_OVER);
        pixman_region32_fini(&opaque[i]);
        pixman_region32_fini(&part[i]);
    }
    pixman_image_unref(to);
    pixman_region32_fini(&left);
}

static enum status peer_half(const struct workpool_chunk *chunk) {
    struct desk *d = chunk->context;
    int half = (int)d->height / 2;
    peer_part(d, chunk->begin == 0 ? 0 : half, chunk->begin == 0 ? half : (int)d->height);
    return STATUS_OK;
}

static const struct workpool_kind half_kind = { .name = "bench.half", .body = peer_half };
static const struct workpool_kind *const half_kinds[] = { &half_kind };
const struct workpool_kind_set compose_kinds = { half_kinds, 1 };

static void theirs_scene(void *context) {
    struct desk *d = context;
    if (d->pool == NULL) {
        peer_part(d, 0, (int)d->height);
        return;
    }
    ASSERT(workpool_run(d->pool, &(struct workpool_job){ .kind = &half_kind, .count = 2, .grain = 1,
                                                         .context = d }, NULL) == STATUS_OK);
}

static void scene_row(struct desk *d, int size, int which, struct workpool *pool) {
    static const char *const damages[DAMAGES] = { "full", "5pct_rect", "5pct_40_rects" };
    static const double bars[2][2][DAMAGES] = { { { 1.5, 1.1, 1.25 }, { 1.4, 1.1, 1.25 } },
                                                { { 0, 0, 0 }, { 1.7, 0, 0 } } };
    char name[64];
    size_t pixels = (size_t)d->width * d->height;
    d->pool = pool;
    desk_damage(d, which);
    memset(d->ours, 0, pixels * 4);
    memset(d->theirs, 0, pixels * 4);
    struct measure_body bodies[2] = { { .run = ours_scene, .context = d },
                                      { .run = theirs_scene, .context = d } };
    measure(bodies, 2, SCENE_ROUNDS, pool == NULL ? MEASURE_THREAD_CPU : MEASURE_WALL, 0);
    snprintf(name, sizeof(name), "compose.windows.%s.%s.%s", size == 0 ? "1080p" : "4k",
             damages[which], pool == NULL ? "1_worker" : "2_workers");
    double ours = pool == NULL ? bodies[0].median_ns : bodies[0].min_ns;
    double peer = pool == NULL ? bodies[1].median_ns : bodies[1].min_ns;
    measure_row(name, 1e9 / ours, 1e9 / peer, "frames/s", true, bars[pool != NULL][size][which]);
    compose_compare(name, d->ours, d->theirs, pixels);
}

void compose_scenes(struct workpool *pool) {
    static const uint32_t sizes[2][2] = { { 1920, 1080 }, { 3840, 2160 } };
    static struct desk desk;
    for (int size = 0; size < 2; size++) {
        desk_make(&desk, sizes[size][0], sizes[size][1]);
        for (int which = 0; which < DAMAGES; which++) {
            scene_row(&desk, size, which, NULL);
            scene_row(&desk, size, which, pool);
        }
        desk_free(&desk);
    }
}
