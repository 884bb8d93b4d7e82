/* trace.h - what one execution did: its decisions, its steps and how it ended. */
#ifndef EXPLORE_TRACE_H
#define EXPLORE_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum {
    TRACE_THREADS_MAX = 64,     /* threads of one execution; the clock is the last of them */
    TRACE_CLOCK = TRACE_THREADS_MAX - 1,
    TRACE_TEXT_BYTES = 160
};

/*
 * A place where the execution could have gone on in more than one way.  Option 0 is
 * always the plain one, so that a shrunk token is mostly zeros: the running thread
 * goes on (or the lowest that can), a load sees the newest store, a store comes last,
 * nothing fails, the first waiter wakes.
 */
enum decision_kind {
    DECIDE_THREAD,       /* who makes the next step: the running thread, then others by number */
    DECIDE_LOAD,         /* which store is read, newest first */
    DECIDE_STORE,        /* where in the modification order, last first */
    DECIDE_WAITER,       /* which sleeper is woken, longest first */
    DECIDE_SPURIOUS,     /* whether a wait returns for no reason */
    DECIDE_MEMORY,       /* whether an allocation fails */
    DECIDE_FILE,         /* whether a file operation fails, or is cut short */
    DECIDE_CRASH,        /* whether the process ends here */
    DECIDE_PROGRAM,      /* explore_choose(), select */
    DECISION_KINDS
};

struct decision {
    uint8_t kind;        /* enum decision_kind */
    uint8_t thread;      /* that met it; of DECIDE_THREAD: that ran before */
    uint8_t count;       /* options, at least 2: a single one is no decision */
    uint8_t chosen;      /* below count */
    uint32_t step;       /* steps made before it */
};

enum step_kind {
    STEP_START, STEP_EXIT, STEP_SPAWN, STEP_JOIN,
    STEP_LOAD, STEP_STORE, STEP_RMW, STEP_CAS_FAILED, STEP_FENCE,
    STEP_LOCK, STEP_UNLOCK,
    STEP_WAIT, STEP_WOKEN, STEP_TIMED_OUT, STEP_WAKE,
    STEP_YIELD, STEP_CLOCK_READ, STEP_CLOCK_MOVES,
    STEP_ALLOCATE, STEP_FREE, STEP_FILE, STEP_CHOICE, STEP_NOTE, STEP_PANIC,
    STEP_KINDS
};

/* How long a step waits: STEP_LOCK, STEP_JOIN. */
enum patience { WAITS, LOOKS_ONCE, WAITS_UNTIL_DEADLINE };

/* One line of a timeline. */
struct step {
    uint8_t thread;
    uint8_t kind;           /* enum step_kind */
    uint8_t order;          /* of an atomic access or fence: memory_order_* */
    uint8_t bytes;          /* of the location; of STEP_LOCK and STEP_JOIN: enum patience */
    uint32_t object;        /* words and locks are numbered by first use, from 1; of a spawn,
                               start, exit or join: the number of the thread */
    uint64_t value;         /* read, written, or the argument of the call */
    uint64_t before;        /* of an RMW: the value it replaced */
    uint32_t source;        /* of a load: the step that wrote what it read, or UINT32_MAX */
    uint32_t decision;      /* decisions made before it */
    const void *caller;     /* return address in the program, for the file and line */
};

enum verdict {
    VERDICT_HELD,
    VERDICT_ASSERTION,      /* EXPLORE_CHECK, ASSERT, or a panic that nobody joined */
    VERDICT_DEADLOCK,       /* no thread can go on, and some hold or want locks or joins */
    VERDICT_LOST_WAKE,      /* no thread can go on, and one sleeps on a word that has changed */
    VERDICT_LIVELOCK,       /* more steps than the plan allows */
    VERDICT_RACE,           /* two accesses, one a plain write, unordered */
    VERDICT_LEAK,           /* memory, a thread or an object left at the end */
    VERDICT_MISUSE,         /* of a lock, a thread, freed memory */
    VERDICT_OUTPUT,         /* the output differs from the serial execution's */
    VERDICT_HISTORY,        /* no order of the operations explains what they returned */
    VERDICT_UNCONTROLLED,   /* the same decisions gave another trace */
    VERDICT_CRASHED,        /* a signal of the processor */
    VERDICTS
};

/* Grown by their owner, reused from run to run. */
struct trace {
    struct decision *decisions;
    size_t decision_count, decision_room;
    struct step *steps;             /* kept only when is_detailed */
    size_t step_count, step_room;   /* step_count counts also when not kept */
    int is_detailed;
    enum verdict verdict;
    char text[TRACE_TEXT_BYTES];    /* one sentence: what failed, where */
    uint64_t digest;                /* of the output */
    uint32_t preemptions;           /* decisions that left a thread that could go on */
    uint32_t threads;
    int is_pruned;                  /* the strategy ended it early: held, and not to be counted */
};

#endif
