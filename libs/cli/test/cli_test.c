/*
 * cli_test.c - what a user sees: options, mistakes, help, JSON text.
 *
 * Each case runs the kit in a child process, because mistakes end the program, and
 * looks at its exit code and at everything it printed.  Expected text is written
 * out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "cli/cli.h"
#include "sync/memory.h"

enum { OUTPUT_MAX = 4096, WORDS_MAX = 12 };

struct outcome {
    int code;
    char output[OUTPUT_MAX];   /* standard output and error, in the order they came */
};

/* Run `body` in a child with its output captured. */
static struct outcome capture(int (*body)(int argc, char **argv), char **words) {
    struct outcome outcome = { 0 };
    int argc = 0;
    while (words[argc] != NULL) {
        argc++;
    }
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(fileno(file), STDOUT_FILENO);
        dup2(fileno(file), STDERR_FILENO);
        int code = body(argc, words);
        fflush(stdout);
        _exit(code);
    }
    int state;
    assert_int_equal(child, waitpid(child, &state, 0));
    outcome.code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    rewind(file);
    size_t bytes = fread(outcome.output, 1, OUTPUT_MAX - 1, file);
    outcome.output[bytes] = '\0';
    fclose(file);
    return outcome;
}

#define RUN(body, ...) capture(body, (char *[WORDS_MAX]){ __VA_ARGS__, NULL })

static int show_parsed(int argc, char **argv) {
    bool is_json = false;
    const char *language = "en";
    uint64_t level = 6;
    uint64_t memory = 0;
    const struct cli_option options[] = {
        { .name = "json", .letter = 'j', .value = CLI_FLAG, .target = &is_json,
          .help = "print JSON" },
        { .name = "lang", .value = CLI_TEXT, .target = &language, .metavar = "NAME",
          .help = "language" },
        { .name = "level", .letter = 'l', .value = CLI_NUMBER, .target = &level, .minimum = 1,
          .maximum = 12, .metavar = "N", .help = "effort" },
        { .name = "memory", .value = CLI_SIZE, .target = &memory, .minimum = 1024,
          .maximum = 1ull << 40, .metavar = "SIZE", .help = "at most this much" },
    };
    const struct cli_command command = {
        .name = "tool show", .usage = "[OPTION]... FILE...", .summary = "Show what was understood.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = 2, .details = "More is said here.",
    };
    char **operands;
    int count = cli_parse(&command, argc, argv, &operands);
    printf("json=%d lang=%s level=%llu memory=%llu", is_json, language, (unsigned long long)level,
           (unsigned long long)memory);
    for (int i = 0; i < count; i++) {
        printf(" <%s>", operands[i]);
    }
    return CLI_OK;
}

static void options_may_stand_anywhere_and_in_both_forms(void **state) {
    (void)state;
    struct outcome have = RUN(show_parsed, "show", "a", "-l", "9", "--lang=none", "-j", "b");
    assert_string_equal("json=1 lang=none level=9 memory=0 <a> <b>", have.output);
    have = RUN(show_parsed, "show", "a");
    assert_string_equal("json=0 lang=en level=6 memory=0 <a>", have.output);
    have = RUN(show_parsed, "show", "--level", "12", "--", "--json");
    assert_string_equal("json=0 lang=en level=12 memory=0 <--json>", have.output);
    assert_int_equal(CLI_OK, have.code);
}

static void sizes_may_end_in_a_unit(void **state) {
    (void)state;
    static const struct { char *text; const char *want; } rows[] = {
        { "1024", "memory=1024 " }, { "1K", "memory=1024 " }, { "16M", "memory=16777216 " },
        { "1g", "memory=1073741824 " }, { "1T", "memory=1099511627776 " },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct outcome have = RUN(show_parsed, "show", "--memory", rows[r].text, "a");
        assert_non_null(strstr(have.output, rows[r].want));
    }
}

