/*
 * ttf_mask.c - a run's glyphs from an atlas onto one mask.
 */
#include <string.h>

#include "base/assert.h"
#include "sync/memory.h"
#include "ttf/text.h"
#include "ttf_impl.h"

static uint32_t key_of(const struct ttf_placed *placed) {
    return ttf_key_glyph(placed->glyph, ttf_spot_of(placed->x, placed->y).quarter);
}

/* Keys in ascending order, each once, by a bottom-up heap sort; returns how many. */
static void sift(uint32_t *keys, uint32_t root, uint32_t count) {
    for (uint32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && keys[child + 1] > keys[child]) {
            child++;
        }
        if (keys[root] >= keys[child]) {
            return;
        }
        uint32_t key = keys[root];
        keys[root] = keys[child];
        keys[child] = key;
        root = child;
    }
}

static uint32_t sort_unique(uint32_t *keys, uint32_t count) {
    for (uint32_t i = count / 2; i > 0; i--) {
        sift(keys, i - 1, count);
    }
    for (uint32_t end = count; end > 1; end--) {
        uint32_t key = keys[0];
        keys[0] = keys[end - 1];
        keys[end - 1] = key;
        sift(keys, 0, end - 1);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || keys[kept - 1] != keys[i]) {
            keys[kept++] = keys[i];
        }
    }
    return kept;
}

enum status ttf_run_atlas(struct ttf_font *font, struct workpool *pool, const struct ttf_run *run,
                          struct ttf_atlas *out_atlas, struct diag *diag) {
    *out_atlas = (struct ttf_atlas){ .view = { .format = PICTURE_A8 } };
    uint32_t *keys = sync_alloc_zero(run->glyph_count, sizeof(*keys));
    if (keys == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->glyph_count; i++) {
        /* A malformed font can name glyphs that it does not have. */
        if (run->glyphs[i].glyph < font->info.glyph_count) {
            keys[count++] = key_of(&run->glyphs[i]);
        }
    }
    struct ttf_request request = { .keys = keys, .key_count = sort_unique(keys, count),
                                   .kind = TTF_KEY_GLYPH, .size_26_6 = run->size_26_6 };
    enum status status = ttf_atlas_create(font, pool, &request, out_atlas, diag);
    sync_free(keys);
    return status;
}

uint32_t ttf_run_stamps(const struct ttf_run *run, const struct ttf_atlas *atlas,
                        struct ttf_stamp *out_stamps) {
    ASSERT(run->glyph_count == 0 || run->size_26_6 == atlas->size_26_6);
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->glyph_count; i++) {
        const struct ttf_placed *placed = &run->glyphs[i];
        const struct ttf_entry *entry = ttf_atlas_find(atlas, key_of(placed));
        if (entry == NULL || picture_rect_is_empty(entry->rect)) {
            continue;
        }
        struct ttf_spot spot = ttf_spot_of(placed->x, placed->y);
        out_stamps[count++] = (struct ttf_stamp){ .rect = entry->rect, .x = spot.x + entry->left,
                                                  .y = spot.y + entry->top };
    }
    return count;
}

/* The least rectangle around all stamps, in page pixels. */
static struct picture_rect bounds_of(const struct ttf_stamp *stamps, uint32_t count) {
    struct picture_rect bounds = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        int32_t x1 = stamps[i].x + (stamps[i].rect.x1 - stamps[i].rect.x0);
        int32_t y1 = stamps[i].y + (stamps[i].rect.y1 - stamps[i].rect.y0);
        if (i == 0) {
            bounds = (struct picture_rect){ stamps[i].x, stamps[i].y, x1, y1 };
        }
        bounds.x0 = stamps[i].x < bounds.x0 ? stamps[i].x : bounds.x0;
        bounds.y0 = stamps[i].y < bounds.y0 ? stamps[i].y : bounds.y0;
        bounds.x1 = x1 > bounds.x1 ? x1 : bounds.x1;
        bounds.y1 = y1 > bounds.y1 ? y1 : bounds.y1;
    }
    return bounds;
}

/* Add coverage, stopping at 255. */
static void add_stamp(const struct picture_view *atlas, const struct ttf_stamp *stamp,
                      const struct ttf_mask *mask) {
    uint32_t width = (uint32_t)(stamp->rect.x1 - stamp->rect.x0);
    uint32_t height = (uint32_t)(stamp->rect.y1 - stamp->rect.y0);
    for (uint32_t y = 0; y < height; y++) {
        const uint8_t *from = picture_row(atlas, (uint32_t)stamp->rect.y0 + y) + stamp->rect.x0;
        uint8_t *to = picture_row(&mask->view, (uint32_t)(stamp->y - mask->top) + y) +
                      (stamp->x - mask->left);
        for (uint32_t x = 0; x < width; x++) {
            uint32_t sum = (uint32_t)to[x] + from[x];
            to[x] = (uint8_t)(sum < UINT8_MAX ? sum : UINT8_MAX);
        }
    }
}

static enum status draw_stamps(const struct ttf_font *font, const struct ttf_atlas *atlas,
                               const struct ttf_stamp *stamps, uint32_t count,
                               struct ttf_mask *mask) {
    struct picture_rect bounds = bounds_of(stamps, count);
    uint64_t width = count != 0 ? (uint64_t)((int64_t)bounds.x1 - bounds.x0) : 1;
    uint64_t height = count != 0 ? (uint64_t)((int64_t)bounds.y1 - bounds.y0) : 1;
    if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX ||
        width * height > font->limits.coverage_bytes) {
        return STATUS_LIMIT;
    }
    enum status status = picture_image_create((uint32_t)width, (uint32_t)height, PICTURE_A8,
                                              &mask->view);
    if (status != STATUS_OK) {
        return status;
    }
    mask->left = bounds.x0;
    mask->top = bounds.y0;
    for (uint32_t i = 0; i < count; i++) {
        add_stamp(&atlas->view, &stamps[i], mask);
    }
    return STATUS_OK;
}

enum status ttf_mask_create(struct ttf_font *font, struct workpool *pool,
                            const struct ttf_run *run, struct ttf_mask *out_mask,
                            struct diag *diag) {
    *out_mask = (struct ttf_mask){ .advance = run->advance, .view = { .format = PICTURE_A8 } };
    struct ttf_atlas atlas;
    enum status status = ttf_run_atlas(font, pool, run, &atlas, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct ttf_stamp *stamps = sync_alloc_zero(run->glyph_count, sizeof(*stamps));
    if (stamps == NULL) {
        status = STATUS_NO_MEMORY;
    } else {
        uint32_t count = ttf_run_stamps(run, &atlas, stamps);
        status = draw_stamps(font, &atlas, stamps, count, out_mask);
    }
    sync_free(stamps);
    ttf_atlas_destroy(&atlas);
    if (status != STATUS_OK) {
        ttf_mask_destroy(out_mask);
        return diag_fail(diag, status, DIAG_NO_OFFSET,
                         status == STATUS_LIMIT ? "text mask too large" : "no memory");
    }
    return STATUS_OK;
}

void ttf_mask_destroy(struct ttf_mask *mask) {
    picture_image_destroy(&mask->view);
    *mask = (struct ttf_mask){ .view = { .format = PICTURE_A8 } };
}
