/*
 * compose_bench.c - the renderer beside pixman, in one process.
 *
 * Kernels: a whole picture, a row at a time, thread CPU, median of interleaved rounds.
 * The windows scene is compose_scenes.c.
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
#include "compose.h"
#include "measure.h"
#include "renderer/render.h"
#include "sync/memory.h"

enum { ROUNDS = 21 };

static uint32_t random_state = 12345;

void compose_seed(uint32_t seed) {
    random_state = seed;
}

uint32_t compose_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

uint32_t compose_pixel(uint32_t colour, uint32_t alpha) {
    return (renderer_scale_pixel(colour, alpha) & 0xffffff) | alpha << 24;
}

void *compose_take(size_t bytes) {
    void *memory = sync_alloc_aligned(bytes, 64);
    ASSERT(memory != NULL);
    memset(memory, 1, bytes);
    return memory;
}

void compose_compare(const char *name, const uint32_t *a, const uint32_t *b, size_t count) {
    size_t different = 0;
    for (size_t i = 0; i < count; i++) {
        different += a[i] != b[i];
    }
    if (different != 0) {
        printf("%s: %zu PIXELS DIFFER\n", name, different);
    }
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
    *s = (struct sheet){ .width = width, .height = height, .to = compose_take(count * 4),
                         .from = compose_take(count * 4), .mask = compose_take(count),
                         .kernels = renderer_kernels_for(cpu_level()) };
    for (size_t i = 0; i < count; i++) {
        s->to[i] = compose_random() | 0xff000000;
        uint32_t word = compose_random();
        s->from[i] = compose_pixel(word, word >> 24);
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
    uint32_t *before = compose_take(count * 4);
    uint32_t *after = compose_take(count * 4);
    memcpy(before, s->to, count * 4);
    row->ours(s);
    memcpy(after, s->to, count * 4);
    memcpy(s->to, before, count * 4);
    row->theirs(s);
    compose_compare(name, after, s->to, count);
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

int main(void) {
    static const uint32_t sizes[2][2] = { { 1920, 1080 }, { 3840, 2160 } };
    static const struct workpool_kind_set *const sets[] = { &renderer_kinds, &compose_kinds };
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
    compose_scenes(pool);
    workpool_destroy(pool);
    return 0;
}
