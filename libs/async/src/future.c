/* future.c - giving futures up. */
#include "async/task.h"

void async_drop(struct async_future *future) {
    if (async_is_finished(future)) {
        return;
    }
    struct async_future *awaiting = future->awaiting;
    future->awaiting = NULL;
    if (awaiting != NULL) {
        async_drop(awaiting);   /* as deep as the poll that went there */
    }
    future->resume = ASYNC_FINISHED;
    future->status = STATUS_CANCELLED;
    if (future->kind->drop != NULL) {
        future->kind->drop(future);
    }
}
