/* team.h - a case's threads: start some, do one's own part, wait for them. */
#ifndef MUTANTS_TEAM_H
#define MUTANTS_TEAM_H

#include "explore/explore.h"
#include "base/attr.h"
#include "sync/thread.h"

enum { TEAM_MAX = 4 };

/* Each of the `count` bodies on a thread of its own, the first on the caller's. */
static inline void team_run(void (*const *bodies)(void *), size_t count) {
    struct sync_thread threads[TEAM_MAX];
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(count <= TEAM_MAX);
    for (size_t i = 1; i < count; i++) {
        EXPLORE_CHECK(sync_thread_start(&threads[i], &options, bodies[i], NULL) == STATUS_OK);
    }
    bodies[0](NULL);
    for (size_t i = 1; i < count; i++) {
        sync_thread_join(&threads[i]);
    }
}

#define TEAM_RUN(...) \
    team_run((void (*const[])(void *)){ __VA_ARGS__ }, \
             sizeof((void (*const[])(void *)){ __VA_ARGS__ }) / sizeof(void (*)(void *)))

#endif
