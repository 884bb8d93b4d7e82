/*
 * cover.c - coverage of round corners, by counting samples.
 *
 * A pixel is 16 x 16 samples.  In units of 1/32 pixel the samples stand at odd
 * coordinates and the circle's centre and radius at multiples of 32, so "inside"
 * is a comparison of whole numbers: dx * dx + dy * dy <= r * r.  Coverage is
 * samples inside * 255 / 256, rounded.  A ring's corner is the outer circle's
 * coverage less the inner one's.
 */
#include "base/assert.h"
#include "renderer_impl.h"
#include "sync/memory.h"

enum { SAMPLES = 16, UNIT = 2 * SAMPLES };

void renderer_tables_drop(struct renderer *renderer) {
    for (uint32_t i = 0; i < renderer->cover_count; i++) {
        sync_free(renderer->covers[i].mask);
    }
    for (uint32_t i = 0; i < renderer->shade_count; i++) {
        sync_free(renderer->shades[i].mask);
    }
    renderer->cover_count = 0;
    renderer->shade_count = 0;
    renderer->table_bytes = 0;
}

void renderer_tables_trim(struct renderer *renderer) {
    if (renderer->cover_count > TABLES_MAX / 2 || renderer->shade_count > TABLES_MAX / 2 ||
        renderer->table_bytes > renderer->options.table_bytes_max / 2) {
        renderer_tables_drop(renderer);
    }
}

enum status renderer_table_take(struct renderer *renderer, size_t bytes, uint8_t **out) {
    *out = NULL;
    if (bytes > renderer->options.table_bytes_max - renderer->table_bytes) {
        return STATUS_LIMIT;
    }
    *out = sync_alloc(bytes);
    if (*out == NULL) {
        return STATUS_NO_MEMORY;
    }
    renderer->table_bytes += bytes;
    return STATUS_OK;
}

/* The largest whole number whose square is at most `square`. */
static uint32_t root(uint32_t square) {
    uint32_t result = 0;
    for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1) {
        uint32_t more = result | bit;
        if (more * more <= square) {
            result = more;
        }
    }
    return result;
}

/*
 * Add to `counts`, one a pixel, the samples inside the circle of one line of
 * samples `dy` units above the centre.  Samples stand at odd distances from the
 * centre, so those inside are the odd numbers up to the chord's half.
 */
static void count_line(uint16_t *counts, uint32_t radius, uint32_t dy) {
    uint32_t half = root(radius * UNIT * radius * UNIT - dy * dy);
    uint32_t inside = (half + 1) / 2;                 /* odd numbers 1, 3 ... <= half */
    uint32_t outside = radius * SAMPLES - inside;     /* samples left of the circle */
    uint32_t pixel = outside / SAMPLES;
    if (pixel < radius) {
        counts[pixel] = (uint16_t)(counts[pixel] + SAMPLES - outside % SAMPLES);
    }
    for (pixel++; pixel < radius; pixel++) {
        counts[pixel] = (uint16_t)(counts[pixel] + SAMPLES);
    }
}

/* Coverage of row `row` of a round corner's square; 255 for a radius of 0. */
static void cover_row(uint8_t *out, uint32_t radius, uint32_t row) {
    uint16_t counts[RENDERER_RADIUS_MAX] = { 0 };
    ASSERT(radius <= RENDERER_RADIUS_MAX && row < radius);
    for (uint32_t line = 0; line < SAMPLES; line++) {
        count_line(counts, radius, (radius - row) * UNIT - 2 * line - 1);
    }
    for (uint32_t i = 0; i < radius; i++) {
        out[i] = (uint8_t)((counts[i] * 255u + 128) / 256);
    }
}

/* Take the inner circle's coverage, `ring` pixels further in, from a row of the outer's. */
static void cut_ring(const struct renderer_cover *cover, uint8_t *out, uint32_t row) {
    uint8_t inner[RENDERER_RADIUS_MAX];
    if (row < cover->ring) {
        return;
    }
    uint32_t radius = cover->radius > cover->ring ? cover->radius - cover->ring : 0;
    if (radius > 0) {
        cover_row(inner, radius, row - cover->ring);
    }
    for (uint32_t i = cover->ring; i < cover->side; i++) {
        uint32_t taken = i - cover->ring < radius ? inner[i - cover->ring] : 255;
        out[i] = (uint8_t)(out[i] > taken ? out[i] - taken : 0);
    }
}

static void cover_fill(struct renderer_cover *cover) {
    for (uint32_t row = 0; row < cover->side; row++) {
        uint8_t *out = cover->mask + (size_t)row * 2 * cover->side;
        for (uint32_t i = 0; i < cover->side; i++) {
            out[i] = 255;
        }
        if (row < cover->radius) {
            cover_row(out, cover->radius, row);
        }
        if (cover->ring > 0) {
            cut_ring(cover, out, row);
        }
        for (uint32_t i = 0; i < cover->side; i++) {
            out[2 * cover->side - 1 - i] = out[i];
        }
    }
}

enum status renderer_cover_find(struct renderer *renderer, uint32_t radius, uint32_t ring,
                                const struct renderer_cover **out) {
    *out = NULL;
    for (uint32_t i = 0; i < renderer->cover_count; i++) {
        if (renderer->covers[i].radius == radius && renderer->covers[i].ring == ring) {
            *out = &renderer->covers[i];
            return STATUS_OK;
        }
    }
    if (renderer->cover_count == TABLES_MAX) {
        return STATUS_LIMIT;
    }
    struct renderer_cover *cover = &renderer->covers[renderer->cover_count];
    uint32_t side = radius > ring ? radius : ring;
    *cover = (struct renderer_cover){ .radius = radius, .ring = ring, .side = side };
    enum status status = renderer_table_take(renderer, (size_t)side * side * 2, &cover->mask);
    if (status == STATUS_OK) {
        cover_fill(cover);
        renderer->cover_count++;
        *out = cover;
    }
    return status;
}
