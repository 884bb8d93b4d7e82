/*
 * segment.h - read one immutable piece of an index: terms, postings, documents.
 *
 * A segment is one byte image (a mapped file, or memory for the tail of added
 * documents), laid out as docs/formats/index.md says.  Documents are numbered
 * from 0 in ascending byte order of their external ids, so "lower number" and
 * "lower id" are the same thing.  Every read is checked against the image: a
 * damaged image gives STATUS_BAD_DATA, or an iterator that ends early with
 * `status` set, never a read outside.
 *
 * Units:    documents and positions (token numbers) from 0; offsets in bytes
 * Shapes:   blocks of SEGMENT_BLOCK postings; the last block of a list is shorter
 * Threads:  a segment may be read by many threads; a cursor belongs to one
 * Memory:   a segment borrows its image; cursors and term iterators are plain
 *           values of the caller that allocate nothing
 * Errors:   STATUS_BAD_DATA with the offset in the segment file; STATUS_NOT_FOUND
 *           for an absent term or id; STATUS_UNSUPPORTED for another version
 * Source:   docs/formats/index.md
 * Depends:  base
 */
#ifndef INDEXER_SEGMENT_H
#define INDEXER_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"

#define SEGMENT_NO_DOCUMENT UINT32_MAX   /* past the end of a list */

enum {
    SEGMENT_BLOCK = 128,            /* postings in a full block */
    SEGMENT_TERM_BYTES_MAX = 255,
    SEGMENT_ID_BYTES_MAX = 4096,    /* an external id: 1 to this many bytes */
    SEGMENT_TITLE_BYTES_MAX = 1024,
    SEGMENT_IMPACTS_MAX = 8,        /* pairs kept a block */
    SEGMENT_DOCUMENTS_MAX = 1 << 30,
};

enum segment_part {
    SEGMENT_TEXT,            /* the documents' text; empty when it is not kept */
    SEGMENT_POSITIONS,       /* positions of postings */
    SEGMENT_POSTINGS,        /* documents, frequencies, skip tables and impacts */
    SEGMENT_TERMS,           /* front-coded term blocks */
    SEGMENT_TERM_INDEX,      /* where each term block begins */
    SEGMENT_DOCUMENTS,       /* front-coded external ids, titles, lengths, fingerprints */
    SEGMENT_DOCUMENT_INDEX,  /* where each group of documents and its text begin */
    SEGMENT_NORMS,           /* one byte a document */
    SEGMENT_SUMS,            /* CRC32C of each page of everything above */
    SEGMENT_PARTS
};

struct segment_span {
    uint64_t offset;
    uint64_t count;        /* bytes */
};

/* Opened by segment_open(); fields are for reading. */
struct segment {
    const uint8_t *bytes;          /* the whole image */
    uint64_t byte_count;
    struct segment_span parts[SEGMENT_PARTS];
    uint32_t document_count;
    uint32_t term_blocks;
    uint64_t term_count;
    uint64_t posting_count;
    uint64_t position_count;
    uint64_t token_count;          /* sum of document lengths */
    bool has_text;
    uint32_t analysis_version;
    char language[8];              /* NUL-padded name, "en", "none" */
    const uint8_t *norms;          /* document_count bytes */
};

/*
 * Look at an image.  The footer's checksum and the place of every part are
 * verified; the parts themselves are not read (see segment_check()).
 */
MUST_CHECK enum status segment_open(const uint8_t *bytes, uint64_t byte_count,
                                    struct segment *out_segment, struct diag *diag);

/* Verify every checksum and every structural promise of the format. */
MUST_CHECK enum status segment_check(const struct segment *segment, struct diag *diag);

/* The first part of segment_check(): every byte against its page's sum, in one pass. */
MUST_CHECK enum status segment_check_sums(const struct segment *segment, struct diag *diag);

/* ---- norms ---- */

/* The code of a document length: exact below 32, then 16 steps an octave, 255 at most. */
uint8_t segment_norm(uint32_t token_count);

/* The smallest length of that code. */
uint32_t segment_norm_length(uint8_t norm);

/* ---- terms ---- */

/* Where a term's postings are.  A plain value, valid as long as the segment. */
struct segment_term {
    uint32_t document_count;     /* documents that hold the term, deleted ones included */
    uint64_t postings_offset;    /* in the part */
    uint64_t postings_bytes;
    uint64_t positions_offset;
    uint64_t positions_bytes;
    uint32_t only_document;      /* these three when document_count is 1 */
    uint32_t only_frequency;
    uint32_t only_position;      /* when only_frequency is 1 */
};

MUST_CHECK enum status segment_find(const struct segment *segment, const uint8_t *term,
                                    size_t term_bytes, struct segment_term *out_term,
                                    struct diag *diag);

/* Terms in ascending byte order. */
struct segment_terms {
    const struct segment *segment;
    uint8_t term[SEGMENT_TERM_BYTES_MAX];   /* the current term */
    uint32_t term_bytes;
    struct segment_term where;
    enum status status;          /* STATUS_BAD_DATA when iteration ended on damage */
    uint64_t damage_offset;      /* in the file, then */
    /* the rest is private */
    uint32_t block;
    uint32_t left_in_block;
    uint64_t read;               /* next entry, offset in the part */
    uint64_t end;                /* of the block */
    uint64_t next_postings;
    uint64_t next_positions;
};

