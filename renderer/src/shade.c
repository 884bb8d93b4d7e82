/*
 * shade.c - coverage of blurred boxes, in whole numbers.
 *
 * The blur is four running means one after the other, whose widths less one add
 * up to twice the blur: a bell that ends exactly `blur` pixels out, near enough to
 * a Gaussian of 0.3 * blur.  Its weights are counts, brought to a sum of 65,536.
 * Coverage of the sharp box is blurred along x, rounded to 8 bits, then along y.
 */
#include <string.h>

#include "base/assert.h"
#include "renderer_impl.h"
#include "sync/memory.h"

enum {
    MEANS = 4,
    TAPS_MAX = 2 * RENDERER_BLUR_MAX + 1,
    WEIGHT_ONE = 1 << 16,
};

/*
 * weights[0 .. 2 * blur]: how many ways the means give each distance, scaled down
 * to a sum of WEIGHT_ONE with what rounding leaves over in the middle.
 */
static void bell(uint32_t *weights, uint32_t blur) {
    uint64_t counts[TAPS_MAX] = { 1 };
    uint32_t reach = 0;   /* distances that occur so far: 0 to reach */
    uint64_t total = 1;
    for (uint32_t mean = 0; mean < MEANS; mean++) {
        uint32_t width = (2 * blur + mean) / MEANS + 1;   /* the four add up to 2 * blur + 4 */
        uint64_t sums[TAPS_MAX] = { 0 };
        for (uint32_t i = 0; i <= reach; i++) {
            for (uint32_t j = 0; j < width; j++) {
                sums[i + j] += counts[i];
            }
        }
        reach += width - 1;
        total *= width;
        memcpy(counts, sums, sizeof(counts));
    }
    ASSERT(reach == 2 * blur);
    uint32_t left = WEIGHT_ONE;
    for (uint32_t i = 0; i <= reach; i++) {
        weights[i] = (uint32_t)(counts[i] * WEIGHT_ONE / total);
        left -= weights[i];
    }
    weights[blur] += left;
}

struct renderer_shade renderer_shade_for(struct picture_rect box, uint32_t radius,
                                         uint32_t blur) {
    uint32_t width = (uint32_t)(box.x1 - box.x0);
    uint32_t height = (uint32_t)(box.y1 - box.y0);
    uint32_t end = 2 * blur + radius;
    uint32_t most = 2 * end + 1;
    return (struct renderer_shade){
        .radius = radius, .blur = blur, .end = end,
        .columns = width + 2 * blur < most ? width + 2 * blur : most,
        .rows = height + 2 * blur < most ? height + 2 * blur : most };
}

/* The sharp box as it is cut for the table, and room to blur it. */
struct sharp {
    const struct renderer_cover *cover;   /* NULL for square corners */
    uint32_t width;
    uint32_t height;
    uint8_t *wide;                        /* height rows of `columns`, blurred along x */
    uint8_t *line;                        /* a row with its rims: columns + 2 * blur */
};

static void sharp_row(const struct sharp *sharp, uint8_t *out, uint32_t row) {
    memset(out, 255, sharp->width);
    uint32_t upwards = sharp->height - 1 - row;
    uint32_t corner = row < upwards ? row : upwards;
    if (sharp->cover != NULL && corner < sharp->cover->side) {
        uint32_t side = sharp->cover->side;
        const uint8_t *mask = sharp->cover->mask + (size_t)corner * 2 * side;
        memcpy(out, mask, side);
        memcpy(out + sharp->width - side, mask + side, side);
    }
}

/* Blur one row along x: out[i] is the weighted sum of line[i .. i + 2 * blur]. */
static void blur_row(uint8_t *out, const uint8_t *line, const uint32_t *weights,
                     const struct renderer_shade *shade) {
    for (uint32_t i = 0; i < shade->columns; i++) {
        uint32_t sum = WEIGHT_ONE / 2;
        for (uint32_t k = 0; k <= 2 * shade->blur; k++) {
            sum += weights[k] * line[i + k];
        }
        out[i] = (uint8_t)(sum / WEIGHT_ONE);
    }
}

