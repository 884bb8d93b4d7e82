/* maintain.c - the commands that need no text: delete, compact, check, hash, stats. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "indexer_cli.h"
#include "stop.h"

/* A change of an index that is not there says so; everything else is about the index. */
static int refuse_change(const char *path, const struct diag *diag, bool is_json) {
    return refuse_index(path, diag->status == STATUS_NOT_FOUND ? "manifest" : "", diag, is_json);
}

/* ---- delete ---- */

struct deletion {
    const char *index;
    char **ids;
    int count;
    bool is_json;
};

static enum status delete_ids(const struct deletion *deletion, struct diag *diag) {
    struct index_options options = { .memory_bytes = 0 };
    struct index_writer *writer;
    enum status status = index_change_begin(deletion->index, &options, &writer, diag);
    if (status != STATUS_OK) {
        return status;
    }
    for (int i = 0; i < deletion->count && status == STATUS_OK; i++) {
        const char *id = deletion->ids[i];
        status = index_writer_delete(writer, (const uint8_t *)id, strlen(id), diag);
    }
    if (status != STATUS_OK) {
        index_writer_abort(writer);
        return status;
    }
    return index_writer_commit(writer, diag);
}

static int delete_all(const struct deletion *deletion) {
    uint64_t before, after;
    struct diag diag = { .status = STATUS_OK };
    if (!count_documents(deletion->index, deletion->is_json, &before)) {
        return CLI_FAILED;
    }
    if (delete_ids(deletion, &diag) != STATUS_OK) {
        return refuse_change(deletion->index, &diag, deletion->is_json);
    }
    if (!count_documents(deletion->index, deletion->is_json, &after)) {
        return CLI_FAILED;
    }
    uint64_t deleted = before > after ? before - after : 0;
    if (deletion->is_json) {
        printf("{\"index\":");
        cli_json_text(deletion->index);
        printf(",\"deleted\":%" PRIu64 ",\"documents\":%" PRIu64 "}\n", deleted, after);
    } else {
        printf("deleted %" PRIu64 " document%s; %" PRIu64 " in all\n", deleted,
               deleted == 1 ? "" : "s", after);
    }
    return deleted > 0 ? CLI_OK : CLI_DIFFERENT;
}

int command_delete(int argc, char **argv) {
    struct deletion deletion = { .is_json = false };
    uint64_t workers = 0;
    const struct cli_option options[] = {
        JSON_OPTION(&deletion.is_json),
        ONE_THREAD_OPTION(&workers),
    };
    const struct cli_command command = {
        .name = "indexer delete", .usage = "INDEX ID...",
        .summary = "Delete documents by id, for files the path they were indexed under.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 2,
        .operands_max = -1,
        .details = "Exit 3 when none of the ids was there." };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    deletion.index = operands[0];
    deletion.ids = operands + 1;
    deletion.count = count - 1;
    return delete_all(&deletion);
}

/* ---- compact ---- */

static int report_compact(const char *path) {
    struct index *index = open_index(path, true);
    if (index == NULL) {
        return CLI_FAILED;
    }
    struct index_statistics statistics;
    index_statistics_read(index, &statistics);
    index_close(index);
    printf("{\"index\":");
    cli_json_text(path);
    printf(",\"documents\":%" PRIu64 ",\"bytes_total\":%" PRIu64 "}\n",
           statistics.document_count, statistics.total_bytes);
    return CLI_OK;
}

static int compact(const char *path, const struct index_options *options, bool is_json) {
    char file[INDEX_FILE_NAME_BYTES] = "";
    struct diag diag = { .status = STATUS_OK };
    if (index_compact_naming(path, options, file, &diag) != STATUS_OK) {
        return refuse_index(path, file, &diag, is_json);
    }
    return is_json ? report_compact(path) : CLI_OK;
}

int command_compact(int argc, char **argv) {
    static const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    struct cli_pool pool = CLI_POOL_INIT;
    uint64_t memory_bytes = 0;
    bool is_json = false;
    const struct cli_option options[] = {
        MEMORY_OPTION(&memory_bytes),
        JSON_OPTION(&is_json),
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
    struct index_options to = { .memory_bytes = memory_bytes, .cancel = stop_watch(),
                                .pool = cli_pool_for(&pool, WORKPOOL_GATE_INDEX) };
    int code = compact(operands[0], &to, is_json);
    bool is_closed = cli_pool_close(&pool);
    if (code != CLI_OK) {
        stop_obey();
    }
    return is_closed ? code : CLI_FAILED;
}

/* ---- check ---- */

/* A part of the index that is gone is damage; a folder without an index is not. */
static bool is_damage(const char *file, enum status status) {
    return status == STATUS_BAD_DATA
           || (status == STATUS_NOT_FOUND && strcmp(file, "manifest") != 0);
}

static int report_damage(const char *path, const char *file, const struct diag *diag,
                         bool is_json) {
    complain_index(path, file, diag);
    if (is_json) {
        printf("{\"index\":");
        cli_json_text(path);
        printf(",\"sound\":false,\"file\":");
        cli_json_text(file);
        print_reason_json(diag);
    }
    return CLI_DIFFERENT;
}

static int check(const char *path, bool is_json) {
    char file[INDEX_FILE_NAME_BYTES] = "";
    struct diag diag = { .status = STATUS_OK };
    enum status status = index_check(path, file, &diag);
    if (is_damage(file, status)) {
        return report_damage(path, file, &diag, is_json);
    }
    if (status != STATUS_OK) {
        return refuse_index(path, file, &diag, is_json);
    }
    if (is_json) {
        printf("{\"index\":");
        cli_json_text(path);
        printf(",\"sound\":true}\n");
    } else {
        printf("%s: sound\n", path);
    }
    return CLI_OK;
}

int command_check(int argc, char **argv) {
    bool is_json = false;
    uint64_t workers = 0;
    const struct cli_option options[] = {
        JSON_OPTION(&is_json),
        ONE_THREAD_OPTION(&workers),
    };
    const struct cli_command command = {
        .name = "indexer check", .usage = "INDEX",
        .summary = "Verify every byte of the index; exit 3 when it is damaged.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1 };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    return check(operands[0], is_json);
}

/* ---- hash and stats ---- */

int command_hash(int argc, char **argv) {
    bool is_json = false;
    uint64_t workers = 0;
    bool is_content = false;
    const struct cli_option options[] = {
        { .name = "content", .value = CLI_FLAG, .target = &is_content,
          .help = "name the documents, whatever the history of the files" },
        JSON_OPTION(&is_json),
        ONE_THREAD_OPTION(&workers),
    };
    const struct cli_command command = {
        .name = "indexer hash", .usage = "INDEX",
        .summary = "Print a SHA-256 that names every byte of the index's files.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1 };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    struct index *index = open_index(operands[0], is_json);
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
        return refuse_index(operands[0], "", &diag, is_json);
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
    uint64_t workers = 0;
    const struct cli_option options[] = {
        JSON_OPTION(&is_json),
        ONE_THREAD_OPTION(&workers),
    };
    const struct cli_command command = {
        .name = "indexer stats", .usage = "INDEX",
        .summary = "Print what the index holds and what its parts take.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 1 };
    char **operands;
    cli_parse(&command, argc, argv, &operands);
    struct index *index = open_index(operands[0], is_json);
    if (index == NULL) {
        return CLI_FAILED;
    }
    struct index_statistics statistics;
    index_statistics_read(index, &statistics);
    print_statistics(&statistics, is_json);
    index_close(index);
    return CLI_OK;
}
