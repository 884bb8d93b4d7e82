/* picture_out.c - coverage to a PNG on disk. */
#include <string.h>

#include "png/encode.h"
#include "ttf/atlas.h"
#include "weft_font.h"

enum { LEVELS = 256 };

/* Ink at this coverage over paper, straight alpha, rounded to nearest. */
static void mix(const struct font_colours *colours, uint32_t coverage, uint8_t out[4]) {
    const uint8_t *ink = colours->ink, *paper = colours->paper;
    uint32_t over = (coverage * ink[3] * 2 + 255) / 510;
    uint32_t under = paper[3] * (255 - over);   /* both alphas from here on are times 255 */
    uint32_t alpha = over * 255 + under;
    out[3] = (uint8_t)((alpha * 2 + 255) / 510);
    for (int i = 0; i < 3; i++) {
        uint32_t sum = ink[i] * over * 255 + paper[i] * under;
        out[i] = alpha != 0 ? (uint8_t)((sum * 2 + alpha) / (2 * alpha)) : 0;
    }
}

static void paint(const struct picture_view *coverage, const struct font_colours *colours,
                  const struct picture_view *rgba) {
    uint8_t table[LEVELS][4];
    for (uint32_t level = 0; level < LEVELS; level++) {
        mix(colours, level, table[level]);
    }
    for (uint32_t y = 0; y < rgba->height; y++) {
        const uint8_t *from = picture_row(coverage, y);
        uint8_t *to = picture_row(rgba, y);
        for (uint32_t x = 0; x < rgba->width; x++) {
            memcpy(to + 4 * (size_t)x, table[from[x]], 4);
        }
    }
}

bool font_picture_write(const char *path, const struct picture_view *coverage,
                        const struct font_colours *colours, struct workpool *pool) {
    struct picture_view rgba;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    diag.status = picture_image_create(coverage->width, coverage->height, PICTURE_RGBA8, &rgba);
    if (diag.status != STATUS_OK) {
        cli_complain(path, &diag);
        return false;
    }
    paint(coverage, colours, &rgba);
    struct wpng_encode_options options = { .pool = pool };
    enum status status = wpng_encode_file(&rgba, &options, path, &diag);
    picture_image_destroy(&rgba);
    if (status != STATUS_OK) {
        cli_complain(path, &diag);
    }
    return status == STATUS_OK;
}

bool font_pool_open(struct cli_pool *pool) {
    static const struct workpool_kind_set *const sets[] = { &wpng_kinds, &ttf_kinds };
    return cli_pool_open(pool, "weft-font", sets, COUNT_OF(sets));
}
