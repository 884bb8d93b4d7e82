/*
 * compose_bench.c - the renderer beside pixman, in one process.
 *
 * Kernels: a whole picture, a row at a time, thread CPU, median of interleaved rounds.
 * Scenes: a wallpaper and 20 windows (10 opaque, 6 with a soft rim around an opaque
 * core, 4 translucent), 4.4 screens of pixels.  The peer composes the way weston's
 * pixman renderer does: visible regions front to back, SRC where a window is opaque,
 * OVER elsewhere, clipped to the region.  On two workers its picture is cut in two
 * bands on the same pool; there time is wall time, the least of the rounds.
 * Every pair of results must be equal to the pixel, or the row says so.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pixman.h>

#include "../renderer/src/kernels.h"
#include "base/assert.h"
#include "base/attr.h"
#include "measure.h"
#include "renderer/render.h"
#include "sync/memory.h"

enum { ROUNDS = 21, SCENE_ROUNDS = 41, WINDOWS = 20, RIM = 24, DAMAGES = 3 };

static uint32_t random_state = 12345;

static uint32_t random_word(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static uint32_t premultiplied(uint32_t pixel, uint32_t alpha) {
    return (renderer_scale_pixel(pixel, alpha) & 0xffffff) | alpha << 24;
}

static void *take(size_t bytes) {
    void *memory = sync_alloc_aligned(bytes, 64);
    ASSERT(memory != NULL);
    memset(memory, 1, bytes);
    return memory;
}

/* ---- kernels ---- */

struct sheet {
    size_t width;
    size_t height;
    uint32_t *to;            /* of both, so that both find the same caches */
    uint32_t *from;
    uint8_t *mask;
    pixman_image_t *to_image;
    pixman_image_t *from_image;
    pixman_image_t *mask_image;
    pixman_image_t *fade_image;
    pixman_image_t *ramp_image;
    const struct renderer_kernels *kernels;
};

static pixman_image_t *wrap(pixman_format_code_t format, const struct sheet *s, void *pixels) {
    int stride = (int)(s->width * (PIXMAN_FORMAT_BPP(format) / 8));
    pixman_image_t *image =
        pixman_image_create_bits(format, (int)s->width, (int)s->height, pixels, stride);
    ASSERT(image != NULL);
    return image;
}

/* A rounded rectangle as large as the sheet, the radius 1/20 of its height. */
static uint8_t rounded(const struct sheet *s, size_t x, size_t y) {
    double r = (double)s->height / 20;
    double dx = fmax(fabs((double)x + .5 - (double)s->width / 2) - (double)s->width / 2 + r, 0);
    double dy = fmax(fabs((double)y + .5 - (double)s->height / 2) - (double)s->height / 2 + r, 0);
    double cover = r + .5 - hypot(dx, dy);
    return (uint8_t)(255 * fmin(fmax(cover, 0), 1));
}

static void sheet_make(struct sheet *s, size_t width, size_t height) {
    size_t count = width * height;
    *s = (struct sheet){ .width = width, .height = height, .to = take(count * 4),
                         .from = take(count * 4), .mask = take(count),
                         .kernels = renderer_kernels_for(cpu_level()) };
    for (size_t i = 0; i < count; i++) {
        s->to[i] = random_word() | 0xff000000;
        uint32_t word = random_word();
        s->from[i] = premultiplied(word, word >> 24);
        s->mask[i] = rounded(s, i % width, i / width);
    }
    s->to_image = wrap(PIXMAN_a8r8g8b8, s, s->to);
    s->from_image = wrap(PIXMAN_a8r8g8b8, s, s->from);
    s->mask_image = wrap(PIXMAN_a8, s, s->mask);
    s->fade_image = pixman_image_create_solid_fill(&(pixman_color_t){ .alpha = 0xd0d0 });
    pixman_point_fixed_t ends[2] = { { 0, 0 }, { pixman_int_to_fixed((int)width),
                                                 pixman_int_to_fixed((int)height / 2) } };
    pixman_gradient_stop_t stops[2] = { { 0, { 0x2020, 0x4040, 0x9090, 0xffff } },
                                        { 0x10000, { 0xf0f0, 0xc0c0, 0x8080, 0xffff } } };
    s->ramp_image = pixman_image_create_linear_gradient(&ends[0], &ends[1], stops, 2);
    pixman_image_set_repeat(s->ramp_image, PIXMAN_REPEAT_PAD);
}

