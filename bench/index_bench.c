/*
 * index_bench.c - the indexer beside SQLite FTS5, the fastest builder we found.
 *
 * FTS5 at its best: contentless, one transaction, no journal, no syncs, 256 MB of
 * page cache, then "optimize".  Ours: --no-text --lang none, one worker, everything
 * on, the syncs of the commit included.  CPU time of the process, interleaved
 * rounds, medians.  Packages: libsqlite3-dev.
 *
 *   WEFT_INDEX_CORPUS=FILE   documents, "id TAB text" a line, instead of made-up ones
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index_corpus.h"
#include "indexer/index.h"
#include "measure.h"
#include "sync/file.h"

enum { ROUNDS = 3, ADDED = 200 };

struct bench {
    struct index_corpus corpus;
    char folder[256];
    char ours[300];
    char peer[300];
    uint32_t workers;
    size_t added;          /* documents, for names that are new */
};

static void must(enum status status, const struct diag *diag, const char *what) {
    if (status != STATUS_OK) {
        fprintf(stderr, "index_bench: %s: %s\n", what, diag->reason);
        exit(1);
    }
}

static void must_sql(sqlite3 *db, int code, const char *what) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        fprintf(stderr, "index_bench: %s: %s\n", what, sqlite3_errmsg(db));
        exit(1);
    }
}

