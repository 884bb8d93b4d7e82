/* fibre.c - switching stacks on x86-64 (System V). */
#include "fibre.h"

#include <stdint.h>

/*
 * The way back is a return, and the way into a fibre a call, though the processor's stack
 * of return addresses knows nothing of fibres: so it stays balanced, and some of the
 * returns after a switch are foreseen.
 */
#define SAVE                                                                                     \
    "    pushq %rbp\n"                                                                           \
    "    pushq %rbx\n"                                                                           \
    "    pushq %r12\n"                                                                           \
    "    pushq %r13\n"                                                                           \
    "    pushq %r14\n"                                                                           \
    "    pushq %r15\n"                                                                           \
    "    movq %rsp, (%rdi)\n"

__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl explore_fibre_switch\n"
    ".type explore_fibre_switch, @function\n"
    "explore_fibre_switch:\n"
    SAVE
    "    movq (%rsi), %rsp\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbx\n"
    "    popq %rbp\n"
    "    ret\n"
    ".size explore_fibre_switch, . - explore_fibre_switch\n"
    ".p2align 4\n"
    ".globl explore_fibre_enter\n"
    ".type explore_fibre_enter, @function\n"
    "explore_fibre_enter:\n"
    ".cfi_startproc\n"
    ".cfi_undefined rip\n"   /* a backtrace of the fibre ends here */
    SAVE
    "    movq (%rsi), %rsp\n"
    "    xorl %ebp, %ebp\n"
    "    callq *%rdx\n"
    "    ud2\n"
    ".cfi_endproc\n"
    ".size explore_fibre_enter, . - explore_fibre_enter\n");

void explore_fibre_arm(struct fibre *fibre, void *low, void *high) {
    (void)low;
    fibre->top = (void *)((uintptr_t)high & ~(uintptr_t)15);
}
