/*
 * parallel_explore_test.c - segments, the two-stage pipeline, parallel encoding and batches
 * under a scheduler that tries everything: the bytes are those of one worker.
 *
 * Pictures are just large enough to be cut.  They are made before exploring begins.
 */
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "explore/explore.h"
#include "picture/image.h"
#include "png/decode.h"
#include "png/encode.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "workpool/workpool.h"

enum { WIDTH = 640, HEIGHT = 480, WORKERS_MOST = 3, BATCH = 3 };

static struct sync_bytes segmented;   /* as our encoder writes it: two segments or more */
static struct sync_bytes foreign;     /* as libpng writes it: the pipeline decodes it */
static struct sync_bytes broken;      /* the first three quarters of that */

static const struct workpool_kind_set *const kind_sets[] = { &wpng_kinds };

static struct workpool *open_pool(void) {
    const struct workpool_options options = { .name = "explored",
                                              .workers = 1 + explore_choose(WORKERS_MOST),
                                              .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool = NULL;
    EXPLORE_CHECK(workpool_create(&options, &pool, NULL) == STATUS_OK);
    return pool;
}

static void output_view(const struct picture_view *view) {
    for (uint32_t y = 0; y < view->height; y++) {
        explore_output(picture_row(view, y), (size_t)view->width * 4);
    }
}

static void decode(const struct sync_bytes *file, bool is_good) {
    struct workpool *pool = open_pool();
    struct wpng_decoder *decoder = NULL;
    EXPLORE_CHECK(wpng_decoder_create(&decoder) == STATUS_OK);
    const struct wpng_input input = { file->bytes, file->count };
    const struct wpng_decode_options options = { .pool = pool };
    struct picture_view view;
    struct diag diag = { 0 };
    enum status status = wpng_decode_image(decoder, &input, &options, &view, &diag);
    EXPLORE_CHECK((status == STATUS_OK) == is_good);
    explore_output(&status, sizeof(status));
    if (status == STATUS_OK) {
        output_view(&view);
    } else {
        explore_output(&diag.offset, sizeof(diag.offset));
        explore_output(diag.reason, strlen(diag.reason));
    }
    picture_image_destroy(&view);
    wpng_decoder_destroy(decoder);
    workpool_destroy(pool);
}

static void segments_decode(void) {
    decode(&segmented, true);
}

static void pipeline_decodes(void) {
    decode(&foreign, true);
}

static void broken_file_is_refused_alike(void) {
    decode(&broken, false);
}

static void encode_is_the_same_file(void) {
    struct workpool *pool = open_pool();
    struct wpng_decoder *decoder = NULL;
    struct picture_view view;
    struct sync_bytes file;
    EXPLORE_CHECK(wpng_decoder_create(&decoder) == STATUS_OK);
    const struct wpng_input input = { segmented.bytes, segmented.count };
    EXPLORE_CHECK(wpng_decode_image(decoder, &input, NULL, &view, NULL) == STATUS_OK);
    const struct wpng_encode_options options = { .level = 1, .pool = pool };
    EXPLORE_CHECK(wpng_encode(&view, &options, &file, NULL) == STATUS_OK);
    explore_output(file.bytes, file.count);
    sync_free(file.bytes);
    picture_image_destroy(&view);
    wpng_decoder_destroy(decoder);
    workpool_destroy(pool);
}

static void batch_decodes_each_file(void) {
    struct workpool *pool = open_pool();
    const struct sync_bytes *files[BATCH] = { &segmented, &broken, &foreign };
    struct wpng_batch_item items[BATCH] = { 0 };
    for (int i = 0; i < BATCH; i++) {
        items[i].input = (struct wpng_input){ files[i]->bytes, files[i]->count };
    }
    const struct wpng_decode_options options = { .pool = pool };
    (void)!wpng_decode_batch(&options, items, BATCH);
    for (int i = 0; i < BATCH; i++) {
        explore_output(&items[i].status, sizeof(items[i].status));
        output_view(&items[i].view);
        picture_image_destroy(&items[i].view);
    }
    workpool_destroy(pool);
}

/* ---- pictures ---- */

static struct picture_view draw(void) {
    struct picture_view view;
    uint32_t noise = 1;
    if (picture_image_create(WIDTH, HEIGHT, PICTURE_RGBA8, &view) != STATUS_OK) {
        abort();
    }
    for (uint32_t y = 0; y < HEIGHT; y++) {
        for (uint32_t x = 0; x < 4 * WIDTH; x++) {
            noise = noise * 1664525 + 1013904223;
            uint32_t value = x % 4 == 3 ? 255 : (x / 32 + y / 8) * 8 + (noise >> 30);
            picture_row(&view, y)[x] = (uint8_t)value;
        }
    }
    return view;
}

/* libpng writes no restart markers, so this file goes through the pipeline. */
static void encode_foreign(const struct picture_view *view) {
    png_image image = { .version = PNG_IMAGE_VERSION, .width = WIDTH, .height = HEIGHT,
                        .format = PNG_FORMAT_RGBA };
    png_alloc_size_t count = PNG_IMAGE_PNG_SIZE_MAX(image);
    foreign.bytes = malloc(count);
    if (foreign.bytes == NULL ||
        !png_image_write_to_memory(&image, foreign.bytes, &count, 0, view->pixels,
                                   (png_int_32)view->stride_bytes, NULL)) {
        abort();
    }
    foreign.count = count;
}

static void make_pictures(void) {
    struct picture_view view = draw();
    const struct wpng_encode_options options = { .level = 1 };
    if (wpng_encode(&view, &options, &segmented, NULL) != STATUS_OK) {
        abort();
    }
    encode_foreign(&view);
    broken = (struct sync_bytes){ foreign.bytes, foreign.count / 4 * 3 };
    picture_image_destroy(&view);
}

/* One execution handles a million samples, so there are fewer of them than usual. */
static const struct explore_plan some = { .runs = 60 };

int main(int argc, char **argv) {
    const struct explore_case cases[] = {
        { .name = "segments_decode", .body = segments_decode, .plan = some },
        { .name = "pipeline_decodes", .body = pipeline_decodes, .plan = some },
        { .name = "broken_file_is_refused_alike", .body = broken_file_is_refused_alike,
          .plan = some },
        { .name = "encode_is_the_same_file", .body = encode_is_the_same_file, .plan = some },
        { .name = "batch_decodes_each_file", .body = batch_decodes_each_file, .plan = some },
    };
    make_pictures();
    int code = explore_main(argc, argv, cases, COUNT_OF(cases));
    sync_free(segmented.bytes);
    free(foreign.bytes);
    return code;
}
