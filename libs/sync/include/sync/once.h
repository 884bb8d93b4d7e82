/*
 * sync/once.h - make something ready, once, by whoever comes first.
 *
 * The first caller runs the initialiser, those that come meanwhile wait for it, and
 * those that come later pay one load.  An initialiser may fail with a status: then its
 * caller gets that status, and the next caller, or one that waits, tries again.  One
 * that panics poisons the once, as nobody knows how far it came.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any; what the initialiser did is seen by whoever is told STATUS_OK
 * Memory:   the caller's; a zeroed once has not run.  Nothing is to be released
 * Errors:   STATUS_TIMED_OUT another thread still runs the initialiser;
 *           STATUS_POISONED it panicked; else the initialiser's own.  An initialiser
 *           that asks for its own once stops every build
 * Source:   Rust's std::sync::Once and OnceCell's get_or_try_init
 * Depends:  base, sync/atomic.h
 */
#ifndef SYNC_ONCE_H
#define SYNC_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"

struct sync_once {
    struct sync_u32 state;
    _Atomic uint64_t runner;   /* sync_thread_self_id() of who runs the initialiser */
};

enum {
    SYNC_ONCE_NEW,
    SYNC_ONCE_RUNNING,
    SYNC_ONCE_WAITED_FOR,      /* runs, and others sleep until it ends */
    SYNC_ONCE_DONE,
    SYNC_ONCE_POISONED
};

/* No lock is held for it while it runs, so it may take any. */
typedef enum status (*sync_once_initialiser)(void *argument);

/*
 * Ready after STATUS_OK.  Otherwise as the header says; the deadline is for waiting, not
 * for the caller's own run of the initialiser.  O(1) but for these.
 */
MUST_CHECK enum status sync_once_run(struct sync_once *once, sync_once_initialiser initialise,
                                     void *argument, uint64_t deadline_ns);

/* Ready?  What made it so is seen after true. */
static inline bool sync_once_is_done(const struct sync_once *once) {
    return sync_u32_load(&once->state, SYNC_ACQUIRE) == SYNC_ONCE_DONE;
}

/* By who has cleaned up after the panic: the next caller runs an initialiser again. */
void sync_once_clear_poison(struct sync_once *once);

#endif
