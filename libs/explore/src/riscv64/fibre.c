/* fibre.c - switching stacks on 64-bit RISC-V with double floats (LP64D). */
#include "fibre.h"

#include <stdint.h>

/* ra, s0 to s11, fs0 to fs11 */

#define SAVE                                                                                     \
    "    addi sp, sp, -208\n"                                                                    \
    "    sd ra, 0(sp)\n"                                                                         \
    "    sd s0, 8(sp)\n"                                                                         \
    "    sd s1, 16(sp)\n"                                                                        \
    "    sd s2, 24(sp)\n"                                                                        \
    "    sd s3, 32(sp)\n"                                                                        \
    "    sd s4, 40(sp)\n"                                                                        \
    "    sd s5, 48(sp)\n"                                                                        \
    "    sd s6, 56(sp)\n"                                                                        \
    "    sd s7, 64(sp)\n"                                                                        \
    "    sd s8, 72(sp)\n"                                                                        \
    "    sd s9, 80(sp)\n"                                                                        \
    "    sd s10, 88(sp)\n"                                                                       \
    "    sd s11, 96(sp)\n"                                                                       \
    "    fsd fs0, 104(sp)\n"                                                                     \
    "    fsd fs1, 112(sp)\n"                                                                     \
    "    fsd fs2, 120(sp)\n"                                                                     \
    "    fsd fs3, 128(sp)\n"                                                                     \
    "    fsd fs4, 136(sp)\n"                                                                     \
    "    fsd fs5, 144(sp)\n"                                                                     \
    "    fsd fs6, 152(sp)\n"                                                                     \
    "    fsd fs7, 160(sp)\n"                                                                     \
    "    fsd fs8, 168(sp)\n"                                                                     \
    "    fsd fs9, 176(sp)\n"                                                                     \
    "    fsd fs10, 184(sp)\n"                                                                    \
    "    fsd fs11, 192(sp)\n"                                                                    \
    "    sd sp, 0(a0)\n"

__asm__(
    ".text\n"
    ".p2align 2\n"
    ".globl explore_fibre_switch\n"
    ".type explore_fibre_switch, @function\n"
    "explore_fibre_switch:\n"
    SAVE
    "    ld sp, 0(a1)\n"
    "    ld ra, 0(sp)\n"
    "    ld s0, 8(sp)\n"
    "    ld s1, 16(sp)\n"
    "    ld s2, 24(sp)\n"
    "    ld s3, 32(sp)\n"
    "    ld s4, 40(sp)\n"
    "    ld s5, 48(sp)\n"
    "    ld s6, 56(sp)\n"
    "    ld s7, 64(sp)\n"
    "    ld s8, 72(sp)\n"
    "    ld s9, 80(sp)\n"
    "    ld s10, 88(sp)\n"
    "    ld s11, 96(sp)\n"
    "    fld fs0, 104(sp)\n"
    "    fld fs1, 112(sp)\n"
    "    fld fs2, 120(sp)\n"
    "    fld fs3, 128(sp)\n"
    "    fld fs4, 136(sp)\n"
    "    fld fs5, 144(sp)\n"
    "    fld fs6, 152(sp)\n"
    "    fld fs7, 160(sp)\n"
    "    fld fs8, 168(sp)\n"
    "    fld fs9, 176(sp)\n"
    "    fld fs10, 184(sp)\n"
    "    fld fs11, 192(sp)\n"
    "    addi sp, sp, 208\n"
    "    jr ra\n"
    ".size explore_fibre_switch, . - explore_fibre_switch\n"
    ".p2align 2\n"
    ".globl explore_fibre_enter\n"
    ".type explore_fibre_enter, @function\n"
    "explore_fibre_enter:\n"
    SAVE
    "    ld sp, 0(a1)\n"
    "    li ra, 0\n"
    "    li s0, 0\n"
    "    jr a2\n"
    ".size explore_fibre_enter, . - explore_fibre_enter\n");

void explore_fibre_arm(struct fibre *fibre, void *low, void *high) {
    (void)low;
    fibre->top = (void *)((uintptr_t)high & ~(uintptr_t)15);
}
