/* cancel.c - sync/cancel.h: a tree whose tokens each have a lock, one held at a time. */
#include "sync/cancel.h"

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "sync/atomic.h"
#include "sync/memory.h"
#include "sync/mutex.h"
#include "sync/park.h"
#include "sync/wait.h"

struct sync_cancel {
    struct sync_u32 references;        /* the users' and the children's */
    struct sync_u32 is_fired;
    struct sync_mutex lock;            /* guards what follows, and the siblings of children */
    struct sync_cancel *youngest;      /* children, while this is not fired */
    struct sync_cancel_handler *newest;
    const struct sync_cancel_handler *running;
    const struct sync_parker *runner;  /* who runs it, as a name of the thread */
    struct sync_u32 finished;          /* handlers, and what unwatch sleeps on */
    uint32_t waiting;                  /* for a handler to finish */
    struct sync_cancel *parent;        /* never changes; this holds a reference to it */
    struct sync_cancel *younger, *older;   /* siblings, guarded by the parent's lock */
    bool is_attached;                      /* likewise: is among them */
    struct sync_cancel *next;          /* the detacher's: in its queue of tokens to mark */
    struct sync_cancel *below;         /* the marker's: in its stack of tokens to run */
};

static void attach(struct sync_cancel *parent, struct sync_cancel *token) {
    sync_mutex_lock(&parent->lock);
    if (sync_u32_load(&parent->is_fired, SYNC_RELAXED) != 0) {   /* changes under the lock */
        sync_u32_store(&token->is_fired, 1, SYNC_RELAXED);       /* nobody else knows it yet */
    } else {
        token->older = parent->youngest;
        if (token->older != NULL) {
            token->older->younger = token;
        }
        parent->youngest = token;
        token->is_attached = true;
    }
    sync_mutex_unlock(&parent->lock);
}

enum status sync_cancel_create(struct sync_cancel *parent, struct sync_cancel **out_token) {
    *out_token = NULL;
    struct sync_cancel *token = sync_alloc_zero(1, sizeof(*token));
    if (token == NULL) {
        return STATUS_NO_MEMORY;
    }
    sync_mutex_init(&token->lock, SYNC_RANK_LEAF);
    sync_u32_store(&token->references, 1, SYNC_RELAXED);
    if (parent != NULL) {
        token->parent = sync_cancel_retain(parent);
        attach(parent, token);
    }
    *out_token = token;
    return STATUS_OK;
}

struct sync_cancel *sync_cancel_retain(struct sync_cancel *token) {
    uint32_t before = sync_u32_add(&token->references, 1, SYNC_RELAXED);
    ASSERT(before != 0 && before < UINT32_MAX / 2);
    return token;
}

