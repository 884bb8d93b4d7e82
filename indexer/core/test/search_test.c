/*
 * search_test.c - searches against brute force and against themselves.
 *
 * The oracle reads the generated documents word by word, counts, and computes BM25
 * in long doubles from the formula; it knows nothing of indexes, integers or
 * postings.  Random queries of every shape then meet one segment, several, and
 * deleted documents.
 */
#include "corpus.h"

#include <math.h>

#include "indexer/search.h"
#include "sync/fault.h"
#include "sync/memory.h"

enum { NODES_MAX = 64, TEXT_MAX = 1024 };

/* ---- random queries: a tree, its text, and what it matches ---- */

enum shape { TERM, PREFIX, PHRASE, ALL, ANY };

struct node {
    enum shape shape;
    uint32_t words[3];
    uint32_t word_count;
    struct node *children[4];
    uint32_t child_count;
    struct node *excluded;
    bool has_idf;            /* of leaves, kept because it costs a look at every word */
    long double idf;
};

struct tree {
    struct node nodes[NODES_MAX];
    uint32_t count;
    char text[TEXT_MAX];
};

static void put(struct tree *tree, const char *text) {
    size_t count = strlen(tree->text);
    snprintf(tree->text + count, sizeof(tree->text) - count, "%s", text);
}

static void put_word(struct tree *tree, uint32_t number) {
    char word[8];
    corpus_word(number, word);
    put(tree, word);
}

/* Letters that some words begin with. */
static void prefix_of(uint32_t number, char out[8]) {
    corpus_word(number, out);
    out[number % 3 + 1] = '\0';
}

static struct node *random_leaf(struct tree *tree, struct chance *chance,
                                const struct corpus *corpus) {
    struct node *node = &tree->nodes[tree->count++];
    uint32_t kind = chance_below(chance, 8);
    node->word_count = 1;
    node->words[0] = corpus_random_word(chance);
    node->shape = kind < 5 ? TERM : kind == 5 ? PREFIX : PHRASE;
    if (node->shape == PHRASE) {
        const struct document *document = &corpus->documents[chance_below(chance, corpus->count)];
        node->word_count = 2 + chance_below(chance, 2);
        uint32_t at = document->word_count > 3 ? chance_below(chance, document->word_count - 3) : 0;
        for (uint32_t i = 0; i < node->word_count; i++) {
            node->words[i] = document->word_count > 3 ? document->words[at + i]
                                                      : corpus_random_word(chance);
        }
    }
    return node;
}

static void write_leaf(struct tree *tree, const struct node *node) {
    if (node->shape == PREFIX) {
        char prefix[8];
        prefix_of(node->words[0], prefix);
        put(tree, prefix);
        put(tree, "*");
        return;
    }
    put(tree, node->shape == PHRASE ? "\"" : "");
    for (uint32_t i = 0; i < node->word_count; i++) {
        put(tree, i > 0 ? " " : "");
        put_word(tree, node->words[i]);
    }
    put(tree, node->shape == PHRASE ? "\"" : "");
}

static struct node *random_node(struct tree *tree, struct chance *chance,
                                const struct corpus *corpus, uint32_t depth) {
    if (depth == 0 || chance_below(chance, 3) == 0) {
        return random_leaf(tree, chance, corpus);
    }
    struct node *node = &tree->nodes[tree->count++];
    node->shape = chance_below(chance, 2) == 0 ? ALL : ANY;
    node->child_count = 2 + chance_below(chance, 2);
    for (uint32_t i = 0; i < node->child_count; i++) {
        node->children[i] = random_node(tree, chance, corpus, depth - 1);
    }
    if (chance_below(chance, 4) == 0) {
        node->excluded = random_node(tree, chance, corpus, 0);
    }
    return node;
}

