/*
 * indexer/index.h - an index of documents in a folder: build, change, compact, verify.
 *
 * An index is a folder: a manifest that names immutable segments, and a log of
 * the documents added and deleted since.  A reader opens a snapshot; a writer
 * makes changes that appear all at once at commit.  The contents after commit
 * follow from the documents alone: not from the number of workers, the memory
 * limit, the order in which documents with different ids came, or, after
 * index_compact(), the history of changes: the files are then those of a fresh
 * build of the documents that are left.
 *
 * Parallel: partition = batches of documents, cut by bytes that follow from the
 *           memory limit, one chunk a batch; reduction = batches' runs merged by
 *           term, then document id; caps = options' memory_bytes over all batches;
 *           proof = indexer/core/test/build_test.c,
 *           gives_the_same_bytes_at_any_number_of_workers_and_memory
 *
 * Units:    bytes; a token is one indexed word
 * Shapes:   ids are 1..INDEX_ID_BYTES_MAX bytes of any value, titles at most
 *           INDEX_TITLE_BYTES_MAX, both without a NUL at the end
 * Threads:  objects belong to one thread at a time; any number of readers and one
 *           writer may work on a folder at once, in any processes
 * Memory:   a build stays near memory_bytes (docs/adr/0051); objects own theirs
 * Errors:   STATUS_BUSY another writer holds the folder; STATUS_NOT_FOUND no index
 *           there; STATUS_EXISTS a folder with other things in it; STATUS_BAD_DATA
 *           with the file's offset; STATUS_UNSUPPORTED made by another version;
 *           STATUS_IO, STATUS_NO_MEMORY, STATUS_LIMIT, STATUS_CANCELLED.  After
 *           any failure the index is as it was.
 * Source:   docs/formats/index.md
 * Depends:  base, sync, workpool
 */
#ifndef INDEXER_INDEX_H
#define INDEXER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/digest.h"
#include "base/status.h"
#include "sync/atomic.h"
#include "workpool/workpool.h"

#define INDEX_MEMORY_DEFAULT ((size_t)64 << 20)
#define INDEX_MEMORY_MIN ((size_t)8 << 20)       /* less is taken for this */
#define INDEX_TEXT_BYTES_MAX ((size_t)256 << 20) /* one document */

enum {
    INDEX_ID_BYTES_MAX = 4096,
    INDEX_TITLE_BYTES_MAX = 1024,
};

/* The kinds of pool jobs of this component. */
extern const struct workpool_kind_set indexer_kinds;

enum index_language {
    INDEX_LANGUAGE_NONE = 0,      /* fold only */
    INDEX_LANGUAGE_ENGLISH = 1,   /* fold, drop stop words, stem */
};

/* ---- writing ---- */

struct index_options {
    size_t memory_bytes;             /* 0 means INDEX_MEMORY_DEFAULT */
    struct workpool *pool;           /* NULL: sequential; else with indexer_kinds */
    enum index_language language;    /* these two for index_build_begin() only */
    bool omits_text;                 /* keep no text: smaller, but no snippets */
    const struct sync_u32 *cancel;   /* not 0: end soon with STATUS_CANCELLED; NULL for never */
};

struct index_input {
    const uint8_t *id;
    size_t id_bytes;
    const uint8_t *title;        /* NULL for none */
    size_t title_bytes;
    const uint8_t *text;         /* UTF-8; other bytes separate words */
    size_t text_bytes;
};

struct index_writer;

/*
 * Write an index from nothing in `path`, a folder that does not exist, is empty
 * or holds an index, which commit then replaces.
 */
MUST_CHECK enum status index_build_begin(const char *path, const struct index_options *options,
                                         struct index_writer **out_writer, struct diag *diag);

/* Like index_build_begin(), but change the index that is there; its language is kept. */
MUST_CHECK enum status index_change_begin(const char *path, const struct index_options *options,
                                          struct index_writer **out_writer, struct diag *diag);

