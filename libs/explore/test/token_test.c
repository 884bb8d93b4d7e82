/* token_test.c - tokens are read as they were written, or refused with the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../src/token.h"
#include "base/hash.h"

static const struct explore_case cases[] = { { .name = "other" }, { .name = "ring_loses_none" } };
static const struct token_program program = { .build = 0x8f3c2d1a, .cases = cases, .count = 2 };

static char *print_choices(const uint8_t *choices, size_t count) {
    struct token token = { .case_name = "ring_loses_none", .build = program.build, .seed = 0x2a,
                           .plan = { .strategy = EXPLORE_PCT, .depth = 3,
                                     .allocation_failures = 2, .early_timeouts = 7 } };
    token.choices = malloc(count + 1);
    assert_non_null(token.choices);
    memcpy(token.choices, choices, count);
    token.count = count;
    char *text = token_print(&token);
    assert_non_null(text);
    token_finish(&token);
    return text;
}

static char *example(void) {
    static const uint8_t choices[] = { 0, 0, 0, 1, 2, 0, 3, 0, 0, 200, 1, 0 };
    return print_choices(choices, sizeof(choices));
}

static void a_token_is_read_as_it_was_written(void **state) {
    (void)state;
    static const uint8_t want[] = { 0, 0, 0, 1, 2, 0, 3, 0, 0, 200, 1 };
    char why[TOKEN_WHY_BYTES];
    char *text = example();
    struct token token;
    assert_int_equal(token_parse(text, &token, why), TOKEN_FINE);
    assert_string_equal(token.case_name, "ring_loses_none");
    assert_int_equal(token.build, program.build);
    assert_int_equal(token.seed, 0x2a);
    assert_int_equal(token.plan.strategy, EXPLORE_PCT);
    assert_int_equal(token.plan.depth, 3);
    assert_int_equal(token.plan.memory, EXPLORE_MEMORY_WEAK);
    assert_int_equal(token.plan.allocation_failures, 2);
    assert_int_equal(token.plan.early_timeouts, 7);
    assert_int_equal(token.plan.steps, 0);
    assert_int_equal(token.count, sizeof(want));
    assert_memory_equal(token.choices, want, sizeof(want));
    token_finish(&token);
    free(text);
}

static void assert_same_plan(const struct explore_plan *a, const struct explore_plan *b) {
    assert_int_equal(a->strategy, b->strategy);
    assert_int_equal(a->memory, b->memory);
    assert_int_equal(a->preemptions, b->preemptions);
    assert_int_equal(a->depth, b->depth);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->allocation_failures, b->allocation_failures);
    assert_int_equal(a->file_failures, b->file_failures);
    assert_int_equal(a->crashes, b->crashes);
    assert_int_equal(a->spurious_wakes, b->spurious_wakes);
    assert_int_equal(a->early_timeouts, b->early_timeouts);
    assert_int_equal(a->has_real_locks, b->has_real_locks);
}

static void every_plan_comes_back(void **state) {
    (void)state;
    for (unsigned i = 0; i < 5u * 2 * 128; i++) {
        unsigned bits = i / 10;
        struct token token = { .case_name = "x", .seed = UINT64_MAX - i };
        token.plan.strategy = (enum explore_strategy)(i % 5);
        token.plan.memory = (enum explore_memory)(i / 5 % 2);
        token.plan.preemptions = i % 5 == EXPLORE_BOUNDED ? bits % 4 : 0;
        token.plan.depth = i % 5 == EXPLORE_PCT ? bits % 4 : 0;
        token.plan.steps = bits & 1 ? UINT32_MAX : 0;
        token.plan.allocation_failures = bits & 2 ? 1 : 0;
        token.plan.file_failures = bits & 4 ? 10 : 0;
        token.plan.crashes = bits & 8 ? 1 : 0;
        token.plan.spurious_wakes = bits & 16 ? 99 : 0;
        token.plan.early_timeouts = bits & 32 ? 3 : 0;
        token.plan.has_real_locks = (bits & 64) != 0;
        struct token read;
        char why[TOKEN_WHY_BYTES];
        char *text = token_print(&token);
        assert_non_null(text);
        assert_int_equal(token_parse(text, &read, why), TOKEN_FINE);
        assert_same_plan(&read.plan, &token.plan);
        assert_int_equal(read.seed, token.seed);
        assert_int_equal(read.count, 0);
        free(text);
    }
}

static void any_choices_come_back_but_for_zeros_at_the_end(void **state) {
    (void)state;
    enum { ROOM = 5000 };
    static uint8_t choices[ROOM];
    uint32_t number = 12345;
    for (size_t count = 0; count < ROOM; count += 1 + count / 3) {
        size_t last = 0;
        for (size_t i = 0; i < count; i++) {
            number = number * 1103515245u + 12345u;
            uint32_t top = number >> 16;
            choices[i] = (uint8_t)(top % 7 == 0 ? top >> 4 & 0xff : top % 5 == 0 ? 1 : 0);
            choices[i] = choices[i] == 255 ? 254 : choices[i];
            last = choices[i] != 0 ? i + 1 : last;
        }
        struct token token;
        char why[TOKEN_WHY_BYTES];
        char *text = print_choices(choices, count);
        assert_int_equal(token_parse(text, &token, why), TOKEN_FINE);
        assert_int_equal(token.count, last);
        assert_true(last == 0 || memcmp(token.choices, choices, last) == 0);
        token_finish(&token);
        free(text);
    }
}

static enum token_fault fault_of(const char *text, char why[TOKEN_WHY_BYTES]) {
    struct token token;
    enum token_fault fault = token_parse(text, &token, why);
    if (fault == TOKEN_FINE) {
        token_finish(&token);
    } else {
        assert_true(strlen(why) > 10);
        assert_true(strchr(why, '\n') == NULL);
    }
    return fault;
}

static void every_other_byte_at_every_place_is_refused(void **state) {
    (void)state;
    char *text = example();
    char why[TOKEN_WHY_BYTES];
    size_t count = strlen(text);
    size_t located = 0;
    size_t tried = 0;
    for (size_t at = 0; at < count; at++) {
        char was = text[at];
        char want[80];
        snprintf(want, sizeof(want), "at character %zu: '", at + 1);
        for (unsigned byte = 0; byte < 256; byte++) {
            if ((char)byte == was) {
                continue;
            }
            text[at] = (char)byte;
            assert_int_not_equal(fault_of(text, why), TOKEN_FINE);
            located += strstr(why, want) != NULL && strchr(why, was) != NULL;
            tried++;
        }
        text[at] = was;
    }
    assert_int_equal(fault_of(text, why), TOKEN_FINE);
    assert_true(located > tried / 2);   /* the others hit the version, a dot or the check */
    free(text);
}