static void mistakes_are_named_and_end_with_2(void **state) {
    (void)state;
    static const struct { char *words[4]; const char *message; } rows[] = {
        { { "a", "--nosuch" }, "tool: unknown option '--nosuch'\n" },
        { { "a", "-x" }, "tool: unknown option '-x'\n" },
        { { "a", "--level" }, "tool: --level needs a value\n" },
        { { "a", "-l" }, "tool: --level needs a value\n" },
        { { "a", "--json=1" }, "tool: '--json=1': this option takes no value\n" },
        { { "a", "--level", "six" }, "tool: --level: 'six' is not a number\n" },
        { { "a", "--level", "" }, "tool: --level: '' is not a number\n" },
        { { "a", "--level", "-1" }, "tool: --level: -1 is not from 1 to 12\n" },
        { { "a", "--level", "-" }, "tool: --level: '-' is not a number\n" },
        { { "a", "--level", "1K" }, "tool: --level: '1K' is not a number\n" },
        { { "a", "--level", "0" }, "tool: --level: 0 is not from 1 to 12\n" },
        { { "a", "--level", "13" }, "tool: --level: 13 is not from 1 to 12\n" },
        { { "a", "--level", "18446744073709551616" },
          "tool: --level: 18446744073709551616 is not from 1 to 12\n" },
        { { "a", "--level", "18446744073709551617x" },
          "tool: --level: '18446744073709551617x' is not a number\n" },
        { { "a", "--memory", "18014398509481984K" },
          "tool: --memory: 18014398509481984K is not from 1K to 1T\n" },
        { { "a", "--memory", "2T" }, "tool: --memory: 2T is not from 1K to 1T\n" },
        { { "a", "--memory", "-1K" }, "tool: --memory: -1K is not from 1K to 1T\n" },
        { { "a", "--memory", "16X" }, "tool: --memory: '16X' is not a size such as 64M\n" },
        { { "a", "--memory", "16MB" }, "tool: --memory: '16MB' is not a size such as 64M\n" },
        { { "a", "b", "c" }, "tool: unexpected operand 'c'\n" },
        { { NULL }, "tool: too few operands; usage: tool show [OPTION]... FILE...\n" },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        char *words[WORDS_MAX] = { "show" };
        memcpy(words + 1, rows[r].words, sizeof(rows[r].words));
        struct outcome have = capture(show_parsed, words);
        char want[OUTPUT_MAX];
        snprintf(want, sizeof(want), "%sTry 'tool show --help'.\n", rows[r].message);
        assert_string_equal(want, have.output);
        assert_int_equal(CLI_USAGE, have.code);
    }
}

static void help_and_version_go_to_standard_output(void **state) {
    (void)state;
    struct outcome have = RUN(show_parsed, "show", "--help");
    assert_int_equal(CLI_OK, have.code);
    assert_string_equal("Usage: tool show [OPTION]... FILE...\n\n"
                        "Show what was understood.\n\n"
                        "Options:\n"
                        "  -j, --json                  print JSON\n"
                        "      --lang NAME             language\n"
                        "  -l, --level N               effort\n"
                        "      --memory SIZE           at most this much\n"
                        "  -h, --help                  print this and exit\n"
                        "      --version               print the version and exit\n"
                        "\nMore is said here.\n",
                        have.output);
    have = RUN(show_parsed, "show", "--version");
    assert_string_equal("tool " WEFT_VERSION "\n", have.output);
    assert_int_equal(CLI_OK, have.code);
}

static int say_yes(int argc, char **argv) {
    printf("%s %d", argv[0], argc);
    return CLI_DIFFERENT;
}

static int dispatch(int argc, char **argv) {
    static const struct cli_subcommand list[] = {
        { "yes", "say yes", say_yes },
        { "show", "show what was understood", show_parsed },
    };
    return cli_dispatch("tool", "A tool.", list, COUNT_OF(list), argc, argv);
}

static void a_subcommand_gets_the_rest_of_the_line(void **state) {
    (void)state;
    struct outcome have = RUN(dispatch, "./tool", "yes", "a", "b");
    assert_string_equal("yes 3", have.output);
    assert_int_equal(CLI_DIFFERENT, have.code);
    have = RUN(dispatch, "./tool", "show", "-j", "a");
    assert_string_equal("json=1 lang=en level=6 memory=0 <a>", have.output);
    have = RUN(dispatch, "./tool", "no");
    assert_string_equal("tool: unknown command 'no'\nTry 'tool --help'.\n", have.output);
    assert_int_equal(CLI_USAGE, have.code);
    have = RUN(dispatch, "./tool");
    assert_int_equal(CLI_USAGE, have.code);
    assert_non_null(strstr(have.output, "  yes           say yes\n"));
    have = RUN(dispatch, "./tool", "--bogus");
    assert_string_equal("tool: unknown option '--bogus'\nTry 'tool --help'.\n", have.output);
    assert_int_equal(CLI_USAGE, have.code);
}

