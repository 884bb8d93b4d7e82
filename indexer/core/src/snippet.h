/*
 * snippet.h - the passage of a document that shows best why it was found.
 *
 * The text is analysed as it was when it was indexed, so what is marked is exactly
 * what matched: words of the query, words that begin with a prefix, and words of a
 * phrase where the whole phrase stands.  Of all passages that begin with such a word the
 * one wins that covers most weight of different words, then most of them, then the
 * first.
 *
 * Units:    bytes
 * Shapes:   the result is one line of valid UTF-8, white space as single spaces
 * Threads:  as the analyser's
 * Memory:   the result is on the pile; the rest is freed before it returns
 * Errors:   STATUS_NO_MEMORY
 * Source:   none
 * Depends:  base, sync, analysis.h, query.h
 */
#ifndef INDEXER_SNIPPET_H
#define INDEXER_SNIPPET_H

#include "search_impl.h"

enum {
    SNIPPET_LEAVES_MAX = 64,              /* leaves of the query that are looked for */
    SNIPPET_TEXT_BYTES_MAX = 8 << 20,     /* of the text that are looked at */
};

struct snippet_request {
    struct analysis *analysis;
    const struct search_plan *plan;      /* its query and weights */
    const uint8_t *text;
    size_t text_bytes;
    uint32_t bytes_max;                  /* of the passage */
    const char *mark_begin;
    const char *mark_end;
};

MUST_CHECK enum status snippet_make(const struct snippet_request *request, struct pile *pile,
                                    const char **out_text);

#endif
