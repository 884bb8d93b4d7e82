/*
 * ttf_atlas.c - draw segments of glyphs on the pool, fold them by key, copy them
 * into the atlas.
 *
 * Segments are drawn in waves, so that a font whose every glyph is far too large
 * holds a bounded number of large buffers before the fold sees the sum.  The fold
 * looks at segments in order, so which limit or fault is reported does not depend
 * on timing.
 */
#include "ttf/atlas.h"

#include <string.h>

#include "base/assert.h"
#include "base/attr.h"
#include "sync/memory.h"
#include "ttf_impl.h"
#include "workpool/partition.h"

enum {
    COPY_GRAIN = 1024,             /* about 0.1 ms at 16 px */
    COPY_ALONE_MAX = 2 * COPY_GRAIN,   /* entries that are not worth waking anyone for */
    CELL_BYTES_MIN = 4096,         /* of a segment's limit, a glyph */
    START_BYTES_MAX = 1 << 18,
    PADDING_MAX = 64,
};

/* A line of its own each: neighbours are written by different workers at a time. */
struct segment {
    _Alignas(CACHE_LINE_BYTES) struct ttf_coverage coverage;
    uint32_t present_count;        /* keys that the font has */
    struct diag diag;
};

struct draw_job {
    struct ttf_font *font;
    const struct ttf_request *request;
    struct ttf_cell *cells;        /* one a key */
    struct segment *segments;
    uint32_t segment_count;
    uint32_t wave_begin;           /* segment of the wave's chunk 0 */
    struct ttf_atlas *atlas;       /* in the copy */
    uint32_t *cell_of_entry;
};

/* What a key stands for; false when the font does not have it. */
static bool resolve_key(const struct draw_job *job, FT_Face face, uint32_t key,
                        uint32_t *out_glyph, uint32_t *out_quarter) {
    *out_quarter = 0;
    if (job->request->kind == TTF_KEY_CODEPOINT) {
        *out_glyph = FT_Get_Char_Index(face, key);
        return *out_glyph != 0 && *out_glyph < job->font->info.glyph_count;
    }
    *out_glyph = key / TTF_QUARTERS;
    *out_quarter = key % TTF_QUARTERS;
    return *out_glyph < job->font->info.glyph_count;
}

static enum status draw_range(struct draw_job *job, struct ttf_context *context,
                              struct workpool_segment range, struct segment *segment) {
    const struct ttf_drawing drawing = { .font = job->font, .context = context,
                                         .coverage = &segment->coverage, .diag = &segment->diag };
    enum status status =
        ttf_context_begin(job->font, context, job->request->size_26_6, &segment->diag);
    for (uint64_t i = range.begin; status == STATUS_OK && i < range.end; i++) {
        uint32_t glyph, quarter;
        if (!resolve_key(job, context->face, job->request->keys[i], &glyph, &quarter)) {
            continue;
        }
        struct ttf_cell *cell = &job->cells[i];
        cell->glyph = glyph;
        cell->is_present = true;
        segment->present_count++;
        status = ttf_glyph_draw(&drawing, quarter, cell);
    }
    return status;
}

static enum status draw_segment(const struct workpool_chunk *chunk) {
    struct draw_job *job = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        uint64_t number = job->wave_begin + i;
        struct workpool_segment range =
            workpool_segment_at(job->request->key_count, TTF_SEGMENT_GLYPHS, number);
        struct ttf_context *context = ttf_context_take(job->font);
        enum status status = draw_range(job, context, range, &job->segments[number]);
        ttf_context_give(job->font, context);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status copy_cells(const struct workpool_chunk *chunk) {
    struct draw_job *job = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        const struct picture_rect *rect = &job->atlas->entries[i].rect;
        uint32_t index = job->cell_of_entry[i];
        const struct ttf_cell *cell = &job->cells[index];
        if (cell->width == 0) {
            continue;   /* a segment without ink has no buffer */
        }
        const uint8_t *from =
            job->segments[index / TTF_SEGMENT_GLYPHS].coverage.bytes + cell->offset;
        for (uint32_t y = 0; y < cell->height; y++) {
            uint8_t *to = picture_row(&job->atlas->view, (uint32_t)rect->y0 + y);
            memcpy(to + rect->x0, from + (size_t)y * cell->width, cell->width);
        }
    }
    return STATUS_OK;
}

