/* random.c - every thread and every store as likely: the engine draws those itself. */
#include <stdlib.h>

#include "chance.h"
#include "engine.h"

struct random {
    struct strategy strategy;
    struct chance chance;
};

static bool begin(void *self, uint64_t run) {
    struct random *random = self;
    chance_begin(&random->chance, run);
    return true;
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct random *random = self;
    return chance_option(&random->chance, choice);
}

static void destroy(struct strategy *strategy) {
    free(strategy->self);
}

struct strategy *strategy_random_create(uint64_t seed) {
    struct random *random = calloc(1, sizeof(*random));
    if (random == NULL) {
        return NULL;
    }
    random->chance.seed = seed;
    random->strategy = (struct strategy){
        .self = random, .begin = begin, .choose = choose, .destroy = destroy,
        .dice = &random->chance.dice };
    return &random->strategy;
}

void strategy_destroy(struct strategy *strategy) {
    if (strategy != NULL) {
        strategy->destroy(strategy);
    }
}
