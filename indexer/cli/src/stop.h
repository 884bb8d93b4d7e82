/*
 * stop.h - an interrupt or a request to end, obeyed once the index is as it was.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  stop_watch() and stop_obey() on the main thread; the wish may be read by all
 * Memory:   none
 * Errors:   none
 * Source:   POSIX signals
 * Depends:  sync
 */
#ifndef INDEXER_STOP_H
#define INDEXER_STOP_H

#include "sync/atomic.h"

/*
 * From now on SIGINT, SIGTERM and SIGHUP are noted: what is returned is then not 0.  A
 * second one changes nothing (stop.c says why).  Signals that are ignored stay so.
 */
const struct sync_u32 *stop_watch(void);

/* Die of the signal that was noted, so that the caller's shell knows; return if none was. */
void stop_obey(void);

#endif
