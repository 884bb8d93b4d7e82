/* options.c - the command line of an explored program. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"
#include "token.h"

/* Fields of the plan that an option gives. */
enum {
    GIVEN_STRATEGY = 1 << 0, GIVEN_MEMORY = 1 << 1, GIVEN_PREEMPTIONS = 1 << 2,
    GIVEN_DEPTH = 1 << 3, GIVEN_RUNS = 1 << 4, GIVEN_STEPS = 1 << 5,
    GIVEN_ALLOCATIONS = 1 << 6, GIVEN_FILES = 1 << 7, GIVEN_CRASHES = 1 << 8,
    GIVEN_WAKES = 1 << 9, GIVEN_TIMEOUTS = 1 << 10
};

enum code {
    CODE_HELP = 'h', CODE_QUIET = 'q', CODE_STRATEGY = 's', CODE_PROCESSES = 'j',
    CODE_RUNS = 'n', CODE_REPLAY = 'r', CODE_LIST = 'l',
    CODE_SEED = 256, CODE_BUDGET, CODE_STEPS, CODE_PREEMPTIONS, CODE_DEPTH, CODE_MEMORY,
    CODE_FAULTS, CODE_NO_SHRINK, CODE_TIMELINE, CODE_HTML, CODE_JSON, CODE_TAP, CODE_VERSION
};

static const char help[] =
    "Usage: %s [OPTION...] [CASE...]\n"
    "\n"
    "Runs each case again and again, every time in another order of its threads' steps,\n"
    "and shows the shortest schedule found under which one fails.\n"
    "\n";

static const char help_search[] =
    "Search:\n"
    "  -s, --strategy NAME    random   every thread that can go on is as likely\n"
    "                         walk     weighted by the steps a thread has left\n"
    "                         pct      priorities that change at --depth minus 1 places\n"
    "                         bounded  all schedules with --preemptions at most\n"
    "                         dpor     all schedules that differ\n"
    "                         (default: what the case asks for, else random)\n"
    "      --seed N           of random, walk and pct; the same seed finds the same\n"
    "                         (default: 1)\n"
    "  -n, --runs N           executions of a case (default: the case's, else 20000;\n"
    "                         bounded and dpor: until there is nothing left)\n"
    "      --budget-s S       seconds for each case, instead of a number of executions\n"
    "                         (default: EXPLORE_BUDGET_S, when that is set)\n"
    "      --steps N          steps of an execution, after which it is a livelock\n"
    "                         (default: 20000)\n"
    "      --preemptions N    of bounded: how often a thread is stopped though it could\n"
    "                         go on (default: 2)\n"
    "      --depth N          of pct: orderings that must come together (default: 3)\n"
    "  -j, --processes N      search with N processes; the result is that of one\n"
    "\n";

static const char help_meets[] =
    "What executions meet:\n"
    "      --memory MODEL     weak: loads may see older stores, as C11 allows\n"
    "                         sc: every load sees the newest (default: the case's, else weak)\n"
    "      --faults LIST      KIND=N,...: at most N in one execution of memory (failed\n"
    "                         allocations), file (failed or short operations), crash (0 or 1),\n"
    "                         wake (spurious), timeout (early; 0 means 2); or none, or all\n"
    "\n";

static const char help_says[] =
    "What is said:\n"
    "  -r, --replay TOKEN     run the one schedule that a token names, and show it\n"
    "      --no-shrink        show a failing schedule as it was found\n"
    "      --timeline         show all its steps (default: the 15 lines that matter)\n"
    "      --html FILE        also draw it, as one page for a browser\n"
    "      --json             one JSON object a case, a line each\n"
    "      --tap              TAP, also when CMOCKA_MESSAGE_OUTPUT is TAP\n"
    "  -q, --quiet            only failures\n"
    "  -l, --list             the names of the cases\n"
    "  -h, --help             this\n"
    "      --version          the version and the build\n"
    "\n"
    "A terminal shows how many schedules a second are run, how many of them differed, and\n"
    "how likely it is that one more would be new.  Of those sentences, only \"every schedule\n"
    "... holds\" is a proof, within the limits it names.\n"
    "\n"
    "Exit code: 0 all cases held, 1 one failed, 2 the command line or token is wrong,\n"
    "3 there was nothing to run.\n";

