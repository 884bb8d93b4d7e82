/* filter.c - the five filters applied, and weighed, in plain C. */
#include <string.h>

#include "base/cpu.h"
#include "encoder.h"

static inline uint8_t residual(enum filter filter, const struct filter_line *line, size_t i) {
    uint8_t left = line->row[(ptrdiff_t)i - (ptrdiff_t)line->step];
    uint8_t up = line->above[i];
    uint8_t corner = line->above[(ptrdiff_t)i - (ptrdiff_t)line->step];
    switch (filter) {
    case FILTER_SUB:
        return (uint8_t)(line->row[i] - left);
    case FILTER_UP:
        return (uint8_t)(line->row[i] - up);
    case FILTER_AVERAGE:
        return (uint8_t)(line->row[i] - ((left + up) >> 1));
    case FILTER_PAETH:
        return (uint8_t)(line->row[i] - unfilter_paeth(left, up, corner));
    default:
        return line->row[i];
    }
}

void filter_sums_from(const struct filter_line *line, size_t begin, uint64_t sums[FILTER_COUNT]) {
    for (size_t i = begin; i < line->count; i++) {
        for (int filter = 0; filter < FILTER_COUNT; filter++) {
            uint32_t value = residual((enum filter)filter, line, i);
            sums[filter] += value < 128 ? value : 256 - value;
        }
    }
}

void filter_apply_from(enum filter filter, const struct filter_line *line, size_t begin,
                       uint8_t *to) {
    for (size_t i = begin; i < line->count; i++) {
        to[i] = residual(filter, line, i);
    }
}

static void sums_portable(const struct filter_line *line, uint64_t sums[FILTER_COUNT]) {
    memset(sums, 0, FILTER_COUNT * sizeof(*sums));
    filter_sums_from(line, 0, sums);
}

static void apply_portable(enum filter filter, const struct filter_line *line, uint8_t *to) {
    filter_apply_from(filter, line, 0, to);
}

const struct filter_kernels filter_portable = { .sums = sums_portable, .apply = apply_portable };

const struct filter_kernels *filter_kernels(void) {
    const struct filter_kernels *vector = filter_vector_kernels();
    return vector != NULL && cpu_level() >= CPU_AVX2 ? vector : &filter_portable;
}
