/*
 * batch_test.c - many files through the pool give what each gives alone.
 *
 * Expected results come from decoding one file after the other without a pool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "image/image.h"
#include "png/png.h"
#include "sync/file.h"
#include "sync/memory.h"

static const char *const names[] = {
    "image/rle8.bmp", "jpeg/quarter.jpg", "image/frames.gif", "image/PIXELS", "image/packed.hdr",
    "jpeg/progressive.jpg", "image/rgba_rle.psd", "image/map24.tga", "image/depth4.pam",
};
enum { COPIES = 7, ITEMS = COPIES * COUNT_OF(names) };

static struct sync_bytes files[COUNT_OF(names)];

static int load_files(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[256];
        snprintf(path, sizeof(path), "fixtures/valid/%s", names[i]);
        assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &files[i], NULL));
    }
    return 0;
}

static int free_files(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        sync_free(files[i].bytes);
    }
    return sync_memory_live() == 0 ? 0 : 1;
}

static void expect_same(const struct image_batch_item *item) {
    struct image alone;
    struct diag diag = { 0 };
    enum status status = image_decode(item->bytes, item->byte_count, NULL, &alone, &diag);
    assert_int_equal(status, item->status);
    assert_int_equal(diag.status, item->diag.status);
    assert_true(diag.offset == item->diag.offset && diag.reason == item->diag.reason);
    assert_int_equal(alone.frame_count, item->image.frame_count);
    for (uint32_t i = 0; i < alone.frame_count; i++) {
        const struct picture_view *want = &alone.frames[i].view;
        const struct picture_view *have = &item->image.frames[i].view;
        assert_int_equal(want->width, have->width);
        assert_int_equal(want->height, have->height);
        assert_int_equal(alone.frames[i].delay_ms, item->image.frames[i].delay_ms);
        for (uint32_t y = 0; y < want->height; y++) {
            assert_memory_equal(picture_row(want, y), picture_row(have, y),
                                (size_t)want->width * 4);
        }
    }
    image_free(&alone);
}

static void a_batch_gives_the_same_at_any_worker_count(void **state) {
    (void)state;
    static const uint32_t worker_counts[] = { 1, 2, 3, 4, 8 };
    static const struct workpool_kind_set *const sets[] = { &image_kinds, &wpng_kinds };
    static struct image_batch_item items[ITEMS];
    for (size_t w = 0; w < COUNT_OF(worker_counts); w++) {
        struct image_options options = { 0 };
        struct workpool_options pool_options = { .name = "batch_test",
                                                 .workers = worker_counts[w],
                                                 .job_memory_bytes = WORKPOOL_JOB_MEMORY_MAX,
                                                 .kind_sets = sets,
                                                 .kind_set_count = COUNT_OF(sets) };
        assert_int_equal(STATUS_OK, workpool_create(&pool_options, &options.pool, NULL));
        for (size_t i = 0; i < ITEMS; i++) {
            const struct sync_bytes *file = &files[i % COUNT_OF(names)];
            items[i] = (struct image_batch_item){ .bytes = file->bytes,
                                                  .byte_count = file->count };
        }
        /* Item 3 is no picture: the first failure, at any worker count. */
        assert_int_equal(STATUS_BAD_DATA, image_decode_batch(&options, items, ITEMS));
        for (size_t i = 0; i < ITEMS; i++) {
            expect_same(&items[i]);
            image_free(&items[i].image);
        }
        workpool_destroy(options.pool);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_gives_the_same_at_any_worker_count),
    };
    return cmocka_run_group_tests(tests, load_files, free_files);
}
