/*
 * machine.c - runs the litmus tests on threads of this machine and counts what comes out.
 *
 *     litmus-machine [MILLISECONDS]    for each program: "NAME|OUTCOME=COUNT|..."
 *
 * It judges nothing: run.py compares with what RC11 allows.  It needs nothing but the
 * atomics of libs/sync and POSIX threads, so that it also makes a small static program
 * for a machine that is only emulated.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine.h"

enum { OUTCOMES_MAX = 256, SPINS_BEFORE_YIELD = 200, SPINS_AT_INSTANCE = 60 };

struct outcome {
    uint64_t key;     /* a byte a word */
    uint64_t rest;
    uint64_t count;
};

static struct machine_run run;
static const struct machine_program *program;
static struct sync_u32 turn;         /* counts up: even when the threads wait, odd when they run */
static struct sync_u32 finished;     /* threads that are through */
static struct sync_u32 is_over;
static uint32_t batch;               /* how the threads walk, of this turn */
static cpu_set_t everywhere;         /* CPUs that the process may use */
static struct outcome outcomes[OUTCOMES_MAX];
static uint32_t outcome_count;

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The words only grow, and may have gone past the value when a slow thread looks. */
static void wait_until(struct sync_u32 *word, uint32_t value) {
    for (uint32_t spins = 0; sync_u32_load(word, SYNC_ACQUIRE) < value; spins++) {
        if (spins % SPINS_BEFORE_YIELD == SPINS_BEFORE_YIELD - 1) {
            sched_yield();
        } else {
            sync_spin_hint();
        }
    }
}

/* Threads that meet right before an instance run it at the same time, more or less. */
static void meet(uint32_t at, uint32_t delay) {
    sync_u32_add(&run.arrived[at], 1, SYNC_ACQ_REL);
    for (uint32_t spins = 0; spins < SPINS_AT_INSTANCE; spins++) {
        if (sync_u32_load(&run.arrived[at], SYNC_ACQUIRE) >= program->threads) {
            break;
        }
        sync_spin_hint();
    }
    for (volatile uint32_t left = delay; left > 0; left--) {
    }
}

static void walk(uint32_t thread) {
    void (*body)(struct machine_run *, uint32_t) = program->bodies[thread];
    bool is_meeting = batch % 4 != 3;
    uint32_t delay = (batch / 4 + thread * (batch / 16)) % 8;
    for (uint32_t at = 0; at < MACHINE_INSTANCES; at++) {
        if (is_meeting) {
            meet(at, (at ^ thread) % (delay + 1));
        }
        body(&run, at);
    }
}

/* Threads on one CPU take turns, and see little of each other. */
static void spread(uint32_t thread) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    uint32_t left = thread % (uint32_t)CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && left-- == 0) {
            CPU_ZERO(&allowed);
            CPU_SET(cpu, &allowed);
            (void)sched_setaffinity(0, sizeof allowed, &allowed);
            return;
        }
    }
}

static void *thread_main(void *argument) {
    uint32_t thread = (uint32_t)(uintptr_t)argument;
    (void)sched_setaffinity(0, sizeof everywhere, &everywhere);
    spread(thread);
    for (uint32_t turns = 1;; turns += 2) {
        wait_until(&turn, turns);
        if (sync_u32_load(&is_over, SYNC_ACQUIRE)) {
            return NULL;
        }
        walk(thread);
        sync_u32_add(&finished, 1, SYNC_ACQ_REL);
        wait_until(&turn, turns + 1);
    }
}

static void count_outcome(uint64_t key, uint64_t rest) {
    uint32_t at = 0;
    while (at < outcome_count && (outcomes[at].key != key || outcomes[at].rest != rest)) {
        at++;
    }
    if (at == OUTCOMES_MAX) {
        fprintf(stderr, "litmus-machine: %s: more than %d outcomes\n", program->name, OUTCOMES_MAX);
        exit(1);
    }
    if (at == outcome_count) {
        outcomes[outcome_count++] = (struct outcome){ .key = key, .rest = rest };
    }
    outcomes[at].count++;
}

static void count_all(void) {
    uint32_t words = program->registers + program->finals;
    for (uint32_t at = 0; at < MACHINE_INSTANCES; at++) {
        uint64_t key[2] = { 0, 0 };
        for (uint32_t word = 0; word < words; word++) {
            uint32_t value = word < program->registers
                ? run.results[word][at]
                : sync_u32_load(&run.cells[program->final[word - program->registers]][at].word,
                                SYNC_RELAXED);
            key[word / 8] |= (uint64_t)(value & 0xff) << (word % 8 * 8);
        }
        count_outcome(key[0], key[1]);
    }
}

static void clear_all(void) {
    for (uint32_t at = 0; at < MACHINE_INSTANCES; at++) {
        for (uint32_t location = 0; location < program->locations; location++) {
            sync_u32_store(&run.cells[location][at].word, 0, SYNC_RELAXED);
        }
        sync_u32_store(&run.arrived[at], 0, SYNC_RELAXED);
    }
}

static void print_outcomes(void) {
    printf("%s", program->name);
    for (uint32_t at = 0; at < outcome_count; at++) {
        for (uint32_t word = 0; program->words[word]; word++) {
            uint64_t part = word < 8 ? outcomes[at].key : outcomes[at].rest;
            printf("%c%c=%u", word == 0 ? '|' : ' ', program->words[word],
                   (unsigned)(part >> (word % 8 * 8) & 0xff));
        }
        printf(":%llu", (unsigned long long)outcomes[at].count);
    }
    printf("\n");
    fflush(stdout);
}

static void run_program(uint64_t duration_ns) {
    pthread_t threads[MACHINE_THREADS_MAX];
    outcome_count = 0;
    sync_u32_store(&turn, 0, SYNC_RELAXED);
    sync_u32_store(&is_over, 0, SYNC_RELAXED);
    for (uintptr_t thread = 1; thread < program->threads; thread++) {   /* 0 is ourselves */
        if (pthread_create(&threads[thread], NULL, thread_main, (void *)thread) != 0) {
            fprintf(stderr, "litmus-machine: the system gives no thread\n");
            exit(1);
        }
    }
    uint64_t end = now_ns() + duration_ns;
    for (batch = 0; batch == 0 || now_ns() < end; batch++) {
        clear_all();
        sync_u32_store(&finished, 0, SYNC_RELAXED);
        sync_u32_add(&turn, 1, SYNC_ACQ_REL);
        walk(0);
        wait_until(&finished, program->threads - 1);
        sync_u32_add(&turn, 1, SYNC_ACQ_REL);
        count_all();
    }
    sync_u32_store(&is_over, 1, SYNC_RELEASE);
    sync_u32_add(&turn, 1, SYNC_ACQ_REL);
    for (uint32_t thread = 1; thread < program->threads; thread++) {
        pthread_join(threads[thread], NULL);
    }
    print_outcomes();
}

int main(int argc, char **argv) {
    uint64_t milliseconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 30;
    (void)sched_getaffinity(0, sizeof everywhere, &everywhere);
    spread(0);
    for (uint32_t at = 0; at < machine_program_count; at++) {
        program = &machine_programs[at];
        run_program(milliseconds * 1000000u);
    }
    return 0;
}