static void write_node(struct tree *tree, const struct node *node) {
    if (node->shape != ALL && node->shape != ANY) {
        write_leaf(tree, node);
        return;
    }
    put(tree, "(");
    for (uint32_t i = 0; i < node->child_count; i++) {
        put(tree, i == 0 ? "" : node->shape == ALL ? " AND " : " OR ");
        write_node(tree, node->children[i]);
    }
    if (node->excluded != NULL) {
        put(tree, node->shape == ALL ? " AND NOT " : " NOT ");
        write_node(tree, node->excluded);
    }
    put(tree, ")");
}

static struct node *random_tree(struct tree *tree, struct chance *chance,
                                const struct corpus *corpus, uint32_t depth) {
    memset(tree, 0, sizeof(*tree));
    struct node *root = random_node(tree, chance, corpus, depth);
    write_node(tree, root);
    return root;
}

/* ---- the oracle ---- */

struct oracle {
    const struct corpus *corpus;
    uint32_t live;
    uint64_t words;
};

static struct oracle oracle_over(const struct corpus *corpus) {
    struct oracle oracle = { .corpus = corpus };
    for (uint32_t d = 0; d < corpus->count; d++) {
        if (!corpus->documents[d].is_deleted) {
            oracle.live++;
            oracle.words += corpus->documents[d].word_count;
        }
    }
    return oracle;
}

static bool word_matches(const struct node *leaf, uint32_t word) {
    if (leaf->shape != PREFIX) {
        return word == leaf->words[0];
    }
    char prefix[8];
    char text[8];
    prefix_of(leaf->words[0], prefix);
    corpus_word(word, text);
    return strncmp(prefix, text, strlen(prefix)) == 0;
}

static uint32_t frequency_in(const struct node *leaf, const struct document *document) {
    uint32_t count = 0;
    for (uint32_t w = 0; w < document->word_count; w++) {
        bool matches = leaf->shape == PHRASE ? w + leaf->word_count <= document->word_count
                                             : word_matches(leaf, document->words[w]);
        for (uint32_t i = 0; leaf->shape == PHRASE && matches && i < leaf->word_count; i++) {
            matches = document->words[w + i] == leaf->words[i];
        }
        count += matches;
    }
    return count;
}

static uint32_t documents_with(const struct oracle *oracle, const struct node *leaf) {
    uint32_t count = 0;
    for (uint32_t d = 0; d < oracle->corpus->count; d++) {
        const struct document *document = &oracle->corpus->documents[d];
        count += !document->is_deleted && frequency_in(leaf, document) > 0;
    }
    return count;
}

static long double idf_of(const struct oracle *oracle, struct node *leaf) {
    long double sum = 0;
    if (leaf->has_idf) {
        return leaf->idf;
    }
    for (uint32_t i = 0; i < leaf->word_count; i++) {
        struct node word = { .shape = leaf->shape == PREFIX ? PREFIX : TERM,
                             .words = { leaf->words[i] }, .word_count = 1 };
        sum += log2l((2.0L * oracle->live + 2) / (2.0L * documents_with(oracle, &word) + 1));
    }
    leaf->has_idf = true;
    leaf->idf = sum;
    return sum;
}

/* The length that stands for its class: below 32 itself, then 16 classes an octave. */
static long double class_length(uint32_t length) {
    uint32_t step = 1;
    while (length / step >= 32) {
        step *= 2;
    }
    return length / step * step;
}

/* Score and how far an integer score may lie from it; false when there is no match. */
static bool evaluate(const struct oracle *oracle, struct node *node,
                     const struct document *document, long double *score, long double *slack) {
    *score = 0;
    *slack = 0;
    if (node->shape != ALL && node->shape != ANY) {
        uint32_t tf = frequency_in(node, document);
        long double mean = (long double)oracle->words / oracle->live;
        long double k = 1.2L * (0.25L + 0.75L * class_length(document->word_count) / mean);
        long double idf = tf == 0 ? 0 : idf_of(oracle, node);
        *score = idf * tf / (tf + k);
        *slack = (1 + node->word_count + 2 * idf) / 65536;
        return tf > 0;
    }
    uint32_t matched = 0;
    for (uint32_t i = 0; i < node->child_count; i++) {
        long double part;
        long double part_slack;
        if (evaluate(oracle, node->children[i], document, &part, &part_slack)) {
            matched++;
            *score += part;
            *slack += part_slack;
        }
    }
    long double ignored;
    if (node->excluded != NULL
        && evaluate(oracle, node->excluded, document, &ignored, &ignored)) {
        return false;
    }
    return node->shape == ALL ? matched == node->child_count : matched > 0;
}

