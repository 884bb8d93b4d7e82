/* unfilter.c - the five filters in plain C: the meaning that vector kernels must equal. */
#include "unfilter.h"

#include <string.h>

#include "base/attr.h"
#include "base/cpu.h"

static ALWAYS_INLINE void none_row(const uint8_t *from, uint8_t *to, size_t pixels, size_t step) {
    if (step == 4) {
        memcpy(to, from, 4 * pixels);
        return;
    }
    for (size_t i = 0; i < pixels; i++) {
        for (size_t k = 0; k < 3; k++) {
            to[4 * i + k] = from[3 * i + k];
        }
        to[4 * i + 3] = 255;
    }
}

static ALWAYS_INLINE void filtered_row(enum filter filter, const uint8_t *from,
                                       const uint8_t *above, uint8_t *to, size_t pixels,
                                       size_t step) {
    for (size_t i = 0; i < pixels; i++, from += step, to += 4) {
        for (size_t k = 0; k < step; k++) {
            uint8_t left = i > 0 ? to[(ptrdiff_t)k - 4] : 0;
            uint8_t up = filter != FILTER_SUB ? above[4 * i + k] : 0;
            uint8_t corner = filter == FILTER_PAETH && i > 0 ? above[4 * i + k - 4] : 0;
            uint8_t guess = filter == FILTER_SUB       ? left
                            : filter == FILTER_UP      ? up
                            : filter == FILTER_AVERAGE ? (uint8_t)((left + up) >> 1)
                                                       : unfilter_paeth(left, up, corner);
            to[k] = (uint8_t)(from[k] + guess);
        }
        if (step == 3) {
            to[3] = 255;
        }
    }
}

#define ROWS(NAME, STEP)                                                                         \
    static void NAME##_none(const uint8_t *from, const uint8_t *above, uint8_t *to, size_t n) {  \
        (void)above;                                                                             \
        none_row(from, to, n, STEP);                                                             \
    }                                                                                            \
    static void NAME##_sub(const uint8_t *from, const uint8_t *above, uint8_t *to, size_t n) {   \
        filtered_row(FILTER_SUB, from, above, to, n, STEP);                                      \
    }                                                                                            \
    static void NAME##_up(const uint8_t *from, const uint8_t *above, uint8_t *to, size_t n) {    \
        filtered_row(FILTER_UP, from, above, to, n, STEP);                                       \
    }                                                                                            \
    static void NAME##_average(const uint8_t *from, const uint8_t *above, uint8_t *to,           \
                               size_t n) {                                                       \
        filtered_row(FILTER_AVERAGE, from, above, to, n, STEP);                                  \
    }                                                                                            \
    static void NAME##_paeth(const uint8_t *from, const uint8_t *above, uint8_t *to, size_t n) { \
        filtered_row(FILTER_PAETH, from, above, to, n, STEP);                                    \
    }
ROWS(rgb, 3)
ROWS(rgba, 4)

const struct unfilter_kernels unfilter_portable = {
    .rows = { { rgb_none, rgb_sub, rgb_up, rgb_average, rgb_paeth },
              { rgba_none, rgba_sub, rgba_up, rgba_average, rgba_paeth } },
};

const struct unfilter_kernels *unfilter_kernels(void) {
    const struct unfilter_kernels *vector = unfilter_vector_kernels();
    return vector != NULL && cpu_level() >= CPU_AVX2 ? vector : &unfilter_portable;
}

static void sub_bytes(const struct unfilter_line *line) {
    size_t first = line->step < line->count ? line->step : line->count;
    memcpy(line->to, line->from, first);
    for (size_t i = first; i < line->count; i++) {
        line->to[i] = (uint8_t)(line->from[i] + line->to[i - line->step]);
    }
}

static void up_bytes(const struct unfilter_line *line) {
    for (size_t i = 0; i < line->count; i++) {
        line->to[i] = (uint8_t)(line->from[i] + line->above[i]);
    }
}

static void average_bytes(const struct unfilter_line *line) {
    for (size_t i = 0; i < line->count; i++) {
        uint32_t left = i >= line->step ? line->to[i - line->step] : 0;
        uint32_t up = line->above != NULL ? line->above[i] : 0;
        line->to[i] = (uint8_t)(line->from[i] + ((left + up) >> 1));
    }
}

static void paeth_bytes(const struct unfilter_line *line) {
    size_t step = line->step;
    for (size_t i = 0; i < line->count; i++) {
        uint8_t left = i >= step ? line->to[i - step] : 0;
        uint8_t corner = i >= step ? line->above[i - step] : 0;
        line->to[i] = (uint8_t)(line->from[i] + unfilter_paeth(left, line->above[i], corner));
    }
}

void unfilter_bytes(enum filter filter, const struct unfilter_line *line) {
    bool is_first = line->above == NULL;
    if (filter == FILTER_NONE || (is_first && filter == FILTER_UP)) {
        memcpy(line->to, line->from, line->count);
    } else if (filter == FILTER_SUB || (is_first && filter == FILTER_PAETH)) {
        sub_bytes(line);   /* Paeth with nothing above always guesses the left */
    } else if (filter == FILTER_UP) {
        up_bytes(line);
    } else if (filter == FILTER_AVERAGE) {
        average_bytes(line);
    } else {
        paeth_bytes(line);
    }
}
