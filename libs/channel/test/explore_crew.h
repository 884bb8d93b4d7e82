/* explore_crew.h - for explored cases: a channel, and some bodies each on a thread of its own. */
#ifndef CHANNEL_EXPLORE_CREW_H
#define CHANNEL_EXPLORE_CREW_H

#include <stddef.h>

#include "base/attr.h"
#include "channel/channel.h"
#include "explore/explore.h"
#include "sync/thread.h"

enum { CREW_MAX = 5 };

/* The first body runs on the caller's thread; returns when all have ended. */
static inline void crew_run(void (*const *bodies)(void *), size_t count) {
    struct sync_thread threads[CREW_MAX];
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(count >= 1 && count <= CREW_MAX);
    for (size_t i = 1; i < count; i++) {
        EXPLORE_CHECK(sync_thread_start(&threads[i], &options, bodies[i], NULL) == STATUS_OK);
    }
    bodies[0](NULL);
    for (size_t i = 1; i < count; i++) {
        sync_thread_join(&threads[i]);
    }
}

#define CREW(...)                                                                                  \
    crew_run((void (*const[])(void *)){ __VA_ARGS__ },                                             \
             COUNT_OF(((void (*const[])(void *)){ __VA_ARGS__ })))

/* A channel of 4-byte values: of `capacity`, or unbounded up to `ceiling`. */
static inline struct channel *crew_channel(uint32_t capacity, uint32_t ceiling) {
    struct channel_options options = { .value_bytes = sizeof(uint32_t),
                                       .capacity = capacity,
                                       .ceiling = ceiling };
    struct channel *channel;
    EXPLORE_CHECK(channel_create(&options, &channel) == STATUS_OK);
    return channel;
}

#endif
