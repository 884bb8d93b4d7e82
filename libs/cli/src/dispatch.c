/* dispatch.c - programs whose first word is a subcommand. */
#include <stdio.h>
#include <string.h>

#include "cli_impl.h"

static void print_list(FILE *stream, const char *program, const char *summary,
                       const struct cli_subcommand *list, size_t count) {
    fprintf(stream, "Usage: %s COMMAND [ARGUMENT]...\n\n%s\n\nCommands:\n", program, summary);
    for (size_t i = 0; i < count; i++) {
        fprintf(stream, "  %-12s  %s\n", list[i].name, list[i].summary);
    }
    fprintf(stream, "\n'%s COMMAND --help' tells more about one; see also %s(1).\n", program,
            program);
}

int cli_dispatch(const char *program, const char *summary, const struct cli_subcommand *list,
                 size_t count, int argc, char **argv) {
    cli_begin(program);
    if (argc < 2) {
        print_list(stderr, program, summary, list, count);
        return CLI_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_list(stdout, program, summary, list, count);
        return cli_finish(CLI_OK);
    }
    if (strcmp(word, "--version") == 0) {
        cli_print_version(program);
        return cli_finish(CLI_OK);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, list[i].name) == 0) {
            return cli_finish(list[i].run(argc - 1, argv + 1));
        }
    }
    cli_say("unknown command '%s'", word);
    fprintf(stderr, "Try '%s --help'.\n", program);
    return CLI_USAGE;
}
