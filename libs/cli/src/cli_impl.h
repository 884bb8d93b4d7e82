/* cli_impl.h - what the files of the command kit share. */
#ifndef CLI_IMPL_H
#define CLI_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"

enum {
    CLI_OPTIONS_MAX = 32,   /* of one command, --help and --version apart */
    CLI_HELP_COLUMN = 28,   /* where the explanation of an option starts */
};

/* Remember the first word of `name` as the program that speaks, and read WEFT_CPU once. */
void cli_begin(const char *name);

/* The program that speaks: "weft-image", or "weft" before cli_begin(). */
const char *cli_program(void);

/* Print --help and --version of a command. */
void cli_print_help(const struct cli_command *command);
void cli_print_version(const char *name);

/* Flush standard output; `code`, or CLI_FAILED after complaining if the bytes were lost. */
int cli_finish(int code);

/* Decimal digits and, if `is_size`, one of K M G; false when it is not a number that fits. */
bool cli_parse_number(const char *text, bool is_size, uint64_t *out_number);

#endif
