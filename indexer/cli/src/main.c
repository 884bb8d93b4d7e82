/* main.c - the command's list of commands. */
#include "indexer_cli.h"

static const struct cli_subcommand commands[] = {
    { "build", "index files, folders or a TSV file", command_build },
    { "search", "print the best documents for a query", command_search },
    { "batch", "run the queries of a file", command_batch },
    { "add", "add or replace documents", command_add },
    { "delete", "delete documents by id", command_delete },
    { "compact", "bring the index into its canonical form", command_compact },
    { "check", "verify every byte of the index", command_check },
    { "hash", "print the digest of the index", command_hash },
    { "stats", "print what the index holds", command_stats },
};

int main(int argc, char **argv) {
    return cli_dispatch("indexer", "Full-text search over documents.", commands,
                        COUNT_OF(commands), argc, argv);
}