static void help_is_a_command_and_an_option(void **state) {
    (void)state;
    struct outcome option = RUN(dispatch, "./tool", "--help");
    struct outcome word = RUN(dispatch, "./tool", "help");
    assert_int_equal(CLI_OK, option.code);
    assert_int_equal(CLI_OK, word.code);
    assert_string_equal(option.output, word.output);
    option = RUN(dispatch, "./tool", "show", "--help");
    word = RUN(dispatch, "./tool", "help", "show");
    assert_int_equal(CLI_OK, word.code);
    assert_string_equal(option.output, word.output);
    word = RUN(dispatch, "./tool", "help", "no");
    assert_string_equal("tool: unknown command 'no'\nTry 'tool --help'.\n", word.output);
    assert_int_equal(CLI_USAGE, word.code);
}

static int complain(int argc, char **argv) {
    (void)argc;
    (void)argv;
    struct diag diag = { STATUS_BAD_DATA, 33, "chunk longer than the file" };
    cli_complain("a.png", &diag);
    diag.offset = DIAG_NO_OFFSET;
    cli_complain("a.png", &diag);
    diag.reason = NULL;
    cli_complain(NULL, &diag);
    cli_complain("", &diag);
    const struct cli_mention mention = { "a.scene", 7 };
    cli_complain_of("a.png", &mention, &diag);
    diag.offset = 3;
    cli_complain_of("a.png", &mention, &diag);
    cli_refuse("a.png", "has %d frame%s", 1, cli_plural(1));
    return CLI_FAILED;
}

static void complaints_leave_out_what_is_not_known(void **state) {
    (void)state;
    struct outcome have = RUN(complain, "x");
    assert_string_equal("weft: a.png: offset 33: chunk longer than the file\n"
                        "weft: a.png: chunk longer than the file\n"
                        "weft: bad data\n"
                        "weft: '': bad data\n"
                        "weft: a.scene: offset 7: a.png: bad data\n"
                        "weft: a.scene: offset 7: a.png: offset 3: bad data\n"
                        "weft: a.png: has 1 frame\n",
                        have.output);
}

static int complain_in_json(int argc, char **argv) {
    bool is_json = false;
    char **operands;
    const struct cli_option options[] = {
        { .name = "json", .value = CLI_JSON, .target = &is_json, .help = "print JSON" },
    };
    const struct cli_command command = { .name = "tool show", .usage = "", .summary = "",
                                         .options = options, .option_count = 1,
                                         .operands_max = -1 };
    (void)cli_parse(&command, argc, argv, &operands);
    assert_true(is_json);
    fclose(stderr);   /* only standard output counts here */
    struct diag diag = { STATUS_BAD_DATA, 33, "wrong" };
    const struct cli_mention mention = { "a.scene", 7 };
    cli_complain("a\"\n", &diag);
    cli_complain_of("b", &mention, &diag);
    diag.offset = DIAG_NO_OFFSET;
    cli_complain("", &diag);
    cli_say("not about a file");
    return CLI_FAILED;
}

static void complaints_are_json_too_when_json_was_asked_for(void **state) {
    (void)state;
    struct outcome have = RUN(complain_in_json, "show", "--json");
    assert_string_equal("{\"file\": \"a\\\"\\n\", \"error\": \"wrong\", \"offset\": 33}\n"
                        "{\"file\": \"b\", \"error\": \"wrong\", \"offset\": 33, "
                        "\"named_in\": \"a.scene\", \"named_at\": 7}\n"
                        "{\"file\": \"\", \"error\": \"wrong\"}\n",
                        have.output);
}

static int put_text(int argc, char **argv) {
    (void)argc;
    cli_put_text(argv[0]);
    putchar('|');
    cli_say("%s", argv[0]);
    return CLI_OK;
}

static void text_of_others_gives_no_orders_to_a_terminal(void **state) {
    (void)state;
    static const struct { char *text; const char *want; } rows[] = {
        { "plain \\ text", "plain \\ text" },
        { "\033[31m\n\x7f", "\\x1b[31m\\x0a\\x7f" },
        { "\xc3\xa9 \xf0\x9f\x98\x80", "\xc3\xa9 \xf0\x9f\x98\x80" },
        { "\xc2\x9b" "31m", "\\xc2\\x9b31m" },            /* C1 in UTF-8 */
        { "\x9b" "31m \xff", "\\x9b31m \\xff" },          /* C1 as one byte, Latin-1 */
        { "\xc2\xa0", "\xc2\xa0" },
        { "\xe2\x82", "\\xe2\\x82" },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct outcome have = RUN(put_text, rows[r].text);
        char want[OUTPUT_MAX];
        snprintf(want, sizeof(want), "%s|weft: %s\n", rows[r].want, rows[r].want);
        assert_string_equal(want, have.output);
    }
}

