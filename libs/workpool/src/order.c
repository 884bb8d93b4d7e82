/* order.c - heap sort: in place, no recursion, no bad case. */
#include "order.h"

void order_sift(const struct order *order, void *items, size_t at, size_t count) {
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && order->is_before(items, child, child + 1)) {
            child++;
        }
        if (!order->is_before(items, at, child)) {
            return;
        }
        order->swap(items, at, child);
        at = child;
    }
}

void order_sort(const struct order *order, void *items, size_t count) {
    for (size_t at = count / 2; at > 0; at--) {
        order_sift(order, items, at - 1, count);
    }
    for (size_t left = count; left > 1; left--) {
        order->swap(items, 0, left - 1);
        order_sift(order, items, 0, left - 1);
    }
}
