/*
 * sc.c - psc of the execution so far, with one step more.
 *
 * Positions stand for coherence: a store's is 4 times its place in modification order, its
 * readers come right behind it, so that a before b in (rf | mo | rb)+ is a comparison.
 */
#include "sc.h"

#include <stdlib.h>
#include <string.h>

enum { SC_STEPS_MAX = 256, ROW_WORDS = SC_STEPS_MAX / 64 };

#define NOTHING UINT32_MAX

struct sc_node {
    uint32_t object;          /* 0: a fence */
    uint32_t store;           /* written, else read */
    uint32_t position;
    uint32_t sc;              /* its place among the SC steps, or NOTHING */
    uint32_t previous;        /* step of its thread */
    uint32_t elsewhere_before, elsewhere_after;   /* in its thread, of another word */
    int32_t epoch;
    uint8_t thread;
    uint8_t blocks;
    bool is_write;
    clock_block known[CLOCK_BLOCKS];
};

/* What an SC fence comes after and before, word by word: positions plus 1, 0 for nothing. */
struct reach {
    uint32_t last_before;
    uint32_t first_after;
};

static struct {
    struct sc_node *nodes;
    uint32_t count, room;
    uint32_t last_of_thread[CORE_THREADS];
    uint32_t *positions;      /* of stores */
    uint32_t position_room;
    uint32_t steps[SC_STEPS_MAX];          /* the SC ones */
    uint32_t step_count;
    uint32_t fence_count;
    struct reach *reaches;    /* of SC step s, word w: s * (objects + 1) + w */
    size_t reach_room;
    uint32_t objects;
    uint64_t rows[SC_STEPS_MAX][ROW_WORDS];
} graph;

static void *grow(void *memory, size_t count, size_t bytes) {
    void *grown = realloc(memory, count * bytes);
    ASSERT(grown != NULL);
    return grown;
}

void sc_begin(struct core *e, bool is_exact) {
    e->is_exact = is_exact;
    if (is_exact) {
        graph.count = graph.step_count = graph.fence_count = 0;
        memset(graph.last_of_thread, 0xff, sizeof(graph.last_of_thread));
    }
}

void sc_finish(void) {
    free(graph.nodes);
    free(graph.positions);
    free(graph.reaches);
    memset(&graph, 0, sizeof(graph));
}

/* ---- what was done ---------------------------------------------------------------------- */

/* The step of the running thread that comes now, not yet counted. */
static struct sc_node *draft(const struct core *e, const struct object *word, unsigned order) {
    if (graph.count + 1 >= graph.room) {
        graph.room = graph.room != 0 ? 2 * graph.room : 256;
        void *nodes = aligned_alloc(32, graph.room * sizeof(*graph.nodes));
        ASSERT(nodes != NULL);
        if (graph.count > 0) {
            memcpy(nodes, graph.nodes, graph.count * sizeof(*graph.nodes));
        }
        free(graph.nodes);
        graph.nodes = nodes;
    }
    const struct thread *self = e->running;
    struct sc_node *node = &graph.nodes[graph.count];
    node->object = word != NULL ? word->number : 0;
    node->sc = NOTHING;
    node->elsewhere_after = NOTHING;
    node->epoch = core_epoch(self);
    node->thread = self->number;
    node->blocks = (uint8_t)e->blocks;
    clock_blocks_copy(node->known, self->clock.known, e->blocks);
    uint32_t previous = graph.last_of_thread[self->number];
    node->previous = previous;
    node->elsewhere_before = previous;
    if (previous != NOTHING && node->object != 0 && graph.nodes[previous].object == node->object) {
        node->elsewhere_before = graph.nodes[previous].elsewhere_before;
    }
    if (order == __ATOMIC_SEQ_CST && graph.step_count < SC_STEPS_MAX) {
        node->sc = graph.step_count;
        graph.steps[graph.step_count] = graph.count;
    }
    return node;
}

/* Those of the thread that had nothing elsewhere after them now have. */
static void fill_elsewhere(uint32_t number) {
    const struct sc_node *node = &graph.nodes[number];
    for (uint32_t i = node->previous; i != NOTHING; i = graph.nodes[i].previous) {
        struct sc_node *earlier = &graph.nodes[i];
        if (earlier->elsewhere_after != NOTHING) {
            return;
        }
        if (earlier->object == 0 || earlier->object != node->object) {
            earlier->elsewhere_after = number;
        }
    }
}

