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

struct feed {
    const char *index;                 /* path, for complaints */
    struct index_writer *writer;
    struct workpool *pool;
    uint64_t document_count;           /* put */
    uint64_t skipped;                  /* found in folders, and not text */
    bool has_failed;                   /* some file was complained of */
};

MUST_CHECK bool feed_files(struct feed *feed, const struct files *files);

/* Lines "ID TAB TEXT"; "-" is standard input. */
MUST_CHECK bool feed_tsv(struct feed *feed, const char *path);

#endif
