/*
 * index_query.c - ranked queries beside SQLite FTS5: the same words, ten best hits.
 *
 * Queries are drawn from the corpus itself with a fixed seed: two or three words out
 * of ten that stand together in a document.  Each engine answers each query several
 * times in turn; a query's time is its least, a row the mean over the queries, both
 * on the thread's CPU clock.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "index_corpus.h"
#include "indexer/search.h"
#include "measure.h"
#include "sync/clock.h"

enum { QUERIES = 200, PASSES = 3, WORDS_MAX = 3, WINDOW = 10, QUERY_BYTES = 256 };

enum shape { OR, AND, PHRASE, SINGLE, PREFIX, SHAPES };

static const char *const shape_names[SHAPES] = { "OR", "AND", "phrase", "one word", "prefix" };

struct query {
    char ours[QUERY_BYTES];
    char peers[QUERY_BYTES];
    double ours_ns;
    double peers_ns;
};

static uint64_t seed;

static uint32_t below(uint32_t limit) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % limit;
}

static void stop(const char *what) {
    fprintf(stderr, "index_query: %s\n", what);
    exit(1);
}

/* ---- queries ---- */

/* The next word of letters from `at`, copied in small letters; where it ends, or NULL. */
static const char *next_word(const char *at, char out[32]) {
    while (*at != '\0') {
        size_t count = 0;
        while (isalpha((unsigned char)at[count])) {
            count++;
        }
        if (count >= 3 && count < 16) {
            for (size_t i = 0; i < count; i++) {
                out[i] = (char)tolower((unsigned char)at[i]);
            }
            out[count] = '\0';
            return at + count;
        }
        at += count > 0 ? count : 1;
    }
    return NULL;
}

/* WINDOW words that follow each other in some document. */
static void draw_window(const struct index_corpus *corpus, char words[WINDOW][32]) {
    for (;;) {
        const struct index_corpus_document *document =
            &corpus->documents[below((uint32_t)corpus->document_count)];
        const char *at = document->text + below((uint32_t)document->text_bytes + 1);
        at = next_word(at, words[0]);   /* may be the rest of one */
        uint32_t count = 0;
        while (at != NULL && count < WINDOW) {
            at = next_word(at, words[count]);
            count += at != NULL;
        }
        if (count == WINDOW) {
            return;
        }
    }
}

static void append(char out[QUERY_BYTES], const char *text) {
    size_t count = strlen(out);
    snprintf(out + count, QUERY_BYTES - count, "%s", text);
}

static void write_query(struct query *query, enum shape shape, const char *const *words,
                        uint32_t count) {
    static const char *const ours_between[SHAPES] = { " ", " AND ", " ", " ", " " };
    static const char *const peers_between[SHAPES] = { " OR ", " AND ", " ", " ", " " };
    append(query->ours, shape == PHRASE ? "\"" : "");
    append(query->peers, shape == PHRASE ? "\"" : "");
    for (uint32_t i = 0; i < count; i++) {
        append(query->ours, i > 0 ? ours_between[shape] : "");
        append(query->peers, i > 0 ? peers_between[shape] : "");
        append(query->peers, shape == PHRASE ? "" : "\"");
        append(query->ours, words[i]);
        append(query->peers, words[i]);
        append(query->peers, shape == PHRASE ? "" : "\"");
    }
    append(query->ours, shape == PHRASE ? "\"" : shape == PREFIX ? "*" : "");
    append(query->peers, shape == PHRASE ? "\"" : shape == PREFIX ? "*" : "");
}

static void draw_query(const struct index_corpus *corpus, enum shape shape, uint32_t number,
                       struct query *query) {
    char window[WINDOW][32];
    const char *words[WORDS_MAX];
    memset(query, 0, sizeof(*query));
    draw_window(corpus, window);
    uint32_t count = shape == SINGLE || shape == PREFIX ? 1 : 2 + number % 2;
    uint32_t first = below(WINDOW - WORDS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        words[i] = window[shape == PHRASE ? first + i : (first + i * 3) % WINDOW];
    }
    if (shape == PREFIX) {
        window[first][3 + number % 2] = '\0';
    }
    write_query(query, shape, words, count);
}

/* ---- answers ---- */

static uint64_t ask_ours(struct search *search, struct query *query) {
    struct search_request request = { .query = query->ours, .query_bytes = strlen(query->ours),
                                      .top = 10 };
    struct search_results *results;
    uint64_t start = sync_thread_cpu_ns();
    if (search_run(search, &request, &results, NULL) != STATUS_OK) {
        stop(query->ours);
    }
    uint64_t spent = sync_thread_cpu_ns() - start;
    search_results_destroy(results);
    return spent;
}

static uint64_t ask_peer(sqlite3_stmt *statement, struct query *query) {
    uint64_t start = sync_thread_cpu_ns();
    sqlite3_bind_text(statement, 1, query->peers, -1, SQLITE_STATIC);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        (void)sqlite3_column_int64(statement, 0);
    }
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) {
        stop(query->peers);
    }
    return sync_thread_cpu_ns() - start;
}

static void row(struct search *search, sqlite3_stmt *statement,
                const struct index_corpus *corpus, enum shape shape) {
    static struct query queries[QUERIES];
    double ours = 0;
    double peers = 0;
    seed = 20261120u + shape;
    for (uint32_t q = 0; q < QUERIES; q++) {
        draw_query(corpus, shape, q, &queries[q]);
        for (uint32_t pass = 0; pass < PASSES; pass++) {
            double ours_ns = (double)ask_ours(search, &queries[q]);
            double peers_ns = (double)ask_peer(statement, &queries[q]);
            queries[q].ours_ns = pass == 0 || ours_ns < queries[q].ours_ns ? ours_ns
                                                                            : queries[q].ours_ns;
            queries[q].peers_ns = pass == 0 || peers_ns < queries[q].peers_ns
                                      ? peers_ns : queries[q].peers_ns;
        }
        ours += queries[q].ours_ns;
        peers += queries[q].peers_ns;
    }
    char name[48];
    snprintf(name, sizeof(name), "ranked %s, mean / FTS5", shape_names[shape]);
    measure_row(name, ours / QUERIES / 1000, peers / QUERIES / 1000, "us", false,
                shape == OR ? 0.05 : 0);
}

void index_query_rows(const char *folder, sqlite3 *peer, const struct index_corpus *corpus) {
    struct index *index;
    struct search *search;
    sqlite3_stmt *statement;
    if (index_open(folder, &index, NULL) != STATUS_OK
        || search_create(index, &search) != STATUS_OK) {
        stop("cannot open the index");
    }
    if (sqlite3_prepare_v2(peer, "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10", -1,
                           &statement, NULL) != SQLITE_OK) {
        stop(sqlite3_errmsg(peer));
    }
    for (enum shape shape = 0; shape < SHAPES; shape++) {
        row(search, statement, corpus, shape);
    }
    sqlite3_finalize(statement);
    search_destroy(search);
    index_close(index);
}