/* ---- searching ---- */

struct fixture {
    struct corpus corpus;
    char path[64];
    struct index *index;
    struct search *search;
};

static void open_search(struct fixture *fixture) {
    struct diag diag = { .status = STATUS_OK };
    assert_int_equal(STATUS_OK, index_open(fixture->path, &fixture->index, &diag));
    assert_int_equal(STATUS_OK, search_create(fixture->index, &fixture->search));
}

static void close_search(struct fixture *fixture) {
    search_destroy(fixture->search);
    index_close(fixture->index);
}

static void finish(struct fixture *fixture) {
    close_search(fixture);
    corpus_folder_remove(fixture->path);
    free(fixture->corpus.documents);
}

/* `commits` segments or tails, every `deleted`-th document deleted (0: none). */
struct row {
    uint32_t documents, words, commits, deleted, vocabulary, queries;
};

static void start_row(struct fixture *fixture, uint64_t seed, struct row row) {
    struct chance chance = { seed };
    fixture->corpus = corpus_make(&chance, row.documents, row.words,
                                  row.vocabulary > 0 ? row.vocabulary : CORPUS_VOCABULARY);
    corpus_folder(fixture->path);
    for (uint32_t c = 0; c < row.commits; c++) {
        corpus_commit(&fixture->corpus, fixture->path, row.documents * c / row.commits,
                      row.documents * (c + 1) / row.commits);
    }
    for (uint32_t d = 0; row.deleted > 0 && d < row.documents; d += row.deleted) {
        fixture->corpus.documents[d].is_deleted = true;
    }
    if (row.deleted > 0) {
        corpus_delete(&fixture->corpus, fixture->path);
    }
    open_search(fixture);
}

static void start(struct fixture *fixture, uint64_t seed, uint32_t documents, uint32_t words,
                  uint32_t commits, uint32_t deleted) {
    start_row(fixture, seed, (struct row){ documents, words, commits, deleted, 0, 0 });
}

static struct search_results *run(struct fixture *fixture, const char *query, uint32_t top,
                                  bool is_exhaustive) {
    struct search_request request = { .query = query, .query_bytes = strlen(query), .top = top,
                                      .is_exhaustive = is_exhaustive };
    struct search_results *results;
    struct diag diag = { .status = STATUS_OK };
    enum status status = search_run(fixture->search, &request, &results, &diag);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", query, diag.reason);
    }
    return results;
}

static void expect_same(const char *query, const struct search_results *want,
                        const struct search_results *have) {
    assert_int_equal(want->hit_count, have->hit_count);
    for (uint32_t i = 0; i < want->hit_count; i++) {
        if (want->hits[i].score != have->hits[i].score
            || strcmp(want->hits[i].id, have->hits[i].id) != 0) {
            fail_msg("%s: hit %u is %s %llu, not %s %llu", query, i, have->hits[i].id,
                     (unsigned long long)have->hits[i].score, want->hits[i].id,
                     (unsigned long long)want->hits[i].score);
        }
    }
}

static void compare_ways(struct fixture *fixture, uint64_t seed, uint32_t queries) {
    struct chance chance = { seed };
    static struct tree tree;
    for (uint32_t q = 0; q < queries; q++) {
        random_tree(&tree, &chance, &fixture->corpus, chance_below(&chance, 4));
        uint32_t top = 1 + chance_below(&chance, 20);
        struct search_results *pruned = run(fixture, tree.text, top, false);
        struct search_results *all = run(fixture, tree.text, top, true);
        expect_same(tree.text, all, pruned);
        search_results_destroy(pruned);
        search_results_destroy(all);
    }
}

