/*
 * picture/rect.h - half-open rectangles on the pixel grid.
 *
 * Units:    pixels; x grows right, y grows down; x1 and y1 are one past the end
 * Shapes:   empty when x1 <= x0 or y1 <= y0
 * Threads:  pure functions
 * Memory:   plain values
 * Errors:   none
 * Source:   none
 * Depends:  none
 */
#ifndef PICTURE_RECT_H
#define PICTURE_RECT_H

#include <stdbool.h>
#include <stdint.h>

struct picture_rect {
    int32_t x0;
    int32_t y0;
    int32_t x1;
    int32_t y1;
};

static inline bool picture_rect_is_empty(struct picture_rect r) {
    return r.x1 <= r.x0 || r.y1 <= r.y0;
}

static inline struct picture_rect picture_rect_meet(struct picture_rect a,
                                                    struct picture_rect b) {
    return (struct picture_rect){ .x0 = a.x0 > b.x0 ? a.x0 : b.x0,
                                  .y0 = a.y0 > b.y0 ? a.y0 : b.y0,
                                  .x1 = a.x1 < b.x1 ? a.x1 : b.x1,
                                  .y1 = a.y1 < b.y1 ? a.y1 : b.y1 };
}

static inline uint64_t picture_rect_area(struct picture_rect r) {
    return picture_rect_is_empty(r) ? 0
                                    : (uint64_t)((int64_t)r.x1 - r.x0) *
                                          (uint64_t)((int64_t)r.y1 - r.y0);
}

#endif
