/*
 * watch.h - failures that neither a step nor a signal shows: loops without an end, a program
 * that ends in the middle of an execution.
 */
#ifndef EXPLORE_SRC_WATCH_H
#define EXPLORE_SRC_WATCH_H

#include <stddef.h>

/*
 * From now on seconds of computing without a step end the execution as a livelock, and exit()
 * in an execution says so and ends the process with 1.  A timer that somebody else has
 * installed stays.
 */
void watch_begin(void);

/* The timer again, in a process that was forked. */
void watch_again(void);
void watch_end(void);

/* Called by a handler of signals: the program's function that was interrupted. */
void watch_function(char *out_name, size_t room);

#endif
