/*
 * workpool/parallel.h - run a list of tasks, and merge their results in key order.
 *
 * Results are ordered by the caller's comparator over keys, and by submit index
 * where keys are equal; who finished first is nobody's business.  With at most one
 * worker the tasks run one after the other on the calling thread and then go
 * through the same ordering, so both ways give the same bytes.  Either every task
 * succeeded and `merge` is called, once, also for an empty list; or the complete
 * list of failures is given, in the same order, and `merge` is not called.
 * There is no randomness, clock, global state or logging in here.
 *
 * Units:    `max_workers` counts the caller
 * Shapes:   none
 * Threads:  any; from inside a body the tasks run in place
 * Memory:   keys, contexts and `out` are the caller's; the error list is freed with
 *           workpool_errors_free(); about 80 bytes a task are allocated before any
 *           runs, and belong to that list when there is one
 * Errors:   see workpool_run_parallel(); a comparator that is not an order, and a
 *           merge that gives two results for one input, assert in check builds
 * Source:   seed 003
 * Depends:  base, sync
 *
 * Parallel: partition = a chunk a task; reduction = key order, then submit index;
 *           caps = min(max_workers, tasks, the pool's workers), one arena a worker;
 *           proof = libs/workpool/test/parallel_test.c
 *           results_are_those_of_a_loop_and_a_stable_sort
 */
#ifndef WORKPOOL_PARALLEL_H
#define WORKPOOL_PARALLEL_H

#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "workpool/workpool.h"

/*
 * One task.  The body gets `context` as its chunk's context, and the submit index as
 * chunk->number; it leaves its result there.  For a large result leave a small
 * description, and load the rest in the merge.
 */
struct workpool_task {
    const void *key;                    /* a stable name of the work: an id, a path, a tuple;
                                           never an address or a passing counter */
    const struct workpool_kind *kind;   /* one of the pool's registry */
    void *context;
};

struct workpool_error {
    const struct workpool_task *task;
    uint64_t index;                     /* in the list of tasks */
    enum status status;
    uint64_t offset;                    /* in the task's input, or DIAG_NO_OFFSET */
    const char *message;                /* static text */
};

/* Sorted like results.  All zero is the empty list. */
struct workpool_errors {
    struct workpool_error *errors;
    uint64_t count;
};

struct workpool_parallel {
    struct workpool *pool;              /* NULL runs sequentially, without a registry */
    int64_t max_workers;                /* 1 and less: sequential; more than there is: all;
                                           audit and counters are those of any number */
    const struct workpool_task *tasks;
    uint64_t count;
    /* Below 0, 0 or above 0 as key a comes before, with or after b; a total order. */
    int (*order)(const void *a, const void *b);
    /* Build *out from nothing and from the sorted tasks alone. */
    enum status (*merge)(const struct workpool_task *const *sorted, uint64_t count, void *out);
    void *out;
    /* Optional: a fingerprint of *out.  Check builds then merge twice and compare. */
    uint64_t (*digest)(const void *out);
};

/*
 * Run, order and merge.  STATUS_OK: merged, no errors.  Otherwise, when
 * out_errors->count > 0, tasks failed and the status is that of the first error;
 * when it is 0, the status is what `merge` returned, or STATUS_NO_MEMORY or
 * STATUS_LIMIT (more than WORKPOOL_CHUNKS_MAX tasks) before any task ran.
 * Tasks without a kind, or of a kind the pool does not know, are errors of status
 * STATUS_UNSUPPORTED, those that ask for more than WORKPOOL_JOB_MEMORY_MAX (which
 * no pool's kinds do) of STATUS_LIMIT, and then no task runs at all.
 */
MUST_CHECK enum status workpool_run_parallel(const struct workpool_parallel *parallel,
                                             struct workpool_errors *out_errors);

void workpool_errors_free(struct workpool_errors *errors);

#endif
