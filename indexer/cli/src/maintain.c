/* maintain.c - the commands that need no text: delete, compact, check, hash, stats. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "indexer_cli.h"

void complain_index(const char *index, const char *file, const struct diag *diag) {
    char path[4096];
    if (file == NULL || file[0] == '\0'
        || snprintf(path, sizeof(path), "%s/%s", index, file) >= (int)sizeof(path)) {
        cli_complain(index, diag);
    } else {
        cli_complain(path, diag);
    }
}

struct index *open_index(const char *path) {
    struct index *index;
    struct diag diag = { .status = STATUS_OK };
    if (index_open(path, &index, &diag) != STATUS_OK) {
        complain_index(path, NULL, &diag);
        return NULL;
    }
    return index;
}

static int finish_change(const char *path, enum status status, const struct diag *diag) {
    if (status != STATUS_OK) {
        complain_index(path, NULL, diag);
        return CLI_FAILED;
    }
    return CLI_OK;
}

static int delete_all(const char *path, char **ids, int count) {
    struct index_options options = { .memory_bytes = 0 };
    struct index_writer *writer;
    struct diag diag = { .status = STATUS_OK };
    enum status status = index_change_begin(path, &options, &writer, &diag);
    if (status != STATUS_OK) {
        return finish_change(path, status, &diag);
    }
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        status = index_writer_delete(writer, (const uint8_t *)ids[i], strlen(ids[i]), &diag);
    }
    if (status != STATUS_OK) {
        index_writer_abort(writer);
        return finish_change(path, status, &diag);
    }
    return finish_change(path, index_writer_commit(writer, &diag), &diag);
}

int command_delete(int argc, char **argv) {
    const struct cli_command command = {
        .name = "indexer delete", .usage = "INDEX ID...",
        .summary = "Delete documents by id, for files the path they were indexed under.",
        .operands_min = 2, .operands_max = -1,
        .details = "Ids that are not there are not an error." };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    return delete_all(operands[0], operands + 1, count - 1);
}

int command_compact(int argc, char **argv) {
    static const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    struct cli_pool pool = CLI_POOL_INIT;
    uint64_t memory_bytes = 0;
    const struct cli_option options[] = {
        { .name = "memory", .value = CLI_SIZE, .target = &memory_bytes,
          .minimum = INDEX_MEMORY_MIN, .maximum = (uint64_t)1 << 40, .metavar = "SIZE",
          .help = "memory to work in (default: 256M)" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "indexer compact", .usage = "INDEX",
        .summary = "Make the index what a fresh build of its documents would be.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1 };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    if (!cli_pool_open(&pool, "indexer", sets, COUNT_OF(sets))) {
        return CLI_FAILED;
    }
    struct index_options compact = { .memory_bytes = memory_bytes,
                                     .pool = cli_pool_for(&pool, WORKPOOL_GATE_INDEX) };
    struct diag diag = { .status = STATUS_OK };
    enum status status = index_compact(operands[0], &compact, &diag);
    int code = finish_change(operands[0], status, &diag);
    return cli_pool_close(&pool) ? code : CLI_FAILED;
}

int command_check(int argc, char **argv) {
    bool is_json = false;
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_FLAG, .target = &is_json,
          .help = "print the result as JSON" },
    };
    const struct cli_command command = {
        .name = "indexer check", .usage = "INDEX",
        .summary = "Verify every byte of the index; exit 3 when it is damaged.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1 };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    char file[INDEX_FILE_NAME_BYTES] = "";
    struct diag diag = { .status = STATUS_OK };
    enum status status = index_check(operands[0], file, &diag);
    if (status != STATUS_OK) {
        complain_index(operands[0], file, &diag);
    }
    if (is_json) {
        printf("{\"index\":");
        cli_json_text(operands[0]);
        printf(",\"sound\":%s}\n", status == STATUS_OK ? "true" : "false");
    } else if (status == STATUS_OK) {
        printf("%s: sound\n", operands[0]);
    }
    return status == STATUS_OK ? CLI_OK : status == STATUS_BAD_DATA ? CLI_DIFFERENT : CLI_FAILED;
}

int command_hash(int argc, char **argv) {
    bool is_json = false;
    bool is_content = false;
    const struct cli_option options[] = {
        { .name = "content", .value = CLI_FLAG, .target = &is_content,
          .help = "name the documents, whatever the history of the files" },
        { .name = "json", .value = CLI_FLAG, .target = &is_json,
          .help = "print the result as JSON" },
    };
    const struct cli_command command = {
        .name = "indexer hash", .usage = "INDEX",
        .summary = "Print a SHA-256 that names every byte of the index's files.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1 };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    struct index *index = open_index(operands[0]);
    if (index == NULL) {
        return CLI_FAILED;
    }
    uint8_t digest[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    struct diag diag = { .status = STATUS_OK };
    enum status status = STATUS_OK;
    if (is_content) {
        status = index_content_digest(index, digest, &diag);
    } else {
        index_files_digest(index, digest);
    }
    index_close(index);
    if (status != STATUS_OK) {
        return finish_change(operands[0], status, &diag);
    }
    digest_text(digest, text);
    if (is_json) {
        printf("{\"index\":");
        cli_json_text(operands[0]);
        printf(",\"%s\":\"%s\"}\n", is_content ? "content" : "files", text);
    } else {
        printf("%s  %s\n", text, operands[0]);
    }
    return CLI_OK;
}

static void print_statistics(const struct index_statistics *s, bool is_json) {
    const struct { const char *name; uint64_t value; } rows[] = {
        { "documents", s->document_count }, { "words", s->token_count },
        { "deleted", s->deleted_count }, { "segments", s->segment_count },
        { "tail", s->tail_count }, { "terms", s->term_count },
        { "postings", s->posting_count }, { "positions", s->position_count },
        { "bytes_text", s->text_bytes }, { "bytes_positions", s->positions_bytes },
        { "bytes_postings", s->postings_bytes }, { "bytes_terms", s->terms_bytes },
        { "bytes_documents", s->documents_bytes }, { "bytes_sums", s->sums_bytes },
        { "bytes_log", s->log_bytes }, { "bytes_total", s->total_bytes },
    };
    const char *language = s->language == INDEX_LANGUAGE_ENGLISH ? "en" : "none";
    printf(is_json ? "{\"language\":\"%s\"" : "%-16s %s\n", is_json ? language : "language",
           language);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        printf(is_json ? ",\"%s\":%" PRIu64 : "%-16s %" PRIu64 "\n", rows[i].name,
               rows[i].value);
    }
    printf(is_json ? "}\n" : "");
}

int command_stats(int argc, char **argv) {
    bool is_json = false;
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_FLAG, .target = &is_json,
          .help = "print the result as JSON" },
    };
    const struct cli_command command = {
        .name = "indexer stats", .usage = "INDEX",
        .summary = "Print what the index holds and what its parts take.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1 };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    struct index *index = open_index(operands[0]);
    if (index == NULL) {
        return CLI_FAILED;
    }
    struct index_statistics statistics;
    index_statistics_read(index, &statistics);
    print_statistics(&statistics, is_json);
    index_close(index);
    return CLI_OK;
}