void sc_note(struct core *e, const struct object *word, uint32_t store, unsigned order,
             bool is_write) {
    struct sc_node *node = draft(e, word, order);
    node->store = store;
    node->is_write = is_write;
    fill_elsewhere(graph.count);
    graph.last_of_thread[node->thread] = graph.count;
    graph.step_count += node->sc != NOTHING;
    graph.fence_count += node->object == 0;
    graph.count++;
}

/* ---- the relations of RC11 --------------------------------------------------------------- */

static bool is_earlier(uint32_t a, uint32_t b) {
    return graph.nodes[a].thread == graph.nodes[b].thread && a < b;
}

static bool happens_before(uint32_t a, uint32_t b) {
    const struct sc_node *first = &graph.nodes[a];
    const struct sc_node *second = &graph.nodes[b];
    if (first->thread == second->thread) {
        return a < b;
    }
    return first->thread / CLOCK_LANES < second->blocks &&
           clock_lane(second->known, first->thread) >= first->epoch;
}

static bool is_same_word(const struct sc_node *a, const struct sc_node *b) {
    return a->object == b->object && a->object != 0;
}

/* scb: po, hb of one word, mo, rb, and hb between two steps of other words. */
static bool is_sc_before(uint32_t a, uint32_t b) {
    const struct sc_node *first = &graph.nodes[a];
    const struct sc_node *second = &graph.nodes[b];
    if (a == b) {
        return false;
    }
    if (is_earlier(a, b)) {
        return true;
    }
    if (is_same_word(first, second) &&
        (happens_before(a, b) || (second->is_write && first->position < second->position))) {
        return true;
    }
    return first->elsewhere_after != NOTHING && second->elsewhere_before != NOTHING &&
           happens_before(first->elsewhere_after, second->elsewhere_before);
}

static bool is_fence(uint32_t node) {
    return graph.nodes[node].object == 0;
}

/* What fence `node` reaches by happens-before, for (hb; eco; hb) between fences. */
static void find_reach(uint32_t node) {
    struct reach *reach = graph.reaches + (size_t)graph.nodes[node].sc * (graph.objects + 1);
    memset(reach, 0, (graph.objects + 1) * sizeof(*reach));
    for (uint32_t i = 0; i <= graph.count; i++) {
        const struct sc_node *other = &graph.nodes[i];
        struct reach *of_word = &reach[other->object];
        uint32_t position = other->position + 1;
        if (other->object == 0) {
            continue;
        }
        if (happens_before(i, node) && position > of_word->last_before) {
            of_word->last_before = position;
        }
        if (happens_before(node, i) &&
            (of_word->first_after == 0 || position < of_word->first_after)) {
            of_word->first_after = position;
        }
    }
}

static bool is_fence_before(uint32_t a, uint32_t b) {
    if (happens_before(a, b)) {
        return true;
    }
    const struct reach *first = graph.reaches + (size_t)graph.nodes[a].sc * (graph.objects + 1);
    const struct reach *second = graph.reaches + (size_t)graph.nodes[b].sc * (graph.objects + 1);
    for (uint32_t word = 1; word <= graph.objects; word++) {
        if (first[word].first_after != 0 &&
            first[word].first_after < second[word].last_before) {
            return true;
        }
    }
    return false;
}

/* psc between two SC steps. */
static bool is_psc(uint32_t a, uint32_t b) {
    if (is_fence(a) && is_fence(b)) {
        return is_fence_before(a, b);   /* the other part of psc is within it for fences */
    }
    if (is_sc_before(a, b)) {
        return true;
    }
    for (uint32_t i = 0; i <= graph.count && is_fence(a); i++) {
        if (happens_before(a, i) && is_sc_before(i, b)) {
            return true;
        }
    }
    for (uint32_t i = 0; i <= graph.count && is_fence(b); i++) {
        if (happens_before(i, b) && is_sc_before(a, i)) {
            return true;
        }
    }
    return false;
}

/* ---- the question ------------------------------------------------------------------------ */

