/* atomic.c - sync/atomic.h as calls of the explorer. */
#include "sync/atomic.h"

#include "explore/body.h"

/* What a word of the explorer's holds, as a value of the type. */
#define VALUE_OF(TYPE, word) ((TYPE)(word))
#define POINTER_OF(TYPE, word) ((TYPE)(uintptr_t)(word))
#define WORD_OF(value) ((uint64_t)(value))
#define WORD_OF_POINTER(value) ((uint64_t)(uintptr_t)(value))

#define DEFINE_SWAP(NAME, TYPE, VALUE, FROM, TO)                                                 \
    static bool NAME##_swap(TYPE *a, VALUE *expected, VALUE desired, unsigned order,             \
                            unsigned failure) {                                                  \
        struct explore_swap swap = { .expected = TO(*expected), .desired = TO(desired),          \
                                     .order = order, .failure = failure };                       \
        bool is_done = explore_compare_exchange(&a->word, sizeof(a->word), &swap);               \
        if (!is_done) {                                                                          \
            *expected = FROM(VALUE, swap.found);                                                 \
        }                                                                                        \
        return is_done;                                                                          \
    }                                                                                            \
    bool NAME##_compare_exchange(TYPE *a, VALUE *expected, VALUE desired,                        \
                                 enum sync_order order) {                                        \
        return NAME##_swap(a, expected, desired, order, sync_order_of_failure(order));           \
    }                                                                                            \
    bool NAME##_compare_exchange_weak(TYPE *a, VALUE *expected, VALUE desired,                   \
                                      enum sync_order order, enum sync_order failure) {          \
        ASSERT(sync_order_can_load(failure));                                                    \
        return NAME##_swap(a, expected, desired, order, failure);                                \
    }

#define DEFINE(NAME, TYPE, VALUE, FROM, TO)                                                      \
    VALUE NAME##_load(const TYPE *a, enum sync_order order) {                                    \
        ASSERT(sync_order_can_load(order));                                                      \
        return FROM(VALUE, explore_load(&a->word, sizeof(a->word), order));                      \
    }                                                                                            \
    void NAME##_store(TYPE *a, VALUE value, enum sync_order order) {                             \
        ASSERT(sync_order_can_store(order));                                                     \
        explore_store(&a->word, sizeof(a->word), TO(value), order);                              \
    }                                                                                            \
    VALUE NAME##_exchange(TYPE *a, VALUE value, enum sync_order order) {                         \
        return FROM(VALUE, explore_modify(&a->word, sizeof(a->word), EXPLORE_EXCHANGE,           \
                                          TO(value), order));                                    \
    }                                                                                            \
    DEFINE_SWAP(NAME, TYPE, VALUE, FROM, TO)

#define DEFINE_VALUE(NAME, TYPE, VALUE) DEFINE(NAME, TYPE, VALUE, VALUE_OF, WORD_OF)

#define DEFINE_INTEGER(NAME, TYPE, VALUE)                                                        \
    VALUE NAME##_add(TYPE *a, VALUE value, enum sync_order order) {                              \
        return (VALUE)explore_modify(&a->word, sizeof(a->word), EXPLORE_ADD, value, order);      \
    }                                                                                            \
    VALUE NAME##_sub(TYPE *a, VALUE value, enum sync_order order) {                              \
        return (VALUE)explore_modify(&a->word, sizeof(a->word), EXPLORE_SUB, value, order);      \
    }                                                                                            \
    VALUE NAME##_and(TYPE *a, VALUE value, enum sync_order order) {                              \
        return (VALUE)explore_modify(&a->word, sizeof(a->word), EXPLORE_AND, value, order);      \
    }                                                                                            \
    VALUE NAME##_or(TYPE *a, VALUE value, enum sync_order order) {                               \
        return (VALUE)explore_modify(&a->word, sizeof(a->word), EXPLORE_OR, value, order);       \
    }                                                                                            \
    VALUE NAME##_xor(TYPE *a, VALUE value, enum sync_order order) {                              \
        return (VALUE)explore_modify(&a->word, sizeof(a->word), EXPLORE_XOR, value, order);      \
    }

DEFINE_VALUE(sync_bool, struct sync_bool, bool)
DEFINE(sync_pointer, struct sync_pointer, void *, POINTER_OF, WORD_OF_POINTER)
SYNC_ATOMIC_INTEGERS(DEFINE_VALUE)
SYNC_ATOMIC_INTEGERS(DEFINE_INTEGER)

void sync_fence(enum sync_order order) {
    ASSERT(order != SYNC_RELAXED);
    explore_fence(order);
}

void sync_spin_hint(void) {
    explore_yield();
}
