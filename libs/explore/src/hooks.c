/*
 * hooks.c - the functions that code compiled with -fsanitize=thread calls.
 *
 * Plain accesses go to the race detector, C11 atomics to the memory model.  Outside of an
 * execution (main(), or the same program on threads of the system) the atomics are the
 * processor's, and nothing else is done.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "core.h"
#include "race.h"

/* Their names are the compiler's. */
#define HOOK(name) void name(void *address); void name(void *address)
#define CALLER __builtin_return_address(0)

#define ACCESS_HOOKS(BYTES)                                                                      \
    HOOK(__tsan_read##BYTES) { core_access(address, BYTES, false, CALLER); }                     \
    HOOK(__tsan_write##BYTES) { core_access(address, BYTES, true, CALLER); }                     \
    HOOK(__tsan_unaligned_read##BYTES) { core_access(address, BYTES, false, CALLER); }           \
    HOOK(__tsan_unaligned_write##BYTES) { core_access(address, BYTES, true, CALLER); }           \
    HOOK(__tsan_volatile_read##BYTES) { core_access(address, BYTES, false, CALLER); }            \
    HOOK(__tsan_volatile_write##BYTES) { core_access(address, BYTES, true, CALLER); }

ACCESS_HOOKS(1)
ACCESS_HOOKS(2)
ACCESS_HOOKS(4)
ACCESS_HOOKS(8)
ACCESS_HOOKS(16)

/* A file that was compiled to tell of its accesses begins. */
void __tsan_init(void);
void __tsan_init(void) {
    engine_watch(true);
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller) {
    (void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void) {
}

void __tsan_read_range(void *address, unsigned long bytes);
void __tsan_read_range(void *address, unsigned long bytes) {
    core_access(address, bytes, false, CALLER);
}

void __tsan_write_range(void *address, unsigned long bytes);
void __tsan_write_range(void *address, unsigned long bytes) {
    core_access(address, bytes, true, CALLER);
}

/* clang's instrumentation calls these, gcc's calls the plain functions. */
void *__tsan_memcpy(void *to, const void *from, size_t bytes);
void *__tsan_memcpy(void *to, const void *from, size_t bytes) {
    core_access(from, bytes, false, CALLER);
    core_access(to, bytes, true, CALLER);
    return memcpy(to, from, bytes);
}

void *__tsan_memmove(void *to, const void *from, size_t bytes);
void *__tsan_memmove(void *to, const void *from, size_t bytes) {
    core_access(from, bytes, false, CALLER);
    core_access(to, bytes, true, CALLER);
    return memmove(to, from, bytes);
}

void *__tsan_memset(void *to, int byte, size_t bytes);
void *__tsan_memset(void *to, int byte, size_t bytes) {
    core_access(to, bytes, true, CALLER);
    return memset(to, byte, bytes);
}

/* ---- atomics ---- */

#define MODIFY_HOOK(BITS, TYPE, NAME, OPERATION, REAL)                                           \
    TYPE __tsan_atomic##BITS##_##NAME(volatile TYPE *word, TYPE value, int order);               \
    TYPE __tsan_atomic##BITS##_##NAME(volatile TYPE *word, TYPE value, int order) {              \
        if (!explore_core.is_running) {                                                          \
            return REAL(word, value, __ATOMIC_SEQ_CST);                                          \
        }                                                                                        \
        return (TYPE)explore_modify((void *)(uintptr_t)word, BITS / 8, OPERATION, value,         \
                                    (unsigned)order);                                            \
    }

#define SWAP_HOOK(BITS, TYPE, STRENGTH)                                                          \
    int __tsan_atomic##BITS##_compare_exchange_##STRENGTH(volatile TYPE *word, TYPE *expected,   \
                                                          TYPE desired, int order, int failure); \
    int __tsan_atomic##BITS##_compare_exchange_##STRENGTH(volatile TYPE *word, TYPE *expected,   \
                                                          TYPE desired, int order, int failure) {\
        if (!explore_core.is_running) {                                                          \
            return __atomic_compare_exchange_n(word, expected, desired, 0, __ATOMIC_SEQ_CST,     \
                                               __ATOMIC_SEQ_CST);                                \
        }                                                                                        \
        struct explore_swap swap = { .expected = *expected, .desired = desired,                  \
                                     .order = (unsigned)order, .failure = (unsigned)failure };   \
        bool is_done = explore_compare_exchange((void *)(uintptr_t)word, BITS / 8, &swap);       \
        *expected = (TYPE)swap.found;                                                            \
        return is_done;                                                                          \
    }

#define VALUE_HOOK(BITS, TYPE)                                                                   \
    TYPE __tsan_atomic##BITS##_compare_exchange_val(volatile TYPE *word, TYPE expected,          \
                                                    TYPE desired, int order, int failure);       \
    TYPE __tsan_atomic##BITS##_compare_exchange_val(volatile TYPE *word, TYPE expected,          \
                                                    TYPE desired, int order, int failure) {      \
        (void)__tsan_atomic##BITS##_compare_exchange_strong(word, &expected, desired, order,     \
                                                            failure);                            \
        return expected;                                                                         \
    }

#define ATOMIC_HOOKS(BITS, TYPE)                                                                 \
    TYPE __tsan_atomic##BITS##_load(const volatile TYPE *word, int order);                       \
    TYPE __tsan_atomic##BITS##_load(const volatile TYPE *word, int order) {                      \
        if (!explore_core.is_running) {                                                          \
            return __atomic_load_n(word, __ATOMIC_SEQ_CST);                                      \
        }                                                                                        \
        return (TYPE)explore_load((const void *)(uintptr_t)word, BITS / 8, (unsigned)order);     \
    }                                                                                            \
    void __tsan_atomic##BITS##_store(volatile TYPE *word, TYPE value, int order);                \
    void __tsan_atomic##BITS##_store(volatile TYPE *word, TYPE value, int order) {               \
        if (!explore_core.is_running) {                                                          \
            __atomic_store_n(word, value, __ATOMIC_SEQ_CST);                                     \
            return;                                                                              \
        }                                                                                        \
        explore_store((void *)(uintptr_t)word, BITS / 8, value, (unsigned)order);                \
    }                                                                                            \
    MODIFY_HOOK(BITS, TYPE, exchange, EXPLORE_EXCHANGE, __atomic_exchange_n)                     \
    MODIFY_HOOK(BITS, TYPE, fetch_add, EXPLORE_ADD, __atomic_fetch_add)                          \
    MODIFY_HOOK(BITS, TYPE, fetch_sub, EXPLORE_SUB, __atomic_fetch_sub)                          \
    MODIFY_HOOK(BITS, TYPE, fetch_and, EXPLORE_AND, __atomic_fetch_and)                          \
    MODIFY_HOOK(BITS, TYPE, fetch_or, EXPLORE_OR, __atomic_fetch_or)                             \
    MODIFY_HOOK(BITS, TYPE, fetch_xor, EXPLORE_XOR, __atomic_fetch_xor)                          \
    MODIFY_HOOK(BITS, TYPE, fetch_nand, EXPLORE_NAND, __atomic_fetch_nand)                       \
    SWAP_HOOK(BITS, TYPE, strong)                                                                \
    SWAP_HOOK(BITS, TYPE, weak)                                                                  \
    VALUE_HOOK(BITS, TYPE)

ATOMIC_HOOKS(8, uint8_t)
ATOMIC_HOOKS(16, uint16_t)
ATOMIC_HOOKS(32, uint32_t)
ATOMIC_HOOKS(64, uint64_t)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order) {
    if (!explore_core.is_running) {
        atomic_thread_fence(memory_order_seq_cst);
        return;
    }
    explore_fence((unsigned)order);
}

/* Between a thread and its own signal handlers: there are none. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order) {
    (void)order;
}
