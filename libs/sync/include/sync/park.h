/*
 * sync/park.h - put one thread to sleep until another lets it go on.
 *
 * A parker holds at most one token.  Unparking puts it there; parking takes it, and
 * sleeps until it can.  So an unpark that comes before the park is not lost, and two
 * of them count as one.  Every thread has a parker of its own; code that parks while
 * its caller may be waiting for a token of its own uses a parker on its stack instead,
 * so that it takes no token that was not meant for it.
 *
 * Units:    deadlines are absolute nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  one thread parks on a parker; any may unpark
 * Memory:   the caller's; a zeroed parker is a valid one without a token.  It outlives
 *           every unpark: the thread's own lasts until the thread ends
 * Errors:   STATUS_OK a token was taken; STATUS_TIMED_OUT the deadline passed and there
 *           was none.  Never returns for no reason
 * Source:   Rust's std::thread::park on futexes
 * Depends:  base, sync/atomic.h, sync/wait.h, sync/waker.h
 */
#ifndef SYNC_PARK_H
#define SYNC_PARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/atomic.h"
#include "sync/wait.h"
#include "sync/waker.h"

struct sync_parker { struct sync_u32 token; };   /* O(1) to park and unpark; 4 bytes */

/* The calling thread's own. */
struct sync_parker *sync_parker_self(void);

/*
 * Take the token, waiting for it until the deadline.  A token that is there is taken
 * even when the deadline has passed.  What happened before the unpark that gave the
 * token is seen after.
 */
MUST_CHECK enum status sync_parker_park(struct sync_parker *parker, uint64_t deadline_ns);

/* Put a token there, and let go who sleeps on it. */
void sync_unpark(struct sync_parker *parker);

/*
 * sync_unpark() in two halves, for who holds a lock that the thread will want at once.
 * The first puts the token there; true says that the second is to follow, after the lock
 * was given back and, maybe, after the parker's memory ended: it only names the place.
 */
MUST_CHECK bool sync_unpark_begin(struct sync_parker *parker);
void sync_unpark_end(const struct sync_parker *parker);

/* Park the calling thread on its own parker. */
MUST_CHECK enum status sync_park(uint64_t deadline_ns);

/* A waker that unparks. */
struct sync_waker sync_parker_waker(struct sync_parker *parker);

#endif
