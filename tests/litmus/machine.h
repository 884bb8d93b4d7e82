/*
 * machine.h - the litmus tests as C functions, run by threads of the machine.
 *
 * A run holds many instances of a program: each has locations of its own, a cache line
 * each, and places for what its threads read.
 */
#ifndef LITMUS_MACHINE_H
#define LITMUS_MACHINE_H

#include <stdint.h>

#include "sync/atomic.h"

enum {
    MACHINE_THREADS_MAX = 4,
    MACHINE_LOCATIONS_MAX = 4,
    MACHINE_WORDS_MAX = 12,          /* registers and last values of an outcome */
    MACHINE_INSTANCES = 1 << 11
};

struct machine_cell {
    struct sync_u32 word;
    uint32_t padding[15];
};

struct machine_run {
    struct machine_cell cells[MACHINE_LOCATIONS_MAX][MACHINE_INSTANCES];
    uint32_t results[MACHINE_WORDS_MAX][MACHINE_INSTANCES];
    struct sync_u32 arrived[MACHINE_INSTANCES];   /* threads that have reached an instance */
};

#define MACHINE_WORD(run, location, at) ((run)->cells[location][at].word)
#define MACHINE_RESULT(run, place, at) ((run)->results[place][at])

struct machine_program {
    const char *name;
    const char *words;      /* a letter for each register, then for each last value */
    uint32_t threads, locations, registers, finals;
    uint32_t final[MACHINE_LOCATIONS_MAX];
    void (*bodies[MACHINE_THREADS_MAX])(struct machine_run *run, uint32_t at);
};

extern const struct machine_program machine_programs[];
extern const uint32_t machine_program_count;

#endif
