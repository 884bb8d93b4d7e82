/*
 * sc.h - the axiom of RC11 on sequentially consistent accesses and fences, to the letter.
 *
 * A machine that makes one step after another finds one order of all SC steps by making
 * them in it.  That is sound, but it is more than RC11 asks for, and it makes every SC step
 * depend on every other.  An exhaustive search wants the axiom itself: it writes down what
 * was read and written, and asks of an older store, or of a place before others, whether
 * the partial order psc (O. Lahav et al., PLDI 2017, section 3) stays without a cycle.
 * The newest store and the last place always do.
 */
#ifndef EXPLORE_SC_H
#define EXPLORE_SC_H

#include "core.h"

/* A new execution; `is_exact`: it is the axiom that decides. */
void sc_begin(struct core *e, bool is_exact);
void sc_finish(void);

/* The running thread has read or written (or both) `store`, or made an SC fence: NULL, 0. */
void sc_note(struct core *e, const struct object *word, uint32_t store, unsigned order,
             bool is_write);

/* What the running thread would do. */
struct sc_wish {
    const struct object *word;
    uint32_t store;        /* read, or 0 */
    uint32_t before;       /* written before this one, which is not 0 for a write */
    unsigned order;
    bool is_write;
};
bool sc_is_possible(struct core *e, const struct sc_wish *wish);

#endif