static const struct option longs[] = {
    { "strategy", required_argument, NULL, CODE_STRATEGY },
    { "seed", required_argument, NULL, CODE_SEED },
    { "runs", required_argument, NULL, CODE_RUNS },
    { "budget-s", required_argument, NULL, CODE_BUDGET },
    { "steps", required_argument, NULL, CODE_STEPS },
    { "preemptions", required_argument, NULL, CODE_PREEMPTIONS },
    { "depth", required_argument, NULL, CODE_DEPTH },
    { "memory", required_argument, NULL, CODE_MEMORY },
    { "faults", required_argument, NULL, CODE_FAULTS },
    { "processes", required_argument, NULL, CODE_PROCESSES },
    { "replay", required_argument, NULL, CODE_REPLAY },
    { "no-shrink", no_argument, NULL, CODE_NO_SHRINK },
    { "timeline", no_argument, NULL, CODE_TIMELINE },
    { "html", required_argument, NULL, CODE_HTML },
    { "json", no_argument, NULL, CODE_JSON },
    { "tap", no_argument, NULL, CODE_TAP },
    { "quiet", no_argument, NULL, CODE_QUIET },
    { "list", no_argument, NULL, CODE_LIST },
    { "help", no_argument, NULL, CODE_HELP },
    { "version", no_argument, NULL, CODE_VERSION },
    { NULL, 0, NULL, 0 }
};

/* ---- values ----------------------------------------------------------------------- */

static bool complain(const struct options *options, const char *option, const char *value,
                     const char *wanted) {
    fprintf(stderr, "%s: --%s: '%s' is not %s\n", options->program, option, value, wanted);
    return false;
}

static bool read_number(const struct options *options, const char *option, const char *value,
                        uint64_t most, uint64_t *out_number) {
    char *end;
    char wanted[64];
    errno = 0;
    bool is_digit = value[0] >= '0' && value[0] <= '9';
    bool is_hex = value[0] == '0' && (value[1] == 'x' || value[1] == 'X');
    unsigned long long number = strtoull(value, &end, is_hex ? 16 : 10);
    if (!is_digit || *end != '\0' || errno != 0 || number > most) {
        snprintf(wanted, sizeof(wanted), "a number from 0 to %" PRIu64, most);
        return complain(options, option, value, wanted);
    }
    *out_number = number;
    return true;
}

static bool read_field(struct options *options, const char *option, const char *value,
                       uint32_t *field, uint32_t bit) {
    uint64_t number;
    if (!read_number(options, option, value, UINT32_MAX, &number)) {
        return false;
    }
    *field = (uint32_t)number;
    options->given |= bit;
    return true;
}

static bool read_budget(struct options *options, const char *value) {
    char *end;
    options->budget_s = strtod(value, &end);
    bool is_fine = end != value && *end == '\0' && isfinite(options->budget_s) &&
                   options->budget_s > 0 && options->budget_s < 1e9;
    return is_fine || complain(options, "budget-s", value, "a number of seconds above 0");
}

static bool read_strategy(struct options *options, const char *value) {
    for (int i = 0; i < EXPLORE_STRATEGIES; i++) {
        if (strcmp(value, token_strategy_name((enum explore_strategy)i)) == 0) {
            options->plan.strategy = (enum explore_strategy)i;
            options->given |= GIVEN_STRATEGY;
            return true;
        }
    }
    return complain(options, "strategy", value, "random, walk, pct, bounded or dpor");
}

static bool read_memory(struct options *options, const char *value) {
    bool is_sc = strcmp(value, "sc") == 0;
    options->plan.memory = is_sc ? EXPLORE_MEMORY_SC : EXPLORE_MEMORY_WEAK;
    options->given |= GIVEN_MEMORY;
    return is_sc || strcmp(value, "weak") == 0 ||
           complain(options, "memory", value, "weak or sc");
}

