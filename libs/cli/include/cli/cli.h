/*
 * cli/cli.h - what every command of ours does the same way.
 *
 * A command is a list of options and a body.  The kit parses options, prints
 * --help and --version, opens the work pool, speaks of errors as
 * "COMMAND: FILE: offset N: reason", draws a progress bar on a terminal and
 * ends with one of four exit codes.
 *
 * Text of others, file names above all, reaches a terminal only escaped.
 *
 * Units:    sizes given by users may end in K, M, G or T (powers of 1024)
 * Shapes:   none
 * Threads:  the main thread
 * Memory:   options point into argv
 * Errors:   CLI_USAGE for the user's mistakes, CLI_FAILED for the world's
 * Source:   the GNU coding standards on option parsing
 * Depends:  base, sync, workpool
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "sync/file.h"
#include "workpool/config.h"
#include "workpool/workpool.h"

enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,      /* an input, file or check failed; others were still done */
    CLI_USAGE = 2,       /* the command line cannot be understood */
    CLI_DIFFERENT = 3,   /* compare and check commands: they worked, the answer is "no" */
};

/* How an option's value is read and where it goes. */
enum cli_value {
    CLI_FLAG,      /* no value; bool */
    CLI_JSON,      /* a flag; if given, complaints are JSON on standard output, too */
    CLI_TEXT,      /* const char * */
    CLI_OUTPUT,    /* const char *, a file to be written: see cli_parse() */
    CLI_NUMBER,    /* uint64_t, decimal, from minimum to maximum */
    CLI_SIZE,      /* uint64_t bytes with K, M, G, T, from minimum to maximum */
};

struct cli_option {
    const char *name;          /* long name without dashes */
    char letter;               /* short name or 0 */
    enum cli_value value;
    void *target;              /* bool, const char * or uint64_t, left alone if not given */
    const char *endings;       /* of CLI_OUTPUT, as cli_output_is_named() takes them, or NULL */
    uint64_t minimum;
    uint64_t maximum;
    const char *metavar;       /* "N", "FILE"; NULL for flags */
    const char *help;          /* one line */
};

struct cli_command {
    const char *name;                  /* "weft-image convert" */
    const char *usage;                 /* what follows the name: "IN OUT [--level N]" */
    const char *summary;               /* one line for --help */
    const struct cli_option *options;
    size_t option_count;
    int operands_min;
    int operands_max;                  /* -1 for any number */
    int files_max;                     /* of the operands, the first are files; 0: all are */
    const char *details;               /* more text for --help, or NULL */
};

/*
 * Parse argv[1..]; `--` ends options.  --help and --version print to standard
 * output and exit 0; mistakes print one line and "Try 'NAME --help'" and exit
 * CLI_USAGE.  Returns the operands and their number.
 *
 * Also mistakes: an output (CLI_OUTPUT) that is not named as it must be, or is one of
 * the operands or another output; "-", standard input, more than once.
 */
int cli_parse(const struct cli_command *command, int argc, char **argv, char ***out_operands);

/* For programs with subcommands: print the list, or the error, and exit. */
struct cli_subcommand {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);   /* argv[0] is the subcommand; returns an exit code */
};
int cli_dispatch(const char *program, const char *summary, const struct cli_subcommand *list,
                 size_t count, int argc, char **argv);

/*
 * Print "PROGRAM: FILE: offset N: reason" to standard error; parts that are not known are
 * left out.  When the command was given its CLI_JSON option, also print the object
 * {"file": FILE, "error": reason, "offset": N} to standard output.
 */
void cli_complain(const char *file, const struct diag *diag);

/* The same of a file that another names at a byte of it: "PROGRAM: IN: offset AT: FILE: ...". */
struct cli_mention {
    const char *in;
    uint64_t at;
};
void cli_complain_of(const char *file, const struct cli_mention *mention,
                     const struct diag *diag);

/* cli_complain() with a reason that is put together. */
void cli_refuse(const char *file, const char *format, ...) PRINTF_LIKE(2, 3);

/* Print "PROGRAM: " and formatted text, escaped as by cli_put_text(), to standard error. */
void cli_say(const char *format, ...) PRINTF_LIKE(1, 2);

