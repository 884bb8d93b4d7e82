/* word.c - the modification order of a word, and the choices it leaves. */
#include "word.h"

#include "sc.h"

enum { OPTIONS_MAX = 64 };

/* A store that every thread knows of: what was in memory. */
static struct store *append(struct core *e, struct object *word, uint64_t value) {
    if (UNLIKELY(e->store_count + 1 >= CORE_STORES_MAX)) {
        core_fail(e, VERDICT_LIVELOCK, "more than %d stores", CORE_STORES_MAX);
    }
    uint32_t at = ++e->store_count;
    struct store *store = &e->stores[at];
    store->value = value;
    store->step = UINT32_MAX;
    store->older = word->newest;
    store->newer = 0;
    store->thread = CORE_NOBODY;
    store->is_sc = false;
    store->is_rmw = false;
    store->has_release = false;
    clock_blocks_fill(store->seen_by, CLOCK_UNSET, e->blocks);
    if (word->newest != 0) {
        e->stores[word->newest].newer = at;
    }
    word->newest = at;
    return store;
}

void core_word_begin(struct core *e, struct object *word) {
    uint64_t value = 0;
    __builtin_memcpy(&value, word->address, word->bytes);
    clock_blocks_fill(word->accesses, 0, e->blocks);
    clock_blocks_fill(word->writes, 0, e->blocks);
    word->last_sc = 0;
    word->checked = 0;
    clock_lane_set(append(e, word, value)->seen_by, 0, 0);
}

void core_word_refresh(struct core *e, struct object *word, uint64_t value) {
    word->checked = 0;
    clock_lane_set(append(e, word, value)->seen_by, 0, 0);
}

struct options {
    uint32_t stores[OPTIONS_MAX];
    uint32_t steps[OPTIONS_MAX];
    uint32_t count;
};

static void add(const struct core *e, struct options *options, uint32_t at) {
    if (options->count < OPTIONS_MAX) {
        options->stores[options->count] = at;
        options->steps[options->count++] = e->stores[at].step;
    }
}

/*
 * A thread that read a store, then yielded, and reads the word again does not get the
 * same old store a second time when there is a newer one: stores are seen in the end.
 */
static void be_fair(struct core *e, const struct object *word, struct options *options) {
    const struct thread *self = e->running;
    const struct recent *recent = &self->recent[word->number % CORE_RECENT];
    if (options->count > 1 && recent->object == word->number && recent->yields < self->yields &&
        recent->yields >= self->first_yield &&
        recent->store == options->stores[options->count - 1]) {
        options->count--;
    }
}

/* What the running thread is about to do, while the strategy decides about it. */
static struct {
    const struct options *options;
    const struct object *word;
    const struct explore_swap *swap;
    unsigned order;
    bool reads, writes;
} question;

/* An exchange puts its store right behind the one it reads. */
static bool is_possible(uint32_t option) {
    struct core *e = &explore_core;
    uint32_t at = question.options->stores[option];
    struct sc_wish wish = { .word = question.word, .order = question.order,
                            .is_write = question.writes };
    if (question.reads) {
        wish.store = at;
        if (question.swap != NULL && e->stores[at].value != question.swap->expected) {
            wish.is_write = false;
            wish.order = question.swap->failure;
        }
    }
    if (wish.is_write) {
        wish.before = question.reads ? e->stores[at].newer : at;
        if (wish.before == 0) {
            return true;
        }
    }
    return sc_is_possible(e, &wish);
}

static uint32_t decide(struct core *e, enum decision_kind kind, const struct options *options) {
    question.options = options;
    e->is_possible = e->is_exact ? is_possible : NULL;
    uint32_t option = core_decide(e, kind, options->count, options->steps);
    e->is_possible = NULL;
    return option;
}