static void run_sql(sqlite3 *db, const char *sql) {
    must_sql(db, sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

/* ---- ours ---- */

static struct index_input input_of(const struct index_corpus_document *document) {
    return (struct index_input){
        .id = (const uint8_t *)document->id,
        .id_bytes = document->id_bytes,
        .text = (const uint8_t *)document->text,
        .text_bytes = document->text_bytes,
    };
}

static void build_ours(void *context) {
    struct bench *bench = context;
    static const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    struct workpool_options pool_options = { .name = "bench", .workers = bench->workers,
                                             .kind_sets = sets, .kind_set_count = 1 };
    struct diag diag = { STATUS_OK, 0, NULL };
    struct index_writer *writer;
    struct workpool *pool = NULL;
    if (bench->workers > 1) {
        must(workpool_create(&pool_options, &pool, &diag), &diag, "pool");
    }
    struct index_options options = { .pool = pool, .omits_text = true };
    must(index_build_begin(bench->ours, &options, &writer, &diag), &diag, "build");
    for (size_t i = 0; i < bench->corpus.document_count; i++) {
        struct index_input input = input_of(&bench->corpus.documents[i]);
        must(index_writer_put(writer, &input, &diag), &diag, "put");
    }
    must(index_writer_commit(writer, &diag), &diag, "commit");
    workpool_destroy(pool);
}

static void add_ours(void *context) {
    struct bench *bench = context;
    struct diag diag = { STATUS_OK, 0, NULL };
    struct index_options options = { .omits_text = true };
    for (size_t i = 0; i < ADDED; i++) {
        struct index_input input =
            input_of(&bench->corpus.documents[i % bench->corpus.document_count]);
        struct index_writer *writer;
        char id[32];
        input.id_bytes = (size_t)snprintf(id, sizeof(id), "new-%zu", bench->added++);
        input.id = (const uint8_t *)id;
        must(index_change_begin(bench->ours, &options, &writer, &diag), &diag, "change");
        must(index_writer_put(writer, &input, &diag), &diag, "put");
        must(index_writer_commit(writer, &diag), &diag, "commit");
    }
}

/* ---- the peer ---- */

static void insert_peer(sqlite3 *db, sqlite3_stmt *insert, sqlite3_int64 row,
                        const struct index_corpus_document *document) {
    sqlite3_bind_int64(insert, 1, row);
    sqlite3_bind_text(insert, 2, document->text, (int)document->text_bytes, SQLITE_STATIC);
    must_sql(db, sqlite3_step(insert), "insert");
    sqlite3_reset(insert);
}

static sqlite3 *open_peer(const char *path) {
    sqlite3 *db;
    must_sql(NULL, sqlite3_open(path, &db), path);
    run_sql(db, "PRAGMA cache_size=-262144");
    return db;
}

static sqlite3_stmt *prepare_insert(sqlite3 *db) {
    sqlite3_stmt *insert;
    must_sql(db, sqlite3_prepare_v2(db, "INSERT INTO t(rowid, x) VALUES(?, ?)", -1, &insert, NULL),
             "prepare");
    return insert;
}

static void build_peer(void *context) {
    struct bench *bench = context;
    unlink(bench->peer);
    sqlite3 *db = open_peer(bench->peer);
    run_sql(db, "PRAGMA journal_mode=off; PRAGMA synchronous=off");
    run_sql(db, "CREATE VIRTUAL TABLE t USING fts5(x, content='')");
    run_sql(db, "BEGIN");
    sqlite3_stmt *insert = prepare_insert(db);
    for (size_t i = 0; i < bench->corpus.document_count; i++) {
        insert_peer(db, insert, (sqlite3_int64)i + 1, &bench->corpus.documents[i]);
    }
    sqlite3_finalize(insert);
    run_sql(db, "COMMIT");
    run_sql(db, "INSERT INTO t(t) VALUES('optimize')");
    sqlite3_close(db);
}

static void add_peer(void *context) {
    struct bench *bench = context;
    sqlite3 *db = open_peer(bench->peer);
    run_sql(db, "PRAGMA journal_mode=wal; PRAGMA synchronous=normal");
    sqlite3_stmt *insert = prepare_insert(db);
    for (size_t i = 0; i < ADDED; i++) {
        insert_peer(db, insert, 100000000 + (sqlite3_int64)bench->added++,
                    &bench->corpus.documents[i % bench->corpus.document_count]);
    }
    sqlite3_finalize(insert);
    sqlite3_close(db);
}

/* ---- rows ---- */

static double file_bytes(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (double)about.st_size : 0;
}

static double index_bytes(const char *path) {
    struct diag diag = { STATUS_OK, 0, NULL };
    struct index_statistics statistics;
    struct index *index;
    must(index_open(path, &index, &diag), &diag, "open");
    index_statistics_read(index, &statistics);
    index_close(index);
    return (double)statistics.total_bytes;
}

static void build_rows(struct bench *bench) {
    struct measure_body bodies[] = { { .run = build_ours, .context = bench },
                                     { .run = build_peer, .context = bench } };
    bench->workers = 1;
    measure(bodies, 2, ROUNDS, MEASURE_PROCESS_CPU, 0);
    measure_row("index build, CPU, 1 worker / FTS5", bodies[0].median_ns / 1e9,
                bodies[1].median_ns / 1e9, "s", false, 0.8);
    measure_row("index size / FTS5", index_bytes(bench->ours) / 1e6,
                file_bytes(bench->peer) / 1e6, "MB", false, 0);
    measure(bodies, 1, ROUNDS, MEASURE_WALL, 0);
    double one = bodies[0].median_ns;
    bench->workers = 2;
    measure(bodies, 1, ROUNDS, MEASURE_WALL, 0);
    measure_row("index build, wall, 2 workers / 1", bodies[0].median_ns / 1e9, one / 1e9, "s",
                false, 0);
    bench->workers = 1;
}

static void add_rows(struct bench *bench) {
    struct measure_body bodies[] = { { .run = add_ours, .context = bench },
                                     { .run = add_peer, .context = bench } };
    measure(bodies, 2, 1, MEASURE_PROCESS_CPU, 0);
    measure_row("index add one document, CPU / FTS5", bodies[0].median_ns / ADDED / 1e6,
                bodies[1].median_ns / ADDED / 1e6, "ms", false, 0);
}

static void remove_folder(const char *folder) {
    struct sync_listing listing;
    char path[600];
    if (sync_folder_list(folder, 10000, &listing, NULL) == STATUS_OK) {
        for (size_t i = 0; i < listing.count; i++) {
            snprintf(path, sizeof(path), "%s/%s", folder, listing.entries[i].name);
            unlink(path);
        }
        sync_listing_free(&listing);
    }
    rmdir(folder);
}

int main(void) {
    static struct bench bench;
    const char *base = getenv("TMPDIR");
    snprintf(bench.folder, sizeof(bench.folder), "%s/weft-index-bench-XXXXXX",
             base != NULL ? base : "/tmp");
    if (mkdtemp(bench.folder) == NULL) {
        perror(bench.folder);
        return 1;
    }
    snprintf(bench.ours, sizeof(bench.ours), "%s/ours", bench.folder);
    snprintf(bench.peer, sizeof(bench.peer), "%s/peer.db", bench.folder);
    index_corpus_load(&bench.corpus);
    build_rows(&bench);
    sqlite3 *peer = open_peer(bench.peer);
    index_query_rows(bench.ours, peer, &bench.corpus);
    sqlite3_close(peer);
    add_rows(&bench);
    index_corpus_free(&bench.corpus);
    remove_folder(bench.ours);
    remove_folder(bench.folder);
    return 0;
}
