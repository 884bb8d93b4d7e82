/* search.c - the commands that ask: search and batch. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "indexer_cli.h"
#include "sync/file.h"
#include "sync/memory.h"

enum { BATCH_QUERIES = 1024, QUERY_FILE_BYTES_MAX = 1 << 30 };

struct settings {
    struct cli_pool pool;
    uint64_t top;
    uint64_t snippet_bytes;
    bool needs_all_words;
    bool is_exhaustive;
    bool wants_explanations;
    bool omits_snippets;
    bool is_json;
    const char *page;
    const char *index;
    char **words;            /* the command line, for the one of the next page */
    int word_count;
    const char *mark_begin;
    const char *mark_end;
};

static struct search_request request_of(const struct settings *settings, const char *query,
                                        size_t query_bytes) {
    return (struct search_request){
        .query = query, .query_bytes = query_bytes, .top = (uint32_t)settings->top,
        .needs_all_words = settings->needs_all_words, .is_exhaustive = settings->is_exhaustive,
        .wants_explanations = settings->wants_explanations, .page = settings->page,
        .snippet_bytes = settings->omits_snippets ? 0 : (uint32_t)settings->snippet_bytes,
        .mark_begin = settings->mark_begin, .mark_end = settings->mark_end };
}

/* ---- search ---- */

/* "--page", or what getopt takes for it: a beginning of it, with or without "=VALUE". */
static bool is_page_option(const char *word) {
    size_t count = strcspn(word, "=");
    return count > 2 && count <= strlen("--page") && strncmp(word, "--page", count) == 0;
}

/* The command that shows the next page, ready to be copied. */
static void print_more(const struct settings *settings, const char *token) {
    bool has_ended = false;      /* by "--": operands follow */
    printf("     more: indexer search --page %s", token);
    for (int i = 1; i < settings->word_count; i++) {
        const char *word = settings->words[i];
        has_ended |= strcmp(word, "--") == 0;
        if (!has_ended && is_page_option(word)) {
            i += strchr(word, '=') == NULL;
            continue;
        }
        putchar(' ');
        print_shell_word(word);
    }
    putchar('\n');
}

static int print_answer(const struct settings *settings, const char *query,
                        const struct search_results *results) {
    if (settings->is_json) {
        print_hits_json(query, results);
    } else {
        print_hits(results);
    }
    if (results->next_page != NULL && !settings->is_json) {
        print_more(settings, results->next_page);
    }
    if (results->hit_count == 0 && !settings->is_json) {
        cli_say(results->is_nothing_left
                    ? "nothing to search for: every word is too common, or no word"
                    : "no document matches");
    }
    return results->hit_count > 0 ? CLI_OK : CLI_DIFFERENT;
}

static void refuse_query(const struct settings *settings, const char *query,
                         const struct diag *diag) {
    cli_complain("query", diag);
    if (settings->is_json) {
        printf("{\"query\":");
        cli_json_text(query);
        print_reason_json(diag);
    }
}

static int search_one(const struct settings *settings, const struct index *index,
                      const char *query) {
    struct search *search;
    enum status status = search_create(index, &search);
    if (status != STATUS_OK) {
        cli_say("%s", status_name(status));
        return CLI_FAILED;
    }
    struct search_request request = request_of(settings, query, strlen(query));
    struct search_results *results;
    struct diag diag = { .status = STATUS_OK };
    int code = CLI_FAILED;
    if (search_run(search, &request, &results, &diag) == STATUS_OK) {
        code = print_answer(settings, query, results);
        search_results_destroy(results);
    } else if (search_damaged_file(search) != NULL) {
        refuse_index(settings->index, search_damaged_file(search), &diag, settings->is_json);
    } else {
        refuse_query(settings, query, &diag);
    }
    search_destroy(search);
    return code;
}

