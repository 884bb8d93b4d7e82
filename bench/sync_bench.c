/*
 * sync_bench.c - locks and threads of libs/sync beside those of the C library.
 *
 * Work on one thread is measured in its CPU time.  Where two threads fight, both the
 * wall time and the CPU time of all are shown: sleeping saves one and costs the other.
 * Other programs falsify a fight by taking a fighter off its CPU; of many bouts those
 * with the least of that are kept, and on a busy machine `chrt -f 10` lets no other in.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "base/attr.h"
#include "measure.h"
#include "sync/clock.h"
#include "sync/local.h"
#include "sync/lock.h"
#include "sync/mutex.h"
#include "sync/once.h"
#include "sync/rwlock.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { ALONE = 200000, FOUGHT = 200000, STARTS = 500, ROUNDS = 31, FIGHTERS = 2 };
enum { BOUTS = 24, KEPT = 9, PASSES = 1000 };

/* One kind of lock under one name; `take` and `give` are the whole difference. */
struct contest {
    void (*run)(struct contest *contest, long turns);
    long turns;
    unsigned inside;         /* work while holding it, in steps of a generator */
    unsigned outside;        /* and between two turns */
    volatile uint64_t guarded;
    struct sync_mutex mutex;
    struct sync_lock lock;
    pthread_mutex_t peer;
    pthread_mutex_t adaptive;   /* the peer that spins */
    struct sync_rwlock rwlock;
    pthread_rwlock_t peer_rwlock;
    struct sync_once once;
    pthread_once_t peer_once;
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
            work(contest->inside, &state);                     \
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
CONTEST(run_adaptive, pthread_mutex_lock(&contest->adaptive),
        pthread_mutex_unlock(&contest->adaptive))
CONTEST(run_peer_until,
        (void)pthread_mutex_clocklock(&contest->peer, CLOCK_MONOTONIC, &far_deadline),
        pthread_mutex_unlock(&contest->peer))

CONTEST(run_read, sync_rwlock_read(&contest->rwlock), sync_rwlock_read_unlock(&contest->rwlock))
CONTEST(run_write, sync_rwlock_write(&contest->rwlock), sync_rwlock_write_unlock(&contest->rwlock))
CONTEST(run_peer_read, pthread_rwlock_rdlock(&contest->peer_rwlock),
        pthread_rwlock_unlock(&contest->peer_rwlock))
CONTEST(run_peer_write, pthread_rwlock_wrlock(&contest->peer_rwlock),
        pthread_rwlock_unlock(&contest->peer_rwlock))

static enum status make_ready(void *unused) {
    (void)unused;
    return STATUS_OK;
}

static void make_peer_ready(void) {
}

CONTEST(run_once, (void)!sync_once_run(&contest->once, make_ready, NULL, SYNC_NO_DEADLINE), (void)0)
CONTEST(run_peer_once, pthread_once(&contest->peer_once, make_peer_ready), (void)0)

static struct sync_local local;
static pthread_key_t peer_local;

CONTEST(run_local, sync_local_set(&local, contest), contest = sync_local_get(&local))
CONTEST(run_peer_local, pthread_setspecific(peer_local, contest),
        contest = pthread_getspecific(peer_local))

static void alone(void *context) {
    struct contest *contest = context;
    contest->run(contest, contest->turns);
}

/* A word that threads count up and others wait for. */
static void arrive(struct sync_u32 *word) {
    sync_u32_add(word, 1, SYNC_RELEASE);
    sync_wake(word, UINT32_MAX);
}

static void wait_for(struct sync_u32 *word, uint32_t wanted) {
    uint32_t now = sync_u32_load(word, SYNC_ACQUIRE);
    for (; now < wanted; now = sync_u32_load(word, SYNC_ACQUIRE)) {
        (void)!sync_wait(word, now, SYNC_NO_DEADLINE);
    }
}

struct ring {
    struct contest *contest;
    struct sync_u32 ready, begun, done, over;
};

static void fighter(void *argument) {
    struct ring *ring = argument;
    arrive(&ring->ready);
    while (sync_u32_load(&ring->begun, SYNC_ACQUIRE) == 0) {
        sync_thread_yield();   /* so that both are on their CPUs when it begins */
    }
    ring->contest->run(ring->contest, ring->contest->turns);
    arrive(&ring->done);
    wait_for(&ring->over, 1);
}

/* One fight: its times, and how long the fighters waited for a CPU that others had. */
struct bout {
    double wall_ns, cpu_ns, delayed_ns;
};

static double delays_of(struct sync_thread threads[FIGHTERS], double *cpu_ns) {
    double sum = 0;
    for (int i = 0; i < FIGHTERS; i++) {
        struct sync_thread_times times = { 0 };
        (void)!sync_thread_times_read(&threads[i], &times);
        sum += (double)times.delayed_ns;
        *cpu_ns += (double)times.used_ns;
    }
    return sum;
}

static struct bout fight(struct contest *contest) {
    struct sync_thread threads[FIGHTERS];
    struct ring ring = { .contest = contest };
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    contest->guarded = 0;
    for (uint32_t i = 0; i < FIGHTERS; i++) {
        struct sync_thread_options options = { .cpu = cpus[i % count] };
        ASSERT(sync_thread_start(&threads[i], &options, fighter, &ring) == STATUS_OK);
    }
    wait_for(&ring.ready, FIGHTERS);
    double cpu_before = 0;
    double cpu_after = 0;
    double delayed = delays_of(threads, &cpu_before);
    uint64_t start = sync_clock_ns();
    sync_u32_store(&ring.begun, 1, SYNC_RELEASE);
    wait_for(&ring.done, FIGHTERS);
    double wall = (double)(sync_clock_ns() - start);
    delayed = delays_of(threads, &cpu_after) - delayed;
    arrive(&ring.over);
    for (uint32_t i = 0; i < FIGHTERS; i++) {
        sync_thread_join(&threads[i]);
    }
    ASSERT(contest->guarded == (uint64_t)FIGHTERS * (uint64_t)contest->turns);
    return (struct bout){ wall, cpu_after - cpu_before, delayed };
}

static int compare_delays(const void *a, const void *b) {
    double x = ((const struct bout *)a)->delayed_ns;
    double y = ((const struct bout *)b)->delayed_ns;
    return (x > y) - (x < y);
}

/* The medians of the bouts that others disturbed least. */
static struct bout judge(struct bout *bouts) {
    double walls[KEPT];
    double cpus[KEPT];
    qsort(bouts, BOUTS, sizeof(*bouts), compare_delays);
    for (int i = 0; i < KEPT; i++) {
        walls[i] = bouts[i].wall_ns;
        cpus[i] = bouts[i].cpu_ns;
    }
    return (struct bout){ measure_median(walls, KEPT), measure_median(cpus, KEPT),
                          bouts[KEPT - 1].delayed_ns };
}

static void init(struct contest *contest) {
    sync_mutex_init(&contest->mutex, SYNC_RANK_LEAF);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&contest->peer, NULL);
    pthread_mutex_init(&contest->adaptive, &attributes);
    pthread_mutexattr_destroy(&attributes);
    sync_rwlock_init(&contest->rwlock, SYNC_RANK_LEAF);
    pthread_rwlock_init(&contest->peer_rwlock, NULL);
    contest->peer_once = (pthread_once_t)PTHREAD_ONCE_INIT;
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

/* Beside the C library's plain mutex, or with a bar of 0 beside the one that spins. */
static void row_fight(const char *name, contest_run ours, unsigned inside, unsigned outside,
                      double bar) {
    struct contest contests[2] = { { .run = ours, .turns = FOUGHT },
                                   { .run = bar > 0 ? run_peer : run_adaptive, .turns = FOUGHT } };
    static struct bout bouts[2][BOUTS];
    char line[64];
    for (int i = 0; i < 2; i++) {
        init(&contests[i]);
        contests[i].inside = inside;
        contests[i].outside = outside;
    }
    for (int i = 0; i < BOUTS; i++) {
        bouts[0][i] = fight(&contests[0]);
        bouts[1][i] = fight(&contests[1]);
    }
    struct bout us = judge(bouts[0]);
    struct bout peer = judge(bouts[1]);
    double turns = (double)FOUGHT * FIGHTERS;
    snprintf(line, sizeof(line), "%s, wall", name);
    measure_row(line, us.wall_ns / turns, peer.wall_ns / turns, "ns", false, bar);
    snprintf(line, sizeof(line), "%s, CPU", name);
    measure_row(line, us.cpu_ns / turns, peer.cpu_ns / turns, "ns", false, bar);
    printf("# waited for a CPU in the worst bout kept: %.1f%% and %.1f%% of the time\n",
           100 * us.delayed_ns / us.wall_ns, 100 * peer.delayed_ns / peer.wall_ns);
}

/* With one thread in the process the C library leaves out the locked instructions. */
static void sleep_until_told(void *argument) {
    wait_for(argument, 1);
}

/* Two threads that pass a ball: each waits until the number is its own, and changes it. */
struct court {
    struct sync_mutex mutex;
    struct sync_condition condition;
    pthread_mutex_t peer_mutex;
    pthread_cond_t peer_condition;
    int ball;
};

static void play(struct court *court, int me) {
    for (int i = 0; i < PASSES; i++) {
        sync_mutex_lock(&court->mutex);
        while (court->ball != me) {
            (void)!sync_condition_wait(&court->condition, &court->mutex, SYNC_NO_DEADLINE);
        }
        court->ball = 1 - me;
        sync_condition_signal(&court->condition);
        sync_mutex_unlock(&court->mutex);
    }
}

static void play_peer(struct court *court, int me) {
    for (int i = 0; i < PASSES; i++) {
        pthread_mutex_lock(&court->peer_mutex);
        while (court->ball != me) {
            pthread_cond_wait(&court->peer_condition, &court->peer_mutex);
        }
        court->ball = 1 - me;
        pthread_cond_signal(&court->peer_condition);
        pthread_mutex_unlock(&court->peer_mutex);
    }
}

static void play_second(void *argument) {
    play(argument, 1);
}

static void play_peer_second(void *argument) {
    play_peer(argument, 1);
}

static void pass_ball(void *context) {
    struct sync_thread second;
    ASSERT(sync_thread_start(&second, NULL, play_second, context) == STATUS_OK);
    play(context, 0);
    sync_thread_join(&second);
}

static void pass_peer_ball(void *context) {
    struct sync_thread second;
    ASSERT(sync_thread_start(&second, NULL, play_peer_second, context) == STATUS_OK);
    play_peer(context, 0);
    sync_thread_join(&second);
}

static void row_court(void) {
    static struct court court;
    sync_mutex_init(&court.mutex, SYNC_RANK_LEAF);
    sync_condition_init(&court.condition);
    pthread_mutex_init(&court.peer_mutex, NULL);
    pthread_cond_init(&court.peer_condition, NULL);
    struct measure_body bodies[2] = { { .run = pass_ball, .context = &court },
                                      { .run = pass_peer_ball, .context = &court } };
    measure(bodies, 2, ROUNDS, MEASURE_WALL, 0);
    measure_row("sync: condition, a ball passed, wall", bodies[0].median_ns / (2 * PASSES),
                bodies[1].median_ns / (2 * PASSES), "ns", false, 1.2);
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
    row_alone("sync: rwlock, read alone", run_read, run_peer_read, 1.2);
    row_alone("sync: rwlock, written alone", run_write, run_peer_write, 1.2);
    row_alone("sync: once, when it is done", run_once, run_peer_once, 1.2);
    ASSERT(sync_local_init(&local, &(struct sync_local_options){ .initial = NULL }) == STATUS_OK);
    ASSERT(pthread_key_create(&peer_local, NULL) == 0);
    row_alone("sync: local, set and looked at", run_local, run_peer_local, 1.2);
    row_court();
    row_fight("sync: mutex, 2 threads", run_mutex, 0, 0, 1.2);
    row_fight("sync: mutex, 2 threads, 50 ns apart", run_mutex, 0, 50, 1.2);
    row_fight("sync: mutex, 2 threads, 400 ns apart", run_mutex, 0, 400, 1.2);
    row_fight("sync: mutex, 2 threads, held 200 ns", run_mutex, 200, 200, 1.2);
    row_fight("sync: mutex, adaptive peer", run_mutex, 0, 0, 0);
    row_fight("sync: mutex, adaptive peer, held 200 ns", run_mutex, 200, 200, 0);
    row_fight("sync: lock word, 2 threads", run_lock, 0, 0, 1.2);
    row_of("sync: start and join a thread, CPU", start_ours, start_peer, STARTS, 1.2);
    row_of("sync: a call that contains panics, CPU", call_nothing, call_plainly, ALONE, 0);
    arrive(&is_over);
    sync_thread_join(&other);
    return 0;
}
