/*
 * region_test.c - regions against a bitmap, and against pixman's regions.
 *
 * Random sets on a 32 x 32 grid are kept three ways: ours, pixman's, and one
 * byte a pixel.  The bitmap says what the pixels are; pixman, which shares the
 * canonical form but no code, says what the list must be, rectangle for rectangle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pixman.h>

#include "picture/region.h"
#include "sync/fault.h"
#include "sync/memory.h"

enum { SIDE = 32, ROUNDS = 4000, LIMIT = 4096 };

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t bound) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % bound;
}

struct triple {
    struct picture_region ours;
    pixman_region32_t peer;
    uint8_t map[SIDE][SIDE];
};

static void triple_init(struct triple *t) {
    memset(t, 0, sizeof(*t));
    picture_region_init(&t->ours, LIMIT);
    pixman_region32_init(&t->peer);
}

static void triple_finish(struct triple *t) {
    picture_region_finish(&t->ours);
    pixman_region32_fini(&t->peer);
}

static void triple_check(const struct triple *t) {
    int count;
    const pixman_box32_t *boxes = pixman_region32_rectangles(&t->peer, &count);
    assert_int_equal(count, t->ours.count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(boxes[i].x1, t->ours.rects[i].x0);
        assert_int_equal(boxes[i].y1, t->ours.rects[i].y0);
        assert_int_equal(boxes[i].x2, t->ours.rects[i].x1);
        assert_int_equal(boxes[i].y2, t->ours.rects[i].y1);
    }
    uint64_t area = 0;
    for (int32_t y = 0; y < SIDE; y++) {
        for (int32_t x = 0; x < SIDE; x++) {
            area += t->map[y][x];
            assert_int_equal(t->map[y][x], picture_region_contains(&t->ours, x, y));
        }
    }
    assert_true(area == picture_region_area(&t->ours));
}

static struct picture_rect random_rect(void) {
    int32_t x0 = (int32_t)random_below(SIDE);
    int32_t y0 = (int32_t)random_below(SIDE);
    return (struct picture_rect){ x0, y0, x0 + (int32_t)random_below((uint32_t)(SIDE + 1 - x0)),
                                  y0 + (int32_t)random_below((uint32_t)(SIDE + 1 - y0)) };
}

static void triple_random(struct triple *t) {
    struct picture_rect rects[12];
    uint32_t count = random_below(12);
    triple_finish(t);
    triple_init(t);
    for (uint32_t i = 0; i < count; i++) {
        rects[i] = random_rect();
        pixman_region32_union_rect(&t->peer, &t->peer, rects[i].x0, rects[i].y0,
                                   (unsigned)(rects[i].x1 - rects[i].x0),
                                   (unsigned)(rects[i].y1 - rects[i].y0));
        for (int32_t y = rects[i].y0; y < rects[i].y1; y++) {
            for (int32_t x = rects[i].x0; x < rects[i].x1; x++) {
                t->map[y][x] = 1;
            }
        }
    }
    assert_int_equal(STATUS_OK, picture_region_set_rects(&t->ours, rects, count));
    triple_check(t);
}

enum operation { UNITE, MEET, SUBTRACT, OPERATIONS };

static enum status apply(enum operation what, struct picture_region *out,
                         const struct picture_region *a, const struct picture_region *b) {
    return what == UNITE  ? picture_region_unite(out, a, b)
           : what == MEET ? picture_region_meet(out, a, b)
                          : picture_region_subtract(out, a, b);
}

static void model(enum operation what, struct triple *out, struct triple *a, struct triple *b) {
    static pixman_bool_t (*const peers[])(pixman_region32_t *, const pixman_region32_t *,
                                          const pixman_region32_t *) = {
        pixman_region32_union, pixman_region32_intersect, pixman_region32_subtract };
    peers[what](&out->peer, &a->peer, &b->peer);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            uint8_t p = a->map[y][x];
            uint8_t q = b->map[y][x];
            out->map[y][x] = what == UNITE ? p | q : what == MEET ? p & q : p & (uint8_t)!q;
        }
    }
}

static void sums_of_regions_equal_pixman_and_a_bitmap(void **state) {
    (void)state;
    struct triple a, b, out;
    triple_init(&a);
    triple_init(&b);
    triple_init(&out);
    for (int round = 0; round < ROUNDS; round++) {
        triple_random(&a);
        triple_random(&b);
        enum operation what = (enum operation)random_below(OPERATIONS);
        /* The target is a third region, the first argument or the second. */
        struct triple *target = round % 3 == 0 ? &out : round % 3 == 1 ? &a : &b;
        assert_int_equal(STATUS_OK, apply(what, &target->ours, &a.ours, &b.ours));
        model(what, target, &a, &b);
        triple_check(target);
    }
    triple_finish(&a);
    triple_finish(&b);
    triple_finish(&out);
}

