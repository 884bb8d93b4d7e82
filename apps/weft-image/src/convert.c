/* convert.c - any picture to PNG or PAM, the old output kept until the new one is whole. */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "png/encode.h"
#include "sync/file.h"
#include "sync/memory.h"

/* What is to be written, and how. */
struct conversion {
    const char *in;
    const char *out;
    uint64_t level;
    uint64_t frame;            /* from 1, as people count */
    bool is_json;
    bool is_png;
};

static enum status write_pam_rows(struct sync_output *output, const struct picture_view *view,
                                  struct diag *diag) {
    char header[160];
    int bytes = snprintf(header, sizeof(header),
                         "P7\nWIDTH %" PRIu32 "\nHEIGHT %" PRIu32
                         "\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n",
                         view->width, view->height);
    enum status status = sync_output_write(output, header, (size_t)bytes, diag);
    for (uint32_t y = 0; y < view->height && status == STATUS_OK; y++) {
        status = sync_output_write(output, picture_row(view, y), (size_t)view->width * 4, diag);
    }
    return status;
}

static enum status write_pam(const struct picture_view *view, const char *path,
                             struct diag *diag) {
    struct sync_output *output;
    enum status status = sync_output_open(path, &output, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = write_pam_rows(output, view, diag);
    if (status != STATUS_OK) {
        sync_output_abort(output);
        return status;
    }
    return sync_output_commit(output, diag);
}

static bool write_out(const struct conversion *conversion, struct workpool *pool,
                      const struct picture_view *view) {
    struct diag diag = { 0 };
    struct wpng_encode_options options = { .level = (uint32_t)conversion->level, .pool = pool };
    enum status status = conversion->is_png
                             ? wpng_encode_file(view, &options, conversion->out, &diag)
                             : write_pam(view, conversion->out, &diag);
    if (status != STATUS_OK) {
        cli_complain(conversion->out, &diag);
    }
    return status == STATUS_OK;
}

static void tell(const struct conversion *conversion, const struct picture_view *view) {
    fputs("{\"file\": ", stdout);
    cli_json_text(conversion->in);
    fputs(", \"out\": ", stdout);
    cli_json_text(conversion->out);
    printf(", \"width\": %" PRIu32 ", \"height\": %" PRIu32 "}\n", view->width, view->height);
}

static int convert(const struct conversion *conversion, struct workpool *pool) {
    struct image image;
    bool is_good = false;
    if (!command_load(conversion->in, pool, &image)) {
        return CLI_FAILED;
    }
    if (conversion->frame > image.frame_count) {
        cli_refuse(conversion->in, "has %" PRIu32 " frame%s, not %" PRIu64, image.frame_count,
                   cli_plural(image.frame_count), conversion->frame);
    } else {
        const struct picture_view *view = &image.frames[conversion->frame - 1].view;
        is_good = write_out(conversion, pool, view);
        if (is_good && conversion->is_json) {
            tell(conversion, view);
        }
    }
    image_free(&image);
    return is_good ? CLI_OK : CLI_FAILED;
}

int command_convert(int argc, char **argv) {
    struct cli_pool pool = CLI_POOL_INIT;
    struct conversion conversion = { .level = WPNG_LEVEL_DEFAULT, .frame = 1 };
    const struct cli_option options[] = {
        { .name = "level", .letter = 'l', .value = CLI_NUMBER, .target = &conversion.level,
          .minimum = 1, .maximum = WPNG_LEVEL_MAX, .metavar = "N",
          .help = "how hard to compress a PNG, 1 fast to 12 small (default 6)" },
        { .name = "frame", .letter = 'f', .value = CLI_NUMBER, .target = &conversion.frame,
          .minimum = 1, .maximum = UINT32_MAX, .metavar = "N",
          .help = "which frame of an animation (default 1)" },
        { .name = "json", .value = CLI_JSON, .target = &conversion.is_json,
          .help = "print one JSON object about what was written" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-image convert", .usage = "IN OUT.png|OUT.pam",
        .summary = "write a picture as PNG or PAM",
        .options = options, .option_count = COUNT_OF(options),
        .operands_min = 2, .operands_max = 2,
        .details = "OUT is replaced only when all of it has been written; it may be IN itself.\n"
                   "IN may be -, standard input.  A device or pipe is written as PNG.",
    };
    char **operands;
    (void)cli_parse(&command, argc, argv, &operands);
    conversion.in = operands[0];
    conversion.out = operands[1];
    conversion.is_png = !cli_ends_in(conversion.out, ".pam");
    if (!cli_output_is_named(conversion.out, ".png .pam")) {
        return CLI_USAGE;
    }
    if (!command_pool_open(&pool)) {
        return CLI_FAILED;
    }
    int code = convert(&conversion, cli_pool_for(&pool, WORKPOOL_GATE_DECODE));
    return cli_pool_close(&pool) ? code : CLI_FAILED;
}
