/* render.c - weft-scene render. */
#include <stdio.h>

#include "png/encode.h"
#include "weft_scene.h"

struct render_options {
    struct scene_painting painting;
    uint64_t level;
};

static void print_result(const char *path, const struct render_options *render,
                         const struct picture_view *rgba, const struct renderer_work *work) {
    if (render->painting.json) {
        printf("{\"scene\":");
        cli_json_text(path);
        printf(",\"picture\":");
        cli_json_text(render->painting.output);
        printf(",\"width\":%u,\"height\":%u", rgba->width, rgba->height);
        scene_print_work(work, true);
        printf("}\n");
    } else if (render->painting.wants_stats) {
        cli_put_text(render->painting.output);
        printf(": %u x %u\n", rgba->width, rgba->height);
        scene_print_work(work, false);
    }
}

static bool render_file(const char *path, const struct render_options *render) {
    const struct wpng_encode_options options = {
        .level = (uint32_t)render->level,
        .pool = cli_pool_for(&render->painting.pool, WORKPOOL_GATE_TILES) };
    struct picture_view rgba;
    struct renderer_work work;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    if (!scene_paint(path, &render->painting, &rgba, &work)) {
        return false;
    }
    enum status status = wpng_encode_file(&rgba, &options, render->painting.output, &diag);
    if (status == STATUS_OK) {
        print_result(path, render, &rgba, &work);
    } else {
        cli_complain(render->painting.output, &diag);
    }
    picture_image_destroy(&rgba);
    return status == STATUS_OK;
}

int scene_command_render(int argc, char **argv) {
    struct render_options render = { .painting.pool = CLI_POOL_INIT };
    const struct cli_option options[] = {
        { .name = "output", .letter = 'o', .value = CLI_OUTPUT,
          .target = &render.painting.output, .endings = ".png", .metavar = "FILE",
          .help = "the PNG to write; needed" },
        { .name = "level", .letter = 'l', .value = CLI_NUMBER, .target = &render.level,
          .minimum = 1, .maximum = WPNG_LEVEL_MAX, .metavar = "N",
          .help = "how hard to compress (default: 6)" },
        SCENE_OPTIONS(&render.painting),
    };
    const struct cli_command command = {
        .name = "weft-scene render", .usage = "SCENE -o OUT.png [OPTION]...",
        .summary = "Paint a scene file into a PNG.", .options = options,
        .option_count = COUNT_OF(options), .operands_min = 1, .operands_max = 1,
    };
    char **operands;
    (void)cli_parse(&command, argc, argv, &operands);
    if (render.painting.output == NULL) {
        cli_say("an output file is needed: -o OUT.png");
        return CLI_USAGE;
    }
    if (!scene_pool_open(&render.painting.pool)) {
        return CLI_FAILED;
    }
    bool is_good = render_file(operands[0], &render);
    is_good = cli_pool_close(&render.painting.pool) && is_good;
    return is_good ? CLI_OK : CLI_FAILED;
}
