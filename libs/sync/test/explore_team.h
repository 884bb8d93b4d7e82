/* explore_team.h - for explored cases: some bodies, each on a thread of its own. */
#ifndef EXPLORE_TEAM_H
#define EXPLORE_TEAM_H

#include <stddef.h>

#include "base/attr.h"
#include "explore/explore.h"
#include "sync/thread.h"

enum { TEAM_MAX = 4 };

/* The first body runs on the caller's thread; returns when all have ended. */
static inline void team_run(void (*const *bodies)(void *), size_t count) {
    struct sync_thread threads[TEAM_MAX];
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(count >= 1 && count <= TEAM_MAX);
    for (size_t i = 1; i < count; i++) {
        EXPLORE_CHECK(sync_thread_start(&threads[i], &options, bodies[i], NULL) == STATUS_OK);
    }
    bodies[0](NULL);
    for (size_t i = 1; i < count; i++) {
        sync_thread_join(&threads[i]);
    }
}

#define TEAM(...)                                                                                \
    team_run((void (*const[])(void *)){ __VA_ARGS__ },                                           \
             COUNT_OF(((void (*const[])(void *)){ __VA_ARGS__ })))

#endif
