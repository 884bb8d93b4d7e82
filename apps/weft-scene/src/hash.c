/* hash.c - weft-scene hash. */
#include <inttypes.h>
#include <stdio.h>

#include "base/digest.h"
#include "renderer/hash.h"
#include "weft_scene.h"

struct hash_options {
    struct scene_painting painting;
    bool wants_grid;
};

/* SHA-256 of the rows of RGBA8: what weft-image hash prints for the rendered PNG. */
static void digest_rows(const struct picture_view *rgba, char out_text[DIGEST_TEXT_BYTES]) {
    struct digest_state state;
    uint8_t digest[DIGEST_BYTES];
    digest_init(&state);
    for (uint32_t y = 0; y < rgba->height; y++) {
        digest_update(&state, picture_row(rgba, y), (size_t)rgba->width * 4);
    }
    digest_finish(&state, digest);
    digest_text(digest, out_text);
}

static void print_grid(const struct renderer_grid *grid, bool json) {
    char text[DIGEST_TEXT_BYTES];
    digest_text(grid->digest, text);
    printf(json ? ",\"frame\":\"%s\",\"columns\":%u,\"rows\":%u,\"tiles\":["
                : "  frame %s, tiles %u x %u:\n", text, grid->columns, grid->rows);
    for (uint32_t row = 0; row < grid->rows; row++) {
        for (uint32_t column = 0; column < grid->columns; column++) {
            uint64_t tile = grid->tiles[(size_t)row * grid->columns + column];
            const char *before = json ? (row + column == 0 ? "\"" : ",\"")
                                      : (column == 0 ? "  " : " ");
            printf("%s%016" PRIx64 "%s", before, tile, json ? "\"" : "");
        }
        printf(json ? "" : "\n");
    }
    printf(json ? "]" : "");
}

static bool print_hash(const char *path, const struct hash_options *options,
                       const struct picture_view *rgba, const struct renderer_work *work) {
    const struct scene_painting *painting = &options->painting;
    char text[DIGEST_TEXT_BYTES];
    struct renderer_grid grid = { 0 };
    if (options->wants_grid &&
        renderer_grid_create(rgba, cli_pool_for(&painting->pool, WORKPOOL_GATE_TILES), &grid) !=
            STATUS_OK) {
        cli_say("no memory");
        return false;
    }
    digest_rows(rgba, text);
    if (painting->json) {
        printf("{\"scene\":");
        cli_json_text(path);
        printf(",\"width\":%u,\"height\":%u,\"sha256\":\"%s\"", rgba->width, rgba->height, text);
    } else {
        printf("%s %ux%u ", text, rgba->width, rgba->height);
        cli_put_text(path);
        putchar('\n');
    }
    if (options->wants_grid) {
        print_grid(&grid, painting->json);
    }
    if (painting->wants_stats || painting->json) {
        scene_print_work(work, painting->json);
    }
    printf(painting->json ? "}\n" : "");
    renderer_grid_finish(&grid);
    return true;
}

static bool hash_file(const char *path, const struct hash_options *options) {
    struct picture_view rgba;
    struct renderer_work work;
    if (!scene_paint(path, &options->painting, &rgba, &work)) {
        return false;
    }
    bool is_good = print_hash(path, options, &rgba, &work);
    picture_image_destroy(&rgba);
    return is_good;
}

int scene_command_hash(int argc, char **argv) {
    struct hash_options hash = { .painting.pool = CLI_POOL_INIT };
    const struct cli_option options[] = {
        { .name = "grid", .letter = 'g', .value = CLI_FLAG, .target = &hash.wants_grid,
          .help = "print the hash of each 64 x 64 tile too" },
        SCENE_OPTIONS(&hash.painting),
    };
    const struct cli_command command = {
        .name = "weft-scene hash", .usage = "SCENE... [OPTION]...",
        .summary = "Paint scene files and print the SHA-256 of their pixels.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = -1,
    };
    char **paths;
    int count = cli_parse(&command, argc, argv, &paths);
    if (!scene_pool_open(&hash.painting.pool)) {
        return CLI_FAILED;
    }
    bool is_good = true;
    for (int i = 0; i < count; i++) {
        is_good = hash_file(paths[i], &hash) && is_good;
    }
    is_good = cli_pool_close(&hash.painting.pool) && is_good;
    return is_good ? CLI_OK : CLI_FAILED;
}
