/*
 * format_test.c - docs/formats/index.md is the format.
 *
 * read_index.py reads an index by that page alone, in another language; what it
 * prints is what the documents say, by model.h's brute force.  Needs python3.
 */
#include "model.h"

/* What the reader must print. */
static void expect_lines(const struct model *model, FILE *lines) {
    static char wanted[1 << 20], got[1 << 20];
    for (size_t at = 0; at < model->posting_count;) {
        size_t end = model_run(model, at, true);
        const struct model_posting *first = &model->postings[at];
        size_t used = (size_t)snprintf(wanted, sizeof(wanted), "%.*s\t%s\t",
                                       (int)first->term_bytes, first->term,
                                       model->documents[first->document].id);
        for (; at < end; at++) {
            used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "%u%c",
                                     model->postings[at].position, at + 1 < end ? ',' : '\n');
        }
        assert_non_null(fgets(got, sizeof(got), lines));
        assert_string_equal(wanted, got);
    }
    assert_null(fgets(got, sizeof(got), lines));
}

static void a_reader_made_from_the_page_alone_agrees(void **state) {
    (void)state;
    static const struct { size_t documents, words; uint64_t vocabulary; } rows[] = {
        { 1, 3, 2 }, { 40, 30, 50 }, { 700, 20, 60 }, { 128, 4, 1 }, { 12, 3000, 9 },
        { 300, 100, 3000 },
    };
    if (access("indexer/core/test/read_index.py", R_OK) != 0) {
        skip();   /* not run from the root of the tree */
    }
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        struct model model = model_make(60 + r, rows[r].documents, rows[r].words,
                                        rows[r].vocabulary);
        struct index_options options = { .omits_text = r % 2 != 0 };
        char *folder = model_folder();
        char command[400];
        assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
        model_invert(&model);
        snprintf(command, sizeof(command), "python3 indexer/core/test/read_index.py %s", folder);
        FILE *lines = popen(command, "r");
        assert_non_null(lines);
        expect_lines(&model, lines);
        assert_int_equal(0, pclose(lines));
        model_remove(folder);
        model_free(&model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_made_from_the_page_alone_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
