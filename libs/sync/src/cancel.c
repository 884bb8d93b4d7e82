/* cancel.c - sync/cancel.h: a tree whose tokens each have a lock, one held at a time. */
#include "sync/cancel.h"

#include <stddef.h>
#include <stdint.h>

#include "self.h"
#include "sync/atomic.h"
#include "sync/lock.h"
#include "sync/memory.h"
#include "sync/panic.h"
#include "sync/refcount.h"
#include "sync/wait.h"

struct sync_cancel {
    struct sync_count references;      /* the users' and the children's */
    struct sync_u32 is_fired;          /* changed under the lock */
    struct sync_lock lock;             /* guards what follows, and the siblings of children */
    uint32_t waiting;                  /* for a handler to finish */
    struct sync_u32 finished;          /* handlers; changed under the lock, slept on without */
    struct sync_cancel *youngest;      /* child, while this is not fired */
    struct sync_cancel_handler *newest;
    const struct sync_cancel_handler *running;
    uint64_t runner;                   /* the thread that runs it */
    struct sync_cancel *parent;        /* never changes; this holds a reference to it */
    struct sync_cancel *younger, *older;   /* siblings, guarded by the parent's lock */
    bool is_attached;                      /* likewise: is among them */
    struct sync_cancel *next;          /* the detacher's: in its stack of tokens to mark */
    struct sync_cancel *below;         /* the marker's: in its stack of tokens to run */
};

static _Noreturn void misused(const char *what) {
    misuse("token", SYNC_RANK_CANCEL, what);
}

static void attach(struct sync_cancel *parent, struct sync_cancel *token) {
    sync_lock_acquire(&parent->lock);
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
    sync_lock_release(&parent->lock);
}

enum status sync_cancel_create(struct sync_cancel *parent, struct sync_cancel **out_token) {
    *out_token = NULL;
    struct sync_cancel *token = sync_alloc_zero(1, sizeof(*token));
    if (token == NULL) {
        return STATUS_NO_MEMORY;
    }
    sync_count_init(&token->references);
    if (parent != NULL) {
        token->parent = sync_cancel_retain(parent);
        attach(parent, token);
    }
    *out_token = token;
    return STATUS_OK;
}

struct sync_cancel *sync_cancel_retain(struct sync_cancel *token) {
    sync_count_retain(&token->references);
    return token;
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

/*
 * A child whose last reference is gone may still be among its siblings: who fires the
 * parent leaves it alone, and it takes itself off here, before its memory goes.
 */
static void leave_siblings(struct sync_cancel *token) {
    struct sync_cancel *parent = token->parent;
    sync_lock_acquire(&parent->lock);
    if (token->is_attached) {
        detach(parent, token);
    }
    sync_lock_release(&parent->lock);
}

void sync_cancel_release(struct sync_cancel *token) {
    while (token != NULL && sync_count_release(&token->references)) {
        struct sync_cancel *parent = token->parent;
        if (parent != NULL) {
            leave_siblings(token);
        }
        if (token->newest != NULL || token->running != NULL) {
            misused("is released for the last time while a handler is registered");
        }
        sync_free(token);
        token = parent;   /* whose reference was the token's */
    }
}

bool sync_cancel_is_fired(const struct sync_cancel *token) {
    return token != NULL && sync_u32_load(&token->is_fired, SYNC_ACQUIRE) != 0;
}

/*
 * Mark the token and put its children, each with a reference, on the stack of those to
 * mark, the oldest on top; false when it was marked already.
 */
static bool mark(struct sync_cancel *token, struct sync_cancel **pending) {
    sync_lock_acquire(&token->lock);
    bool is_first = sync_u32_load(&token->is_fired, SYNC_RELAXED) == 0;
    if (is_first) {
        sync_u32_store(&token->is_fired, 1, SYNC_RELEASE);
        struct sync_cancel *older = NULL;
        for (struct sync_cancel *child = token->youngest; child != NULL; child = older) {
            older = child->older;
            if (sync_count_retain_if_live(&child->references)) {
                detach(token, child);
                child->next = *pending;
                *pending = child;
            }
        }
    }
    sync_lock_release(&token->lock);
    return is_first;
}

static void handler_panicked(void *argument) {
    (void)argument;
    misused("has a handler that panics");
}

static void run_one(struct sync_cancel_handler *handler) {
    struct sync_cleanup cleanup;
    sync_cleanup_push(&cleanup, handler_panicked, NULL);
    handler->run(handler->argument);   /* which may end the handler's memory */
    sync_cleanup_pop(&cleanup, false);
}

/* Run what is registered, newest first.  Nothing is added: the token is marked. */
static void run_handlers(struct sync_cancel *token) {
    sync_lock_acquire(&token->lock);
    while (token->newest != NULL) {
        struct sync_cancel_handler *handler = token->newest;
        token->newest = handler->older;
        if (token->newest != NULL) {
            token->newest->newer = NULL;
        }
        handler->is_registered = false;
        token->running = handler;
        token->runner = self_id(self_get());
        sync_lock_release(&token->lock);
        run_one(handler);
        sync_lock_acquire(&token->lock);
        token->running = NULL;
        token->runner = 0;
        if (token->waiting > 0) {
            sync_u32_add(&token->finished, 1, SYNC_RELAXED);
            sync_wake(&token->finished, UINT32_MAX);
        }
    }
    sync_lock_release(&token->lock);
}

void sync_cancel_fire(struct sync_cancel *token) {
    held_check(self_get(), "token", SYNC_RANK_CANCEL);   /* handlers take locks after that */
    struct sync_cancel *marked = NULL;   /* parents below their children */
    struct sync_cancel *pending = NULL;
    for (struct sync_cancel *at = sync_cancel_retain(token); at != NULL;) {
        if (mark(at, &pending)) {
            at->below = marked;
            marked = at;
        } else {
            sync_cancel_release(at);
        }
        at = pending;
        pending = at != NULL ? at->next : NULL;
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
    sync_lock_acquire(&token->lock);
    if (sync_u32_load(&token->is_fired, SYNC_RELAXED) == 0) {
        handler->older = token->newest;
        if (handler->older != NULL) {
            handler->older->newer = handler;
        }
        token->newest = handler;
        handler->is_registered = true;
    }
    bool is_registered = handler->is_registered;
    sync_lock_release(&token->lock);
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
    sync_lock_acquire(&token->lock);
    bool was_registered = handler->is_registered;
    if (was_registered) {
        unlink_handler(token, handler);
    }
    while (token->running == handler && token->runner != self_id(self_get())) {
        uint32_t finished = sync_u32_load(&token->finished, SYNC_RELAXED);
        token->waiting++;
        sync_lock_release(&token->lock);
        (void)!sync_wait(&token->finished, finished, SYNC_NO_DEADLINE);
        sync_lock_acquire(&token->lock);
        token->waiting--;
    }
    sync_lock_release(&token->lock);
    return was_registered;
}
