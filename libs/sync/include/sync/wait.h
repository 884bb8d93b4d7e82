/*
 * sync/wait.h - sleep until a shared word changes.
 *
 * The one blocking primitive: the kernel compares the word and sleeps in one
 * step, so a wake that comes between the caller's look and its sleep is not
 * lost.  The rule for wakers: change the word first, then wake.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any
 * Memory:   the word outlives every waiter
 * Errors:   STATUS_OK the word may have changed (look again; wake-ups may be
 *           spurious), STATUS_TIMED_OUT the deadline passed
 * Source:   futex(2)
 * Depends:  base, sync/atomic.h
 */
#ifndef SYNC_WAIT_H
#define SYNC_WAIT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"

#define SYNC_NO_DEADLINE UINT64_MAX

/* Sleep while *word equals `expected`, at most until `deadline_ns`. */
MUST_CHECK enum status sync_wait(const struct sync_u32 *word, uint32_t expected,
                                 uint64_t deadline_ns);

/* Wake up to `count` threads that sleep on the word. */
void sync_wake(const struct sync_u32 *word, uint32_t count);

#endif