int command_search(int argc, char **argv) {
    bool is_terminal = isatty(STDOUT_FILENO) != 0;
    uint64_t workers = 0;
    struct settings settings = {
        .pool = CLI_POOL_INIT, .top = SEARCH_TOP_DEFAULT,
        .snippet_bytes = SEARCH_SNIPPET_DEFAULT,
        .mark_begin = is_terminal ? "\033[1m" : "\xc2\xab",
        .mark_end = is_terminal ? "\033[22m" : "\xc2\xbb" };
    const struct cli_option options[] = {
        { .name = "top", .letter = 'n', .value = CLI_NUMBER, .target = &settings.top,
          .minimum = 1, .maximum = SEARCH_TOP_MAX, .metavar = "N",
          .help = "hits a page (default: 10)" },
        { .name = "page", .value = CLI_TEXT, .target = &settings.page, .metavar = "TOKEN",
          .help = "the page after the one that ended with TOKEN" },
        { .name = "all", .letter = 'a', .value = CLI_FLAG, .target = &settings.needs_all_words,
          .help = "words in a row must all be there" },
        { .name = "explain", .value = CLI_FLAG, .target = &settings.wants_explanations,
          .help = "show how each score adds up" },
        { .name = "no-snippets", .value = CLI_FLAG, .target = &settings.omits_snippets,
          .help = "print no passages" },
        { .name = "snippet", .value = CLI_NUMBER, .target = &settings.snippet_bytes,
          .minimum = 1, .maximum = SEARCH_SNIPPET_MAX, .metavar = "N",
          .help = "bytes of a passage (default: 200)" },
        { .name = "mark-begin", .value = CLI_TEXT, .target = &settings.mark_begin,
          .metavar = "TEXT", .help = "put before what was found in a passage" },
        { .name = "mark-end", .value = CLI_TEXT, .target = &settings.mark_end,
          .metavar = "TEXT", .help = "put after it" },
        { .name = "exhaustive", .value = CLI_FLAG, .target = &settings.is_exhaustive,
          .help = "look at every document: slow, the same hits" },
        { .name = "json", .value = CLI_FLAG, .target = &settings.is_json,
          .help = "print the hits as JSON" },
        ONE_THREAD_OPTION(&workers),
    };
    const struct cli_command command = {
        .name = "indexer search", .usage = "INDEX QUERY",
        .summary = "Print the best documents for a query; exit 3 when none matches.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 2,
        .operands_max = 2,
        .details = "A query is words, \"phrases\", prefixes*, AND, OR, NOT and parentheses;\n"
                   "other signs, such as - + && ||, mean nothing." };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    settings.index = operands[0];
    settings.words = argv;
    settings.word_count = argc;
    struct index *index = open_index(operands[0], settings.is_json);
    if (index == NULL) {
        return CLI_FAILED;
    }
    int code = search_one(&settings, index, operands[1]);
    index_close(index);
    return code;
}

/* ---- batch ---- */

/* A query of the file: "QUERY" or "NAME TAB QUERY". */
struct batch_query {
    const char *name;        /* NULL: the number of the line */
    size_t name_bytes;
    uint64_t number;
    uint64_t offset;         /* of the query in the file */
};

struct batch {
    const struct settings *settings;
    const char *path;
    const struct index *index;
    struct batch_query queries[BATCH_QUERIES];
    struct search_slot slots[BATCH_QUERIES];
    size_t count;
    bool has_failed;
};

static void print_name(const struct batch_query *query) {
    if (query->name != NULL) {
        print_text(query->name, query->name_bytes);
    } else {
        printf("%" PRIu64, query->number);
    }
}

static void print_slot_json(const struct search_slot *slot, const struct diag *diag) {
    char *text = sync_alloc(slot->request.query_bytes + 1);
    if (text != NULL) {
        memcpy(text, slot->request.query, slot->request.query_bytes);
        text[slot->request.query_bytes] = '\0';
    }
    if (slot->results != NULL) {
        print_hits_json(text == NULL ? "" : text, slot->results);
    } else {
        printf("{\"query\":");
        cli_json_text(text == NULL ? "" : text);
        print_reason_json(diag);
    }
    sync_free(text);
}

/* Offsets are in the index's file when it is damaged, else in the file of queries. */
static void complain_slot(struct batch *batch, const struct batch_query *query,
                          const struct search_slot *slot) {
    struct diag diag = slot->diag;
    batch->has_failed = true;
    if (slot->damaged_file != NULL) {
        complain_index(batch->settings->index, slot->damaged_file, &diag);
        return;
    }
    diag.offset = diag.offset == DIAG_NO_OFFSET ? query->offset : query->offset + diag.offset;
    cli_complain(batch->path, &diag);
}

static void print_slot(struct batch *batch, size_t at) {
    const struct batch_query *query = &batch->queries[at];
    struct search_slot *slot = &batch->slots[at];
    if (slot->status != STATUS_OK) {
        complain_slot(batch, query, slot);
    }
    if (batch->settings->is_json) {
        print_slot_json(slot, &slot->diag);
        return;
    }
    uint32_t count = slot->status == STATUS_OK ? slot->results->hit_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct search_hit *hit = &slot->results->hits[i];
        print_name(query);
        printf("\t");
        print_text(hit->id, hit->id_bytes);
        printf("\t%" PRIu32 "\t%" PRIu64 "\n", i + 1, hit->score);
    }
}

