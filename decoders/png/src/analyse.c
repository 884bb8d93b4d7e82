/* analyse.c - the smallest colour type that holds every pixel of a picture. */
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "encoder.h"
#include "sync/memory.h"
#include "workpool/partition.h"

enum { BAND_BYTES = 1 << 20, LOW_DEPTH_COLOURS_MAX = 16, OPAQUE = 255 };

void wpng_colour_set_clear(struct colour_set *set) {
    set->count = 0;
    memset(set->slots, 0, sizeof(set->slots));
}

static uint32_t slot_of(uint32_t word) {
    return word * 0x9e3779b1u >> 22;   /* the top 10 bits: COLOUR_SLOTS */
}

void wpng_colour_set_add(struct colour_set *set, uint32_t word) {
    if (set->count > ENCODE_COLOURS_MAX) {
        return;
    }
    uint32_t slot = slot_of(word);
    while (set->slots[slot] != 0) {
        if (set->words[set->slots[slot] - 1] == word) {
            return;
        }
        slot = (slot + 1) % COLOUR_SLOTS;
    }
    if (set->count < ENCODE_COLOURS_MAX) {
        set->words[set->count] = word;
        set->slots[slot] = (uint16_t)(set->count + 1);
    }
    set->count++;
}

uint32_t wpng_colour_set_find(const struct colour_set *set, uint32_t word) {
    uint32_t slot = slot_of(word);
    while (set->words[set->slots[slot] - 1] != word) {
        slot = (slot + 1) % COLOUR_SLOTS;
    }
    return set->slots[slot] - 1u;
}

/* What a band of rows holds. */
struct band {
    bool has_alpha;
    bool has_colour;
    uint32_t count;                       /* of words; over the maximum: too many */
    uint32_t words[ENCODE_COLOURS_MAX];
};

struct analysis {
    const struct picture_view *view;
    uint32_t band_rows;
    struct band *bands;
};

/* Alpha and colour of a row, without branches so that it becomes vectors. */
static void look_at_row(const uint8_t *row, size_t pixels, struct band *band) {
    uint32_t all = UINT32_MAX;
    uint32_t difference = 0;
    for (size_t i = 0; i < pixels; i++) {
        uint32_t word = get_le32(row + 4 * i);   /* alpha, blue, green, red from the top */
        all &= word;
        difference |= word ^ word >> 8;
    }
    band->has_alpha |= all >> 24 != OPAQUE;
    band->has_colour |= (difference & 0xffff) != 0;
}

/* Whether the four pixels at `from` are all `word`: most are, in pictures of few colours. */
static inline bool are_four(const uint8_t *from, uint32_t word) {
    uint64_t pair = (uint64_t)word << 32 | word;
    uint64_t first;
    uint64_t second;
    memcpy(&first, from, sizeof(first));
    memcpy(&second, from + 8, sizeof(second));
    return ((first ^ pair) | (second ^ pair)) == 0;
}

static void add_colours(const uint8_t *row, size_t pixels, struct colour_set *set) {
    uint32_t last;
    memcpy(&last, row, sizeof(last));
    wpng_colour_set_add(set, last);
    size_t i = 1;
    while (i < pixels && set->count <= ENCODE_COLOURS_MAX) {
        if (i + 4 <= pixels && are_four(row + 4 * i, last)) {
            i += 4;
            continue;
        }
        uint32_t word;
        memcpy(&word, row + 4 * i, sizeof(word));
        if (word != last) {
            wpng_colour_set_add(set, word);
            last = word;
        }
        i++;
    }
}

static enum status analyse_band(const struct workpool_chunk *chunk) {
    const struct analysis *analysis = chunk->context;
    const struct picture_view *view = analysis->view;
    struct band *band = &analysis->bands[chunk->number];
    struct colour_set set;
    wpng_colour_set_clear(&set);
    for (uint64_t y = chunk->begin; y < chunk->end; y++) {
        const uint8_t *row = picture_row(view, (uint32_t)y);
        if (!band->has_alpha || !band->has_colour) {
            look_at_row(row, view->width, band);
        }
        if (set.count <= ENCODE_COLOURS_MAX) {
            add_colours(row, view->width, &set);
        } else if (band->has_alpha && band->has_colour) {
            break;
        }
    }
    band->count = set.count;
    memcpy(band->words, set.words, sizeof(band->words));
    return STATUS_OK;
}

