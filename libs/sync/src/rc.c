/* rc.c - references within one thread: plain counts, and a look at who uses them. */
#include "base/assert.h"
#include "base/checked.h"
#include "self.h"
#include "sync/memory.h"
#include "sync/refcount.h"

struct rc {
    uint32_t strong;
    uint32_t weak;            /* all the strong ones together have one of these */
    void (*destroy)(void *payload);
    uint64_t thread;          /* that made it */
    uint64_t unused;
};

_Static_assert(sizeof(struct rc) % 16 == 0, "payloads stay aligned to 16");

static _Noreturn void refuse(const char *what) {
    misuse("reference", SYNC_RANK_NONE, what);
}

static struct rc *check(struct rc *rc) {
    if (ASSERT_IS_SLOW && rc->thread != self_id(self_get())) {
        refuse("of one thread is used by another");
    }
    return rc;
}

static struct rc *rc_of(const void *payload) {
    return check((struct rc *)(uintptr_t)payload - 1);
}

static struct rc *rc_of_weak(struct sync_rc_weak *weak) {
    return check((struct rc *)(void *)weak);
}

static void retain(uint32_t *count) {
    if (UNLIKELY(*count == 0 || *count == SYNC_COUNT_MAX)) {
        refuse(*count == 0 ? "is used after the last was released"
                           : "is one more than there may be");
    }
    ++*count;
}

static bool release(uint32_t *count) {
    if (UNLIKELY(*count == 0)) {
        refuse("is used after the last was released");
    }
    return --*count == 0;
}

void *sync_rc_create(size_t bytes, void (*destroy)(void *payload)) {
    size_t all_bytes;
    if (!checked_add(bytes, sizeof(struct rc), &all_bytes)) {
        return NULL;
    }
    struct rc *rc = sync_alloc_zero(1, all_bytes);
    if (rc == NULL) {
        return NULL;
    }
    *rc = (struct rc){ .strong = 1, .weak = 1, .destroy = destroy,
                       .thread = ASSERT_IS_SLOW ? self_id(self_get()) : 0 };
    return rc + 1;
}

void *sync_rc_retain(void *payload) {
    retain(&rc_of(payload)->strong);
    return payload;
}

void sync_rc_release(void *payload) {
    if (payload == NULL) {
        return;
    }
    struct rc *rc = rc_of(payload);
    if (release(&rc->strong)) {
        if (rc->destroy != NULL) {
            rc->destroy(payload);
        }
        sync_rc_weak_release((struct sync_rc_weak *)(void *)rc);
    }
}

bool sync_rc_is_unique(const void *payload) {
    const struct rc *rc = rc_of(payload);
    return rc->strong == 1 && rc->weak == 1;
}

uint32_t sync_rc_count(const void *payload) {
    return rc_of(payload)->strong;
}

struct sync_rc_weak *sync_rc_downgrade(void *payload) {
    struct rc *rc = rc_of(payload);
    retain(&rc->weak);
    return (struct sync_rc_weak *)(void *)rc;
}

void *sync_rc_upgrade(struct sync_rc_weak *weak) {
    struct rc *rc = rc_of_weak(weak);
    if (rc->strong == 0) {
        return NULL;
    }
    retain(&rc->strong);
    return rc + 1;
}

struct sync_rc_weak *sync_rc_weak_retain(struct sync_rc_weak *weak) {
    retain(&rc_of_weak(weak)->weak);
    return weak;
}

void sync_rc_weak_release(struct sync_rc_weak *weak) {
    if (weak != NULL) {
        struct rc *rc = rc_of_weak(weak);
        if (release(&rc->weak)) {
            sync_free(rc);
        }
    }
}
