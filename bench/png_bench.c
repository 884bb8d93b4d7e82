/*
 * png_bench.c - PNG decoding and encoding beside libpng, and on two workers.
 *
 * png_bench [FOLDER]: FOLDER has wall.list, shot.list and icon.list, one path a
 * line, as bench/corpora.sh makes them; build/corpora is looked for without it.
 * Where there are no lists, pictures are generated.  Every output is compared
 * with libpng's before anything is timed.
 */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/attr.h"
#include "measure.h"
#include "png/decode.h"
#include "png/encode.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "sync/random.h"

enum { FILES_MAX = 1200, ROUNDS_CPU = 7, ROUNDS_WALL = 11, PAUSE_US = 3000, LIBPNG_LEVEL = 6 };

struct file {
    struct sync_bytes bytes;
    struct picture_view view;    /* decoded once */
};

struct set {
    const char *name;
    struct file files[FILES_MAX];
    int count;
};

/* What a timed body works on. */
struct work {
    struct set *set;
    struct wpng_decoder *decoder;
    struct workpool *pool;
    uint8_t *pixels;             /* of the largest picture */
    uint32_t level;
    size_t written;              /* bytes of all files, by an encoder */
};

struct memory {
    const uint8_t *bytes;
    size_t count;
    size_t at;
};

static void read_memory(png_structp png, png_bytep to, png_size_t count) {
    struct memory *memory = png_get_io_ptr(png);
    if (count > memory->count - memory->at) {
        png_error(png, "end of file");
    }
    memcpy(to, memory->bytes + memory->at, count);
    memory->at += count;
}

static void no_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

/* libpng's RGBA8 into tight rows; false when it refuses. */
static bool libpng_decode(const struct sync_bytes *file, uint8_t *pixels) {
    struct memory memory = { .bytes = file->bytes, .count = file->count };
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, no_warning);
    png_infop info = png_create_info_struct(png);
    if (setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_read_struct(&png, &info, NULL);
        return false;
    }
    png_set_read_fn(png, &memory, read_memory);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t stride = (size_t)png_get_image_width(png, info) * 4;
    uint32_t height = png_get_image_height(png, info);
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++) {
            png_read_row(png, pixels + y * stride, NULL);
        }
    }
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return true;
}

static void count_bytes(png_structp png, png_bytep data, png_size_t count) {
    (void)data;
    *(size_t *)png_get_io_ptr(png) += count;
}

static void no_flush(png_structp png) {
    (void)png;
}

