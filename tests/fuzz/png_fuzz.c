/*
 * png_fuzz.c - any bytes as a PNG: the sequential decoder, the same on a pool, and
 * what was decoded encoded and decoded again.
 *
 * Each input is tried as it is and with its CRCs made right, without which hardly
 * anything behind a chunk's head would ever be reached.
 */
#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/endian.h"
#include "png/decode.h"
#include "png/encode.h"
#include "sync/memory.h"

enum { FILE_BYTES_MAX = 64 * 1024, PIXELS_MAX = 700 * 600 };

static struct wpng_decoder *decoder;
static struct workpool *pool;

static void start(void) {
    const struct workpool_kind_set *sets[] = { &wpng_kinds };
    ASSERT(wpng_decoder_create(&decoder) == STATUS_OK);
    ASSERT(workpool_create(&(struct workpool_options){ .name = "fuzz", .workers = 1,
                                                       .kind_sets = sets, .kind_set_count = 1 },
                           &pool, NULL) == STATUS_OK);
}

static void repair_crcs(uint8_t *bytes, size_t count) {
    size_t at = 8;
    while (at <= count && count - at >= 12) {
        size_t length = get_be32(bytes + at);
        if (length > count - at - 12) {
            return;
        }
        put_be32(bytes + at + 8 + length, libdeflate_crc32(0, bytes + at + 4, length + 4));
        at += 12 + length;
    }
}

static bool are_same(const struct picture_view *a, const struct picture_view *b) {
    bool is_same = a->width == b->width && a->height == b->height;
    for (uint32_t y = 0; is_same && y < a->height; y++) {
        is_same = memcmp(picture_row(a, y), picture_row(b, y), (size_t)a->width * 4) == 0;
    }
    return is_same;
}

static void round_trip(const struct picture_view *view) {
    struct sync_bytes file;
    struct picture_view again;
    ASSERT(wpng_encode(view, &(struct wpng_encode_options){ .level = 1 }, &file, NULL) ==
           STATUS_OK);
    struct wpng_input input = { .bytes = file.bytes, .count = file.count };
    ASSERT(wpng_decode_image(decoder, &input, NULL, &again, NULL) == STATUS_OK);
    ASSERT(are_same(view, &again));
    picture_image_destroy(&again);
    sync_free(file.bytes);
}

static void decode_both_ways(const struct wpng_input *input) {
    struct wpng_decode_options options = { .limits = { .pixels_max = PIXELS_MAX } };
    struct wpng_decode_options with_pool = { .limits = options.limits, .pool = pool };
    struct picture_view views[2];
    struct diag diags[2] = { { 0 }, { 0 } };
    enum status status = wpng_decode_image(decoder, input, &options, &views[0], &diags[0]);
    ASSERT(wpng_decode_image(decoder, input, &with_pool, &views[1], &diags[1]) == status);
    ASSERT(diags[0].offset == diags[1].offset && diags[0].reason == diags[1].reason);
    if (status == STATUS_OK) {
        ASSERT(are_same(&views[0], &views[1]));
        if ((uint64_t)views[0].width * views[0].height < 20000) {
            round_trip(&views[0]);
        }
    } else {
        ASSERT(diags[0].reason != NULL);
        ASSERT(diags[0].offset <= input->count || diags[0].offset == DIAG_NO_OFFSET);
    }
    picture_image_destroy(&views[0]);
    picture_image_destroy(&views[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (decoder == NULL) {
        start();
    }
    if (size > FILE_BYTES_MAX) {
        return 0;
    }
    uint8_t *bytes = malloc(size > 0 ? size : 1);   /* exact, so that reads beyond it are seen */
    memcpy(bytes, size > 0 ? data : (const uint8_t *)"", size);
    struct wpng_input input = { .bytes = bytes, .count = size };
    struct wpng_info info;
    (void)!wpng_info_read(&input, NULL, &info, NULL);
    decode_both_ways(&input);
    repair_crcs(bytes, size);
    decode_both_ways(&input);
    free(bytes);
    return 0;
}
