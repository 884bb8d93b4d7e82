/* list_commands.c - info and hash: one line a file. */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "files.h"
#include "look.h"

enum listing { LISTING_INFO, LISTING_HASH };

struct teller {
    enum listing listing;
    bool is_json;
};

static void tell_json(const char *path, const struct look_result *result) {
    fputs("{\"file\": ", stdout);
    cli_json_text(path);
    if (result->status != STATUS_OK) {
        fputs(", \"error\": ", stdout);
        cli_json_text(result->diag.reason != NULL ? result->diag.reason
                                                  : status_name(result->status));
        if (result->diag.offset != DIAG_NO_OFFSET) {
            printf(", \"offset\": %" PRIu64, result->diag.offset);
        }
        fputs("}\n", stdout);
        return;
    }
    printf(", \"format\": \"%s\", \"width\": %" PRIu32 ", \"height\": %" PRIu32
           ", \"frames\": %" PRIu32 ", \"delay_ms\": %" PRIu64 ", \"opaque\": %s, "
           "\"sha256\": \"%s\"}\n",
           image_format_name(result->format), result->width, result->height, result->frame_count,
           result->delay_ms, result->is_opaque ? "true" : "false", result->digest);
}

static void tell_info(const char *path, const struct look_result *result) {
    printf("%s: %s, %" PRIu32 "x%" PRIu32 ", %s", path, image_format_name(result->format),
           result->width, result->height, result->is_opaque ? "opaque" : "with transparency");
    if (result->frame_count > 1) {
        printf(", %" PRIu32 " frames, %" PRIu64 " ms", result->frame_count, result->delay_ms);
    }
    putchar('\n');
}

static void tell_hash(const char *path, const struct look_result *result) {
    printf("%s %" PRIu32 "x%" PRIu32, result->digest, result->width, result->height);
    if (result->frame_count > 1) {
        printf("x%" PRIu32, result->frame_count);
    }
    printf(" %s\n", path);
}

static void tell(void *context, const char *path, const struct look_result *result) {
    const struct teller *teller = context;
    if (teller->is_json) {
        tell_json(path, result);
    } else if (result->status != STATUS_OK) {
        return;   /* complained about */
    } else if (teller->listing == LISTING_INFO) {
        tell_info(path, result);
    } else {
        tell_hash(path, result);
    }
}

static int list(char **operands, int count, struct cli_pool *pool, struct teller *teller) {
    struct files files = { 0 };
    int code = CLI_FAILED;
    if (!command_pool_open(pool)) {
        return CLI_FAILED;
    }
    if (files_collect(&files, operands, count)) {
        struct workpool *workers = cli_pool_for(pool, WORKPOOL_GATE_DECODE);
        bool is_good = look_at_files(files.paths, files.count, workers, tell, teller);
        code = is_good && !files.has_failed ? CLI_OK : CLI_FAILED;
    }
    files_free(&files);
    return cli_pool_close(pool) ? code : CLI_FAILED;
}

int command_info(int argc, char **argv) {
    struct cli_pool pool = CLI_POOL_INIT;
    struct teller teller = { .listing = LISTING_INFO };
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_FLAG, .target = &teller.is_json,
          .help = "print one JSON object a file" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-image info", .usage = "FILE-OR-FOLDER...",
        .summary = "say what each picture is, after decoding all of it",
        .options = options, .option_count = COUNT_OF(options),
        .operands_min = 1, .operands_max = -1,
    };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    return list(operands, count, &pool, &teller);
}

int command_hash(int argc, char **argv) {
    struct cli_pool pool = CLI_POOL_INIT;
    struct teller teller = { .listing = LISTING_HASH };
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_FLAG, .target = &teller.is_json,
          .help = "print one JSON object a file" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-image hash", .usage = "FILE-OR-FOLDER...",
        .summary = "print the SHA-256 of each picture's RGBA8 rows, its size and its name",
        .options = options, .option_count = COUNT_OF(options),
        .operands_min = 1, .operands_max = -1,
        .details = "A picture with several frames is hashed frame after frame, and its size is\n"
                   "WIDTHxHEIGHTxFRAMES.  Lines are in the order of the files, at any number of\n"
                   "workers; a folder gives the pictures below it in byte order of names.",
    };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    return list(operands, count, &pool, &teller);
}
