/*
 * history_explain.c - the search for an order, after Wing and Gong.
 *
 * Depth first: of the operations that are left, any may be next that began before all others
 * left had ended.  Which operations are done and the state they led to decide what can follow,
 * so a pair of both that was seen once is not looked at again (Lowe).
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "explore/history.h"

enum { WORDS = EXPLORE_CALLS_MAX / 64, SEEN_START = 256 };

/* A set of operations and the state after them. */
struct point {
    uint64_t done[WORDS];
    uint8_t state[EXPLORE_STATE_BYTES];
};

struct explainer {
    const struct explore_specification *specification;
    const struct explore_call *operations;
    uint32_t count;
    uint64_t known;           /* what ended later counts as not ended */
    uint32_t order[EXPLORE_CALLS_MAX];
    uint32_t depth;
    size_t point_bytes;       /* that are compared */
    uint8_t *seen;            /* points, one after another */
    uint32_t *table;          /* of points by hash: number plus 1, 0 is free */
    size_t seen_count;
    size_t seen_room;
    size_t table_mask;
};

static bool is_done(const struct point *point, uint32_t number) {
    return (point->done[number / 64] >> (number % 64) & 1) != 0;
}

/* ---- points that were seen ----------------------------------------------------------- */

static const uint8_t *seen_at(const struct explainer *e, size_t number) {
    return e->seen + number * e->point_bytes;
}

static size_t find(const struct explainer *e, const void *point) {
    size_t at = (size_t)hash_64(point, e->point_bytes, 0) & e->table_mask;
    while (e->table[at] != 0 && memcmp(seen_at(e, e->table[at] - 1), point, e->point_bytes) != 0) {
        at = (at + 1) & e->table_mask;
    }
    return at;
}

/* The checker runs inside of a case, which has no use for a failure of its own memory. */
static void grow(struct explainer *e) {
    e->seen_room = e->seen_room != 0 ? e->seen_room * 2 : SEEN_START;
    e->table_mask = e->seen_room * 2 - 1;
    e->seen = realloc(e->seen, e->seen_room * e->point_bytes);
    free(e->table);
    e->table = calloc(e->table_mask + 1, sizeof(*e->table));
    ASSERT(e->seen != NULL && e->table != NULL);
    for (size_t i = 0; i < e->seen_count; i++) {
        e->table[find(e, seen_at(e, i))] = (uint32_t)i + 1;
    }
}

/* Was it seen?  It is from now on. */
static bool is_seen(struct explainer *e, const struct point *point) {
    if (e->seen_count == e->seen_room) {
        grow(e);
    }
    size_t at = find(e, point);
    if (e->table[at] != 0) {
        return true;
    }
    memcpy(e->seen + e->seen_count * e->point_bytes, point, e->point_bytes);
    e->table[at] = (uint32_t)++e->seen_count;
    return false;
}

/* ---- the search ----------------------------------------------------------------------- */

static bool has_ended(const struct explainer *e, uint32_t number) {
    return e->operations[number].ended <= e->known;
}

/* The first end among the operations that are left; UINT64_MAX: none of them has ended. */
static uint64_t first_end(const struct explainer *e, const struct point *point) {
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 0; i < e->count; i++) {
        if (!is_done(point, i) && has_ended(e, i) && e->operations[i].ended < first) {
            first = e->operations[i].ended;
        }
    }
    return first;
}

static bool apply(const struct explainer *e, struct point *point, uint32_t number) {
    struct explore_call operation = e->operations[number];
    if (!has_ended(e, number)) {
        operation.ended = UINT64_MAX;
    }
    point->done[number / 64] |= UINT64_C(1) << (number % 64);
    return e->specification->apply(e->specification, point->state, &operation);
}

/* Is there an order of all that ended and is left?  It is behind e->order then. */
static bool search(struct explainer *e, const struct point *point) {
    uint64_t end = first_end(e, point);
    if (end == UINT64_MAX) {
        return true;
    }
    for (uint32_t i = 0; i < e->count; i++) {
        const struct explore_call *operation = &e->operations[i];
        if (is_done(point, i) || operation->begun > end || operation->begun > e->known) {
            continue;
        }
        struct point next = *point;
        if (!apply(e, &next, i) || is_seen(e, &next)) {
            continue;
        }
        e->order[e->depth++] = i;
        if (search(e, &next)) {
            return true;
        }
        e->depth--;
    }
    return false;
}

/* Of what happened up to `known`: is there an order? */
static bool explain_until(struct explainer *e, uint64_t known,
                          struct explore_explanation *out_explanation) {
    struct point start;
    memset(&start, 0, sizeof(start));
    e->known = known;
    e->depth = 0;
    e->seen_count = 0;
    if (e->table != NULL) {
        memset(e->table, 0, (e->table_mask + 1) * sizeof(*e->table));
    }
    bool is_explained = search(e, &start);
    if (is_explained) {
        memcpy(out_explanation->order, e->order, e->depth * sizeof(e->order[0]));
        out_explanation->count = e->depth;
    }
    return is_explained;
}

/* The operation that ended next after `known`; `count` when there is none. */
static uint32_t next_ended(const struct explainer *e, uint64_t known) {
    uint32_t next = e->count;
    for (uint32_t i = 0; i < e->count; i++) {
        uint64_t ended = e->operations[i].ended;
        if (ended != UINT64_MAX && (known == UINT64_MAX || ended > known) &&
            (next == e->count || ended < e->operations[next].ended)) {
            next = i;
        }
    }
    return next;
}

/* From the first end on, until what happened cannot be explained any more. */
static void find_first(struct explainer *e, struct explore_explanation *out_explanation) {
    uint64_t known = UINT64_MAX;
    for (;;) {
        uint32_t next = next_ended(e, known);
        ASSERT(next < e->count);
        known = e->operations[next].ended;
        if (!explain_until(e, known, out_explanation)) {
            out_explanation->first = next;
            return;
        }
    }
}

bool explore_history_explain(const struct explore_specification *specification,
                             const struct explore_call *operations, uint32_t count,
                             struct explore_explanation *out_explanation) {
    struct explainer e = { .specification = specification, .operations = operations,
                           .count = count,
                           .point_bytes = offsetof(struct point, state) +
                                          specification->state_bytes };
    ASSERT(count <= EXPLORE_CALLS_MAX);
    ASSERT(specification->state_bytes <= EXPLORE_STATE_BYTES);
    out_explanation->count = 0;
    out_explanation->first = count;
    bool is_explained = explain_until(&e, UINT64_MAX - 1, out_explanation);
    if (!is_explained) {
        find_first(&e, out_explanation);
    }
    free(e.seen);
    free(e.table);
    return is_explained;
}
