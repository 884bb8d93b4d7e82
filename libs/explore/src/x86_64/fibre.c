/* fibre.c - switching stacks on x86-64 (System V). */
#include "fibre.h"

#include <stdint.h>

enum { SAVED_WORDS = 6 };   /* rbp, rbx, r12 to r15 */

/*
 * The way back is a jump, not a return: the processor's stack of return addresses knows
 * nothing of fibres, while nearly all jumps from here go to one place, the scheduler.
 */
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl explore_fibre_switch\n"
    ".type explore_fibre_switch, @function\n"
    "explore_fibre_switch:\n"
    ".cfi_startproc\n"
    "    pushq %rbp\n"
    "    pushq %rbx\n"
    "    pushq %r12\n"
    "    pushq %r13\n"
    "    pushq %r14\n"
    "    pushq %r15\n"
    "    movq %rsp, (%rdi)\n"
    "    movq (%rsi), %rsp\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbx\n"
    "    popq %rbp\n"
    "    popq %rcx\n"
    "    jmpq *%rcx\n"
    ".cfi_endproc\n"
    ".size explore_fibre_switch, . - explore_fibre_switch\n");

void explore_fibre_arm(struct fibre *fibre, void *low, void *high, void (*entry)(void)) {
    (void)low;
    uint64_t *top = (uint64_t *)((uintptr_t)high & ~(uintptr_t)15);
    *--top = 0;   /* where the entry would return to: ends a backtrace, and aligns */
    *--top = (uint64_t)(uintptr_t)entry;
    for (int i = 0; i < SAVED_WORDS; i++) {
        *--top = 0;
    }
    fibre->top = top;
}