static void a_token_cut_at_any_place_is_refused(void **state) {
    (void)state;
    char *text = example();
    char why[TOKEN_WHY_BYTES];
    for (size_t count = strlen(text); count-- > 0;) {
        text[count] = '\0';
        enum token_fault fault = fault_of(text, why);
        assert_int_equal(fault, count < 3 ? TOKEN_NOT_ONE : TOKEN_SHORT);
    }
    free(text);
}

static void swapped_doubled_and_missing_bytes_are_refused(void **state) {
    (void)state;
    char *text = example();
    size_t count = strlen(text);
    char *other = malloc(count + 3);
    char why[TOKEN_WHY_BYTES];
    assert_non_null(other);
    for (size_t at = 0; at < count; at++) {
        memcpy(other, text, at);
        memcpy(other + at, text + at + 1, count - at);
        assert_int_not_equal(fault_of(other, why), TOKEN_FINE);
        memcpy(other, text, at + 1);
        memcpy(other + at + 1, text + at, count - at + 1);
        assert_int_not_equal(fault_of(other, why), TOKEN_FINE);
        if (at + 1 < count && text[at] != text[at + 1]) {
            memcpy(other, text, count + 1);
            other[at] = text[at + 1];
            other[at + 1] = text[at];
            assert_int_not_equal(fault_of(other, why), TOKEN_FINE);
        }
    }
    free(other);
    free(text);
}

static void the_reason_names_the_changed_character(void **state) {
    (void)state;
    char *text = example();
    char why[TOKEN_WHY_BYTES];
    char want[TOKEN_WHY_BYTES];
    size_t at = (size_t)(strstr(text, "pct") - text);
    text[at] = 'q';
    assert_int_equal(fault_of(text, why), TOKEN_DAMAGED);
    snprintf(want, sizeof(want), "the token is damaged at character %zu: 'q' was perhaps 'p'",
             at + 1);
    assert_string_equal(why, want);
    free(text);
}

static void other_texts_and_versions_are_told_apart(void **state) {
    (void)state;
    static const char *const none[] = { "", "D", "D1", "hello", "d1.a.b", "D.x", "D1x.y",
                                        "1.2.3", " D1.x", "D99999999999.x" };
    char why[TOKEN_WHY_BYTES];
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_int_equal(fault_of(none[i], why), TOKEN_NOT_ONE);
        assert_string_equal(why, "this is not a token: one begins with 'D1.'");
    }
    assert_int_equal(fault_of("D2.whatever", why), TOKEN_VERSION);
    assert_string_equal(why, "the token is of version 2, and this program reads version 1");
    assert_int_equal(fault_of("D01.whatever", why), TOKEN_VERSION);
    assert_int_equal(fault_of("D1.a.b", why), TOKEN_SHORT);
    assert_string_equal(why, "the token is cut short: 3 of its 7 parts are there");
}

