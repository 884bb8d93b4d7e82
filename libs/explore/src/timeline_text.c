/* timeline_text.c - which steps get a line, and how the lines are set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

enum {
    STEP_COLUMN = 7,         /* "  123> " */
    PLACE_COLUMN = 24,       /* "file.c:123" */
    THREAD_COLUMN_MIN = 20,
    SHARED_COLUMN_MIN = 32,  /* of a column that several threads share */
    THREAD_COLUMN_MAX = 44,
    SOURCE_MIN = 16,
    ROW_BYTES = 256
};

/* What is left out, more and more. */
enum level {
    LEVEL_ALL,
    LEVEL_NO_ENDS,           /* no beginnings and ends of threads */
    LEVEL_NO_FRAME,          /* no memory, looks at the clock, yields */
    LEVEL_SHARED,            /* nothing that only one thread uses */
    LEVEL_BY_LINE,           /* steps of one source line share a row */
    LEVEL_PACKED,            /* steps that follow each other share a row while they fit */
    LEVEL_CUT                /* the middle is left out */
};

struct row {
    size_t first;            /* step */
    size_t last;
    size_t steps;            /* that it tells of */
    bool is_surprise;        /* changes what another thread has read, and goes on with */
    uint16_t marks;
    char text[ROW_BYTES];
};

struct layout {
    const struct timeline *timeline;
    const struct timeline_page *page;
    struct row *rows;
    size_t count;
    bool *surprises;                     /* by step */
    size_t last[TRACE_THREADS_MAX];      /* step of each thread */
    size_t first[TRACE_THREADS_MAX];     /* row of each thread: its step */
    bool has_row[TRACE_THREADS_MAX];
    uint8_t column[TRACE_THREADS_MAX];
    unsigned columns;
    unsigned width;                      /* of a thread's column */
    bool is_shared;                      /* threads share columns, so rows say whose they are */
};

/* ---- which steps ------------------------------------------------------------------ */

static bool is_left_out(const struct step *step, enum level level) {
    switch (step->kind) {
    case STEP_START:
    case STEP_EXIT: return level >= LEVEL_NO_ENDS;
    case STEP_ALLOCATE:
    case STEP_FREE:
    case STEP_CLOCK_READ:
    case STEP_YIELD: return level >= LEVEL_NO_FRAME;
    default: return false;
    }
}

static bool is_private(const struct trace *trace, const uint64_t *users,
                       const struct step *step) {
    bool has_object = step->kind >= STEP_LOAD && step->kind <= STEP_WAKE && step->object != 0 &&
                      step->object < trace->step_count + 1;
    return has_object && (users[step->object] & (users[step->object] - 1)) == 0;
}

/* By object, the threads that used it; NULL: out of memory. */
static uint64_t *find_users(const struct trace *trace) {
    uint64_t *users = calloc(trace->step_count + 2, sizeof(*users));
    for (size_t i = 0; users != NULL && i < trace->step_count; i++) {
        const struct step *step = &trace->steps[i];
        if (step->object < trace->step_count + 1) {
            users[step->object] |= UINT64_C(1) << step->thread;
        }
    }
    return users;
}

/* The last step of each thread tells where it stands at the end. */
static void find_last(struct layout *layout) {
    const struct trace *trace = layout->timeline->trace;
    for (size_t i = 0; i < trace->step_count; i++) {
        if (trace->steps[i].kind != STEP_EXIT) {
            layout->last[trace->steps[i].thread] = i;
        }
    }
}

/*
 * A store to what another thread has read, and not again, before it goes on: that it does not
 * know is what most failures are made of.  False: out of memory.
 */
static bool find_surprises(struct layout *layout) {
    const struct trace *trace = layout->timeline->trace;
    uint64_t *readers = calloc(trace->step_count + 2, sizeof(*readers));
    layout->surprises = calloc(trace->step_count + 1, sizeof(*layout->surprises));
    bool is_found = readers != NULL && layout->surprises != NULL;
    for (size_t i = 0; is_found && i < trace->step_count; i++) {
        const struct step *step = &trace->steps[i];
        uint64_t self = UINT64_C(1) << step->thread;
        bool is_store = step->kind == STEP_STORE || step->kind == STEP_RMW;
        if (step->kind < STEP_LOAD || step->kind > STEP_CAS_FAILED ||
            step->object > trace->step_count) {
            continue;
        }
        for (uint64_t left = readers[step->object] & ~self; is_store && left != 0;
             left &= left - 1) {
            bool goes_on = layout->last[__builtin_ctzll(left)] > i;
            layout->surprises[i] = layout->surprises[i] || goes_on;
        }
        readers[step->object] = (is_store ? 0 : readers[step->object]) |
                                (step->kind != STEP_STORE ? self : 0);
    }
    free(readers);
    return is_found;
}

