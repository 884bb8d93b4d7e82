/*
 * sync/clock.h - time, for waiting and for measuring, never for results.
 *
 * Units:    nanoseconds
 * Shapes:   none
 * Threads:  any
 * Memory:   none
 * Errors:   none
 * Source:   clock_gettime(2) in the posix body
 * Depends:  none
 */
#ifndef SYNC_CLOCK_H
#define SYNC_CLOCK_H

#include <stdint.h>

/* Monotonic time since an unspecified start. */
uint64_t sync_clock_ns(void);

/* CPU time used by the whole process, and by the calling thread. */
uint64_t sync_process_cpu_ns(void);
uint64_t sync_thread_cpu_ns(void);

/* Sleep for at least `duration_ns`. */
void sync_sleep_ns(uint64_t duration_ns);

#endif
