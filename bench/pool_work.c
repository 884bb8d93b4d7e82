/* pool_work.c - the loops that every pool is measured with. */
#include "pool_work.h"

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "measure.h"
#include "sync/atomic.h"
#include "sync/clock.h"
#include "sync/random.h"
#include "sync/thread.h"

enum {
    TINY_COUNT = POOL_RESULTS, TINY_STEPS = 8, TINY_ROUNDS = 7, TINY_REPEATS = 10,
    SKEW_TASKS = 101, SKEW_BIG = 600000, SKEW_SMALL = 6000, SKEW_ROUNDS = 41,
    HOT_ROUNDS = 3000, COLD_ROUNDS = 101, PATIENCE = 100000,
    TRIPS = 50000, TRIPS_A_LOOK = 500,
    SUM_RUNS = 60, MS = 1000000, IDLE_MS = 200,
};

uint64_t pool_results[POOL_RESULTS];   /* external, so that the stores are kept */
static double values[TINY_COUNT];

/* A chain of shifts and exclusive ors (Marsaglia's xorshift), `steps` long. */
NO_INLINE static uint64_t work(uint64_t seed, int steps) {
    for (int i = 0; i < steps; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
    }
    return seed;
}

static void tiny_body(int index, void *context) {
    (void)context;
    pool_results[index] = work((uint64_t)index + 1, TINY_STEPS);
}

static void skew_body(int index, void *context) {
    (void)context;
    pool_results[index] = work((uint64_t)index + 1, index == 0 ? SKEW_BIG : SKEW_SMALL);
}

static struct sync_u32 present;

/* Both bodies must be running at once; gives up when the other never comes. */
static void meet_body(int index, void *context) {
    (void)index;
    (void)context;
    sync_u32_add(&present, 1, SYNC_SEQ_CST);
    for (int i = 0; i < PATIENCE && sync_u32_load(&present, SYNC_ACQUIRE) < 2; i++) {
        sync_spin_hint();
    }
}

static double meet_once(const struct pool_peer *peer) {
    sync_u32_store(&present, 0, SYNC_SEQ_CST);
    uint64_t start = sync_clock_ns();
    peer->each(2, meet_body, NULL);
    return (double)(sync_clock_ns() - start);
}

static void measure_meetings(const struct pool_peer *peer, double *figures) {
    static double times[HOT_ROUNDS];
    for (int i = 0; i < HOT_ROUNDS; i++) {
        times[i] = meet_once(peer);
    }
    figures[POOL_HOT] = measure_median(times, HOT_ROUNDS);
    for (int i = 0; i < COLD_ROUNDS; i++) {
        sync_sleep_ns(3 * MS);
        times[i] = meet_once(peer);
    }
    figures[POOL_COLD] = measure_median(times, COLD_ROUNDS);
}

static void measure_idle(const struct pool_peer *peer, double *figures) {
    peer->each(64, skew_body, NULL);
    uint64_t start = sync_process_cpu_ns();
    sync_sleep_ns((uint64_t)IDLE_MS * MS);
    figures[POOL_IDLE] = (double)(sync_process_cpu_ns() - start) / ((double)IDLE_MS * MS);
}

/*
 * The kernel adds a running thread's time to its process at a tick, so loops last for
 * many ticks: one of 5 ms would leave half of a busy helper out.
 */
static void run_tiny(void *context) {
    const struct pool_peer *peer = context;
    for (int i = 0; i < TINY_REPEATS; i++) {
        peer->tiny(TINY_COUNT, tiny_body, NULL);
    }
}

/* Through a pointer the compiler cannot see through, as in every pool. */
static void run_tiny_serial(void *context) {
    (void)context;
    pool_body volatile body = tiny_body;
    pool_body fixed = body;
    for (int i = 0; i < TINY_REPEATS; i++) {
        for (int k = 0; k < TINY_COUNT; k++) {
            fixed(k, NULL);
        }
    }
}

static void run_skew(void *context) {
    const struct pool_peer *peer = context;
    peer->each(SKEW_TASKS, skew_body, NULL);
}

static void run_skew_serial(void *context) {
    (void)context;
    pool_body volatile body = skew_body;
    for (int i = 0; i < SKEW_TASKS; i++) {
        body(i, NULL);
    }
}