static void pruned_search_equals_exhaustive_search(void **state) {
    (void)state;
    /* Few words make ties, long lists make many blocks. */
    static const struct row rows[] = {
        { 20, 30, 1, 0, 0, 600 },   { 3000, 60, 1, 0, 0, 600 },  { 6000, 25, 1, 3, 0, 600 },
        { 2000, 80, 4, 7, 0, 600 }, { 900, 5, 5, 6, 5, 1500 },   { 20000, 24, 1, 0, 0, 400 },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct fixture fixture;
        start_row(&fixture, 100 + r, rows[r]);
        compare_ways(&fixture, 200 + r, rows[r].queries);
        finish(&fixture);
    }
}

/*
 * Blocks of 128 postings: middling, poor, and then the best document first of all: it
 * stands right behind a block that every way of searching passes over.
 */
static void finds_the_first_document_behind_a_skipped_block(void **state) {
    (void)state;
    static const char *const queries[] = { "am AND bn", "am bn", "\"am bn\"", "am", "am*" };
    struct fixture fixture;
    fixture.corpus = (struct corpus){ calloc(600, sizeof(struct document)), 600 };
    assert_non_null(fixture.corpus.documents);
    for (uint32_t d = 0; d < 600; d++) {
        struct document *document = &fixture.corpus.documents[d];
        snprintf(document->id, sizeof(document->id), "d%04u", d);
        document->word_count = d == 256 ? 2 : d < 128 ? 10 : 60;
        for (uint32_t w = 0; w < document->word_count; w++) {
            document->words[w] = (uint16_t)(w < 2 ? w : 100 + d % 50 + w);
        }
    }
    corpus_folder(fixture.path);
    corpus_commit(&fixture.corpus, fixture.path, 0, 600);
    open_search(&fixture);
    for (size_t q = 0; q < COUNT_OF(queries); q++) {
        struct search_results *results = run(&fixture, queries[q], 1, false);
        assert_string_equal("d0256", results->hits[0].id);
        search_results_destroy(results);
    }
    finish(&fixture);
}

static uint32_t place_of(const struct search_results *results, const char *id) {
    uint32_t at = 0;
    while (at < results->hit_count && strcmp(results->hits[at].id, id) != 0) {
        at++;
    }
    return at;
}

/* Every document against the oracle: matched or not, score, order. */
static void compare_with_oracle(struct fixture *fixture, const struct oracle *oracle,
                                struct node *root, const char *text) {
    struct search_results *results = run(fixture, text, fixture->corpus.count, false);
    uint32_t matched = 0;
    for (uint32_t d = 0; d < fixture->corpus.count; d++) {
        const struct document *document = &fixture->corpus.documents[d];
        long double score;
        long double slack;
        bool matches = !document->is_deleted && evaluate(oracle, root, document, &score, &slack);
        matched += matches;
        uint32_t at = place_of(results, document->id);
        if (matches != (at < results->hit_count)) {
            fail_msg("%s: %s %s", text, document->id, matches ? "is missing" : "should not match");
        }
        if (matches && fabsl((long double)results->hits[at].score / 65536 - score) > slack) {
            fail_msg("%s: %s scores %llu, exactly %.3Lf", text, document->id,
                     (unsigned long long)results->hits[at].score, score * 65536);
        }
    }
    assert_int_equal(matched, results->hit_count);
    for (uint32_t i = 1; i < results->hit_count; i++) {
        const struct search_hit *a = &results->hits[i - 1];
        const struct search_hit *b = &results->hits[i];
        assert_true(a->score > b->score || (a->score == b->score && strcmp(a->id, b->id) < 0));
    }
    search_results_destroy(results);
}

