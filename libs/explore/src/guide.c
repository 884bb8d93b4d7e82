/* guide.c - runs that follow deviations, and tell which they made. */
#include "guide.h"

#include <stdlib.h>
#include <string.h>

/* How often a thread met a kind of decision since its last step. */
struct meeting {
    uint32_t made;
    uint32_t nth;
};

struct guide {
    const struct guide_way *way;
    const struct deviation **table;    /* of way->wanted, by hash; NULL: free */
    size_t mask;
    uint32_t passed;                   /* decisions */
    struct deviations *made;           /* or NULL */
    bool is_short;                     /* of memory */
    struct meeting met[TRACE_THREADS_MAX][DECISION_KINDS];
};

void guide_deviations_finish(struct deviations *deviations) {
    free(deviations->items);
    *deviations = (struct deviations){ .items = NULL };
}

static size_t hash(const struct deviation *d) {
    uint64_t key = (uint64_t)d->made << 32 | (uint64_t)d->nth << 16 | (uint64_t)d->kind << 8 |
                   d->thread;
    return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20);
}

static bool is_same_place(const struct deviation *a, const struct deviation *b) {
    return a->made == b->made && a->nth == b->nth && a->kind == b->kind &&
           a->thread == b->thread;
}

static bool build_table(struct guide *guide) {
    const struct deviations *wanted = guide->way->wanted;
    size_t room = 16;
    while (wanted != NULL && room < wanted->count * 2) {
        room *= 2;
    }
    guide->table = calloc(room, sizeof(guide->table[0]));
    guide->mask = room - 1;
    for (size_t i = 0; guide->table != NULL && wanted != NULL && i < wanted->count; i++) {
        size_t at = hash(&wanted->items[i]) & guide->mask;
        while (guide->table[at] != NULL) {
            at = (at + 1) & guide->mask;
        }
        guide->table[at] = &wanted->items[i];
    }
    return guide->table != NULL;
}

static const struct deviation *find(const struct guide *guide, const struct deviation *place) {
    size_t at = hash(place) & guide->mask;
    while (guide->table[at] != NULL && !is_same_place(guide->table[at], place)) {
        at = (at + 1) & guide->mask;
    }
    return guide->table[at];
}

/* The option that lets `thread` go on, or 0. */
static uint32_t option_of(const struct choice *choice, uint8_t thread) {
    for (uint32_t i = 0; i < choice->count; i++) {
        if (choice->threads[i] == thread) {
            return i;
        }
    }
    return 0;
}

static uint32_t wanted_option(struct guide *guide, const struct choice *choice,
                              const struct deviation *place) {
    const struct guide_way *way = guide->way;
    if (way->choices != NULL) {
        size_t at = guide->passed;
        return at < way->count && way->choices[at] < choice->count ? way->choices[at] : 0;
    }
    const struct deviation *found = find(guide, place);
    if (found == NULL) {
        return 0;
    }
    if (choice->kind == DECIDE_THREAD) {
        return option_of(choice, found->target);
    }
    return found->target < choice->count ? found->target : 0;
}

static void record(struct guide *guide, const struct deviation *deviation) {
    struct deviations *made = guide->made;
    if (made->count == made->room) {
        size_t room = made->room != 0 ? made->room * 2 : 64;
        struct deviation *items = realloc(made->items, room * sizeof(*items));
        if (items == NULL) {
            guide->is_short = true;
            return;
        }
        made->items = items;
        made->room = room;
    }
    made->items[made->count++] = *deviation;
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct guide *guide = self;
    uint32_t steps = choice->made[choice->running];
    struct meeting *met = &guide->met[choice->running][choice->kind];
    *met = (struct meeting){ .made = steps, .nth = met->made == steps ? met->nth + 1 : 0 };
    struct deviation place = { .made = steps, .nth = met->nth, .kind = (uint8_t)choice->kind,
                               .thread = (uint8_t)choice->running,
                               .decision = guide->passed };
    uint32_t option = wanted_option(guide, choice, &place);
    if (option != 0 && guide->made != NULL) {
        bool is_thread = choice->kind == DECIDE_THREAD;
        place.target = is_thread ? choice->threads[option] : (uint8_t)option;
        place.is_preemption = is_thread && choice->threads[0] == choice->running;
        record(guide, &place);
    }
    guide->passed++;
    return option;
}

bool guide_run(const struct explore_case *chosen, const struct guide_way *way,
               struct trace *trace, struct deviations *out_made) {
    static struct guide guide;
    memset(&guide, 0, sizeof(guide));
    guide.way = way;
    guide.made = out_made;
    if (out_made != NULL) {
        out_made->count = 0;
    }
    if (!build_table(&guide)) {
        return false;
    }
    struct strategy strategy = { .self = &guide, .choose = choose };
    engine_run(chosen, &strategy, trace);
    free(guide.table);
    return !guide.is_short;
}
