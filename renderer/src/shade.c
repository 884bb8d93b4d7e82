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

/*
 * The sharp box as it is cut for the table.  Between its corners all rows are alike,
 * and so are all columns, so both passes sum single weights only over the corners and
 * take the middle at once; halves that mirror each other are made once.
 */
struct sharp {
    const struct renderer_cover *cover;   /* NULL for square corners */
    int32_t radius;
    int32_t width;
    int32_t height;
    uint8_t *wide;                        /* radius + 1 rows of `columns`, blurred along x */
    uint32_t weights[TAPS_MAX];
    uint32_t sums[TAPS_MAX + 1];          /* sums[k] of the weights before k */
};

/* The weights of taps [from, to), those outside the bell counting nothing. */
static uint32_t weights_between(const struct sharp *sharp, int32_t from, int32_t to,
                                int32_t taps) {
    from = from < 0 ? 0 : from;
    to = to > taps ? taps : to;
    return from < to ? sharp->sums[to] - sharp->sums[from] : 0;
}

/*
 * Blur row `row` of the upper corners, or for row `radius` the middle, along x.  Tap k
 * of column i reads the box at column i + k - 2 * blur.
 */
static void blur_row(const struct renderer_shade *shade, const struct sharp *sharp,
                     int32_t row) {
    int32_t blur = (int32_t)shade->blur;
    int32_t taps = 2 * blur + 1;
    int32_t radius = row < sharp->radius ? sharp->radius : 0;
    const uint8_t *mask =
        radius > 0 ? sharp->cover->mask + (size_t)row * 2 * sharp->cover->side : NULL;
    uint8_t *out = sharp->wide + (size_t)row * shade->columns;
    for (int32_t i = 0; i < ((int32_t)shade->columns + 1) / 2; i++) {
        int32_t shift = 2 * blur - i;   /* tap of the box's first column */
        uint32_t sum = WEIGHT_ONE / 2 +
                       255 * weights_between(sharp, shift + radius,
                                             shift + sharp->width - radius, taps);
        for (int32_t j = shift < 0 ? -shift : 0; j < radius && j + shift < taps; j++) {
            sum += sharp->weights[j + shift] * mask[j];
        }
        int32_t right = shift + sharp->width - 1;   /* tap of the box's last column */
        for (int32_t j = right < taps ? 0 : right - taps + 1; j < radius && right - j >= 0; j++) {
            sum += sharp->weights[right - j] * mask[j];
        }
        out[i] = (uint8_t)(sum / WEIGHT_ONE);
        out[(int32_t)shade->columns - 1 - i] = out[i];
    }
}

/* Row `row` of the table from rows blurred along x. */
static void blur_column(const struct renderer_shade *shade, const struct sharp *sharp,
                        int32_t row) {
    uint32_t sums[2 * (2 * RENDERER_BLUR_MAX + RENDERER_RADIUS_MAX) + 1];
    int32_t taps = 2 * (int32_t)shade->blur + 1;
    int32_t shift = taps - 1 - row;                  /* tap of the box's first row */
    int32_t bottom = shift + sharp->height - 1;      /* and of its last */
    int32_t half = ((int32_t)shade->columns + 1) / 2;
    uint32_t middle = weights_between(sharp, shift + sharp->radius,
                                      shift + sharp->height - sharp->radius, taps);
    const uint8_t *wide = sharp->wide + (size_t)sharp->radius * shade->columns;
    for (int32_t i = 0; i < half; i++) {
        sums[i] = WEIGHT_ONE / 2 + middle * wide[i];
    }
    for (int32_t j = 0; j < sharp->radius; j++) {
        uint32_t weight = weights_between(sharp, shift + j, shift + j + 1, taps) +
                          weights_between(sharp, bottom - j, bottom - j + 1, taps);
        wide = sharp->wide + (size_t)j * shade->columns;
        for (int32_t i = 0; weight != 0 && i < half; i++) {
            sums[i] += weight * wide[i];
        }
    }
    uint8_t *out = shade->mask + (size_t)row * shade->columns;
    for (int32_t i = 0; i < half; i++) {
        out[i] = (uint8_t)(sums[i] / WEIGHT_ONE);
        out[(int32_t)shade->columns - 1 - i] = out[i];
    }
}

static void shade_fill(const struct renderer_shade *shade, struct sharp *sharp) {
    bell(sharp->weights, shade->blur);
    for (uint32_t k = 0; k <= 2 * shade->blur; k++) {
        sharp->sums[k + 1] = sharp->sums[k] + sharp->weights[k];
    }
    for (int32_t row = 0; row <= sharp->radius; row++) {
        blur_row(shade, sharp, row);
    }
    for (int32_t row = 0; row < ((int32_t)shade->rows + 1) / 2; row++) {
        blur_column(shade, sharp, row);
    }
}

static enum status shade_make(struct renderer *renderer, struct renderer_shade *shade) {
    struct sharp sharp = { .radius = (int32_t)shade->radius,
                           .width = (int32_t)(shade->columns - 2 * shade->blur),
                           .height = (int32_t)(shade->rows - 2 * shade->blur) };
    enum status status = STATUS_OK;
    if (shade->radius > 0) {
        status = renderer_cover_find(renderer, shade->radius, 0, &sharp.cover);
    }
    if (status != STATUS_OK) {
        return status;
    }
    sharp.wide = sync_alloc((size_t)(shade->radius + 1) * shade->columns);
    if (sharp.wide == NULL) {
        return STATUS_NO_MEMORY;
    }
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
