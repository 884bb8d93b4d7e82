/*
 * refcount.c - counts and arcs of sync/refcount.h.
 *
 * The orders.  Retaining is relaxed: who retains has a reference already, and hands the
 * new one on by means that order it.  Releasing is a release, and the last to release
 * loads the word again with acquire: every decrement is a read-modify-write, so the
 * value it loads ends the release sequence of all of them, and what any holder did
 * happens before the destructor.  (The acquire could be a fence; a load says the same,
 * costs nothing more on x86-64 and riscv64, and thread sanitizers understand it.)
 *
 * Upgrading takes a strong reference only while there is one.  Its success is an acquire
 * as the weak reference may have come from an earlier time: what a holder did before it
 * released its own strong reference is seen by who upgrades after.
 *
 * All strong references together hold one weak reference.  So the memory outlives the
 * destructor, and the word of the strong count can be asked by those who hold weak ones.
 */
#include "sync/refcount.h"

#include "base/assert.h"
#include "base/checked.h"
#include "self.h"
#include "sync/memory.h"

void sync_count_init(struct sync_count *count) {
    sync_u32_store(&count->word, 1, SYNC_RELAXED);
}

static NO_INLINE _Noreturn void refuse(uint32_t before) {
    misuse("count", SYNC_RANK_NONE,
           before == 0 ? "of references is used after the last was released"
                       : "of references is as large as it may be");
}

void sync_count_retain(struct sync_count *count) {
    uint32_t before = sync_u32_add(&count->word, 1, SYNC_RELAXED);
    if (UNLIKELY(before - 1 >= SYNC_COUNT_MAX - 1)) {
        refuse(before);
    }
}

bool sync_count_retain_if_live(struct sync_count *count) {
    uint32_t found = sync_u32_load(&count->word, SYNC_RELAXED);
    for (;;) {
        if (found == 0) {
            return false;
        }
        if (UNLIKELY(found >= SYNC_COUNT_MAX)) {
            refuse(found);
        }
        if (sync_u32_compare_exchange_weak(&count->word, &found, found + 1, SYNC_ACQUIRE,
                                           SYNC_RELAXED)) {
            return true;
        }
    }
}

bool sync_count_release(struct sync_count *count) {
    uint32_t before = sync_u32_sub(&count->word, 1, SYNC_RELEASE);
    if (UNLIKELY(before == 0)) {
        refuse(before);
    }
    if (before != 1) {
        return false;
    }
    (void)sync_u32_load(&count->word, SYNC_ACQUIRE);   /* pairs with the releases of all others */
    return true;
}

uint32_t sync_count_now(const struct sync_count *count) {
    return sync_u32_load(&count->word, SYNC_RELAXED);
}

/* What lies before a payload. */
struct arc {
    struct sync_count strong;
    struct sync_count weak;        /* all the strong ones together have one of these */
    void (*destroy)(void *payload);
};

_Static_assert(sizeof(struct arc) == 16, "payloads stay aligned to 16");

/* What the count of weak references is while sync_arc_is_unique() looks at both. */
#define WEAK_LOCKED UINT32_MAX

static struct arc *arc_of(const void *payload) {
    return (struct arc *)(uintptr_t)payload - 1;
}

static struct arc *arc_of_weak(struct sync_arc_weak *weak) {
    return (struct arc *)(void *)weak;
}

static struct sync_arc_weak *weak_of(struct arc *arc) {
    return (struct sync_arc_weak *)(void *)arc;
}

void *sync_arc_create(size_t bytes, void (*destroy)(void *payload)) {
    size_t all_bytes;
    if (!checked_add(bytes, sizeof(struct arc), &all_bytes)) {
        return NULL;
    }
    struct arc *arc = sync_alloc_zero(1, all_bytes);
    if (arc == NULL) {
        return NULL;
    }
    sync_count_init(&arc->strong);
    sync_count_init(&arc->weak);
    arc->destroy = destroy;
    return arc + 1;
}

void *sync_arc_retain(void *payload) {
    sync_count_retain(&arc_of(payload)->strong);
    return payload;
}

void sync_arc_release(void *payload) {
    if (payload == NULL) {
        return;
    }
    struct arc *arc = arc_of(payload);
    if (sync_count_release(&arc->strong)) {
        if (arc->destroy != NULL) {
            arc->destroy(payload);
        }
        sync_arc_weak_release(weak_of(arc));
    }
}

/*
 * Both counts must be 1 at one time, and there are two words.  While the count of weak
 * references is locked nobody can make one; so a strong count of 1 is the caller's own,
 * and was so since the lock.  Acquire on both: what others did before they released is
 * before the caller's changes.
 */
bool sync_arc_is_unique(void *payload) {
    struct arc *arc = arc_of(payload);
    uint32_t one = 1;
    if (!sync_u32_compare_exchange(&arc->weak.word, &one, WEAK_LOCKED, SYNC_ACQUIRE)) {
        return false;
    }
    bool is_unique = sync_u32_load(&arc->strong.word, SYNC_ACQUIRE) == 1;
    sync_u32_store(&arc->weak.word, 1, SYNC_RELEASE);   /* pairs with downgrade's acquire */
    return is_unique;
}

uint32_t sync_arc_count(const void *payload) {
    return sync_count_now(&arc_of(payload)->strong);
}

struct sync_arc_weak *sync_arc_downgrade(void *payload) {
    struct arc *arc = arc_of(payload);
    uint32_t found = sync_u32_load(&arc->weak.word, SYNC_RELAXED);
    for (;;) {
        if (found == WEAK_LOCKED) {
            sync_spin_hint();   /* a few instructions of another thread */
            found = sync_u32_load(&arc->weak.word, SYNC_RELAXED);
            continue;
        }
        if (UNLIKELY(found - 1 >= SYNC_COUNT_MAX - 1)) {
            refuse(found);
        }
        if (sync_u32_compare_exchange_weak(&arc->weak.word, &found, found + 1, SYNC_ACQUIRE,
                                           SYNC_RELAXED)) {
            return weak_of(arc);
        }
    }
}

void *sync_arc_upgrade(struct sync_arc_weak *weak) {
    struct arc *arc = arc_of_weak(weak);
    return sync_count_retain_if_live(&arc->strong) ? arc + 1 : NULL;
}

/* Not while the count is locked: who has a weak reference keeps it above 1. */
struct sync_arc_weak *sync_arc_weak_retain(struct sync_arc_weak *weak) {
    sync_count_retain(&arc_of_weak(weak)->weak);
    return weak;
}

void sync_arc_weak_release(struct sync_arc_weak *weak) {
    if (weak != NULL && sync_count_release(&arc_of_weak(weak)->weak)) {
        sync_free(weak);
    }
}
