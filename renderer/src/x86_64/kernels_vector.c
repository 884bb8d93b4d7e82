/* kernels_vector.c - which x86-64 kernels to use at which level. */
#include "x86_64/kernels_x86.h"

const struct renderer_kernels *renderer_vector_kernels(enum cpu_level level) {
    return level >= CPU_AVX512 ? &renderer_avx512_kernels
           : level >= CPU_AVX2 ? &renderer_avx2_kernels
                               : NULL;
}
