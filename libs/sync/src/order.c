/*
 * order.c - which locks were held when which others were asked for, and circles in that.
 *
 * A graph of at most SYNC_ORDER_LOCKS_MAX locks, as a matrix of bits, and beside it a
 * list of who made each pair.  A pair is looked at once: when it is new, a search from
 * the wanted lock to the held one finds the shortest way that closes a circle.
 */
#include "order.h"

#include <stddef.h>
#include <string.h>

#include "self.h"
#include "sync/stats.h"

enum { WORDS = SYNC_ORDER_LOCKS_MAX / 64, NOBODY = SYNC_ORDER_LOCKS_MAX };

/* What is one to the watch: a rank, a name, or a lock of neither. */
struct node {
    const void *one;          /* of a lock of neither, and else what stood for it; NULL: free */
    enum sync_rank rank;
    bool is_named;
    struct sync_order_lock lock;
};

struct pair {
    uint16_t held, wanted;    /* both NOBODY: free */
    uint64_t thread;
};

struct sync_u32 order_is_watched;

static struct sync_lock lock;   /* guards what follows */
static struct {
    sync_order_sink sink;
    void *context;
    bool is_incomplete;
    uint32_t last_number;
    uint32_t node_count, pair_count;   /* ever used */
    struct node nodes[SYNC_ORDER_LOCKS_MAX];
    struct pair pairs[SYNC_ORDER_PAIRS_MAX];
    uint64_t after[SYNC_ORDER_LOCKS_MAX][WORDS];   /* bit b of row a: b was asked for under a */
} watch;

static bool is_after(uint32_t held, uint32_t wanted) {
    return (watch.after[held][wanted / 64] >> wanted % 64 & 1) != 0;
}

static bool is_same(const struct node *a, const struct node *b) {
    if (a->one == NULL || a->rank != b->rank || a->is_named != b->is_named) {
        return false;
    }
    return a->rank != SYNC_RANK_NONE ? true
         : a->is_named ? strcmp(a->lock.name, b->lock.name) == 0 : a->one == b->one;
}

static uint32_t find(const struct node *node) {
    uint32_t at = 0;
    while (at < watch.node_count && !is_same(&watch.nodes[at], node)) {
        at++;
    }
    return at < watch.node_count ? at : NOBODY;
}

static uint32_t find_free(void) {
    uint32_t at = 0;
    while (at < watch.node_count && watch.nodes[at].one != NULL) {
        at++;
    }
    return at;
}

/* The node of a lock, made when it is new; NOBODY when there is no room. */
static uint32_t node_of(const void *one, const struct held_kind *kind, enum sync_rank rank) {
    const char *name = kind->name_of != NULL ? kind->name_of(one) : NULL;
    bool is_ranked = rank != SYNC_RANK_NONE;
    struct node node = { .one = one, .rank = rank, .is_named = !is_ranked && name != NULL,
                         .lock = { .name = is_ranked ? sync_rank_name(rank)
                                         : name != NULL ? name : kind->name } };
    uint32_t at = find(&node);
    if (at != NOBODY) {
        return at;
    }
    at = find_free();
    if (at == SYNC_ORDER_LOCKS_MAX) {
        watch.is_incomplete = true;
        return NOBODY;
    }
    watch.node_count += at == watch.node_count;
    watch.nodes[at] = node;
    watch.nodes[at].lock.number = is_ranked || node.is_named ? 0 : ++watch.last_number;
    return at;
}

/* Whether the pair is new and there was room for it. */
static bool note(uint32_t held, uint32_t wanted, uint64_t thread) {
    if (is_after(held, wanted)) {
        return false;
    }
    uint32_t at = 0;
    while (at < watch.pair_count && watch.pairs[at].held != NOBODY) {
        at++;
    }
    if (at == SYNC_ORDER_PAIRS_MAX) {
        watch.is_incomplete = true;
        return false;
    }
    watch.pair_count += at == watch.pair_count;
    watch.pairs[at] = (struct pair){ (uint16_t)held, (uint16_t)wanted, thread };
    watch.after[held][wanted / 64] |= UINT64_C(1) << wanted % 64;
    return true;
}

static struct sync_order_step step_of(uint32_t held, uint32_t wanted) {
    uint32_t at = 0;
    while (at < watch.pair_count &&
           (watch.pairs[at].held != held || watch.pairs[at].wanted != wanted)) {
        at++;
    }
    return (struct sync_order_step){ watch.nodes[held].lock, watch.nodes[wanted].lock,
                                     at < watch.pair_count ? watch.pairs[at].thread : 0 };
}