/* A token whose check is right and which nobody printed: each part is looked at on its own. */
static void parts_that_nobody_prints_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "D1..8f3c2d1a.random.1.-", "D1.a-b.8f3c2d1a.random.1.-", "D1.x.8f3c2d1.random.1.-",
        "D1.x.8F3C2D1A.random.1.-", "D1.x.8f3c2d1a.rand.1.-", "D1.x.8f3c2d1a.random3.1.-",
        "D1.x.8f3c2d1a.bounded.1.-", "D1.x.8f3c2d1a.pct0.1.-", "D1.x.8f3c2d1a.pct03.1.-",
        "D1.x.8f3c2d1a.random-a0.1.-", "D1.x.8f3c2d1a.random-t1-a1.1.-",
        "D1.x.8f3c2d1a.random-a4294967296.1.-", "D1.x.8f3c2d1a.random-q1.1.-",
        "D1.x.8f3c2d1a.random.01.-", "D1.x.8f3c2d1a.random..-", "D1.x.8f3c2d1a.random.g.-",
        "D1.x.8f3c2d1a.random.11111111111111111.-", "D1.x.8f3c2d1a.random.1.",
        "D1.x.8f3c2d1a.random.1.--", "D1.x.8f3c2d1a.random.1.u", "D1.x.8f3c2d1a.random.1.g",
        "D1.x.8f3c2d1a.random.1.g0", "D1.x.8f3c2d1a.random.1.3", "D1.x.8f3c2d1a.random.1.3zf",
        "D1.x.8f3c2d1a.random.1.zzzzzzz1", "D1.x.8f3c2d1a.random.1.zzzzzzzzzzzz1",
        "D1.x.8f3c2d1a.random.1.0.1",
    };
    char why[TOKEN_WHY_BYTES];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[128];
        snprintf(text, sizeof(text), "%s.%08x", rows[i],
                 hash_crc32c(0, rows[i], strlen(rows[i])));
        assert_int_equal(fault_of(text, why), TOKEN_DAMAGED);
        assert_non_null(strstr(why, "at character "));
    }
}

static void another_build_and_an_unknown_case_are_refused(void **state) {
    (void)state;
    char why[TOKEN_WHY_BYTES];
    char *text = example();
    struct token token;
    size_t which = 0;
    assert_int_equal(token_parse(text, &token, why), TOKEN_FINE);
    assert_int_equal(token_match(&token, &program, &which, why), TOKEN_FINE);
    assert_int_equal(which, 1);
    struct token_program other = program;
    other.build = 1;
    assert_int_equal(token_match(&token, &other, &which, why), TOKEN_BUILD);
    assert_non_null(strstr(why, "of another build: 8f3c2d1a, and this program is 00000001"));
    other = program;
    other.count = 1;
    assert_int_equal(token_match(&token, &other, &which, why), TOKEN_CASE);
    assert_non_null(strstr(why, "'ring_loses_none'"));
    token_finish(&token);
    free(text);
}

static void names_that_would_not_come_back_are_known(void **state) {
    (void)state;
    char name[TOKEN_NAME_BYTES + 1];
    memset(name, 'a', sizeof(name));
    name[TOKEN_NAME_BYTES] = '\0';
    assert_false(token_takes_name(name));
    name[TOKEN_NAME_BYTES - 1] = '\0';
    assert_true(token_takes_name(name));
    assert_false(token_takes_name(""));
    assert_false(token_takes_name("a.b"));
    assert_false(token_takes_name("a b"));
    assert_true(token_takes_name("No_2"));
}

static void a_schedule_with_one_preemption_is_short(void **state) {
    (void)state;
    static uint8_t choices[200];
    choices[100] = 1;
    char *text = print_choices(choices, sizeof(choices));
    const char *seed = strstr(text, ".2a.");
    assert_non_null(seed);
    assert_int_equal(strcspn(seed + 4, "."), 3);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_read_as_it_was_written),
        cmocka_unit_test(every_plan_comes_back),
        cmocka_unit_test(any_choices_come_back_but_for_zeros_at_the_end),
        cmocka_unit_test(every_other_byte_at_every_place_is_refused),
        cmocka_unit_test(a_token_cut_at_any_place_is_refused),
        cmocka_unit_test(swapped_doubled_and_missing_bytes_are_refused),
        cmocka_unit_test(the_reason_names_the_changed_character),
        cmocka_unit_test(other_texts_and_versions_are_told_apart),
        cmocka_unit_test(parts_that_nobody_prints_are_refused),
        cmocka_unit_test(another_build_and_an_unknown_case_are_refused),
        cmocka_unit_test(names_that_would_not_come_back_are_known),
        cmocka_unit_test(a_schedule_with_one_preemption_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
