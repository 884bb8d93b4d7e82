/* clock.c - sync/clock.h on clock_gettime. */
#include "sync/clock.h"

#include <errno.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

static uint64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t sync_clock_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t sync_process_cpu_ns(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t sync_thread_cpu_ns(void) {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void sync_sleep_ns(uint64_t duration_ns) {
    struct timespec left = { .tv_sec = (time_t)(duration_ns / NS_PER_S),
                             .tv_nsec = (long)(duration_ns % NS_PER_S) };
    while (nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
}
