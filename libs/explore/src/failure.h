/* failure.h - everything that is said about a failing execution. */
#ifndef EXPLORE_FAILURE_H
#define EXPLORE_FAILURE_H

#include "shrink.h"
#include "timeline.h"

struct failure {
    const struct explore_case *chosen;
    const struct finding *found;
    struct shrink_result shrunk;       /* of what is shown; also when nothing was shrunk */
    bool is_shrunk;                    /* it was tried */
    bool is_shown;                     /* there is a trace: the process lived to tell */
    struct trace trace;                /* detailed */
    struct deviations deviations;
    struct source_map places;
    struct timeline timeline;
    char text[2 * TRACE_TEXT_BYTES];   /* the reason, with the names of the source */
    char *token;                       /* NULL: the failure cannot be replayed */
};

/* How it is looked at. */
struct failure_way {
    uint64_t seed;                     /* for the token */
    uint64_t shrink_ns;                /* 0: as it was found */
};

/*
 * Shrinks `found` and runs what is left once more, with every step kept.  `chosen` and
 * `found` are borrowed.  STATUS_NO_MEMORY.
 */
MUST_CHECK enum status failure_make(const struct explore_case *chosen,
                                    const struct finding *found, const struct failure_way *way,
                                    struct failure *failure);
void failure_finish(struct failure *failure);

#endif
