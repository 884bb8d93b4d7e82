/* atlas.c - weft-font atlas. */
#include <stdio.h>

#include "sync/memory.h"
#include "ttf/atlas.h"
#include "weft_font.h"

struct atlas_options {
    uint64_t size;
    uint64_t face;
    uint64_t width;
    uint64_t padding;
    const char *range;
    const char *output;
    bool json;
};

static void print_json(const struct atlas_options *options, const struct ttf_info *info,
                       const struct ttf_atlas *atlas) {
    printf("{\"picture\":");
    cli_json_text(options->output);
    printf(",\"family\":");
    cli_json_text(info->family);
    printf(",\"size\":%llu,\"width\":%u,\"height\":%u,\"glyphs\":[",
           (unsigned long long)options->size, atlas->view.width, atlas->view.height);
    for (uint32_t i = 0; i < atlas->entry_count; i++) {
        const struct ttf_entry *entry = &atlas->entries[i];
        printf("%s\n{\"codepoint\":%u,\"glyph\":%u,\"x\":%d,\"y\":%d,\"width\":%d,\"height\":%d,"
               "\"left\":%d,\"top\":%d,\"advance_26_6\":%d}",
               i != 0 ? "," : "", entry->key, entry->glyph, entry->rect.x0, entry->rect.y0,
               entry->rect.x1 - entry->rect.x0, entry->rect.y1 - entry->rect.y0, entry->left,
               entry->top, entry->advance);
    }
    printf("]}\n");
}

/* Draw, write the picture, tell. */
static bool make(const char *path, const struct atlas_options *options,
                 const struct font_keys *keys, struct workpool *pool) {
    static const struct font_colours gray = { .ink = { 255, 255, 255, 255 },
                                              .paper = { 0, 0, 0, 255 } };
    struct font_file file;
    if (!font_file_open(path, options->face, &file)) {
        return false;
    }
    struct ttf_request request = { .keys = keys->keys, .key_count = keys->count,
                                   .size_26_6 = (uint32_t)options->size * TTF_SIZE_ONE,
                                   .width = (uint32_t)options->width,
                                   .padding = (uint32_t)options->padding };
    struct ttf_atlas atlas;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    if (ttf_atlas_create(file.font, pool, &request, &atlas, &diag) != STATUS_OK) {
        cli_complain(path, &diag);
        font_file_close(&file);
        return false;
    }
    bool is_good = font_picture_write(options->output, &atlas.view, &gray, pool);
    if (is_good && options->json) {
        print_json(options, ttf_font_info(file.font), &atlas);
    } else if (is_good) {
        cli_put_text(options->output);
        printf(": %u x %u, %u glyph%s\n", atlas.view.width, atlas.view.height, atlas.entry_count,
               cli_plural(atlas.entry_count));
    }
    ttf_atlas_destroy(&atlas);
    font_file_close(&file);
    return is_good;
}

int font_command_atlas(int argc, char **argv) {
    struct atlas_options atlas = { .size = 16, .padding = 1, .range = "U+20..U+7E" };
    struct cli_pool pool = CLI_POOL_INIT;
    const struct cli_option options[] = {
        { .name = "output", .letter = 'o', .value = CLI_OUTPUT, .target = &atlas.output,
          .endings = ".png", .metavar = "FILE", .help = "the PNG to write; needed" },
        { .name = "size", .letter = 's', .value = CLI_NUMBER, .target = &atlas.size, .minimum = 1,
          .maximum = FONT_SIZE_MAX, .metavar = "N", .help = "pixels an em (default: 16)" },
        { .name = "range", .letter = 'r', .value = CLI_TEXT, .target = &atlas.range,
          .metavar = "LIST", .help = "characters, as U+20..U+7E,U+A0 (default: U+20..U+7E)" },
        { .name = "face", .value = CLI_NUMBER, .target = &atlas.face, .maximum = 65535,
          .metavar = "N", .help = "face of a collection, from 0" },
        { .name = "width", .value = CLI_NUMBER, .target = &atlas.width,
          .maximum = PICTURE_SIDE_MAX, .metavar = "N",
          .help = "width of the picture (default: about as wide as high)" },
        { .name = "padding", .value = CLI_NUMBER, .target = &atlas.padding, .maximum = 64,
          .metavar = "N", .help = "clear pixels between glyphs (default: 1)" },
        { .name = "json", .value = CLI_JSON, .target = &atlas.json,
          .help = "print where each glyph lies, and its metrics" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-font atlas", .usage = "FONT -o OUT.png [--size N] [--range LIST] [OPTION]...",
        .summary = "Draw characters into one picture, packed in character order.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1,
    };
    char **operands;
    (void)cli_parse(&command, argc, argv, &operands);
    if (atlas.output == NULL) {
        cli_say("an output file is needed: -o OUT.png");
        return CLI_USAGE;
    }
    struct font_keys keys;
    if (!font_keys_parse(atlas.range, &keys)) {
        return CLI_USAGE;
    }
    bool is_good = font_pool_open(&pool);
    if (is_good) {
        is_good = make(operands[0], &atlas, &keys, cli_pool_for(&pool, WORKPOOL_GATE_DECODE));
        is_good = cli_pool_close(&pool) && is_good;
    }
    sync_free(keys.keys);
    return is_good ? CLI_OK : CLI_FAILED;
}