/*
 * Print text of others to standard output.  Control characters, and bytes that are not
 * UTF-8, become \xNN, so that they cannot give orders to a terminal.
 */
void cli_put_text(const char *text);

/* "s" unless there is one. */
const char *cli_plural(uint64_t count);

/* A whole file, as sync_file_read() reads it; "-" is standard input. */
MUST_CHECK enum status cli_file_read(const char *path, size_t limit_bytes,
                                     struct sync_bytes *out_bytes, struct diag *diag);

/*
 * Does `path` end in one of `endings`, such as ".png .pam"?  Case does not matter; a device
 * or pipe may have any name.  Says so if not.
 */
MUST_CHECK bool cli_output_is_named(const char *path, const char *endings);

/* Does the file name end so, whatever the case? */
bool cli_ends_in(const char *path, const char *ending);

/* Is `output` (may be NULL) another file than `input`?  Says so if not. */
MUST_CHECK bool cli_output_spares(const char *output, const char *input);

/*
 * Pool options shared by the commands that compute: --workers N, --audit FILE and
 * --pool-config FILE.  Put CLI_POOL_OPTIONS(&pool) among the options.
 */
struct cli_pool {
    uint64_t workers;         /* UINT64_MAX until given */
    const char *audit_path;
    const char *config_path;
    size_t job_memory_bytes;  /* set by a command whose kinds need more than the default */
    struct workpool *pool;    /* after cli_pool_open() */
    struct workpool_config config;   /* what was decided, after cli_pool_open() */
    void *audit;              /* private */
};
#define CLI_POOL_INIT { .workers = UINT64_MAX }
#define CLI_POOL_OPTIONS(p)                                                                      \
    { .name = "workers", .letter = 'w', .value = CLI_NUMBER, .target = &(p)->workers,            \
      .minimum = 0, .maximum = WORKPOOL_WORKERS_MAX, .metavar = "N",                             \
      .help = "threads to use, 0 or 1 for none (default: WEFT_WORKERS, else one a CPU)" },       \
    { .name = "audit", .value = CLI_OUTPUT, .target = &(p)->audit_path, .metavar = "FILE",       \
      .help = "write the pool's audit lines to FILE" },                                          \
    { .name = "pool-config", .value = CLI_TEXT, .target = &(p)->config_path, .metavar = "FILE",  \
      .help = "read pool settings from FILE (default: WEFT_POOL_CONFIG)" }

/*
 * Make the pool.  What is said later wins: a worker for each allowed CPU (at most
 * WORKPOOL_WORKERS_MAX), every stage parallel and full queues inline; the settings
 * file (workpool/config.h); WEFT_POOL_* and WEFT_WORKERS; the command line.
 * Complains and returns false on failure.  Variables that cannot be understood have
 * ended the program with CLI_USAGE before, in cli_parse().
 */
MUST_CHECK bool cli_pool_open(struct cli_pool *pool, const char *name,
                              const struct workpool_kind_set *const *sets, uint32_t set_count);

/* The pool for a stage, or NULL when the settings say that it is to be sequential. */
struct workpool *cli_pool_for(const struct cli_pool *pool, enum workpool_gate stage);

/*
 * For files that are known only when the pool is open: is the audit another file than
 * `input`?  If not it is given up, and cli_pool_close() complains.
 */
MUST_CHECK bool cli_pool_spares(const struct cli_pool *pool, const char *input);

/* Destroys the pool and commits the audit file; false (after complaining) if that failed. */
MUST_CHECK bool cli_pool_close(struct cli_pool *pool);

/* A progress bar on standard error, only when that is a terminal. */
struct cli_progress {
    const char *what;
    uint64_t total;
    uint64_t shown_permille;
    bool is_terminal;
};
void cli_progress_begin(struct cli_progress *progress, const char *what, uint64_t total);
void cli_progress_step(struct cli_progress *progress, uint64_t done);
void cli_progress_end(struct cli_progress *progress);

/* JSON text of a string, quotes included, to standard output; bad UTF-8 becomes U+FFFD. */
void cli_json_text(const char *text);

#endif
