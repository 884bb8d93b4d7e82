/*
 * indexer_cli.h - what the commands of `indexer` share.
 *
 * Units:    as indexer/index.h
 * Shapes:   none
 * Threads:  the main thread
 * Memory:   as said at each function
 * Errors:   exit codes of cli/cli.h; complaints go to standard error
 * Source:   none
 * Depends:  base, sync, workpool, cli, indexer
 */
#ifndef INDEXER_CLI_H
#define INDEXER_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "indexer/index.h"
#include "indexer/search.h"

/* The commands: argv[0] is the command's name; they return an exit code. */
int command_build(int argc, char **argv);
int command_add(int argc, char **argv);
int command_delete(int argc, char **argv);
int command_compact(int argc, char **argv);
int command_check(int argc, char **argv);
int command_hash(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_search(int argc, char **argv);
int command_batch(int argc, char **argv);

/* ---- what went wrong (tell.c) ---- */

/* The path, or '' where it would be nothing to be seen. */
const char *shown_path(const char *path);

/* Print the reason, in front of it the index and the file of it that is meant. */
void complain_index(const char *index, const char *file, const struct diag *diag);

/* The end of a JSON object: ,"error":...,"offset":...} and a line's end. */
void print_reason_json(const struct diag *diag);

/*
 * Complain, with a remedy when there is no index, and print an object with "error" for
 * programs; `file` may be empty.  Returns CLI_FAILED.
 */
int refuse_index(const char *index, const char *file, const struct diag *diag, bool is_json);

/* The same for a folder that cannot be taken for an index: names what is in the way. */
int refuse_folder(const char *index, struct diag *diag, bool is_json);

/* Open, or refuse_index() and return NULL. */
struct index *open_index(const char *path, bool is_json);

/* Live documents; false when refused. */
bool count_documents(const char *path, bool is_json, uint64_t *out_count);

/* For commands that do their work on one thread, whatever number is asked for. */
#define ONE_THREAD_OPTION(workers)                                                               \
    { .name = "workers", .letter = 'w', .value = CLI_NUMBER, .target = (workers),                \
      .minimum = 0, .maximum = WORKPOOL_WORKERS_MAX, .metavar = "N",                             \
      .help = "taken as everywhere; this command needs one thread" }

#define MEMORY_OPTION(bytes)                                                                     \
    { .name = "memory", .value = CLI_SIZE, .target = (bytes), .minimum = INDEX_MEMORY_MIN,       \
      .maximum = UINT64_C(1) << 40, .metavar = "SIZE",                                           \
      .help = "memory to work in (default: 64M)" }

#define JSON_OPTION(flag)                                                                        \
    { .name = "json", .value = CLI_FLAG, .target = (flag), .help = "print the result as JSON" }

/* ---- files (files.c) ---- */

struct file {
    char *path;
    uint64_t byte_count;
    bool is_named;            /* on the command line, not found in a folder */
    bool is_repeated;         /* its path came before; to be dropped */
};

/* The files to index in the order to index them. */
struct files {
    struct file *list;
    size_t count;
    size_t capacity;
    uint64_t byte_count;      /* of all */
    uint64_t skipped;         /* found, and no files to be read */
    bool has_failed;          /* some path was complained of */
    bool takes_hidden;        /* names that start with a dot, too */
    bool is_verbose;          /* say what is passed over */
    const char *index;        /* its folder is passed over; NULL for none */
};

/*
 * Add a file, or all files below a folder in ascending order of their paths, each
 * folder's own names in byte order.  Symbolic links are followed when they are named
 * and passed over when they are found: what they lead to is found where it is.
 * Folders that hold an index are passed over.  A path that is not there is taken, and
 * fails when it is read; folders that cannot be listed are complained of.  False when
 * there is no memory.
 */
MUST_CHECK bool files_add(struct files *files, const char *path);

/* Keep the first of each path.  False when there is no memory. */
MUST_CHECK bool files_drop_repeated(struct files *files);

/* Say on standard error that a path is passed over, and why. */
void files_say_skipped(const char *path, const char *reason);
void files_free(struct files *files);

/* ---- hits (print.c) ---- */

/* Text for people: controls as \xNN. */
void print_text(const char *text, size_t count);

/* "12.345": a score in bits. */
void print_score(uint64_t score);

/* A word for a POSIX shell, in quotes if it needs them. */
void print_shell_word(const char *word);

void print_hits(const struct search_results *results);
void print_hits_json(const char *query, const struct search_results *results);

#endif
