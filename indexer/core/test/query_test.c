/*
 * query_test.c - the query language, by tables: what is found, what is refused and
 * where; and the passages that are shown.
 */
#include "corpus.h"

#include "indexer/search.h"

struct fixture {
    char path[64];
    struct index *index;
    struct search *search;
};

static void start(struct fixture *fixture, enum index_language language,
                  const char *const *texts, size_t count) {
    struct index_options options = corpus_options();
    struct index_writer *writer;
    struct diag diag = { .status = STATUS_OK };
    options.language = language;
    corpus_folder(fixture->path);
    assert_int_equal(STATUS_OK, index_build_begin(fixture->path, &options, &writer, &diag));
    for (size_t i = 0; i < count; i++) {
        char id = (char)('a' + i);
        struct index_input input = { .id = (const uint8_t *)&id, .id_bytes = 1,
                                     .text = (const uint8_t *)texts[i],
                                     .text_bytes = strlen(texts[i]) };
        assert_int_equal(STATUS_OK, index_writer_put(writer, &input, &diag));
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, &diag));
    assert_int_equal(STATUS_OK, index_open(fixture->path, &fixture->index, &diag));
    assert_int_equal(STATUS_OK, search_create(fixture->index, &fixture->search));
}

static void finish(struct fixture *fixture) {
    search_destroy(fixture->search);
    index_close(fixture->index);
    corpus_folder_remove(fixture->path);
}

static struct search_request request_for(const char *query) {
    return (struct search_request){ .query = query, .query_bytes = strlen(query),
                                    .snippet_bytes = 60, .mark_begin = "<", .mark_end = ">" };
}

/* The ids found, in ascending order. */
static const char *found(struct fixture *fixture, const char *query, bool needs_all) {
    static char ids[64];
    bool is_there[26] = { false };
    struct search_request request = request_for(query);
    struct search_results *results;
    struct diag diag = { .status = STATUS_OK };
    request.needs_all_words = needs_all;
    request.snippet_bytes = 0;
    if (search_run(fixture->search, &request, &results, &diag) != STATUS_OK) {
        snprintf(ids, sizeof(ids), "%llu: %s", (unsigned long long)diag.offset, diag.reason);
        return ids;
    }
    for (uint32_t i = 0; i < results->hit_count; i++) {
        is_there[results->hits[i].id[0] - 'a'] = true;
    }
    snprintf(ids, sizeof(ids), "%s", results->is_nothing_left ? "nothing" : "");
    for (size_t i = 0; i < 26; i++) {
        size_t count = strlen(ids);
        if (is_there[i]) {
            snprintf(ids + count, sizeof(ids) - count, "%c", (int)('a' + i));
        }
    }
    search_results_destroy(results);
    return ids;
}

static const char *const zoo[] = {
    /* a */ "red fox runs fast",      /* b */ "red bird sings",
    /* c */ "blue fox sleeps",        /* d */ "blue bird runs red",
    /* e */ "foxglove is no fox-hole", /* f */ "NOT and or words",
};

static void finds_what_the_operators_say(void **state) {
    (void)state;
    static const struct { const char *query, *any, *all; } rows[] = {
        { "red", "abd", "abd" },
        { "RED", "abd", "abd" },
        { "red fox", "abcde", "a" },
        { "red AND fox", "a", "a" },
        { "red OR fox", "abcde", "abcde" },
        { "red fox AND runs", "abd", "a" },
        { "red OR blue AND fox", "abcd", "abcd" },
        { "(red OR blue) AND fox", "ac", "ac" },
        { "red NOT fox", "bd", "bd" },
        { "NOT fox red", "bd", "bd" },
        { "red AND NOT (fox OR sings)", "d", "d" },
        { "red blue NOT runs", "bc", "" },
        { "\"red fox\"", "a", "a" },
        { "\"fox red\"", "", "" },
        { "\"RED-fox, runs!\"", "a", "a" },
        { "fox*", "ace", "ace" },
        { "fox* NOT fox", "", "" },
        { "foxg*", "e", "e" },
        { "fox-hole", "ace", "e" },
        { "fox-hole AND is", "e", "e" },
        { "red NOT fox-hole", "abd", "abd" },
        { "not", "f", "f" },
        { "zebra", "", "" },
        { "zebra AND red", "", "" },
        { "...", "nothing", "nothing" },
        { "red AND ...", "abd", "abd" },
        { "(((((red)))))", "abd", "abd" },
        { "runs*", "ad", "ad" },
        { "r*", "abd", "abd" },
    };
    struct fixture fixture;
    start(&fixture, INDEX_LANGUAGE_NONE, zoo, COUNT_OF(zoo));
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        assert_string_equal(rows[r].any, found(&fixture, rows[r].query, false));
        assert_string_equal(rows[r].all, found(&fixture, rows[r].query, true));
    }
    finish(&fixture);
}

