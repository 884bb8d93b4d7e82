/* compare.c - whether two files are the same picture, and if not where and how much. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"

struct difference {
    uint64_t pixel_count;       /* compared */
    uint64_t differing;
    unsigned largest;           /* of one channel */
    uint32_t frame;             /* of the first differing pixel, from 0 */
    uint32_t x;
    uint32_t y;
};

static void compare_pixel(const uint8_t *a, const uint8_t *b, struct difference *difference,
                          uint32_t frame, uint32_t x, uint32_t y) {
    unsigned largest = 0;
    for (uint32_t i = 0; i < 4; i++) {
        unsigned apart = (unsigned)abs(a[i] - b[i]);
        largest = apart > largest ? apart : largest;
    }
    if (largest == 0) {
        return;
    }
    if (difference->differing++ == 0) {
        difference->frame = frame;
        difference->x = x;
        difference->y = y;
    }
    difference->largest = largest > difference->largest ? largest : difference->largest;
}

static bool have_same_size(const struct image *a, const struct image *b) {
    const struct picture_view *first = &a->frames[0].view;
    const struct picture_view *second = &b->frames[0].view;
    return a->frame_count == b->frame_count && first->width == second->width &&
           first->height == second->height;
}

static struct difference compare_images(const struct image *a, const struct image *b) {
    struct difference difference = { 0 };
    for (uint32_t frame = 0; frame < a->frame_count; frame++) {
        const struct picture_view *first = &a->frames[frame].view;
        const struct picture_view *second = &b->frames[frame].view;
        for (uint32_t y = 0; y < first->height; y++) {
            for (uint32_t x = 0; x < first->width; x++) {
                compare_pixel(picture_row(first, y) + (size_t)x * 4,
                              picture_row(second, y) + (size_t)x * 4, &difference, frame, x, y);
            }
        }
        difference.pixel_count += (uint64_t)first->width * first->height;
    }
    return difference;
}

static void tell_size(const struct image *image) {
    const struct picture_view *view = &image->frames[0].view;
    printf("%" PRIu32 "x%" PRIu32, view->width, view->height);
    if (image->frame_count > 1) {
        printf("x%" PRIu32, image->frame_count);
    }
}

static void tell_sizes(const struct image *a, const struct image *b, bool is_json) {
    fputs(is_json ? "{\"same\": false, \"sizes\": [\"" : "sizes differ: ", stdout);
    tell_size(a);
    fputs(is_json ? "\", \"" : " and ", stdout);
    tell_size(b);
    fputs(is_json ? "\"]}\n" : "\n", stdout);
}

static void tell_json(const struct difference *difference) {
    printf("{\"same\": %s, \"pixels\": %" PRIu64 ", \"differing\": %" PRIu64,
           difference->differing == 0 ? "true" : "false", difference->pixel_count,
           difference->differing);
    if (difference->differing > 0) {
        printf(", \"largest\": %u, \"first\": {\"frame\": %" PRIu32 ", \"x\": %" PRIu32
               ", \"y\": %" PRIu32 "}",
               difference->largest, difference->frame + 1, difference->x, difference->y);
    }
    fputs("}\n", stdout);
}

static void tell_text(const struct difference *difference, uint32_t frame_count) {
    if (difference->differing == 0) {
        printf("same: %" PRIu64 " pixels\n", difference->pixel_count);
        return;
    }
    printf("%" PRIu64 " of %" PRIu64 " pixels differ, by at most %u, the first at %" PRIu32
           ",%" PRIu32,
           difference->differing, difference->pixel_count, difference->largest, difference->x,
           difference->y);
    if (frame_count > 1) {
        printf(" of frame %" PRIu32, difference->frame + 1);
    }
    putchar('\n');
}

static int compare(const struct image *a, const struct image *b, bool is_json) {
    if (!have_same_size(a, b)) {
        tell_sizes(a, b, is_json);
        return CLI_DIFFERENT;
    }
    struct difference difference = compare_images(a, b);
    if (is_json) {
        tell_json(&difference);
    } else {
        tell_text(&difference, a->frame_count);
    }
    return difference.differing == 0 ? CLI_OK : CLI_DIFFERENT;
}

static int compare_files(char **operands, struct workpool *pool, bool is_json) {
    struct image images[2];
    bool has_first = command_load(operands[0], pool, &images[0]);
    bool has_second = command_load(operands[1], pool, &images[1]);   /* complain about both */
    int code = has_first && has_second ? compare(&images[0], &images[1], is_json) : CLI_FAILED;
    image_free(&images[0]);
    image_free(&images[1]);
    return code;
}

int command_compare(int argc, char **argv) {
    struct cli_pool pool = CLI_POOL_INIT;
    bool is_json = false;
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_JSON, .target = &is_json,
          .help = "print the answer as one JSON object" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-image compare", .usage = "A B",
        .summary = "say whether two files are the same picture; exit 3 if they are not",
        .options = options, .option_count = COUNT_OF(options),
        .operands_min = 2, .operands_max = 2,
        .details = "All frames are compared, and all four channels, whatever the formats.",
    };
    char **operands;
    (void)cli_parse(&command, argc, argv, &operands);
    if (!command_pool_open(&pool)) {
        return CLI_FAILED;
    }
    int code = compare_files(operands, cli_pool_for(&pool, WORKPOOL_GATE_DECODE), is_json);
    return cli_pool_close(&pool) ? code : CLI_FAILED;
}
