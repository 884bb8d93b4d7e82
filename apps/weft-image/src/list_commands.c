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
    printf(", \"format\": \"%s\", \"width\": %" PRIu32 ", \"height\": %" PRIu32
           ", \"frames\": %" PRIu32 ", \"delay_ms\": %" PRIu64 ", \"opaque\": %s, "
           "\"sha256\": \"%s\"}\n",
           image_format_name(result->format), result->width, result->height, result->frame_count,
           result->delay_ms, result->is_opaque ? "true" : "false", result->digest);
}

static void tell_info(const char *path, const struct look_result *result) {
    cli_put_text(path);
    printf(": %s, %" PRIu32 "x%" PRIu32 ", %s", image_format_name(result->format), result->width,
           result->height, result->is_opaque ? "opaque" : "with transparency");
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
    putchar(' ');
    cli_put_text(path);
    putchar('\n');
}

static void tell(void *context, const char *path, const struct look_result *result) {
    const struct teller *teller = context;
    if (result->status != STATUS_OK) {
        return;   /* complained about */
    }
    if (teller->is_json) {
        tell_json(path, result);
    } else if (teller->listing == LISTING_INFO) {
        tell_info(path, result);
    } else {
        tell_hash(path, result);
    }
}

/* Is the audit none of the files, some of which were found in folders? */
static bool spares_files(const struct cli_pool *pool, const struct files *files) {
    for (size_t i = 0; pool->audit_path != NULL && i < files->count; i++) {
        if (!cli_output_spares(pool->audit_path, files->paths[i])) {
            return false;
        }
    }
    return true;
}

static int list_files(const struct files *files, struct cli_pool *pool, struct teller *teller) {
    if (!spares_files(pool, files)) {
        return CLI_USAGE;
    }
    if (!command_pool_open(pool)) {
        return CLI_FAILED;
    }
    struct workpool *workers = cli_pool_for(pool, WORKPOOL_GATE_DECODE);
    bool is_good = look_at_files(files->paths, files->count, workers, tell, teller);
    is_good = cli_pool_close(pool) && is_good && !files->has_failed;
    return is_good ? CLI_OK : CLI_FAILED;
}

static int list(char **operands, int count, struct cli_pool *pool, struct teller *teller) {
    struct files files = { 0 };
    int code = files_collect(&files, operands, count) ? list_files(&files, pool, teller)
                                                      : CLI_FAILED;
    files_free(&files);
    return code;
}

int command_info(int argc, char **argv) {
    struct cli_pool pool = CLI_POOL_INIT;
    struct teller teller = { .listing = LISTING_INFO };
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_JSON, .target = &teller.is_json,
          .help = "print one JSON object a file" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-image info", .usage = "FILE-OR-FOLDER...",
        .summary = "say what each picture is, after decoding all of it",
        .options = options, .option_count = COUNT_OF(options),
        .operands_min = 1, .operands_max = -1,
        .details = "- is standard input.",
    };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    return list(operands, count, &pool, &teller);
}

int command_hash(int argc, char **argv) {
    struct cli_pool pool = CLI_POOL_INIT;
    struct teller teller = { .listing = LISTING_HASH };
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_JSON, .target = &teller.is_json,
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
                   "workers; a folder gives the pictures below it in byte order of names.  - is\n"
                   "standard input.",
    };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    return list(operands, count, &pool, &teller);
}