static bool is_kept(const struct layout *layout, enum level level, size_t at,
                    const uint64_t *users) {
    const struct trace *trace = layout->timeline->trace;
    const struct step *step = &trace->steps[at];
    if (layout->timeline->marks[at] & (uint16_t)~TIMELINE_PREEMPTS || at + 1 == trace->step_count) {
        return true;
    }
    if (is_left_out(step, level)) {
        return false;
    }
    return level < LEVEL_SHARED || layout->last[step->thread] == at ||
           !is_private(trace, users, step);
}

/* ---- columns ------------------------------------------------------------------- */

static void place_columns(struct layout *layout, uint64_t threads) {
    size_t indent = strlen(layout->page->indent);
    size_t others = indent + STEP_COLUMN + PLACE_COLUMN;
    unsigned room = layout->page->columns > others + THREAD_COLUMN_MIN
                        ? layout->page->columns - (unsigned)others : THREAD_COLUMN_MIN;
    unsigned count = (unsigned)__builtin_popcountll(threads | 1);
    layout->is_shared = count > room / THREAD_COLUMN_MIN;
    layout->columns = count;
    if (layout->is_shared) {
        layout->columns = room / SHARED_COLUMN_MIN > 1 ? room / SHARED_COLUMN_MIN : 1;
    }
    layout->width = room / layout->columns - 1;
    if (layout->width > THREAD_COLUMN_MAX) {
        layout->width = THREAD_COLUMN_MAX;
    }
    unsigned next = 0;
    for (unsigned i = 0; i < TRACE_THREADS_MAX; i++) {
        if (threads >> i & 1) {
            layout->column[i] = (uint8_t)(next++ % layout->columns);
        }
    }
}

/* ---- rows ------------------------------------------------------------------------- */

static bool shares_row(const struct layout *layout, enum level level, const struct row *row,
                       size_t at, const char *text) {
    const struct trace *trace = layout->timeline->trace;
    const struct step *before = &trace->steps[row->last];
    const struct step *step = &trace->steps[at];
    size_t together = strlen(row->text) + 2 + strlen(text);
    if (level < LEVEL_BY_LINE || before->thread != step->thread ||
        layout->timeline->marks[at] & TIMELINE_PREEMPTS || together >= ROW_BYTES) {
        return false;
    }
    const struct source_place *a = source_find(layout->timeline->places, before->caller);
    const struct source_place *b = source_find(layout->timeline->places, step->caller);
    bool is_same_line = a->line != 0 && a->line == b->line && strcmp(a->file, b->file) == 0;
    return (is_same_line || level >= LEVEL_PACKED) && together <= layout->width;
}

static void add_step(struct layout *layout, enum level level, size_t at, uint16_t marks) {
    char text[TIMELINE_STEP_BYTES];
    timeline_describe(layout->timeline, at, text);
    struct row *row = layout->count > 0 ? &layout->rows[layout->count - 1] : NULL;
    if (row != NULL && shares_row(layout, level, row, at, text)) {
        size_t used = strlen(row->text);
        snprintf(row->text + used, ROW_BYTES - used, "; %s", text);
        row->last = at;
        row->steps++;
        row->marks |= marks;
        row->is_surprise = row->is_surprise || layout->surprises[at];
        return;
    }
    unsigned thread = layout->timeline->trace->steps[at].thread;
    if (!layout->has_row[thread]) {
        layout->has_row[thread] = true;
        layout->first[thread] = at;
    }
    row = &layout->rows[layout->count++];
    *row = (struct row){ .first = at, .last = at, .steps = 1, .marks = marks,
                          .is_surprise = layout->surprises[at] };
    if (layout->is_shared) {
        snprintf(row->text, ROW_BYTES, "t%u ", layout->timeline->trace->steps[at].thread);
    }
    size_t used = strlen(row->text);
    snprintf(row->text + used, ROW_BYTES - used, "%s", text);
}

static bool build_rows(struct layout *layout, enum level level) {
    const struct trace *trace = layout->timeline->trace;
    uint64_t *users = find_users(trace);
    if (users == NULL) {
        return false;
    }
    layout->count = 0;
    memset(layout->has_row, 0, sizeof(layout->has_row));
    uint64_t threads = 0;
    for (size_t i = 0; i < trace->step_count; i++) {
        if (is_kept(layout, level, i, users)) {
            threads |= UINT64_C(1) << trace->steps[i].thread;
        }
    }
    place_columns(layout, threads);
    uint16_t carried = 0;   /* a preemption whose first step has no row */
    for (size_t i = 0; i < trace->step_count; i++) {
        uint16_t marks = layout->timeline->marks[i];
        carried |= marks & TIMELINE_PREEMPTS;
        if (is_kept(layout, level, i, users)) {
            add_step(layout, level, i, marks | carried);
            carried = 0;
        }
    }
    free(users);
    return true;
}

