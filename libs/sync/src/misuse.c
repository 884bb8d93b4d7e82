/* misuse.c - how a lock or a thread that is used wrongly stops the program. */
#include <stdio.h>

#include "self.h"

const char *sync_rank_name(enum sync_rank rank) {
    static const char *const names[SYNC_RANK_COUNT] = {
        [SYNC_RANK_NONE] = "no rank",
        [SYNC_RANK_APPLICATION] = "application",
        [SYNC_RANK_COMPONENT] = "component",
        [SYNC_RANK_WORKPOOL_CALLER] = "workpool caller",
        [SYNC_RANK_WORKPOOL] = "workpool",
        [SYNC_RANK_CANCEL] = "cancel",
        [SYNC_RANK_SCOPE] = "scope",
        [SYNC_RANK_CHANNEL] = "channel",
        [SYNC_RANK_TIMER] = "timer",
        [SYNC_RANK_EXECUTOR] = "executor",
        [SYNC_RANK_LEAF] = "leaf",
    };
    return (unsigned)rank < SYNC_RANK_COUNT ? names[rank] : "unknown";
}

_Noreturn void misuse(const char *object, enum sync_rank rank, const char *what) {
    char text[160];
    snprintf(text, sizeof(text), rank == SYNC_RANK_NONE ? "a %s %s%s" : "a %s of rank %s %s",
             object, rank == SYNC_RANK_NONE ? what : sync_rank_name(rank),
             rank == SYNC_RANK_NONE ? "" : what);
    assert_failed(__FILE__, __LINE__, text);
}
