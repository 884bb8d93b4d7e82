/*
 * feed.h - documents into an index writer, from files and from TSV.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  the main thread, which uses the pool
 * Memory:   one group of files at a time
 * Errors:   files that cannot be indexed are complained of and counted; false is a
 *           failure of the index or of memory, already complained of
 * Source:   none
 * Depends:  indexer_cli.h
 */
#ifndef INDEXER_FEED_H
#define INDEXER_FEED_H

#include "indexer_cli.h"
#include "sync/atomic.h"
#include "sync/file.h"

struct feed {
    const char *index;                 /* path, for complaints */
    struct index_writer *writer;
    struct workpool *pool;
    const struct sync_u32 *wish;       /* not 0: stop */
    uint64_t document_count;           /* put */
    uint64_t skipped;                  /* found in folders, and not text */
    bool has_failed;                   /* some file was complained of */
    bool is_verbose;                   /* say what is passed over */
    bool is_stopped;                   /* by the wish */
};

/* Lines "ID TAB TEXT", mapped or read from a stream. */
struct tsv {
    const char *path;
    const uint8_t *bytes;
    size_t byte_count;
    struct sync_map map;
    struct sync_bytes read;
};

MUST_CHECK bool feed_files(struct feed *feed, const struct files *files);

/* "-" is standard input.  False after complaining; tsv_close() in any case. */
MUST_CHECK bool tsv_open(struct tsv *tsv, const char *path);
void tsv_close(struct tsv *tsv);

MUST_CHECK bool feed_tsv(struct feed *feed, const struct tsv *tsv);

#endif
