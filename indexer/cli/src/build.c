/* build.c - the commands that put documents: build and add. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "feed.h"
#include "stop.h"

/* What the command line says. */
struct settings {
    struct cli_pool pool;
    const char *tsv;
    const char *language;
    uint64_t memory_bytes;
    bool omits_text;
    bool takes_hidden;
    bool is_json;
    bool is_verbose;
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

/* What a command puts, and into what. */
struct work {
    const struct settings *settings;
    struct files files;
    struct tsv tsv;
    bool has_tsv;              /* it could be read */
    bool has_failed;           /* some operand could not be */
    uint64_t before;           /* documents */
    struct feed feed;
};

static void print_report_json(const struct work *work, uint64_t live, uint64_t added) {
    const struct feed *feed = &work->feed;
    printf("{\"index\":");
    cli_json_text(work->settings->index);
    printf(",\"documents\":%" PRIu64 ",\"added\":%" PRIu64 ",\"replaced\":%" PRIu64
           ",\"skipped\":%" PRIu64 ",\"failed\":%s}\n",
           live, added, feed->document_count - added, feed->skipped,
           feed->has_failed ? "true" : "false");
}

static void print_report(const struct work *work, uint64_t live, uint64_t added) {
    const struct feed *feed = &work->feed;
    bool is_new = work->settings->is_new;
    printf("%s %" PRIu64 " document%s", is_new ? "indexed" : "added", added,
           added == 1 ? "" : "s");
    if (feed->document_count > added) {
        printf(", replaced %" PRIu64, feed->document_count - added);
    }
    if (feed->skipped > 0) {
        printf(", passed over %" PRIu64 " that %s no text", feed->skipped,
               feed->skipped == 1 ? "is" : "are");
        printf(work->settings->is_verbose ? "" : " (--verbose names them)");
    }
    printf(is_new ? "\n" : "; %" PRIu64 " in all\n", live);
}

/* What the index holds now, not what was put: ids may have come twice. */
static int report(const struct work *work) {
    const struct settings *settings = work->settings;
    uint64_t live;
    if (!count_documents(settings->index, settings->is_json, &live)) {
        return CLI_FAILED;
    }
    uint64_t added = live > work->before ? live - work->before : 0;
    added = added < work->feed.document_count ? added : work->feed.document_count;
    if (settings->is_json) {
        print_report_json(work, live, added);
    } else {
        print_report(work, live, added);
    }
    return work->feed.has_failed ? CLI_FAILED : CLI_OK;
}

/* ---- putting ---- */

static bool feed_all(struct work *work) {
    return (!work->has_tsv || feed_tsv(&work->feed, &work->tsv))
           && feed_files(&work->feed, &work->files);
}

/* Mistyped paths must not leave an empty index where a full one was. */
static int give_up(struct work *work) {
    struct diag diag = { STATUS_NOT_FOUND, DIAG_NO_OFFSET,
                         "nothing could be read, so the index is left as it was" };
    index_writer_abort(work->feed.writer);
    return refuse_index(work->settings->index, "", &diag, work->settings->is_json);
}

static int stop(struct work *work) {
    struct diag diag = { STATUS_CANCELLED, DIAG_NO_OFFSET, "stopped; the index is as it was" };
    return refuse_index(work->settings->index, "", &diag, work->settings->is_json);
}

/* Put and commit; the old index stays when anything but a single file fails. */
static int put_all(struct work *work) {
    const struct settings *settings = work->settings;
    struct diag diag = { .status = STATUS_OK };
    if (!feed_all(work)) {
        index_writer_abort(work->feed.writer);
        return work->feed.is_stopped ? stop(work) : CLI_FAILED;
    }
    if (work->feed.document_count == 0 && work->feed.has_failed) {
        return give_up(work);
    }
    enum status status = index_writer_commit(work->feed.writer, &diag);
    if (status == STATUS_CANCELLED) {
        work->feed.is_stopped = true;
        return stop(work);
    }
    return status == STATUS_OK ? report(work)
                               : refuse_index(settings->index, "", &diag, settings->is_json);
}

static int begin(struct work *work) {
    const struct settings *settings = work->settings;
    enum index_language language = INDEX_LANGUAGE_NONE;
    language_of(settings->language, &language);
    struct feed *feed = &work->feed;
    struct index_options options = { .memory_bytes = settings->memory_bytes, .pool = feed->pool,
                                     .language = language, .omits_text = settings->omits_text,
                                     .cancel = feed->wish };
    struct diag diag = { .status = STATUS_OK };
    if (settings->is_new) {
        enum status status = index_build_begin(settings->index, &options, &feed->writer, &diag);
        return status == STATUS_OK ? put_all(work)
                                   : refuse_folder(settings->index, &diag, settings->is_json);
    }
    if (!count_documents(settings->index, settings->is_json, &work->before)) {
        return CLI_FAILED;
    }
    enum status status = index_change_begin(settings->index, &options, &feed->writer, &diag);
    return status == STATUS_OK ? put_all(work)
                               : refuse_index(settings->index, "", &diag, settings->is_json);
}

/* ---- operands ---- */

/* Read before the folder is made: who interrupts a wait for input leaves nothing. */
static bool take_operands(struct work *work) {
    const struct settings *settings = work->settings;
    work->files = (struct files){ .takes_hidden = settings->takes_hidden,
                                  .is_verbose = settings->is_verbose,
                                  .index = settings->index };
    if (settings->tsv != NULL) {
        work->has_tsv = tsv_open(&work->tsv, settings->tsv);
        work->has_failed = !work->has_tsv;
    }
    bool has_memory = true;
    for (int i = 0; i < settings->path_count && has_memory; i++) {
        has_memory = files_add(&work->files, settings->paths[i]);
    }
    if (!has_memory || !files_drop_repeated(&work->files)) {
        cli_say("out of memory");
        return false;
    }
    work->has_failed |= work->files.has_failed;
    return true;
}

static int work_on(struct work *work, struct cli_pool *cli_pool) {
    static const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    if (!take_operands(work) || !cli_pool_open(cli_pool, "indexer", sets, COUNT_OF(sets))) {
        return CLI_FAILED;
    }
    work->feed = (struct feed){
        .index = work->settings->index, .pool = cli_pool_for(cli_pool, WORKPOOL_GATE_INDEX),
        .wish = stop_watch(), .skipped = work->files.skipped, .has_failed = work->has_failed,
        .is_verbose = work->settings->is_verbose };
    int code = begin(work);
    return cli_pool_close(cli_pool) ? code : CLI_FAILED;
}

static int run(struct settings *settings) {
    enum index_language language;
    if (!language_of(settings->language, &language)) {
        cli_say("unknown language '%s': en or none", settings->language);
        return CLI_USAGE;
    }
    if (settings->path_count == 0 && settings->tsv == NULL) {
        cli_say("nothing to index: name files, folders or --tsv FILE");
        return CLI_USAGE;
    }
    struct work work = { .settings = settings };
    int code = work_on(&work, &settings->pool);
    if (settings->tsv != NULL) {
        tsv_close(&work.tsv);
    }
    files_free(&work.files);
    if (work.feed.is_stopped) {
        stop_obey();
    }
    return code;
}

static void take_arguments(struct settings *settings, const struct cli_command *command, int argc,
                           char **argv) {
    char **operands;
    int count = cli_parse(command, argc, argv, &operands);
    settings->index = operands[0];
    settings->paths = operands + 1;
    settings->path_count = count - 1;
}

int command_build(int argc, char **argv) {
    struct settings settings = { .pool = CLI_POOL_INIT, .language = "en", .is_new = true };
    const struct cli_option options[] = {
        { .name = "tsv", .value = CLI_TEXT, .target = &settings.tsv, .metavar = "FILE",
          .help = "index the lines of FILE, each an id, a tab and text" },
        { .name = "lang", .value = CLI_TEXT, .target = &settings.language, .metavar = "LANG",
          .help = "en (stems, no stop words; the default) or none" },
        MEMORY_OPTION(&settings.memory_bytes),
        { .name = "no-text", .value = CLI_FLAG, .target = &settings.omits_text,
          .help = "keep no text: a smaller index, no snippets" },
        { .name = "hidden", .value = CLI_FLAG, .target = &settings.takes_hidden,
          .help = "index files and folders that start with a dot, too" },
        { .name = "verbose", .letter = 'v', .value = CLI_FLAG, .target = &settings.is_verbose,
          .help = "name what is passed over, and why" },
        JSON_OPTION(&settings.is_json),
        CLI_POOL_OPTIONS(&settings.pool),
    };
    const struct cli_command command = {
        .name = "indexer build", .usage = "INDEX [PATH...] [--tsv FILE]",
        .summary = "Index text, Markdown, HTML and man pages, gzipped or not, below the paths.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = -1,
        .details = "INDEX is a folder; an index in it is replaced, all at once, at the end." };
    take_arguments(&settings, &command, argc, argv);
    return run(&settings);
}

int command_add(int argc, char **argv) {
    struct settings settings = { .pool = CLI_POOL_INIT, .language = "en" };
    const struct cli_option options[] = {
        { .name = "tsv", .value = CLI_TEXT, .target = &settings.tsv, .metavar = "FILE",
          .help = "add the lines of FILE, each an id, a tab and text" },
        MEMORY_OPTION(&settings.memory_bytes),
        { .name = "hidden", .value = CLI_FLAG, .target = &settings.takes_hidden,
          .help = "add files and folders that start with a dot, too" },
        { .name = "verbose", .letter = 'v', .value = CLI_FLAG, .target = &settings.is_verbose,
          .help = "name what is passed over, and why" },
        JSON_OPTION(&settings.is_json),
        CLI_POOL_OPTIONS(&settings.pool),
    };
    const struct cli_command command = {
        .name = "indexer add", .usage = "INDEX [PATH...] [--tsv FILE]",
        .summary = "Add documents to an index; those of the same id are replaced.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = -1 };
    take_arguments(&settings, &command, argc, argv);
    return run(&settings);
}