static const struct workpool_kind segment_kind = { .name = "ttf.segment", .body = draw_segment };
static const struct workpool_kind copy_kind = { .name = "ttf.copy", .body = copy_cells };
static const struct workpool_kind *const kinds[] = { &segment_kind, &copy_kind };
const struct workpool_kind_set ttf_kinds = { .kinds = kinds, .count = COUNT_OF(kinds) };

/* The coverage a segment may hold: twice the em square a glyph, and room for tiny sizes. */
static uint64_t segment_limit(const struct draw_job *job) {
    uint64_t pixels = (job->request->size_26_6 + TTF_SIZE_ONE - 1) / TTF_SIZE_ONE;
    uint64_t cell = 4 * pixels * pixels;
    uint64_t limit = TTF_SEGMENT_GLYPHS * (cell > CELL_BYTES_MIN ? cell : CELL_BYTES_MIN);
    uint64_t whole = job->font->limits.coverage_bytes;
    return limit < whole ? limit : whole;
}

/* A first guess at a segment's coverage: half an em square a glyph. */
static size_t start_bytes(const struct draw_job *job) {
    uint64_t pixels = (job->request->size_26_6 + TTF_SIZE_ONE - 1) / TTF_SIZE_ONE;
    uint64_t guess = TTF_SEGMENT_GLYPHS * (pixels * pixels / 2 + 1);
    return guess < START_BYTES_MAX ? (size_t)guess : START_BYTES_MAX;
}

/* Segments in flight: together they hold no more than a whole atlas may. */
static uint32_t wave_segments(const struct draw_job *job) {
    uint64_t segments = job->font->limits.coverage_bytes / segment_limit(job);
    return segments < job->segment_count ? (uint32_t)segments : job->segment_count;
}

/* Draw all waves, and look at the segments of each in order before the next. */
static enum status draw_waves(struct draw_job *job, struct workpool *pool, struct diag *diag) {
    uint64_t total_bytes = 0;
    uint32_t wave_count = wave_segments(job);   /* at least 1 when there is a segment */
    for (uint32_t begin = 0; begin < job->segment_count; begin += wave_count) {
        uint32_t left = job->segment_count - begin;
        struct workpool_job wave = { .kind = &segment_kind, .grain = 1, .context = job,
                                     .count = left < wave_count ? left : wave_count };
        job->wave_begin = begin;
        uint32_t failed = UINT32_MAX;
        enum status status = workpool_run(pool, &wave, &failed);
        if (status != STATUS_OK && failed >= wave.count) {
            return diag_fail(diag, status, DIAG_NO_OFFSET, "cannot run on the pool");
        }
        for (uint32_t i = begin; i < begin + wave.count; i++) {
            const struct segment *segment = &job->segments[i];
            if (segment->diag.status != STATUS_OK) {
                return diag_fail(diag, segment->diag.status, segment->diag.offset,
                                 segment->diag.reason);
            }
            total_bytes += segment->coverage.used_bytes;
            if (total_bytes > job->font->limits.coverage_bytes) {
                return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "atlas over the size limit");
            }
        }
    }
    return STATUS_OK;
}

static void list_segment(struct draw_job *job, uint32_t number) {
    struct workpool_segment range =
        workpool_segment_at(job->request->key_count, TTF_SEGMENT_GLYPHS, number);
    struct ttf_atlas *atlas = job->atlas;
    for (uint64_t i = range.begin; i < range.end; i++) {
        const struct ttf_cell *cell = &job->cells[i];
        if (!cell->is_present) {
            continue;
        }
        job->cell_of_entry[atlas->entry_count] = (uint32_t)i;
        atlas->entries[atlas->entry_count++] = (struct ttf_entry){
            .key = job->request->keys[i],
            .glyph = cell->glyph,
            .rect = { .x1 = (int32_t)cell->width, .y1 = (int32_t)cell->height },
            .left = cell->left,
            .top = cell->top,
            .advance = cell->advance,
        };
    }
}

