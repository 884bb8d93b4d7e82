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

/* Print the reason, in front of it the index and the file of it that is meant. */
void complain_index(const char *index, const char *file, const struct diag *diag);

/* Open, or complain and return NULL. */
struct index *open_index(const char *path);

/* ---- files (files.c) ---- */

struct file {
    char *path;
    uint64_t byte_count;
    bool is_named;            /* on the command line, not found in a folder */
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
};

/*
 * Add a file, or all files below a folder in ascending order of their paths, each
 * folder's own names in byte order.  Symbolic links are followed when they are named
 * and passed over when they are found: what they lead to is found where it is.
 * Paths that cannot be read are complained of.  False when there is no memory.
 */
MUST_CHECK bool files_add(struct files *files, const char *path);
void files_free(struct files *files);

/* ---- hits (print.c) ---- */

/* Text for people: controls as \xNN. */
void print_text(const char *text, size_t count);

/* "12.345": a score in bits. */
void print_score(uint64_t score);

void print_hits(const struct search_results *results);
void print_hits_json(const char *query, const struct search_results *results);

#endif
