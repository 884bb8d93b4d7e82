/*
 * render_test.c - the renderer against a painter too simple to be wrong.
 *
 * Random scenes are painted pixel by pixel by naive.h and by the renderer at every
 * combination of worker count, band height and culling.  Damage is tested by
 * painting a second scene over the first one's picture: inside the damage it must
 * be the second scene, outside untouched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive.h"
#include "base/cpu.h"
#include "renderer/render.h"
#include "sync/fault.h"
#include "sync/memory.h"

enum { ITEMS = 14, IMAGES = 4, GLYPHS = 12, SIDE_MAX = 90 };

static uint32_t random_state;

static uint32_t random_word(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static int32_t random_between(int32_t low, int32_t high) {
    return low + (int32_t)(random_word() % (uint32_t)(high - low + 1));
}

static uint32_t random_colour(void) {
    uint32_t word = random_word();
    uint32_t alpha = word % 3 == 0 ? 255 : word % 7 == 0 ? 0 : random_word() & 255;
    return renderer_colour(word >> 24, word >> 16 & 255, word >> 8 & 255, alpha);
}

/* A scene and everything it borrows. */
struct sample {
    struct renderer_scene scene;
    struct renderer_item items[ITEMS];
    struct renderer_glyph glyphs[ITEMS][GLYPHS];
    struct picture_view images[IMAGES];
    struct picture_view atlas;
};

static void sample_images(struct sample *s) {
    for (int i = 0; i < IMAGES; i++) {
        struct picture_view *v = &s->images[i];
        assert_int_equal(STATUS_OK, picture_image_create((uint32_t)random_between(1, 60),
                                                         (uint32_t)random_between(1, 60),
                                                         PICTURE_ARGB32, v));
        for (uint32_t y = 0; y < v->height; y++) {
            for (uint32_t x = 0; x < v->width; x++) {
                ((uint32_t *)(void *)picture_row(v, y))[x] =
                    i == 0 ? random_colour() | 0xff000000 : random_colour();
            }
        }
    }
    assert_int_equal(STATUS_OK, picture_image_create(64, 32, PICTURE_A8, &s->atlas));
    for (uint32_t y = 0; y < 32; y++) {
        for (uint32_t x = 0; x < 64; x++) {
            picture_row(&s->atlas, y)[x] = (uint8_t)(random_word() % 4 ? random_word() : 255);
        }
    }
}

static struct picture_rect random_box(void) {
    int32_t x = random_between(-30, SIDE_MAX);
    int32_t y = random_between(-30, SIDE_MAX);
    return (struct picture_rect){ x, y, x + random_between(0, 70), y + random_between(0, 70) };
}

static void random_gradient(struct renderer_gradient *g) {
    g->from = (struct renderer_point){ random_between(-40, 130), random_between(-40, 130) };
    g->to = (struct renderer_point){ random_between(-40, 130), random_between(-40, 130) };
    if (random_word() % 4 == 0) {
        g->to.x = g->from.x;
    }
    if (g->from.x == g->to.x && g->from.y == g->to.y) {
        g->to.y++;
    }
    g->stop_count = (uint32_t)random_between(2, RENDERER_STOPS_MAX);
    uint32_t at = random_word() % 9000;
    bool is_opaque = random_word() % 2;
    for (uint32_t i = 0; i < g->stop_count; i++) {
        g->stops[i] = (struct renderer_stop){ at, random_colour() };
        g->stops[i].colour |= is_opaque ? 0xff000000 : 0;
        at += 1 + random_word() % 8000;
    }
}

static void random_image(struct sample *s, struct renderer_item *item) {
    uint32_t which = random_word() % IMAGES;
    struct picture_view *v = &s->images[which];
    item->as.image.pixels = *v;
    if (which == 0) {
        item->as.image.opaque = (struct picture_rect){ -5, -5, 1000, 1000 };
    } else if (random_word() % 2) {
        /* A part that is opaque in truth: make it so. */
        struct picture_rect part = { (int32_t)v->width / 4, (int32_t)v->height / 3,
                                     (int32_t)v->width * 3 / 4, (int32_t)v->height };
        for (int32_t y = part.y0; y < part.y1; y++) {
            for (int32_t x = part.x0; x < part.x1; x++) {
                ((uint32_t *)(void *)picture_row(v, (uint32_t)y))[x] |= 0xff000000;
            }
        }
        item->as.image.opaque = part;
    }
    /* As it is, at twice its size (positions on the edge between two weights), or any. */
    int32_t times = (int32_t)(random_word() % 4);
    if (times == 1 || times == 2) {
        item->box.x1 = item->box.x0 + times * (int32_t)v->width;
        item->box.y1 = item->box.y0 + times * (int32_t)v->height;
    }
}

