/* shrink.c - the simplest schedule that fails in the same way. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

#include "guide.h"

enum { DEVIATIONS_TRIED = 4 };   /* all schedules with fewer than so many, if there is time */

/* A schedule that fails as it should. */
struct schedule {
    uint8_t *choices;
    size_t count;
    size_t room;
    struct deviations deviations;
    struct shrink_measure measure;
};

struct shrinker {
    const struct explore_case *chosen;
    const struct finding *found;
    uint64_t serial_digest;
    uint64_t end_ns;
    uint64_t runs;
    bool is_over;                /* no time or no memory left */
    enum status status;
    struct schedule best;
    struct trace trace;          /* of the last run */
    struct deviations made;      /* by it */
    uint8_t *prefix;             /* of the schedules that are tried in order */
    size_t prefix_room;
};

/* ---- measures --------------------------------------------------------------------- */

static enum shrink_class class_of(const struct deviation *deviation) {
    switch (deviation->kind) {
    case DECIDE_THREAD:
        if (deviation->target == TRACE_CLOCK) {
            return SHRINK_TIMEOUTS;
        }
        return deviation->is_preemption ? SHRINK_PREEMPTIONS : SHRINK_OTHERS;
    case DECIDE_LOAD:
    case DECIDE_STORE: return SHRINK_OLD_VALUES;
    case DECIDE_SPURIOUS:
    case DECIDE_MEMORY:
    case DECIDE_FILE:
    case DECIDE_CRASH: return SHRINK_FAULTS;
    case DECIDE_PROGRAM: return SHRINK_CHOICES;
    default: return SHRINK_OTHERS;
    }
}

struct shrink_measure shrink_measure_of(const struct deviations *deviations,
                                        const struct trace *trace) {
    struct shrink_measure result = { .of = { [SHRINK_STEPS] = trace->step_count } };
    for (size_t i = 0; i < deviations->count; i++) {
        const struct deviation *deviation = &deviations->items[i];
        enum shrink_class class = class_of(deviation);
        result.of[class] += class == SHRINK_CHOICES ? deviation->target : 1;
    }
    return result;
}

