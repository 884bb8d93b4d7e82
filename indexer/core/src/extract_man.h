/*
 * extract_man.h - what the readers of man(7) and mdoc(7) pages share.
 *
 * Units:    bytes
 * Shapes:   a span is text that is not NUL-terminated
 * Threads:  as extract_impl.h
 * Memory:   borrows the page
 * Errors:   none of its own: any text is a page
 * Source:   groff_man(7), groff_char(7), mdoc(7)
 * Depends:  extract_impl.h
 */
#ifndef INDEXER_EXTRACT_MAN_H
#define INDEXER_EXTRACT_MAN_H

#include "extract_impl.h"

struct man_span {
    const char *at;
    size_t count;
};

enum { EXTRACT_MAN_WORDS_MAX = 64 };

/* A line that starts with a control character, split into words. */
struct man_request {
    struct man_span name;
    struct man_span words[EXTRACT_MAN_WORDS_MAX];   /* quoted ones without quotes */
    uint32_t word_count;
    struct man_span rest;                           /* all that follows the name */
};

struct man_page {
    struct extract_output *out;
    const char *file_name;
    struct man_span name;              /* of mdoc's first .Nm, else what .TH says */
    struct man_span section;
    bool is_mdoc;
    bool is_at_name;                   /* in the section NAME */
    bool has_description;              /* the title is complete */
    struct man_span skip_until;        /* name of the request that ends a definition */
    bool skips_format;                 /* in the format lines of a table */
    bool is_in_table;
};

/* Text with escapes: what is printed goes to `out`. */
void extract_man_text(struct man_span text, struct extract_buffer *out);

/* Handle an mdoc request; false when it is none. */
bool extract_mdoc_request(struct man_page *page, const struct man_request *request);

bool extract_man_is(struct man_span span, const char *word);

#endif
