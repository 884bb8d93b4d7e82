/*
 * search_page.h - the token that says where the next page begins.
 *
 * A token names the last hit of a page, the state of the index and the query it
 * belongs to, so that it is refused everywhere else instead of giving a page that
 * does not fit.
 *
 * Units:    as search_impl.h
 * Shapes:   a token is SEARCH_PAGE_TEXT_BYTES - 1 hexadecimal digits and a NUL
 * Threads:  pure functions
 * Memory:   none
 * Errors:   STATUS_BAD_DATA no token, or of another query; STATUS_CLOSED of another
 *           state of the index
 * Source:   docs/formats/query.md
 * Depends:  base
 */
#ifndef INDEXER_SEARCH_PAGE_H
#define INDEXER_SEARCH_PAGE_H

#include "base/diag.h"
#include "search_impl.h"

enum {
    SEARCH_PAGE_STATE_BYTES = 8,   /* of the index's digest */
    SEARCH_PAGE_BYTES = 44,
    SEARCH_PAGE_TEXT_BYTES = 2 * SEARCH_PAGE_BYTES + 1,
};

struct search_page {
    uint8_t state[SEARCH_PAGE_STATE_BYTES];
    uint64_t query;                      /* fingerprint of the query and its settings */
    struct search_candidate last;
    uint32_t rank;                       /* of that hit; 0 before the first page */
};

void search_page_write(const struct search_page *page, char out_text[SEARCH_PAGE_TEXT_BYTES]);

/* Fill the token's hit and rank into `page`, which has the state and query of now. */
MUST_CHECK enum status search_page_read(const char *text, struct search_page *page,
                                        struct diag *diag);

#endif
