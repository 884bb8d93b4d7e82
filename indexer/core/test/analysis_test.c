/*
 * analysis_test.c - words, folding, stems, positions, against tables and a plain loop.
 *
 * ASCII texts are compared with a byte-by-byte tokeniser written here; Unicode with
 * rows from the Unicode tables done by hand; the vector kernel with its portable
 * twin at every length and alignment.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../src/analysis_impl.h"
#include "base/cpu.h"
#include "sync/fault.h"
#include "sync/memory.h"

enum { TOKENS_MAX = 70000 };

static struct analysis_token tokens[TOKENS_MAX];

static size_t read_all(struct analysis *analysis, const void *text, size_t bytes, size_t at_once) {
    size_t total = 0;
    size_t count;
    analysis_begin(analysis, text, bytes);
    do {
        assert_true(total + at_once <= TOKENS_MAX);
        assert_int_equal(STATUS_OK, analysis_next(analysis, tokens + total, at_once, &count));
        total += count;
    } while (count > 0);
    return total;
}

/* "term@position:begin-end ..." */
static const char *describe(enum analysis_lang lang, const char *text, size_t bytes) {
    static char line[4096];
    struct analysis *analysis;
    size_t at = 0;
    assert_int_equal(STATUS_OK, analysis_create(lang, &analysis));
    size_t count = read_all(analysis, text, bytes, 64);
    line[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        uint32_t term_bytes;
        const uint8_t *term = analysis_term(analysis, tokens[i].term, &term_bytes);
        at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%.*s@%u:%u-%u", i > 0 ? " " : "",
                               (int)term_bytes, (const char *)term, tokens[i].position,
                               tokens[i].begin, tokens[i].end);
    }
    analysis_destroy(analysis);
    return line;
}

static void expect(enum analysis_lang lang, const char *text, const char *want) {
    assert_string_equal(want, describe(lang, text, strlen(text)));
}

static void finds_and_folds_words(void **state) {
    (void)state;
    expect(ANALYSIS_NONE, "", "");
    expect(ANALYSIS_NONE, " .,-_/ ", "");
    expect(ANALYSIS_NONE, "Foo_bar-Baz42", "foo@0:0-3 bar@1:4-7 baz42@2:8-13");
    expect(ANALYSIS_NONE, "caf\xc3\xa9 CAFE\xcc\x81 cafe", "cafe@0:0-5 cafe@1:6-12 cafe@2:13-17");
    expect(ANALYSIS_NONE, "Stra\xc3\x9f" "e", "strasse@0:0-7");
    expect(ANALYSIS_NONE, "\xce\xa3\xce\x8a\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
           "\xcf\x83\xce\xb9\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83@0:0-14");
    expect(ANALYSIS_NONE, "\xd0\x99\xd0\xbe\xd0\xb4 \xd1\x91\xd0\xb6",
           "\xd0\xb9\xd0\xbe\xd0\xb4@0:0-6 \xd0\xb5\xd0\xb6@1:7-11");
    expect(ANALYSIS_NONE, "\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\x91", "ab1@0:0-9");
    expect(ANALYSIS_NONE, "\xef\xac\x81ne", "fine@0:0-5");
    expect(ANALYSIS_NONE, "a\xc2\xadz", "a@0:0-1 z@1:3-4");
}

static void cuts_han_and_hiragana_by_character(void **state) {
    (void)state;
    expect(ANALYSIS_NONE, "\xe6\x9d\xb1\xe4\xba\xac tower",
           "\xe6\x9d\xb1@0:0-3 \xe4\xba\xac@1:3-6 tower@2:7-12");
    expect(ANALYSIS_NONE, "\xe3\x82\xbf\xe3\x83\xaf\xe3\x83\xbc\xe3\x81\xae",
           "\xe3\x82\xbf\xe3\x83\xaf\xe3\x83\xbc@0:0-9 \xe3\x81\xae@1:9-12");
    expect(ANALYSIS_NONE, "x\xe6\x9d\xb1y", "x@0:0-1 \xe6\x9d\xb1@1:1-4 y@2:4-5");
}

static void bytes_that_are_not_utf8_separate_words(void **state) {
    (void)state;
    expect(ANALYSIS_NONE, "a\xff" "b\xc3", "a@0:0-1 b@1:2-3");
    expect(ANALYSIS_NONE, "a\xc0\xafz\xed\xa0\x80q\xf5", "a@0:0-1 z@1:3-4 q@2:7-8");
    expect(ANALYSIS_NONE, "\xe2\x82", "");
}

static void english_drops_stop_words_and_keeps_their_positions(void **state) {
    (void)state;
    expect(ANALYSIS_ENGLISH, "The wings of a bird's nest",
           "wing@1:4-9 bird@4:15-19 nest@6:22-26");
    expect(ANALYSIS_ENGLISH, "running runs RUN ran",
           "run@0:0-7 run@1:8-12 run@2:13-16 ran@3:17-20");
    expect(ANALYSIS_ENGLISH, "The and OF", "");
    expect(ANALYSIS_NONE, "The and", "the@0:0-3 and@1:4-7");
}

