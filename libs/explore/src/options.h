/* options.h - the command line of an explored program. */
#ifndef EXPLORE_OPTIONS_H
#define EXPLORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "explore/explore.h"

enum { OPTIONS_PROCESSES_MAX = 256 };

struct options {
    const char *program;          /* without folders */
    const char *command;          /* what a user would type to run it again */
    struct explore_plan plan;     /* what was asked for; see `given` */
    uint32_t given;               /* a bit for each field of `plan` that replaces the case's */
    uint64_t seed;
    double budget_s;              /* of a case; 0: not given */
    uint32_t processes;
    const char *replay;           /* a token, or NULL */
    const char *html;             /* a file to write, or NULL */
    bool keeps_long;              /* --no-shrink */
    bool shows_all;               /* --timeline */
    bool is_json;
    bool is_list;
    bool is_tap;
    bool is_quiet;
    char **names;                 /* of cases; none: all */
    int name_count;
};

/* What became of the command line. */
enum options_answer { OPTIONS_GO, OPTIONS_DONE, OPTIONS_USAGE };

/*
 * Reads argv; --help and --version print and give OPTIONS_DONE, mistakes print one line and
 * give OPTIONS_USAGE.
 */
MUST_CHECK enum options_answer options_parse(int argc, char **argv, struct options *out_options);

/* The plan of a case with what the command line changes. */
struct explore_plan options_plan(const struct options *options, const struct explore_plan *plan);

/* Was the case asked for? */
bool options_wants(const struct options *options, const char *name);

#endif
