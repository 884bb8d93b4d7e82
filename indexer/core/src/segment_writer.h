/*
 * segment_writer.h - write a segment, front to back, in one pass.
 *
 * Call order: every document in id order; then for each term in byte order its
 * postings in document order, each with its positions as gaps; then finish.  The
 * image depends on nothing but what is put.  Failures stick in `sink.status`, so
 * the calls a posting makes return nothing.
 *
 * Units:    a position gap is position - previous position - 1 (first: the position)
 * Shapes:   none
 * Threads:  a writer belongs to one thread
 * Memory:   the sink's buffer, five spools of `spool_bytes`, one byte a document,
 *           20 bytes a block of the longest list
 * Errors:   STATUS_IO, STATUS_NO_MEMORY, STATUS_LIMIT from finish
 * Source:   docs/formats/index.md
 * Depends:  base, sync
 */
#ifndef INDEXER_SEGMENT_WRITER_H
#define INDEXER_SEGMENT_WRITER_H

#include "pack.h"
#include "segment_format.h"
#include "spool.h"

enum segment_spool {
    SEGMENT_SPOOL_POSTINGS,
    SEGMENT_SPOOL_TERMS,
    SEGMENT_SPOOL_TERM_INDEX,
    SEGMENT_SPOOL_DOCUMENTS,
    SEGMENT_SPOOL_DOCUMENT_INDEX,
    SEGMENT_SPOOLS
};

/* The largest frequency seen with each norm: what Pareto fronts are cut from. */
struct segment_bests {
    uint64_t used[4];             /* bit n: norm n has been seen */
    uint32_t frequency[256];
};

/* One block of the list being written. */
struct segment_skip {
    uint32_t last_document;
    uint32_t block_offset;
    uint32_t position_offset;
    uint32_t impact_offset;
};

struct segment_writer_options {
    const char *path;             /* NULL: an image in memory */
    const char *spool_paths[SEGMENT_SPOOLS];   /* borrowed; NULL: in memory */
    size_t spool_bytes;
    bool keeps_text;
    uint32_t analysis_version;
    char language[8];
};

struct segment_writer {
    struct sink sink;
    struct spool spools[SEGMENT_SPOOLS];
    struct segment_writer_options options;
    struct segment_span text;
    struct segment_span positions;

    /* documents */
    uint8_t *norms;
    size_t norms_room;
    uint32_t document_count;
    uint64_t token_count;
    uint8_t id[SEGMENT_ID_BYTES_MAX];      /* the one before */
    uint32_t id_bytes;
    uint64_t text_bytes;                   /* so far */

    /* terms */
    uint8_t term[SEGMENT_TERM_BYTES_MAX];  /* the one before */
    uint32_t term_bytes;
    uint64_t term_count;
    uint32_t term_blocks;
    uint64_t posting_count;
    uint64_t position_count;

    /* the list being written */
    uint8_t next_term[SEGMENT_TERM_BYTES_MAX];
    uint32_t next_term_bytes;
    uint32_t list_count;                   /* documents before the open block */
    uint32_t base;                         /* last document of the block before, or -1 */
    uint64_t list_postings;                /* offsets of the list's begin */
    uint64_t list_positions;
    uint64_t block_positions;              /* where the open block's positions begin */
    uint32_t fill;
    uint32_t gap_fill;
    uint32_t documents[SEGMENT_BLOCK];
    uint32_t frequencies[SEGMENT_BLOCK];
    uint32_t gaps[PACK_VALUES];
    struct segment_skip *skips;
    size_t skips_room;
    uint32_t skip_count;
    uint8_t *impacts;
    size_t impacts_used;
    size_t impacts_room;
    struct segment_bests block_bests;
    struct segment_bests list_bests;
};

MUST_CHECK enum status segment_writer_open(struct segment_writer *writer,
                                           const struct segment_writer_options *options,
                                           struct diag *diag);

/*
 * The next document; document->text is not looked at: its bytes follow in
 * segment_writer_text(), text_bytes in all, when text is kept.
 */
void segment_writer_document(struct segment_writer *writer,
                             const struct segment_document *document);
void segment_writer_text(struct segment_writer *writer, const uint8_t *bytes, size_t count);

/* Between the last document and the first term. */
void segment_writer_documents_end(struct segment_writer *writer);

void segment_writer_term(struct segment_writer *writer, const uint8_t *term,
                         uint32_t term_bytes);
void segment_writer_flush_block(struct segment_writer *writer);
void segment_writer_flush_gaps(struct segment_writer *writer);

/* The next document that holds the term; at least one position follows. */
static inline void segment_writer_posting(struct segment_writer *writer, uint32_t document) {
    if (writer->fill == SEGMENT_BLOCK) {
        segment_writer_flush_block(writer);
    }
    writer->documents[writer->fill] = document;
    writer->frequencies[writer->fill] = 0;
    writer->fill++;
}

static inline void segment_writer_position(struct segment_writer *writer, uint32_t gap) {
    if (writer->gap_fill == PACK_VALUES) {
        segment_writer_flush_gaps(writer);
    }
    writer->frequencies[writer->fill - 1]++;
    writer->gaps[writer->gap_fill++] = gap;
}

/* The term has at least one posting. */
void segment_writer_term_end(struct segment_writer *writer);

/* What a manifest says about a segment. */
struct segment_summary {
    uint8_t digest[DIGEST_BYTES];
    uint64_t byte_count;
    uint32_t document_count;
    uint64_t token_count;
};

/* Everything behind the positions.  The sink is then ready to be committed or taken. */
MUST_CHECK enum status segment_writer_finish(struct segment_writer *writer,
                                             struct segment_summary *out_summary,
                                             struct diag *diag);

/* The first failure, told to `diag`. */
MUST_CHECK static inline enum status segment_writer_status(const struct segment_writer *writer,
                                                           struct diag *diag) {
    const struct sink *sink = &writer->sink;
    return sink->status == STATUS_OK
               ? STATUS_OK
               : diag_fail(diag, sink->status, sink->diag.offset, sink->diag.reason);
}

/* Free everything; a sink not committed or taken is discarded. */
void segment_writer_close(struct segment_writer *writer);

#endif