static void random_glyphs(struct sample *s, struct renderer_item *item,
                          struct renderer_glyph *list) {
    uint32_t count = random_word() % GLYPHS;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t x = random_word() % 65;
        uint32_t y = random_word() % 33;
        list[i] = (struct renderer_glyph){ item->box.x0 + 6 * (int32_t)i,
                                           item->box.y0 + random_between(-3, 3), x, y,
                                           random_word() % (65 - x), random_word() % (33 - y) };
    }
    item->as.glyphs = (struct renderer_glyphs){ s->atlas, list, count, random_colour() };
}

static void random_item(struct sample *s, uint32_t number) {
    struct renderer_item *item = &s->items[number];
    *item = (struct renderer_item){ .kind = (enum renderer_kind)(random_word() % 5),
                                    .box = random_box(),
                                    .opacity = random_word() % 3 ? 255 : (uint8_t)random_word(),
                                    .is_clipped = random_word() % 3 == 0,
                                    .clip = random_box() };
    if (random_word() % 2) {
        item->radius = (uint32_t)random_between(0, 25);
        item->corners = random_word() % 3 ? RENDERER_ALL_CORNERS : random_word() % 16;
    }
    item->ring = random_word() % 4 ? 0 : (uint32_t)random_between(0, 9);
    switch (item->kind) {
    case RENDERER_SOLID: item->as.solid = random_colour(); break;
    case RENDERER_GRADIENT: random_gradient(&item->as.gradient); break;
    case RENDERER_IMAGE: random_image(s, item); break;
    case RENDERER_SHADOW:
        item->as.shadow = (struct renderer_shadow){ random_colour(), random_word() % 8 };
        break;
    case RENDERER_GLYPHS: random_glyphs(s, item, s->glyphs[number]); break;
    }
}

static void sample_make(struct sample *s, uint32_t seed, uint32_t width, uint32_t height) {
    random_state = seed * 2654435761u + 1;
    memset(s, 0, sizeof(*s));
    sample_images(s);
    uint32_t count = random_word() % (ITEMS + 1);
    for (uint32_t i = 0; i < count; i++) {
        random_item(s, i);
    }
    s->scene = (struct renderer_scene){ .width = width, .height = height,
                                        .background = random_colour(), .items = s->items,
                                        .item_count = count };
}

static void sample_finish(struct sample *s) {
    for (int i = 0; i < IMAGES; i++) {
        picture_image_destroy(&s->images[i]);
    }
    picture_image_destroy(&s->atlas);
}

static struct picture_view naive_paint(const struct renderer_scene *scene) {
    struct picture_view view;
    assert_int_equal(STATUS_OK, picture_image_create(scene->width, scene->height, PICTURE_ARGB32,
                                                     &view));
    for (uint32_t y = 0; y < scene->height; y++) {
        for (uint32_t x = 0; x < scene->width; x++) {
            ((uint32_t *)(void *)picture_row(&view, y))[x] = naive_pixel(scene, (int)x, (int)y);
        }
    }
    return view;
}

static void assert_same(const struct picture_view *want, const struct picture_view *have) {
    for (uint32_t y = 0; y < want->height; y++) {
        for (uint32_t x = 0; x < want->width; x++) {
            uint32_t a = ((const uint32_t *)(const void *)picture_row(want, y))[x];
            uint32_t b = ((const uint32_t *)(const void *)picture_row(have, y))[x];
            if (a != b) {
                print_error("pixel %u,%u: want %08x have %08x\n", x, y, a, b);
            }
            assert_int_equal(a, b);
        }
    }
}

static struct workpool *pool_of(uint32_t workers) {
    static const struct workpool_kind_set *const sets[] = { &renderer_kinds };
    struct workpool *pool;
    struct workpool_options options = { .name = "test", .workers = workers, .kind_sets = sets,
                                        .kind_set_count = 1 };
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    return pool;
}

static const uint32_t worker_counts[] = { 1, 2, 3, 4, 8 };
enum { POOLS = COUNT_OF(worker_counts) };
static struct workpool *pools[POOLS];

