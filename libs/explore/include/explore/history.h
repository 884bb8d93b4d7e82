/*
 * explore/history.h - is there an order of the operations that explains what they returned?
 *
 * A case says when each operation on the object under test begins and ends, and with what
 * result.  At the end the history is checked against a sequential specification: there must
 * be an order of the operations, which keeps those apart that did not overlap, in which
 * every result is what the specification says (linearizability).  An operation that never
 * ended may have happened or not.
 *
 *     explore_history_begin(&explore_queue);
 *     ... in each thread:
 *     uint32_t call = explore_call_begin(EXPLORE_QUEUE_PUSH, 7);
 *     bool is_in = queue_push(&queue, 7);
 *     explore_call_end(call, is_in);
 *     ... after the last join:
 *     explore_history_check();
 *
 * Beginnings and ends are steps of the execution, acquire-release operations on a clock: who
 * can tell that an operation ended before his own began sees what it did.  Operations that
 * overlap are not synchronised by it.
 *
 * Units:    none
 * Shapes:   at most EXPLORE_CALLS_MAX operations, EXPLORE_STATE_BYTES of state
 * Threads:  begin and check from one thread, alone; the others from any, with both bodies
 * Memory:   one history a process; specifications are borrowed from begin to check
 * Errors:   a history without an explanation fails the execution
 * Source:   Wing and Gong 1993; Lowe 2017, "Testing for linearizability"
 * Depends:  none
 */
#ifndef EXPLORE_HISTORY_H
#define EXPLORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPLORE_CALLS_MAX = 128, EXPLORE_STATE_BYTES = 520 };

/* A result or value that says "there is none". */
#define EXPLORE_NONE UINT64_MAX

struct explore_call {
    uint32_t code;         /* what the specification understands */
    uint64_t argument;
    uint64_t result;       /* not known while it has not ended */
    uint64_t begun;        /* ticks of the history's clock, each another */
    uint64_t ended;        /* UINT64_MAX: it has not */
};

/* What one operation after another would do. */
struct explore_specification {
    size_t state_bytes;    /* all 0 at first */
    uint64_t parameter;    /* of the specification's own: a capacity, say */
    /*
     * Does the operation's result fit the state?  Changes the state as the operation does.
     * One that has not ended, so that its result is not known, is to be taken as it would
     * have gone; false when it could not have gone on in this state.
     */
    bool (*apply)(const struct explore_specification *specification, void *state,
                  const struct explore_call *operation);
    const char *(*name)(uint32_t code);   /* "push", for the explanation */
};

/* Forget the last history and begin another. */
void explore_history_begin(const struct explore_specification *specification);

/* The calling thread is about to do an operation.  Returns its number. */
uint32_t explore_call_begin(uint32_t code, uint64_t argument);
void explore_call_end(uint32_t call, uint64_t result);

/* Returns when an order explains the history; else the execution has failed. */
void explore_history_check(void);

/*
 * The check itself, of any history.  True: `out_order`, when not NULL, has the numbers of
 * the operations in an order that explains them, and *out_count how many took place.  False:
 * *out_first is the operation, by when they ended, with which it cannot be explained any
 * more, and `out_order` explains what ended before.
 */
struct explore_explanation {
    uint32_t order[EXPLORE_CALLS_MAX];
    uint32_t count;
    uint32_t first;
};
bool explore_history_explain(const struct explore_specification *specification,
                             const struct explore_call *operations, uint32_t count,
                             struct explore_explanation *out_explanation);

/*
 * A queue of at most `parameter` values, first in, first out; 0: as many as fit the state,
 * 64.  Push has the value as argument and the result 1, or 0 when it was full; pop the value
 * as result, or EXPLORE_NONE when it was empty.  One that has not ended waits in its turn.
 */
enum { EXPLORE_QUEUE_PUSH, EXPLORE_QUEUE_POP };
extern const struct explore_specification explore_queue;

/* The same, last in, first out. */
enum { EXPLORE_STACK_PUSH, EXPLORE_STACK_POP };
extern const struct explore_specification explore_stack;

/*
 * A lock.  The argument is who: any number but 0, of a thread or a task.  Acquire and release
 * have the result 1; try has 1, or 0 when it was held.
 */
enum { EXPLORE_LOCK_ACQUIRE, EXPLORE_LOCK_TRY, EXPLORE_LOCK_RELEASE };
extern const struct explore_specification explore_lock;

/*
 * A number.  Read has it as result; write has it as argument; add has what is added as
 * argument, and what there was before as result.
 */
enum { EXPLORE_NUMBER_READ, EXPLORE_NUMBER_WRITE, EXPLORE_NUMBER_ADD };
extern const struct explore_specification explore_number;

#endif
