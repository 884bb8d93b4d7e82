/* analysis_fold_riscv64.c - no vector kernel yet: the portable one serves. */
#include "analysis_impl.h"

analysis_fold_kernel analysis_fold_vector(void) {
    return NULL;
}