static void matches_and_scores_equal_brute_force(void **state) {
    (void)state;
    static const struct row rows[] = {
        { 120, 60, 1, 0, 0, 250 }, { 120, 60, 3, 5, 0, 250 }, { 1500, 12, 1, 0, 0, 60 },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct fixture fixture;
        start_row(&fixture, 300 + r, rows[r]);
        struct oracle oracle = oracle_over(&fixture.corpus);
        struct chance chance = { 400 + r };
        static struct tree tree;
        for (uint32_t q = 0; q < rows[r].queries; q++) {
            struct node *root = random_tree(&tree, &chance, &fixture.corpus, 2);
            compare_with_oracle(&fixture, &oracle, root, tree.text);
        }
        finish(&fixture);
    }
}

static void rankings_do_not_change_when_an_index_is_compacted(void **state) {
    (void)state;
    struct fixture fixture;
    start(&fixture, 500, 600, 50, 4, 6);
    struct chance chance = { 501 };
    static struct tree trees[60];
    struct search_results *before[COUNT_OF(trees)];
    for (size_t q = 0; q < COUNT_OF(trees); q++) {
        random_tree(&trees[q], &chance, &fixture.corpus, 2);
        before[q] = run(&fixture, trees[q].text, 15, false);
    }
    close_search(&fixture);
    struct index_options options = corpus_options();
    struct diag diag = { .status = STATUS_OK };
    assert_int_equal(STATUS_OK, index_compact(fixture.path, &options, &diag));
    open_search(&fixture);
    for (size_t q = 0; q < COUNT_OF(trees); q++) {
        struct search_results *after = run(&fixture, trees[q].text, 15, false);
        expect_same(trees[q].text, before[q], after);
        search_results_destroy(before[q]);
        search_results_destroy(after);
    }
    finish(&fixture);
}

/* A prefix with few postings is added up in another way than one with many. */
static void adds_up_the_words_of_a_rare_prefix(void **state) {
    (void)state;
    struct fixture fixture;
    struct index_options options = corpus_options();
    struct index_writer *writer;
    struct diag diag = { .status = STATUS_OK };
    struct chance chance = { 550 };
    fixture.corpus = corpus_make(&chance, 300, 20, CORPUS_VOCABULARY);
    corpus_folder(fixture.path);
    corpus_commit(&fixture.corpus, fixture.path, 0, 300);
    assert_int_equal(STATUS_OK, index_change_begin(fixture.path, &options, &writer, &diag));
    static const char *const texts[] = { "zza zzb am zza zzc", "bn zzb", "zzb am zzb" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct index_input input = { .id = (const uint8_t *)texts[i], .id_bytes = i + 1,
                                     .text = (const uint8_t *)texts[i],
                                     .text_bytes = strlen(texts[i]) };
        assert_int_equal(STATUS_OK, index_writer_put(writer, &input, &diag));
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, &diag));
    assert_int_equal(STATUS_OK, index_compact(fixture.path, &options, &diag));
    open_search(&fixture);
    struct search_request request = { .query = "zz*", .query_bytes = 3,
                                      .wants_explanations = true };
    struct search_results *results;
    assert_int_equal(STATUS_OK, search_run(fixture.search, &request, &results, &diag));
    assert_int_equal(3, results->hit_count);
    static const uint32_t frequencies[] = { 4, 2, 1 };
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(frequencies[i], results->hits[i].parts[0].frequency);
        assert_int_equal(3, results->hits[i].parts[0].document_count);
    }
    search_results_destroy(results);
    finish(&fixture);
}

/* ---- pages ---- */