static struct measure_body body_of(void (*run)(void *), const struct pool_peer *peer) {
    /* measure() hands the context back to `run`, which only reads it. */
    return (struct measure_body){ .run = run, .context = (void *)(uintptr_t)peer };
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void fill_values(void) {
    struct sync_sequence sequence = { 7 };
    for (int i = 0; i < TINY_COUNT; i++) {
        double top = (double)(sync_sequence_next(&sequence) >> 11) - 4503599627370496.0;
        values[i] = top / (double)(1 + sync_sequence_below(&sequence, 1000));
    }
}

static void measure_sums(const struct pool_peer *peer, double *figures) {
    static uint64_t seen[SUM_RUNS];
    int distinct = 0;
    uint64_t start = sync_process_cpu_ns();
    for (int run = 0; run < SUM_RUNS; run++) {
        uint64_t bits = bits_of(peer->sum(values, TINY_COUNT));
        int i = 0;
        while (i < distinct && seen[i] != bits) {
            i++;
        }
        seen[i] = bits;
        distinct += i == distinct;
    }
    figures[POOL_SUMS] = distinct;
    figures[POOL_SUM_CPU] = (double)(sync_process_cpu_ns() - start) / SUM_RUNS;
}

static void measure_skew(const struct pool_peer *peer, double *figures) {
    struct measure_body skew[] = { body_of(run_skew_serial, peer), body_of(run_skew, peer) };
    measure(skew, 2, SKEW_ROUNDS, MEASURE_WALL, 3000);
    figures[POOL_SKEW] = skew[0].median_ns / skew[1].median_ns;
}

void pool_measure(const struct pool_peer *peer, int workers, int is_busy,
                  double out_figures[POOL_FIGURES]) {
    memset(out_figures, 0, POOL_FIGURES * sizeof(*out_figures));
    fill_values();
    peer->start(workers);
    peer->each(2, skew_body, NULL);
    measure_skew(peer, out_figures);
    if (is_busy) {
        return;
    }
    measure_meetings(peer, out_figures);
    measure_idle(peer, out_figures);
    struct measure_body tiny[] = { body_of(run_tiny_serial, peer), body_of(run_tiny, peer) };
    measure(tiny, 2, TINY_ROUNDS, MEASURE_PROCESS_CPU, 0);
    out_figures[POOL_TINY_SERIAL] = tiny[0].median_ns / TINY_COUNT / TINY_REPEATS;
    out_figures[POOL_TINY] = tiny[1].median_ns / TINY_COUNT / TINY_REPEATS;
    measure_sums(peer, out_figures);
}

static struct sync_u32 ball;

static void hit_back(void *argument) {
    (void)argument;
    for (uint32_t turn = 1; turn < 2 * TRIPS; turn += 2) {
        while (sync_u32_load(&ball, SYNC_ACQUIRE) != turn) {
        }
        sync_u32_store(&ball, turn + 1, SYNC_RELEASE);
    }
}

double pool_round_trip_ns(void) {
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    struct sync_thread thread;
    struct sync_thread_options options = { .cpu = cpus[count - 1] };
    if (count < 2 || sync_cpu_pin(cpus[0]) != STATUS_OK ||
        sync_thread_start(&thread, &options, hit_back, NULL) != STATUS_OK) {
        return 0;
    }
    double best = 1e9;
    uint64_t start = sync_clock_ns();
    for (uint32_t turn = 1; turn < 2 * TRIPS; turn += 2) {
        sync_u32_store(&ball, turn, SYNC_RELEASE);
        while (sync_u32_load(&ball, SYNC_ACQUIRE) != turn + 1) {
        }
        if (turn / 2 % TRIPS_A_LOOK == TRIPS_A_LOOK - 1) {
            uint64_t now = sync_clock_ns();
            double each = (double)(now - start) / TRIPS_A_LOOK;
            best = each < best ? each : best;
            start = now;
        }
    }
    sync_thread_join(&thread);
    (void)!sync_cpu_pin(SYNC_CPU_ANY);
    return best;
}

uint64_t pool_workpool_sum_bits(int workers) {
    fill_values();
    pool_workpool.start(workers);
    return bits_of(pool_workpool.sum(values, TINY_COUNT));
}
