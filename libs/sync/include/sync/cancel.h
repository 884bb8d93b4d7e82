/*
 * sync/cancel.h - tokens by which work is asked to stop.
 *
 * A token is fired once and stays fired.  Tokens form a tree: firing one fires those
 * below it and never the one above.  Work looks at its token from time to time, or
 * registers a handler that runs when the token is fired; every call of libs/channel and
 * libs/async that waits does that with the token it is given.
 *
 * What firing does, in this order: it marks the token and all below it, so that no
 * handler finds one of them unmarked; then it runs the handlers, the newest work first:
 * those of a token before those of the one above it, those of younger siblings before
 * those of older, and those of one token in the reverse order of registration.  All run
 * on the thread that fires, with no lock of the tokens held.
 *
 * Units:    none
 * Shapes:   a tree of tokens; neither its depth nor its breadth costs stack
 * Threads:  any, but for what is said at unwatch
 * Memory:   a token is counted: create and retain take a reference, release gives one
 *           back.  A child keeps what is above it in memory, not the reverse: released
 *           parents still pass on what is fired above them.  Handlers are the
 *           watcher's and lie in its memory until they have run or are unwatched
 * Errors:   STATUS_NO_MEMORY from create.  Releasing a token for the last time with
 *           handlers registered, releasing it once too often, and a handler that panics
 *           stop every build; firing with a lock of rank SYNC_RANK_CANCEL or later held
 *           stops check builds
 * Source:   .NET's CancellationTokenSource; Kotlin's jobs
 * Depends:  base
 */
#ifndef SYNC_CANCEL_H
#define SYNC_CANCEL_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/status.h"

struct sync_cancel;

/* A new token below `parent`, or on its own; fired already when the parent is.  O(1). */
MUST_CHECK enum status sync_cancel_create(struct sync_cancel *parent,
                                          struct sync_cancel **out_token);

/* Another reference to the token, which is returned.  O(1). */
struct sync_cancel *sync_cancel_retain(struct sync_cancel *token);

/* Give a reference back; NULL is ignored.  O(1), and 1 more for each token it ends. */
void sync_cancel_release(struct sync_cancel *token);

/*
 * Fire the token and all below it; nothing when it is fired already.  Returns when
 * every handler that was found has run.  A token below that another thread fires at the
 * same time is left to that thread, which may still be marking and running.  O(tokens
 * below + handlers).
 */
void sync_cancel_fire(struct sync_cancel *token);

/* What happened before the firing is seen after true.  NULL is never fired. */
bool sync_cancel_is_fired(const struct sync_cancel *token);

struct sync_cancel_handler {
    void (*run)(void *argument);   /* must neither panic nor wait for long */
    void *argument;
    struct sync_cancel_handler *newer, *older;   /* private from here on */
    bool is_registered;
};

/*
 * Let handler->run(handler->argument) run, once, when the token is fired.  False: it is
 * fired already, and the handler is neither registered nor run.  O(1).
 */
MUST_CHECK bool sync_cancel_watch(struct sync_cancel *token, struct sync_cancel_handler *handler);

/*
 * Afterwards the handler neither runs nor is running, and its memory is the caller's
 * again; so it waits while another thread runs it, and must not be called with a lock
 * that the handler takes.  The handler itself may call it.  True: it never ran, and
 * never will; false: it has run, or was not registered.
 */
bool sync_cancel_unwatch(struct sync_cancel *token, struct sync_cancel_handler *handler);

#endif
