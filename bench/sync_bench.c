/*
 * sync_bench.c - locks and threads of libs/sync beside those of the C library.
 *
 * Work on one thread is measured in its CPU time.  Where two threads fight, both the
 * wall time and the CPU time of all are shown: sleeping saves one and costs the other.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "base/attr.h"
#include "measure.h"
#include "sync/clock.h"
#include "sync/lock.h"
#include "sync/mutex.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { ALONE = 200000, FOUGHT = 100000, STARTS = 500, ROUNDS = 31, FIGHTERS = 2 };

/* One kind of lock under one name; `take` and `give` are the whole difference. */
struct contest {
    void (*run)(struct contest *contest, long turns);
    long turns;
    unsigned outside;        /* work between two turns, in steps of a generator */
    volatile uint64_t guarded;
    struct sync_mutex mutex;
    struct sync_lock lock;
    pthread_mutex_t peer;
};

static void work(unsigned steps, uint64_t *state) {
    for (unsigned i = 0; i < steps; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
    }
    __asm__ volatile("" : "+r"(*state));
}

#define CONTEST(NAME, TAKE, GIVE)                              \
    static void NAME(struct contest *contest, long turns) {    \
        uint64_t state = 1;                                    \
        for (long i = 0; i < turns; i++) {                     \
            TAKE;                                              \
            contest->guarded++;                                \
            GIVE;                                              \
            work(contest->outside, &state);                    \
        }                                                      \
    }

#define FAR_DEADLINE_NS (UINT64_C(1) << 60)
static const struct timespec far_deadline = { 1 << 30, 0 };

CONTEST(run_mutex, sync_mutex_lock(&contest->mutex), sync_mutex_unlock(&contest->mutex))
CONTEST(run_until, (void)!sync_mutex_lock_until(&contest->mutex, FAR_DEADLINE_NS),
        sync_mutex_unlock(&contest->mutex))
CONTEST(run_lock, sync_lock_acquire(&contest->lock), sync_lock_release(&contest->lock))
CONTEST(run_peer, pthread_mutex_lock(&contest->peer), pthread_mutex_unlock(&contest->peer))
CONTEST(run_peer_until,
        (void)pthread_mutex_clocklock(&contest->peer, CLOCK_MONOTONIC, &far_deadline),
        pthread_mutex_unlock(&contest->peer))

static void alone(void *context) {
    struct contest *contest = context;
    contest->run(contest, contest->turns);
}

/* With one thread in the process the C library leaves out the locked instructions. */
static void sleep_until_told(void *argument) {
    struct sync_u32 *is_over = argument;
    while (sync_u32_load(is_over, SYNC_ACQUIRE) == 0) {
        (void)!sync_wait(is_over, 0, SYNC_NO_DEADLINE);
    }
}

static void fighter(void *argument) {
    struct contest *contest = argument;
    contest->run(contest, contest->turns);
}

static void fight(void *context) {
    struct contest *contest = context;
    struct sync_thread threads[FIGHTERS];
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    contest->guarded = 0;
    for (uint32_t i = 0; i < FIGHTERS; i++) {
        struct sync_thread_options options = { .cpu = cpus[i % count] };
        ASSERT(sync_thread_start(&threads[i], &options, fighter, contest) == STATUS_OK);
    }
    for (uint32_t i = 0; i < FIGHTERS; i++) {
        sync_thread_join(&threads[i]);
    }
    ASSERT(contest->guarded == (uint64_t)FIGHTERS * (uint64_t)contest->turns);
}

static void init(struct contest *contest) {
    sync_mutex_init(&contest->mutex, SYNC_RANK_LEAF);
    pthread_mutex_init(&contest->peer, NULL);
}

typedef void (*contest_run)(struct contest *, long);

