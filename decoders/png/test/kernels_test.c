/*
 * kernels_test.c - every vector kernel beside its portable twin, at every width and
 * alignment, with canaries behind what it may write.
 */
#include "../src/encoder.h"
#include "../src/unfilter.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sync/random.h"

enum { WIDTH_MAX = 70, ROWS = 9, BYTES = (WIDTH_MAX * 4 + 40) * (ROWS + 2), CANARY = 0xa5 };

static uint8_t from[BYTES];
static uint8_t above[BYTES];
static uint8_t expected[BYTES];
static uint8_t got[BYTES];

static void fill(struct sync_sequence *sequence, uint8_t *bytes, size_t count) {
    uint64_t spread = sync_sequence_below(sequence, 3);
    for (size_t i = 0; i < count; i++) {
        uint8_t noise = (uint8_t)sync_sequence_next(sequence);
        bytes[i] = spread == 0 ? noise : spread == 1 ? noise % 4 : noise % 2 != 0 ? 255 : 0;
    }
}

static void prepare(struct sync_sequence *sequence, size_t step) {
    fill(sequence, from, sizeof(from));
    fill(sequence, above, sizeof(above));
    for (size_t i = 3; i < sizeof(above) && step == 3; i += 4) {
        above[i] = 255;   /* RGB rows are opaque */
    }
    memset(expected, CANARY, sizeof(expected));
    memset(got, CANARY, sizeof(got));
}

static void unfilters_rows_like_plain_c(void **state) {
    (void)state;
    const struct unfilter_kernels *vector = unfilter_vector_kernels();
    struct sync_sequence sequence = { 1 };
    for (size_t step = 3; vector != NULL && step <= 4; step++) {
        for (size_t width = 1; width <= WIDTH_MAX; width++) {
            for (int filter = 0; filter < FILTER_COUNT; filter++) {
                size_t shift = width % 17;   /* alignments of input and output */
                prepare(&sequence, step);
                unfilter_portable.rows[step == 4][filter](from + shift, above, expected + shift,
                                                          width);
                vector->rows[step == 4][filter](from + shift, above, got + shift, width);
                assert_memory_equal(got, expected, sizeof(got));
            }
        }
    }
}

static void unfilters_paeth_rows_together_like_one_by_one(void **state) {
    (void)state;
    static const uint32_t counts[] = { 2, 3, 4, 8 };
    const struct unfilter_kernels *vector = unfilter_vector_kernels();
    struct sync_sequence sequence = { 2 };
    for (size_t step = 3; vector != NULL && step <= 4; step++) {
        for (size_t width = vector->paeth_rows_pixels_min; width <= WIDTH_MAX; width++) {
            for (size_t i = 0; i < 4; i++) {
                size_t from_stride = width * step + 1;
                size_t to_stride = width * 4 + width % 5;
                prepare(&sequence, step);
                const uint8_t *up = above;
                for (uint32_t row = 0; row < counts[i]; row++) {
                    uint8_t *to = expected + row * to_stride;
                    unfilter_portable.rows[step == 4][FILTER_PAETH](from + row * from_stride, up,
                                                                    to, width);
                    up = to;
                }
                vector->paeth_rows[step == 4](&(struct unfilter_rows){
                    .from = from, .from_stride = from_stride, .above = above, .to = got,
                    .to_stride = to_stride, .pixels = width, .count = counts[i] });
                assert_memory_equal(got, expected, sizeof(got));
            }
        }
    }
}

static void weighs_and_applies_filters_like_plain_c(void **state) {
    (void)state;
    const struct filter_kernels *vector = filter_vector_kernels();
    struct sync_sequence sequence = { 3 };
    for (size_t count = 1; vector != NULL && count < 300; count++) {
        for (size_t step = 1; step <= 4; step++) {
            prepare(&sequence, 4);
            memset(from, 0, 32);
            memset(above, 0, 32);
            struct filter_line line = { .row = from + 32, .above = above + 32, .count = count,
                                        .step = step };
            uint64_t sums[2][FILTER_COUNT];
            filter_portable.sums(&line, sums[0]);
            vector->sums(&line, sums[1]);
            assert_memory_equal(sums[0], sums[1], sizeof(sums[0]));
            for (int filter = 0; filter < FILTER_COUNT; filter++) {
                filter_portable.apply((enum filter)filter, &line, expected);
                vector->apply((enum filter)filter, &line, got);
                assert_memory_equal(got, expected, sizeof(got));
            }
        }
    }
}

/* What one side filters, the other undoes: all filters, all byte distances. */
static void undoes_what_it_filters(void **state) {
    (void)state;
    struct sync_sequence sequence = { 4 };
    for (size_t count = 1; count < 120; count++) {
        for (size_t step = 1; step <= 8; step++) {
            for (int filter = 0; filter < FILTER_COUNT; filter++) {
                prepare(&sequence, 4);
                memset(from, 0, 32);
                memset(above, 0, 32);
                filter_portable.apply((enum filter)filter,
                                      &(struct filter_line){ .row = from + 32,
                                                             .above = above + 32,
                                                             .count = count, .step = step },
                                      expected);
                unfilter_bytes((enum filter)filter,
                               &(struct unfilter_line){ .from = expected, .above = above + 32,
                                                        .to = got, .count = count,
                                                        .step = step });
                assert_memory_equal(got, from + 32, count);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unfilters_rows_like_plain_c),
        cmocka_unit_test(unfilters_paeth_rows_together_like_one_by_one),
        cmocka_unit_test(weighs_and_applies_filters_like_plain_c),
        cmocka_unit_test(undoes_what_it_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
