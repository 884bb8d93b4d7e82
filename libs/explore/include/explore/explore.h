/*
 * explore/explore.h - run a concurrent program under every schedule that matters.
 *
 * A case is a function that starts threads, waits for them and checks what they
 * did.  The explorer runs it again and again; whatever could have gone another way
 * (which thread runs, which store a load sees, whether an allocation fails, which
 * arm of a select wins, whether a timeout came first) is a decision that a strategy
 * makes and the trace records.  A failing run is shrunk and printed as a token of
 * one line, which replays it for ever.
 *
 *     static void transfers(void) { ... EXPLORE_CHECK(total() == 100); }
 *     static const struct explore_case cases[] = {
 *         { .name = "no_money_is_lost", .body = transfers },
 *     };
 *     int main(int argc, char **argv) { return explore_main(argc, argv, cases, 1); }
 *
 * The same program linked with the threads body of libs/sync runs each case on
 * threads of the system.
 *
 * Units:    steps are scheduling points; times are virtual nanoseconds
 * Shapes:   none
 * Threads:  explore_main() from the main thread; the EXPLORE_* and explore_* calls
 *           below it from the threads of a running case
 * Memory:   cases are borrowed; what a case takes and does not free is a failure
 * Errors:   exit codes: 0 all cases held, 1 one failed, 2 usage, 3 nothing to run
 * Source:   docs/tour/explore.md has the papers behind each strategy
 * Depends:  base
 */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How loads choose among stores. */
enum explore_memory {
    EXPLORE_MEMORY_WEAK,   /* C11 as RC11 has it: relaxed, acquire and release, SC, fences */
    EXPLORE_MEMORY_SC      /* every load sees the newest store */
};

enum explore_strategy {
    EXPLORE_RANDOM,      /* every enabled thread is as likely */
    EXPLORE_WALK,        /* uniform random walk: weighted by the steps a thread has left */
    EXPLORE_PCT,         /* priorities with `depth` - 1 change points; spinning demotes */
    EXPLORE_BOUNDED,     /* all schedules with at most `preemptions` preemptions */
    EXPLORE_DPOR,        /* all schedules that differ: source sets and sleep sets */
    EXPLORE_STRATEGIES
};

/* What a case may meet besides schedules.  Zero is the default of every field. */
struct explore_plan {
    enum explore_strategy strategy;   /* EXPLORE_RANDOM */
    enum explore_memory memory;       /* EXPLORE_MEMORY_WEAK */
    uint32_t preemptions;             /* of EXPLORE_BOUNDED */
    uint32_t depth;                   /* of EXPLORE_PCT; 0 means 3 */
    uint64_t runs;                    /* executions at most; 0: 20,000, or all of an exhaustive */
    uint32_t steps;                   /* of one execution; 0 means 20,000; more is a livelock */
    uint32_t allocation_failures;     /* at most so many in one execution */
    uint32_t file_failures;           /* failed or short operations on files, likewise */
    uint32_t crashes;                 /* 0 or 1: the process may end before a file operation */
    uint32_t spurious_wakes;          /* waits that return though nobody woke them */
    uint32_t early_timeouts;          /* deadlines that pass while threads could run; 0 means 2 */
    bool has_real_locks;              /* locks of libs/sync are the words they are on threads */
};

struct explore_case {
    const char *name;              /* words_with_underscores; part of the token */
    void (*body)(void);            /* thread 0 of every execution */
    void (*reset)(void);           /* puts static state back before each one; may be NULL */
    void (*recover)(void);         /* runs alone after a crash was decided; may be NULL */
    struct explore_plan plan;      /* what the fixed budget of `make explore` runs */
};

/*
 * The command line of an explored program: `PROGRAM [OPTION...] [CASE...]`; --help
 * tells the options (strategy, seed, budget, memory, faults, replay, processes,
 * html, json).  Returns the exit code.
 */
int explore_main(int argc, char **argv, const struct explore_case *cases, size_t count);

/* Ends the execution as failed unless `x` holds.  ASSERT() of base/assert.h does the same. */
#define EXPLORE_CHECK(x) ((x) ? (void)0 : explore_fail(__FILE__, __LINE__, #x))
_Noreturn void explore_fail(const char *file, unsigned line, const char *what);

/* A decision of the program's own: a number below `count`, 1 to 255; 0 is the plain one. */
uint32_t explore_choose(uint32_t count);

/*
 * Adds bytes to the output of this execution.  The first execution runs every thread
 * as long as it can, the serial way; an execution whose output differs from its
 * output has failed.
 */
void explore_output(const void *bytes, size_t count);

#endif
