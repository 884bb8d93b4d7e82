/* options.c - the command line, by getopt_long. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli_impl.h"

enum {
    CODE_OPTION = 256,   /* option i is CODE_OPTION + i, above every letter */
    CODE_HELP = 1024,
    CODE_VERSION = 1025,
};

/* getopt's two tables for one command. */
struct tables {
    struct option longs[CLI_OPTIONS_MAX + 3];
    char letters[2 * CLI_OPTIONS_MAX + 4];
};

static void fill_tables(const struct cli_command *command, struct tables *tables) {
    size_t letter = 0;
    bool is_h_free = true;
    tables->letters[letter++] = ':';   /* tell a missing value from an unknown option */
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        bool has_value = option->value != CLI_FLAG && option->value != CLI_JSON;
        tables->longs[i] = (struct option){ option->name,
                                            has_value ? required_argument : no_argument, NULL,
                                            CODE_OPTION + (int)i };
        if (option->letter != 0) {
            tables->letters[letter++] = option->letter;
            is_h_free = is_h_free && option->letter != 'h';
            if (has_value) {
                tables->letters[letter++] = ':';
            }
        }
    }
    if (is_h_free) {
        tables->letters[letter++] = 'h';
    }
    tables->letters[letter] = '\0';
    size_t count = command->option_count;
    tables->longs[count++] = (struct option){ "help", no_argument, NULL, CODE_HELP };
    tables->longs[count++] = (struct option){ "version", no_argument, NULL, CODE_VERSION };
    tables->longs[count] = (struct option){ 0 };
}

/* The option that getopt's code stands for, or NULL. */
static const struct cli_option *find_option(const struct cli_command *command, int code) {
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        if (code == CODE_OPTION + (int)i || (option->letter != 0 && code == option->letter)) {
            return option;
        }
    }
    return NULL;
}

static _Noreturn void give_up(const struct cli_command *command) {
    fprintf(stderr, "Try '%s --help'.\n", command->name);
    exit(CLI_USAGE);
}

static void store_number(const struct cli_command *command, const struct cli_option *option,
                         const char *text) {
    bool is_size = option->value == CLI_SIZE;
    uint64_t number;
    enum cli_parsed parsed = cli_parse_number(text, is_size, &number);
    if (parsed == CLI_NO_NUMBER) {
        cli_say("--%s: '%s' is not a %s", option->name, text,
                is_size ? "size such as 64M" : "number");
        give_up(command);
    }
    if (parsed == CLI_TOO_FAR || number < option->minimum || number > option->maximum) {
        char low[CLI_NUMBER_TEXT_BYTES], high[CLI_NUMBER_TEXT_BYTES];
        cli_number_text(option->minimum, is_size, low);
        cli_number_text(option->maximum, is_size, high);
        cli_say("--%s: %s is not from %s to %s", option->name, text, low, high);
        give_up(command);
    }
    *(uint64_t *)option->target = number;
}

static void store(const struct cli_command *command, const struct cli_option *option,
                  const char *text) {
    switch (option->value) {
    case CLI_JSON:
        cli_speak_json();
        *(bool *)option->target = true;
        break;
    case CLI_FLAG:
        *(bool *)option->target = true;
        break;
    case CLI_TEXT:
    case CLI_OUTPUT:
        *(const char **)option->target = text;
        break;
    case CLI_NUMBER:
    case CLI_SIZE:
        store_number(command, option, text);
        break;
    }
}

static _Noreturn void refuse(const struct cli_command *command, int code, char **argv) {
    const struct cli_option *option = find_option(command, optopt);
    const char *last = argv[optind - 1];
    if (code == ':') {
        cli_say("--%s needs a value", option != NULL ? option->name : last);
    } else if (optopt >= CODE_OPTION) {
        cli_say("'%s': this option takes no value", last);
    } else if (optopt != 0) {
        cli_say("unknown option '-%c'", optopt);
    } else {
        cli_say("unknown option '%s'", last);
    }
    give_up(command);
}

/* --help and --version end the program here. */
static void take_option(const struct cli_command *command, int code, char **argv) {
    const struct cli_option *option = find_option(command, code);
    if (option != NULL) {
        store(command, option, optarg);
    } else if (code == CODE_HELP || code == 'h') {
        cli_print_help(command);
        exit(cli_finish(CLI_OK));
    } else if (code == CODE_VERSION) {
        cli_print_version(command->name);
        exit(cli_finish(CLI_OK));
    } else {
        refuse(command, code, argv);
    }
}

/* How many there are, and that none is read twice or written over. */
static void check_operands(const struct cli_command *command, char **operands, int count) {
    if (count < command->operands_min) {
        cli_say("too few operands; usage: %s %s", command->name, command->usage);
        give_up(command);
    }
    if (command->operands_max >= 0 && count > command->operands_max) {
        cli_say("unexpected operand '%s'", operands[command->operands_max]);
        give_up(command);
    }
    int files = command->files_max > 0 && command->files_max < count ? command->files_max : count;
    int from_standard_input = 0;
    for (int i = 0; i < files; i++) {
        from_standard_input += strcmp(operands[i], "-") == 0;
    }
    if (from_standard_input > 1) {
        cli_say("'-', standard input, can be read only once");
        give_up(command);
    }
    if (!cli_outputs_are_apart(command, operands, files)) {
        give_up(command);
    }
}

int cli_parse(const struct cli_command *command, int argc, char **argv, char ***out_operands) {
    ASSERT(command->option_count <= CLI_OPTIONS_MAX);
    struct tables tables;
    fill_tables(command, &tables);
    cli_begin(command->name);
    opterr = 0;
    optind = 0;   /* start afresh: a dispatcher may have parsed before */
    for (;;) {
        int code = getopt_long(argc, argv, tables.letters, tables.longs, NULL);
        if (code == -1) {
            break;
        }
        take_option(command, code, argv);
    }
    int count = argc - optind;
    check_operands(command, argv + optind, count);
    *out_operands = argv + optind;
    return count;
}