const struct workpool_kind encode_analyse_kind = { .name = "png.analyse", .body = analyse_band };

/* Less opaque colours first, so that tRNS can be short; then by red, green, blue. */
static int compare_words(const void *a, const void *b) {
    const uint8_t *x = a;
    const uint8_t *y = b;
    return x[3] != y[3] ? x[3] - y[3] : memcmp(x, y, 3);
}

static void sort_palette(struct encode_format *format) {
    struct colour_set *set = &format->palette;
    uint32_t words[ENCODE_COLOURS_MAX];
    uint32_t count = set->count;
    memcpy(words, set->words, sizeof(words));
    qsort(words, count, sizeof(*words), compare_words);
    wpng_colour_set_clear(set);
    format->transparent_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[4];
        memcpy(bytes, &words[i], sizeof(bytes));
        format->transparent_count += bytes[3] != OPAQUE;
        wpng_colour_set_add(set, words[i]);
    }
}

static uint32_t palette_depth(uint32_t count) {
    return count <= 2 ? 1 : count <= 4 ? 2 : count <= LOW_DEPTH_COLOURS_MAX ? 4 : 8;
}

static void choose(const struct band *sum, uint32_t width, struct encode_format *format) {
    bool is_small = format->palette.count <= LOW_DEPTH_COLOURS_MAX;
    bool fits_palette = format->palette.count <= ENCODE_COLOURS_MAX;
    bool is_plain_gray = !sum->has_colour && !sum->has_alpha;
    format->bit_depth = 8;
    format->is_filtered = true;
    if (is_small || (fits_palette && !is_plain_gray)) {
        sort_palette(format);
        format->colour = WPNG_PALETTE;
        format->bit_depth = palette_depth(format->palette.count);
        format->is_filtered = false;
    } else if (!sum->has_colour) {
        format->colour = sum->has_alpha ? WPNG_GRAY_ALPHA : WPNG_GRAY;
    } else {
        format->colour = sum->has_alpha ? WPNG_RGBA : WPNG_RGB;
    }
    static const uint8_t channels[7] = { [WPNG_GRAY] = 1, [WPNG_RGB] = 3, [WPNG_PALETTE] = 1,
                                         [WPNG_GRAY_ALPHA] = 2, [WPNG_RGBA] = 4 };
    format->pixel_bits = channels[format->colour] * format->bit_depth;
    format->row_bytes = ((size_t)width * format->pixel_bits + 7) / 8;
}

/* The bands in their order; the order does not matter to sets, but costs nothing. */
static void fold_bands(const struct analysis *analysis, uint64_t band_count,
                       struct encode_format *format) {
    struct band sum = { 0 };
    wpng_colour_set_clear(&format->palette);
    for (uint64_t i = 0; i < band_count; i++) {
        const struct band *band = &analysis->bands[i];
        sum.has_alpha |= band->has_alpha;
        sum.has_colour |= band->has_colour;
        if (band->count > ENCODE_COLOURS_MAX) {
            format->palette.count = ENCODE_COLOURS_MAX + 1;
        }
        for (uint32_t k = 0; k < band->count && format->palette.count <= ENCODE_COLOURS_MAX; k++) {
            wpng_colour_set_add(&format->palette, band->words[k]);
        }
    }
    choose(&sum, analysis->view->width, format);
}

enum status encode_analyse(const struct picture_view *view, struct workpool *pool,
                           struct encode_format *out_format, struct diag *diag) {
    size_t row_bytes = (size_t)view->width * 4;
    uint32_t band_rows = row_bytes < BAND_BYTES ? (uint32_t)(BAND_BYTES / row_bytes) : 1;
    uint64_t band_count = workpool_segment_count(view->height, band_rows);
    struct analysis analysis = { .view = view, .band_rows = band_rows,
                                 .bands = sync_alloc_zero(band_count, sizeof(struct band)) };
    if (analysis.bands == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory to encode");
    }
    const struct workpool_job job = { .kind = &encode_analyse_kind, .count = view->height,
                                      .grain = band_rows, .context = &analysis };
    enum status status = workpool_run(pool, &job, NULL);
    if (status == STATUS_OK) {
        fold_bands(&analysis, band_count, out_format);
    } else {
        status = diag_fail(diag, status, DIAG_NO_OFFSET, "the pool refused the job");
    }
    sync_free(analysis.bands);
    return status;
}
