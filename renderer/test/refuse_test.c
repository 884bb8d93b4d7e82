/*
 * refuse_test.c - scenes that cannot be painted: the status, the item, no pixel changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "renderer/render.h"
#include "sync/memory.h"

static enum status try(const struct renderer_scene *scene, const struct renderer_options *options,
                       struct diag *diag) {
    struct renderer *renderer;
    struct picture_view target;
    assert_int_equal(STATUS_OK, picture_image_create(scene->width, scene->height, PICTURE_ARGB32,
                                                     &target));
    assert_int_equal(STATUS_OK, renderer_create(options, &renderer));
    struct renderer_frame frame = { .target = target };
    enum status status = renderer_paint(renderer, scene, &frame, NULL, diag);
    if (status != STATUS_OK) {
        for (uint32_t y = 0; y < target.height; y++) {
            for (uint32_t x = 0; x < target.width * 4; x++) {
                assert_int_equal(0, picture_row(&target, y)[x]);
            }
        }
    }
    renderer_destroy(renderer);
    picture_image_destroy(&target);
    return status;
}

static void a_scene_that_breaks_a_rule_is_refused_and_changes_no_pixel(void **state) {
    (void)state;
    static const struct picture_rect box = { 0, 0, 10, 10 };
    static const struct picture_rect far = { 0, 0, RENDERER_COORDINATE_MAX + 1, 10 };
    struct picture_view none = { .format = PICTURE_ARGB32 };
    static const struct renderer_glyph outside = { 0, 0, 3, 0, 2, 1 };
    static uint8_t atlas[4];
    const struct { enum status status; struct renderer_item item; } rows[] = {
        { STATUS_LIMIT, { .kind = RENDERER_SOLID, .box = far } },
        { STATUS_LIMIT, { .kind = RENDERER_SOLID, .box = box, .radius = RENDERER_RADIUS_MAX + 1 } },
        { STATUS_LIMIT, { .kind = RENDERER_SOLID, .box = box, .ring = RENDERER_RADIUS_MAX + 1 } },
        { STATUS_LIMIT, { .kind = RENDERER_SHADOW, .box = box,
                          .as.shadow = { 0xff000000, RENDERER_BLUR_MAX + 1 } } },
        { STATUS_BAD_DATA, { .kind = RENDERER_GRADIENT, .box = box,
                             .as.gradient = { .stop_count = 2,
                                              .stops = { { 0, 0 }, { 9, 0 } } } } },
        { STATUS_BAD_DATA, { .kind = RENDERER_GRADIENT, .box = box,
                             .as.gradient = { .to = { 5, 5 }, .stop_count = 1 } } },
        { STATUS_BAD_DATA, { .kind = RENDERER_GRADIENT, .box = box,
                             .as.gradient = { .to = { 5, 5 }, .stop_count = 2,
                                              .stops = { { 9, 0 }, { 9, 0 } } } } },
        { STATUS_BAD_DATA, { .kind = RENDERER_IMAGE, .box = box, .as.image = { .pixels = none } } },
        { STATUS_BAD_DATA, { .kind = RENDERER_GLYPHS,
                             .as.glyphs = { { atlas, 4, 1, 4, PICTURE_A8 }, &outside, 1,
                                            0xff000000 } } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct renderer_item items[2] = { { .kind = RENDERER_SOLID, .box = box, .opacity = 255,
                                            .as.solid = 0xffffffff }, rows[i].item };
        items[1].opacity = 255;
        struct renderer_scene scene = { .width = 20, .height = 20, .items = items, .item_count = 2,
                                        .background = 0xff112233 };
        struct diag diag = { 0 };
        assert_int_equal(rows[i].status, try(&scene, NULL, &diag));
        assert_int_equal(1, diag.offset);
        assert_non_null(diag.reason);
    }
}

static void thousands_of_windows_meet_the_cap_as_a_limit(void **state) {
    (void)state;
    enum { COUNT = 5000 };
    struct renderer_item *items = sync_alloc_zero(COUNT, sizeof(*items));
    assert_non_null(items);
    for (int i = 0; i < COUNT; i++) {
        int32_t x = i * 7919 % 991;
        int32_t y = i * 104729 % 983;
        items[i] = (struct renderer_item){ .kind = RENDERER_SOLID, .opacity = 255,
                                           .box = { x, y, x + 5, y + 5 },
                                           .as.solid = 0xff000000 | (uint32_t)i };
    }
    struct renderer_scene scene = { .width = 1000, .height = 1000, .items = items,
                                    .item_count = COUNT };
    struct diag diag = { 0 };
    assert_int_equal(STATUS_LIMIT,
                     try(&scene, &(struct renderer_options){ .rects_max = 500 }, &diag));
    assert_int_equal(STATUS_LIMIT,
                     try(&scene, &(struct renderer_options){ .plan_rects_max = 500 }, &diag));
    assert_int_equal(STATUS_LIMIT,
                     try(&scene, &(struct renderer_options){ .items_max = COUNT - 1 }, &diag));
    assert_int_equal(STATUS_OK, try(&scene, NULL, &diag));
    sync_free(items);
}

static void tables_over_their_cap_are_a_limit(void **state) {
    (void)state;
    struct renderer_item items[40];
    for (uint32_t i = 0; i < 40; i++) {
        items[i] = (struct renderer_item){ .kind = RENDERER_SOLID, .opacity = 255,
                                           .box = { 0, 0, 200, 200 }, .radius = 30 + i,
                                           .corners = RENDERER_ALL_CORNERS,
                                           .as.solid = 0xff000000 };
    }
    struct renderer_scene scene = { .width = 200, .height = 200, .items = items, .item_count = 40 };
    struct diag diag = { 0 };
    assert_int_equal(STATUS_LIMIT,
                     try(&scene, &(struct renderer_options){ .table_bytes_max = 50000 }, &diag));
    assert_true(diag.offset > 5 && diag.offset < 40);
    assert_int_equal(STATUS_OK, try(&scene, NULL, &diag));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scene_that_breaks_a_rule_is_refused_and_changes_no_pixel),
        cmocka_unit_test(thousands_of_windows_meet_the_cap_as_a_limit),
        cmocka_unit_test(tables_over_their_cap_are_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
