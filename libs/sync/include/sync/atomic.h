/*
 * sync/atomic.h - shared words whose every access is written as such.
 *
 * The types are wrapped so that a plain read of a shared word does not compile.
 * Every access names its order; whoever names one weaker than SYNC_SEQ_CST says which
 * access it pairs with, in the code and in docs/memory-order.md.  The operations are
 * inline instructions; with SYNC_CALLS (MODE=explore) they are calls, so that the same
 * object files run on threads and under the scheduler of libs/explore.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  any
 * Memory:   plain values; a zeroed word is a valid word
 * Errors:   none; an order that an operation cannot have asserts in check builds: a
 *           load has no release, a store no acquire, a failed exchange no release, and
 *           a relaxed fence would order nothing
 * Source:   C11 section 7.17
 * Depends:  base
 */
#ifndef SYNC_ATOMIC_H
#define SYNC_ATOMIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

enum sync_order {
    SYNC_RELAXED = memory_order_relaxed,
    SYNC_ACQUIRE = memory_order_acquire,
    SYNC_RELEASE = memory_order_release,
    SYNC_ACQ_REL = memory_order_acq_rel,
    SYNC_SEQ_CST = memory_order_seq_cst,
};

struct sync_bool { _Atomic bool word; };
struct sync_u8 { _Atomic uint8_t word; };
struct sync_u32 { _Atomic uint32_t word; };
struct sync_u64 { _Atomic uint64_t word; };
struct sync_size { _Atomic size_t word; };
struct sync_pointer { _Atomic(void *) word; };

/*
 * For each type: load, store, exchange, and two compare-exchanges, which write the value
 * found to *expected when they fail.  The strong one fails only when another value is
 * there, and then with the acquire part of its order; the weak one may fail for no
 * reason, so it is for loops, and its order of failure is its own.
 * For the integers also: add, subtract, and, or, exclusive or, and the larger of both;
 * each gives the value before.
 */
#define SYNC_ATOMIC_ALL(X)                                                                       \
    X(sync_bool, struct sync_bool, bool)                                                         \
    X(sync_pointer, struct sync_pointer, void *)                                                 \
    SYNC_ATOMIC_INTEGERS(X)
#define SYNC_ATOMIC_INTEGERS(X)                                                                  \
    X(sync_u8, struct sync_u8, uint8_t)                                                          \
    X(sync_u32, struct sync_u32, uint32_t)                                                       \
    X(sync_u64, struct sync_u64, uint64_t)                                                       \
    X(sync_size, struct sync_size, size_t)

/* The orders that a load, or a compare-exchange that fails, can have; and a store. */
static inline bool sync_order_can_load(enum sync_order order) {
    return order == SYNC_RELAXED || order == SYNC_ACQUIRE || order == SYNC_SEQ_CST;
}

static inline bool sync_order_can_store(enum sync_order order) {
    return order == SYNC_RELAXED || order == SYNC_RELEASE || order == SYNC_SEQ_CST;
}

/* The order of a compare-exchange of `order` that fails, which is a load. */
static inline enum sync_order sync_order_of_failure(enum sync_order order) {
    return order == SYNC_RELEASE ? SYNC_RELAXED : order == SYNC_ACQ_REL ? SYNC_ACQUIRE : order;
}

/*
 * On riscv64, gcc before 14 gives a compare-exchange the fence and the lr of its order of
 * failure, and so neither release nor acquire where that has none.  There, both orders are
 * the stronger one.  tests/e2e/atomic_code_test.sh looks at what comes of it.
 */
#if defined(__riscv) && !defined(__clang__) && __GNUC__ < 14
enum { SYNC_SWAP_IS_CAREFUL = 1 };
#else
enum { SYNC_SWAP_IS_CAREFUL = 0 };
#endif

/* `order` is of the compare-exchange; `part` is it, or its order of failure. */
static inline memory_order sync_order_of_swap(enum sync_order order, enum sync_order part) {
    bool is_release = order != SYNC_RELAXED && order != SYNC_ACQUIRE;
    return !SYNC_SWAP_IS_CAREFUL ? (memory_order)part
           : is_release          ? memory_order_seq_cst : (memory_order)order;
}

/*
 * The operations as instructions: inline here, or, where SYNC_ATOMIC_LINKAGE is empty,
 * what the calls call.
 */
#define SYNC_ATOMIC_DEFINE(NAME, TYPE, VALUE)                                                    \
    SYNC_ATOMIC_LINKAGE VALUE NAME##_load(const TYPE *a, enum sync_order order) {                \
        ASSERT_SLOW(sync_order_can_load(order));                                                 \
        return atomic_load_explicit(&((TYPE *)(uintptr_t)a)->word, (memory_order)order);         \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE void NAME##_store(TYPE *a, VALUE value, enum sync_order order) {         \
        ASSERT_SLOW(sync_order_can_store(order));                                                \
        atomic_store_explicit(&a->word, value, (memory_order)order);                             \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE VALUE NAME##_exchange(TYPE *a, VALUE value, enum sync_order order) {     \
        return atomic_exchange_explicit(&a->word, value, (memory_order)order);                   \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE bool NAME##_compare_exchange(TYPE *a, VALUE *expected, VALUE desired,    \
                                                     enum sync_order order) {                    \
        return atomic_compare_exchange_strong_explicit(                                          \
            &a->word, expected, desired, sync_order_of_swap(order, order),                       \
            sync_order_of_swap(order, sync_order_of_failure(order)));                            \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE bool NAME##_compare_exchange_weak(                                       \
        TYPE *a, VALUE *expected, VALUE desired, enum sync_order order,                          \
        enum sync_order failure) {                                                               \
        ASSERT_SLOW(sync_order_can_load(failure));                                               \
        return atomic_compare_exchange_weak_explicit(&a->word, expected, desired,                \
                                                     sync_order_of_swap(order, order),           \
                                                     sync_order_of_swap(order, failure));        \
    }

