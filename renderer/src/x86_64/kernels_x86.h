/* kernels_x86.h - the two sets of vector kernels that x86-64 has. */
#ifndef RENDERER_KERNELS_X86_H
#define RENDERER_KERNELS_X86_H

#include "kernels.h"

extern const struct renderer_kernels renderer_avx2_kernels;
extern const struct renderer_kernels renderer_avx512_kernels;

#endif
