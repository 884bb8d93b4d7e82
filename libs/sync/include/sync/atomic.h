/*
 * sync/atomic.h - shared words whose every access is written as such.
 *
 * The types are wrapped so that a plain read of a shared word does not compile.
 * Order is sequentially consistent unless a weaker one is named, and whoever
 * names a weaker one says which access it pairs with.  The operations are inline
 * instructions; with SYNC_CALLS (MODE=explore) they are calls, so that the same
 * object files run on threads and under the scheduler of libs/explore.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  any
 * Memory:   plain values; a zeroed word is a valid word
 * Errors:   none
 * Source:   C11 section 7.17
 * Depends:  none
 */
#ifndef SYNC_ATOMIC_H
#define SYNC_ATOMIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum sync_order {
    SYNC_RELAXED = memory_order_relaxed,
    SYNC_ACQUIRE = memory_order_acquire,
    SYNC_RELEASE = memory_order_release,
    SYNC_ACQ_REL = memory_order_acq_rel,
    SYNC_SEQ_CST = memory_order_seq_cst,
};

struct sync_u32 { _Atomic uint32_t word; };
struct sync_u64 { _Atomic uint64_t word; };
struct sync_pointer { _Atomic(void *) word; };

/*
 * For each type T: load, store, exchange, and a strong compare-exchange that
 * writes the value found to *expected when it fails.
 * For the integer types also: add, subtract, and, or; each gives the value before.
 */
#ifdef SYNC_CALLS

#define SYNC_ATOMIC_COMMON(NAME, TYPE, VALUE)                                                    \
    VALUE NAME##_load(const TYPE *a, enum sync_order order);                                     \
    void NAME##_store(TYPE *a, VALUE value, enum sync_order order);                              \
    VALUE NAME##_exchange(TYPE *a, VALUE value, enum sync_order order);                          \
    bool NAME##_compare_exchange(TYPE *a, VALUE *expected, VALUE desired, enum sync_order order);
#define SYNC_ATOMIC_INTEGER(NAME, TYPE, VALUE)                                                   \
    VALUE NAME##_add(TYPE *a, VALUE value, enum sync_order order);                               \
    VALUE NAME##_sub(TYPE *a, VALUE value, enum sync_order order);                               \
    VALUE NAME##_and(TYPE *a, VALUE value, enum sync_order order);                               \
    VALUE NAME##_or(TYPE *a, VALUE value, enum sync_order order);

/* A fence of the given order between this thread's accesses. */
void sync_fence(enum sync_order order);

/* A hint inside a spin loop that another thread is being waited for. */
void sync_spin_hint(void);

#else

#define SYNC_ATOMIC_COMMON(NAME, TYPE, VALUE)                                                    \
    static inline VALUE NAME##_load(const TYPE *a, enum sync_order order) {                      \
        return atomic_load_explicit(&((TYPE *)(uintptr_t)a)->word, (memory_order)order);         \
    }                                                                                            \
    static inline void NAME##_store(TYPE *a, VALUE value, enum sync_order order) {               \
        atomic_store_explicit(&a->word, value, (memory_order)order);                             \
    }                                                                                            \
    static inline VALUE NAME##_exchange(TYPE *a, VALUE value, enum sync_order order) {           \
        return atomic_exchange_explicit(&a->word, value, (memory_order)order);                   \
    }                                                                                            \
    static inline bool NAME##_compare_exchange(TYPE *a, VALUE *expected, VALUE desired,          \
                                               enum sync_order order) {                          \
        memory_order fail = order == SYNC_RELEASE ? memory_order_relaxed                         \
                          : order == SYNC_ACQ_REL ? memory_order_acquire : (memory_order)order;  \
        return atomic_compare_exchange_strong_explicit(&a->word, expected, desired,              \
                                                       (memory_order)order, fail);               \
    }

#define SYNC_ATOMIC_INTEGER(NAME, TYPE, VALUE)                                                   \
    static inline VALUE NAME##_add(TYPE *a, VALUE value, enum sync_order order) {                \
        return atomic_fetch_add_explicit(&a->word, value, (memory_order)order);                  \
    }                                                                                            \
    static inline VALUE NAME##_sub(TYPE *a, VALUE value, enum sync_order order) {                \
        return atomic_fetch_sub_explicit(&a->word, value, (memory_order)order);                  \
    }                                                                                            \
    static inline VALUE NAME##_and(TYPE *a, VALUE value, enum sync_order order) {                \
        return atomic_fetch_and_explicit(&a->word, value, (memory_order)order);                  \
    }                                                                                            \
    static inline VALUE NAME##_or(TYPE *a, VALUE value, enum sync_order order) {                 \
        return atomic_fetch_or_explicit(&a->word, value, (memory_order)order);                   \
    }

/* A fence of the given order between this thread's accesses. */
static inline void sync_fence(enum sync_order order) {
    atomic_thread_fence((memory_order)order);
}

/* A hint inside a spin loop that another thread is being waited for. */
static inline void sync_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    __asm__ volatile("" ::: "memory");
#endif
}

#endif

SYNC_ATOMIC_COMMON(sync_u32, struct sync_u32, uint32_t)
SYNC_ATOMIC_INTEGER(sync_u32, struct sync_u32, uint32_t)
SYNC_ATOMIC_COMMON(sync_u64, struct sync_u64, uint64_t)
SYNC_ATOMIC_INTEGER(sync_u64, struct sync_u64, uint64_t)
SYNC_ATOMIC_COMMON(sync_pointer, struct sync_pointer, void *)

#endif
