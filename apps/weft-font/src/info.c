/* info.c - weft-font info. */
#include <stdio.h>

#include "weft_font.h"

static const char *kind_name(enum ttf_outline_kind kind) {
    return kind == TTF_OUTLINE_CFF ? "CFF" : "TrueType";
}

static void print_name(const char *label, const char *name) {
    fputs(label, stdout);
    cli_put_text(name);
}

static void print_text(const char *path, const struct ttf_info *info) {
    cli_put_text(path);
    print_name("\n  family         ", info->family);
    print_name("\n  style          ", info->style);
    putchar('\n');
    printf("  outlines       %s\n", kind_name(info->outline_kind));
    printf("  faces          %u\n", info->face_count);
    printf("  glyphs         %u\n", info->glyph_count);
    printf("  units per em   %u\n", info->units_per_em);
    printf("  ascent         %d\n", info->ascent);
    printf("  descent        %d\n", info->descent);
    printf("  line height    %d\n", info->line_height);
    printf("  engine         %s\n", info->engine);
}

static void print_json(const char *path, const struct ttf_info *info) {
    printf("{\"file\":");
    cli_json_text(path);
    printf(",\"family\":");
    cli_json_text(info->family);
    printf(",\"style\":");
    cli_json_text(info->style);
    printf(",\"outlines\":\"%s\",\"faces\":%u,\"glyphs\":%u,\"units_per_em\":%u,\"ascent\":%d,"
           "\"descent\":%d,\"line_height\":%d,\"engine\":",
           kind_name(info->outline_kind), info->face_count, info->glyph_count,
           info->units_per_em, info->ascent, info->descent, info->line_height);
    cli_json_text(info->engine);
    printf("}\n");
}

int font_command_info(int argc, char **argv) {
    uint64_t face = 0;
    bool json = false;
    const struct cli_option options[] = {
        { .name = "face", .value = CLI_NUMBER, .target = &face, .maximum = 65535, .metavar = "N",
          .help = "face of a collection, from 0" },
        { .name = "json", .value = CLI_JSON, .target = &json, .help = "one JSON object a line" },
    };
    const struct cli_command command = {
        .name = "weft-font info", .usage = "FONT... [--face N] [--json]",
        .summary = "Print what fonts say about themselves.", .options = options,
        .option_count = COUNT_OF(options), .operands_min = 1, .operands_max = -1,
    };
    char **paths;
    int count = cli_parse(&command, argc, argv, &paths);
    int code = CLI_OK;
    for (int i = 0; i < count; i++) {
        struct font_file file;
        if (!font_file_open(paths[i], face, &file)) {
            code = CLI_FAILED;
            continue;
        }
        (json ? print_json : print_text)(paths[i], ttf_font_info(file.font));
        font_file_close(&file);
    }
    return code;
}