static int open_pools(void **state) {
    (void)state;
    for (uint32_t i = 0; i < POOLS; i++) {
        pools[i] = pool_of(worker_counts[i]);
    }
    return 0;
}

static int close_pools(void **state) {
    (void)state;
    for (uint32_t i = 0; i < POOLS; i++) {
        workpool_destroy(pools[i]);
    }
    return 0;
}

static void paint(struct renderer *renderer, const struct renderer_scene *scene,
                  struct renderer_frame frame, struct renderer_work *work) {
    struct diag diag = { 0 };
    enum status status = renderer_paint(renderer, scene, &frame, work, &diag);
    if (status != STATUS_OK) {
        print_error("%s: %s at %u\n", status_name(status), diag.reason, (unsigned)diag.offset);
    }
    assert_int_equal(STATUS_OK, status);
}

/* Work is the same however the picture is cut, but for what culling saves. */
static void assert_same_work(const struct renderer_work *a, const struct renderer_work *b) {
    assert_true(a->pixels_copied == b->pixels_copied);
    assert_true(a->pixels_blended == b->pixels_blended);
    assert_true(a->pixels_skipped == b->pixels_skipped);
    assert_true(a->rects == b->rects && a->estimate_ns == b->estimate_ns);
}

static void check_every_way(struct renderer *renderer, const struct sample *s,
                            const struct picture_view *want) {
    struct picture_view have;
    assert_int_equal(STATUS_OK, picture_image_create(want->width, want->height, PICTURE_ARGB32,
                                                     &have));
    struct renderer_work first[2];
    for (uint32_t way = 0; way < 2 * POOLS; way++) {
        struct renderer_frame frame = { .target = have, .is_uncut = way & 1,
                                        .tile_rows = 1 + random_word() % 64,
                                        .pool = pools[way / 2] };
        struct renderer_work work;
        memset(have.pixels, 0x77, have.stride_bytes * have.height);
        paint(renderer, &s->scene, frame, &work);
        assert_same(want, &have);
        if (way < 2) {
            first[way] = work;
        }
        assert_same_work(&first[way & 1], &work);
    }
    assert_true(first[0].pixels_skipped >= first[1].pixels_skipped);
    assert_true(first[1].pixels_skipped == 0);
    picture_image_destroy(&have);
}

static void random_scenes_equal_a_naive_painter_however_they_are_cut(void **state) {
    (void)state;
    static struct sample s;
    struct renderer *renderer;
    assert_int_equal(STATUS_OK, renderer_create(NULL, &renderer));
    for (uint32_t seed = 1; seed <= 150; seed++) {
        sample_make(&s, seed, 1 + seed * 7 % SIDE_MAX, 1 + seed * 13 % SIDE_MAX);
        struct picture_view want = naive_paint(&s.scene);
        check_every_way(renderer, &s, &want);
        picture_image_destroy(&want);
        sample_finish(&s);
    }
    renderer_destroy(renderer);
}

static void assert_goes_to_the_pool(struct renderer *renderer, const struct sample *s,
                                    const struct picture_view *want) {
    struct picture_view have;
    struct renderer_work work;
    struct workpool_counters before, after;
    assert_int_equal(STATUS_OK, picture_image_create(want->width, want->height, PICTURE_ARGB32,
                                                     &have));
    workpool_counters_read(pools[1], &before);
    paint(renderer, &s->scene, (struct renderer_frame){ .target = have, .pool = pools[1] }, &work);
    workpool_counters_read(pools[1], &after);
    assert_true(work.estimate_ns >= RENDERER_SMALL_NS);
    assert_true(after.chunks == before.chunks + 29);   /* 900 rows in bands of 32 */
    picture_image_destroy(&have);
}