static bool is_simpler(const struct shrink_measure *a, const struct shrink_measure *b) {
    for (int i = 0; i < SHRINK_CLASSES; i++) {
        if (a->of[i] != b->of[i]) {
            return a->of[i] < b->of[i];
        }
    }
    return false;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool shrink_is_same_place(enum verdict verdict, const char *a, const char *b) {
    if (verdict == VERDICT_ASSERTION) {   /* its numbers are lines, and parts of what is said */
        return strcmp(a, b) == 0;
    }
    for (;;) {
        while (is_digit(*a)) {
            a++;
        }
        while (is_digit(*b)) {
            b++;
        }
        if (*a != *b || *a == '\0') {
            return *a == *b;
        }
        a++;
        b++;
    }
}

/* ---- one run ---------------------------------------------------------------------- */

static void give_up(struct shrinker *s, enum status status) {
    s->is_over = true;
    s->status = status;
}

/* The last run becomes the best. */
static void keep(struct shrinker *s, const struct shrink_measure *of) {
    size_t count = s->trace.decision_count;
    if (count + 1 > s->best.room) {
        uint8_t *choices = realloc(s->best.choices, count * 2 + 64);
        if (choices == NULL) {
            give_up(s, STATUS_NO_MEMORY);
            return;
        }
        s->best.choices = choices;
        s->best.room = count * 2 + 64;
    }
    for (size_t i = 0; i < count; i++) {
        s->best.choices[i] = s->trace.decisions[i].chosen;
    }
    while (count > 0 && s->best.choices[count - 1] == 0) {
        count--;
    }
    s->best.count = count;
    s->best.measure = *of;
    struct deviations made = s->made;
    s->made = s->best.deviations;
    s->best.deviations = made;
}

/* Runs it, and keeps it when it fails as it should and is simpler than the best. */
static bool try(struct shrinker *s, const struct guide_way *way) {
    if (s->is_over) {
        return false;
    }
    if (!guide_run(s->chosen, way, &s->trace, &s->made)) {
        give_up(s, STATUS_NO_MEMORY);
        return false;
    }
    if (++s->runs % 16 == 0 && search_clock_ns() >= s->end_ns) {
        s->is_over = true;
    }
    search_judge(&s->trace, s->serial_digest);
    if (s->trace.verdict != s->found->verdict ||
        !shrink_is_same_place(s->trace.verdict, s->trace.text, s->found->text)) {
        return false;
    }
    struct shrink_measure of = shrink_measure_of(&s->made, &s->trace);
    if (!is_simpler(&of, &s->best.measure)) {
        return false;
    }
    keep(s, &of);
    return true;
}

/* ---- taking deviations out -------------------------------------------------------- */

/* The best without deviations `from` to `from` + `count` of a class. */
static bool try_without(struct shrinker *s, enum shrink_class class, size_t from, size_t count) {
    struct deviations wanted = { .items = malloc((s->best.deviations.count + 1) *
                                                 sizeof(struct deviation)) };
    if (wanted.items == NULL) {
        give_up(s, STATUS_NO_MEMORY);
        return false;
    }
    size_t of_class = 0;
    for (size_t i = 0; i < s->best.deviations.count; i++) {
        const struct deviation *deviation = &s->best.deviations.items[i];
        bool is_out = false;
        if (class_of(deviation) == class) {
            is_out = of_class >= from && of_class < from + count;
            of_class++;
        }
        if (!is_out) {
            wanted.items[wanted.count++] = *deviation;
        }
    }
    struct guide_way way = { .wanted = &wanted };
    bool is_simpler_now = try(s, &way);
    free(wanted.items);
    return is_simpler_now;
}

static size_t count_of(const struct shrinker *s, enum shrink_class class) {
    size_t count = 0;
    for (size_t i = 0; i < s->best.deviations.count; i++) {
        count += class_of(&s->best.deviations.items[i]) == class;
    }
    return count;
}

static bool thin_class(struct shrinker *s, enum shrink_class class) {
    bool is_changed = false;
    for (size_t group = count_of(s, class); group > 0; group /= 2) {
        for (size_t from = 0; from < count_of(s, class) && !s->is_over;) {
            if (try_without(s, class, from, group)) {
                is_changed = true;
            } else {
                from += group;
            }
        }
    }
    return is_changed;
}

/* Numbers that the program chose, made smaller. */
static bool lower_choices(struct shrinker *s) {
    bool is_changed = false;
    for (size_t i = 0; i < s->best.deviations.count && !s->is_over; i++) {
        struct deviation *at = &s->best.deviations.items[i];
        uint8_t was = at->target;
        if (at->kind != DECIDE_PROGRAM || was < 2) {
            continue;
        }
        size_t bytes = s->best.deviations.count * sizeof(*at);
        struct deviations wanted = { .items = malloc(bytes), .count = s->best.deviations.count };
        if (wanted.items == NULL) {
            give_up(s, STATUS_NO_MEMORY);
            return is_changed;
        }
        memcpy(wanted.items, s->best.deviations.items, bytes);
        struct guide_way way = { .wanted = &wanted };
        wanted.items[i].target = was / 2;
        bool is_lower = try(s, &way);
        if (!is_lower) {
            wanted.items[i].target = was - 1;
            is_lower = try(s, &way);
        }
        free(wanted.items);
        is_changed = is_changed || is_lower;
    }
    return is_changed;
}

static void thin(struct shrinker *s) {
    bool is_changed = true;
    while (is_changed && !s->is_over) {
        is_changed = false;
        for (int class = 0; class < SHRINK_STEPS && !s->is_over; class++) {
            is_changed = thin_class(s, (enum shrink_class)class) || is_changed;
        }
        is_changed = lower_choices(s) || is_changed;
    }
}

/* ---- all schedules with few deviations --------------------------------------------- */

static bool make_room(struct shrinker *s, size_t count) {
    if (count > s->prefix_room) {
        uint8_t *prefix = realloc(s->prefix, count * 2);
        if (prefix == NULL) {
            give_up(s, STATUS_NO_MEMORY);
            return false;
        }
        s->prefix = prefix;
        s->prefix_room = count * 2;
    }
    return true;
}

/* How many options each decision of the last run had, from `from` on. */
static uint8_t *counts_of(struct shrinker *s, size_t from, size_t *out_count) {
    size_t all = s->trace.decision_count;
    *out_count = all > from ? all : from;
    uint8_t *counts = malloc(*out_count + 1);
    if (counts == NULL) {
        give_up(s, STATUS_NO_MEMORY);
        return NULL;
    }
    for (size_t i = from; i < all; i++) {
        counts[i] = s->trace.decisions[i].count;
    }
    return counts;
}

/* The schedules that follow the first `fixed` choices and deviate `left` times behind them. */
static void try_all(struct shrinker *s, size_t fixed, unsigned left) {
    struct guide_way way = { .choices = s->prefix, .count = fixed };
    (void)try(s, &way);
    if (left == 0 || s->is_over) {
        return;
    }
    size_t count;
    uint8_t *counts = counts_of(s, fixed, &count);
    if (counts == NULL || !make_room(s, count + 1)) {
        free(counts);
        return;
    }
    for (size_t at = fixed; at < count && !s->is_over; at++) {
        for (unsigned option = 1; option < counts[at] && !s->is_over; option++) {
            s->prefix[at] = (uint8_t)option;
            try_all(s, at + 1, left - 1);
        }
        s->prefix[at] = 0;
    }
    free(counts);
}

/* ---- the whole -------------------------------------------------------------------- */

static bool start(struct shrinker *s) {
    struct guide_way serial = { .choices = s->prefix, .count = 0 };
    struct guide_way found = { .choices = s->found->choices, .count = s->found->count };
    if (!guide_run(s->chosen, &serial, &s->trace, &s->made)) {
        return false;
    }
    s->serial_digest = s->trace.digest;
    memset(&s->best.measure, 0xff, sizeof(s->best.measure));
    return try(s, &found);
}

static enum status give_result(struct shrinker *s, struct shrink_result *result) {
    result->after = s->best.measure;
    result->runs = s->runs;
    struct finding *finding = &result->finding;
    *finding = (struct finding){ .is_there = true, .run = s->found->run,
                                 .verdict = s->found->verdict };
    struct guide_way way = { .choices = s->best.choices, .count = s->best.count };
    if (!guide_run(s->chosen, &way, &s->trace, NULL)) {
        return STATUS_NO_MEMORY;
    }
    search_judge(&s->trace, s->serial_digest);
    memcpy(finding->text, s->trace.text, sizeof(finding->text));
    finding->choices = s->best.choices;
    finding->count = s->best.count;
    s->best.choices = NULL;
    return STATUS_OK;
}

enum status shrink_run(const struct explore_case *chosen, const struct finding *found,
                       uint64_t budget_ns, struct shrink_result *result) {
    struct shrinker s = { .chosen = chosen, .found = found, .status = STATUS_OK,
                          .end_ns = search_clock_ns() + budget_ns };
    memset(result, 0, sizeof(*result));
    if (!make_room(&s, 64) || !start(&s)) {
        s.status = s.status == STATUS_OK ? STATUS_NOT_FOUND : s.status;   /* it does not fail */
    } else {
        result->before = s.best.measure;
        thin(&s);
        for (unsigned left = 0; left < DEVIATIONS_TRIED && !s.is_over; left++) {
            if (left < s.best.deviations.count) {
                try_all(&s, 0, left);
            }
        }
    }
    if (s.status == STATUS_OK) {
        s.status = give_result(&s, result);
    }
    free(s.best.choices);
    free(s.prefix);
    guide_deviations_finish(&s.best.deviations);
    guide_deviations_finish(&s.made);
    trace_finish(&s.trace);
    return s.status;
}