static void row_alone(const char *name, contest_run ours, contest_run peer, double bar) {
    struct contest contests[2] = { { .run = ours, .turns = ALONE },
                                   { .run = peer, .turns = ALONE } };
    init(&contests[0]);
    init(&contests[1]);
    struct measure_body bodies[2] = { { .run = alone, .context = &contests[0] },
                                      { .run = alone, .context = &contests[1] } };
    measure(bodies, 2, ROUNDS, MEASURE_THREAD_CPU, 0);
    measure_row(name, bodies[0].median_ns / ALONE, bodies[1].median_ns / ALONE, "ns", false, bar);
}

static void row_fight(const char *name, contest_run ours, unsigned outside,
                      enum measure_clock clock, double bar) {
    struct contest contests[2] = { { .run = ours, .turns = FOUGHT, .outside = outside },
                                   { .run = run_peer, .turns = FOUGHT, .outside = outside } };
    init(&contests[0]);
    init(&contests[1]);
    struct measure_body bodies[2] = { { .run = fight, .context = &contests[0] },
                                      { .run = fight, .context = &contests[1] } };
    measure(bodies, 2, ROUNDS, clock, 0);
    double turns = (double)FOUGHT * FIGHTERS;
    measure_row(name, bodies[0].median_ns / turns, bodies[1].median_ns / turns, "ns", false, bar);
}

static void nothing(void *argument) {
    (void)argument;
}

static void *peer_nothing(void *argument) {
    return argument;
}

static void start_ours(void *context) {
    (void)context;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    for (int i = 0; i < STARTS; i++) {
        struct sync_thread thread;
        ASSERT(sync_thread_start(&thread, &options, nothing, NULL) == STATUS_OK);
        sync_thread_join(&thread);
    }
}

static void start_peer(void *context) {
    (void)context;
    for (int i = 0; i < STARTS; i++) {
        pthread_t thread;
        ASSERT(pthread_create(&thread, NULL, peer_nothing, NULL) == 0);
        pthread_join(thread, NULL);
    }
}

static void call_nothing(void *context) {
    struct sync_panic panic;
    for (int i = 0; i < ALONE; i++) {
        ASSERT(!sync_panic_catch(nothing, context, &panic));
    }
}

static void call_plainly(void *context) {
    void (*volatile call)(void *) = nothing;
    for (int i = 0; i < ALONE; i++) {
        call(context);
    }
}

static void row_of(const char *name, void (*ours)(void *), void (*peer)(void *), int turns,
                   double bar) {
    struct measure_body bodies[2] = { { .run = ours }, { .run = peer } };
    measure(bodies, 2, ROUNDS, MEASURE_PROCESS_CPU, 0);
    measure_row(name, bodies[0].median_ns / turns, bodies[1].median_ns / turns, "ns", false, bar);
}

int main(void) {
    struct sync_u32 is_over = { 0 };
    struct sync_thread other;
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    ASSERT(sync_thread_start(&other, &options, sleep_until_told, &is_over) == STATUS_OK);
    row_alone("sync: mutex, alone", run_mutex, run_peer, 1.2);
    row_alone("sync: mutex with a deadline, alone", run_until, run_peer_until, 1.2);
    row_alone("sync: lock word, alone", run_lock, run_peer, 1.2);
    row_fight("sync: mutex, 2 threads, wall", run_mutex, 0, MEASURE_WALL, 1.2);
    row_fight("sync: mutex, 2 threads, CPU", run_mutex, 0, MEASURE_PROCESS_CPU, 1.2);
    row_fight("sync: mutex, 2 threads at work, wall", run_mutex, 200, MEASURE_WALL, 1.2);
    row_fight("sync: mutex, 2 threads at work, CPU", run_mutex, 200, MEASURE_PROCESS_CPU, 1.2);
    row_fight("sync: lock word, 2 threads, wall", run_lock, 0, MEASURE_WALL, 1.2);
    row_of("sync: start and join a thread, CPU", start_ours, start_peer, STARTS, 1.2);
    row_of("sync: a call that contains panics, CPU", call_nothing, call_plainly, ALONE, 0);
    sync_u32_store(&is_over, 1, SYNC_RELEASE);
    sync_wake(&is_over, 1);
    sync_thread_join(&other);
    return 0;
}
