/* help.c - what --help and --version print. */
#include <stdio.h>

#include "cli_impl.h"

static void print_option(char letter, const char *name, const char *metavar, const char *help) {
    char left[128];
    char dash[8] = "   ";
    if (letter != 0) {
        snprintf(dash, sizeof(dash), "-%c,", letter);
    }
    snprintf(left, sizeof(left), "  %s --%s%s%s", dash, name, metavar != NULL ? " " : "",
             metavar != NULL ? metavar : "");
    printf("%-*s  %s\n", CLI_HELP_COLUMN, left, help);
}

static bool has_letter(const struct cli_command *command, char letter) {
    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].letter == letter) {
            return true;
        }
    }
    return false;
}

void cli_print_help(const struct cli_command *command) {
    printf("Usage: %s %s\n\n%s\n\nOptions:\n", command->name, command->usage, command->summary);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        print_option(option->letter, option->name, option->metavar, option->help);
    }
    print_option(has_letter(command, 'h') ? 0 : 'h', "help", NULL, "print this and exit");
    print_option(0, "version", NULL, "print the version and exit");
    if (command->details != NULL) {
        printf("\n%s\n", command->details);
    }
}

void cli_print_version(const char *name) {
    cli_begin(name);
    printf("%s %s\n", cli_program(), WEFT_VERSION);
}