/*
 * Stand before the first term that is not below `prefix` (0 bytes: the first of
 * all).  segment_terms_next() goes to the next term and says whether there is
 * one; the caller compares with its prefix to know when to stop.
 */
void segment_terms_seek(struct segment_terms *terms, const struct segment *segment,
                        const uint8_t *prefix, size_t prefix_bytes);
bool segment_terms_next(struct segment_terms *terms);

/* ---- postings ---- */

/* The best that a block can offer: some document has this frequency and this norm, or less. */
struct segment_impact {
    uint32_t frequency;
    uint8_t norm;
};

/*
 * A walk over one list, documents ascending.  Two depths: the block window
 * (last document and impacts, from the skip table alone) and the current
 * document (decodes the block).
 */
struct segment_cursor {
    uint32_t document;           /* current, SEGMENT_NO_DOCUMENT at the end; read-only */
    enum status status;          /* STATUS_BAD_DATA when the list ended on damage */
    uint64_t damage_offset;      /* in the file, then */
    /* the rest is private, save where it says otherwise */
    const struct segment *segment;
    struct segment_term where;
    const uint8_t *skips;        /* the skip table, NULL for lists of one block */
    const uint8_t *impacts;
    uint32_t impacts_bytes;
    const uint8_t *blocks;       /* first block's bytes */
    uint64_t blocks_bytes;
    uint32_t block_count;
    uint32_t window;             /* block that the window shows */
    uint32_t block;              /* block decoded below */
    uint32_t count;              /* postings in it; may be read */
    uint32_t at;                 /* index of the current document in it; may be read */
    bool frequencies_ready;      /* `frequencies` holds the block's */
    const uint8_t *frequencies_bytes;   /* where they are packed */
    const uint8_t *block_end;
    bool positions_ready;        /* the five below are of this block */
    uint32_t position_posting;   /* the posting whose first position is number position_before */
    uint32_t position_before;
    uint32_t position_total;     /* in the block */
    uint32_t position_pack;      /* number of the next pack to decode, one above the decoded */
    const uint8_t *position_read;       /* where that pack begins */
    uint32_t documents[SEGMENT_BLOCK];     /* of the decoded block, `count` of them */
    uint32_t frequencies[SEGMENT_BLOCK];   /* after segment_cursor_frequencies() */
    uint32_t packed[SEGMENT_BLOCK];     /* position gaps of the current pack */
};

/* Stand on the first document.  An image too damaged to start gives STATUS_BAD_DATA. */
MUST_CHECK enum status segment_cursor_open(struct segment_cursor *cursor,
                                           const struct segment *segment,
                                           const struct segment_term *term, struct diag *diag);

/* The next document, or SEGMENT_NO_DOCUMENT. */
uint32_t segment_cursor_next(struct segment_cursor *cursor);

/* The first document >= target, which is not below the current one; gallops by blocks. */
uint32_t segment_cursor_seek(struct segment_cursor *cursor, uint32_t target);

/*
 * Decode the current block's frequencies into `frequencies`, `count` of them.
 * With `documents` and `at` a scorer may walk a block without calls; it then goes
 * on with segment_cursor_seek() to a document above the block's last.
 */
void segment_cursor_frequencies(struct segment_cursor *cursor);

/* How often the term is in the current document, at least 1. */
uint32_t segment_cursor_frequency(struct segment_cursor *cursor);

/*
 * Positions of the current document, ascending, at most `room`; returns how many
 * were written.
 */
uint32_t segment_cursor_positions(struct segment_cursor *cursor, uint32_t *out_positions,
                                  uint32_t room);

/*
 * Like segment_cursor_positions(), but from number `from` of the document's
 * positions on, and as gaps: the first is the first position, each other one the
 * difference to the one before, less one.
 */
uint32_t segment_cursor_gaps(struct segment_cursor *cursor, uint32_t from, uint32_t *out_gaps,
                             uint32_t room);

/*
 * Move the window to the block that would hold `target` without decoding it.
 * Returns that block's last document, SEGMENT_NO_DOCUMENT when the list has ended.
 */
uint32_t segment_cursor_window(struct segment_cursor *cursor, uint32_t target);

/* Impacts of the window's block: frequencies and norms both ascending. */
uint32_t segment_cursor_impacts(struct segment_cursor *cursor,
                                struct segment_impact out_impacts[SEGMENT_IMPACTS_MAX]);

/* Impacts that hold for the whole list. */
uint32_t segment_cursor_list_impacts(struct segment_cursor *cursor,
                                     struct segment_impact out_impacts[SEGMENT_IMPACTS_MAX]);

/* ---- documents ---- */

struct segment_document {
    uint8_t id[SEGMENT_ID_BYTES_MAX];
    uint32_t id_bytes;
    uint32_t token_count;        /* the exact length */
    uint64_t fingerprint;        /* XXH64 of title and text */
    const uint8_t *title;        /* title_bytes of them, may be 0 */
    uint32_t title_bytes;
    const uint8_t *text;         /* NULL when the segment keeps no text */
    uint64_t text_bytes;
};

MUST_CHECK enum status segment_document(const struct segment *segment, uint32_t document,
                                        struct segment_document *out_document,
                                        struct diag *diag);

/* Whether title and text are those of the fingerprint; true when no text is kept. */
bool segment_document_is_sound(const struct segment_document *document);

MUST_CHECK enum status segment_document_find(const struct segment *segment, const uint8_t *id,
                                             size_t id_bytes, uint32_t *out_document,
                                             struct diag *diag);

#endif
