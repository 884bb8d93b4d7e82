/*
 * mutation_test.c - fonts broken by chance: a status, never a crash, the same at any
 * number of workers.
 *
 * Each round takes a font, changes a few bytes at places drawn from a seed that is
 * printed on failure, and does everything a font can do.  The sanitizer builds are
 * what makes this test sharp.
 */
#include "ttf/outline.h"
#include "ttf/text.h"
#include "ttf_check.h"

enum { ROUNDS = 3000, DEJAVU_ROUNDS = 150, COMPARE_EVERY = 40 };

/* A small multiplicative generator: the same rounds everywhere. */
struct dice { uint64_t state; };

static uint32_t roll(struct dice *dice, uint32_t sides) {
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((dice->state >> 33) % sides);
}

static void mutate(struct dice *dice, uint8_t *bytes, size_t count) {
    static const uint8_t favourites[] = { 0, 1, 0x7f, 0x80, 0xff };
    uint32_t changes = 1 + roll(dice, 8);
    for (uint32_t i = 0; i < changes; i++) {
        uint8_t *byte = &bytes[roll(dice, (uint32_t)count)];
        switch (roll(dice, 3)) {
        case 0: *byte ^= (uint8_t)(1u << roll(dice, 8)); break;
        case 1: *byte = favourites[roll(dice, COUNT_OF(favourites))]; break;
        default: *byte = (uint8_t)roll(dice, 256); break;
        }
    }
}

/* What a font did, as far as it must not depend on workers. */
struct outcome {
    enum status open, atlas, outline, run, mask;
    uint64_t atlas_offset;
    uint64_t pixels;
};

static void set_text(struct ttf_font *font, struct workpool *pool, struct outcome *outcome) {
    static const char string[] = "ABCD \u00e9\u0628\u062a q\u0301 ffi";
    struct ttf_text text = { .utf8 = string, .byte_count = sizeof(string) - 1,
                             .size_26_6 = 13 * 64 };
    struct ttf_run run;
    struct ttf_mask mask;
    outcome->run = ttf_run_create(font, &text, &run, NULL);
    if (outcome->run == STATUS_OK) {
        outcome->mask = ttf_mask_create(font, pool, &run, &mask, NULL);
        ttf_mask_destroy(&mask);
    }
    ttf_run_destroy(&run);
}

static struct outcome use(const uint8_t *bytes, size_t count, struct workpool *pool) {
    static uint32_t keys[0x300];
    struct outcome outcome;
    memset(&outcome, 0, sizeof(outcome));
    struct ttf_options options = { .limits = { .memory_bytes = 16 << 20,
                                               .coverage_bytes = 4 << 20 } };
    struct ttf_font *font;
    outcome.open = ttf_font_create(bytes, count, &options, &font, NULL);
    if (outcome.open != STATUS_OK) {
        return outcome;
    }
    for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
        keys[i] = 0x20 + i;
    }
    struct ttf_request request = { .keys = keys, .key_count = COUNT_OF(keys),
                                   .size_26_6 = 12 * 64 };
    struct ttf_atlas atlas;
    struct diag diag = { 0 };
    outcome.atlas = ttf_atlas_create(font, pool, &request, &atlas, &diag);
    outcome.atlas_offset = diag.offset;
    outcome.pixels = outcome.atlas == STATUS_OK ? check_fingerprint(&atlas) : 0;
    ttf_atlas_destroy(&atlas);
    for (uint32_t glyph = 0; glyph < 8; glyph++) {
        struct ttf_outline outline;
        outcome.outline = outcome.outline * 13 + ttf_outline_create(font, glyph, 0, &outline, NULL);
        ttf_outline_destroy(&outline);
    }
    set_text(font, pool, &outcome);
    ttf_font_destroy(font);
    return outcome;
}

static void break_font(const char *path, uint64_t rounds, uint64_t live) {
    struct sync_bytes bytes = check_read(path);
    uint8_t *copy = test_malloc(bytes.count);
    struct workpool *pools[COUNT_OF(check_workers)];
    for (size_t w = 0; w < COUNT_OF(check_workers); w++) {
        pools[w] = check_pool(check_workers[w]);
    }
    for (uint64_t seed = 0; seed < rounds; seed++) {
        struct dice dice = { .state = seed * 7919 + 1 };
        memcpy(copy, bytes.bytes, bytes.count);
        mutate(&dice, copy, bytes.count);
        struct outcome outcome = use(copy, bytes.count, NULL);
        for (size_t w = 0; seed % COMPARE_EVERY == 0 && w < COUNT_OF(check_workers); w++) {
            struct outcome other = use(copy, bytes.count, pools[w]);
            if (memcmp(&outcome, &other, sizeof(outcome)) != 0) {
                fail_msg("%s seed %llu differs at %u workers", path, (unsigned long long)seed,
                         check_workers[w]);
            }
        }
    }
    for (size_t w = 0; w < COUNT_OF(check_workers); w++) {
        workpool_destroy(pools[w]);
    }
    test_free(copy);
    sync_free(bytes.bytes);
    assert_int_equal(live, sync_memory_live());
}

static void broken_fonts_give_a_status_and_the_same_one_everywhere(void **state) {
    (void)state;
    static const char *const paths[] = {
        "fixtures/valid/ttf/tiny.ttf", "fixtures/valid/ttf/tiny.otf", "fixtures/valid/ttf/tiny.ttc",
        "fixtures/valid/ttf/random.otf", "fixtures/valid/ttf/shaped.ttf",
        "fixtures/valid/ttf/cid.otf",
    };
    uint64_t live = sync_memory_live();
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        break_font(paths[i], ROUNDS, live);
    }
    break_font(CHECK_DEJAVU, DEJAVU_ROUNDS, live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_fonts_give_a_status_and_the_same_one_everywhere),
    };
    return cmocka_run_group_tests_name("mutation", tests, NULL, NULL);
}
