/*
 * source_impl.h - the two kinds of source behind source.h.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  as source.h
 * Memory:   as source.h
 * Errors:   as source.h
 * Source:   none
 * Depends:  none
 */
#ifndef INDEXER_SOURCE_IMPL_H
#define INDEXER_SOURCE_IMPL_H

#include "source.h"

enum status run_next_document(struct source *source, struct diag *diag);
enum status run_next_term(struct source *source, bool *out_has, struct diag *diag);
enum status run_more(struct source *source, bool *out_has, struct diag *diag);

enum status segment_source_next_document(struct source *source, bool *out_has,
                                         struct diag *diag);
enum status segment_source_next_term(struct source *source, bool *out_has, struct diag *diag);
enum status segment_source_more(struct source *source, bool *out_has, struct diag *diag);

enum {
    /* a run's buffer holds the longest record that must be in one piece */
    SOURCE_RECORD_BYTES_MAX = SEGMENT_ID_BYTES_MAX + SEGMENT_TITLE_BYTES_MAX + 128,
    SOURCE_CODE_BYTES_MAX = 10,       /* a document gap and a position */
    SOURCE_GAPS = 128,                /* positions asked of a cursor at once */
};

#endif
