/*
 * watch.h - failures that no step shows: signals of the processor, loops without an end, a
 * program that ends in the middle of an execution.
 */
#ifndef EXPLORE_WATCH_H
#define EXPLORE_WATCH_H

/*
 * From now on a signal of the processor or of abort() ends the execution as crashed, and
 * ten seconds of computing without a step end it as a livelock.  exit() in an execution says
 * so and ends the process with 1.  Handlers that somebody else has installed stay.
 */
void watch_begin(void);

/* The timer again, in a process that was forked. */
void watch_again(void);
void watch_end(void);

#endif
