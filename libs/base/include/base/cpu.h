/*
 * base/cpu.h - which vector instructions a kernel may use.
 *
 * Every vector kernel has a portable twin that gives the same bytes.  The level
 * is read once at start; cpu_set_level() lowers it so that tests and the
 * WEFT_CPU environment variable (read by the command-line kit) can run each twin.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  cpu_level() may be called anywhere; cpu_set_level() before threads start
 * Memory:   none
 * Errors:   none
 * Source:   compiler CPU detection built-ins
 * Depends:  none
 */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>

enum cpu_level {
    CPU_PORTABLE = 0,   /* plain C */
    CPU_AVX2 = 1,       /* x86-64 with AVX2, BMI1, BMI2, FMA (x86-64-v3) */
    CPU_AVX512 = 2,     /* and AVX-512 F, BW, DQ, VL (x86-64-v4) */
};

/* The highest level that may be used now. */
enum cpu_level cpu_level(void);

/* Use at most `level`; a level above the machine's is lowered to it. */
void cpu_set_level(enum cpu_level level);

/* Parse "portable", "avx2" or "avx512"; false for anything else. */
bool cpu_level_from_name(const char *name, enum cpu_level *out_level);

#endif
