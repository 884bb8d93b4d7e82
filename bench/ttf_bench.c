/*
 * ttf_bench.c - glyphs a second, beside FreeType called in a plain loop.
 *
 *     ttf_bench [FONT]     (default: DejaVu Sans; a face of a collection is its first)
 *
 * The peer is the fastest plain use of FreeType that gives the same pixels: one
 * library, one face, load without hinting, render, next.  It keeps no pixels.  We
 * also copy them, fold, and pack an atlas.  CPU rows are of the process; the scaling
 * row is of wall time, after 3 ms of sleep each, and means something on an idle
 * machine only.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "measure.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "ttf/atlas.h"
#include "ttf/text.h"

enum { ROUNDS = 31, REPEATS = 8, KEYS_MAX = 65536 };

struct work {
    struct ttf_font *font;
    struct workpool *pool;
    FT_Face face;
    const uint32_t *keys;
    uint32_t key_count;
    uint32_t pixels;
    uint32_t glyphs;      /* drawn in one repeat */
    int repeats;
    FT_Int32 load_flags;
    const struct sync_bytes *bytes;
};

static void insist(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "ttf_bench: %s\n", what);
        exit(1);
    }
}

static void run_ours(void *context) {
    struct work *work = context;
    struct ttf_request request = { .keys = work->keys, .key_count = work->key_count,
                                   .size_26_6 = work->pixels * TTF_SIZE_ONE };
    for (int i = 0; i < work->repeats; i++) {
        struct ttf_atlas atlas;
        insist(ttf_atlas_create(work->font, work->pool, &request, &atlas, NULL) == STATUS_OK,
               "cannot draw the atlas");
        work->glyphs = atlas.entry_count;
        ttf_atlas_destroy(&atlas);
    }
}

static void run_freetype(void *context) {
    struct work *work = context;
    for (int i = 0; i < work->repeats; i++) {
        FT_Set_Pixel_Sizes(work->face, 0, work->pixels);
        work->glyphs = 0;
        for (uint32_t k = 0; k < work->key_count; k++) {
            FT_UInt glyph = FT_Get_Char_Index(work->face, work->keys[k]);
            if (glyph != 0 && FT_Load_Glyph(work->face, glyph, FT_LOAD_NO_HINTING |
                                            FT_LOAD_NO_BITMAP | FT_LOAD_RENDER) == 0) {
                work->glyphs++;
            }
        }
    }
}

/* How other ways of loading compare, FreeType against FreeType. */
static void run_loading(void *context) {
    struct work *work = context;
    FT_Set_Pixel_Sizes(work->face, 0, work->pixels);
    work->glyphs = 0;
    for (uint32_t k = 0; k < work->key_count; k++) {
        FT_UInt glyph = FT_Get_Char_Index(work->face, work->keys[k]);
        if (glyph != 0 && FT_Load_Glyph(work->face, glyph, work->load_flags) == 0) {
            work->glyphs++;
        }
    }
}

static void run_open(void *context) {
    struct work *work = context;
    struct ttf_font *font;
    insist(ttf_font_create(work->bytes->bytes, work->bytes->count, NULL, &font, NULL) == STATUS_OK,
           "cannot open the font");
    ttf_font_destroy(font);
}

static void run_text(void *context) {
    static const char line[] = "Threads in the warp, rows in the weft: many workers, one order.";
    struct work *work = context;
    struct ttf_text text = { .utf8 = line, .byte_count = sizeof(line) - 1,
                             .size_26_6 = work->pixels * TTF_SIZE_ONE };
    for (int i = 0; i < work->repeats; i++) {
        struct ttf_run run;
        struct ttf_mask mask;
        insist(ttf_run_create(work->font, &text, &run, NULL) == STATUS_OK, "cannot set text");
        insist(ttf_mask_create(work->font, work->pool, &run, &mask, NULL) == STATUS_OK,
               "cannot draw text");
        ttf_mask_destroy(&mask);
        ttf_run_destroy(&run);
    }
    work->glyphs = sizeof(line) - 1;
}

static double per_second(const struct measure_body *body) {
    const struct work *work = body->context;
    return work->glyphs * (double)work->repeats * 1e9 / body->median_ns;
}

static void compare(const struct work *base, const char *name, uint32_t pixels, double bar) {
    struct work ours = *base, peer = *base;
    ours.pixels = peer.pixels = pixels;
    struct measure_body bodies[] = { { .run = run_ours, .context = &ours },
                                     { .run = run_freetype, .context = &peer } };
    measure(bodies, 2, ROUNDS, MEASURE_PROCESS_CPU, 0);
    insist(ours.glyphs == peer.glyphs, "the two drew different glyphs");
    measure_row(name, per_second(&bodies[0]), per_second(&bodies[1]), "glyphs/s", true, bar);
}