/* How much a row explains, from 0 to 5. */
static unsigned score_of(const struct layout *layout, size_t at) {
    const struct step *steps = layout->timeline->trace->steps;
    const struct row *row = &layout->rows[at];
    const struct row *next = at + 1 < layout->count ? row + 1 : NULL;
    const struct step *step = &steps[row->last];
    bool is_frame = step->kind == STEP_JOIN || step->kind == STEP_SPAWN;
    bool is_stuck = step->kind == STEP_WAIT && layout->last[step->thread] == row->last;
    if (next == NULL || row->marks != 0 || is_stuck) {
        return 5;
    }
    if (next->marks & TIMELINE_PREEMPTS || (at + 4 > layout->count && !is_frame)) {
        return 4;
    }
    if (row->is_surprise) {
        return 3;
    }
    bool is_first = at == 0 || steps[row[-1].first].thread != step->thread;
    bool is_last = steps[next->first].thread != step->thread;
    if (is_first && at > 0 && !is_frame && row[-1].first > layout->first[step->thread]) {
        return 3;   /* it goes on, and does not know */
    }
    return is_frame ? 0 : is_first || is_last ? 2 : 1;
}

/* Lines that the rows with a flag need, with one for each gap between them. */
static size_t lines_of(const bool *is_kept_row, size_t count) {
    size_t lines = 0;
    for (size_t i = 0; i < count; i++) {
        lines += is_kept_row[i] || i == 0 || is_kept_row[i - 1];
    }
    return lines;
}

/* Flags the rows that explain most, later ones first, as long as there are lines for them. */
static void choose_rows(const struct layout *layout, bool *is_kept_row) {
    for (int score = 5; score >= 0; score--) {
        for (size_t i = layout->count; i-- > 0;) {
            if (score_of(layout, i) != (unsigned)score) {
                continue;
            }
            is_kept_row[i] = true;
            if (lines_of(is_kept_row, layout->count) > layout->page->lines) {
                is_kept_row[i] = false;
            }
        }
    }
}

/* The row that stands for those from `at` on that are left out. */
static void say_gap(const struct layout *layout, const bool *is_kept_row, size_t at,
                    struct row *gap) {
    const struct step *steps = layout->timeline->trace->steps;
    unsigned thread = steps[gap->first].thread;
    size_t left_out = 0;
    bool is_one = true;
    for (; at < layout->count && !is_kept_row[at]; at++) {
        left_out += layout->rows[at].steps;
        is_one = is_one && steps[layout->rows[at].first].thread == thread;
    }
    gap->steps = 0;
    gap->marks = 0;
    snprintf(gap->text, ROW_BYTES, "%s%zu step%s", is_one ? "... " : "... of several threads, ",
             left_out, left_out == 1 ? "" : "s");
}

/* Leaves out rows; a row without steps stands for those that were. */
static bool cut_rows(struct layout *layout) {
    bool *is_kept_row = calloc(layout->count + 1, sizeof(*is_kept_row));
    if (is_kept_row == NULL) {
        return false;
    }
    choose_rows(layout, is_kept_row);
    size_t count = 0;
    for (size_t i = 0; i < layout->count; i++) {
        if (is_kept_row[i]) {
            layout->rows[count++] = layout->rows[i];
        } else if (i == 0 || is_kept_row[i - 1]) {
            layout->rows[count] = layout->rows[i];
            say_gap(layout, is_kept_row, i, &layout->rows[count++]);
        }
    }
    layout->count = count;
    free(is_kept_row);
    return true;
}

/* ---- lines --------------------------------------------------------------------- */

/* Bytes of `text` that fit into a column, with an ellipsis when they are not all. */
static void put_cell(struct text *out, const char *text, size_t width) {
    size_t count = strlen(text);
    const char *order = strrchr(text, '(');
    if (count > width && order != NULL && order > text && text[count - 1] == ')') {
        count = (size_t)(order - text) - 1;   /* the memory order goes first */
    }
    if (count <= width) {
        text_put(out, text, count);
        text_repeat(out, ' ', width - count);
    } else {
        text_put(out, text, width > 3 ? width - 3 : 0);
        text_add(out, "...");
    }
}

