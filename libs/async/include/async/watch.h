/*
 * async/watch.h - a task that waits is woken when a token is fired.
 *
 * What every future of this component does with the token it is given, for futures
 * written elsewhere to do too: begin at each poll that stays pending, end before the
 * future is ready and when it is dropped.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  one future's
 * Memory:   the future's; the token is borrowed while watched
 * Errors:   none
 * Source:   none
 * Depends:  base, sync
 */
#ifndef ASYNC_WATCH_H
#define ASYNC_WATCH_H

#include <stdbool.h>

#include "base/attr.h"
#include "sync/cancel.h"
#include "sync/waker.h"

struct async_watch {
    struct sync_cancel *token;             /* may be NULL: never fired */
    struct sync_waker waker;
    struct sync_cancel_handler handler;
    bool is_on;
};

void async_watch_init(struct async_watch *watch, struct sync_cancel *token);

/* Call the waker when the token is fired; again is fine.  False: it is fired already.  O(1). */
MUST_CHECK bool async_watch_begin(struct async_watch *watch, const struct sync_waker *waker);

/* Afterwards the waker is not called and not being called.  Nothing when not begun. */
void async_watch_end(struct async_watch *watch);

bool async_watch_is_fired(const struct async_watch *watch);

#endif