/* Scenes large enough that the bands do go to the pool. */
static void large_scenes_equal_a_naive_painter_at_any_number_of_workers(void **state) {
    (void)state;
    static struct sample s;
    struct renderer *renderer;
    assert_int_equal(STATUS_OK, renderer_create(NULL, &renderer));
    for (uint32_t seed = 300; seed < 306; seed++) {
        sample_make(&s, seed, 260, 900);
        struct picture_rect all = { -10, -20, 270, 910 };
        s.items[0] = (struct renderer_item){ .kind = RENDERER_GRADIENT, .opacity = 255,
                                             .box = all };
        random_gradient(&s.items[0].as.gradient);
        s.items[1] = (struct renderer_item){ .kind = RENDERER_IMAGE, .opacity = 150, .box = all,
                                             .radius = 60, .corners = RENDERER_ALL_CORNERS };
        s.items[1].as.image.pixels = s.images[1];
        s.scene.item_count = s.scene.item_count < 2 ? 2 : s.scene.item_count;
        struct picture_view want = naive_paint(&s.scene);
        assert_goes_to_the_pool(renderer, &s, &want);
        check_every_way(renderer, &s, &want);
        picture_image_destroy(&want);
        sample_finish(&s);
    }
    renderer_destroy(renderer);
}

static void a_small_frame_stays_on_its_callers_thread(void **state) {
    (void)state;
    static struct sample s;
    struct renderer *renderer;
    struct workpool_counters before, after;
    struct renderer_work work;
    sample_make(&s, 77, 80, 80);
    struct picture_view target = naive_paint(&s.scene);
    assert_int_equal(STATUS_OK, renderer_create(NULL, &renderer));
    workpool_counters_read(pools[1], &before);
    paint(renderer, &s.scene, (struct renderer_frame){ .target = target, .pool = pools[1] },
          &work);
    workpool_counters_read(pools[1], &after);
    assert_true(work.estimate_ns < RENDERER_SMALL_NS);
    assert_true(after.runs == before.runs && after.chunks == before.chunks);
    renderer_destroy(renderer);
    picture_image_destroy(&target);
    sample_finish(&s);
}

/* Every set of kernels, through whole scenes. */
static void every_cpu_level_gives_the_same_pixels(void **state) {
    (void)state;
    static struct sample s;
    enum cpu_level machine = cpu_level();
    struct renderer *renderer;
    assert_int_equal(STATUS_OK, renderer_create(NULL, &renderer));
    for (uint32_t seed = 1000; seed < 1040; seed++) {
        sample_make(&s, seed, 80, 60);
        struct picture_view want = naive_paint(&s.scene);
        struct picture_view have;
        assert_int_equal(STATUS_OK, picture_image_create(80, 60, PICTURE_ARGB32, &have));
        for (int level = CPU_PORTABLE; level <= (int)machine; level++) {
            cpu_set_level((enum cpu_level)level);
            paint(renderer, &s.scene, (struct renderer_frame){ .target = have }, NULL);
            assert_same(&want, &have);
        }
        cpu_set_level(CPU_AVX512);
        picture_image_destroy(&want);
        picture_image_destroy(&have);
        sample_finish(&s);
    }
    renderer_destroy(renderer);
}

/* One image stretched to 720 columns, which are made in strips of 256. */
static void check_wide(struct renderer *renderer, struct renderer_item item) {
    struct renderer_scene scene = { .width = 720, .height = 23, .background = 0xff204060,
                                    .items = &item, .item_count = 1 };
    struct picture_view want = naive_paint(&scene);
    struct picture_view have;
    assert_int_equal(STATUS_OK, picture_image_create(720, 23, PICTURE_ARGB32, &have));
    enum cpu_level machine = cpu_level();
    for (int level = CPU_PORTABLE; level <= (int)machine; level++) {
        cpu_set_level((enum cpu_level)level);
        memset(have.pixels, 0x77, have.stride_bytes * have.height);
        paint(renderer, &scene, (struct renderer_frame){ .target = have }, NULL);
        assert_same(&want, &have);
    }
    cpu_set_level(CPU_AVX512);
    picture_image_destroy(&want);
    picture_image_destroy(&have);
}

static void a_scaled_image_has_no_seam_where_its_strips_meet(void **state) {
    (void)state;
    static struct sample s;
    struct renderer *renderer;
    assert_int_equal(STATUS_OK, renderer_create(NULL, &renderer));
    for (uint32_t seed = 1; seed <= 8; seed++) {
        sample_make(&s, 7000 + seed, 720, 23);
        for (int32_t x = -1; x <= 1; x++) {   /* strips begin at the box, or at the picture */
            struct renderer_item item = { .kind = RENDERER_IMAGE, .opacity = 255,
                                          .box = { x, -2, x + 600 + 17 * (int32_t)seed, 21 } };
            item.as.image.pixels = s.images[0];
            item.as.image.opaque = (struct picture_rect){ 0, 0, 1000, 1000 };
            check_wide(renderer, item);   /* straight into the picture */
            item.as.image.pixels = s.images[1];
            item.as.image.opaque = (struct picture_rect){ 0, 0, 0, 0 };
            check_wide(renderer, item);   /* blended */
            item.opacity = 130;
            check_wide(renderer, item);   /* faded */
            item.radius = 9;
            item.corners = RENDERER_ALL_CORNERS;
            check_wide(renderer, item);   /* and under a mask */
            item.box.y1 = 640;
            item.radius = 300;
            check_wide(renderer, item);   /* of more than one strip */
        }
        sample_finish(&s);
    }
    renderer_destroy(renderer);
}

