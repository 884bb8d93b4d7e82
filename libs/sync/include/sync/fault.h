/*
 * sync/fault.h - make the world fail on purpose, at a place that can be named.
 *
 * Every allocation and every file operation that changes something counts its
 * kind up by one and asks whether this is the one to fail.  A test arms a fault,
 * runs, and looks; repeating with nth = 1, 2, 3 ... until nothing fails any more
 * visits every failure point there is.  A write that fails or is crashed in leaves
 * half of its bytes behind.
 *
 * What a crash leaves also depends on the order of things: bytes that were not
 * synced before their file got its name may be lost with the power.  A test that
 * records the file operations sees that order; no crash of a process would show it.
 *
 * Units:    nth counts operations of that kind from the arming, starting at 1
 * Shapes:   none
 * Threads:  arm, disarm, begin and end while nothing else runs; counting and
 *           recording are thread-safe
 * Memory:   the steps recorded are the caller's
 * Errors:   none
 * Source:   the failing-malloc sweeps of Lua and SQLite
 * Depends:  base
 */
#ifndef SYNC_FAULT_H
#define SYNC_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

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

/* A file operation that changed something, or made sure of it, and succeeded. */
enum sync_step_kind {
    SYNC_STEP_OPEN,            /* for writing, created or not */
    SYNC_STEP_WRITE,
    SYNC_STEP_SYNC,            /* the bytes of a file */
    SYNC_STEP_RENAME,
    SYNC_STEP_REMOVE,
    SYNC_STEP_TRUNCATE,
    SYNC_STEP_FOLDER_CREATE,
    SYNC_STEP_FOLDER_REMOVE,
    SYNC_STEP_FOLDER_SYNC      /* the names in a folder */
};

enum { SYNC_STEP_NAME_BYTES = 64 };   /* longer names are cut */

struct sync_step {
    enum sync_step_kind kind;
    char name[SYNC_STEP_NAME_BYTES];   /* the last part of the path; of a rename, the old one */
    char to[SYNC_STEP_NAME_BYTES];     /* of a rename: the new one; else empty */
};

/* Note every step from now on in `steps`, the first `room` of them. */
void sync_record_begin(struct sync_step *steps, size_t room);

/* Stop; returns how many steps there were, which may be more than there was room for. */
MUST_CHECK size_t sync_record_end(void);

#endif
