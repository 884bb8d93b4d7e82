/* clock.c - virtual time: it stands still while threads run. */
#include "sync/clock.h"

#include "explore/body.h"

uint64_t sync_clock_ns(void) {
    return explore_clock_ns();
}

uint64_t sync_process_cpu_ns(void) {
    return explore_clock_ns();
}

uint64_t sync_thread_cpu_ns(void) {
    return explore_clock_ns();
}

void sync_sleep_ns(uint64_t duration_ns) {
    explore_sleep(duration_ns);
}
