/*
 * commands.h - the subcommands of weft-image and what they share.
 *
 * Units:    none
 * Shapes:   argv[0] is the subcommand's name
 * Threads:  the main thread
 * Memory:   each frees what it took
 * Errors:   complaints on standard error, exit codes of cli/cli.h
 * Source:   none
 * Depends:  cli
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "image/image.h"


/* Bytes of an input file that are read at most. */
#define COMMAND_FILE_MAX ((size_t)1 << 30)

int command_info(int argc, char **argv);
int command_hash(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_compare(int argc, char **argv);

/* Open the pool with the kinds that all subcommands use; complains when it cannot. */
MUST_CHECK bool command_pool_open(struct cli_pool *pool);

/* Read and decode one file, complaining when it cannot be; the image is for image_free(). */
MUST_CHECK bool command_load(const char *path, struct workpool *pool, struct image *out_image);

#endif
