/* hash.c - weft-font hash. */
#include <stdio.h>

#include "base/digest.h"
#include "base/endian.h"
#include "sync/memory.h"
#include "ttf/atlas.h"
#include "weft_font.h"

struct hash_options {
    uint64_t size;
    uint64_t face;
    const char *range;
    bool json;
};

/* Seven little-endian words of metrics, then the rows of coverage: see weft-font(1). */
static void add_entry(struct digest_state *digest, const struct ttf_atlas *atlas,
                      const struct ttf_entry *entry) {
    enum { WORDS = 7 };
    uint32_t width = (uint32_t)(entry->rect.x1 - entry->rect.x0);
    uint32_t height = (uint32_t)(entry->rect.y1 - entry->rect.y0);
    const uint32_t words[WORDS] = { entry->key, entry->glyph, width, height,
                                    (uint32_t)entry->left, (uint32_t)entry->top,
                                    (uint32_t)entry->advance };
    uint8_t bytes[WORDS * 4];
    for (size_t i = 0; i < WORDS; i++) {
        put_le32(bytes + 4 * i, words[i]);
    }
    digest_update(digest, bytes, sizeof(bytes));
    for (uint32_t y = 0; y < height; y++) {
        digest_update(digest, picture_row(&atlas->view, (uint32_t)entry->rect.y0 + y) +
                                  entry->rect.x0, width);
    }
}

static void print_hash(const char *path, const struct ttf_atlas *atlas, bool json) {
    struct digest_state digest;
    uint8_t bytes[DIGEST_BYTES];
    char text[DIGEST_TEXT_BYTES];
    digest_init(&digest);
    for (uint32_t i = 0; i < atlas->entry_count; i++) {
        add_entry(&digest, atlas, &atlas->entries[i]);
    }
    digest_finish(&digest, bytes);
    digest_text(bytes, text);
    if (json) {
        printf("{\"file\":");
        cli_json_text(path);
        printf(",\"sha256\":\"%s\",\"glyphs\":%u}\n", text, atlas->entry_count);
    } else {
        printf("%s  %u glyph%s  ", text, atlas->entry_count, cli_plural(atlas->entry_count));
        cli_put_text(path);
        putchar('\n');
    }
}

static bool hash_file(const char *path, const struct hash_options *options,
                      const struct font_keys *keys, struct workpool *pool) {
    struct font_file file;
    if (!font_file_open(path, options->face, &file)) {
        return false;
    }
    struct ttf_request request = { .keys = keys->keys, .key_count = keys->count,
                                   .size_26_6 = (uint32_t)options->size * TTF_SIZE_ONE };
    struct ttf_atlas atlas;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    enum status status = ttf_atlas_create(file.font, pool, &request, &atlas, &diag);
    if (status == STATUS_OK) {
        print_hash(path, &atlas, options->json);
        ttf_atlas_destroy(&atlas);
    } else {
        cli_complain(path, &diag);
    }
    font_file_close(&file);
    return status == STATUS_OK;
}

int font_command_hash(int argc, char **argv) {
    struct hash_options hash = { .size = 16, .range = "U+20..U+7E" };
    struct cli_pool pool = CLI_POOL_INIT;
    const struct cli_option options[] = {
        { .name = "size", .letter = 's', .value = CLI_NUMBER, .target = &hash.size, .minimum = 1,
          .maximum = FONT_SIZE_MAX, .metavar = "N", .help = "pixels an em (default: 16)" },
        { .name = "range", .letter = 'r', .value = CLI_TEXT, .target = &hash.range,
          .metavar = "LIST", .help = "characters, as U+20..U+7E,U+A0 (default: U+20..U+7E)" },
        { .name = "face", .value = CLI_NUMBER, .target = &hash.face, .maximum = 65535,
          .metavar = "N", .help = "face of a collection, from 0" },
        { .name = "json", .value = CLI_JSON, .target = &hash.json,
          .help = "one JSON object a line" },
        CLI_POOL_OPTIONS(&pool),
    };
    const struct cli_command command = {
        .name = "weft-font hash", .usage = "FONT... [--size N] [--range LIST] [OPTION]...",
        .summary = "Print the SHA-256 of glyphs' coverage and metrics, in character order.",
        .options = options, .option_count = COUNT_OF(options), .operands_min = 1,
        .operands_max = -1,
    };
    char **paths;
    int count = cli_parse(&command, argc, argv, &paths);
    struct font_keys keys;
    if (!font_keys_parse(hash.range, &keys)) {
        return CLI_USAGE;
    }
    if (!font_pool_open(&pool)) {
        sync_free(keys.keys);
        return CLI_FAILED;
    }
    bool is_good = true;
    struct workpool *stage = cli_pool_for(&pool, WORKPOOL_GATE_DECODE);
    for (int i = 0; i < count; i++) {
        is_good = hash_file(paths[i], &hash, &keys, stage) && is_good;
    }
    is_good = cli_pool_close(&pool) && is_good;
    sync_free(keys.keys);
    return is_good ? CLI_OK : CLI_FAILED;
}