/*
 * The shortest way from `wanted` back to `held`, breadth first: before[] gives for each
 * lock that was reached the one it was reached from.
 */
static bool search(uint32_t held, uint32_t wanted, uint16_t before[SYNC_ORDER_LOCKS_MAX]) {
    uint16_t queue[SYNC_ORDER_LOCKS_MAX];
    uint32_t first = 0;
    uint32_t count = 0;
    memset(before, 0xff, SYNC_ORDER_LOCKS_MAX * sizeof(*before));
    before[wanted] = (uint16_t)wanted;
    queue[count++] = (uint16_t)wanted;
    while (first < count && before[held] == UINT16_MAX) {
        uint32_t at = queue[first++];
        for (uint32_t next = 0; next < watch.node_count; next++) {
            if (is_after(at, next) && before[next] == UINT16_MAX) {
                before[next] = (uint16_t)at;
                queue[count++] = (uint16_t)next;
            }
        }
    }
    return before[held] != UINT16_MAX;
}

static bool closes_circle(uint32_t held, uint32_t wanted, struct sync_order_cycle *cycle) {
    uint16_t before[SYNC_ORDER_LOCKS_MAX];
    if (!search(held, wanted, before)) {
        return false;
    }
    uint32_t count = 1;
    for (uint32_t at = held; at != wanted; at = before[at]) {
        count++;
    }
    *cycle = (struct sync_order_cycle){ .count = count };
    cycle->steps[0] = step_of(held, wanted);
    for (uint32_t at = held, i = count - 1; at != wanted; at = before[at], i--) {
        if (i < SYNC_ORDER_STEPS_MAX) {
            cycle->steps[i] = step_of(before[at], at);
        }
    }
    return true;
}

/* Notes one pair; true with a circle to tell of. */
static bool looked_at(const struct held *held, const void *wanted, const struct held_kind *kind,
                      enum sync_rank rank, struct sync_order_cycle *cycle) {
    uint32_t from = node_of(held->lock, held->kind, held->rank);
    uint32_t to = node_of(wanted, kind, rank);
    return from != NOBODY && to != NOBODY && note(from, to, self_id(self_get())) &&
           closes_circle(from, to, cycle);
}

void order_wanted(struct self *self, const void *wanted, const struct held_kind *kind,
                  enum sync_rank rank) {
    for (uint32_t i = 0; i < self->held_count && !self->is_reporting; i++) {
        struct sync_order_cycle cycle;
        sync_lock_acquire(&lock);
        sync_order_sink sink = watch.sink;
        void *context = watch.context;
        bool is_closed = sink != NULL && looked_at(&self->held[i], wanted, kind, rank, &cycle);
        sync_lock_release(&lock);
        if (is_closed) {
            self->is_reporting = true;
            sink(context, &cycle);
            self->is_reporting = false;
        }
    }
}

void order_forget(const void *one) {
    sync_lock_acquire(&lock);
    uint32_t node = find(&(struct node){ .one = one });
    if (node != NOBODY) {
        watch.nodes[node].one = NULL;
        memset(watch.after[node], 0, sizeof(watch.after[node]));
        for (uint32_t i = 0; i < watch.node_count; i++) {
            watch.after[i][node / 64] &= ~(UINT64_C(1) << node % 64);
        }
        for (uint32_t i = 0; i < watch.pair_count; i++) {
            if (watch.pairs[i].held == node || watch.pairs[i].wanted == node) {
                watch.pairs[i].held = watch.pairs[i].wanted = NOBODY;
            }
        }
    }
    sync_lock_release(&lock);
}

bool sync_order_watch(sync_order_sink sink, void *context) {
    if (!STATS_ARE_KEPT) {
        return false;
    }
    sync_lock_acquire(&lock);
    memset(&watch, 0, sizeof(watch));
    watch.sink = sink;
    watch.context = context;
    sync_lock_release(&lock);
    sync_u32_store(&order_is_watched, sink != NULL, SYNC_RELAXED);
    return true;
}

bool sync_order_is_complete(void) {
    sync_lock_acquire(&lock);
    bool is_complete = !watch.is_incomplete;
    sync_lock_release(&lock);
    return is_complete;
}
