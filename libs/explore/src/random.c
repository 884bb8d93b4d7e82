/* random.c - every option as likely: the engine draws them itself. */
#include <stdlib.h>

#include "engine.h"

struct random {
    struct strategy strategy;
    uint64_t seed;
    uint64_t state;
};

/* SplitMix64 of seed and run: each execution has a generator of its own. */
static bool begin(void *self, uint64_t run) {
    struct random *random = self;
    uint64_t z = random->seed + (run + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    random->state = z != 0 ? z : 1;
    return true;
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct random *random = self;
    return dice_below(&random->state, choice->count);
}

static void destroy(struct strategy *strategy) {
    free(strategy->self);
}

struct strategy *strategy_random_create(uint64_t seed) {
    struct random *random = calloc(1, sizeof(*random));
    if (random == NULL) {
        return NULL;
    }
    random->seed = seed;
    random->strategy = (struct strategy){
        .self = random, .begin = begin, .choose = choose, .destroy = destroy,
        .dice = &random->state };
    return &random->strategy;
}

void strategy_destroy(struct strategy *strategy) {
    if (strategy != NULL) {
        strategy->destroy(strategy);
    }
}
