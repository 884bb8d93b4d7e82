/*
 * seed_mutex.c - a mutex that parks without looking again, as plans often have it.
 *
 * lock: compare-exchange the state from 0 to 1; where that fails, park, and try again.
 * unlock: store 0, unpark the waiters.  Between the failed compare-exchange and the
 * park the owner may unlock: it finds nobody to unpark, and the thread that parks then
 * sleeps beside a free mutex.  libs/sync tells the lock word that somebody waits, and
 * sleeps only while it still says so.
 *
 * The case must fail, and does so with two preemptions: of the owner, and of the waiter.
 */
#include "explore/explore.h"
#include "base/attr.h"
#include "sync/thread.h"
#include "sync/wait.h"

static struct {
    struct sync_u32 state;
    struct sync_u32 unparks;   /* what the waiters sleep on */
} mutex;
static uint32_t visits;

static void park_current_thread(void) {
    uint32_t heard = sync_u32_load(&mutex.unparks, SYNC_SEQ_CST);
    EXPLORE_CHECK(sync_wait(&mutex.unparks, heard, SYNC_NO_DEADLINE) == STATUS_OK);
}

static void unpark_waiters(void) {
    sync_u32_add(&mutex.unparks, 1, SYNC_SEQ_CST);
    sync_wake(&mutex.unparks, UINT32_MAX);
}

static void lock(void) {
    uint32_t unlocked = 0;
    while (!sync_u32_compare_exchange(&mutex.state, &unlocked, 1, SYNC_SEQ_CST)) {
        park_current_thread();
        unlocked = 0;
    }
}

static void unlock(void) {
    sync_u32_store(&mutex.state, 0, SYNC_SEQ_CST);
    unpark_waiters();
}

static void visit(void *unused) {
    (void)unused;
    lock();
    visits++;
    unlock();
}

static void both_get_in(void) {
    struct sync_thread other;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(sync_thread_start(&other, &options, visit, NULL) == STATUS_OK);
    visit(NULL);
    sync_thread_join(&other);
    EXPLORE_CHECK(visits == 2);
}

static void forget(void) {
    mutex.state.word = 0;
    mutex.unparks.word = 0;
    visits = 0;
}

static const struct explore_case cases[] = {
    { .name = "both_get_in", .body = both_get_in, .reset = forget },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