static void scale(const struct work *base, struct workpool *two, uint32_t pixels,
                  const char *what) {
    struct work one = *base, both = *base;
    one.pixels = both.pixels = pixels;
    one.repeats = both.repeats = 1;
    both.pool = two;
    struct measure_body bodies[] = { { .run = run_ours, .context = &both },
                                     { .run = run_ours, .context = &one } };
    measure(bodies, 2, 2 * ROUNDS + 1, MEASURE_WALL, 3000);
    char name[64];
    snprintf(name, sizeof(name), "ttf %s %u px, 2 workers, wall, median", what, pixels);
    measure_row(name, per_second(&bodies[0]), per_second(&bodies[1]), "glyphs/s", true, 1.8);
    double glyphs = both.glyphs * 1e9;
    snprintf(name, sizeof(name), "ttf %s %u px, 2 workers, wall, best", what, pixels);
    measure_row(name, glyphs / bodies[0].min_ns, glyphs / bodies[1].min_ns, "glyphs/s", true, 0);
    one.repeats = both.repeats = REPEATS;   /* the clock lags behind a thread that still runs */
    measure(bodies, 2, ROUNDS, MEASURE_PROCESS_CPU, 1000);
    snprintf(name, sizeof(name), "ttf %s %u px, 2 workers, total CPU", what, pixels);
    measure_row(name, bodies[0].median_ns, bodies[1].median_ns, "ns", false, 1.25);
}

/* Rows that no bar hangs on: what the decisions in docs/adr/003x were made from. */
static void inform(const struct work *base) {
    struct work works[3] = { *base, *base, *base };
    struct measure_body bodies[3];
    static const FT_Int32 flags[] = { FT_LOAD_NO_HINTING, FT_LOAD_DEFAULT, FT_LOAD_TARGET_LIGHT };
    for (int i = 0; i < 3; i++) {
        works[i].pixels = 16;
        works[i].repeats = 1;
        works[i].load_flags = flags[i] | FT_LOAD_NO_BITMAP | FT_LOAD_RENDER;
        bodies[i] = (struct measure_body){ .run = run_loading, .context = &works[i] };
    }
    measure(bodies, 3, ROUNDS, MEASURE_PROCESS_CPU, 0);
    measure_row("freetype 16 px, unhinted : bytecode", per_second(&bodies[0]),
                per_second(&bodies[1]), "glyphs/s", true, 0);
    measure_row("freetype 16 px, unhinted : light autohint", per_second(&bodies[0]),
                per_second(&bodies[2]), "glyphs/s", true, 0);
    struct measure_body opening = { .run = run_open, .context = &works[0] };
    measure(&opening, 1, ROUNDS, MEASURE_PROCESS_CPU, 0);
    measure_row("ttf open and close the font", opening.median_ns / 1000, 0, "us", false, 0);
    struct measure_body line = { .run = run_text, .context = &works[0] };
    measure(&line, 1, ROUNDS, MEASURE_PROCESS_CPU, 0);
    measure_row("ttf a line of 63 characters, shaped and drawn", line.median_ns / 1000, 0, "us",
                false, 0);
}

static struct workpool *open_pool(uint32_t workers) {
    static const struct workpool_kind_set *const sets[] = { &ttf_kinds };
    struct workpool_options options = { .name = "bench", .workers = workers, .kind_sets = sets,
                                        .kind_set_count = 1 };
    struct workpool *pool;
    insist(workpool_create(&options, &pool, NULL) == STATUS_OK, "no pool");
    return pool;
}

int main(int argc, char **argv) {
    static uint32_t latin[0x230], many[KEYS_MAX];
    const char *path = argc > 1 ? argv[1] : "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    struct sync_bytes bytes;
    insist(sync_file_read(path, 1 << 30, &bytes, NULL) == STATUS_OK, "cannot read the font");
    struct work work = { .keys = latin, .repeats = REPEATS, .key_count = COUNT_OF(latin),
                         .bytes = &bytes };
    insist(ttf_font_create(bytes.bytes, bytes.count, NULL, &work.font, NULL) == STATUS_OK,
           "cannot open the font");
    FT_Library library;
    insist(FT_Init_FreeType(&library) == 0 &&
           FT_New_Memory_Face(library, bytes.bytes, (FT_Long)bytes.count, 0, &work.face) == 0,
           "FreeType cannot open the font");
    for (uint32_t i = 0; i < COUNT_OF(latin); i++) {
        latin[i] = 0x20 + i;
    }
    for (uint32_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = i;
    }
    struct workpool *two = open_pool(2);
    compare(&work, "ttf latin 16 px, 1 worker", 16, 0.9);
    compare(&work, "ttf latin 48 px, 1 worker", 48, 0.9);
    struct work all = work;
    all.keys = many;
    all.key_count = COUNT_OF(many);
    all.repeats = 1;
    compare(&all, "ttf every character 16 px, 1 worker", 16, 0.9);
    scale(&work, two, 16, "latin");
    scale(&work, two, 48, "latin");
    scale(&all, two, 16, "every character");
    inform(&work);
    workpool_destroy(two);
    ttf_font_destroy(work.font);
    FT_Done_FreeType(library);
    sync_free(bytes.bytes);
    return 0;
}
