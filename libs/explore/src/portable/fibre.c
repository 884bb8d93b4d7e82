/* fibre.c - switching stacks by ucontext, for processors without a hand-written switch. */
#include "fibre.h"

#include <stdlib.h>
#include <ucontext.h>

#include "base/assert.h"

/* One context a fibre, made at its first use and kept for the life of the process. */
static ucontext_t *context_of(struct fibre *fibre) {
    if (fibre->machine == NULL) {
        fibre->machine = calloc(1, sizeof(ucontext_t));
        ASSERT(fibre->machine != NULL);
    }
    return fibre->machine;
}

void explore_fibre_switch(struct fibre *from, const struct fibre *to) {
    int failed = swapcontext(context_of(from), to->machine);
    ASSERT(failed == 0);
}

void explore_fibre_arm(struct fibre *fibre, void *low, void *high) {
    ucontext_t *context = context_of(fibre);
    int failed = getcontext(context);
    ASSERT(failed == 0);
    context->uc_stack.ss_sp = low;
    context->uc_stack.ss_size = (size_t)((char *)high - (char *)low);
    context->uc_link = NULL;
}

void explore_fibre_enter(struct fibre *from, const struct fibre *to, void (*entry)(void)) {
    makecontext(to->machine, entry, 0);
    explore_fibre_switch(from, to);
}
