/*
 * base/status.h - the one result type of the tree.
 *
 * Each value is something a caller would do a different thing about.  A status
 * tells about the world (bad bytes, no memory, a full disk); a broken caller is
 * an ASSERT, never a status.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  pure functions
 * Memory:   names are static text
 * Errors:   none
 * Source:   none
 * Depends:  none
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_NO_MEMORY,     /* an allocation failed; nothing was changed */
    STATUS_LIMIT,         /* a stated limit was met: size, count, depth, cap */
    STATUS_BAD_DATA,      /* the input breaks its own format */
    STATUS_UNSUPPORTED,   /* the input is valid, and we do not do that */
    STATUS_IO,            /* the operating system refused */
    STATUS_NOT_FOUND,     /* the named thing does not exist */
    STATUS_EXISTS,        /* the named thing exists already */
    STATUS_BUSY,          /* would have to wait: queue full, lock held */
    STATUS_CLOSED,        /* the other side is gone, or the object shut down */
    STATUS_CANCELLED,     /* somebody asked for the work to stop */
    STATUS_TIMED_OUT,     /* the deadline passed first */
    STATUS_POISONED,      /* a thread panicked in the middle of changing it; held all the same */
    STATUS_COUNT          /* number of values; not a status */
};

/* A short lower-case English name, "ok", "bad data"; "unknown" outside the enum. */
const char *status_name(enum status status);

#endif
