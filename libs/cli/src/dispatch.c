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
    fprintf(stream, "\n'%s help COMMAND' tells more about one; see also %s(1).\n", program,
            program);
}

static const struct cli_subcommand *find(const struct cli_subcommand *list, size_t count,
                                         const char *word) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, list[i].name) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

/* Is it --help, -h or `help`, the last perhaps with a command to tell of? */
static bool asks_for_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int refuse(const char *program, const char *word) {
    cli_say("unknown %s '%s'", word[0] == '-' ? "option" : "command", word);
    fprintf(stderr, "Try '%s --help'.\n", program);
    return CLI_USAGE;
}

int cli_dispatch(const char *program, const char *summary, const struct cli_subcommand *list,
                 size_t count, int argc, char **argv) {
    cli_begin(program);
    if (argc < 2) {
        print_list(stderr, program, summary, list, count);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        cli_print_version(program);
        return cli_finish(CLI_OK);
    }
    if (asks_for_help(argv[1]) && argc == 2) {
        print_list(stdout, program, summary, list, count);
        return cli_finish(CLI_OK);
    }
    bool is_help = asks_for_help(argv[1]);
    const struct cli_subcommand *command = find(list, count, argv[is_help ? 2 : 1]);
    if (command == NULL) {
        return refuse(program, argv[is_help ? 2 : 1]);
    }
    char help[] = "--help";
    char *words[] = { argv[is_help ? 2 : 1], help, NULL };
    return cli_finish(is_help ? command->run(2, words) : command->run(argc - 1, argv + 1));
}
