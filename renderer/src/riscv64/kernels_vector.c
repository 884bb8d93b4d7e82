/* kernels_vector.c - riscv64 has no vector kernels yet. */
#include "kernels.h"

const struct renderer_kernels *renderer_vector_kernels(enum cpu_level level) {
    (void)level;
    return NULL;
}
