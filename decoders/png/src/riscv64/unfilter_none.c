/* unfilter_none.c - this machine runs the portable filters. */
#include "unfilter.h"

const struct unfilter_kernels *unfilter_vector_kernels(void) {
    return NULL;
}