static void sheet_free(struct sheet *s) {
    pixman_image_t *images[] = { s->to_image, s->from_image, s->mask_image, s->fade_image,
                                 s->ramp_image };
    for (size_t i = 0; i < COUNT_OF(images); i++) {
        pixman_image_unref(images[i]);
    }
    sync_free(s->to);
    sync_free(s->from);
    sync_free(s->mask);
}

#define FOR_ROWS(s, y, at) for (size_t y = 0, at = 0; y < (s)->height; y++, at += (s)->width)

static void ours_over(void *context) {
    struct sheet *s = context;
    FOR_ROWS(s, y, at) { s->kernels->over(s->to + at, s->from + at, s->width); }
}

static void ours_copy(void *context) {
    struct sheet *s = context;
    FOR_ROWS(s, y, at) { s->kernels->copy(s->to + at, s->from + at, s->width); }
}

static void ours_alpha(void *context) {
    struct sheet *s = context;
    FOR_ROWS(s, y, at) { s->kernels->over_alpha(s->to + at, s->from + at, 0xd0, s->width); }
}

static void ours_mask(void *context) {
    struct sheet *s = context;
    FOR_ROWS(s, y, at) {
        s->kernels->over_mask(s->to + at, s->from + at, s->mask + at, s->width);
    }
}

static void theirs(struct sheet *s, pixman_op_t op, pixman_image_t *from, pixman_image_t *mask) {
    pixman_image_composite32(op, from, mask, s->to_image, 0, 0, 0, 0, 0, 0, (int)s->width,
                             (int)s->height);
}

static void theirs_over(void *context) {
    struct sheet *s = context;
    theirs(s, PIXMAN_OP_OVER, s->from_image, NULL);
}

static void theirs_copy(void *context) {
    struct sheet *s = context;
    theirs(s, PIXMAN_OP_SRC, s->from_image, NULL);
}

static void theirs_alpha(void *context) {
    struct sheet *s = context;
    theirs(s, PIXMAN_OP_OVER, s->from_image, s->fade_image);
}

static void theirs_mask(void *context) {
    struct sheet *s = context;
    theirs(s, PIXMAN_OP_OVER, s->from_image, s->mask_image);
}

static void theirs_ramp(void *context) {
    struct sheet *s = context;
    theirs(s, PIXMAN_OP_SRC, s->ramp_image, NULL);
}

/* Our gradient through the whole renderer: there is no kernel without its rows. */
static void ours_ramp(void *context) {
    struct sheet *s = context;
    static struct renderer *renderer;
    int32_t width = (int32_t)s->width, height = (int32_t)s->height;
    struct renderer_item item = { .kind = RENDERER_GRADIENT, .opacity = 255,
                                  .box = { 0, 0, width, height } };
    item.as.gradient = (struct renderer_gradient){ .to = { width, height / 2 }, .stop_count = 2,
                                                   .stops = { { 0, 0xff204090 },
                                                              { 65536, 0xfff0c080 } } };
    struct renderer_scene scene = { (uint32_t)width, (uint32_t)height, 0xff000000, &item, 1 };
    struct renderer_frame frame = { .target = { (uint8_t *)s->to, scene.width, scene.height,
                                                s->width * 4, PICTURE_ARGB32 } };
    if (renderer == NULL) {
        ASSERT(renderer_create(NULL, &renderer) == STATUS_OK);
    }
    ASSERT(renderer_paint(renderer, &scene, &frame, NULL, NULL) == STATUS_OK);
}

static size_t differing(const uint32_t *a, const uint32_t *b, size_t count) {
    size_t different = 0;
    for (size_t i = 0; i < count; i++) {
        different += a[i] != b[i];
    }
    return different;
}

struct kernel_row {
    const char *name;
    void (*ours)(void *context);
    void (*theirs)(void *context);
    double bars[2];      /* 1080p, 4K */
    bool is_exact;       /* the same arithmetic as pixman's */
};

/* Both once more, from the same pixels. */
static void check_exact(struct sheet *s, const struct kernel_row *row, const char *name) {
    size_t count = s->width * s->height;
    uint32_t *before = take(count * 4);
    uint32_t *after = take(count * 4);
    memcpy(before, s->to, count * 4);
    row->ours(s);
    memcpy(after, s->to, count * 4);
    memcpy(s->to, before, count * 4);
    row->theirs(s);
    size_t wrong = differing(after, s->to, count);
    if (wrong != 0) {
        printf("%s: %zu PIXELS DIFFER\n", name, wrong);
    }
    sync_free(before);
    sync_free(after);
}

