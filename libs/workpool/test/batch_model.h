/*
 * batch_model.h - what a batch decides, without threads, bodies or a pool.
 *
 * A trace of words: "queue 3", "reject", "coalesce 2", "inline 7", and a line for each
 * fold.  The model triples numbers and refuses multiples of eleven, as the bodies of
 * batch_test.c do.
 */
#ifndef WORKPOOL_TEST_BATCH_MODEL_H
#define WORKPOOL_TEST_BATCH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "workpool/batch.h"

enum { DEPTH = 6, TRACE_BYTES = 1 << 16 };

struct trace {
    char text[TRACE_BYTES];
    size_t count;
};

static inline void say(struct trace *trace, const char *format, uint64_t a, uint64_t b,
                       uint64_t c) {
    trace->count += (size_t)snprintf(trace->text + trace->count, TRACE_BYTES - trace->count,
                                     format, (unsigned long)a, (unsigned long)b,
                                     (unsigned long)c);
    assert_true(trace->count < TRACE_BYTES);
}

struct model {
    enum workpool_full on_full;
    struct { uint64_t key; uint32_t value; bool can_coalesce; } open[DEPTH];
    uint64_t submitted;
    uint64_t folded;
    struct trace *trace;
};

static inline void model_fold_one(struct model *model) {
    uint64_t ticket = model->folded++;
    uint32_t value = model->open[ticket % DEPTH].value;
    say(model->trace, "fold %lu key %lu", ticket, model->open[ticket % DEPTH].key, 0);
    bool is_bad = value % 11 == 0;
    say(model->trace, " status %lu value %lu\n", is_bad ? STATUS_BAD_DATA : STATUS_OK,
        is_bad ? value : 3 * value, 0);
}

static inline void model_reduce(struct model *model, uint64_t at_most) {
    while (at_most-- > 0 && model->folded < model->submitted) {
        model_fold_one(model);
    }
}

static inline bool model_replace(struct model *model, uint64_t key, bool can_coalesce,
                                 uint32_t value) {
    for (uint64_t t = model->submitted; can_coalesce && t-- > model->folded;) {
        if (model->open[t % DEPTH].key == key && model->open[t % DEPTH].can_coalesce) {
            model->open[t % DEPTH].value = value;
            say(model->trace, "coalesce %lu\n", t, 0, 0);
            return true;
        }
    }
    return false;
}

static inline void model_submit(struct model *model, uint64_t key, bool can_coalesce,
                                uint32_t value) {
    bool is_full = model->submitted - model->folded == DEPTH;
    if (is_full && model->on_full == WORKPOOL_FULL_COALESCE &&
        model_replace(model, key, can_coalesce, value)) {
        return;
    }
    if (is_full && model->on_full != WORKPOOL_FULL_INLINE) {
        say(model->trace, "reject\n", 0, 0, 0);
        return;
    }
    say(model->trace, is_full ? "inline %lu\n" : "queue %lu\n", model->submitted, 0, 0);
    if (is_full) {
        model_reduce(model, DEPTH);
    }
    model->open[model->submitted % DEPTH].key = key;
    model->open[model->submitted % DEPTH].value = value;
    model->open[model->submitted % DEPTH].can_coalesce = can_coalesce;
    model->submitted++;
    if (is_full) {
        model_fold_one(model);
    }
}

#endif
