/*
 * image_fuzz.c - any bytes are a status to image_probe() and image_decode().
 *
 * What the probe accepts, the decoder must accept or refuse with the probe's sizes; a
 * refusal comes with a reason and with a place inside the input.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void check_refusal(enum status status, const struct diag *diag, size_t count) {
    ASSERT(diag->status == status && diag->reason != NULL);
    ASSERT(diag->offset == DIAG_NO_OFFSET || diag->offset <= count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    struct image_options options = { .limits = { .pixels_max = 1 << 16,
                                                 .frames_max = 32,
                                                 .memory_bytes_max = 8 << 20 } };
    struct image_info info;
    struct image image;
    struct diag diag = { 0 };
    enum status probed = image_probe(bytes, count, &options, &info, &diag);
    if (probed != STATUS_OK) {
        check_refusal(probed, &diag, count);
    }
    diag = (struct diag){ 0 };
    enum status status = image_decode(bytes, count, &options, &image, &diag);
    ASSERT(probed == STATUS_OK || status == probed);
    if (status != STATUS_OK) {
        check_refusal(status, &diag, count);
        return 0;
    }
    ASSERT(image.format == info.format && image.frame_count == info.frame_count);
    ASSERT(image.frames[0].view.width == info.width && image.frames[0].view.height == info.height);
    image_free(&image);
    return 0;
}