struct fault_kind {
    const char *name;
    size_t offset;         /* of a uint32_t in struct explore_plan */
    uint32_t bit;
    uint32_t most;
    uint32_t of_all;       /* what "all" means */
};

static const struct fault_kind fault_kinds[] = {
    { "memory", offsetof(struct explore_plan, allocation_failures), GIVEN_ALLOCATIONS,
      UINT32_MAX, 1 },
    { "file", offsetof(struct explore_plan, file_failures), GIVEN_FILES, UINT32_MAX, 1 },
    { "crash", offsetof(struct explore_plan, crashes), GIVEN_CRASHES, 1, 1 },
    { "wake", offsetof(struct explore_plan, spurious_wakes), GIVEN_WAKES, UINT32_MAX, 1 },
    { "timeout", offsetof(struct explore_plan, early_timeouts), GIVEN_TIMEOUTS, UINT32_MAX, 2 },
};

static void set_fault(struct options *options, const struct fault_kind *kind, uint32_t value) {
    *(uint32_t *)(void *)((char *)&options->plan + kind->offset) = value;
    options->given |= kind->bit;
}

static bool read_fault(struct options *options, const char *item, size_t count) {
    for (size_t i = 0; i < COUNT_OF(fault_kinds); i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        size_t name = strlen(kind->name);
        if (count > name && memcmp(item, kind->name, name) == 0 && item[name] == '=') {
            char value[24];
            uint64_t number;
            snprintf(value, sizeof(value), "%.*s", (int)(count - name - 1), item + name + 1);
            if (!read_number(options, "faults", value, kind->most, &number)) {
                return false;
            }
            set_fault(options, kind, (uint32_t)number);
            return true;
        }
    }
    char shown[64];
    snprintf(shown, sizeof(shown), "%.*s", (int)count, item);
    return complain(options, "faults", shown,
                    "none, all, or one of memory, file, crash, wake, timeout with =N");
}

static bool read_faults(struct options *options, const char *value) {
    bool is_all = strcmp(value, "all") == 0;
    if (is_all || strcmp(value, "none") == 0) {
        for (size_t i = 0; i < COUNT_OF(fault_kinds) - 1; i++) {
            set_fault(options, &fault_kinds[i], is_all ? fault_kinds[i].of_all : 0);
        }
        return true;
    }
    for (const char *item = value;; item++) {
        size_t count = strcspn(item, ",");
        if (!read_fault(options, item, count)) {
            return false;
        }
        item += count;
        if (*item == '\0') {
            return true;
        }
    }
}

static bool read_processes(struct options *options, const char *value) {
    uint64_t number;
    if (!read_number(options, "processes", value, OPTIONS_PROCESSES_MAX, &number)) {
        return false;
    }
    options->processes = number > 0 ? (uint32_t)number : 1;
    return true;
}

static bool read_runs(struct options *options, const char *value) {
    options->given |= GIVEN_RUNS;
    return read_number(options, "runs", value, UINT64_MAX, &options->plan.runs);
}

/* ---- options ---------------------------------------------------------------------- */

static bool take_flag(struct options *options, int code) {
    switch (code) {
    case CODE_NO_SHRINK: options->keeps_long = true; break;
    case CODE_TIMELINE: options->shows_all = true; break;
    case CODE_JSON: options->is_json = true; break;
    case CODE_TAP: options->is_tap = true; break;
    case CODE_QUIET: options->is_quiet = true; break;
    case CODE_LIST: options->is_list = true; break;
    default: return false;   /* getopt has complained */
    }
    return true;
}

