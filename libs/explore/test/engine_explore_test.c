/*
 * engine_explore_test.c - programs that deserve a verdict, and their repaired twins.
 *
 * Run as an explored program each case is one that holds; the broken ones are run by
 * verdict_test.c, which expects what they deserve.
 */
#include "base/attr.h"
#include "explore/explore.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait.h"

static const struct sync_thread_options options = { .name = "case" };

static void start(struct sync_thread *thread, sync_thread_body body, void *argument) {
    EXPLORE_CHECK(sync_thread_start(thread, &options, body, argument) == STATUS_OK);
}

/* ---- a counter under a mutex ---- */

enum { THREADS = 3, TURNS = 3 };

static struct {
    struct sync_mutex mutex;
    int count;
} counter;

static void count_up(void *argument) {
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        sync_mutex_lock(&counter.mutex);
        counter.count++;
        sync_mutex_unlock(&counter.mutex);
    }
}

static void a_mutex_excludes(void) {
    struct sync_thread threads[THREADS];
    counter.count = 0;
    sync_mutex_init(&counter.mutex, SYNC_RANK_LEAF);
    for (int i = 0; i < THREADS; i++) {
        start(&threads[i], count_up, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        sync_thread_join(&threads[i]);
    }
    EXPLORE_CHECK(counter.count == THREADS * TURNS);
    sync_mutex_finish(&counter.mutex);
}

/* ---- a sleeper that looks again ---- */

static struct sync_u32 word;

static void set_and_wake(void *argument) {
    (void)argument;
    sync_u32_store(&word, 1, SYNC_RELEASE);
    sync_wake(&word, 1);
}

static void no_wake_up_is_lost(void) {
    struct sync_thread thread;
    word = (struct sync_u32){ 0 };
    start(&thread, set_and_wake, NULL);
    while (sync_u32_load(&word, SYNC_ACQUIRE) == 0) {
        (void)!sync_wait(&word, 0, SYNC_NO_DEADLINE);
    }
    sync_thread_join(&thread);
}

static void a_deadline_passes_in_no_time(void) {
    word = (struct sync_u32){ 0 };
    EXPLORE_CHECK(sync_wait(&word, 0, 1000000) == STATUS_TIMED_OUT);
}

static const struct explore_case cases[] = {
    { .name = "a_mutex_excludes", .body = a_mutex_excludes },
    { .name = "no_wake_up_is_lost", .body = no_wake_up_is_lost,
      .plan = { .strategy = EXPLORE_BOUNDED, .preemptions = 3 } },
    { .name = "a_deadline_passes_in_no_time", .body = a_deadline_passes_in_no_time },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
