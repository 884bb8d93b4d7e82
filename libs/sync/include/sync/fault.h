/*
 * sync/fault.h - make the world fail on purpose, at a place that can be named.
 *
 * Every allocation and every file operation that changes something counts its
 * kind up by one and asks whether this is the one to fail.  A test arms a fault,
 * runs, and looks; repeating with nth = 1, 2, 3 ... until nothing fails any more
 * visits every failure point there is.  A write that fails or is crashed in leaves
 * half of its bytes behind.
 *
 * Units:    nth counts operations of that kind from the arming, starting at 1
 * Shapes:   none
 * Threads:  arm and disarm while nothing else runs; counting is thread-safe
 * Memory:   none
 * Errors:   none
 * Source:   the failing-malloc sweeps of Lua and SQLite
 * Depends:  none
 */
#ifndef SYNC_FAULT_H
#define SYNC_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum sync_fault_kind {
    SYNC_FAULT_MEMORY,   /* an allocation gives NULL */
    SYNC_FAULT_FILE,     /* open for writing, write, sync, rename, remove, truncate fail */
    SYNC_FAULT_CRASH,    /* the process ends with SYNC_CRASH_EXIT before such an operation */
    SYNC_FAULT_KINDS
};

enum { SYNC_CRASH_EXIT = 86 };

/* Fail operation `nth` of `kind`; with `for_ever` also all later ones. */
void sync_fault_arm(enum sync_fault_kind kind, uint64_t nth, bool for_ever);

/* Stop failing; returns whether the fault was met. */
bool sync_fault_disarm(enum sync_fault_kind kind);

#endif
