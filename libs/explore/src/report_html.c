/* report_html.c - a failing execution as one page for a browser. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report_impl.h"

bool report_html(const struct report *report, const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        fprintf(stderr, "%s: %s: %s\n", report->options->program, path, strerror(errno));
        return false;
    }
    return fclose(file) == 0;
}
