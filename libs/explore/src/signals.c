/*
 * signals.c - a program that the processor stops has failed, and the explorer goes on.
 *
 * The handler runs on a stack of its own, as the fibre's may be used up, and leaves it by
 * ending the execution like any other failure.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "watch.h"

enum { STACK_BYTES = 1 << 16, NAME_BYTES = 64 };

static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

static struct sigaction before[COUNT_OF(numbers)];
static stack_t stack_before;
static void *stack;

static bool is_overflow(const struct core *e, const void *address) {
    const char *low = e->running->stack;
    uintptr_t below = (uintptr_t)low - (uintptr_t)address;
    return below - 1 < CORE_GUARD_BYTES;
}

static void on_signal(int number, siginfo_t *about, void *context) {
    struct core *e = &explore_core;
    (void)context;
    if (!e->is_running) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    if (number == SIGSEGV && is_overflow(e, about->si_addr)) {
        core_fail(e, VERDICT_CRASHED, "thread %u has used up its stack", e->running->number);
    }
    char function[NAME_BYTES];
    watch_function(function, sizeof(function));
    core_fail(e, VERDICT_CRASHED, "thread %u: %s in %s", e->running->number, strsignal(number),
              function);
}

bool core_signals_create(void) {
    stack = malloc(STACK_BYTES);
    if (stack == NULL) {
        return false;
    }
    stack_t wanted = { .ss_sp = stack, .ss_size = STACK_BYTES };
    int failed = sigaltstack(&wanted, &stack_before);
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        failed |= sigaction(numbers[i], &action, &before[i]);
    }
    ASSERT(failed == 0);
    return true;
}

void core_signals_destroy(void) {
    if (stack == NULL) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        sigaction(numbers[i], &before[i], NULL);
    }
    stack_before.ss_flags = stack_before.ss_sp == NULL ? SS_DISABLE : stack_before.ss_flags;
    sigaltstack(&stack_before, NULL);
    free(stack);
    stack = NULL;
}
