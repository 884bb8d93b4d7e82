/*
 * calls.c - the calls of sync/atomic.h as instructions, so that the object files of an
 * explored program run on threads of the system, too.
 */
#include "sync/atomic.h"

#define SYNC_ATOMIC_LINKAGE
SYNC_ATOMIC_ALL(SYNC_ATOMIC_DEFINE)
SYNC_ATOMIC_INTEGERS(SYNC_ATOMIC_DEFINE_INTEGER)

void sync_fence(enum sync_order order) {
    ASSERT_SLOW(order != SYNC_RELAXED);
    atomic_thread_fence((memory_order)order);
}

void sync_spin_hint(void) {
    SYNC_SPIN_INSTRUCTION;
}
