/*
 * once.c - sync/once.h: a word with five states.
 *
 * New to running is taken by one thread.  Running to waited for is a note of those who
 * are about to sleep, so that a once without contention ends without a system call.  From
 * either, the runner goes to done, back to new, or to poisoned with one release, which
 * pairs with the acquire of whoever reads that state, and wakes all: of those, after a
 * failure, one takes the next turn and the others sleep again.
 */
#include "sync/once.h"

#include <stdatomic.h>

#include "self.h"
#include "sync/wait.h"

static void end(struct sync_once *once, uint32_t state) {
    atomic_store_explicit(&once->runner, 0, memory_order_relaxed);
    if (sync_u32_exchange(&once->state, state, SYNC_RELEASE) == SYNC_ONCE_WAITED_FOR) {
        sync_wake(&once->state, UINT32_MAX);
    }
}

/* The initialiser panicked; the once is on the list of what its thread holds. */
static void abandon(void *once) {
    end(once, SYNC_ONCE_POISONED);
}

static const struct held_kind kind = { .name = "once", .abandon = abandon };

static enum status run(struct sync_once *once, sync_once_initialiser initialise,
                       void *argument) {
    struct self *self = self_get();
    atomic_store_explicit(&once->runner, self_id(self), memory_order_relaxed);
    held_watch(self, once, &kind, SYNC_RANK_NONE);
    held_push(self, once, &kind, SYNC_RANK_NONE);
    enum status status = initialise(argument);
    if (!held_pop(self, once)) {
        misuse("once", SYNC_RANK_NONE, "is ended by a thread that does not run it");
    }
    end(once, status == STATUS_OK ? SYNC_ONCE_DONE : SYNC_ONCE_NEW);
    return status;
}

/* Sleep until the running initialiser ends; STATUS_TIMED_OUT as of sync_wait(). */
static enum status await_runner(struct sync_once *once, uint32_t state, uint64_t deadline_ns) {
    struct self *self = self_get();
    if (atomic_load_explicit(&once->runner, memory_order_relaxed) == self_id(self)) {
        misuse("once", SYNC_RANK_NONE, "is asked for by its own initialiser");
    }
    held_watch(self, once, &kind, SYNC_RANK_NONE);
    if (state == SYNC_ONCE_RUNNING &&
        !sync_u32_compare_exchange(&once->state, &state, SYNC_ONCE_WAITED_FOR, SYNC_RELAXED)) {
        return STATUS_OK;   /* changed: look again */
    }
    return sync_wait(&once->state, SYNC_ONCE_WAITED_FOR, deadline_ns);
}

enum status sync_once_run(struct sync_once *once, sync_once_initialiser initialise,
                          void *argument, uint64_t deadline_ns) {
    enum status waited = STATUS_OK;
    for (;;) {
        uint32_t state = sync_u32_load(&once->state, SYNC_ACQUIRE);
        if (state == SYNC_ONCE_DONE) {
            return STATUS_OK;
        }
        if (state == SYNC_ONCE_POISONED) {
            return STATUS_POISONED;
        }
        if (state != SYNC_ONCE_NEW) {
            if (waited == STATUS_TIMED_OUT) {
                return waited;
            }
            waited = await_runner(once, state, deadline_ns);
        } else if (sync_u32_compare_exchange(&once->state, &state, SYNC_ONCE_RUNNING,
                                             SYNC_ACQUIRE)) {
            return run(once, initialise, argument);
        }
    }
}

void sync_once_clear_poison(struct sync_once *once) {
    uint32_t poisoned = SYNC_ONCE_POISONED;
    (void)!sync_u32_compare_exchange(&once->state, &poisoned, SYNC_ONCE_NEW, SYNC_ACQ_REL);
}
