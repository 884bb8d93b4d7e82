/*
 * sync/local.h - values that every thread has its own of.
 *
 * A local is a key, made by the program at run time; each thread sees its own value
 * under it, which begins as the local's default and is destroyed when the thread ends.
 * What is known when the library is written has a slot instead (sync/thread.h).
 *
 * Units:    none
 * Shapes:   at most SYNC_LOCALS_MAX locals at one time
 * Threads:  any; a local is finished when no thread uses it any more
 * Memory:   the caller's.  A thread that ends has the destructors called on it, those of
 *           the locals made last first, before join returns; a destructor may set other
 *           values, and up to SYNC_LOCAL_ROUNDS rounds are made.  The main thread's
 *           values stay until sync_local_clear()
 * Errors:   STATUS_LIMIT when there are too many locals
 * Source:   pthread_key_create(3), with an order
 * Depends:  base
 */
#ifndef SYNC_LOCAL_H
#define SYNC_LOCAL_H

#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"

enum { SYNC_LOCALS_MAX = 32, SYNC_LOCAL_ROUNDS = 4 };

struct sync_local_options {
    void *initial;              /* the value of a thread that has set none */
    void *(*make)(void);        /* or, when not NULL, what makes it at the first look */
    void (*destroy)(void *value);   /* of a value that was set or made, and is not NULL; or NULL */
};

struct sync_local { uint32_t key; };

/* A new local.  O(locals). */
MUST_CHECK enum status sync_local_init(struct sync_local *local,
                                       const struct sync_local_options *options);

/* The end of it: no destructor runs, and values that threads still have are forgotten.  O(1). */
void sync_local_finish(struct sync_local *local);

/*
 * The calling thread's value.  One that make() could not make (NULL) is asked for again
 * at the next look.  O(1).
 */
void *sync_local_get(const struct sync_local *local);

/* Replace it; the value before is not destroyed.  O(1). */
void sync_local_set(const struct sync_local *local, void *value);

/* Destroy all values of the calling thread now.  O(locals). */
void sync_local_clear(void);

#endif