static bool take(struct options *options, int code, const char *value) {
    struct explore_plan *plan = &options->plan;
    switch (code) {
    case CODE_STRATEGY: return read_strategy(options, value);
    case CODE_SEED: return read_number(options, "seed", value, UINT64_MAX, &options->seed);
    case CODE_RUNS: return read_runs(options, value);
    case CODE_BUDGET: return read_budget(options, value);
    case CODE_STEPS: return read_field(options, "steps", value, &plan->steps, GIVEN_STEPS);
    case CODE_PREEMPTIONS:
        return read_field(options, "preemptions", value, &plan->preemptions,
                          GIVEN_PREEMPTIONS);
    case CODE_DEPTH: return read_field(options, "depth", value, &plan->depth, GIVEN_DEPTH);
    case CODE_MEMORY: return read_memory(options, value);
    case CODE_FAULTS: return read_faults(options, value);
    case CODE_PROCESSES: return read_processes(options, value);
    case CODE_REPLAY: options->replay = value; return true;
    case CODE_HTML: options->html = value; return true;
    default: return take_flag(options, code);
    }
}

static void print_help(const char *program) {
    printf(help, program);
    fputs(help_search, stdout);
    fputs(help_meets, stdout);
    fputs(help_says, stdout);
}

enum options_answer options_parse(int argc, char **argv, struct options *out_options) {
    const char *output = getenv("CMOCKA_MESSAGE_OUTPUT");
    const char *whole = argc > 0 ? argv[0] : "explore";
    const char *slash = strrchr(whole, '/');
    const char *command = getenv("WEFT_EXPLORE_COMMAND");
    *out_options = (struct options){
        .program = slash != NULL ? slash + 1 : whole,
        .command = command != NULL && command[0] != '\0' ? command : whole, .seed = 1,
        .processes = 1, .plan.preemptions = 2,
        .is_tap = output != NULL && strcmp(output, "TAP") == 0 };
    optind = 0;
    for (;;) {
        int code = getopt_long(argc, argv, "s:n:j:r:qlh", longs, NULL);
        if (code == -1) {
            break;
        }
        if (code == CODE_HELP) {
            print_help(out_options->program);
            return OPTIONS_DONE;
        }
        if (code == CODE_VERSION) {
            printf("%s (Weft %s, build %08" PRIx32 ")\n", out_options->program, WEFT_VERSION,
                   source_build());
            return OPTIONS_DONE;
        }
        if (!take(out_options, code, optarg)) {
            fprintf(stderr, "Try '%s --help'.\n", out_options->program);
            return OPTIONS_USAGE;
        }
    }
    out_options->names = argv + optind;
    out_options->name_count = argc - optind;
    const char *budget = getenv("EXPLORE_BUDGET_S");
    if (out_options->budget_s == 0 && budget != NULL && budget[0] != '\0' &&
        !read_budget(out_options, budget)) {
        return OPTIONS_USAGE;
    }
    return OPTIONS_GO;
}

struct explore_plan options_plan(const struct options *options, const struct explore_plan *plan) {
    struct explore_plan merged = *plan;
    const struct explore_plan *asked = &options->plan;
    uint32_t given = options->given;
    merged.strategy = given & GIVEN_STRATEGY ? asked->strategy : plan->strategy;
    merged.memory = given & GIVEN_MEMORY ? asked->memory : plan->memory;
    merged.depth = given & GIVEN_DEPTH ? asked->depth : plan->depth;
    merged.steps = given & GIVEN_STEPS ? asked->steps : plan->steps;
    merged.runs = given & GIVEN_RUNS ? asked->runs : plan->runs;
    if (given & GIVEN_PREEMPTIONS || plan->strategy != EXPLORE_BOUNDED) {
        merged.preemptions = asked->preemptions;   /* 2 unless given */
    }
    for (size_t i = 0; i < COUNT_OF(fault_kinds); i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        if (given & kind->bit) {
            memcpy((char *)&merged + kind->offset, (const char *)asked + kind->offset,
                   sizeof(uint32_t));
        }
    }
    if (options->budget_s > 0 && !(given & GIVEN_RUNS)) {
        merged.runs = UINT64_MAX;
    }
    return merged;
}

bool options_wants(const struct options *options, const char *name) {
    for (int i = 0; i < options->name_count; i++) {
        if (strcmp(options->names[i], name) == 0) {
            return true;
        }
    }
    return options->name_count == 0;
}