static void pages_put_together_are_the_long_list(void **state) {
    (void)state;
    static const char *const queries[] = { "am", "bn am co", "am AND bn", "a*", "\"am am\"",
                                           "(am OR bn) NOT co" };
    struct fixture fixture;
    start(&fixture, 600, 700, 40, 3, 9);
    for (size_t q = 0; q < COUNT_OF(queries); q++) {
        struct search_results *all = run(&fixture, queries[q], 1000, false);
        struct search_results *page = NULL;
        uint32_t seen = 0;
        do {
            char token[128] = "";
            if (page != NULL) {
                snprintf(token, sizeof(token), "%s", page->next_page);
                search_results_destroy(page);
            }
            struct search_request request = { .query = queries[q],
                                              .query_bytes = strlen(queries[q]), .top = 7,
                                              .page = token[0] != '\0' ? token : NULL };
            struct diag diag = { .status = STATUS_OK };
            assert_int_equal(STATUS_OK, search_run(fixture.search, &request, &page, &diag));
            for (uint32_t i = 0; i < page->hit_count; i++, seen++) {
                assert_true(seen < all->hit_count);
                assert_string_equal(all->hits[seen].id, page->hits[i].id);
            }
        } while (page->next_page != NULL);
        assert_int_equal(all->hit_count, seen);
        assert_true(seen > 7);
        search_results_destroy(page);
        search_results_destroy(all);
    }
    finish(&fixture);
}

static enum status run_page(struct fixture *fixture, const char *query, const char *token,
                            struct diag *diag) {
    struct search_request request = { .query = query, .query_bytes = strlen(query), .top = 3,
                                      .page = token };
    struct search_results *results;
    *diag = (struct diag){ .status = STATUS_OK };
    enum status status = search_run(fixture->search, &request, &results, diag);
    search_results_destroy(results);
    return status;
}

static void refuses_page_tokens_that_do_not_belong_here(void **state) {
    (void)state;
    struct fixture fixture;
    struct diag diag;
    start(&fixture, 700, 100, 40, 1, 0);
    struct search_results *page = run(&fixture, "am bn", 3, false);
    char token[128];
    snprintf(token, sizeof(token), "%s", page->next_page);
    search_results_destroy(page);
    assert_int_equal(STATUS_OK, run_page(&fixture, "am bn", token, &diag));
    assert_int_equal(STATUS_BAD_DATA, run_page(&fixture, "am co", token, &diag));
    assert_string_equal("the page token belongs to another query", diag.reason);
    assert_int_equal(STATUS_BAD_DATA, run_page(&fixture, "am bn", "nonsense", &diag));
    char bad[128];
    snprintf(bad, sizeof(bad), "%s", token);
    bad[40] = bad[40] == '0' ? '1' : '0';
    assert_int_equal(STATUS_BAD_DATA, run_page(&fixture, "am bn", bad, &diag));
    assert_string_equal("this is no page token", diag.reason);

    fixture.corpus.documents[5].is_deleted = true;
    close_search(&fixture);
    corpus_delete(&fixture.corpus, fixture.path);
    open_search(&fixture);
    assert_int_equal(STATUS_CLOSED, run_page(&fixture, "am bn", token, &diag));
    finish(&fixture);
}

/* ---- the rest ---- */

static void explanations_add_up_to_the_score(void **state) {
    (void)state;
    struct fixture fixture;
    start(&fixture, 800, 200, 50, 2, 4);
    struct chance chance = { 801 };
    static struct tree tree;
    for (uint32_t q = 0; q < 60; q++) {
        random_tree(&tree, &chance, &fixture.corpus, 3);
        struct search_request request = { .query = tree.text, .query_bytes = strlen(tree.text),
                                          .wants_explanations = true };
        struct search_results *results;
        struct diag diag = { .status = STATUS_OK };
        assert_int_equal(STATUS_OK, search_run(fixture.search, &request, &results, &diag));
        for (uint32_t i = 0; i < results->hit_count; i++) {
            uint64_t sum = 0;
            for (uint32_t p = 0; p < results->hits[i].part_count; p++) {
                const struct search_part *part = &results->hits[i].parts[p];
                sum += part->score;
                assert_int_equal(part->score,
                                 (uint64_t)part->weight * part->saturation >> 16);
            }
            assert_int_equal(results->hits[i].score, sum);
        }
        search_results_destroy(results);
    }
    finish(&fixture);
}

