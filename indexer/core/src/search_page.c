/* search_page.c - 40 bytes and their checksum, in hexadecimal. */
#include "search_page.h"

#include <string.h>

#include "base/endian.h"
#include "base/hash.h"

enum { STATE_AT = 0, QUERY_AT = 8, SCORE_AT = 16, SOURCE_AT = 24, DOCUMENT_AT = 28,
       RANK_AT = 32, VERSION_AT = 36, SUM_AT = 40, PAGE_VERSION = 2 };

void search_page_write(const struct search_page *page, char out_text[SEARCH_PAGE_TEXT_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SEARCH_PAGE_BYTES];
    memcpy(bytes + STATE_AT, page->state, SEARCH_PAGE_STATE_BYTES);
    put_le64(bytes + QUERY_AT, page->query);
    put_le64(bytes + SCORE_AT, page->last.score);
    put_le32(bytes + SOURCE_AT, page->last.source);
    put_le32(bytes + DOCUMENT_AT, page->last.document);
    put_le32(bytes + RANK_AT, page->rank);
    put_le32(bytes + VERSION_AT, PAGE_VERSION);
    put_le32(bytes + SUM_AT, hash_crc32c(0, bytes, SUM_AT));
    for (uint32_t i = 0; i < SEARCH_PAGE_BYTES; i++) {
        out_text[2 * i] = digits[bytes[i] >> 4];
        out_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    out_text[SEARCH_PAGE_TEXT_BYTES - 1] = '\0';
}

static int digit_value(char digit) {
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_bytes(const char *text, uint8_t bytes[SEARCH_PAGE_BYTES]) {
    if (strlen(text) != SEARCH_PAGE_TEXT_BYTES - 1) {
        return false;
    }
    for (uint32_t i = 0; i < SEARCH_PAGE_BYTES; i++) {
        int high = digit_value(text[2 * i]);
        int low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return get_le32(bytes + SUM_AT) == hash_crc32c(0, bytes, SUM_AT)
           && get_le32(bytes + VERSION_AT) == PAGE_VERSION;
}

enum status search_page_read(const char *text, struct search_page *page, struct diag *diag) {
    uint8_t bytes[SEARCH_PAGE_BYTES];
    if (!read_bytes(text, bytes)) {
        return diag_fail(diag, STATUS_BAD_DATA, DIAG_NO_OFFSET, "this is no page token");
    }
    if (memcmp(bytes + STATE_AT, page->state, SEARCH_PAGE_STATE_BYTES) != 0) {
        return diag_fail(diag, STATUS_CLOSED, DIAG_NO_OFFSET,
                         "the index has changed since the page token was given");
    }
    if (get_le64(bytes + QUERY_AT) != page->query) {
        return diag_fail(diag, STATUS_BAD_DATA, DIAG_NO_OFFSET,
                         "the page token belongs to another query");
    }
    page->last = (struct search_candidate){ .score = get_le64(bytes + SCORE_AT),
                                            .source = get_le32(bytes + SOURCE_AT),
                                            .document = get_le32(bytes + DOCUMENT_AT) };
    page->rank = get_le32(bytes + RANK_AT);
    return STATUS_OK;
}