static void english_keeps_words_of_one_or_two_letters_whole(void **state) {
    (void)state;
    expect(ANALYSIS_ENGLISH, "ls PS us cat's l'os",
           "ls@0:0-2 ps@1:3-5 us@2:6-8 cat@3:9-12 l@5:15-16 os@6:17-19");
    expect(ANALYSIS_ENGLISH, "c's \xc3\x89s", "c@0:0-1 es@2:4-7");
}

/* Whichever apostrophe is typed, what stands before it is the word. */
static void english_forgets_what_follows_an_apostrophe(void **state) {
    (void)state;
    expect(ANALYSIS_ENGLISH, "users' user's user\xe2\x80\x99s",
           "user@0:0-5 user@1:7-11 user@3:14-18");
    expect(ANALYSIS_ENGLISH, "don't", "don@0:0-3");
    expect(ANALYSIS_ENGLISH, "l'eau", "l@0:0-1 eau@1:2-5");
}

static void cuts_long_words_at_a_character(void **state) {
    (void)state;
    static char text[400];
    memset(text, 'Q', 300);
    text[300] = ' ';
    text[301] = 'z';
    struct analysis *analysis;
    assert_int_equal(STATUS_OK, analysis_create(ANALYSIS_NONE, &analysis));
    assert_int_equal(2, read_all(analysis, text, 302, 8));
    uint32_t bytes;
    analysis_term(analysis, tokens[0].term, &bytes);
    assert_int_equal(ANALYSIS_TERM_BYTES_MAX, bytes);
    assert_int_equal(300, tokens[0].end);
    assert_int_equal(1, tokens[1].position);
    for (size_t i = 0; i < 66; i++) {
        memcpy(text + 1 + 3 * i, "\xe0\xb8\x81", 3);   /* Thai, three bytes a letter */
    }
    text[0] = 'x';
    assert_int_equal(1, read_all(analysis, text, 199, 8));
    analysis_term(analysis, tokens[0].term, &bytes);
    assert_int_equal(127, bytes);
    analysis_destroy(analysis);
}

/* ---- against a plain loop ---- */

static uint32_t next_random(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static void compare_with_loop(struct analysis *analysis, const uint8_t *text, size_t bytes,
                              size_t at_once) {
    size_t count = read_all(analysis, text, bytes, at_once);
    size_t token = 0;
    for (size_t at = 0; at < bytes;) {
        if (!isalnum(text[at])) {
            at++;
            continue;
        }
        size_t begin = at;
        while (at < bytes && isalnum(text[at])) {
            at++;
        }
        assert_true(token < count);
        assert_int_equal(begin, tokens[token].begin);
        assert_int_equal(at, tokens[token].end);
        assert_int_equal(token, tokens[token].position);
        uint32_t term_bytes;
        const uint8_t *term = analysis_term(analysis, tokens[token].term, &term_bytes);
        assert_int_equal(at - begin < ANALYSIS_TERM_BYTES_MAX ? at - begin
                                                              : ANALYSIS_TERM_BYTES_MAX,
                         term_bytes);
        for (uint32_t i = 0; i < term_bytes; i++) {
            assert_int_equal(tolower(text[begin + i]), term[i]);
        }
        token++;
    }
    assert_int_equal(token, count);
    assert_int_equal(token, analysis_positions(analysis));
}

static void ascii_texts_equal_a_plain_loop_at_every_level(void **state) {
    (void)state;
    static uint8_t text[20000];
    enum cpu_level best = cpu_level();
    for (enum cpu_level level = CPU_PORTABLE; level <= best; level++) {
        cpu_set_level(level);
        struct analysis *analysis;
        assert_int_equal(STATUS_OK, analysis_create(ANALYSIS_NONE, &analysis));
        uint64_t seed = 7;
        for (uint32_t round = 0; round < 300; round++) {
            size_t bytes = next_random(&seed) % (round % 10 == 0 ? sizeof(text) : 300);
            uint32_t gap = 2 + next_random(&seed) % (round % 3 == 0 ? 2000 : 12);
            for (size_t i = 0; i < bytes; i++) {
                text[i] = next_random(&seed) % gap == 0 ? (uint8_t)(next_random(&seed) % 128)
                                                        : (uint8_t)('A' + next_random(&seed) % 26);
            }
            compare_with_loop(analysis, text, bytes, 1 + next_random(&seed) % 400);
        }
        analysis_destroy(analysis);
    }
    cpu_set_level(best);
}

static void the_vector_kernel_equals_the_portable_one(void **state) {
    (void)state;
    analysis_fold_kernel vector = analysis_fold_vector();
    if (vector == NULL) {
        skip();
    }
    static uint8_t text[64 * 9 + 64];
    uint64_t seed = 11;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i < 256 ? i : next_random(&seed));
    }
    for (size_t from = 0; from < 64; from++) {
        for (size_t blocks = 0; blocks <= 9; blocks++) {
            uint8_t fold[2][64 * 9];
            uint64_t word[2][9];
            uint64_t high[2][9];
            memset(fold, 0, sizeof(fold));
            memset(word, 0, sizeof(word));
            memset(high, 0, sizeof(high));
            assert_int_equal(
                analysis_fold_portable(text + from, blocks, fold[0], word[0], high[0]),
                vector(text + from, blocks, fold[1], word[1], high[1]));
            assert_memory_equal(fold[0], fold[1], sizeof(fold[0]));
            assert_memory_equal(word[0], word[1], sizeof(word[0]));
            assert_memory_equal(high[0], high[1], sizeof(high[0]));
        }
    }
}

