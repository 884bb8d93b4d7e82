/*
 * image_test.c - what image.h promises, on pictures whose pixels are known beforehand.
 *
 * fixtures/make_images.py writes the pictures and, computed in its own way, the digest
 * of the pixels they must give.  image_peer_test.c compares with stb_image and libjpeg.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "image/image.h"
#include "sync/fault.h"
#include "sync/file.h"
#include "sync/memory.h"

#define FOLDER "fixtures/valid/image/"

/* One line of PIXELS and its file. */
struct sample {
    char digest[DIGEST_TEXT_BYTES];
    char size[40];
    char name[40];
    struct sync_bytes file;
};

typedef void (*sample_check)(const struct sample *sample);

static void read_file(const char *name, struct sync_bytes *out_bytes) {
    char path[256];
    snprintf(path, sizeof(path), FOLDER "%s", name);
    assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, out_bytes, NULL));
}

static void for_each_sample(sample_check check) {
    struct sync_bytes list;
    uint32_t count = 0;
    read_file("PIXELS", &list);
    const char *line = (const char *)list.bytes;
    while (*line != '\0') {
        struct sample sample;
        assert_int_equal(3, sscanf(line, "%64s %39s %39s", sample.digest, sample.size,
                                   sample.name));
        read_file(sample.name, &sample.file);
        check(&sample);
        sync_free(sample.file.bytes);
        line = strchr(line, '\n') + 1;
        count++;
    }
    assert_true(count >= 50);
    sync_free(list.bytes);
}

static void digest_of(const struct image *image, char out_text[DIGEST_TEXT_BYTES]) {
    struct digest_state state;
    uint8_t digest[DIGEST_BYTES];
    digest_init(&state);
    for (uint32_t i = 0; i < image->frame_count; i++) {
        const struct picture_view *view = &image->frames[i].view;
        for (uint32_t y = 0; y < view->height; y++) {
            digest_update(&state, picture_row(view, y), (size_t)view->width * 4);
        }
    }
    digest_finish(&state, digest);
    digest_text(digest, out_text);
}

static void check_pixels(const struct sample *sample) {
    struct image image;
    struct diag diag = { 0 };
    char have[DIGEST_TEXT_BYTES];
    char size[96];
    enum status status = image_decode(sample->file.bytes, sample->file.count, NULL, &image, &diag);
    if (status != STATUS_OK) {
        fail_msg("%s: offset %lld: %s", sample->name, (long long)diag.offset, diag.reason);
    }
    const struct picture_view *view = &image.frames[0].view;
    int used = snprintf(size, sizeof(size), "%ux%u", (unsigned)view->width,
                        (unsigned)view->height);
    if (image.frame_count > 1) {
        snprintf(size + used, sizeof(size) - (size_t)used, "x%u", (unsigned)image.frame_count);
    }
    assert_string_equal(sample->size, size);
    digest_of(&image, have);
    if (strcmp(sample->digest, have) != 0) {
        fail_msg("%s: other pixels", sample->name);
    }
    image_free(&image);
}

static void every_variety_gives_the_pixels_it_was_made_of(void **state) {
    (void)state;
    for_each_sample(check_pixels);
    assert_int_equal(0, sync_memory_live());
}

static void check_cuts(const struct sample *sample) {
    size_t step = sample->file.count > 1500 ? 7 : 1;
    for (size_t count = 0; count < sample->file.count; count += step) {
        struct image image;
        struct diag diag = { 0 };
        /* In a piece of its own, so that the sanitizer sees a read beyond it. */
        uint8_t *cut = sync_alloc(count);
        assert_non_null(cut);
        memcpy(cut, sample->file.bytes, count);
        enum status status = image_decode(cut, count, NULL, &image, &diag);
        /* The last number of a text has no end of its own. */
        size_t margin = strstr(sample->name, "_text") != NULL ? 5 : 0;
        if (status == STATUS_OK && count + margin < sample->file.count) {
            fail_msg("%s cut to %zu bytes was accepted", sample->name, count);
        }
        assert_int_equal(status, diag.status);
        if (status != STATUS_OK) {
            assert_int_equal(STATUS_BAD_DATA, status);
            assert_true(diag.offset <= count);
            assert_non_null(diag.reason);
            assert_null(image.frames);
        } else {
            image_free(&image);
        }
        sync_free(cut);
    }
}

static void a_file_cut_anywhere_is_refused_at_a_place_inside_it(void **state) {
    (void)state;
    for_each_sample(check_cuts);
    assert_int_equal(0, sync_memory_live());
}

static void check_allocations(const struct sample *sample) {
    uint64_t live = sync_memory_live();
    bool was_met = true;
    for (uint64_t nth = 1; was_met; nth++) {
        struct image image;
        struct diag diag = { 0 };
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status =
            image_decode(sample->file.bytes, sample->file.count, NULL, &image, &diag);
        was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
        assert_int_equal(status, diag.status);
        image_free(&image);
        assert_int_equal(live, sync_memory_live());
    }
}

static void every_failed_allocation_is_a_status(void **state) {
    (void)state;
    for_each_sample(check_allocations);
}

