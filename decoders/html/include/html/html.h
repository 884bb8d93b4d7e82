/*
 * html/html.h - the words of an HTML page: bytes in, title and text out.
 *
 * The page is parsed as a browser parses it (unclosed and misnested tags,
 * character references, implied elements), then walked in document order.
 * Scripts, styles, templates, the fallback of frames and objects, and all of the
 * head except its title are dropped.  White space is canonical: words in a line are
 * separated by one space, a block element, <br>, or a line of <pre> begins a new
 * line, there are no empty lines, and table cells are separated by a space.  A
 * no-break space counts as a space.  Bytes that are not UTF-8 become U+FFFD.
 * Any bytes at all are a page, so there is no malformed input, only limits.
 *
 * Units:    counts in bytes; depth in elements
 * Shapes:   results are valid UTF-8, end with one NUL that the counts leave out;
 *           lines end with '\n', the last one too; the title has no line ends
 * Threads:  any; calls share nothing
 * Memory:   one arena a call, freed before it returns, at most max_memory_bytes;
 *           the results are the caller's
 * Errors:   STATUS_LIMIT with the offset where the limit was met, STATUS_NO_MEMORY
 * Source:   the parsing rules of the HTML standard, through gumbo
 *           (html.spec.whatwg.org/multipage/parsing.html)
 * Depends:  base, sync
 */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"

enum {
    HTML_INPUT_DEFAULT = 64 << 20,     /* bytes of a page */
    HTML_TEXT_DEFAULT = 64 << 20,      /* bytes of the text, and of the title */
    HTML_MEMORY_DEFAULT = 1 << 30,     /* bytes of the parser's arena */
    HTML_DEPTH_DEFAULT = 512,          /* elements inside each other, as in browsers */
    HTML_DEPTH_MAX = 4096,
};

/* Limits; 0 means the default above. */
struct html_options {
    size_t input_bytes_max;
    size_t text_bytes_max;
    size_t memory_bytes_max;
    uint32_t depth_max;      /* at most HTML_DEPTH_MAX */
};

/* What a page says.  Both texts are never NULL after success. */
struct html_text {
    char *title;           /* of the first title element; empty when there is none */
    size_t title_bytes;
    char *text;
    size_t text_bytes;
};

/*
 * Extract title and text of the page in `bytes`; `bytes` may be NULL when
 * `byte_count` is 0, `options` may be NULL.
 *
 * STATUS_OK: *out_text is to be given to html_text_free().
 * STATUS_LIMIT: the page, its text, its nesting, or the memory or effort it takes
 * to parse is over a limit.  The effort limit stops pages built to take quadratic time;
 * like the others it is met at the same byte on every machine.
 * STATUS_NO_MEMORY: the system gave no memory.
 * On failure *out_text is empty.
 */
MUST_CHECK enum status html_to_text(const void *bytes, size_t byte_count,
                                    const struct html_options *options,
                                    struct html_text *out_text, struct diag *diag);

/* Frees what html_to_text() gave and empties it.  An empty text is ignored. */
void html_text_free(struct html_text *text);

#endif