static struct store *pick(struct core *e, const struct object *word, struct options *options) {
    be_fair(e, word, options);
    uint32_t option = options->count > 1 ? decide(e, DECIDE_LOAD, options) : 0;
    struct thread *self = e->running;
    self->recent[word->number % CORE_RECENT] = (struct recent){
        .object = word->number, .store = options->stores[option], .yields = self->yields };
    return &e->stores[options->stores[option]];
}

struct store *word_choose_older(struct core *e, struct object *word, unsigned order) {
    struct options options = { .count = 0 };
    uint32_t at = word->newest;
    add(e, &options, at);
    while (!word_is_known(e, word, at, order)) {
        at = e->stores[at].older;
        add(e, &options, at);
    }
    question.word = word;
    question.order = order;
    question.swap = NULL;
    question.reads = true;
    question.writes = false;
    return pick(e, word, &options);
}

static bool can_replace(const struct core *e, uint32_t at) {
    uint32_t newer = e->stores[at].newer;
    return newer == 0 || !e->stores[newer].is_rmw;
}

struct store *word_choose_modified(struct core *e, struct object *word, unsigned order,
                                   const struct explore_swap *swap) {
    uint32_t at = word->newest;
    if (LIKELY(!e->is_weak || word_is_known(e, word, at, order))) {
        return &e->stores[at];
    }
    struct options options = { .count = 0 };
    bool is_success_known = false;
    question.word = word;
    question.order = order;
    question.swap = swap;
    question.reads = question.writes = true;
    for (;;) {
        bool succeeds = swap == NULL || e->stores[at].value == swap->expected;
        if (succeeds ? !is_success_known && can_replace(e, at) : true) {
            add(e, &options, at);
        }
        is_success_known = is_success_known || word_is_known(e, word, at, order);
        if (word_is_known(e, word, at, swap != NULL ? swap->failure : order)) {
            return pick(e, word, &options);
        }
        at = e->stores[at].older;
    }
}

uint32_t word_place(struct core *e, struct object *word, unsigned order) {
    uint32_t at = word->newest;
    if (LIKELY(!e->is_weak || word_is_known(e, word, at, order))) {
        return 0;
    }
    struct options options = { .stores = { 0 }, .steps = { UINT32_MAX }, .count = 1 };
    do {
        if (!e->stores[at].is_rmw) {
            add(e, &options, at);
        }
        at = e->stores[at].older;
    } while (!word_is_known(e, word, at, order));
    question.word = word;
    question.order = order;
    question.swap = NULL;
    question.reads = false;
    question.writes = true;
    uint32_t option = options.count > 1 ? decide(e, DECIDE_STORE, &options) : 0;
    return options.stores[option];
}

/* Between `before` and the store older than it. */
static void move_before(struct core *e, struct object *word, uint32_t at, uint32_t before) {
    uint32_t older = e->stores[before].older;
    word->newest = e->stores[at].older;
    e->stores[word->newest].newer = 0;
    e->stores[at].older = older;
    e->stores[at].newer = before;
    e->stores[before].older = at;
    if (older != 0) {
        e->stores[older].newer = at;
    }
}

struct store *word_write(struct core *e, struct object *word, uint32_t before, uint64_t value,
                         unsigned order) {
    struct thread *self = e->running;
    if (e->is_watching) {
        race_atomic(e, word, true);
    }
    if (!e->is_weak) {   /* nobody will read the one before */
        struct store *only = &e->stores[word->newest];
        only->value = value;
        only->step = (uint32_t)e->steps;
        only->thread = self->number;
        return only;
    }
    struct store *store = append(e, word, value);
    uint32_t at = word->newest;
    store->step = (uint32_t)e->steps;
    store->thread = self->number;
    store->is_sc = order == __ATOMIC_SEQ_CST;
    clock_lane_set(store->seen_by, self->number, core_epoch(self));
    if (before != 0) {
        move_before(e, word, at, before);
    }
    if (store->is_sc) {
        word->last_sc = at;
    }
    return store;
}