static int take_outputs(int argc, char **argv) {
    const char *picture = NULL;
    const char *log = NULL;
    char **operands;
    const struct cli_option options[] = {
        { .name = "output", .value = CLI_OUTPUT, .target = &picture, .endings = ".png .pam",
          .metavar = "FILE", .help = "a picture" },
        { .name = "log", .value = CLI_OUTPUT, .target = &log, .metavar = "FILE",
          .help = "a log" },
    };
    const struct cli_command command = { .name = "tool draw", .usage = "FILE WORD",
                                         .summary = "Draw.", .options = options,
                                         .option_count = COUNT_OF(options), .operands_max = 2,
                                         .files_max = 1 };
    (void)cli_parse(&command, argc, argv, &operands);
    printf("%s %s", picture != NULL ? picture : "-", log != NULL ? log : "-");
    return CLI_OK;
}

static void what_is_read_is_not_written_over(void **state) {
    (void)state;
    static const char self[] = "/proc/self/exe";   /* an ordinary file of two names */
    char program[OUTPUT_MAX];
    ssize_t bytes = readlink(self, program, sizeof(program) - 1);
    assert_true(bytes > 0);
    program[bytes] = '\0';
    struct outcome have = RUN(take_outputs, "draw", "a", "b.png", "--output", "b.png");
    assert_string_equal("b.png -", have.output);   /* the second operand is no file */
    have = RUN(take_outputs, "draw", "--output", "X.PAM", "--log", "x.log");
    assert_string_equal("X.PAM x.log", have.output);
    have = RUN(take_outputs, "draw", "--output", "/dev/null");
    assert_string_equal("/dev/null -", have.output);
    have = RUN(take_outputs, "draw", "--output", "x.jpg");
    assert_string_equal("tool: x.jpg: the output's name must end in .png or .pam\n"
                        "Try 'tool draw --help'.\n", have.output);
    assert_int_equal(CLI_USAGE, have.code);
    have = RUN(take_outputs, "draw", ".png", "--output", ".png");
    assert_int_equal(CLI_USAGE, have.code);
    have = RUN(take_outputs, "draw", "a.png", "--output", "a.png");
    assert_string_equal("tool: --output would write over 'a.png'\nTry 'tool draw --help'.\n",
                        have.output);
    assert_int_equal(CLI_USAGE, have.code);
    have = RUN(take_outputs, "draw", "--output", "a.png", "--log", "a.png");
    assert_string_equal("tool: --output and --log are the same file: 'a.png'\n"
                        "Try 'tool draw --help'.\n", have.output);
    have = RUN(take_outputs, "draw", program, "--log", (char *)(uintptr_t)self);
    assert_int_equal(CLI_USAGE, have.code);
    assert_non_null(strstr(have.output, "--log would write over"));
    have = RUN(take_outputs, "draw", "-", "-");
    assert_int_equal(CLI_OK, have.code);
}

static int read_two(int argc, char **argv) {
    char **operands;
    const struct cli_command command = { .name = "tool two", .usage = "A B", .summary = "Two.",
                                         .operands_max = 2 };
    (void)cli_parse(&command, argc, argv, &operands);
    struct sync_bytes bytes;
    struct diag diag = { 0 };
    if (freopen("/proc/self/comm", "r", stdin) == NULL ||
        cli_file_read("-", 100, &bytes, &diag) != STATUS_OK) {
        return CLI_FAILED;
    }
    fwrite(bytes.bytes, 1, bytes.count, stdout);
    sync_free(bytes.bytes);
    return CLI_OK;
}

static void a_dash_is_standard_input_once(void **state) {
    (void)state;
    struct outcome have = RUN(read_two, "two", "-", "b");
    assert_string_equal("cli_test\n", have.output);
    have = RUN(read_two, "two", "-", "-");
    assert_string_equal("tool: '-', standard input, can be read only once\n"
                        "Try 'tool two --help'.\n", have.output);
    assert_int_equal(CLI_USAGE, have.code);
}