/* One more reference, unless the last is gone: then its owner is about to detach it. */
static bool retain_if_live(struct sync_cancel *token) {
    uint32_t found = sync_u32_load(&token->references, SYNC_RELAXED);
    while (found != 0) {
        if (sync_u32_compare_exchange(&token->references, &found, found + 1, SYNC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* With the parent's lock held. */
static void detach(struct sync_cancel *parent, struct sync_cancel *token) {
    if (token->younger != NULL) {
        token->younger->older = token->older;
    } else {
        parent->youngest = token->older;
    }
    if (token->older != NULL) {
        token->older->younger = token->younger;
    }
    token->younger = token->older = NULL;
    token->is_attached = false;
}

void sync_cancel_release(struct sync_cancel *token) {
    while (token != NULL) {
        uint32_t before = sync_u32_sub(&token->references, 1, SYNC_RELEASE);
        ASSERT(before != 0);
        if (before != 1) {
            return;
        }
        sync_fence(SYNC_ACQUIRE);   /* after all that others did with it before they let go */
        struct sync_cancel *parent = token->parent;
        if (parent != NULL) {
            sync_mutex_lock(&parent->lock);
            if (token->is_attached) {
                detach(parent, token);
            }
            sync_mutex_unlock(&parent->lock);
        }
        ASSERT(token->newest == NULL && token->youngest == NULL && token->running == NULL);
        sync_mutex_finish(&token->lock);
        sync_free(token);
        token = parent;   /* whose reference was the token's */
    }
}

bool sync_cancel_is_fired(const struct sync_cancel *token) {
    return token != NULL && sync_u32_load(&token->is_fired, SYNC_ACQUIRE) != 0;
}

/*
 * Mark the token and put its children, each with a reference, behind the *last of a
 * queue; false when it was fired already.
 */
static bool mark(struct sync_cancel *token, struct sync_cancel ***last) {
    sync_mutex_lock(&token->lock);
    bool is_first = sync_u32_load(&token->is_fired, SYNC_RELAXED) == 0;
    if (is_first) {
        sync_u32_store(&token->is_fired, 1, SYNC_RELEASE);
        struct sync_cancel *older = NULL;
        for (struct sync_cancel *child = token->youngest; child != NULL; child = older) {
            older = child->older;
            if (retain_if_live(child)) {
                detach(token, child);
                child->next = NULL;
                **last = child;
                *last = &child->next;
            }
        }
    }
    sync_mutex_unlock(&token->lock);
    return is_first;
}

/* Run what is registered, newest first.  Nothing is added: the token is marked. */
static void run_handlers(struct sync_cancel *token) {
    sync_mutex_lock(&token->lock);
    while (token->newest != NULL) {
        struct sync_cancel_handler *handler = token->newest;
        token->newest = handler->older;
        if (token->newest != NULL) {
            token->newest->newer = NULL;
        }
        handler->is_registered = false;
        token->running = handler;
        token->runner = sync_parker_self();
        sync_mutex_unlock(&token->lock);
        handler->run(handler->argument);   /* which may end the handler's memory */
        sync_mutex_lock(&token->lock);
        token->running = NULL;
        token->runner = NULL;
        if (token->waiting > 0) {
            sync_u32_add(&token->finished, 1, SYNC_RELAXED);
            sync_wake(&token->finished, UINT32_MAX);
        }
    }
    sync_mutex_unlock(&token->lock);
}

void sync_cancel_fire(struct sync_cancel *token) {
    struct sync_cancel *marked = NULL;   /* the latest first */
    struct sync_cancel *queue = NULL;
    struct sync_cancel **last = &queue;
    for (struct sync_cancel *at = sync_cancel_retain(token); at != NULL;) {
        bool is_ours = mark(at, &last);
        struct sync_cancel *next = at == token ? queue : at->next;
        if (is_ours) {
            at->below = marked;
            marked = at;
        } else {
            sync_cancel_release(at);
        }
        at = next;
    }
    while (marked != NULL) {
        struct sync_cancel *at = marked;
        marked = at->below;
        run_handlers(at);
        sync_cancel_release(at);
    }
}

bool sync_cancel_watch(struct sync_cancel *token, struct sync_cancel_handler *handler) {
    handler->newer = NULL;
    handler->older = NULL;
    handler->is_registered = false;
    sync_mutex_lock(&token->lock);
    if (sync_u32_load(&token->is_fired, SYNC_RELAXED) == 0) {
        handler->older = token->newest;
        if (handler->older != NULL) {
            handler->older->newer = handler;
        }
        token->newest = handler;
        handler->is_registered = true;
    }
    bool is_registered = handler->is_registered;
    sync_mutex_unlock(&token->lock);
    return is_registered;
}

static void unlink_handler(struct sync_cancel *token, struct sync_cancel_handler *handler) {
    if (handler->newer != NULL) {
        handler->newer->older = handler->older;
    } else {
        token->newest = handler->older;
    }
    if (handler->older != NULL) {
        handler->older->newer = handler->newer;
    }
    handler->is_registered = false;
}

bool sync_cancel_unwatch(struct sync_cancel *token, struct sync_cancel_handler *handler) {
    sync_mutex_lock(&token->lock);
    bool was_registered = handler->is_registered;
    if (was_registered) {
        unlink_handler(token, handler);
    }
    while (token->running == handler && token->runner != sync_parker_self()) {
        uint32_t finished = sync_u32_load(&token->finished, SYNC_RELAXED);
        token->waiting++;
        sync_mutex_unlock(&token->lock);
        enum status status = sync_wait(&token->finished, finished, SYNC_NO_DEADLINE);
        ASSERT(status == STATUS_OK);
        sync_mutex_lock(&token->lock);
        token->waiting--;
    }
    sync_mutex_unlock(&token->lock);
    return was_registered;
}
