/* report.c - what an explored program says about its cases. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report_impl.h"
#include "token.h"

enum { LINES_SHOWN = 15, COLUMNS_DEFAULT = 100, PROGRESS_EVERY_NS = 100000000 };

/* ---- numbers ---------------------------------------------------------------------- */

const char *report_number(uint64_t number, char out_text[REPORT_NUMBER_BYTES]) {
    char plain[REPORT_NUMBER_BYTES];
    size_t count = (size_t)snprintf(plain, sizeof(plain), "%" PRIu64, number);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            out_text[at++] = ',';
        }
        out_text[at++] = plain[i];
    }
    out_text[at] = '\0';
    return out_text;
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

/* Of a share from 0 to 1, in percent. */
static const char *percent(double share, char out_text[REPORT_NUMBER_BYTES]) {
    snprintf(out_text, REPORT_NUMBER_BYTES, share < 0.01 ? "%.2g" : "%.0f", 100 * share);
    return out_text;
}

static double seconds(uint64_t nanoseconds) {
    return (double)nanoseconds / 1e9;
}

/* ---- sentences -------------------------------------------------------------------- */

static void add_limits(const struct explore_plan *plan, struct text *text) {
    text_add(text, plan->memory == EXPLORE_MEMORY_SC ? "sequentially consistent memory"
                                                     : "weak memory");
    const struct {
        const char *what;
        uint32_t count;
    } limits[] = {
        { "failed allocation", plan->allocation_failures },
        { "failed file operation", plan->file_failures },
        { "crash", plan->crashes },
        { "spurious wake", plan->spurious_wakes },
    };
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        if (limits[i].count > 0) {
            text_print(text, ", %" PRIu32 " %s%s", limits[i].count, limits[i].what,
                       plural(limits[i].count));
        }
    }
}

/* "every schedule holds" is said only of a strategy that tried all. */
void report_held(const struct report *report, struct text *text) {
    const struct search_result *result = report->result;
    const struct explore_plan *plan = &report->chosen->plan;
    char runs[REPORT_NUMBER_BYTES], other[REPORT_NUMBER_BYTES], chance[REPORT_NUMBER_BYTES];
    report_number(result->runs, runs);
    if (report->is_replay) {
        text_add(text, "the schedule of the token holds");
    } else if (result->is_exhausted && plan->strategy == EXPLORE_BOUNDED) {
        text_print(text, "every schedule with at most %" PRIu32 " preemption%s holds: %s that "
                         "differ (", plan->preemptions, plural(plan->preemptions), runs);
        add_limits(plan, text);
        text_print(text, ", %.1f s)", seconds(result->elapsed_ns));
    } else if (result->is_exhausted) {
        text_print(text, "every schedule holds: %s that differ", runs);
        if (result->cut > 0) {
            text_print(text, ", %s cut short", report_number(result->cut, other));
        }
        text_add(text, " (");
        add_limits(plan, text);
        text_print(text, ", %.1f s)", seconds(result->elapsed_ns));
    } else {
        text_print(text, "%s schedule%s held (%s, ", runs, plural(result->runs),
                   token_strategy_name(plan->strategy));
        add_limits(plan, text);
        text_print(text, ", %.1f s)", seconds(result->elapsed_ns));
        if (search_is_exhaustive(plan->strategy)) {   /* not drawn by chance: no estimate */
            text_add(text, "; there are more");
            return;
        }
        text_print(text, "; %s differed, the next is new with a chance of %s %%",
                   report_number(coverage_different(&result->coverage), other),
                   percent(coverage_unseen(&result->coverage), chance));
    }
}

static void add_count(struct text *text, uint64_t count, const char *what, bool *is_first) {
    if (count > 0) {
        text_print(text, "%s%" PRIu64 " %s%s", *is_first ? "" : ", ", count, what,
                   plural(count));
        *is_first = false;
    }
}

/* "1 preemption, 2 older values, 23 steps" */
void report_measure(const struct shrink_measure *measure, struct text *text) {
    static const char *const names[SHRINK_CLASSES] = {
        [SHRINK_PREEMPTIONS] = "preemption", [SHRINK_FAULTS] = "fault",
        [SHRINK_OLD_VALUES] = "older value", [SHRINK_TIMEOUTS] = "early timeout",
        [SHRINK_STEPS] = "step" };
    bool is_first = true;
    if (measure->of[SHRINK_PREEMPTIONS] == 0) {
        text_add(text, "no preemption");
        is_first = false;
    }
    for (int i = 0; i < SHRINK_CLASSES; i++) {
        if (names[i] != NULL) {
            add_count(text, measure->of[i], names[i], &is_first);
        }
    }
}

void report_failed(const struct report *report, struct text *text) {
    const struct failure *failure = report->failure;
    const struct finding *shown =
        failure->is_shown ? &failure->shrunk.finding : failure->found;
    char runs[REPORT_NUMBER_BYTES];
    text_print(text, "%s: %s", verdict_name(shown->verdict), failure->text);
    if (!report->is_replay) {
        text_print(text, " (found after %s schedule%s, %.1f s)",
                   report_number(report->result->runs, runs), plural(report->result->runs),
                   seconds(report->result->elapsed_ns));
    }
}

/* ---- text ------------------------------------------------------------------------- */

static unsigned columns_of_terminal(void) {
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0) {
        return size.ws_col;
    }
    unsigned long number = columns != NULL ? strtoul(columns, NULL, 10) : 0;
    return number >= 40 && number <= 1000 ? (unsigned)number : COLUMNS_DEFAULT;
}

