/*
 * atlas_explore_test.c - segments of glyphs under a scheduler that tries everything: the
 * atlas and its table are those of one worker.
 */
#include <stdlib.h>

#include "base/attr.h"
#include "explore/explore.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "ttf/atlas.h"
#include "ttf/font.h"
#include "workpool/workpool.h"

enum { WORKERS_MOST = 3, KEYS = 3 * TTF_SEGMENT_GLYPHS, FIRST_KEY = 0x21, FILE_MAX = 1 << 24 };

static const char path[] = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
static struct sync_bytes file;
static const struct workpool_kind_set *const kind_sets[] = { &ttf_kinds };

static void atlas_is_the_same(void) {
    uint32_t keys[KEYS];
    for (uint32_t i = 0; i < KEYS; i++) {
        keys[i] = FIRST_KEY + i;
    }
    const struct workpool_options options = { .name = "explored",
                                              .workers = 1 + explore_choose(WORKERS_MOST),
                                              .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool = NULL;
    struct ttf_font *font = NULL;
    struct ttf_atlas atlas;
    const struct ttf_request request = { .keys = keys, .key_count = KEYS,
                                         .kind = TTF_KEY_CODEPOINT, .size_26_6 = 640 };
    EXPLORE_CHECK(workpool_create(&options, &pool, NULL) == STATUS_OK);
    EXPLORE_CHECK(ttf_font_create(file.bytes, file.count, NULL, &font, NULL) == STATUS_OK);
    EXPLORE_CHECK(ttf_atlas_create(font, pool, &request, &atlas, NULL) == STATUS_OK);
    for (uint32_t y = 0; y < atlas.view.height; y++) {
        explore_output(picture_row(&atlas.view, y), atlas.view.width);
    }
    for (uint32_t i = 0; i < atlas.entry_count; i++) {
        explore_output(&atlas.entries[i].rect, sizeof(atlas.entries[i].rect));
    }
    ttf_atlas_destroy(&atlas);
    ttf_font_destroy(font);
    workpool_destroy(pool);
}

int main(int argc, char **argv) {
    /* An execution opens a font on each worker, so there are fewer of them than usual. */
    const struct explore_case cases[] = {
        { .name = "atlas_is_the_same", .body = atlas_is_the_same, .plan = { .runs = 300 } },
    };
    if (sync_file_read(path, FILE_MAX, &file, NULL) != STATUS_OK) {
        abort();
    }
    int code = explore_main(argc, argv, cases, COUNT_OF(cases));
    sync_free(file.bytes);
    return code;
}