/* Words do not depend on where windows fall: any text, shifted, gives the same tokens. */
static void words_do_not_depend_on_where_windows_fall(void **state) {
    (void)state;
    static const char *const pieces[] = { "ab", "\xc3\xa9", " ", "\xe6\x9d\xb1", "\xff", "Q7",
                                          "\xcc\x81", "-", "\xd0\x99", "longerword" };
    static uint8_t text[24000];
    static struct analysis_token first[TOKENS_MAX];
    uint64_t seed = 5;
    for (uint32_t round = 0; round < 30; round++) {
        size_t bytes = 0;
        while (bytes < 9000) {
            const char *piece = pieces[next_random(&seed) % (round < 15 ? COUNT_OF(pieces) : 4)];
            memcpy(text + 4100 + bytes, piece, strlen(piece));
            bytes += strlen(piece);
        }
        size_t count = 0;
        for (size_t shift = 0; shift <= 4096; shift += 1 + next_random(&seed) % 400) {
            struct analysis *analysis;
            memset(text, ' ', 4100);
            assert_int_equal(STATUS_OK, analysis_create(ANALYSIS_NONE, &analysis));
            size_t here = read_all(analysis, text + 4100 - shift, bytes + shift, 512);
            if (shift == 0) {
                count = here;
                memcpy(first, tokens, here * sizeof(*tokens));
            }
            assert_int_equal(count, here);
            for (size_t i = 0; i < here; i++) {
                assert_int_equal(first[i].term, tokens[i].term);
                assert_int_equal(first[i].begin + shift, tokens[i].begin);
                assert_int_equal(first[i].end + shift, tokens[i].end);
            }
            analysis_destroy(analysis);
        }
    }
}

static void terms_are_numbered_in_order_of_first_sight(void **state) {
    (void)state;
    struct analysis *analysis;
    assert_int_equal(STATUS_OK, analysis_create(ANALYSIS_NONE, &analysis));
    static char text[60000];
    size_t bytes = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, "w%u ", i);
    }
    for (uint32_t pass = 0; pass < 2; pass++) {
        assert_int_equal(5000, read_all(analysis, text, bytes, 1000));
        for (uint32_t i = 0; i < 5000; i++) {
            assert_int_equal(i, tokens[i].term);
        }
    }
    assert_int_equal(5000, analysis_term_count(analysis));
    analysis_reset(analysis);
    assert_int_equal(0, analysis_term_count(analysis));
    assert_int_equal(1, read_all(analysis, "w77", 3, 4));
    assert_int_equal(0, tokens[0].term);
    analysis_destroy(analysis);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    static char text[80000];
    size_t bytes = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, "anelongishwordnumber%u ", i);
    }
    for (enum analysis_lang lang = ANALYSIS_NONE; lang < ANALYSIS_LANGS; lang++) {
        uint64_t live = sync_memory_live();
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            struct analysis *analysis = NULL;
            size_t count = 1;
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = analysis_create(lang, &analysis);
            if (status == STATUS_OK) {
                analysis_begin(analysis, text, bytes);
            }
            while (status == STATUS_OK && count > 0) {
                status = analysis_next(analysis, tokens, 512, &count);
            }
            was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
            if (analysis != NULL) {   /* the analyser is good for the next document */
                assert_int_equal(2, read_all(analysis, "two words", 9, 8));
            }
            analysis_destroy(analysis);
            assert_int_equal(live, sync_memory_live());
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_and_folds_words),
        cmocka_unit_test(cuts_han_and_hiragana_by_character),
        cmocka_unit_test(bytes_that_are_not_utf8_separate_words),
        cmocka_unit_test(english_drops_stop_words_and_keeps_their_positions),
        cmocka_unit_test(english_keeps_words_of_one_or_two_letters_whole),
        cmocka_unit_test(english_forgets_what_follows_an_apostrophe),
        cmocka_unit_test(cuts_long_words_at_a_character),
        cmocka_unit_test(ascii_texts_equal_a_plain_loop_at_every_level),
        cmocka_unit_test(the_vector_kernel_equals_the_portable_one),
        cmocka_unit_test(words_do_not_depend_on_where_windows_fall),
        cmocka_unit_test(terms_are_numbered_in_order_of_first_sight),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
