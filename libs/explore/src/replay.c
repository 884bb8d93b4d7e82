/* replay.c - a list of options, and the plain option after its end. */
#include <stdlib.h>

#include "engine.h"

struct replay {
    struct strategy strategy;
    const uint8_t *choices;
    size_t count;
    size_t at;
};

static bool begin(void *self, uint64_t run) {
    struct replay *replay = self;
    (void)run;
    replay->at = 0;
    return true;
}

/* An option that is not there tells of another program: the plain one, and the trace differs. */
static uint32_t choose(void *self, const struct choice *choice) {
    struct replay *replay = self;
    uint32_t option = replay->at < replay->count ? replay->choices[replay->at] : 0;
    replay->at++;
    return option < choice->count ? option : 0;
}

static void destroy(struct strategy *strategy) {
    free(strategy->self);
}

struct strategy *strategy_replay_create(const uint8_t *choices, size_t count) {
    struct replay *replay = calloc(1, sizeof(*replay));
    if (replay == NULL) {
        return NULL;
    }
    replay->choices = choices;
    replay->count = count;
    replay->strategy = (struct strategy){
        .self = replay, .begin = begin, .choose = choose, .destroy = destroy };
    return &replay->strategy;
}
