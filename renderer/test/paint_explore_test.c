/*
 * paint_explore_test.c - bands of a frame under a scheduler that tries everything.
 *
 * The explorer chooses the number of workers, one being the plain choice: every frame, of
 * whatever schedule, has the pixels of the first, which one worker painted.
 */
#include "base/attr.h"
#include "explore/explore.h"
#include "picture/image.h"
#include "picture/region.h"
#include "renderer/render.h"

enum { WIDTH = 640, HEIGHT = 480, WORKERS_MOST = 3, ITEMS = 6 };

static const struct workpool_kind_set *const kind_sets[] = { &renderer_kinds };

static void make_items(struct renderer_item items[ITEMS]) {
    items[0] = (struct renderer_item){
        .kind = RENDERER_GRADIENT, .opacity = 255, .box = { 0, 0, WIDTH, HEIGHT },
        .as.gradient = { .from = { 0, 0 }, .to = { 0, HEIGHT }, .stop_count = 2,
                         .stops = { { 0, renderer_colour(24, 42, 84, 255) },
                                    { RENDERER_STOP_END, renderer_colour(214, 130, 94, 255) } } },
    };
    for (int i = 1; i < ITEMS; i++) {
        items[i] = (struct renderer_item){
            .kind = i % 2 == 0 ? RENDERER_SOLID : RENDERER_SHADOW, .opacity = 100, .radius = 9,
            .box = { 20 * i, 10 * i, 500 + 20 * i, 350 + 20 * i },
            .corners = RENDERER_ALL_CORNERS };
        if (i % 2 == 0) {
            items[i].as.solid = renderer_colour(40u * (uint32_t)i, 90, 120, 200);
        } else {
            items[i].as.shadow.colour = renderer_colour(0, 0, 0, 255);
            items[i].as.shadow.blur = 12;
        }
    }
}

static void output_view(const struct picture_view *view) {
    for (uint32_t y = 0; y < view->height; y++) {
        explore_output(picture_row(view, y), (size_t)view->width * 4);
    }
}

static void frame_has_the_same_pixels(void) {
    struct renderer_item items[ITEMS];
    make_items(items);
    const struct renderer_scene scene = { .width = WIDTH, .height = HEIGHT, .items = items,
                                          .item_count = ITEMS };
    const struct workpool_options options = { .name = "explored",
                                              .workers = 1 + explore_choose(WORKERS_MOST),
                                              .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool = NULL;
    struct renderer *renderer = NULL;
    struct picture_view target;
    EXPLORE_CHECK(workpool_create(&options, &pool, NULL) == STATUS_OK);
    EXPLORE_CHECK(renderer_create(NULL, &renderer) == STATUS_OK);
    EXPLORE_CHECK(picture_image_create(WIDTH, HEIGHT, PICTURE_ARGB32, &target) == STATUS_OK);
    const struct renderer_frame frame = { .target = target, .pool = pool, .tile_rows = 64 };
    struct renderer_work work;
    EXPLORE_CHECK(renderer_paint(renderer, &scene, &frame, &work, NULL) == STATUS_OK);
    EXPLORE_CHECK(work.estimate_ns >= RENDERER_SMALL_NS);   /* or the pool was not used */
    explore_output(&work, sizeof(work));
    output_view(&target);
    picture_image_destroy(&target);
    renderer_destroy(renderer);
    workpool_destroy(pool);
}

int main(int argc, char **argv) {
    /* An execution paints a whole frame, so there are fewer of them than usual. */
    const struct explore_case cases[] = {
        { .name = "frame_has_the_same_pixels", .body = frame_has_the_same_pixels,
          .plan = { .runs = 150 } },
        { .name = "frame_has_the_same_pixels_pct", .body = frame_has_the_same_pixels,
          .plan = { .strategy = EXPLORE_PCT, .runs = 150 } },
    };
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
