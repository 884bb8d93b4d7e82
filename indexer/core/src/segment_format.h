/*
 * segment_format.h - the numbers of docs/formats/index.md that writer and reader share.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  none
 * Memory:   none
 * Errors:   none
 * Source:   docs/formats/index.md
 * Depends:  none
 */
#ifndef INDEXER_SEGMENT_FORMAT_H
#define INDEXER_SEGMENT_FORMAT_H

#include "segment.h"

#define SEGMENT_MAGIC "WEFTSEG\n"
#define SEGMENT_END_MAGIC "WEFTEND\n"

enum {
    SEGMENT_VERSION = 1,
    SEGMENT_MAGIC_BYTES = 8,
    SEGMENT_HEADER_BYTES = 16,         /* magic, version, zero */
    SEGMENT_TERM_BLOCK = 32,           /* terms front-coded together */
    SEGMENT_TERM_ENTRY_BYTES = 8,      /* of the term index */
    SEGMENT_DOCUMENT_GROUP = 16,       /* documents front-coded together */
    SEGMENT_DOCUMENT_ENTRY_BYTES = 16, /* of the document index */
    SEGMENT_SKIP_BYTES = 16,           /* of the skip table, a block */
    SEGMENT_SKIP_TAIL_BYTES = 8,       /* behind it: where the list's impacts begin and end */
    SEGMENT_FLAG_TEXT = 1,

    /* the footer, from its begin */
    SEGMENT_FOOT_PARTS = 0,            /* offset and count of each part */
    SEGMENT_FOOT_DOCUMENTS = SEGMENT_PARTS * 16,
    SEGMENT_FOOT_TERM_BLOCKS = SEGMENT_FOOT_DOCUMENTS + 4,
    SEGMENT_FOOT_TERMS = SEGMENT_FOOT_TERM_BLOCKS + 4,
    SEGMENT_FOOT_POSTINGS = SEGMENT_FOOT_TERMS + 8,
    SEGMENT_FOOT_POSITIONS = SEGMENT_FOOT_POSTINGS + 8,
    SEGMENT_FOOT_TOKENS = SEGMENT_FOOT_POSITIONS + 8,
    SEGMENT_FOOT_FLAGS = SEGMENT_FOOT_TOKENS + 8,
    SEGMENT_FOOT_ANALYSIS = SEGMENT_FOOT_FLAGS + 4,
    SEGMENT_FOOT_LANGUAGE = SEGMENT_FOOT_ANALYSIS + 4,
    SEGMENT_FOOT_SUMS_CRC = SEGMENT_FOOT_LANGUAGE + 8,
    SEGMENT_FOOT_CRC = SEGMENT_FOOT_SUMS_CRC + 4,
    SEGMENT_FOOT_MAGIC = SEGMENT_FOOT_CRC + 4,
    SEGMENT_FOOTER_BYTES = SEGMENT_FOOT_MAGIC + SEGMENT_MAGIC_BYTES,
};

#endif