static void find_positions(const struct core *e) {
    if (e->store_count >= graph.position_room) {
        graph.position_room = 2 * e->store_count + 64;
        graph.positions = grow(graph.positions, graph.position_room, sizeof(*graph.positions));
    }
    for (uint32_t i = 0; i < e->object_count; i++) {
        const struct object *word = &e->objects[i];
        uint32_t count = 0;
        for (uint32_t at = word->newest; word->kind == OBJECT_WORD && at != 0;
             at = e->stores[at].older) {
            count++;
        }
        for (uint32_t at = word->newest; count > 0; at = e->stores[at].older) {
            graph.positions[at] = 4 * count--;
        }
    }
    for (uint32_t i = 0; i < graph.count; i++) {
        struct sc_node *node = &graph.nodes[i];
        if (node->object != 0) {
            node->position = graph.positions[node->store] + (node->is_write ? 0 : 1);
        }
    }
}

static void find_reaches(const struct core *e, uint32_t steps) {
    graph.objects = e->object_count;
    size_t wanted = (size_t)steps * (graph.objects + 1);
    if (wanted > graph.reach_room) {
        graph.reach_room = 2 * wanted;
        graph.reaches = grow(graph.reaches, graph.reach_room, sizeof(*graph.reaches));
    }
    for (uint32_t i = 0; i < steps; i++) {
        if (is_fence(graph.steps[i])) {
            find_reach(graph.steps[i]);
        }
    }
}

static void find_rows(uint32_t steps) {
    for (uint32_t a = 0; a < steps; a++) {
        memset(graph.rows[a], 0, sizeof(graph.rows[a]));
        for (uint32_t b = 0; b < steps; b++) {
            if (is_psc(graph.steps[a], graph.steps[b])) {
                graph.rows[a][b / 64] |= CORE_BIT(b % 64);
            }
        }
    }
}

/* Takes away steps that nothing comes before, until none is left or all left are in cycles. */
static bool has_cycle(uint32_t steps) {
    uint64_t left[ROW_WORDS] = { 0 };
    for (uint32_t i = 0; i < steps; i++) {
        left[i / 64] |= CORE_BIT(i % 64);
    }
    uint32_t remaining = steps;
    for (bool is_less = true; is_less && remaining > 0;) {
        is_less = false;
        for (uint32_t i = 0; i < steps; i++) {
            bool is_free = (left[i / 64] & CORE_BIT(i % 64)) != 0;
            for (uint32_t w = 0; w < ROW_WORDS && is_free; w++) {
                is_free = (graph.rows[i][w] & left[w]) == 0;
            }
            if (is_free) {   /* nothing left comes after it */
                left[i / 64] &= ~CORE_BIT(i % 64);
                remaining--;
                is_less = true;
            }
        }
    }
    return remaining > 0;
}

/* Without fences only an SC step that goes before an SC store can close a cycle. */
static bool is_harmless(const struct core *e, const struct sc_wish *wish) {
    if (graph.fence_count > 0) {
        return false;
    }
    if (wish->order != __ATOMIC_SEQ_CST) {
        return true;
    }
    uint32_t at = wish->is_write ? wish->before : e->stores[wish->store].newer;
    for (; at != 0; at = e->stores[at].newer) {
        if (e->stores[at].is_sc) {
            return false;
        }
    }
    return true;
}

bool sc_is_possible(struct core *e, const struct sc_wish *wish) {
    if (graph.step_count == 0 || is_harmless(e, wish)) {
        return true;
    }
    if (graph.step_count == SC_STEPS_MAX) {
        return false;   /* fewer behaviours than there are, rather than some that are not */
    }
    struct sc_node *node = draft(e, wish->word, wish->order);
    const struct store *read = wish->store != 0 ? &e->stores[wish->store] : NULL;
    bool acquires = wish->order != __ATOMIC_RELAXED && wish->order != __ATOMIC_RELEASE;
    if (read != NULL && acquires && read->has_release) {
        clock_blocks_join(node->known, read->release.known, e->blocks);
    }
    node->is_write = wish->is_write;
    find_positions(e);
    node->position = wish->is_write ? graph.positions[wish->before] - 2
                                    : graph.positions[wish->store] + 1;
    uint32_t steps = graph.step_count + (node->sc != NOTHING);
    find_reaches(e, steps);
    find_rows(steps);
    return !has_cycle(steps);
}