static void print_heads(const struct layout *layout, struct text *out) {
    text_add(out, layout->page->indent);
    text_print(out, "%5s  ", "step");
    for (unsigned column = 0; column < layout->columns; column++) {
        char head[TIMELINE_NAME_BYTES] = "";
        for (unsigned i = 0; i < TRACE_THREADS_MAX && !layout->is_shared; i++) {
            if (layout->has_row[i] && layout->column[i] == column) {
                timeline_thread(layout->timeline, i, head);
            }
        }
        put_cell(out, head, layout->width);
        text_add(out, " ");
    }
    while (out->count > 0 && out->bytes[out->count - 1] == ' ') {
        out->bytes[--out->count] = '\0';
    }
    text_add(out, "\n");
}

static void print_place(const struct layout *layout, const struct row *row, struct text *out) {
    const struct source_map *places = layout->timeline->places;
    const struct source_place *place =
        source_find(places, layout->timeline->trace->steps[row->last].caller);
    if (place->line == 0) {
        text_add(out, place->function);
        return;
    }
    char at[96];
    snprintf(at, sizeof(at), "%.64s:%u", source_base(place), place->line);
    text_add(out, at);
    unsigned used = (unsigned)strlen(layout->page->indent) + STEP_COLUMN +
                    layout->columns * (layout->width + 1) + PLACE_COLUMN;
    size_t count;
    const char *line = source_line(layout->timeline->places, place->file, place->line, &count);
    if (line != NULL && layout->page->columns >= used + SOURCE_MIN) {
        size_t room = layout->page->columns - used;
        size_t width = strlen(at) < PLACE_COLUMN - 1 ? PLACE_COLUMN - strlen(at) : 1;
        text_repeat(out, ' ', width);
        text_put(out, line, count < room ? count : room);
    }
}

static void print_row(const struct layout *layout, const struct row *row, struct text *out) {
    unsigned column = layout->column[layout->timeline->trace->steps[row->first].thread];
    text_add(out, layout->page->indent);
    if (row->steps == 0) {
        text_print(out, "%5s  ", "...");
    } else {
        text_print(out, "%5zu%c ", row->first + 1, row->marks & TIMELINE_PREEMPTS ? '>' : ' ');
    }
    text_repeat(out, ' ', (size_t)column * (layout->width + 1));
    put_cell(out, row->text, layout->width);
    text_repeat(out, ' ', (size_t)(layout->columns - column - 1) * (layout->width + 1) + 1);
    if (row->steps > 0) {
        print_place(layout, row, out);
    }
    while (out->count > 0 && out->bytes[out->count - 1] == ' ') {
        out->bytes[--out->count] = '\0';
    }
    text_add(out, "\n");
}

/* ---- the whole -------------------------------------------------------------------- */

static size_t print_rows(struct layout *layout, struct text *out) {
    size_t steps = 0;
    bool has_preemption = false;
    print_heads(layout, out);
    for (size_t i = 0; i < layout->count; i++) {
        print_row(layout, &layout->rows[i], out);
        steps += layout->rows[i].steps;
        has_preemption = has_preemption || layout->rows[i].marks & TIMELINE_PREEMPTS;
    }
    uint16_t end = layout->timeline->end_marks;
    if (end & (TIMELINE_FAULT | TIMELINE_CRASH)) {
        text_print(out, "%s%5s  thread %u: %s\n", layout->page->indent, "end",
                   layout->timeline->end_thread,
                   end & TIMELINE_CRASH ? "the process ends" : "an allocation or file operation "
                                                               "fails");
    }
    if (has_preemption) {
        text_print(out, "%s%5s> the thread before could have gone on\n", layout->page->indent,
                   "");
    }
    return steps;
}

size_t timeline_print(const struct timeline *timeline, const struct timeline_page *page,
                      struct text *text) {
    struct layout layout = { .timeline = timeline, .page = page };
    size_t steps = 0;
    layout.rows = calloc(timeline->trace->step_count + 1, sizeof(*layout.rows));
    find_last(&layout);
    if (layout.rows == NULL || timeline->trace->step_count == 0 || !find_surprises(&layout)) {
        free(layout.surprises);
        free(layout.rows);
        return 0;
    }
    bool is_built = build_rows(&layout, page->lines > 0 ? LEVEL_NO_ENDS : LEVEL_ALL);
    for (int level = LEVEL_NO_FRAME;
         is_built && page->lines > 0 && layout.count > page->lines; level++) {
        if (level == LEVEL_CUT) {
            is_built = cut_rows(&layout);
            break;
        }
        is_built = build_rows(&layout, (enum level)level);
    }
    if (is_built) {
        steps = print_rows(&layout, text);
    }
    free(layout.surprises);
    free(layout.rows);
    return steps;
}