static int print_json(int argc, char **argv) {
    (void)argc;
    cli_json_text(argv[0]);
    return CLI_OK;
}

static void json_text_is_escaped_and_always_utf_8(void **state) {
    (void)state;
    static const struct { char *text; const char *want; } rows[] = {
        { "plain", "\"plain\"" },
        { "", "\"\"" },
        { "a\"b\\c\n\t\r\x01\x7f", "\"a\\\"b\\\\c\\n\\t\\r\\u0001\\u007f\"" },
        { "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"" },
        { "\xff.", "\"\xef\xbf\xbd.\"" },
        { "\xc0\x80.", "\"\xef\xbf\xbd\xef\xbf\xbd.\"" },              /* overlong NUL */
        { "\xe0\x80\x80.", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.\"" },
        { "\xe2\x82", "\"\xef\xbf\xbd\"" },                            /* cut at the end */
        { "\xed\xa0\x80.", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.\"" },   /* surrogate */
        { "\xf0\x9f\x98.", "\"\xef\xbf\xbd.\"" },
        { "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct outcome have = RUN(print_json, rows[r].text);
        assert_string_equal(rows[r].want, have.output);
    }
}

static void a_wrong_cpu_level_in_the_environment_is_refused(void **state) {
    (void)state;
    assert_int_equal(0, setenv("WEFT_CPU", "abacus", 1));
    struct outcome have = RUN(show_parsed, "show", "a");
    assert_int_equal(0, unsetenv("WEFT_CPU"));
    assert_int_equal(CLI_USAGE, have.code);
    assert_string_equal("tool: WEFT_CPU is 'abacus', not one of: portable avx2 avx512\n",
                        have.output);
}

static void a_wrong_pool_in_the_environment_is_refused_alike(void **state) {
    (void)state;
    static const char *const names[] = { "WEFT_WORKERS", "WEFT_POOL_WORKERS", "WEFT_POOL_X" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(0, setenv(names[i], "many", 1));
        struct outcome have = RUN(show_parsed, "show", "a");
        assert_int_equal(0, unsetenv(names[i]));
        assert_int_equal(CLI_USAGE, have.code);
        assert_non_null(strstr(have.output, names[i]));
    }
}

static int write_much_to_full_disk(int argc, char **argv) {
    FILE *full = freopen("/dev/full", "w", stdout);
    return full == NULL ? 99 : dispatch(argc, argv);
}

static void lost_output_is_a_failure(void **state) {
    (void)state;
    struct outcome have = RUN(write_much_to_full_disk, "./tool", "yes");
    assert_string_equal("tool: standard output: cannot be written\n", have.output);
    assert_int_equal(CLI_FAILED, have.code);
}

static int run_progress(int argc, char **argv) {
    (void)argc;
    (void)argv;
    struct cli_progress progress;
    cli_progress_begin(&progress, "indexing", 10);
    cli_progress_step(&progress, 5);
    cli_progress_end(&progress);
    return CLI_OK;
}

static void progress_says_nothing_to_a_file(void **state) {
    (void)state;
    struct outcome have = RUN(run_progress, "x");
    assert_string_equal("", have.output);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere_and_in_both_forms),
        cmocka_unit_test(sizes_may_end_in_a_unit),
        cmocka_unit_test(mistakes_are_named_and_end_with_2),
        cmocka_unit_test(help_and_version_go_to_standard_output),
        cmocka_unit_test(a_subcommand_gets_the_rest_of_the_line),
        cmocka_unit_test(help_is_a_command_and_an_option),
        cmocka_unit_test(complaints_leave_out_what_is_not_known),
        cmocka_unit_test(complaints_are_json_too_when_json_was_asked_for),
        cmocka_unit_test(text_of_others_gives_no_orders_to_a_terminal),
        cmocka_unit_test(what_is_read_is_not_written_over),
        cmocka_unit_test(a_dash_is_standard_input_once),
        cmocka_unit_test(a_wrong_pool_in_the_environment_is_refused_alike),
        cmocka_unit_test(json_text_is_escaped_and_always_utf_8),
        cmocka_unit_test(a_wrong_cpu_level_in_the_environment_is_refused),
        cmocka_unit_test(lost_output_is_a_failure),
        cmocka_unit_test(progress_says_nothing_to_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
