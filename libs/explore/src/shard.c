/* shard.c - a part of a bounded search. */
#include "shard.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/hash.h"

struct shard {
    struct strategy strategy;
    struct strategy *whole;
    uint32_t index;
    uint32_t count;
    uint32_t passed;            /* decisions of this execution */
    uint64_t path;              /* what they were, up to the first preemption */
    bool has_preemption;
};

static bool begin(void *self, uint64_t run) {
    struct shard *shard = self;
    shard->passed = 0;
    shard->path = 0;
    shard->has_preemption = false;
    return shard->whole->begin == NULL || shard->whole->begin(shard->whole->self, run);
}

static uint32_t choose(void *self, const struct choice *choice) {
    struct shard *shard = self;
    uint32_t option = shard->whole->choose(shard->whole->self, choice);
    shard->passed++;
    if (option == STRATEGY_PRUNE || shard->has_preemption || option == 0) {
        return option;
    }
    uint64_t deviation[] = { shard->path, shard->passed, option };
    shard->path = hash_64(deviation, sizeof(deviation), 0);
    if (choice->kind != DECIDE_THREAD || choice->threads[0] != choice->running) {
        return option;
    }
    shard->has_preemption = true;
    return shard->path % shard->count == shard->index ? option : STRATEGY_PRUNE;
}

static void end(void *self, const struct trace *trace) {
    const struct shard *shard = self;
    if (shard->whole->end != NULL) {
        shard->whole->end(shard->whole->self, trace);
    }
}

static bool is_news(const void *self) {
    const struct shard *shard = self;
    bool is_mine = shard->has_preemption || shard->index == 0;
    return is_mine &&
           (shard->whole->is_news == NULL || shard->whole->is_news(shard->whole->self));
}

static void destroy(struct strategy *strategy) {
    struct shard *shard = strategy->self;
    shard->whole->destroy(shard->whole);
    free(shard);
}

struct strategy *shard_create(struct strategy *whole, uint32_t index, uint32_t count) {
    struct shard *shard = calloc(1, sizeof(*shard));
    if (shard == NULL) {
        return NULL;
    }
    *shard = (struct shard){ .whole = whole, .index = index, .count = count };
    shard->strategy = *whole;
    shard->strategy.self = shard;
    shard->strategy.begin = begin;
    shard->strategy.choose = choose;
    shard->strategy.end = end;
    shard->strategy.is_news = is_news;
    shard->strategy.destroy = destroy;
    shard->strategy.step = NULL;
    return &shard->strategy;
}
