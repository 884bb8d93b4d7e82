/*
 * bounded.c - every schedule with at most so many preemptions, fewest first.
 *
 * Depth first: the options taken are a stack, and the next execution takes the next
 * option of the deepest decision that has one.  The search is run for no preemption,
 * then one, and so on, so that what fails first fails with as few as it can.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "engine.h"

struct branch {
    uint8_t option;
    uint8_t count;
    uint8_t is_preemptive;   /* options but 0 leave a thread that could go on */
};

struct bounded {
    struct strategy strategy;
    struct branch *branches;
    size_t count;            /* of the current path */
    size_t room;
    size_t at;               /* of the current execution */
    uint32_t preemptions;    /* of the current execution so far */
    uint32_t limit;
    uint32_t most;
    bool has_begun;
};

static uint32_t cost(const struct branch *branch) {
    return branch->is_preemptive && branch->option != 0;
}

/* The next path within the limit, deepest decision first. */
static bool next_path(struct bounded *bounded) {
    uint32_t spent = 0;
    for (size_t i = 0; i < bounded->count; i++) {
        spent += cost(&bounded->branches[i]);
    }
    while (bounded->count > 0) {
        struct branch *last = &bounded->branches[bounded->count - 1];
        spent -= cost(last);
        bool fits = !last->is_preemptive || spent < bounded->limit;
        if (last->option + 1u < last->count && fits) {
            last->option++;
            return true;
        }
        bounded->count--;
    }
    return false;
}

static bool begin(void *self, uint64_t run) {
    struct bounded *bounded = self;
    (void)run;
    bounded->at = 0;
    bounded->preemptions = 0;
    if (!bounded->has_begun) {
        bounded->has_begun = true;
        return true;
    }
    if (next_path(bounded)) {
        return true;
    }
    return bounded->limit++ < bounded->most;
}

static void push(struct bounded *bounded, const struct choice *choice) {
    if (bounded->count == bounded->room) {
        bounded->room = bounded->room != 0 ? 2 * bounded->room : 256;
        bounded->branches = realloc(bounded->branches,
                                    bounded->room * sizeof(*bounded->branches));
        ASSERT(bounded->branches != NULL);
    }
    bool goes_on = choice->kind == DECIDE_THREAD &&
                   (choice->enabled & (UINT64_C(1) << choice->running)) != 0;
    bounded->branches[bounded->count++] = (struct branch){
        .count = (uint8_t)choice->count, .is_preemptive = goes_on };
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct bounded *bounded = self;
    if (bounded->at == bounded->count) {
        push(bounded, choice);
    }
    struct branch *branch = &bounded->branches[bounded->at++];
    bounded->preemptions += cost(branch);
    return branch->option < choice->count ? branch->option : 0;
}

/* An execution with fewer preemptions than the limit was one of an earlier round. */
static bool is_news(const void *self) {
    const struct bounded *bounded = self;
    return bounded->preemptions == bounded->limit;
}

static void destroy(struct strategy *strategy) {
    struct bounded *bounded = strategy->self;
    free(bounded->branches);
    free(bounded);
}

struct strategy *strategy_bounded_create(uint32_t preemptions) {
    struct bounded *bounded = calloc(1, sizeof(*bounded));
    if (bounded == NULL) {
        return NULL;
    }
    bounded->most = preemptions;
    bounded->strategy = (struct strategy){
        .self = bounded, .begin = begin, .choose = choose, .is_news = is_news,
        .destroy = destroy };
    return &bounded->strategy;
}