static void a_rectangle_is_as_good_as_a_region_of_one(void **state) {
    (void)state;
    struct triple a;
    struct picture_region one, left, right;
    triple_init(&a);
    picture_region_init(&one, LIMIT);
    picture_region_init(&left, LIMIT);
    picture_region_init(&right, LIMIT);
    for (int round = 0; round < ROUNDS; round++) {
        triple_random(&a);
        struct picture_rect rect = random_rect();
        enum operation what = (enum operation)random_below(OPERATIONS);
        assert_int_equal(STATUS_OK, picture_region_set(&one, rect));
        assert_int_equal(STATUS_OK, apply(what, &left, &a.ours, &one));
        enum status status = what == UNITE  ? picture_region_unite_rect(&right, &a.ours, rect)
                             : what == MEET ? picture_region_meet_rect(&right, &a.ours, rect)
                                            : picture_region_subtract_rect(&right, &a.ours, rect);
        assert_int_equal(STATUS_OK, status);
        assert_true(picture_region_is_equal(&left, &right));
    }
    triple_finish(&a);
    picture_region_finish(&one);
    picture_region_finish(&left);
    picture_region_finish(&right);
}

static void moving_keeps_the_form_and_refuses_to_leave_32_bits(void **state) {
    (void)state;
    struct picture_region region;
    picture_region_init(&region, 8);
    assert_int_equal(STATUS_OK, picture_region_set(&region, (struct picture_rect){ 1, 2, 3, 4 }));
    assert_int_equal(STATUS_OK, picture_region_translate(&region, -10, 20));
    assert_true(picture_region_contains(&region, -9, 22));
    assert_false(picture_region_contains(&region, 1, 2));
    assert_int_equal(STATUS_LIMIT, picture_region_translate(&region, INT32_MIN, 0));
    assert_true(picture_region_contains(&region, -9, 22));
    picture_region_finish(&region);
}

static void the_whole_plane_is_one_rectangle(void **state) {
    (void)state;
    struct picture_rect plane = { INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX };
    struct picture_region region;
    picture_region_init(&region, 8);
    assert_int_equal(STATUS_OK, picture_region_set(&region, plane));
    assert_int_equal(STATUS_OK, picture_region_subtract_rect(&region, &region,
                                                             (struct picture_rect){ 0, 0, 1, 1 }));
    assert_int_equal(4, region.count);
    struct picture_rect hole = { 0, 0, 1, 1 };
    assert_int_equal(STATUS_OK, picture_region_unite_rect(&region, &region, hole));
    assert_int_equal(1, region.count);
    assert_memory_equal(&plane, &region.rects[0], sizeof(plane));
    picture_region_finish(&region);
}

/* Dots that touch nowhere: every one needs a rectangle of its own. */
static enum status add_dots(struct picture_region *region, int count) {
    enum status status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        status = picture_region_unite_rect(
            region, region, (struct picture_rect){ 2 * i, 3 * i, 2 * i + 1, 3 * i + 1 });
    }
    return status;
}

static void over_the_cap_is_a_limit_and_changes_nothing(void **state) {
    (void)state;
    struct picture_region region;
    picture_region_init(&region, 20);
    assert_int_equal(STATUS_LIMIT, add_dots(&region, 21));
    assert_int_equal(20, region.count);
    assert_true(picture_region_contains(&region, 38, 57));
    picture_region_finish(&region);
}

static void every_failed_allocation_is_a_status_and_changes_nothing(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    uint64_t failures = 0;
    for (uint64_t nth = 1;; nth++) {
        struct picture_region region;
        picture_region_init(&region, LIMIT);
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = add_dots(&region, 100);
        bool met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(met ? STATUS_NO_MEMORY : STATUS_OK, status);
        for (uint32_t i = 0; i < region.count; i++) {
            assert_true(picture_region_contains(&region, (int32_t)(2 * i), (int32_t)(3 * i)));
        }
        picture_region_finish(&region);
        assert_true(live == sync_memory_live());
        if (!met) {
            break;
        }
        failures++;
    }
    assert_true(failures > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_regions_equal_pixman_and_a_bitmap),
        cmocka_unit_test(a_rectangle_is_as_good_as_a_region_of_one),
        cmocka_unit_test(moving_keeps_the_form_and_refuses_to_leave_32_bits),
        cmocka_unit_test(the_whole_plane_is_one_rectangle),
        cmocka_unit_test(over_the_cap_is_a_limit_and_changes_nothing),
        cmocka_unit_test(every_failed_allocation_is_a_status_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