/* libpng at its default filters; the colour type is the one our encoder chose. */
static size_t libpng_encode(const struct picture_view *view, enum wpng_colour colour) {
    size_t written = 0;
    bool is_gray = colour == WPNG_GRAY;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &written, count_bytes, no_flush);
    png_set_compression_level(png, LIBPNG_LEVEL);
    png_set_IHDR(png, info, view->width, view->height, 8,
                 is_gray                ? PNG_COLOR_TYPE_GRAY
                 : colour == WPNG_RGBA  ? PNG_COLOR_TYPE_RGB_ALPHA
                                        : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info(png, info);
    uint8_t *row = malloc((size_t)view->width * 4 + 4);
    for (uint32_t y = 0; y < view->height; y++) {
        const uint8_t *from = picture_row(view, y);
        size_t step = is_gray ? 1 : colour == WPNG_RGBA ? 4 : 3;
        for (uint32_t x = 0; x < view->width; x++) {
            memcpy(row + x * step, from + 4 * (size_t)x, 4);
        }
        png_write_row(png, row);
    }
    free(row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return written;
}

/* ---- timed bodies ------------------------------------------------------------------ */

static void run_libpng_decode(void *context) {
    struct work *work = context;
    for (int i = 0; i < work->set->count; i++) {
        ASSERT(libpng_decode(&work->set->files[i].bytes, work->pixels));
    }
}

static void run_decode(void *context) {
    struct work *work = context;
    struct wpng_decode_options options = { .pool = work->pool };
    for (int i = 0; i < work->set->count; i++) {
        struct file *file = &work->set->files[i];
        struct wpng_input input = { .bytes = file->bytes.bytes, .count = file->bytes.count };
        struct picture_view view = file->view;
        view.pixels = work->pixels;
        view.stride_bytes = (size_t)view.width * 4;
        ASSERT(wpng_decode(work->decoder, &input, &options, &view, NULL) == STATUS_OK);
    }
}

static void run_batch(void *context) {
    struct work *work = context;
    static struct wpng_batch_item items[FILES_MAX];
    struct wpng_decode_options options = { .pool = work->pool };
    for (int i = 0; i < work->set->count; i++) {
        items[i].input.bytes = work->set->files[i].bytes.bytes;
        items[i].input.count = work->set->files[i].bytes.count;
    }
    ASSERT(wpng_decode_batch(&options, items, (size_t)work->set->count) == STATUS_OK);
    for (int i = 0; i < work->set->count; i++) {
        picture_image_destroy(&items[i].view);
    }
}

static enum wpng_colour colour_of(const struct sync_bytes *file) {
    struct wpng_input input = { .bytes = file->bytes, .count = file->count };
    struct wpng_info info;
    ASSERT(wpng_info_read(&input, NULL, &info, NULL) == STATUS_OK);
    return info.colour;
}

static void run_libpng_encode(void *context) {
    struct work *work = context;
    work->written = 0;
    for (int i = 0; i < work->set->count; i++) {
        struct file *file = &work->set->files[i];
        work->written += libpng_encode(&file->view, colour_of(&file->bytes));
    }
}

static void run_encode(void *context) {
    struct work *work = context;
    struct wpng_encode_options options = { .level = work->level, .pool = work->pool };
    work->written = 0;
    for (int i = 0; i < work->set->count; i++) {
        struct sync_bytes out;
        ASSERT(wpng_encode(&work->set->files[i].view, &options, &out, NULL) == STATUS_OK);
        work->written += out.count;
        sync_free(out.bytes);
    }
}

/* ---- sets -------------------------------------------------------------------------- */

static bool decode_view(const struct sync_bytes *bytes, struct picture_view *out_view) {
    struct wpng_decoder *decoder;
    struct wpng_input input = { .bytes = bytes->bytes, .count = bytes->count };
    ASSERT(wpng_decoder_create(&decoder) == STATUS_OK);
    enum status status = wpng_decode_image(decoder, &input, NULL, out_view, NULL);
    wpng_decoder_destroy(decoder);
    return status == STATUS_OK;
}

static void add_file(struct set *set, struct sync_bytes bytes) {
    struct file *file = &set->files[set->count];
    if (set->count == FILES_MAX || !decode_view(&bytes, &file->view)) {
        sync_free(bytes.bytes);
        return;
    }
    file->bytes = bytes;
    size_t stride = (size_t)file->view.width * 4;
    uint8_t *expected = malloc(stride * file->view.height);
    ASSERT(libpng_decode(&bytes, expected));
    for (uint32_t y = 0; y < file->view.height; y++) {
        ASSERT(memcmp(expected + y * stride, picture_row(&file->view, y), stride) == 0);
    }
    free(expected);
    set->count++;
}

static void read_list(struct set *set, const char *folder) {
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s.list", folder, set->name);
    struct sync_bytes list;
    if (sync_file_read(path, 1 << 24, &list, NULL) != STATUS_OK) {
        return;
    }
    char *rest = NULL;
    for (char *line = strtok_r((char *)list.bytes, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        struct sync_bytes bytes;
        if (sync_file_read(line, (size_t)1 << 30, &bytes, NULL) == STATUS_OK) {
            add_file(set, bytes);
        }
    }
    sync_free(list.bytes);
}

/* Smooth noise for photos, flat boxes with text-like specks for screens, small icons. */
static void generate(struct set *set, uint32_t width, uint32_t height, int count) {
    bool is_photo = strcmp(set->name, "wall") == 0;
    for (int i = 0; i < count; i++) {
        struct sync_sequence sequence = { (uint64_t)i + width };
        struct picture_view view;
        ASSERT(picture_image_create(width, height, PICTURE_RGBA8, &view) == STATUS_OK);
        for (uint32_t y = 0; y < height; y++) {
            uint8_t *p = picture_row(&view, y);
            for (uint32_t x = 0; x < width; x++, p += 4) {
                uint64_t noise = sync_sequence_next(&sequence);
                uint32_t box = (x / 97 + y / 31 * 7) * 2654435761u >> 24;
                uint8_t base = (uint8_t)(is_photo ? (x * 5 + y * 3) / 8 + noise % 6
                                                  : noise % 50 == 0 ? 20 : box);
                uint8_t pixel[4] = { base, (uint8_t)(base + (is_photo ? noise >> 8 & 3 : 9)),
                                     (uint8_t)(base / 2 + 60), 255 };
                memcpy(p, pixel, 4);
            }
        }
        struct sync_bytes bytes;
        ASSERT(wpng_encode(&view, NULL, &bytes, NULL) == STATUS_OK);
        add_file(set, bytes);
        picture_image_destroy(&view);
    }
}

/* The same pictures, written by our encoder. */
static void segment_set(const struct set *from, struct set *to, int count) {
    for (int i = 0; i < from->count && to->count < count; i++) {
        struct sync_bytes bytes;
        ASSERT(wpng_encode(&from->files[i].view, NULL, &bytes, NULL) == STATUS_OK);
        if (colour_of(&bytes) == WPNG_RGB || colour_of(&bytes) == WPNG_RGBA) {
            add_file(to, bytes);
        } else {
            sync_free(bytes.bytes);
        }
    }
}

static struct workpool *pool_of(uint32_t workers) {
    const struct workpool_kind_set *sets[] = { &wpng_kinds };
    struct workpool *pool;
    ASSERT(workpool_create(&(struct workpool_options){ .name = "bench", .workers = workers,
                                                       .kind_sets = sets, .kind_set_count = 1 },
                           &pool, NULL) == STATUS_OK);
    return pool;
}

static struct work work_on(struct set *set, struct workpool *pool) {
    size_t largest = 0;
    for (int i = 0; i < set->count; i++) {
        size_t bytes = (size_t)set->files[i].view.width * set->files[i].view.height * 4;
        largest = bytes > largest ? bytes : largest;
    }
    struct work work = { .set = set, .pool = pool, .pixels = malloc(largest + 1) };
    ASSERT(work.pixels != NULL && wpng_decoder_create(&work.decoder) == STATUS_OK);
    memset(work.pixels, 1, largest);
    return work;
}

static void work_end(struct work *work) {
    wpng_decoder_destroy(work->decoder);
    free(work->pixels);
}

static double megabytes(const struct set *set) {
    double sum = 0;
    for (int i = 0; i < set->count; i++) {
        sum += 4e-6 * set->files[i].view.width * set->files[i].view.height;
    }
    return sum;
}

/* ---- rows -------------------------------------------------------------------------- */

static void row_decode(struct set *set, double bar) {
    struct work work = work_on(set, NULL);
    struct measure_body bodies[2] = { { .run = run_decode, .context = &work },
                                      { .run = run_libpng_decode, .context = &work } };
    char name[64];
    measure(bodies, 2, ROUNDS_CPU, MEASURE_PROCESS_CPU, 0);
    snprintf(name, sizeof(name), "png decode %s, %d files, 1 worker, CPU", set->name, set->count);
    double mb = megabytes(set) * 1e9;
    measure_row(name, mb / bodies[0].median_ns, mb / bodies[1].median_ns, "MB/s", true, bar);
    work_end(&work);
}

/* Two workers beside one, by wall, with the pool kept. */
static void row_workers(struct set *set, const char *what, void (*run)(void *), uint32_t level,
                        double bar) {
    struct workpool *pools[2] = { pool_of(2), pool_of(1) };
    struct work works[2] = { work_on(set, pools[0]), work_on(set, pools[1]) };
    works[0].level = works[1].level = level;
    struct measure_body bodies[2] = { { .run = run, .context = &works[0] },
                                      { .run = run, .context = &works[1] } };
    char name[64];
    measure(bodies, 2, ROUNDS_WALL, MEASURE_WALL, PAUSE_US);
    double mb = megabytes(set) * 1e9;
    snprintf(name, sizeof(name), "png %s %s, 2 workers / 1, wall median", what, set->name);
    measure_row(name, mb / bodies[0].median_ns, mb / bodies[1].median_ns, "MB/s", true, bar);
    snprintf(name, sizeof(name), "png %s %s, 2 workers / 1, wall min", what, set->name);
    measure_row(name, mb / bodies[0].min_ns, mb / bodies[1].min_ns, "MB/s", true, 0);
    for (int i = 0; i < 2; i++) {
        work_end(&works[i]);
        workpool_destroy(pools[i]);
    }
}

static void row_encode(struct set *set, uint32_t level, double bar) {
    struct work ours = work_on(set, NULL);
    struct work peer = work_on(set, NULL);
    ours.level = level;
    struct measure_body bodies[2] = { { .run = run_encode, .context = &ours },
                                      { .run = run_libpng_encode, .context = &peer } };
    char name[64];
    measure(bodies, 2, 3, MEASURE_PROCESS_CPU, 0);
    double mb = megabytes(set) * 1e9;
    snprintf(name, sizeof(name), "png encode %s, level %u / libpng 6, CPU", set->name, level);
    measure_row(name, mb / bodies[0].median_ns, mb / bodies[1].median_ns, "MB/s", true, bar);
    snprintf(name, sizeof(name), "png encode %s, level %u / libpng 6, size", set->name, level);
    measure_row(name, (double)ours.written, (double)peer.written, "bytes", false, 1.02);
    work_end(&ours);
    work_end(&peer);
}

int main(int argc, char **argv) {
    static struct set wall = { .name = "wall" };
    static struct set shot = { .name = "shot" };
    static struct set icon = { .name = "icon" };
    static struct set segmented_wall = { .name = "wall segmented" };
    static struct set segmented_shot = { .name = "shot segmented" };
    const char *folder = argc > 1 ? argv[1] : "build/corpora";
    read_list(&wall, folder);
    read_list(&shot, folder);
    read_list(&icon, folder);
    if (wall.count == 0 || shot.count == 0 || icon.count == 0) {
        printf("# png_bench: no lists in %s (bench/corpora.sh makes them), generated pictures\n",
               folder);
        wall.count = shot.count = icon.count = 0;
        generate(&wall, 2560, 1440, 4);
        generate(&shot, 1280, 800, 8);
        generate(&icon, 32, 32, 200);
    }
    row_decode(&wall, 4.0);
    row_decode(&shot, 6.0);
    row_decode(&icon, 3.5);
    segment_set(&wall, &segmented_wall, 8);
    segment_set(&shot, &segmented_shot, 40);
    row_workers(&segmented_wall, "decode", run_decode, 0, 1.8);
    row_workers(&segmented_shot, "decode", run_decode, 0, 0);
    row_workers(&wall, "decode foreign", run_decode, 0, 1.4);
    row_workers(&shot, "decode foreign", run_decode, 0, 1.4);
    row_workers(&icon, "decode batch", run_batch, 0, 0);
    row_encode(&segmented_wall, 6, 3.5);
    row_encode(&segmented_shot, 6, 3.5);
    row_workers(&segmented_wall, "encode", run_encode, 6, 1.8);
    return 0;
}
