/*
 * index_corpus.h - the documents that index_bench gives to both engines.
 *
 * WEFT_INDEX_CORPUS names a file of one document a line, "id TAB text".  Without
 * it documents are made up, always the same: about 48 MB, words of a vocabulary
 * of 300,000 drawn so that the k-th is about 1 / k as frequent, with runs of
 * words that belong together, so that phrases and conjunctions have answers.
 *
 * Units:    bytes
 * Shapes:   texts end with a NUL that is not counted; documents ascend by id
 * Threads:  none
 * Memory:   everything in one piece until index_corpus_free()
 * Errors:   index_corpus_load() prints and exits
 * Source:   none
 * Depends:  base, sync
 */
#ifndef BENCH_INDEX_CORPUS_H
#define BENCH_INDEX_CORPUS_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

struct index_corpus_document {
    const char *id;
    size_t id_bytes;
    const char *text;
    size_t text_bytes;
};

struct index_corpus {
    struct index_corpus_document *documents;
    size_t document_count;
    size_t text_bytes;          /* of all documents */
    char *memory;
};

void index_corpus_load(struct index_corpus *out_corpus);
void index_corpus_free(struct index_corpus *corpus);

/*
 * Rows about queries (index_query.c).  `folder` is our index of the corpus; `peer`
 * holds it as table t(x), row id = number of the document + 1.
 */
void index_query_rows(const char *folder, sqlite3 *peer, const struct index_corpus *corpus);

#endif