/* Entries of the keys that the font has, in key order, rectangles still at (0, 0). */
static enum status list_entries(struct draw_job *job, struct diag *diag) {
    size_t count = 0;
    for (uint32_t i = 0; i < job->segment_count; i++) {
        count += job->segments[i].present_count;
    }
    job->cell_of_entry = sync_alloc_zero(count, sizeof(*job->cell_of_entry));
    job->atlas->entries = sync_alloc_zero(count, sizeof(*job->atlas->entries));
    if (job->cell_of_entry == NULL || job->atlas->entries == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    for (uint32_t i = 0; i < job->segment_count; i++) {
        /* A range of code points is mostly holes: cells of such segments are not touched. */
        if (job->segments[i].present_count != 0) {
            list_segment(job, i);
        }
    }
    ASSERT(job->atlas->entry_count == count);
    return STATUS_OK;
}

static enum status fold(struct draw_job *job, struct workpool *pool, struct diag *diag) {
    struct ttf_atlas *atlas = job->atlas;
    enum status status = list_entries(job, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = ttf_pack(job->request, atlas, job->font->limits.coverage_bytes, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = picture_image_create(atlas->view.width, atlas->view.height, PICTURE_A8, &atlas->view);
    if (status != STATUS_OK) {
        atlas->view = (struct picture_view){ .format = PICTURE_A8 };
        return diag_fail(diag, status, DIAG_NO_OFFSET, "no memory for the atlas");
    }
    struct workpool_job copy = { .kind = &copy_kind, .count = atlas->entry_count,
                                 .grain = COPY_GRAIN, .context = job };
    status = workpool_run(copy.count > COPY_ALONE_MAX ? pool : NULL, &copy, NULL);
    return status == STATUS_OK ? STATUS_OK
                               : diag_fail(diag, status, DIAG_NO_OFFSET, "cannot run on the pool");
}

static enum status check_request(const struct ttf_font *font, const struct ttf_request *request,
                                 struct diag *diag) {
    for (uint32_t i = 1; i < request->key_count; i++) {
        ASSERT(request->keys[i - 1] < request->keys[i]);
    }
    ASSERT(request->padding <= PADDING_MAX);
    if (request->key_count > font->limits.glyphs) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "more glyphs than allowed");
    }
    if (request->size_26_6 == 0 || request->size_26_6 > font->limits.size_26_6) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "size out of range");
    }
    return STATUS_OK;
}

static enum status run_job(struct draw_job *job, struct workpool *pool, struct diag *diag) {
    uint32_t keys = job->request->key_count;
    job->cells = sync_alloc_zero(keys, sizeof(*job->cells));
    size_t segment_bytes = job->segment_count * sizeof(*job->segments);
    job->segments = sync_alloc_aligned(segment_bytes, CACHE_LINE_BYTES);
    if (job->segments != NULL) {
        memset(job->segments, 0, segment_bytes);
    }
    if (job->cells == NULL || job->segments == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    for (uint32_t i = 0; i < job->segment_count; i++) {
        job->segments[i].coverage.limit_bytes = segment_limit(job);
        job->segments[i].coverage.start_bytes = start_bytes(job);
    }
    enum status status = ttf_contexts_ensure(job->font, pool, diag);
    if (status == STATUS_OK) {
        status = draw_waves(job, pool, diag);
    }
    if (status == STATUS_OK) {
        status = fold(job, pool, diag);
    }
    return status;
}

enum status ttf_atlas_create(struct ttf_font *font, struct workpool *pool,
                             const struct ttf_request *request, struct ttf_atlas *out_atlas,
                             struct diag *diag) {
    *out_atlas = (struct ttf_atlas){ .size_26_6 = request->size_26_6,
                                     .view = { .format = PICTURE_A8 } };
    enum status status = check_request(font, request, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct draw_job job = {
        .font = font,
        .request = request,
        .segment_count = (uint32_t)workpool_segment_count(request->key_count, TTF_SEGMENT_GLYPHS),
        .atlas = out_atlas,
    };
    status = run_job(&job, pool, diag);
    for (uint32_t i = 0; job.segments != NULL && i < job.segment_count; i++) {
        sync_free(job.segments[i].coverage.bytes);
    }
    sync_free(job.segments);
    sync_free(job.cells);
    sync_free(job.cell_of_entry);
    if (status != STATUS_OK) {
        ttf_atlas_destroy(out_atlas);
    }
    return status;
}

void ttf_atlas_destroy(struct ttf_atlas *atlas) {
    picture_image_destroy(&atlas->view);
    sync_free(atlas->entries);
    *atlas = (struct ttf_atlas){ .view = { .format = PICTURE_A8 } };
}

const struct ttf_entry *ttf_atlas_find(const struct ttf_atlas *atlas, uint32_t key) {
    uint32_t low = 0, high = atlas->entry_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (atlas->entries[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < atlas->entry_count && atlas->entries[low].key == key ? &atlas->entries[low]
                                                                      : NULL;
}
