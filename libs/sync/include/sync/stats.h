/*
 * sync/stats.h - how much a lock was fought for.
 *
 * Check and sanitizer builds count; release builds do not, and pay nothing.
 *
 * Units:    nanoseconds
 * Shapes:   none
 * Threads:  reading is for when nobody uses the lock, or whoever holds it
 * Memory:   the counts lie in the lock
 * Errors:   none
 * Source:   none
 * Depends:  base
 */
#ifndef SYNC_STATS_H
#define SYNC_STATS_H

#include <stdint.h>

struct sync_lock_stats {
    uint64_t acquisitions;
    uint64_t contentions;       /* acquisitions that found the lock held */
    uint64_t longest_wait_ns;
    uint32_t most_waiters;      /* at one time */
    uint32_t waiters;           /* now */
};

#endif