/*
 * Put a document; one of the same id, from before or from this writer, is
 * replaced.  Copies what it needs.  STATUS_LIMIT for an id, title or text out of
 * bounds: the writer goes on without that document.  After any other failure only
 * index_writer_abort() is of use.
 */
MUST_CHECK enum status index_writer_put(struct index_writer *writer,
                                        const struct index_input *input, struct diag *diag);

/* Delete the document of that id if there is one. */
MUST_CHECK enum status index_writer_delete(struct index_writer *writer, const uint8_t *id,
                                           size_t id_bytes, struct diag *diag);

/*
 * Make it last: when this returns STATUS_OK, readers see it and a crash keeps it.
 * Ends the writer whatever it returns.
 */
MUST_CHECK enum status index_writer_commit(struct index_writer *writer, struct diag *diag);

/* Leave the index as it was.  NULL is ignored. */
void index_writer_abort(struct index_writer *writer);

/* Which file of the folder a failure was in; empty when it was in none. */
enum { INDEX_FILE_NAME_BYTES = 256 };

/*
 * Bring the index into its canonical form: one segment, no log, nothing deleted.
 * What is merged is verified first: STATUS_BAD_DATA, and the index stays as it was.
 */
MUST_CHECK enum status index_compact(const char *path, const struct index_options *options,
                                     struct diag *diag);

/* index_compact() that tells the file's name when it fails over one. */
MUST_CHECK enum status index_compact_naming(const char *path, const struct index_options *options,
                                            char out_file[INDEX_FILE_NAME_BYTES],
                                            struct diag *diag);

/* ---- reading ---- */

struct index;

/* A snapshot; later changes do not show in it. */
MUST_CHECK enum status index_open(const char *path, struct index **out_index, struct diag *diag);

/* NULL is ignored. */
void index_close(struct index *index);

/* index_open() that tells the file's name when it fails. */
MUST_CHECK enum status index_open_naming(const char *path, struct index **out_index,
                                         char out_file[INDEX_FILE_NAME_BYTES],
                                         struct diag *diag);

/* Whether the folder holds an index, by the first bytes of its manifest. */
bool index_is_at(const char *path);

/*
 * The first name in the folder, in byte order, that keeps index_build_begin() from
 * taking it (STATUS_EXISTS); false when there is none.
 */
bool index_find_foreign(const char *path, char out_file[INDEX_FILE_NAME_BYTES]);

struct index_statistics {
    enum index_language language;
    bool has_text;
    uint64_t document_count;     /* live */
    uint64_t token_count;        /* of live documents */
    uint64_t deleted_count;      /* still in segments */
    uint64_t segment_count;      /* files */
    uint64_t tail_count;         /* documents in the log */
    uint64_t term_count;         /* summed over segments */
    uint64_t posting_count;      /* summed over segments, as all below */
    uint64_t position_count;
    uint64_t text_bytes;
    uint64_t positions_bytes;
    uint64_t postings_bytes;
    uint64_t terms_bytes;        /* with their index */
    uint64_t documents_bytes;    /* with their index and norms */
    uint64_t sums_bytes;         /* checksums, headers and footers */
    uint64_t log_bytes;
    uint64_t total_bytes;        /* of all files */
};
void index_statistics_read(const struct index *index, struct index_statistics *out_statistics);

/*
 * The name of the contents: a digest over every live document's id, title, length
 * and fingerprint, in id order, with the language.  Equal documents give equal
 * digests whatever the history, compacted or not.
 */
MUST_CHECK enum status index_content_digest(const struct index *index,
                                            uint8_t out_digest[DIGEST_BYTES],
                                            struct diag *diag);

/* The name of the files: a digest over manifest and log, which name every byte. */
void index_files_digest(const struct index *index, uint8_t out_digest[DIGEST_BYTES]);

/*
 * Read everything and verify checksums, digests and every promise of the format.
 * STATUS_BAD_DATA: `diag` tells the offset, out_file the file's name in the folder.
 */
MUST_CHECK enum status index_check(const char *path, char out_file[INDEX_FILE_NAME_BYTES],
                                   struct diag *diag);

#endif
