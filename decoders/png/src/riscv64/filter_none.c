/* filter_none.c - this machine runs the portable filters. */
#include "encoder.h"

const struct filter_kernels *filter_vector_kernels(void) {
    return NULL;
}
