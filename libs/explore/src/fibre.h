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

/* Save the caller in `from` and go on where `to` was saved, or at its entry. */
void explore_fibre_switch(struct fibre *from, const struct fibre *to);

/*
 * Make `fibre` begin with `entry`, which does not return, at the high end of the stack
 * `low` to `high`.  A fibre that was in use is forgotten.
 */
void explore_fibre_arm(struct fibre *fibre, void *low, void *high, void (*entry)(void));

#endif
