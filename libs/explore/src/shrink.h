/*
 * shrink.h - the simplest schedule that fails in the same way.
 *
 * Simpler is, in this order: fewer preemptions, faults, older values read, early timeouts,
 * program's choices, other deviations, steps.  Deviations are taken out in ever smaller
 * groups; then all schedules with fewer deviations are tried, as far as the time goes.
 */
#ifndef EXPLORE_SHRINK_H
#define EXPLORE_SHRINK_H

#include "guide.h"
#include "search.h"

enum shrink_class {
    SHRINK_PREEMPTIONS,
    SHRINK_FAULTS,
    SHRINK_OLD_VALUES,
    SHRINK_TIMEOUTS,
    SHRINK_CHOICES,
    SHRINK_OTHERS,
    SHRINK_STEPS,
    SHRINK_CLASSES
};

/* How simple a schedule is: lower is simpler, the first that differ decide. */
struct shrink_measure {
    uint64_t of[SHRINK_CLASSES];
};

struct shrink_measure shrink_measure_of(const struct deviations *deviations,
                                        const struct trace *trace);

struct shrink_result {
    struct finding finding;          /* owned */
    struct shrink_measure before;
    struct shrink_measure after;
    uint64_t runs;
};

/*
 * `found` is an execution of `chosen` that failed; it is run again until no simpler one
 * with the same verdict at the same place is found, or `budget_ns` is used up.
 */
MUST_CHECK enum status shrink_run(const struct explore_case *chosen, const struct finding *found,
                                  uint64_t budget_ns, struct shrink_result *result);

/* Do two sentences tell of the same place?  Numbers of threads, words and locks may differ. */
bool shrink_is_same_place(enum verdict verdict, const char *a, const char *b);

#endif