/* Row `row` of the table from the rows already blurred along x. */
static void blur_column(const struct renderer_shade *shade, const struct sharp *sharp,
                        const uint32_t *weights, uint32_t row) {
    uint32_t sums[2 * (2 * RENDERER_BLUR_MAX + RENDERER_RADIUS_MAX) + 1];
    for (uint32_t i = 0; i < shade->columns; i++) {
        sums[i] = WEIGHT_ONE / 2;
    }
    for (uint32_t k = 0; k <= 2 * shade->blur; k++) {
        /* Table row `row` lies blur rows above box row `row`; tap k is blur rows to k below. */
        int64_t from = (int64_t)row + k - 2 * (int64_t)shade->blur;
        if (from >= 0 && from < sharp->height) {
            const uint8_t *wide = sharp->wide + (size_t)from * shade->columns;
            for (uint32_t i = 0; i < shade->columns; i++) {
                sums[i] += weights[k] * wide[i];
            }
        }
    }
    uint8_t *out = shade->mask + (size_t)row * shade->columns;
    for (uint32_t i = 0; i < shade->columns; i++) {
        out[i] = (uint8_t)(sums[i] / WEIGHT_ONE);
    }
}

static void shade_fill(const struct renderer_shade *shade, const struct sharp *sharp) {
    uint32_t weights[TAPS_MAX];
    bell(weights, shade->blur);
    for (uint32_t row = 0; row < sharp->height; row++) {
        memset(sharp->line, 0, shade->columns + 2 * shade->blur);
        sharp_row(sharp, sharp->line + 2 * shade->blur, row);
        blur_row(sharp->wide + (size_t)row * shade->columns, sharp->line, weights, shade);
    }
    for (uint32_t row = 0; row < (shade->rows + 1) / 2; row++) {
        blur_column(shade, sharp, weights, row);
    }
}

static enum status shade_make(struct renderer *renderer, struct renderer_shade *shade) {
    struct sharp sharp = { .width = shade->columns - 2 * shade->blur,
                           .height = shade->rows - 2 * shade->blur };
    enum status status = STATUS_OK;
    if (shade->radius > 0) {
        status = renderer_cover_find(renderer, shade->radius, 0, &sharp.cover);
    }
    if (status != STATUS_OK) {
        return status;
    }
    size_t work_bytes = (size_t)sharp.height * shade->columns;
    sharp.wide = sync_alloc(work_bytes + shade->columns + 2 * shade->blur);
    if (sharp.wide == NULL) {
        return STATUS_NO_MEMORY;
    }
    sharp.line = sharp.wide + work_bytes;
    size_t bytes = (size_t)((shade->rows + 1) / 2) * shade->columns;
    status = renderer_table_take(renderer, bytes, &shade->mask);
    if (status == STATUS_OK) {
        shade_fill(shade, &sharp);
    }
    sync_free(sharp.wide);
    return status;
}

static bool is_same(const struct renderer_shade *a, const struct renderer_shade *b) {
    return a->radius == b->radius && a->blur == b->blur && a->columns == b->columns &&
           a->rows == b->rows;
}

enum status renderer_shade_find(struct renderer *renderer, struct renderer_shade want,
                                const struct renderer_shade **out) {
    *out = NULL;
    for (uint32_t i = 0; i < renderer->shade_count; i++) {
        if (is_same(&renderer->shades[i], &want)) {
            *out = &renderer->shades[i];
            return STATUS_OK;
        }
    }
    if (renderer->shade_count == TABLES_MAX) {
        return STATUS_LIMIT;
    }
    struct renderer_shade *shade = &renderer->shades[renderer->shade_count];
    *shade = want;
    enum status status = shade_make(renderer, shade);
    if (status == STATUS_OK) {
        renderer->shade_count++;
        *out = shade;
    }
    return status;
}
