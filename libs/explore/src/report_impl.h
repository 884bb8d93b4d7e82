/* report_impl.h - what the files of report.h share. */
#ifndef EXPLORE_REPORT_IMPL_H
#define EXPLORE_REPORT_IMPL_H

#include "report.h"
#include "text.h"

enum { REPORT_NUMBER_BYTES = 32 };

/* "1,234,567"; returns `out_text`. */
const char *report_number(uint64_t number, char out_text[REPORT_NUMBER_BYTES]);

/* One line about a case that held or failed, without its name. */
void report_held(const struct report *report, struct text *text);
void report_failed(const struct report *report, struct text *text);
void report_measure(const struct shrink_measure *measure, struct text *text);

/* The case as one JSON object, to standard output. */
void report_json(const struct report *report);

/* The failure as a page for a browser.  False: it says why on standard error. */
MUST_CHECK bool report_html(const struct report *report, const char *path);

#endif
