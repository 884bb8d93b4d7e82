/* explore_body.h - the bodies of explore_bench.h, which two files compile differently. */
#ifndef BENCH_EXPLORE_BODY_H
#define BENCH_EXPLORE_BODY_H

#include <stdbool.h>

#include "base/attr.h"
#include "explore/explore.h"
#include "explore_bench.h"
#include "sync/lock.h"
#include "sync/mutex.h"
#include "sync/thread.h"

enum { THREADS = 3, TURNS = 3 };

static struct sync_lock word;
static struct sync_mutex mutex;
static unsigned count;

static void take_word(void *argument) {
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        sync_lock_acquire(&word);
        count++;
        sync_lock_release(&word);
    }
}

static void take_mutex(void *argument) {
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        sync_mutex_lock(&mutex);
        count++;
        sync_mutex_unlock(&mutex);
    }
}

static inline void run_threads(sync_thread_body body) {
    struct sync_thread threads[THREADS];
    count = 0;
    for (int i = 0; i < THREADS; i++) {
        EXPLORE_CHECK(sync_thread_start(&threads[i], NULL, body, NULL) == STATUS_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        sync_thread_join(&threads[i]);
    }
    EXPLORE_CHECK(count == THREADS * TURNS);
}

static inline void run_words(void) {
    run_threads(take_word);
}

static inline void run_mutexes(void) {
    sync_mutex_init(&mutex, SYNC_RANK_LEAF);
    run_threads(take_mutex);
    sync_mutex_finish(&mutex);
}

#endif
