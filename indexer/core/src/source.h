/*
 * source.h - one of the inputs of a merge: a spilled run, or a segment.
 *
 * Both are read front to back: first the documents in id order, then the terms in
 * byte order, each with its postings as the codes of invert.h.  Codes come in
 * windows: a caller decodes while p < safe, then asks for more.
 *
 * Units:    bytes; documents are the source's own numbers from 0
 * Shapes:   at least SOURCE_PAD readable bytes follow any byte before `safe`
 * Threads:  a source belongs to one thread
 * Memory:   a buffer of the size given at opening; four bytes a document for `map`
 * Errors:   STATUS_IO, STATUS_NO_MEMORY, STATUS_BAD_DATA (a segment is damaged)
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_SOURCE_H
#define INDEXER_SOURCE_H

#include "invert.h"
#include "segment.h"
#include "spool.h"

#define SOURCE_DROPPED UINT32_MAX   /* in `map`: the document is not in the result */

enum { SOURCE_PAD = 16 };

/* Where a run stands in the spool of runs. */
struct run_place {
    uint64_t offset;
    uint64_t documents_bytes;
    uint64_t terms_bytes;
    uint32_t document_count;
};

struct source {
    /* a run */
    struct spool *runs;           /* NULL for a segment */
    struct spool *text;
    struct run_place place;
    uint64_t read;                /* next byte of the spool to bring into the buffer */
    uint64_t read_end;

    /* a segment */
    const struct segment *segment;
    const uint64_t *deleted;      /* NULL for none */
    struct segment_terms terms;
    struct segment_cursor cursor;
    uint32_t gaps_done;           /* of the current posting */
    uint32_t last_document;       /* the posting before, or -1 */

    uint8_t *buffer;
    size_t room;                  /* without the pad */
    const uint8_t *p;             /* next byte to decode */
    const uint8_t *end;           /* of the bytes in the buffer */
    const uint8_t *safe;          /* of the current term's window */
    const uint8_t *window;        /* where that began */
    uint64_t payload_left;        /* from `window` on; runs only */

    uint32_t document_count;
    uint32_t documents_read;
    uint32_t *map;                /* own document to the result's, or SOURCE_DROPPED */
    uint32_t first;               /* least and largest of map; first > last when all dropped */
    uint32_t last;

    /* the current document */
    struct segment_document document;
    uint64_t sequence;
    uint64_t text_offset;
    uint8_t kind;

    /* the current term */
    uint64_t prefix;              /* first eight bytes, big endian */
    uint8_t term[SEGMENT_TERM_BYTES_MAX];
    uint32_t term_bytes;
};

MUST_CHECK enum status source_open_run(struct source *source, struct spool *runs,
                                       struct spool *text, const struct run_place *place,
                                       size_t buffer_bytes);
MUST_CHECK enum status source_open_segment(struct source *source, const struct segment *segment,
                                           const uint64_t *deleted);
void source_close(struct source *source);

/* Deleted documents of a segment are passed over and get SOURCE_DROPPED in `map`. */
MUST_CHECK enum status source_next_document(struct source *source, bool *out_has,
                                            struct diag *diag);

/* Number in the source of the document that next_document() stands on. */
static inline uint32_t source_document_number(const struct source *source) {
    return source->documents_read - 1;
}

/* A piece of a text. */
struct source_piece {
    uint8_t *scratch;             /* the caller's, where a piece may be put */
    size_t scratch_bytes;
    const uint8_t *bytes;         /* filled in: the piece, in `scratch` or in place */
    size_t count;
};

/* The current document's text from byte `from` on, or the first part of that. */
MUST_CHECK enum status source_text(struct source *source, uint64_t from,
                                   struct source_piece *piece, struct diag *diag);

/* To the begin of the terms; then to the next one, whatever was read of the last. */
MUST_CHECK enum status source_start_terms(struct source *source, struct diag *diag);
MUST_CHECK enum status source_next_term(struct source *source, bool *out_has, struct diag *diag);

/* Move the window on from `p`; *out_has is false at the end of the term's codes. */
MUST_CHECK enum status source_more(struct source *source, bool *out_has, struct diag *diag);

#endif
