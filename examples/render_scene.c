/*
 * render_scene.c - a window with a shadow over a gradient, painted by bands on the
 * work pool, and the digest of its pixels: the same at any number of workers.
 *
 *     render_scene [WORKERS]
 *
 * uses: base sync picture workpool renderer
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/digest.h"
#include "picture/image.h"
#include "renderer/render.h"

enum { WIDTH = 640, HEIGHT = 400 };

static const struct picture_rect window = { .x0 = 120, .y0 = 80, .x1 = 520, .y1 = 320 };

/* Items lie in z order, the first lowest. */
static struct renderer_scene make_scene(struct renderer_item items[4]) {
    items[0] = (struct renderer_item){
        .kind = RENDERER_GRADIENT, .opacity = 255, .box = { 0, 0, WIDTH, HEIGHT },
        .as.gradient = { .from = { 0, 0 }, .to = { 0, HEIGHT }, .stop_count = 2,
                         .stops = { { 0, renderer_colour(24, 42, 84, 255) },
                                    { RENDERER_STOP_END, renderer_colour(214, 130, 94, 255) } } },
    };
    items[1] = (struct renderer_item){
        .kind = RENDERER_SHADOW, .opacity = 160, .box = window, .radius = 12,
        .as.shadow = { .colour = renderer_colour(0, 0, 0, 255), .blur = 24 },
    };
    items[2] = (struct renderer_item){
        .kind = RENDERER_SOLID, .opacity = 255, .box = window, .radius = 12,
        .corners = RENDERER_ALL_CORNERS, .as.solid = renderer_colour(246, 244, 240, 255),
    };
    items[3] = (struct renderer_item){
        .kind = RENDERER_SOLID, .opacity = 255, .radius = 12,
        .box = { window.x0, window.y0, window.x1, window.y0 + 32 },
        .corners = RENDERER_TOP_LEFT | RENDERER_TOP_RIGHT,
        .as.solid = renderer_colour(70, 90, 120, 255),
    };
    return (struct renderer_scene){ .width = WIDTH, .height = HEIGHT, .items = items,
                                    .item_count = 4 };
}

static enum status paint(uint32_t workers, const struct picture_view *target, struct diag *diag) {
    struct renderer_item items[4];
    struct renderer_scene scene = make_scene(items);
    const struct workpool_kind_set *const sets[] = { &renderer_kinds };
    struct workpool_options options = {
        .name = "paint", .workers = workers, .kind_sets = sets, .kind_set_count = COUNT_OF(sets)
    };
    struct workpool *pool;
    enum status status = workpool_create(&options, &pool, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct renderer *renderer;
    status = renderer_create(NULL, &renderer);
    if (status == STATUS_OK) {
        struct renderer_frame frame = { .target = *target, .pool = pool };
        status = renderer_paint(renderer, &scene, &frame, NULL, diag);
        renderer_destroy(renderer);
    }
    workpool_destroy(pool);
    return status;
}

/* The digest of the pixels, row by row. */
static void print_digest(const struct picture_view *view) {
    struct digest_state digest;
    uint8_t bytes[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    digest_init(&digest);
    for (uint32_t y = 0; y < view->height; y++) {
        digest_update(&digest, picture_row(view, y), (size_t)view->width * 4);
    }
    digest_finish(&digest, bytes);
    digest_text(bytes, text);
    printf("%ux%u %s\n", view->width, view->height, text);
}

int main(int argc, char **argv) {
    struct picture_view view;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    enum status status = picture_image_create(WIDTH, HEIGHT, PICTURE_ARGB32, &view);
    if (status == STATUS_OK) {
        status = paint(argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2, &view, &diag);
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "render_scene: %s\n", diag.reason ? diag.reason : status_name(status));
        return 1;
    }
    print_digest(&view);
    picture_image_destroy(&view);
    return 0;
}