static void add_timeline(const struct report *report, const char *indent, struct text *text) {
    const struct failure *failure = report->failure;
    struct timeline_page page = { .columns = columns_of_terminal(), .indent = indent,
                                  .lines = report->options->shows_all ? 0 : LINES_SHOWN };
    size_t shown = timeline_print(&failure->timeline, &page, text);
    text_print(text, "%s%s: ", indent, failure->is_shrunk ? "shortest schedule found" : "schedule");
    report_measure(&failure->shrunk.after, text);
    if (shown < failure->trace.step_count) {
        text_print(text, ", %zu of them shown (--timeline shows all)", shown);
    }
    text_add(text, "\n");
}

static void add_details(const struct report *report, const char *indent, struct text *text) {
    const struct failure *failure = report->failure;
    if (failure->is_shown) {
        add_timeline(report, indent, text);
    }
    if (failure->token != NULL && !report->is_replay) {
        text_print(text, "%sreplay: %s --replay %s\n", indent, report->options->command,
                   failure->token);
    }
}

static void print_text(const struct report *report) {
    struct text text = { .bytes = NULL };
    if (report->failure != NULL) {
        text_print(&text, "%s: FAILED, ", report->chosen->name);
        report_failed(report, &text);
        text_add(&text, "\n");
        add_details(report, "  ", &text);
    } else if (!report->options->is_quiet) {
        text_print(&text, "%s: ", report->chosen->name);
        report_held(report, &text);
        text_add(&text, "\n");
    }
    fputs(text_string(&text), stdout);
    text_finish(&text);
}

/* ---- TAP -------------------------------------------------------------------------- */

static void print_tap(const struct report *report) {
    struct text text = { .bytes = NULL };
    bool is_held = report->failure == NULL;
    text_print(&text, "%s %zu - %s\n# ", is_held ? "ok" : "not ok", report->number,
               report->chosen->name);
    if (is_held) {
        report_held(report, &text);
        text_add(&text, "\n");
    } else {
        report_failed(report, &text);
        text_add(&text, "\n");
        add_details(report, "# ", &text);
    }
    fputs(text_string(&text), stdout);
    text_finish(&text);
}

/* ---- all of them ------------------------------------------------------------------ */

void report_begin(const struct options *options, size_t cases) {
    if (options->is_tap && !options->is_json) {
        printf("1..%zu\n", cases);
    }
}

void report_case(const struct report *report) {
    if (report->options->is_json) {
        report_json(report);
    } else if (report->options->is_tap) {
        print_tap(report);
    } else {
        print_text(report);
    }
    fflush(stdout);
}

static void print_sample(const struct report_sample *sample, struct text *text) {
    char runs[REPORT_NUMBER_BYTES];
    const char *head = sample->text != NULL ? "FAILED on threads: " : "";
    text_print(text, "%s%s", head, sample->text != NULL ? sample->text : "held");
    text_print(text, " in %s run%s on threads of the system, %.1f s: a sample, not a search",
               report_number(sample->runs, runs), plural(sample->runs),
               seconds(sample->elapsed_ns));
}

void report_sample(const struct report_sample *sample) {
    const struct options *options = sample->options;
    bool is_held = sample->text == NULL;
    struct text text = { .bytes = NULL };
    if (options->is_json) {
        text_add(&text, "{\"case\": ");
        text_json(&text, sample->name);
        text_print(&text, ", \"body\": \"threads\", \"result\": \"%s\", \"runs\": %" PRIu64
                   ", \"seconds\": %.3f", is_held ? "held" : "failed", sample->runs,
                   seconds(sample->elapsed_ns));
        if (!is_held) {
            text_add(&text, ", \"text\": ");
            text_json(&text, sample->text);
        }
        text_add(&text, "}\n");
    } else if (options->is_tap) {
        text_print(&text, "%s %zu - %s\n# ", is_held ? "ok" : "not ok", sample->number,
                   sample->name);
        print_sample(sample, &text);
        text_add(&text, "\n");
    } else if (!is_held || !options->is_quiet) {
        text_print(&text, "%s: ", sample->name);
        print_sample(sample, &text);
        text_add(&text, "\n");
    }
    fputs(text_string(&text), stdout);
    fflush(stdout);
    text_finish(&text);
}

/* ---- progress --------------------------------------------------------------------- */

void report_progress_begin(struct report_progress *progress, const struct options *options,
                           const char *name) {
    *progress = (struct report_progress){
        .name = name, .last_ns = search_clock_ns(),
        .is_shown = !options->is_quiet && isatty(STDERR_FILENO) };
}

void report_progress_tell(void *context, const struct search_result *result) {
    struct report_progress *progress = context;
    uint64_t now = search_clock_ns();
    if (!progress->is_shown || now - progress->last_ns < PROGRESS_EVERY_NS) {
        return;
    }
    char runs[REPORT_NUMBER_BYTES], rate[REPORT_NUMBER_BYTES], other[REPORT_NUMBER_BYTES];
    char chance[REPORT_NUMBER_BYTES];
    double elapsed = seconds(result->elapsed_ns);
    progress->last_ns = now;
    progress->is_drawn = true;
    fprintf(stderr, "\r%s: %s schedules, %s a second", progress->name,
            report_number(result->runs, runs),
            report_number(elapsed > 0 ? (uint64_t)((double)result->runs / elapsed) : 0, rate));
    if (result->coverage.runs > 0) {
        fprintf(stderr, ", %s differ, next new with %s %%",
                report_number(coverage_different(&result->coverage), other),
                percent(coverage_unseen(&result->coverage), chance));
    }
    fputs("\033[K", stderr);
}

void report_progress_end(struct report_progress *progress) {
    if (progress->is_drawn) {
        fputs("\r\033[K", stderr);
    }
}