static void kernel_rows(struct sheet *s, int size) {
    static const struct kernel_row rows[] = {
        { "src_copy", ours_copy, theirs_copy, { 0, 0 }, true },
        { "over_random", ours_over, theirs_over, { 3.0, 2.0 }, true },
        { "over_alpha", ours_alpha, theirs_alpha, { 3.0, 2.5 }, true },
        { "rounded_mask", ours_mask, theirs_mask, { 4.0, 3.0 }, true },
        { "gradient", ours_ramp, theirs_ramp, { 12.0, 12.0 }, false },
    };
    double pixels = (double)(s->width * s->height);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char name[64];
        struct measure_body bodies[2] = { { .run = rows[i].ours, .context = s },
                                          { .run = rows[i].theirs, .context = s } };
        measure(bodies, 2, ROUNDS, MEASURE_THREAD_CPU, 0);
        snprintf(name, sizeof(name), "compose.%s.%s", rows[i].name, size == 0 ? "1080p" : "4k");
        measure_row(name, pixels * 1e3 / bodies[0].median_ns, pixels * 1e3 / bodies[1].median_ns,
                    "Mpx/s", true, rows[i].bars[size]);
        if (rows[i].is_exact) {
            check_exact(s, &rows[i], name);
        }
    }
}

/* ---- shadow ---- */

enum { SHADOW_WIDTH = 944, SHADOW_HEIGHT = 744, SHADOW_BLUR = 72 };

struct shadow {
    struct renderer *renderer;
    struct picture_view target;
    uint32_t blur;
    uint32_t radius;
    pixman_image_t *from;
    pixman_image_t *middle;
    pixman_image_t *to;
};

/* The whole shadow, tables made anew each time. */
static void ours_shadow(void *context) {
    struct shadow *s = context;
    int32_t blur = (int32_t)s->blur;
    struct renderer_item item = { .kind = RENDERER_SHADOW, .opacity = 255, .radius = s->radius,
                                  .box = { blur, blur, SHADOW_WIDTH - blur, SHADOW_HEIGHT - blur },
                                  .as.shadow = { 0xff000000, s->blur } };
    struct renderer_scene scene = { SHADOW_WIDTH, SHADOW_HEIGHT, 0xffffffff, &item, 1 };
    struct renderer_frame frame = { .target = s->target };
    ASSERT(renderer_create(NULL, &s->renderer) == STATUS_OK);
    ASSERT(renderer_paint(s->renderer, &scene, &frame, NULL, NULL) == STATUS_OK);
    renderer_destroy(s->renderer);
}

/* A Gaussian of sigma 24 in two passes of 145 taps: the reach of our blur of 72. */
static void theirs_shadow(void *context) {
    struct shadow *s = context;
    pixman_image_composite32(PIXMAN_OP_SRC, s->from, NULL, s->middle, 0, 0, 0, 0, 0, 0,
                             SHADOW_WIDTH, SHADOW_HEIGHT);
    pixman_image_composite32(PIXMAN_OP_SRC, s->middle, NULL, s->to, 0, 0, 0, 0, 0, 0,
                             SHADOW_WIDTH, SHADOW_HEIGHT);
}

static void set_blur(pixman_image_t *image, int width, int height) {
    enum { TAPS = 2 * SHADOW_BLUR + 1 };
    pixman_fixed_t values[2 + TAPS] = { pixman_int_to_fixed(width), pixman_int_to_fixed(height) };
    double sum = 0;
    for (int i = 0; i < TAPS; i++) {
        sum += exp(-(i - SHADOW_BLUR) * (i - SHADOW_BLUR) / (2.0 * 24 * 24));
    }
    for (int i = 0; i < TAPS; i++) {
        values[2 + i] = pixman_double_to_fixed(
            exp(-(i - SHADOW_BLUR) * (i - SHADOW_BLUR) / (2.0 * 24 * 24)) / sum);
    }
    ASSERT(pixman_image_set_filter(image, PIXMAN_FILTER_CONVOLUTION, values, 2 + TAPS));
}

