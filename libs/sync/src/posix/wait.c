/* wait.c - sync/wait.h on Linux futexes. */
#include "sync/wait.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000 };

/* The bitset form takes an absolute time of CLOCK_MONOTONIC. */
enum status sync_wait(const struct sync_u32 *word, uint32_t expected, uint64_t deadline_ns) {
    struct timespec deadline = { .tv_sec = (time_t)(deadline_ns / NS_PER_S),
                                 .tv_nsec = (long)(deadline_ns % NS_PER_S) };
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                          deadline_ns == SYNC_NO_DEADLINE ? NULL : &deadline, NULL,
                          FUTEX_BITSET_MATCH_ANY);
    return result == -1 && errno == ETIMEDOUT ? STATUS_TIMED_OUT : STATUS_OK;
}

void sync_wake(const struct sync_u32 *word, uint32_t count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count > INT_MAX ? INT_MAX : (int)count, NULL,
            NULL, 0);
}
