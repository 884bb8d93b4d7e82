/*
 * kernels_test.c - every set of kernels gives the same bytes, and those are pixman's.
 *
 * Each kernel of each set runs on rows of every length up to LENGTHS at every
 * alignment of a vector, between guard pixels that must stay.  The portable set is
 * compared with pixman composing the same row; products with exact division.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pixman.h>

#include "base/attr.h"
#include "../src/kernels.h"

enum { LENGTHS = 100, SHIFTS = 16, ROW = LENGTHS + 2 * SHIFTS, GUARD = 0x5a5a1234 };

static uint32_t random_state = 7;

static uint32_t random_word(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Alphas of 0 and 255 are as frequent as in real pictures; some rows are all of one kind. */
static uint32_t random_pixel(unsigned kind) {
    uint32_t pixel = random_word();
    uint32_t alpha = kind == 0   ? 255
                     : kind == 1 ? 0
                     : pixel % 3 ? pixel >> 24
                                 : (pixel >> 8 & 1) * 255;
    uint32_t out = alpha << 24;
    for (int c = 0; c < 24; c += 8) {
        out |= (pixel >> c & 255) * alpha / 255 << c;
    }
    return out;
}

struct rows {
    uint32_t to[ROW];
    uint32_t from[ROW];
    uint8_t mask[ROW];
    uint16_t above[4 * ROW];
    uint16_t below[4 * ROW];
    struct renderer_column columns[ROW];
};

static void rows_fill(struct rows *rows, unsigned kind) {
    for (int i = 0; i < ROW; i++) {
        rows->to[i] = kind == 5 ? random_word() : random_pixel(3);
        rows->from[i] = kind == 5 ? random_word() : random_pixel(kind);
        uint32_t mask = random_word();
        rows->mask[i] = (uint8_t)(kind == 2   ? 255
                                  : kind == 3 ? 0
                                  : mask % 3  ? mask >> 8
                                              : (mask >> 20 & 1) * 255);
        rows->columns[i] = (struct renderer_column){ random_word() % ROW, random_word() % ROW,
                                                     random_word() % SCALE_ONE };
    }
    for (int i = 0; i < 4 * ROW; i++) {
        rows->above[i] = (uint16_t)(random_word() % (255 * SCALE_ONE + 1));
        rows->below[i] = (uint16_t)(random_word() % (255 * SCALE_ONE + 1));
    }
}

enum { RUN_FILL, RUN_COPY, RUN_OVER, RUN_OVER_ALPHA, RUN_OVER_MASK, RUN_BLEND, RUN_BLEND_MASK,
       RUN_RAMP, RUN_MIX, RUN_KINDS };

static const int32_t dither[DITHER_SIDE] = { 1 << 15, 3 << 15, 99 << 15, 65 << 15,
                                             127 << 15, 5 << 15, 64 << 15, 30 << 15 };

static struct renderer_ramp ramp_for(uint32_t colour, size_t count) {
    struct renderer_ramp ramp = { .dither = dither };
    for (int c = 0; c < 4; c++) {
        int32_t first = (int32_t)(colour >> (8 * c) & 255) << RAMP_FRACTION_BITS;
        int32_t last = (int32_t)(colour >> (24 - 8 * c) & 255) << RAMP_FRACTION_BITS;
        ramp.value[c] = first;
        ramp.step[c] = (last - first) / (int32_t)(count + 1);
    }
    return ramp;
}

static void run(const struct renderer_kernels *k, int which, struct rows *rows, size_t at,
                size_t count, uint32_t colour) {
    struct renderer_ramp ramp = ramp_for(colour, count);
    uint32_t *to = rows->to + at;
    const uint32_t *from = rows->from + at / 2;
    const uint8_t *mask = rows->mask + at / 3;
    switch (which) {
    case RUN_FILL: k->fill(to, colour, count); break;
    case RUN_COPY: k->copy(to, from, count); break;
    case RUN_OVER: k->over(to, from, count); break;
    case RUN_OVER_ALPHA: k->over_alpha(to, from, colour >> 13 & 255, count); break;
    case RUN_OVER_MASK: k->over_mask(to, from, mask, count); break;
    case RUN_BLEND: k->blend(to, colour, count); break;
    case RUN_BLEND_MASK: k->blend_mask(to, colour, mask, count); break;
    case RUN_RAMP: k->ramp(to, &ramp, count); break;
    default: k->mix(to, rows->above + at, rows->below + at, colour % SCALE_ONE, count); break;
    }
}

static void compare_sets(const struct renderer_kernels *vector, int which) {
    static struct rows plain, wide;
    for (size_t count = 0; count <= LENGTHS; count++) {
        for (size_t at = 0; at < SHIFTS; at++) {
            unsigned kind = random_word() % 6;
            uint32_t colour = kind == 5 ? random_word() : random_pixel(kind);
            rows_fill(&plain, kind);
            plain.to[at + count] = GUARD;
            wide = plain;
            run(&renderer_portable_kernels, which, &plain, at, count, colour);
            run(vector, which, &wide, at, count, colour);
            assert_memory_equal(&plain, &wide, sizeof(plain));
            assert_int_equal(GUARD, wide.to[at + count]);
        }
    }
}

