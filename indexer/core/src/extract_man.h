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
    bool has_own_name;                 /* an mdoc page's .Nm has given the name */
    bool has_section;                  /* a section has begun */
    bool has_description;              /* the title is complete */
    bool is_in_names;                  /* in a section whose text may describe the page */
    bool is_called_name;               /* that is its heading */
    bool is_after_dash;                /* the description is what comes now */
    size_t names_begin;                /* of that section, in the text */
    size_t names_at;                   /* what was not looked at yet */
    struct man_span skip_until;        /* name of the request that ends a definition */
    bool skips_format;                 /* in the format lines of a table */
    bool is_in_table;
};

/* Text with escapes: what is printed goes to `out`. */
void extract_man_text(struct man_span text, struct extract_buffer *out);

/* Handle an mdoc request; false when it is none. */
bool extract_mdoc_request(struct man_page *page, const struct man_request *request);

bool extract_man_is(struct man_span span, const char *word);

/* The title is "name(section)", and what NAME says of it when we get there. */
void extract_man_start_title(struct man_page *page);
/* A section of a man(7) page begins; its heading is the text from `heading_begin` on. */
void extract_man_section(struct man_page *page, size_t heading_begin);
/* A line of output or a section ends: what NAME has said by now may describe the page. */
void extract_man_break(struct man_page *page);

#endif
