/* build.c - the commands that put documents: build and add. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "feed.h"

/* What the command line says. */
struct settings {
    struct cli_pool pool;
    const char *tsv;
    const char *language;
    uint64_t memory_bytes;
    bool omits_text;
    bool takes_hidden;
    bool is_json;
    bool is_new;             /* build, not add */
    const char *index;
    char **paths;
    int path_count;
};

static bool language_of(const char *name, enum index_language *out_language) {
    bool is_english = strcmp(name, "en") == 0;
    *out_language = is_english ? INDEX_LANGUAGE_ENGLISH : INDEX_LANGUAGE_NONE;
    return is_english || strcmp(name, "none") == 0;
}

static void report(const struct settings *settings, const struct feed *feed) {
    if (settings->is_json) {
        printf("{\"index\":");
        cli_json_text(settings->index);
        printf(",\"documents\":%" PRIu64 ",\"skipped\":%" PRIu64 ",\"failed\":%s}\n",
               feed->document_count, feed->skipped, feed->has_failed ? "true" : "false");
        return;
    }
    printf("%s %" PRIu64 " document%s", settings->is_new ? "indexed" : "added",
           feed->document_count, feed->document_count == 1 ? "" : "s");
    if (feed->skipped > 0) {
        printf(", passed over %" PRIu64 " that %s no text", feed->skipped,
               feed->skipped == 1 ? "is" : "are");
    }
    printf("\n");
}

static bool feed_all(const struct settings *settings, const struct files *files,
                     struct feed *feed) {
    feed->skipped = files->skipped;
    feed->has_failed = files->has_failed;
    if (settings->tsv != NULL && !feed_tsv(feed, settings->tsv)) {
        return false;
    }
    return feed_files(feed, files);
}

/* Write the index; the old one stays when anything but a single file fails. */
static int put_all(const struct settings *settings, const struct files *files) {
    enum index_language language = INDEX_LANGUAGE_NONE;
    language_of(settings->language, &language);
    struct workpool *pool = cli_pool_for(&settings->pool, WORKPOOL_GATE_INDEX);
    struct index_options options = { .memory_bytes = settings->memory_bytes, .pool = pool,
                                     .language = language, .omits_text = settings->omits_text };
    struct feed feed = { .index = settings->index, .pool = pool };
    struct diag diag = { .status = STATUS_OK };
    enum status status = settings->is_new
                             ? index_build_begin(settings->index, &options, &feed.writer, &diag)
                             : index_change_begin(settings->index, &options, &feed.writer, &diag);
    if (status != STATUS_OK) {
        complain_index(settings->index, NULL, &diag);
        return CLI_FAILED;
    }
    if (!feed_all(settings, files, &feed)) {
        index_writer_abort(feed.writer);
        return CLI_FAILED;
    }
    status = index_writer_commit(feed.writer, &diag);
    if (status != STATUS_OK) {
        complain_index(settings->index, NULL, &diag);
        return CLI_FAILED;
    }
    report(settings, &feed);
    return feed.has_failed ? CLI_FAILED : CLI_OK;
}

static int run(struct settings *settings) {
    static const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    enum index_language language;
    if (!language_of(settings->language, &language)) {
        cli_say("unknown language '%s': en or none", settings->language);
        return CLI_USAGE;
    }
    if (settings->path_count == 0 && settings->tsv == NULL) {
        cli_say("nothing to index: name files, folders or --tsv FILE");
        return CLI_USAGE;
    }
    struct files files = { .takes_hidden = settings->takes_hidden };
    bool has_memory = true;
    for (int i = 0; i < settings->path_count && has_memory; i++) {
        has_memory = files_add(&files, settings->paths[i]);
    }
    int code = CLI_FAILED;
    if (!has_memory) {
        cli_say("out of memory");
    } else if (cli_pool_open(&settings->pool, "indexer", sets, COUNT_OF(sets))) {
        code = put_all(settings, &files);
        if (!cli_pool_close(&settings->pool)) {
            code = CLI_FAILED;
        }
    }
    files_free(&files);
    return code;
}

int command_build(int argc, char **argv) {
    struct settings settings = { .pool = CLI_POOL_INIT, .language = "en", .is_new = true };
    const struct cli_option options[] = {
        { .name = "tsv", .value = CLI_TEXT, .target = &settings.tsv, .metavar = "FILE",
          .help = "index the lines of FILE, each an id, a tab and text" },
        { .name = "lang", .value = CLI_TEXT, .target = &settings.language, .metavar = "LANG",
          .help = "en (stems, no stop words; the default) or none" },
        { .name = "memory", .value = CLI_SIZE, .target = &settings.memory_bytes,
          .minimum = INDEX_MEMORY_MIN, .maximum = (uint64_t)1 << 40, .metavar = "SIZE",
          .help = "memory to work in (default: 256M)" },
        { .name = "no-text", .value = CLI_FLAG, .target = &settings.omits_text,
          .help = "keep no text: a smaller index, no snippets" },
        { .name = "hidden", .value = CLI_FLAG, .target = &settings.takes_hidden,
          .help = "index files and folders that start with a dot, too" },
        { .name = "json", .value = CLI_FLAG, .target = &settings.is_json,
          .help = "print the result as JSON" },
        CLI_POOL_OPTIONS(&settings.pool),
    };
    const struct cli_command command = {
        .name = "indexer build", .usage = "INDEX [PATH...] [--tsv FILE]",
        .summary = "Index text, Markdown, HTML and man pages, gzipped or not, below the paths.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = -1,
        .details = "INDEX is a folder; an index in it is replaced, all at once, at the end." };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    settings.index = operands[0];
    settings.paths = operands + 1;
    settings.path_count = count - 1;
    return run(&settings);
}

int command_add(int argc, char **argv) {
    struct settings settings = { .pool = CLI_POOL_INIT, .language = "en" };
    const struct cli_option options[] = {
        { .name = "tsv", .value = CLI_TEXT, .target = &settings.tsv, .metavar = "FILE",
          .help = "add the lines of FILE, each an id, a tab and text" },
        { .name = "memory", .value = CLI_SIZE, .target = &settings.memory_bytes,
          .minimum = INDEX_MEMORY_MIN, .maximum = (uint64_t)1 << 40, .metavar = "SIZE",
          .help = "memory to work in (default: 256M)" },
        { .name = "hidden", .value = CLI_FLAG, .target = &settings.takes_hidden,
          .help = "add files and folders that start with a dot, too" },
        { .name = "json", .value = CLI_FLAG, .target = &settings.is_json,
          .help = "print the result as JSON" },
        CLI_POOL_OPTIONS(&settings.pool),
    };
    const struct cli_command command = {
        .name = "indexer add", .usage = "INDEX [PATH...] [--tsv FILE]",
        .summary = "Add documents to an index; those of the same id are replaced.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = -1 };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    settings.index = operands[0];
    settings.paths = operands + 1;
    settings.path_count = count - 1;
    return run(&settings);
}
