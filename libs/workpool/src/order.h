/* order.h - sorting in place without memory: a heap sort over a total order. */
#ifndef WORKPOOL_ORDER_H
#define WORKPOOL_ORDER_H

#include <stdbool.h>
#include <stddef.h>

/* What to sort: things known by their position, that can be compared and swapped. */
struct order {
    bool (*is_before)(const void *items, size_t a, size_t b);
    void (*swap)(void *items, size_t a, size_t b);
};

/* No two items may be equal, so the result does not depend on the method. */
void order_sort(const struct order *order, void *items, size_t count);

/* Restore the heap (last item on top) below `at`, for items [0, count). */
void order_sift(const struct order *order, void *items, size_t at, size_t count);

#endif
