/*
 * fibre.h - stacks that are switched between by hand.
 *
 * A fibre is nothing but a saved stack pointer.  Signal masks and floating-point control
 * words are not saved: all fibres of the engine share those of its one thread.
 */
#ifndef EXPLORE_FIBRE_H
#define EXPLORE_FIBRE_H

#include <stddef.h>

struct fibre {
    void *top;       /* where the saved registers lie */
    void *machine;   /* of the portable twin */
};

/* Save the caller in `from` and go on where `to` was saved. */
void explore_fibre_switch(struct fibre *from, const struct fibre *to);

/* The stack from `low` to `high` is for `fibre`; what it was in the middle of is forgotten. */
void explore_fibre_arm(struct fibre *fibre, void *low, void *high);

/* Save the caller in `from`, and begin `entry`, which does not return, on the stack of `to`. */
void explore_fibre_enter(struct fibre *from, const struct fibre *to, void (*entry)(void));

#endif
