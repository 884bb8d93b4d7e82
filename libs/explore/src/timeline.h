/*
 * timeline.h - an execution as lines of text: a column a thread, time going down.
 *
 * A failing schedule has many steps that explain nothing.  Asked for few lines, the
 * timeline leaves out, one kind after another, what matters least: threads that begin and
 * end, memory, steps of the same source line, steps on what only one thread uses; then
 * steps of a thread that follow each other share a line.
 */
#ifndef EXPLORE_TIMELINE_H
#define EXPLORE_TIMELINE_H

#include "guide.h"
#include "source.h"
#include "text.h"
#include "trace.h"

enum { TIMELINE_NAME_BYTES = 48, TIMELINE_STEP_BYTES = 160 };

/* What is shown, and what its objects were called. */
struct timeline {
    const struct trace *trace;       /* detailed */
    struct source_map *places;
    char (*names)[TIMELINE_NAME_BYTES];   /* by object number; or NULL */
    size_t name_count;
    uint16_t *marks;                 /* by step: enum timeline_mark */
    uint16_t end_marks;              /* decided after the last step */
    uint8_t end_thread;              /* by whom */
    uint32_t *made;                  /* steps by the engine's number, which leaves some out */
    size_t made_count;
};

/* What was decided about a step, other than usual. */
enum timeline_mark {
    TIMELINE_PREEMPTS = 1 << 0,      /* the thread before could have gone on */
    TIMELINE_OLD = 1 << 1,           /* a load saw an older store */
    TIMELINE_BEFORE = 1 << 2,        /* a store came before one that was made earlier */
    TIMELINE_FAULT = 1 << 3,         /* an allocation or file operation failed */
    TIMELINE_SPURIOUS = 1 << 4,      /* a sleeper woke for no reason */
    TIMELINE_EARLY = 1 << 5,         /* time moved though threads could run */
    TIMELINE_CRASH = 1 << 6
};

/*
 * Takes the names of the objects of the last execution, which `trace` and `deviations` tell
 * of.  False: out of memory.
 */
MUST_CHECK bool timeline_init(struct timeline *timeline, const struct trace *trace,
                              const struct deviations *deviations, struct source_map *places);
void timeline_finish(struct timeline *timeline);

/* How a step reads: "ring.tail = 1 -> 2 (acq_rel)". */
void timeline_describe(const struct timeline *timeline, size_t step,
                       char out_text[TIMELINE_STEP_BYTES]);

/* The step that wrote what a step read, or SIZE_MAX. */
size_t timeline_source(const struct timeline *timeline, size_t step);

/* "acquire"; of memory_order_*. */
const char *timeline_order(unsigned order);

/* The same sentence with "word 3" and "lock 3" replaced by what they are called. */
void timeline_rename(const struct timeline *timeline, const char *sentence, char *out_text,
                     size_t room);

/* "thread 2 consumer": the function that it began in, when that is known. */
void timeline_thread(const struct timeline *timeline, unsigned thread,
                     char out_text[TIMELINE_NAME_BYTES]);

struct timeline_page {
    unsigned columns;        /* of the terminal */
    unsigned lines;          /* at most so many steps' lines, 0: every step has one */
    const char *indent;
};

/* Adds the timeline to `text`; returns how many steps have a line, all or part of it. */
size_t timeline_print(const struct timeline *timeline, const struct timeline_page *page,
                      struct text *text);

#endif
