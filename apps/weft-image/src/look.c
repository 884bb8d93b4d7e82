/* look.c - read, decode, digest, free; see look.h. */
#include "look.h"

#include "commands.h"
#include "sync/memory.h"

struct window {
    char *const *paths;
    struct look_result *results;
    struct workpool *pool;         /* for a file looked at alone, else NULL */
};

static bool is_row_opaque(const uint8_t *row, uint32_t width) {
    unsigned all = 255;
    for (uint32_t x = 0; x < width; x++) {
        all &= row[(size_t)x * 4 + 3];
    }
    return all == 255;
}

static void describe(const struct image *image, struct look_result *result) {
    struct digest_state state;
    uint8_t digest[DIGEST_BYTES];
    digest_init(&state);
    result->is_opaque = true;
    for (uint32_t i = 0; i < image->frame_count; i++) {
        const struct picture_view *view = &image->frames[i].view;
        for (uint32_t y = 0; y < view->height; y++) {
            const uint8_t *row = picture_row(view, y);
            digest_update(&state, row, (size_t)view->width * 4);
            result->is_opaque = result->is_opaque && is_row_opaque(row, view->width);
        }
        result->delay_ms += image->frames[i].delay_ms;
    }
    digest_finish(&state, digest);
    digest_text(digest, result->digest);
    result->format = image->format;
    result->width = image->frames[0].view.width;
    result->height = image->frames[0].view.height;
    result->frame_count = image->frame_count;
}

static enum status look_at(const char *path, struct workpool *pool, struct look_result *result) {
    struct sync_bytes file;
    struct image image;
    struct image_options options = { .pool = pool };
    *result = (struct look_result){ 0 };
    result->status = cli_file_read(path, COMMAND_FILE_MAX, &file, &result->diag);
    if (result->status != STATUS_OK) {
        return result->status;
    }
    result->status = image_decode(file.bytes, file.count, &options, &image, &result->diag);
    sync_free(file.bytes);
    if (result->status == STATUS_OK) {
        describe(&image, result);
        image_free(&image);
    }
    return result->status;
}

static enum status look_body(const struct workpool_chunk *chunk) {
    const struct window *window = chunk->context;
    return look_at(window->paths[chunk->begin], window->pool, &window->results[chunk->begin]);
}

static const struct workpool_kind look_kind = { .name = "weft-image.look", .body = look_body };
static const struct workpool_kind *const kinds[] = { &look_kind };
const struct workpool_kind_set look_kinds = { kinds, COUNT_OF(kinds) };

/* Fill `results` for one window; a single file works in parallel inside, if it can. */
static void run_window(char *const *paths, size_t count, struct workpool *pool,
                       struct look_result *results) {
    if (count == 1) {
        (void)look_at(paths[0], pool, &results[0]);
        return;
    }
    struct window window = { .paths = paths, .results = results };
    struct workpool_job job = { .kind = &look_kind, .count = count, .grain = 1,
                                .context = &window };
    for (size_t i = 0; i < count; i++) {
        results[i].status = diag_fail(&results[i].diag, STATUS_CANCELLED, DIAG_NO_OFFSET,
                                      "not looked at");
    }
    enum status first = workpool_run(pool, &job, NULL);
    (void)first;   /* every file has its own */
}

bool look_at_files(char *const *paths, size_t count, struct workpool *pool, look_tell tell,
                   void *context) {
    static struct look_result results[LOOK_WINDOW];
    struct cli_progress progress;
    bool is_good = true;
    cli_progress_begin(&progress, "pictures", count);
    for (size_t begin = 0; begin < count; begin += LOOK_WINDOW) {
        size_t window = count - begin < LOOK_WINDOW ? count - begin : LOOK_WINDOW;
        run_window(paths + begin, window, pool, results);
        for (size_t i = 0; i < window; i++) {
            if (results[i].status != STATUS_OK) {
                cli_complain(paths[begin + i], &results[i].diag);
                is_good = false;
            }
            tell(context, paths[begin + i], &results[i]);
        }
        cli_progress_step(&progress, begin + window);
    }
    cli_progress_end(&progress);
    return is_good;
}
