/*
 * report_html.c - a failing execution as one page for a browser.
 *
 * The page has everything in it: its style and its program are page.css and page.js, taken
 * into this object as they are; the execution is JSON between them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_impl.h"
#include "token.h"

enum { STEPS_MAX = 3000, LINES_AROUND = 4 };

__asm__(".pushsection .rodata\n"
        ".hidden page_css, page_css_end, page_js, page_js_end\n"
        ".global page_css, page_css_end, page_js, page_js_end\n"
        "page_css: .incbin \"libs/explore/src/page.css\"\n"
        "page_css_end:\n"
        "page_js: .incbin \"libs/explore/src/page.js\"\n"
        "page_js_end:\n"
        ".popsection\n");
extern const char page_css[], page_css_end[], page_js[], page_js_end[];

static const char *const kind_names[STEP_KINDS] = {
    [STEP_START] = "begins", [STEP_EXIT] = "ends", [STEP_SPAWN] = "spawn", [STEP_JOIN] = "join",
    [STEP_LOAD] = "load", [STEP_STORE] = "store", [STEP_RMW] = "rmw",
    [STEP_CAS_FAILED] = "cas", [STEP_FENCE] = "fence", [STEP_LOCK] = "lock",
    [STEP_UNLOCK] = "unlock", [STEP_WAIT] = "wait", [STEP_WOKEN] = "woken",
    [STEP_TIMED_OUT] = "timeout", [STEP_WAKE] = "wake", [STEP_YIELD] = "yield",
    [STEP_CLOCK_READ] = "clock", [STEP_CLOCK_MOVES] = "time", [STEP_ALLOCATE] = "allocates",
    [STEP_FREE] = "frees", [STEP_FILE] = "file", [STEP_CHOICE] = "choice", [STEP_NOTE] = "note",
    [STEP_PANIC] = "panic"
};

/* The steps that are drawn: all, or the last of very many. */
static size_t first_step(const struct trace *trace) {
    return trace->step_count > STEPS_MAX ? trace->step_count - STEPS_MAX : 0;
}

static void add_text(struct text *text, const char *name, const char *value) {
    text_print(text, ",\"%s\":", name);
    text_json(text, value);
}

/* ---- the execution as JSON ---------------------------------------------------------- */

static void add_threads(const struct timeline *timeline, struct text *text) {
    const struct trace *trace = timeline->trace;
    uint64_t threads = 0;
    for (size_t i = first_step(trace); i < trace->step_count; i++) {
        threads |= UINT64_C(1) << trace->steps[i].thread;
    }
    text_add(text, "\"threads\":[");
    for (unsigned i = 0, printed = 0; i < TRACE_THREADS_MAX; i++) {
        char name[TIMELINE_NAME_BYTES];
        if (!(threads >> i & 1)) {
            continue;
        }
        timeline_thread(timeline, i, name);
        char *space = i == TRACE_CLOCK ? NULL : strchr(name + strlen("thread "), ' ');
        if (space != NULL) {
            *space = '\0';
        }
        text_print(text, "%s{\"id\":%u", printed++ > 0 ? "," : "", i);
        add_text(text, "name", name);
        add_text(text, "function", space != NULL ? space + 1 : "");
        text_add(text, "}");
    }
    text_add(text, "]");
}

static void add_step(const struct timeline *timeline, size_t at, struct text *text) {
    const struct step *step = &timeline->trace->steps[at];
    size_t first = first_step(timeline->trace);
    char what[TIMELINE_STEP_BYTES];
    timeline_describe(timeline, at, what);
    text_print(text, "%s{\"t\":%u,\"kind\":\"%s\"", at > first ? ",\n" : "", step->thread,
               kind_names[step->kind]);
    add_text(text, "x", what);
    if (step->kind >= STEP_LOAD && step->kind <= STEP_FENCE) {
        add_text(text, "order", timeline_order(step->order));
    }
    if (step->kind >= STEP_LOAD && step->kind <= STEP_WAKE) {
        text_print(text, ",\"o\":%" PRIu32, step->object);
    }
    if (step->kind == STEP_SPAWN || step->kind == STEP_JOIN) {
        text_print(text, ",\"other\":%" PRIu64,
                   step->kind == STEP_SPAWN ? step->object : step->value);
    }
    size_t source = timeline_source(timeline, at);
    text_print(text, ",\"source\":%ld,\"old\":%s,\"cut\":%s",
               source != SIZE_MAX && source >= first ? (long)(source - first) : -1L,
               timeline->marks[at] & TIMELINE_OLD ? "true" : "false",
               timeline->marks[at] & TIMELINE_PREEMPTS ? "true" : "false");
    const struct source_place *place = source_find(timeline->places, step->caller);
    if (place->line != 0) {
        text_print(text, ",\"p\":%td", place - timeline->places->places);
    }
    text_add(text, "}");
}

static void add_steps(const struct timeline *timeline, struct text *text) {
    text_add(text, ",\n\"steps\":[");
    for (size_t i = first_step(timeline->trace); i < timeline->trace->step_count; i++) {
        add_step(timeline, i, text);
    }
    text_add(text, "],\n\"objects\":[\"\"");
    for (size_t i = 1; i < timeline->name_count; i++) {
        text_add(text, ",");
        text_json(text, timeline->names[i]);
    }
    text_add(text, "]");
}