static void english_finds_other_forms_and_phrases_over_stop_words(void **state) {
    (void)state;
    static const struct { const char *query, *want; } rows[] = {
        { "running", "ad" }, { "sleep", "c" },      { "the", "nothing" },
        { "the fox", "ace" }, { "runni*", "" },      { "running*", "ad" },
        { "\"hole in the fox\"", "" }, { "\"foxglove is a fox\"", "e" },
        { "the AND red", "abd" },
    };
    struct fixture fixture;
    start(&fixture, INDEX_LANGUAGE_ENGLISH, zoo, COUNT_OF(zoo));
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        assert_string_equal(rows[r].want, found(&fixture, rows[r].query, false));
    }
    finish(&fixture);
}

static void says_where_a_query_is_wrong(void **state) {
    (void)state;
    static const struct { const char *query, *want; } rows[] = {
        { "", "0: query is empty" },
        { "   ", "0: query is empty" },
        { "red AND", "7: query ends where a word is expected" },
        { "AND red", "0: operator where a word is expected" },
        { "red OR", "6: query ends where a word is expected" },
        { "red AND OR x", "8: operator where a word is expected" },
        { "(red", "0: parenthesis is not closed" },
        { "a (b (c) d", "2: parenthesis is not closed" },
        { "red)", "3: closing parenthesis without an opening one" },
        { "()", "1: closing parenthesis where a word is expected" },
        { "red \"fox", "4: quotation mark is not closed" },
        { "NOT red", "0: NOT without anything to take away from" },
        { "blue (NOT red)", "6: NOT without anything to take away from" },
        { "red OR NOT fox", "7: NOT cannot follow OR" },
        { "NOT NOT red", "4: operator where a word is expected" },
        { "x fox-ho*", "2: only a single word can be a prefix" },
    };
    struct fixture fixture;
    start(&fixture, INDEX_LANGUAGE_NONE, zoo, COUNT_OF(zoo));
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        assert_string_equal(rows[r].want, found(&fixture, rows[r].query, false));
    }
    finish(&fixture);
}

static void keeps_its_limits(void **state) {
    (void)state;
    static char query[80000];
    struct fixture fixture;
    start(&fixture, INDEX_LANGUAGE_NONE, zoo, COUNT_OF(zoo));
    memset(query, '(', 64);
    snprintf(query + 64, sizeof(query) - 64, "red");
    memset(query + 67, ')', 64);
    query[131] = '\0';
    assert_string_equal("abd", found(&fixture, query, false));
    memset(query, '(', 200);
    assert_string_equal("64: parentheses too deep", found(&fixture, query, false));
    for (size_t i = 0; i < 1024; i++) {
        snprintf(query + 4 * i, 5, "red ");
    }
    assert_string_equal("abd", found(&fixture, query, false));
    snprintf(query + 4096, 8, "fox");
    assert_string_equal("4096: too many words in the query", found(&fixture, query, false));
    memset(query, 'x', 70000);
    query[70000] = '\0';
    assert_string_equal("65536: query too long", found(&fixture, query, false));
    finish(&fixture);
}

/* ---- passages ---- */

static void expect_snippet(enum index_language language, const char *text, const char *query,
                           const char *want) {
    struct fixture fixture;
    struct search_request request = request_for(query);
    struct search_results *results;
    struct diag diag = { .status = STATUS_OK };
    start(&fixture, language, &text, 1);
    assert_int_equal(STATUS_OK, search_run(fixture.search, &request, &results, &diag));
    assert_int_equal(1, results->hit_count);
    assert_string_equal(want, results->hits[0].snippet);
    search_results_destroy(results);
    finish(&fixture);
}

static void shows_the_passage_with_the_most_of_the_query(void **state) {
    (void)state;
    expect_snippet(INDEX_LANGUAGE_NONE, "one two\n\tthree", "two", "one <two> three");
    expect_snippet(INDEX_LANGUAGE_NONE,
                   "fox alone at first and then a long way of many other words before we come "
                   "to where the red fox and the blue bird meet at last in the evening light",
                   "red fox blue",
                   "\xe2\x80\xa6 where the <red> <fox> and the <blue> bird meet at last in the "
                   "\xe2\x80\xa6");
    expect_snippet(INDEX_LANGUAGE_ENGLISH, "He was running while others run", "runs",
                   "He was <running> while others <run>");
    expect_snippet(INDEX_LANGUAGE_NONE, "fox red, red fox", "\"red fox\"", "fox red, <red> <fox>");
    expect_snippet(INDEX_LANGUAGE_NONE, "fox foxes box", "fox*", "<fox> <foxes> box");
    expect_snippet(INDEX_LANGUAGE_NONE, "a\xff" "b caf\xc3\xa9", "cafe",
                   "a\xef\xbf\xbd" "b <caf\xc3\xa9>");
    expect_snippet(INDEX_LANGUAGE_NONE, "red fox NOT bird", "red NOT blue", "<red> fox NOT bird");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_the_operators_say),
        cmocka_unit_test(english_finds_other_forms_and_phrases_over_stop_words),
        cmocka_unit_test(says_where_a_query_is_wrong),
        cmocka_unit_test(keeps_its_limits),
        cmocka_unit_test(shows_the_passage_with_the_most_of_the_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