static void answers_a_batch_alike_at_any_number_of_workers(void **state) {
    (void)state;
    static const uint32_t workers[] = { 1, 2, 3, 4, 8 };
    static struct tree trees[100];
    static struct search_slot slots[COUNT_OF(trees)];
    const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    struct fixture fixture;
    start(&fixture, 900, 400, 40, 2, 5);
    struct chance chance = { 901 };
    for (size_t q = 0; q < COUNT_OF(trees); q++) {
        random_tree(&trees[q], &chance, &fixture.corpus, 2);
    }
    snprintf(trees[17].text, TEXT_MAX, "am AND");
    for (size_t w = 0; w < COUNT_OF(workers); w++) {
        struct workpool *pool;
        struct diag diag = { .status = STATUS_OK };
        struct workpool_options options = { .name = "test", .workers = workers[w],
                                            .kind_sets = sets, .kind_set_count = 1 };
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, &diag));
        for (size_t q = 0; q < COUNT_OF(trees); q++) {
            slots[q] = (struct search_slot){ .request = { .query = trees[q].text,
                                                          .query_bytes = strlen(trees[q].text) } };
        }
        assert_int_equal(STATUS_OK, search_batch(fixture.index, pool, slots, COUNT_OF(slots)));
        for (size_t q = 0; q < COUNT_OF(trees); q++) {
            if (q == 17) {
                assert_int_equal(STATUS_BAD_DATA, slots[q].status);
                assert_int_equal(6, slots[q].diag.offset);
                continue;
            }
            struct search_results *alone = run(&fixture, trees[q].text, 10, false);
            expect_same(trees[q].text, alone, slots[q].results);
            search_results_destroy(alone);
            search_results_destroy(slots[q].results);
        }
        workpool_destroy(pool);
    }
    finish(&fixture);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    static const char *const queries[] = { "am bn", "a* NOT (bn AND \"am am\")", "am-bn AND c*",
                                           "\"am am\" OR (co AND bn)" };
    struct fixture fixture;
    start(&fixture, 1000, 200, 40, 2, 5);
    close_search(&fixture);
    struct diag diag = { .status = STATUS_OK };
    assert_int_equal(STATUS_OK, index_open(fixture.path, &fixture.index, &diag));
    for (size_t q = 0; q < COUNT_OF(queries); q++) {
        uint64_t live = sync_memory_live();
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            struct search_request request = {
                .query = queries[q], .query_bytes = strlen(queries[q]), .top = 5,
                .wants_explanations = true, .snippet_bytes = 80, .mark_begin = "<",
                .mark_end = ">" };
            struct search *search = NULL;
            struct search_results *results = NULL;
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = search_create(fixture.index, &search);
            if (status == STATUS_OK) {
                status = search_run(search, &request, &results, &diag);
            }
            was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
            search_results_destroy(results);
            search_destroy(search);
            assert_int_equal(live, sync_memory_live());
        }
    }
    assert_int_equal(STATUS_OK, search_create(fixture.index, &fixture.search));
    finish(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pruned_search_equals_exhaustive_search),
        cmocka_unit_test(finds_the_first_document_behind_a_skipped_block),
        cmocka_unit_test(matches_and_scores_equal_brute_force),
        cmocka_unit_test(rankings_do_not_change_when_an_index_is_compacted),
        cmocka_unit_test(adds_up_the_words_of_a_rare_prefix),
        cmocka_unit_test(pages_put_together_are_the_long_list),
        cmocka_unit_test(refuses_page_tokens_that_do_not_belong_here),
        cmocka_unit_test(explanations_add_up_to_the_score),
        cmocka_unit_test(answers_a_batch_alike_at_any_number_of_workers),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