static void check_probe(const struct sample *sample) {
    struct image_info info;
    unsigned width = 0;
    unsigned height = 0;
    unsigned frames = 1;
    assert_true(sscanf(sample->size, "%ux%ux%u", &width, &height, &frames) >= 2);
    assert_int_equal(STATUS_OK,
                     image_probe(sample->file.bytes, sample->file.count, NULL, &info, NULL));
    assert_int_equal(width, info.width);
    assert_int_equal(height, info.height);
    assert_int_equal(frames, info.frame_count);
    const char *ending = strrchr(sample->name, '.') + 1;
    const char *name = image_format_name(info.format);
    bool is_netpbm = ending[0] == 'p' && ending[2] == 'm';
    assert_string_equal(is_netpbm ? "pnm" : strcmp(ending, "jpg") == 0 ? "jpeg" : ending, name);
}

static void a_probe_tells_size_frames_and_format(void **state) {
    (void)state;
    for_each_sample(check_probe);
    assert_string_equal("unknown", image_format_name(IMAGE_UNKNOWN));
    assert_string_equal("unknown", image_format_name(IMAGE_FORMAT_COUNT));
}

static void expect_refusal(const void *bytes, size_t count, const struct image_limits *limits,
                           enum status status, uint64_t offset, const char *reason) {
    struct image_options options = { .limits = *limits };
    struct image image;
    struct diag diag = { 0 };
    assert_int_equal(status, image_decode(bytes, count, &options, &image, &diag));
    assert_string_equal(reason, diag.reason);
    assert_true(offset == diag.offset);
    assert_null(image.frames);
    assert_int_equal(0, image.frame_count);
}

static void limits_are_met_before_memory_is_taken(void **state) {
    (void)state;
    struct sync_bytes file;
    read_file("frames.gif", &file);   /* 24x20, 8 frames */
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, true);
    expect_refusal(file.bytes, file.count, &(struct image_limits){ .side_max = 23 }, STATUS_LIMIT,
                   6, "the picture's side is over the limit");
    expect_refusal(file.bytes, file.count, &(struct image_limits){ .pixels_max = 479 },
                   STATUS_LIMIT, 6, "the picture has more pixels than the limit");
    expect_refusal(file.bytes, file.count, &(struct image_limits){ .frames_max = 7 }, STATUS_LIMIT,
                   6, "the picture has more frames than the limit");
    expect_refusal(file.bytes, file.count, &(struct image_limits){ .memory_bytes_max = 20000 },
                   STATUS_LIMIT, 6, "the picture takes more memory than the limit");
    assert_false(sync_fault_disarm(SYNC_FAULT_MEMORY));   /* nothing was asked for */
    sync_free(file.bytes);
}

static void strangers_are_refused_at_their_first_byte(void **state) {
    (void)state;
    static const char text[] = "This is a text and no picture at all, however one looks at it.\n";
    static const char html[] = "<!DOCTYPE html><html><body>no picture</body></html>";
    static const uint8_t zeros[64];
    const struct image_limits none = { 0 };
    const char *reason = "not a picture of a known format";
    expect_refusal(NULL, 0, &none, STATUS_BAD_DATA, 0, "the file is empty");
    expect_refusal(zeros, 1, &none, STATUS_BAD_DATA, 0, reason);
    expect_refusal(zeros, sizeof(zeros), &none, STATUS_BAD_DATA, 0, reason);
    expect_refusal(text, sizeof(text) - 1, &none, STATUS_BAD_DATA, 0, reason);
    expect_refusal(html, sizeof(html) - 1, &none, STATUS_BAD_DATA, 0, reason);
}

/* Headers that promise far more pixels than the file can hold, or than the limits allow. */
static void enormous_promises_cost_nothing(void **state) {
    (void)state;
    static const uint8_t tga[18] = { 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 24 };
    static const uint8_t gif[] = "GIF89a\xff\xff\xff\xff\0\0\0;";
    static const char ppm[] = "P6 65535 65535 255\n";
    static const char huge[] = "P6 9999999 9999999 65535\n";
    static const char hdr[] = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 65535 +X 30000\n";
    uint8_t bmp[64] = { 'B', 'M', [10] = 54, [14] = 40, [18] = 255, 255, 0, 0, 255, 255, 0, 0, 1,
                        0, 24 };
    uint8_t psd[64] = { '8', 'B', 'P', 'S', 0, 1, [13] = 3, [16] = 255, 255, 0, 0, 255, 255,
                        [23] = 8, [25] = 3 };
    const struct image_limits none = { 0 };
    const char *reason = "the file ends too early";
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, true);
    expect_refusal(tga, 18, &none, STATUS_BAD_DATA, 18, reason);
    expect_refusal(gif, 14, &none, STATUS_BAD_DATA, 13, "a picture without frames");
    expect_refusal(ppm, sizeof(ppm) - 1, &none, STATUS_BAD_DATA, sizeof(ppm) - 1, reason);
    expect_refusal(huge, sizeof(huge) - 1, &none, STATUS_BAD_DATA, sizeof(huge) - 1, reason);
    expect_refusal(hdr, sizeof(hdr) - 1, &none, STATUS_BAD_DATA, sizeof(hdr) - 1, reason);
    expect_refusal(bmp, 64, &none, STATUS_BAD_DATA, 64, reason);
    expect_refusal(psd, 64, &none, STATUS_BAD_DATA, 64, reason);
    assert_false(sync_fault_disarm(SYNC_FAULT_MEMORY));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variety_gives_the_pixels_it_was_made_of),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_at_a_place_inside_it),
        cmocka_unit_test(every_failed_allocation_is_a_status),
        cmocka_unit_test(a_probe_tells_size_frames_and_format),
        cmocka_unit_test(limits_are_met_before_memory_is_taken),
        cmocka_unit_test(strangers_are_refused_at_their_first_byte),
        cmocka_unit_test(enormous_promises_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
