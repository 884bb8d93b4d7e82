/* report.h - what an explored program says about its cases: text, TAP or JSON. */
#ifndef EXPLORE_REPORT_H
#define EXPLORE_REPORT_H

#include "failure.h"
#include "options.h"
#include "search.h"

/* A case that was run. */
struct report {
    const struct options *options;
    const struct explore_case *chosen;
    const struct search_result *result;
    const struct failure *failure;      /* NULL: it held */
    bool is_replay;
    size_t number;                      /* of TAP, from 1 */
};

void report_begin(const struct options *options, size_t cases);
void report_case(const struct report *report);
/* A case that ran on threads of the system; `text` says why it failed, or is NULL. */
struct report_sample {
    const struct options *options;
    const char *name;
    const char *text;
    uint64_t runs;
    uint64_t elapsed_ns;
    size_t number;
};
void report_sample(const struct report_sample *sample);

/* The line that a terminal shows while a case is searched.  A context of search->tell. */
struct report_progress {
    const char *name;
    bool is_shown;          /* there is a terminal to show it on */
    bool is_drawn;
    uint64_t last_ns;
};
void report_progress_begin(struct report_progress *progress, const struct options *options,
                           const char *name);
void report_progress_tell(void *progress, const struct search_result *result);
void report_progress_end(struct report_progress *progress);

#endif