#define SYNC_ATOMIC_DEFINE_INTEGER(NAME, TYPE, VALUE)                                            \
    SYNC_ATOMIC_LINKAGE VALUE NAME##_add(TYPE *a, VALUE value, enum sync_order order) {          \
        return atomic_fetch_add_explicit(&a->word, value, (memory_order)order);                  \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE VALUE NAME##_sub(TYPE *a, VALUE value, enum sync_order order) {          \
        return atomic_fetch_sub_explicit(&a->word, value, (memory_order)order);                  \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE VALUE NAME##_and(TYPE *a, VALUE value, enum sync_order order) {          \
        return atomic_fetch_and_explicit(&a->word, value, (memory_order)order);                  \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE VALUE NAME##_or(TYPE *a, VALUE value, enum sync_order order) {           \
        return atomic_fetch_or_explicit(&a->word, value, (memory_order)order);                   \
    }                                                                                            \
    SYNC_ATOMIC_LINKAGE VALUE NAME##_xor(TYPE *a, VALUE value, enum sync_order order) {          \
        return atomic_fetch_xor_explicit(&a->word, value, (memory_order)order);                  \
    }

#if defined(__x86_64__)
#define SYNC_SPIN_INSTRUCTION __builtin_ia32_pause()
#elif defined(__riscv)   /* pause, which cores without it take for an empty fence */
#define SYNC_SPIN_INSTRUCTION __asm__ volatile(".4byte 0x0100000f" ::: "memory")
#else
#define SYNC_SPIN_INSTRUCTION __asm__ volatile("" ::: "memory")
#endif

#ifdef SYNC_CALLS

#define SYNC_ATOMIC_DECLARE(NAME, TYPE, VALUE)                                                   \
    VALUE NAME##_load(const TYPE *a, enum sync_order order);                                     \
    void NAME##_store(TYPE *a, VALUE value, enum sync_order order);                              \
    VALUE NAME##_exchange(TYPE *a, VALUE value, enum sync_order order);                          \
    bool NAME##_compare_exchange(TYPE *a, VALUE *expected, VALUE desired, enum sync_order order);\
    bool NAME##_compare_exchange_weak(TYPE *a, VALUE *expected, VALUE desired,                   \
                                      enum sync_order order, enum sync_order failure);
#define SYNC_ATOMIC_DECLARE_INTEGER(NAME, TYPE, VALUE)                                           \
    VALUE NAME##_add(TYPE *a, VALUE value, enum sync_order order);                               \
    VALUE NAME##_sub(TYPE *a, VALUE value, enum sync_order order);                               \
    VALUE NAME##_and(TYPE *a, VALUE value, enum sync_order order);                               \
    VALUE NAME##_or(TYPE *a, VALUE value, enum sync_order order);                                \
    VALUE NAME##_xor(TYPE *a, VALUE value, enum sync_order order);

SYNC_ATOMIC_ALL(SYNC_ATOMIC_DECLARE)
SYNC_ATOMIC_INTEGERS(SYNC_ATOMIC_DECLARE_INTEGER)

/* A fence of the given order between this thread's accesses. */
void sync_fence(enum sync_order order);

/* A hint inside a spin loop that another thread is being waited for. */
void sync_spin_hint(void);

#else

#define SYNC_ATOMIC_LINKAGE static inline
SYNC_ATOMIC_ALL(SYNC_ATOMIC_DEFINE)
SYNC_ATOMIC_INTEGERS(SYNC_ATOMIC_DEFINE_INTEGER)

/* A fence of the given order between this thread's accesses. */
static inline void sync_fence(enum sync_order order) {
    ASSERT_SLOW(order != SYNC_RELAXED);
    atomic_thread_fence((memory_order)order);
}

/* A hint inside a spin loop that another thread is being waited for. */
static inline void sync_spin_hint(void) {
    SYNC_SPIN_INSTRUCTION;
}

#endif

/* The larger of the word and `value` stays; a word that is left alone was only loaded. */
#define SYNC_ATOMIC_MAX(NAME, TYPE, VALUE)                                                       \
    static inline VALUE NAME##_max(TYPE *a, VALUE value, enum sync_order order) {                \
        enum sync_order failure = sync_order_of_failure(order);                                  \
        VALUE before = NAME##_load(a, failure);                                                  \
        while (before < value &&                                                                 \
               !NAME##_compare_exchange_weak(a, &before, value, order, failure)) {               \
        }                                                                                        \
        return before;                                                                           \
    }

SYNC_ATOMIC_INTEGERS(SYNC_ATOMIC_MAX)

#endif