static bool run_group(struct batch *batch) {
    struct workpool *pool = cli_pool_for(&batch->settings->pool, WORKPOOL_GATE_INDEX);
    enum status status = search_batch(batch->index, pool, batch->slots, batch->count);
    if (status != STATUS_OK) {
        cli_say("%s", status_name(status));
        return false;
    }
    for (size_t i = 0; i < batch->count; i++) {
        print_slot(batch, i);
        search_results_destroy(batch->slots[i].results);
    }
    batch->count = 0;
    return true;
}

static void take_line(struct batch *batch, const char *line, size_t count, uint64_t number,
                      uint64_t offset) {
    if (count > 0 && line[count - 1] == '\r') {
        count--;
    }
    if (count == 0) {
        return;
    }
    const char *tab = memchr(line, '\t', count);
    size_t name_bytes = tab == NULL ? 0 : (size_t)(tab - line);
    size_t skip = tab == NULL ? 0 : name_bytes + 1;
    batch->queries[batch->count] = (struct batch_query){
        .name = tab == NULL ? NULL : line, .name_bytes = name_bytes, .number = number,
        .offset = offset + skip };
    batch->slots[batch->count] = (struct search_slot){
        .request = request_of(batch->settings, line + skip, count - skip) };
    batch->count++;
}

static bool run_lines(struct batch *batch, const struct sync_bytes *file) {
    uint64_t number = 0;
    for (size_t at = 0; at < file->count;) {
        const uint8_t *end = memchr(file->bytes + at, '\n', file->count - at);
        size_t line = end == NULL ? file->count - at : (size_t)(end - (file->bytes + at));
        take_line(batch, (const char *)file->bytes + at, line, ++number, at);
        if (batch->count == BATCH_QUERIES && !run_group(batch)) {
            return false;
        }
        at += line + 1;
    }
    return batch->count == 0 || run_group(batch);
}

static int run_batch(const struct settings *settings, const struct index *index,
                     const char *path) {
    struct diag diag = { .status = STATUS_OK };
    struct sync_bytes file;
    const char *name = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    if (sync_file_read(name, QUERY_FILE_BYTES_MAX, &file, &diag) != STATUS_OK) {
        cli_complain(path, &diag);
        return CLI_FAILED;
    }
    struct batch *batch = sync_alloc_zero(1, sizeof(*batch));
    bool is_good = false;
    if (batch == NULL) {
        cli_say("out of memory");
    } else {
        batch->settings = settings;
        batch->path = path;
        batch->index = index;
        is_good = run_lines(batch, &file) && !batch->has_failed;
    }
    sync_free(batch);
    sync_free(file.bytes);
    return is_good ? CLI_OK : CLI_FAILED;
}

int command_batch(int argc, char **argv) {
    static const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    struct settings settings = { .pool = CLI_POOL_INIT, .top = SEARCH_TOP_DEFAULT,
                                 .snippet_bytes = SEARCH_SNIPPET_DEFAULT,
                                 .mark_begin = "\xc2\xab", .mark_end = "\xc2\xbb" };
    const struct cli_option options[] = {
        { .name = "top", .letter = 'n', .value = CLI_NUMBER, .target = &settings.top,
          .minimum = 1, .maximum = SEARCH_TOP_MAX, .metavar = "N",
          .help = "hits a query (default: 10)" },
        { .name = "all", .letter = 'a', .value = CLI_FLAG, .target = &settings.needs_all_words,
          .help = "words in a row must all be there" },
        { .name = "exhaustive", .value = CLI_FLAG, .target = &settings.is_exhaustive,
          .help = "look at every document: slow, the same hits" },
        { .name = "no-snippets", .value = CLI_FLAG, .target = &settings.omits_snippets,
          .help = "with --json: print no passages" },
        { .name = "json", .value = CLI_FLAG, .target = &settings.is_json,
          .help = "print an object a query" },
        CLI_POOL_OPTIONS(&settings.pool),
    };
    const struct cli_command command = {
        .name = "indexer batch", .usage = "INDEX FILE",
        .summary = "Run the queries of FILE, one a line, or each after a name and a tab.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 2,
        .operands_max = 2,
        .details = "Prints a line a hit: name or line number, id, rank and score, between tabs." };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    settings.omits_snippets |= !settings.is_json;
    if (!cli_pool_open(&settings.pool, "indexer", sets, COUNT_OF(sets))) {
        return CLI_FAILED;
    }
    settings.index = operands[0];
    struct index *index = open_index(operands[0], settings.is_json);
    int code = index == NULL ? CLI_FAILED : run_batch(&settings, index, operands[1]);
    index_close(index);
    return cli_pool_close(&settings.pool) ? code : CLI_FAILED;
}
