/* text.c - weft-font text. */
#include <stdio.h>
#include <string.h>

#include "sync/memory.h"
#include "ttf/text.h"
#include "weft_font.h"

struct text_options {
    const char *font_path;
    uint64_t size;
    uint64_t face;
    const char *direction;
    const char *language;
    const char *ink;
    const char *paper;
    const char *output;
    bool json;
};

static bool parse_direction(const char *name, enum ttf_direction *out_direction) {
    static const char *const names[] = { "auto", "ltr", "rtl" };
    static const enum ttf_direction values[] = { TTF_DIRECTION_AUTO, TTF_DIRECTION_LTR,
                                                 TTF_DIRECTION_RTL };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out_direction = values[i];
            return true;
        }
    }
    cli_say("--direction is '%s', not one of: auto ltr rtl", name);
    return false;
}

static void print_json(const struct text_options *options, const struct ttf_run *run,
                       const struct ttf_mask *mask) {
    printf("{\"picture\":");
    cli_json_text(options->output);
    printf(",\"width\":%u,\"height\":%u,\"left\":%d,\"top\":%d,\"advance_26_6\":%d,"
           "\"direction\":\"%s\",\"glyphs\":[",
           mask->view.width, mask->view.height, mask->left, mask->top, mask->advance,
           run->is_rtl ? "rtl" : "ltr");
    for (uint32_t i = 0; i < run->glyph_count; i++) {
        const struct ttf_placed *placed = &run->glyphs[i];
        printf("%s\n{\"glyph\":%u,\"x_26_6\":%d,\"y_26_6\":%d,\"cluster\":%u}",
               i != 0 ? "," : "", placed->glyph, placed->x, placed->y, placed->cluster);
    }
    printf("]}\n");
}

static bool write_out(const struct text_options *options, const struct font_colours *colours,
                      const struct ttf_run *run, const struct ttf_mask *mask,
                      struct workpool *pool) {
    if (!font_picture_write(options->output, &mask->view, colours, pool)) {
        return false;
    }
    if (options->json) {
        print_json(options, run, mask);
    } else {
        cli_put_text(options->output);
        printf(": %u x %u, %u glyph%s\n", mask->view.width, mask->view.height, run->glyph_count,
               cli_plural(run->glyph_count));
    }
    return true;
}

static bool set_text(struct ttf_font *font, const struct ttf_text *text,
                     const struct text_options *options, const struct font_colours *colours,
                     struct workpool *pool) {
    struct ttf_run run;
    struct ttf_mask mask;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    enum status status = ttf_run_create(font, text, &run, &diag);
    if (status == STATUS_OK) {
        status = ttf_mask_create(font, pool, &run, &mask, &diag);
        if (status == STATUS_OK) {
            bool is_good = write_out(options, colours, &run, &mask, pool);
            ttf_mask_destroy(&mask);
            ttf_run_destroy(&run);
            return is_good;
        }
        ttf_run_destroy(&run);
    }
    cli_complain(options->font_path, &diag);
    return false;
}

static bool open_and_set(const char *string, const struct text_options *options,
                         enum ttf_direction direction, const struct font_colours *colours,
                         struct cli_pool *pool) {
    struct ttf_text text = { .utf8 = string, .byte_count = strlen(string),
                             .size_26_6 = (uint32_t)options->size * TTF_SIZE_ONE,
                             .direction = direction, .language = options->language };
    struct font_file file;
    if (!font_file_open(options->font_path, options->face, &file)) {
        return false;
    }
    bool is_good = font_pool_open(pool);
    if (is_good) {
        is_good = set_text(file.font, &text, options, colours,
                           cli_pool_for(pool, WORKPOOL_GATE_DECODE));
        is_good = cli_pool_close(pool) && is_good;
    }
    font_file_close(&file);
    return is_good;
}

int font_command_text(int argc, char **argv) {
    struct text_options text = { .size = 32, .direction = "auto", .ink = "000000",
                                 .paper = "ffffff" };
    struct cli_pool pool = CLI_POOL_INIT;
    const struct cli_option options[] = {
        { .name = "output", .letter = 'o', .value = CLI_OUTPUT, .target = &text.output,
          .endings = ".png", .metavar = "FILE", .help = "the PNG to write; needed" },
        { .name = "size", .letter = 's', .value = CLI_NUMBER, .target = &text.size, .minimum = 1,
          .maximum = FONT_SIZE_MAX, .metavar = "N", .help = "pixels an em (default: 32)" },
        { .name = "direction", .value = CLI_TEXT, .target = &text.direction, .metavar = "WAY",
          .help = "of the line: auto, ltr or rtl (default: auto)" },
        { .name = "lang", .value = CLI_TEXT, .target = &text.language, .metavar = "TAG",
          .help = "language, as BCP 47 (default: undetermined)" },
        { .name = "ink", .value = CLI_TEXT, .target = &text.ink, .metavar = "RRGGBB[AA]",
          .help = "colour of the glyphs (default: 000000)" },
        { .name = "paper", .value = CLI_TEXT, .target = &text.paper, .metavar = "RRGGBB[AA]",
          .help = "colour behind them (default: ffffff)" },
        { .name = "face", .value = CLI_NUMBER, .target = &text.face, .maximum = 65535,
          .metavar = "N", .help = "face of a collection, from 0" },
        { .name = "json", .value = CLI_JSON, .target = &text.json,
          .help = "print the glyphs and where they are" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-font text", .usage = "FONT STRING -o OUT.png [--size N] [OPTION]...",
        .summary = "Set a line of text and draw it.", .options = options,
        .option_count = COUNT_OF(options), .operands_min = 2, .operands_max = 2,
        .files_max = 1,
    };
    char **operands;
    (void)cli_parse(&command, argc, argv, &operands);
    if (text.output == NULL) {
        cli_say("an output file is needed: -o OUT.png");
        return CLI_USAGE;
    }
    enum ttf_direction direction;
    struct font_colours colours;
    if (!parse_direction(text.direction, &direction) ||
        !font_colour_parse("ink", text.ink, colours.ink) ||
        !font_colour_parse("paper", text.paper, colours.paper)) {
        return CLI_USAGE;
    }
    text.font_path = operands[0];
    return open_and_set(operands[1], &text, direction, &colours, &pool) ? CLI_OK : CLI_FAILED;
}
