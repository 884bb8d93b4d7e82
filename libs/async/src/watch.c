/* watch.c - async/watch.h: a handler that calls a waker. */
#include "async/watch.h"

#include <stddef.h>

static void run(void *argument) {
    struct async_watch *watch = argument;
    sync_waker_wake(&watch->waker);
}

void async_watch_init(struct async_watch *watch, struct sync_cancel *token) {
    *watch = (struct async_watch){ .token = token };
}

bool async_watch_begin(struct async_watch *watch, const struct sync_waker *waker) {
    if (watch->token == NULL) {
        return true;
    }
    if (watch->is_on && watch->waker.self == waker->self && watch->waker.wake == waker->wake) {
        return !async_watch_is_fired(watch);
    }
    async_watch_end(watch);
    watch->waker = *waker;
    watch->handler = (struct sync_cancel_handler){ .run = run, .argument = watch };
    watch->is_on = sync_cancel_watch(watch->token, &watch->handler);
    return watch->is_on;
}

void async_watch_end(struct async_watch *watch) {
    if (watch->is_on) {
        watch->is_on = false;
        (void)sync_cancel_unwatch(watch->token, &watch->handler);
    }
}

bool async_watch_is_fired(const struct async_watch *watch) {
    return sync_cancel_is_fired(watch->token);
}
