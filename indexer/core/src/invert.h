/*
 * invert.h - turn a batch of documents into a run: terms in order, postings behind them.
 *
 * Tokens come from the analyser as dense term numbers, so an inverter is an array
 * of lists; each list grows in slices that double, chained through their last
 * bytes.  A run is one string of bytes that a merge reads front to back:
 *
 *   documents, ascending by id:
 *     id bytes, id, sequence, kind, title bytes, title,
 *     [tokens, fingerprint (8 bytes), text offset, text bytes]      kind RUN_PUT only
 *   terms, ascending by bytes:
 *     bytes in common with the term before, more bytes, these,
 *     payload bytes, payload
 *
 * where numbers are varints, and a payload is one code an occurrence: gap << 1 for
 * a further position in the same document, or document gap << 1 | 1 followed by the
 * first position.  Gaps are differences less one; documents count the run's own.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  an inverter belongs to one thread at a time
 * Memory:   kept from batch to batch; `limit_bytes` is looked at between documents
 * Errors:   STATUS_NO_MEMORY, after which only inverter_destroy() is of use
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_INVERT_H
#define INDEXER_INVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis.h"
#include "base/attr.h"
#include "base/status.h"

enum run_kind { RUN_PUT = 0, RUN_DELETE = 1 };

/* A document on its way into a run. */
struct batch_document {
    const uint8_t *id;
    const uint8_t *title;
    const uint8_t *text;
    uint64_t sequence;        /* order of arrival over the whole build: the last of an id wins */
    uint64_t text_offset;     /* where the text is in the text spool */
    uint32_t id_bytes;
    uint32_t title_bytes;
    uint32_t text_bytes;
    uint8_t kind;             /* enum run_kind */
};

/* Some of them, ascending by id without doubles. */
struct batch_span {
    const struct batch_document *documents;
    size_t count;                /* at least 1 */
};

/* A finished run. */
struct run_bytes {
    uint8_t *bytes;
    size_t used;
    size_t room;
    size_t documents_bytes;   /* the terms begin here */
    uint32_t document_count;
};

struct inverter;

MUST_CHECK enum status inverter_create(enum analysis_lang language, struct inverter **out_inverter);
void inverter_destroy(struct inverter *inverter);

/*
 * Make a run of these documents, or of the first of them when the inverter comes
 * to hold more than `limit_bytes`.  *out_done of them, at least 1, are in the run.
 */
MUST_CHECK enum status inverter_run(struct inverter *inverter, const struct batch_span *span,
                                    size_t limit_bytes, struct run_bytes *run, size_t *out_done);

#endif