static void shadow_rows(void) {
    struct shadow s = { .blur = SHADOW_BLUR };
    ASSERT(picture_image_create(SHADOW_WIDTH, SHADOW_HEIGHT, PICTURE_ARGB32, &s.target) ==
           STATUS_OK);
    pixman_image_t **images[] = { &s.from, &s.middle, &s.to };
    for (size_t i = 0; i < COUNT_OF(images); i++) {
        *images[i] = pixman_image_create_bits(PIXMAN_a8, SHADOW_WIDTH, SHADOW_HEIGHT, NULL, 0);
        ASSERT(*images[i] != NULL);
    }
    set_blur(s.from, 2 * SHADOW_BLUR + 1, 1);
    set_blur(s.middle, 1, 2 * SHADOW_BLUR + 1);
    double pixels = SHADOW_WIDTH * SHADOW_HEIGHT;
    for (int round = 0; round < 2; round++) {
        s.radius = round == 0 ? 0 : 16;
        struct measure_body bodies[2] = { { .run = ours_shadow, .context = &s },
                                          { .run = theirs_shadow, .context = &s } };
        measure(bodies, 2, 3, MEASURE_THREAD_CPU, 0);
        measure_row(round == 0 ? "compose.shadow_box" : "compose.shadow_rounded",
                    pixels * 1e3 / bodies[0].median_ns, pixels * 1e3 / bodies[1].median_ns,
                    "Mpx/s", true, 200);
    }
    for (size_t i = 0; i < COUNT_OF(images); i++) {
        pixman_image_unref(*images[i]);
    }
    picture_image_destroy(&s.target);
}

/* ---- scenes ---- */

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
            uint32_t alpha = is_rim ? random_word() % 100 : kind == 2 ? 208 : 255;
            row[x] = premultiplied(random_word(), alpha);
        }
    }
    return view;
}

static void desk_item(struct desk *d, uint32_t number, struct picture_rect box, int kind) {
    struct picture_view view = desk_image((uint32_t)(box.x1 - box.x0), (uint32_t)(box.y1 - box.y0),
                                          kind);
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
    *d = (struct desk){ .width = width, .height = height, .ours = take((size_t)width * height * 4),
                        .theirs = take((size_t)width * height * 4) };
    random_state = 42;
    desk_item(d, 0, (struct picture_rect){ 0, 0, (int32_t)width, (int32_t)height }, 0);
    for (uint32_t i = 1; i <= WINDOWS; i++) {
        uint32_t w = width / 4 + random_word() % (width / 3);
        uint32_t h = height / 4 + random_word() % (height / 3);
        int32_t x = (int32_t)(random_word() % (width - w * 3 / 4)) - (int32_t)w / 8;
        int32_t y = (int32_t)(random_word() % (height - h * 3 / 4)) - (int32_t)h / 8;
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
    random_state = 5;
    for (uint32_t i = 0; which == 2 && i < count; i++) {
        int32_t x = (int32_t)(random_word() % (uint32_t)(w - w / 28));
        int32_t y = (int32_t)(random_word() % (uint32_t)(h - h / 28));
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
static const struct workpool_kind_set half_set = { half_kinds, 1 };

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
    size_t wrong = differing(d->ours, d->theirs, pixels);
    if (wrong != 0) {
        printf("%s: %zu PIXELS DIFFER\n", name, wrong);
    }
}

int main(void) {
    static struct desk desk;
    static const uint32_t sizes[2][2] = { { 1920, 1080 }, { 3840, 2160 } };
    static const struct workpool_kind_set *const sets[] = { &renderer_kinds, &half_set };
    struct workpool_options options = { .name = "bench", .workers = 2, .kind_sets = sets,
                                        .kind_set_count = COUNT_OF(sets) };
    struct workpool *pool;
    ASSERT(workpool_create(&options, &pool, NULL) == STATUS_OK);
    for (int size = 0; size < 2; size++) {
        struct sheet sheet;
        sheet_make(&sheet, sizes[size][0], sizes[size][1]);
        kernel_rows(&sheet, size);
        sheet_free(&sheet);
    }
    shadow_rows();
    for (int size = 0; size < 2; size++) {
        desk_make(&desk, sizes[size][0], sizes[size][1]);
        for (int which = 0; which < DAMAGES; which++) {
            scene_row(&desk, size, which, NULL);
            scene_row(&desk, size, which, pool);
        }
        desk_free(&desk);
    }
    workpool_destroy(pool);
    return 0;
}