static void add_source(const struct timeline *timeline, const struct source_place *place,
                       struct text *text) {
    unsigned first = place->line > LINES_AROUND ? place->line - LINES_AROUND : 1;
    size_t count;
    if (source_line(timeline->places, place->file, place->line, &count) == NULL) {
        return;
    }
    text_print(text, ",\"source\":{\"first\":%u,\"lines\":[", first);
    for (unsigned line = first; line <= place->line + LINES_AROUND; line++) {
        const char *start = source_whole_line(timeline->places, place->file, line, &count);
        if (start == NULL) {
            break;
        }
        struct text copy = { .bytes = NULL };
        text_put(&copy, start, count);
        text_add(text, line > first ? "," : "");
        text_json(text, text_string(&copy));
        text_finish(&copy);
    }
    text_add(text, "]}");
}

/* Those that a step was made at, by their place in the map. */
static void add_places(const struct timeline *timeline, struct text *text) {
    const struct trace *trace = timeline->trace;
    bool *is_used = calloc(timeline->places->count + 1, sizeof(*is_used));
    bool is_first = true;
    text_add(text, ",\n\"places\":{");
    for (size_t i = first_step(trace); is_used != NULL && i < trace->step_count; i++) {
        const struct source_place *place = source_find(timeline->places, trace->steps[i].caller);
        ptrdiff_t at = place - timeline->places->places;
        if (place->line == 0 || is_used[at]) {
            continue;
        }
        is_used[at] = true;
        text_print(text, "%s\"%td\":{\"line\":%u", is_first ? "" : ",\n", at, place->line);
        add_text(text, "file", source_base(place));
        add_text(text, "function", place->function);
        add_source(timeline, place, text);
        text_add(text, "}");
        is_first = false;
    }
    free(is_used);
    text_add(text, "}");
}

/* ---- the page ----------------------------------------------------------------------- */

static void add_fact(struct text *text, uint64_t count, const char *one, const char *many) {
    text_print(text, "<span><b>%" PRIu64 "</b> %s</span>", count, count == 1 ? one : many);
}

static void add_facts(const struct report *report, struct text *text) {
    const struct shrink_measure *measure = &report->failure->shrunk.after;
    const struct explore_plan *plan = &report->chosen->plan;
    text_add(text, "<div class=\"facts\">");
    add_fact(text, measure->of[SHRINK_STEPS], "step", "steps");
    add_fact(text, measure->of[SHRINK_PREEMPTIONS], "preemption", "preemptions");
    if (measure->of[SHRINK_OLD_VALUES] > 0) {
        add_fact(text, measure->of[SHRINK_OLD_VALUES], "older value read", "older values read");
    }
    if (measure->of[SHRINK_FAULTS] > 0) {
        add_fact(text, measure->of[SHRINK_FAULTS], "fault", "faults");
    }
    if (measure->of[SHRINK_TIMEOUTS] > 0) {
        add_fact(text, measure->of[SHRINK_TIMEOUTS], "early timeout", "early timeouts");
    }
    if (!report->is_replay) {
        add_fact(text, report->result->runs, "schedule tried", "schedules tried");
    }
    text_print(text, "<span>strategy <b>%s</b></span><span>memory <b>%s</b></span></div>\n",
               token_strategy_name(plan->strategy),
               plan->memory == EXPLORE_MEMORY_SC ? "sequentially consistent" : "weak");
}

static void add_header(const struct report *report, struct text *text) {
    const struct failure *failure = report->failure;
    text_add(text, "<header><div class=\"top\"><h1>");
    text_html(text, report->chosen->name);
    text_add(text, "</h1><span class=\"verdict\">");
    text_html(text, verdict_name(failure->shrunk.finding.verdict));
    text_add(text, "</span><button id=\"theme\" aria-label=\"light or dark\">light / dark</button>"
                   "</div>\n<p class=\"why\">");
    text_html(text, failure->text);
    text_add(text, "</p>\n");
    add_facts(report, text);
    text_add(text, "<div class=\"replay\"><code id=\"command\">");
    text_html(text, report->options->command);
    text_add(text, " --replay ");
    text_html(text, failure->token != NULL ? failure->token : "");
    text_add(text, "</code><button id=\"copy\">copy</button></div></header>\n");
}

static void add_page(const struct report *report, struct text *text) {
    const struct timeline *timeline = &report->failure->timeline;
    text_add(text, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                   "<title>");
    text_html(text, report->chosen->name);
    text_add(text, ": ");
    text_html(text, verdict_name(report->failure->shrunk.finding.verdict));
    text_add(text, "</title>\n<style>\n");
    text_put(text, page_css, (size_t)(page_css_end - page_css));
    text_add(text, "</style></head>\n<body>\n");
    add_header(report, text);
    text_add(text, "<main><div><div class=\"legend\"></div><div class=\"board\">"
                   "<div class=\"heads\"></div><div class=\"lanes\"></div></div></div>"
                   "<aside></aside></main>\n<script type=\"application/json\" id=\"data\">{");
    add_threads(timeline, text);
    add_steps(timeline, text);
    add_places(timeline, text);
    text_add(text, "}</script>\n<script>\n");
    text_put(text, page_js, (size_t)(page_js_end - page_js));
    text_add(text, "</script></body></html>\n");
}

static bool complain(const struct report *report, const char *path, const char *why) {
    fprintf(stderr, "%s: --html: %s: %s\n", report->options->program, path, why);
    return false;
}

bool report_html(const struct report *report, const char *path) {
    struct text text = { .bytes = NULL };
    add_page(report, &text);
    if (text.is_cut) {
        text_finish(&text);
        return complain(report, path, "out of memory");
    }
    FILE *file = fopen(path, "w");
    bool is_written = file != NULL && fwrite(text.bytes, 1, text.count, file) == text.count;
    is_written = file != NULL && fclose(file) == 0 && is_written;
    text_finish(&text);
    return is_written || complain(report, path, strerror(errno));
}
