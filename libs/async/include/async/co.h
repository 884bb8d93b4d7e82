/*
 * async/co.h - poll functions that read like sequential text.
 *
 *     static enum async_poll echo_poll(struct async_future *self, struct async_context *context) {
 *         struct echo *echo = CONTAINER_OF(self, struct echo, future);
 *         CO_BEGIN(self);
 *         while (echo->left > 0) {
 *             async_receive_init(&echo->receive, echo->in, &echo->message, echo->token);
 *             CO_AWAIT_OK(self, context, &echo->receive.future);
 *             echo->left--;
 *         }
 *         CO_END(self);
 *     }
 *
 * The macros are a switch over the line to go on at.  So what is to live across an
 * await lies in the struct and not in local variables, an await does not stand inside
 * another switch, and two awaits do not share a line.  What a future awaits is dropped
 * when it is dropped.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none of its own
 * Memory:   the future's struct
 * Errors:   CO_AWAIT_OK and CO_TRY end the future with the status of what failed
 * Source:   Duff's device; Dunkels' protothreads (2006)
 * Depends:  base, async/task.h
 */
#ifndef ASYNC_CO_H
#define ASYNC_CO_H

#include "async/task.h"

#define CO_BEGIN(self)        \
    switch ((self)->resume) { \
    case 0:

/* Ends with STATUS_OK. */
#define CO_END(self) \
    }                \
    return async_finish((self), STATUS_OK)

#define CO_RETURN(self, status) return async_finish((self), (status))

/* Goes on when `child`, a struct async_future *, is finished. */
#define CO_AWAIT(self, context, child)                                      \
    do {                                                                    \
        (self)->awaiting = (child);                                         \
        (self)->resume = __LINE__;                                          \
        __attribute__((fallthrough));                                       \
    case __LINE__:                                                          \
        if (async_poll((self)->awaiting, (context)) == ASYNC_PENDING) {     \
            return ASYNC_PENDING;                                           \
        }                                                                   \
        (self)->awaiting = NULL;                                            \
    } while (0)

/* Ends with the status of a finished child, unless that is STATUS_OK. */
#define CO_TRY(self, child)                                   \
    do {                                                      \
        if ((child)->status != STATUS_OK) {                   \
            return async_finish((self), (child)->status);     \
        }                                                     \
    } while (0)

#define CO_AWAIT_OK(self, context, child)   \
    do {                                    \
        CO_AWAIT(self, context, child);     \
        CO_TRY(self, child);                \
    } while (0)

/* Lets every task that could run now have a turn first. */
#define CO_YIELD(self, context)                     \
    do {                                            \
        (self)->resume = __LINE__;                  \
        sync_waker_wake(&(context)->waker);         \
        return ASYNC_PENDING;                       \
    case __LINE__:;                                 \
    } while (0)

#endif