static void random_damage(struct picture_region *damage) {
    struct picture_rect rects[6];
    uint32_t count = random_word() % 6;
    for (uint32_t i = 0; i < count; i++) {
        rects[i] = random_box();
    }
    assert_int_equal(STATUS_OK, picture_region_set_rects(damage, rects, count));
}

static void check_damage(struct renderer *renderer, const struct sample *old,
                         const struct sample *new, uint32_t seed) {
    struct picture_view before = naive_paint(&old->scene);
    struct picture_view after = naive_paint(&new->scene);
    struct picture_region damage;
    picture_region_init(&damage, 1000);
    random_damage(&damage);
    for (uint32_t y = 0; y < before.height; y++) {
        for (uint32_t x = 0; x < before.width; x++) {
            if (!picture_region_contains(&damage, (int32_t)x, (int32_t)y)) {
                memcpy(picture_row(&after, y) + 4 * x, picture_row(&before, y) + 4 * x, 4);
            }
        }
    }
    struct renderer_frame frame = { .target = before, .damage = &damage, .is_uncut = seed & 1,
                                    .tile_rows = 1 + seed % 40, .pool = pools[seed % POOLS] };
    paint(renderer, &new->scene, frame, NULL);
    assert_same(&after, &before);
    picture_region_finish(&damage);
    picture_image_destroy(&before);
    picture_image_destroy(&after);
}

static void damage_is_repainted_and_nothing_else_is_touched(void **state) {
    (void)state;
    static struct sample old, new;
    struct renderer *renderer;
    assert_int_equal(STATUS_OK, renderer_create(NULL, &renderer));
    for (uint32_t seed = 1; seed <= 150; seed++) {
        sample_make(&old, 5000 + seed, 70, 80);
        sample_make(&new, 6000 + seed, 70, 80);
        check_damage(renderer, &old, &new, seed);
        sample_finish(&old);
        sample_finish(&new);
    }
    renderer_destroy(renderer);
}

static enum status create_and_paint(const struct sample *s, struct picture_view target) {
    struct renderer *renderer;
    enum status status = renderer_create(NULL, &renderer);
    if (status == STATUS_OK) {
        struct renderer_frame frame = { .target = target };
        status = renderer_paint(renderer, &s->scene, &frame, NULL, NULL);
    }
    renderer_destroy(renderer);
    return status;
}

static void every_failed_allocation_is_a_status(void **state) {
    (void)state;
    static struct sample s;
    struct picture_view target;
    assert_int_equal(STATUS_OK, picture_image_create(70, 70, PICTURE_ARGB32, &target));
    uint64_t failures = 0;
    for (uint32_t seed = 40; seed < 50; seed++) {
        sample_make(&s, seed, 70, 70);
        uint64_t live = sync_memory_live();
        for (uint64_t nth = 1;; nth++, failures++) {
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = create_and_paint(&s, target);
            bool met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(met ? STATUS_NO_MEMORY : STATUS_OK, status);
            assert_true(live == sync_memory_live());
            if (!met) {
                break;
            }
        }
        sample_finish(&s);
    }
    assert_true(failures > 60);
    picture_image_destroy(&target);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_scenes_equal_a_naive_painter_however_they_are_cut),
        cmocka_unit_test(large_scenes_equal_a_naive_painter_at_any_number_of_workers),
        cmocka_unit_test(a_small_frame_stays_on_its_callers_thread),
        cmocka_unit_test(every_cpu_level_gives_the_same_pixels),
        cmocka_unit_test(a_scaled_image_has_no_seam_where_its_strips_meet),
        cmocka_unit_test(damage_is_repainted_and_nothing_else_is_touched),
        cmocka_unit_test(every_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests(tests, open_pools, close_pools);
}
