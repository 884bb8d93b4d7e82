/* cli_impl.h - what the files of the command kit share. */
#ifndef CLI_IMPL_H
#define CLI_IMPL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"

enum {
    CLI_OPTIONS_MAX = 32,   /* of one command, --help and --version apart */
    CLI_HELP_COLUMN = 28,   /* where the explanation of an option starts */
};

enum cli_parsed {
    CLI_PARSED,
    CLI_TOO_FAR,     /* a number, but below 0 or above 2^64 - 1 */
    CLI_NO_NUMBER,
};

/*
 * Remember the first word of `name` as the program that speaks, and look at the
 * environment: ends the program with CLI_USAGE when it cannot be understood.
 */
void cli_begin(const char *name);

/* Exit with CLI_USAGE, after complaining, when a variable of the pool is wrong. */
void cli_check_pool_environment(void);

/* From now on complaints are JSON on standard output, too. */
void cli_speak_json(void);

/* The program that speaks: "weft-image", or "weft" before cli_begin(). */
const char *cli_program(void);

/* Print --help and --version of a command. */
void cli_print_help(const struct cli_command *command);
void cli_print_version(const char *name);

/* Flush standard output; `code`, or CLI_FAILED after complaining if the bytes were lost. */
int cli_finish(int code);

/* Decimal digits, perhaps after '-', and, if `is_size`, perhaps one of K M G T. */
enum cli_parsed cli_parse_number(const char *text, bool is_size, uint64_t *out_number);

/* A number as a user would write it: with the largest unit that divides it, if `is_size`. */
enum { CLI_NUMBER_TEXT_BYTES = 24 };
void cli_number_text(uint64_t number, bool is_size, char out_text[CLI_NUMBER_TEXT_BYTES]);

/* Bytes at `at` that form one character of UTF-8, or minus the bytes that are none. */
int cli_measure_character(const uint8_t *at);

/* As cli_put_text(), to any stream. */
void cli_write_text(FILE *stream, const char *text);

/* An option's outputs against each other and the operands; false after saying so. */
bool cli_outputs_are_apart(const struct cli_command *command, char *const *operands, int count);

#endif