static void compare_stretch_and_fade(const struct renderer_kernels *vector) {
    static struct rows plain, wide;
    for (size_t count = 0; count <= LENGTHS; count++) {
        rows_fill(&plain, 4);
        wide = plain;
        renderer_portable_kernels.stretch(plain.above, plain.from, plain.columns, count);
        vector->stretch(wide.above, wide.from, wide.columns, count);
        uint32_t alpha = random_word() & 255;
        renderer_portable_kernels.fade((uint8_t *)plain.to + 1, plain.mask + 3, alpha, count);
        vector->fade((uint8_t *)wide.to + 1, wide.mask + 3, alpha, count);
        assert_memory_equal(&plain, &wide, sizeof(plain));
    }
}

static void vector_kernels_equal_the_portable_ones_at_every_length(void **state) {
    (void)state;
    for (int level = CPU_AVX2; level <= (int)cpu_level(); level++) {
        const struct renderer_kernels *vector = renderer_vector_kernels((enum cpu_level)level);
        for (int which = 0; vector != NULL && which < RUN_KINDS; which++) {
            compare_sets(vector, which);
        }
        if (vector != NULL) {
            compare_stretch_and_fade(vector);
        }
    }
}

/* The row to + at composed by pixman with the same operands. */
static void peer(int which, struct rows *rows, size_t at, int count, uint32_t colour) {
    pixman_color_t solid = { .red = (uint16_t)((colour >> 16 & 255) * 257),
                             .green = (uint16_t)((colour >> 8 & 255) * 257),
                             .blue = (uint16_t)((colour & 255) * 257),
                             .alpha = (uint16_t)((colour >> 24) * 257) };
    pixman_color_t fade = { .alpha = (uint16_t)((colour >> 13 & 255) * 257) };
    bool is_solid = which == RUN_BLEND || which == RUN_BLEND_MASK || which == RUN_FILL;
    pixman_image_t *to = pixman_image_create_bits(PIXMAN_a8r8g8b8, count, 1, rows->to + at,
                                                  count * 4);
    pixman_image_t *from =
        is_solid ? pixman_image_create_solid_fill(&solid)
                 : pixman_image_create_bits(PIXMAN_a8r8g8b8, count, 1, rows->from + at / 2,
                                            count * 4);
    pixman_image_t *mask = NULL;
    static uint32_t mask_words[ROW / 4 + 1];
    if (which == RUN_OVER_MASK || which == RUN_BLEND_MASK) {
        memcpy(mask_words, rows->mask + at / 3, (size_t)count);
        mask = pixman_image_create_bits(PIXMAN_a8, count, 1, mask_words,
                                        (int)sizeof(mask_words));
    } else if (which == RUN_OVER_ALPHA) {
        mask = pixman_image_create_solid_fill(&fade);
    }
    bool is_source = which == RUN_FILL || which == RUN_COPY;
    pixman_image_composite32(is_source ? PIXMAN_OP_SRC : PIXMAN_OP_OVER, from, mask, to, 0, 0, 0,
                             0, 0, 0, count, 1);
    pixman_image_unref(to);
    pixman_image_unref(from);
    if (mask != NULL) {
        pixman_image_unref(mask);
    }
}

static void source_over_and_masks_equal_pixman_to_the_bit(void **state) {
    (void)state;
    static struct rows ours, theirs;
    for (int round = 0; round < 4000; round++) {
        int which = round % (RUN_BLEND_MASK + 1);
        unsigned kind = random_word() % 5;
        uint32_t colour = random_pixel(kind);
        size_t count = 1 + random_word() % LENGTHS;
        rows_fill(&ours, kind);
        theirs = ours;
        run(&renderer_portable_kernels, which, &ours, 3, count, colour);
        peer(which, &theirs, 3, (int)count, colour);
        assert_memory_equal(&ours, &theirs, sizeof(ours));
    }
}

static void products_are_rounded_quotients(void **state) {
    (void)state;
    for (uint32_t a = 0; a < 256; a++) {
        for (uint32_t b = 0; b < 256; b++) {
            /* Rounded to nearest; a tie would need 2ab to be odd. */
            uint32_t exact = (2 * a * b + 255) / 510;
            assert_int_equal(exact, renderer_multiply(a, b));
            uint32_t four = renderer_scale_pixel(a * 0x01010101u, b);
            assert_int_equal(exact * 0x01010101u, four);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_rounded_quotients),
        cmocka_unit_test(source_over_and_masks_equal_pixman_to_the_bit),
        cmocka_unit_test(vector_kernels_equal_the_portable_ones_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
